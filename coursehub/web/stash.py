"""Uploads that outlive a refused form.

A browser cannot put chosen files back into a form. So that a missing signature does not cost anybody their
files, what was read without complaint is kept for two hours under a signed name that only the same person can
use, for the same assessment, and offered again on the form. Nothing here is a submission.
"""

import secrets
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core import signing

from coursehub.accounts.models import User
from grading.assessments.models import Assessment
from grading.submissions.bundles import zipped
from grading.submissions.uploads import Upload

KEPT_SECONDS = 2 * 3600
_SALT = "coursehub.web.stash"


def keep(uploads: Sequence[Upload], *, by: User, assessment: Assessment) -> str:
    """Keep the files and return the token that gets them back, or an empty text where the disk is full."""
    _sweep()
    name = secrets.token_hex(16)
    path = _folder() / name
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_bytes(zipped({upload.path: upload.content for upload in uploads}))
    except OSError:
        path.unlink(missing_ok=True)
        return ""
    return signing.dumps([by.pk, assessment.pk, name], salt=_SALT)


def kept(token: str, *, by: User, assessment: Assessment) -> list[Upload]:
    """Return the files behind a token; none where it is forged, somebody else's or too old."""
    path = _path(token, by=by, assessment=assessment)
    if path is None:
        return []
    try:
        with zipfile.ZipFile(path) as archive:
            return [Upload(path=entry.filename, content=archive.read(entry)) for entry in archive.infolist()]
    except (OSError, zipfile.BadZipFile):
        return []


def forget(token: str, *, by: User, assessment: Assessment) -> None:
    """Delete the files behind a token, if there are any."""
    if path := _path(token, by=by, assessment=assessment):
        path.unlink(missing_ok=True)


def _path(token: str, *, by: User, assessment: Assessment) -> Path | None:
    try:
        owner, place, name = signing.loads(token, salt=_SALT, max_age=KEPT_SECONDS)
    except signing.BadSignature:
        return None
    return _folder() / name if (owner, place) == (by.pk, assessment.pk) else None


def _folder() -> Path:
    return Path(settings.MEDIA_ROOT) / "kept"


def _sweep() -> None:
    oldest = time.time() - KEPT_SECONDS
    for path in _folder().glob("*"):
        try:
            if path.stat().st_mtime < oldest:
                path.unlink()
        except FileNotFoundError:
            continue  # somebody else swept it
