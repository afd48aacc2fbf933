"""Changes to assessments: suites are published, handouts are set."""

from collections.abc import Mapping
from pathlib import Path

from django.db import transaction
from django.db.models import Max, QuerySet
from django.db.models.functions import Now
from pydantic import ValidationError

from grading.assessments import files
from grading.assessments.errors import SuiteUnreadable
from grading.assessments.models import Assessment, HandoutFile, SuiteFile, SuiteVersion
from runners.protocol import read_suite


def publish_suite(folder: Path) -> tuple[SuiteVersion, bool]:
    """Fix a suite that comes with CourseHub as it is now; return its version, and whether it is new.

    Assessments that used an older version of the same suite use the new one from now on; what was graded stays, and
    what waits is graded by the version it was handed in for. Raises ``SuiteUnreadable``.
    """
    try:
        manifest, digest = read_suite(folder)
        contents = _files_in(folder)
    except (OSError, ValidationError) as error:
        message = f"{folder} does not hold a suite that can be published: {error}"
        raise SuiteUnreadable(message) from error
    with transaction.atomic():
        ours = SuiteVersion.objects.select_for_update().filter(course=None, name=manifest.name)
        version = ours.filter(digest=digest).first()
        is_new = version is None
        if version is None:
            version = SuiteVersion.objects.create(
                name=manifest.name,
                number=next_number(ours),
                digest=digest,
                title=manifest.title,
                lane=manifest.lane.value,
                max_points=manifest.max_points,
                manifest=manifest.model_dump(mode="json"),
                published_at=Now(),
            )
            version.refresh_from_db()
        set_suite_files(version, contents)
        Assessment.objects.filter(suite__name=manifest.name, suite__course=None).exclude(suite=version).update(
            suite=version
        )
    return version, is_new


def publish_suites(folder: Path) -> list[tuple[SuiteVersion, bool]]:
    """Publish every suite of a folder, by name. Raises ``SuiteUnreadable``."""
    return [publish_suite(path.parent) for path in sorted(folder.glob("*/manifest.json"))]


def next_number(versions: QuerySet[SuiteVersion]) -> int:
    """Return the number of the version that comes after these, which must all be of one suite."""
    return (versions.aggregate(last=Max("number"))["last"] or 0) + 1


@transaction.atomic
def set_suite_files(version: SuiteVersion, contents: Mapping[str, bytes]) -> None:
    """Replace the files of a suite by these. Raises ``StoreFull``."""
    stored = files.keep(list(contents.values()))
    version.files.exclude(path__in=contents).delete()
    known = dict(version.files.values_list("path", "stored_id"))
    for path, row in zip(contents, stored, strict=True):
        if known.get(path) != row.sha256:
            SuiteFile.objects.update_or_create(version=version, path=path, defaults={"stored": row})


@transaction.atomic
def set_handout(assessment: Assessment, *, contents: Mapping[str, bytes]) -> None:
    """Replace the files that students begin with."""
    stored = files.keep(list(contents.values()))
    assessment.handout_files.exclude(path__in=contents).delete()
    for path, row in zip(contents, stored, strict=True):
        HandoutFile.objects.update_or_create(assessment=assessment, path=path, defaults={"stored": row})


def _files_in(folder: Path) -> dict[str, bytes]:
    """Return everything of a suite's folder but byte code, by relative path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".pyc"
    }
