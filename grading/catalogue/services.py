"""Changes to the catalogue: upload a draft, have it checked, fix its manifest, publish it, choose it.

A draft changes and is checked again whenever it does; what is published is exactly what a runner found good. Each
function is one transaction, with its ticket sent after the commit.
"""

import logging
import re
import uuid
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from django.db import transaction
from django.db.models import F

from coursehub.accounts.models import User
from coursehub.common.clock import database_now
from coursehub.courses import access
from coursehub.courses.models import Capability, Change, Course, Offering
from grading.assessments import files
from grading.assessments.models import Assessment, SuiteFile, SuiteVersion
from grading.assessments.queries import suite_contents
from grading.assessments.services import next_number, set_suite_files
from grading.catalogue import checks, queries
from grading.catalogue.errors import (
    AlreadyPublished,
    NameTaken,
    NotADraft,
    NotChecked,
    NotPublished,
    UploadUnfit,
)
from grading.catalogue.manifests import valid_cases
from grading.catalogue.models import SuiteCheck
from grading.submissions import tickets
from grading.submissions.models import Runner
from grading.submissions.uploads import Upload, UploadLimits
from runners.protocol import ReportAnswer, SuiteManifest, folder_digest, is_graded_with
from runners.suite_protocol import (
    MANIFEST,
    SETTINGS,
    SettingsInvalid,
    SuiteCheckReportRequest,
    case_problems,
    manifest_text,
    manifest_without_cases,
    read_settings,
    setting_that_differs,
)

log = logging.getLogger(__name__)

SUITE_LIMITS = UploadLimits(
    max_files=1_000,
    max_file_bytes=32_000_000,
    max_total_bytes=64_000_000,
    required_files=(SETTINGS,),
    keeps_archives=True,
)
LEASE_LOST = "The lease was lost: somebody else holds this check by now, or it has ended."
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")


def upload_draft(offering: Offering, *, by: User, uploads: Sequence[Upload]) -> SuiteVersion:
    """Receive a suite as the draft of its name, in place of an earlier draft, and have it checked.

    A ``manifest.json`` in it is left out: a runner makes it from the suite. Raises ``NotAllowed``, ``UploadUnfit``,
    ``NameTaken`` and ``StoreFull``.
    """
    access.require(by, offering, Capability.MANAGE_SUITES)
    contents = {upload.path: upload.content for upload in uploads if upload.path != MANIFEST}
    stated = _stated(contents)
    if SuiteVersion.objects.filter(course=None, name=stated.name).exists():
        raise NameTaken
    with transaction.atomic():
        Course.objects.select_for_update().get(pk=offering.course_id)
        draft, _ = SuiteVersion.objects.update_or_create(
            course_id=offering.course_id,
            name=stated.name,
            state=SuiteVersion.State.DRAFT,
            defaults={**_columns(stated), "digest": "", "max_points": 0, "uploaded_by": by},
        )
        set_suite_files(draft, contents)
        request_check(draft, by=by)
    return draft


def request_check(draft: SuiteVersion, *, by: User) -> SuiteCheck:
    """Let a runner look at a draft as it is now. Raises ``NotADraft``."""
    if not draft.is_draft:
        raise NotADraft
    lane = draft.lane
    with transaction.atomic():
        check = checks.enqueue(
            draft, by=by, files_sha256=folder_digest(suite_contents(draft).items()), at=database_now()
        )
        transaction.on_commit(lambda: tickets.send(lane), robust=True)
    return check


def edit_manifest(draft: SuiteVersion, *, by: User, cases: Sequence[Mapping[str, Any]]) -> bool:
    """Replace the cases of a draft's manifest, in this order, and have it checked again. False: nothing changed.

    Each case is given as ``ManifestCase``'s fields. The ids are those that the suite registers: none can be added or
    left out. Raises ``ManifestRefused``, which names every field that does not fit, and ``NotADraft``.
    """
    with transaction.atomic():
        locked = _locked_draft(draft)
        old = queries.manifest_of(locked)
        new = SuiteManifest.model_validate({**old.model_dump(), "cases": valid_cases(old, cases)})
        if new == old:
            return False
        _write_manifest(locked, new)
        request_check(locked, by=by)
    draft.refresh_from_db()
    return True


def publish(draft: SuiteVersion, *, by: User) -> SuiteVersion:
    """Make a draft the next version for good. Raises ``NotADraft``, ``NotChecked`` or ``AlreadyPublished``."""
    if draft.course_id is None:
        raise NotADraft
    at = database_now()
    with transaction.atomic():
        Course.objects.select_for_update().get(pk=draft.course_id)
        locked = _locked_draft(draft)
        if not queries.may_publish(locked, queries.newest_check(locked)):
            raise NotChecked
        versions = SuiteVersion.objects.filter(
            course_id=draft.course_id, name=locked.name, state=SuiteVersion.State.PUBLISHED
        )
        if (same := versions.filter(digest=locked.digest).first()) is not None:
            message = f"This is exactly {same.label} of {same.title}, so there is nothing new to publish."
            raise AlreadyPublished(message)
        SuiteVersion.objects.filter(pk=locked.pk, state=SuiteVersion.State.DRAFT).update(
            state=SuiteVersion.State.PUBLISHED, number=next_number(versions), published_at=at, uploaded_by=by
        )
    draft.refresh_from_db()
    return draft


def discard(draft: SuiteVersion) -> None:
    """Throw a draft away. Raises ``NotADraft``."""
    with transaction.atomic():
        _locked_draft(draft).delete()


def use_version(assessment: Assessment, version: SuiteVersion, *, by: User) -> None:
    """Let an assessment be graded by this version from now on. What was graded, and what waits, stays with its own.

    Raises ``NotAllowed``, ``NotPublished``, and ``SuiteVersion.DoesNotExist`` for a suite of another course.
    """
    offering = assessment.offering
    access.require(by, offering, Capability.MANAGE_SUITES)
    if version.is_draft:
        raise NotPublished
    if version.course_id not in {None, offering.course_id}:
        raise SuiteVersion.DoesNotExist
    with transaction.atomic():
        locked = Assessment.objects.select_for_update(of=("self",)).select_related("suite").get(pk=assessment.pk)
        old = locked.suite
        if old is not None and old.pk == version.pk:
            return
        Assessment.objects.filter(pk=locked.pk).update(suite=version)
        if old is None or old.name != version.name:
            # The name is part of what is written about the course, and so of what an editor has read.
            Offering.objects.filter(pk=offering.pk).update(version=F("version") + 1)
        Change.objects.create(
            offering=offering,
            batch=uuid.uuid4(),
            subject=f"assessment:{locked.slug}"[:160],
            title=locked.title[:200],
            before={"suite": f"{old.name} {old.label}" if old else None},
            after={"suite": f"{version.name} {version.label}"},
            made_by=by,
        )
    assessment.suite = version


def accept_check(runner: Runner, check_id: int, request: SuiteCheckReportRequest) -> ReportAnswer:
    """Finish a check with what a runner found, and give the draft its manifest where it has none.

    Raises ``SuiteCheck.DoesNotExist``.
    """
    at = database_now()
    SuiteCheck.objects.only("pk").get(pk=check_id)
    with transaction.atomic():
        check = checks.held_check(runner, check_id, request.lease_token, at=at)
        if check is None:
            return ReportAnswer(accepted=False, reason=LEASE_LOST)
        version = _locked_draft(check.version)
        manifest = request.report.manifest
        if manifest is not None and (misfit := _misfit(version, manifest)):
            log.error("Runner %s sent a check of %s that does not fit: %s", runner, version, misfit)
            sentence = "The grading host reported something that cannot be of this suite."
            checks.fault(runner, check_id, request.lease_token, sentence=sentence, detail=misfit, at=at)
            return ReportAnswer(accepted=False, reason=misfit)
        if manifest is not None and not version.digest:
            _write_manifest(version, manifest)
        accepted = checks.finish(check, runner, request.report, digest=version.digest, at=at)
    return ReportAnswer(accepted=accepted, reason="" if accepted else LEASE_LOST)


def _locked_draft(draft: SuiteVersion) -> SuiteVersion:
    locked = SuiteVersion.objects.select_for_update(of=("self",)).get(pk=draft.pk)
    if not locked.is_draft:
        raise NotADraft
    return locked


def _stated(contents: Mapping[str, bytes]) -> SuiteManifest:
    """Return what suite.toml says. Raises ``UploadUnfit``."""
    if SETTINGS not in contents:
        message = f"There is no {SETTINGS} in what you sent. Upload the folder that holds it, or an archive of it."
        if any(path.rpartition("/")[2] == "run_autograder" for path in contents):
            message = (
                f"This looks like a Gradescope autograder. Put it into a folder autograder/ and a {SETTINGS} beside it "
                'with name, title, total_points and kind = "gradescope".'
            )
        raise UploadUnfit(message)
    try:
        stated = manifest_without_cases(read_settings(contents[SETTINGS]))
    except SettingsInvalid as error:
        raise UploadUnfit(str(error)) from error
    if not _NAME.fullmatch(stated.name):
        message = f"{SETTINGS}: name takes up to 60 small letters, digits, dashes and underscores."
        raise UploadUnfit(message)
    if not any(is_graded_with(path) and path.name != SETTINGS for path in map(PurePosixPath, contents)):
        message = f"There is nothing but {SETTINGS} in what you sent. Upload the whole folder of the suite."
        raise UploadUnfit(message)
    return stated


def _columns(manifest: SuiteManifest) -> dict[str, Any]:
    return {"title": manifest.title, "lane": manifest.lane.value, "manifest": manifest.model_dump(mode="json")}


def _write_manifest(draft: SuiteVersion, manifest: SuiteManifest) -> None:
    [stored] = files.keep([manifest_text(manifest).encode()])
    SuiteFile.objects.update_or_create(version=draft, path=MANIFEST, defaults={"stored": stored})
    draft.digest = folder_digest(suite_contents(draft, only_graded_with=True).items())
    draft.max_points = manifest.max_points
    draft.manifest = manifest.model_dump(mode="json")
    draft.save(update_fields=["digest", "max_points", "manifest"])


def _misfit(version: SuiteVersion, manifest: SuiteManifest) -> str:
    """Return why this manifest cannot be of this draft, or nothing where it can."""
    settings = read_settings(suite_contents(version)[SETTINGS])
    if key := setting_that_differs(settings, manifest):
        return f"{key} is not what suite.toml says."
    if version.digest and manifest != queries.manifest_of(version):
        return "The manifest is not the one that was sent."
    return next((sentence for _, _, sentence in case_problems(manifest.cases)), "")
