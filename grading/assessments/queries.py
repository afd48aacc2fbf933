"""Questions about assessments, always asked for a person: what is not released is not there for a student."""

from collections.abc import Collection
from pathlib import PurePosixPath

from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet
from django.db.models.functions import Now

from coursehub.courses.access import Person, Viewer, having, offering_for, offerings_of, open_to_all
from coursehub.courses.models import Capability, Course, Offering
from coursehub.schedule.models import Module
from grading.assessments import files
from grading.assessments.models import (
    Assessment,
    AssessmentMaterial,
    AssessmentPart,
    HandoutFile,
    SuiteFile,
    SuiteVersion,
)
from grading.engine.windows import Window
from runners.protocol import ClaimRequest, SuiteKind, SuiteManifest, is_graded_with


def assessments_for(user: Person, offering: Offering) -> QuerySet[Assessment]:
    """Return the assessments of an offering that a person may open, in order; none for an outsider."""
    return _visible(user).filter(offering=offering).order_by("order", "due_at", "pk")


def planned_for(viewer: Viewer) -> QuerySet[Assessment]:
    """Return the assessments that a public page may name, released or not, in order; staff see the unlisted ones.

    Fetched with each: ``modules``, ``parts``, ``material_links`` with ``material``, ``anchored_dates``.
    """
    found = Assessment.objects.filter(offering=viewer.offering)
    if not viewer.is_staff:
        found = found.filter(is_listed=True)
    return (
        found.select_related("offering__course", "offering__term", "suite", "event", "team_set", "depends_on")
        .prefetch_related(
            Prefetch("modules", Module.objects.order_by("number")),
            Prefetch("parts", AssessmentPart.objects.order_by("order", "pk")),
            Prefetch("material_links", AssessmentMaterial.objects.select_related("material").order_by("order", "pk")),
            "anchored_dates",
        )
        .order_by("order", "due_at", "pk")
    )


def planned_in(offerings: Collection[Offering]) -> QuerySet[Assessment]:
    """Return the listed assessments of several offerings, with the ``event`` at which each is sat."""
    return Assessment.objects.filter(offering__in=offerings, is_listed=True).select_related("event").order_by("pk")


def assessment_for(user: Person, offering_slug: str, slug: str) -> Assessment:
    """Return one assessment. Raises ``Offering.DoesNotExist`` or ``Assessment.DoesNotExist``."""
    return assessments_for(user, offering_for(user, offering_slug)).get(slug=slug)


def released_for(user: Person) -> QuerySet[Assessment]:
    """Return what is released across all courses that a person takes part in."""
    return _visible(user).filter(offering__in=offerings_of(user).values("pk"), release_at__lte=Now())


def handout_of(assessment: Assessment) -> QuerySet[HandoutFile]:
    """Return the files that students begin with, by path."""
    return assessment.handout_files.select_related("stored").order_by("path")


def window_of(assessment: Assessment) -> Window:
    """Return the dates of an assessment."""
    return Window(release_at=assessment.release_at, due_at=assessment.due_at, closes_at=assessment.closes_at)


def manifest_of(assessment: Assessment) -> SuiteManifest | None:
    """Return what its suite consists of, or None where nothing grades it automatically."""
    return None if assessment.suite is None else SuiteManifest.model_validate(assessment.suite.manifest)


def published_versions(course: Course) -> QuerySet[SuiteVersion]:
    """Return the versions that the assessments of a course may use: its own and those that come with CourseHub."""
    return SuiteVersion.objects.filter(Q(course=course) | Q(course=None), state=SuiteVersion.State.PUBLISHED)


def newest_version(course: Course, name: str) -> SuiteVersion | None:
    """Return the newest version of the suite that a course knows by this name, its own first, or None."""
    return published_versions(course).filter(name=name).order_by(F("course").asc(nulls_last=True), "-pk").first()


def fits_host(request: ClaimRequest) -> Q:
    """Return a condition: whoever asks so can fetch this suite from the site and grade with it.

    A Gradescope autograder brings its own image, so it asks for no environment.
    """
    kinds = [kind.value for kind in request.kinds]
    surroundings = Q(manifest__environment__in=request.environments) | Q(manifest__kind=SuiteKind.GRADESCOPE.value)
    return Q(manifest__kind__in=kinds) & surroundings & Q(Exists(SuiteFile.objects.filter(version=OuterRef("pk"))))


def suite_contents(version: SuiteVersion, *, only_graded_with: bool = False) -> dict[str, bytes]:
    """Return the files of a suite by path; those that its digest names, or all. Raises ``AssessmentFault``."""
    return {
        path: files.content_of(sha256)
        for path, sha256 in version.files.order_by("path").values_list("path", "stored_id")
        if not only_graded_with or is_graded_with(PurePosixPath(path))
    }


def stored_suite(digest: str) -> SuiteVersion:
    """Return a published version with this digest whose files the site has. Raises ``SuiteVersion.DoesNotExist``."""
    found = SuiteVersion.objects.filter(
        Exists(SuiteFile.objects.filter(version=OuterRef("pk"))), digest=digest, state=SuiteVersion.State.PUBLISHED
    ).first()
    if found is None:
        raise SuiteVersion.DoesNotExist
    return found


def _visible(user: Person) -> QuerySet[Assessment]:
    return Assessment.objects.filter(
        Q(having(user, Capability.VIEW_UNRELEASED, offering="offering_id"))
        | (
            Q(release_at__lte=Now(), is_listed=True)
            & (Q(having(user, Capability.VIEW_COURSE, offering="offering_id")) | open_to_all(offering="offering__"))
        )
    ).select_related("offering__course", "offering__term", "suite")
