"""Questions about suites, asked for a person in an offering: what one may not see raises ``DoesNotExist``."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KT

from coursehub.courses import access
from coursehub.courses.access import Person
from coursehub.courses.models import Capability, Offering
from grading.assessments.models import Assessment, SuiteVersion
from grading.catalogue.models import SuiteCheck
from grading.submissions.models import GradingJob, JobState
from runners.protocol import ManifestCase, SuiteManifest


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfLine:
    """One suite that a course may use, by its name."""

    name: str
    title: str
    kind: str
    is_ours: bool
    """It comes with CourseHub."""
    newest: SuiteVersion | None
    """The newest published version, or None."""
    draft: SuiteVersion | None
    assessments: tuple[str, ...]
    """Titles of this offering's assessments that use it, in any version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """What choosing another version alters for an assessment."""

    added: tuple[ManifestCase, ...]
    removed: tuple[ManifestCase, ...]
    reworth: tuple[tuple[ManifestCase, ManifestCase], ...]
    """Cases that are worth something else, as (before, after)."""
    max_points: tuple[str, str] | None
    """What the whole suite is worth, before and after, where that changes."""
    files_missing: tuple[str, ...]
    """Files that the suite requires and the assessment does not ask for."""
    graded: int
    """Submissions with a result of another version; they keep it."""
    waiting: int
    """Submissions that wait, or are being graded, with another version; they stay with it."""


def offering_with_suites(user: Person, slug: str) -> Offering:
    """Return an offering whose suites a person manages.

    Raises ``Offering.DoesNotExist`` for who takes no part in it, and ``NotAllowed`` for who does and may not.
    """
    offering = access.offering_of(user, slug)
    access.require(user, offering, Capability.MANAGE_SUITES)
    return offering


def versions_in(offering: Offering) -> QuerySet[SuiteVersion]:
    """Return all versions and drafts that an offering's staff see: those of its course, and those that are ours."""
    return SuiteVersion.objects.filter(Q(course_id=offering.course_id) | Q(course=None))


def versions_of(offering: Offering, name: str) -> list[SuiteVersion]:
    """Return the versions of one suite, the newest first and a draft before all. Raises ``SuiteVersion.DoesNotExist``.

    A suite of the course hides one of ours that has come to have the same name.
    """
    found = list(versions_in(offering).filter(name=name).select_related("uploaded_by").order_by("-pk"))
    own = [version for version in found if version.course_id is not None] or found
    if not own:
        raise SuiteVersion.DoesNotExist
    return sorted(own, key=lambda version: not version.is_draft)


def version_for(offering: Offering, name: str, pk: int) -> SuiteVersion:
    """Return one version or draft. Raises ``SuiteVersion.DoesNotExist``."""
    return versions_in(offering).select_related("uploaded_by", "course").get(name=name, pk=pk)


def shelf(offering: Offering) -> list[ShelfLine]:
    """Return every suite that an offering may use: its own first, each by name. Two questions to the database."""
    versions = versions_in(offering).defer("manifest").annotate(kind=KT("manifest__kind")).order_by("pk")
    by_suite: dict[tuple[bool, str], list[SuiteVersion]] = defaultdict(list)
    for version in versions:
        by_suite[version.course_id is None, version.name].append(version)
    users: dict[tuple[bool, str], list[str]] = defaultdict(list)
    using = Assessment.objects.filter(offering=offering, suite__isnull=False).order_by("order", "pk")
    for title, name, course in using.values_list("title", "suite__name", "suite__course_id"):
        users[course is None, name].append(title)
    return [_shelf_line(key, by_suite[key], users[key]) for key in sorted(by_suite)]


def assessments_using(offering: Offering, versions: Sequence[SuiteVersion]) -> dict[int, list[Assessment]]:
    """Return this offering's assessments by the primary key of the version that they use."""
    found: dict[int, list[Assessment]] = defaultdict(list)
    for assessment in Assessment.objects.filter(offering=offering, suite__in=versions).order_by("order", "pk"):
        if assessment.suite_id is not None:
            found[assessment.suite_id].append(assessment)
    return found


def assessments_in(offering: Offering) -> QuerySet[Assessment]:
    """Return every assessment of an offering with its suite, in order."""
    return Assessment.objects.filter(offering=offering).select_related("suite").order_by("order", "due_at", "pk")


def newest_check(version: SuiteVersion) -> SuiteCheck | None:
    """Return the newest check of a version, or None where there was none."""
    return version.checks.select_related("runner", "requested_by").order_by("-pk").first()


def may_publish(version: SuiteVersion, check: SuiteCheck | None) -> bool:
    """Return whether a runner found this draft good, just as it is now."""
    return (
        version.is_draft
        and check is not None
        and check.state == JobState.FINISHED
        and check.has_passed
        and bool(version.digest)
        and check.digest == version.digest
    )


def knows_cases(version: SuiteVersion) -> bool:
    """Return whether the manifest is whole, so that it can be shown and changed."""
    return bool(version.digest)


def manifest_of(version: SuiteVersion) -> SuiteManifest:
    """Return the manifest of a version whose cases are known."""
    return SuiteManifest.model_validate(version.manifest)


def effects_of(assessment: Assessment, version: SuiteVersion) -> Effects:
    """Return what would be altered if the assessment used this version from now on."""
    after = manifest_of(version)
    before = manifest_of(assessment.suite) if assessment.suite else None
    old = {case.id: case for case in before.cases} if before else {}
    new = {case.id: case for case in after.cases}
    newest = assessment.submissions.annotate(
        state=Subquery(_jobs().values("state")[:1]), by=Subquery(_jobs().values("suite_id")[:1])
    ).exclude(by=version.pk)
    counts = newest.aggregate(
        graded=Count("pk", filter=Q(state=JobState.FINISHED)),
        waiting=Count("pk", filter=Q(state__in=[JobState.QUEUED, JobState.RUNNING])),
    )
    worth = (f"{before.max_points:f}", f"{after.max_points:f}") if before else None
    return Effects(
        added=tuple(case for key, case in new.items() if key not in old),
        removed=tuple(case for key, case in old.items() if key not in new),
        reworth=tuple((old[key], case) for key, case in new.items() if key in old and old[key].points != case.points),
        max_points=worth if before and before.max_points != after.max_points else None,
        files_missing=tuple(name for name in after.required_files if name not in assessment.required_files),
        graded=counts["graded"],
        waiting=counts["waiting"],
    )


def _jobs() -> QuerySet[GradingJob]:
    return GradingJob.objects.filter(submission=OuterRef("pk"), is_held=False).order_by("-pk")


def _shelf_line(key: tuple[bool, str], versions: Sequence[SuiteVersion], users: Sequence[str]) -> ShelfLine:
    is_ours, name = key
    published = [version for version in versions if not version.is_draft]
    draft = next((version for version in versions if version.is_draft), None)
    shown = draft or published[-1]
    return ShelfLine(
        name=name,
        title=shown.title,
        kind=getattr(shown, "kind", None) or "differential",
        is_ours=is_ours,
        newest=published[-1] if published else None,
        draft=draft,
        assessments=tuple(users),
    )
