"""The files of a submission as one .zip: for the runner, and for who downloads them."""

import io
import zipfile
from collections.abc import Mapping

from grading.assessments import files
from grading.submissions.models import Submission

# Always the same moment, so that the same files give the same bytes.
_MOMENT = (1980, 1, 1, 0, 0, 0)


def bundle_of(submission: Submission) -> bytes:
    """Return all files, stored as they are. Raises ``AssessmentFault`` where one is damaged."""
    return zipped(files_of(submission))


def files_of(submission: Submission) -> dict[str, bytes]:
    """Return the content of every file by path. Raises ``AssessmentFault`` where one is damaged."""
    rows = submission.files.order_by("path").values_list("path", "stored_id")
    return {path: files.content_of(sha256) for path, sha256 in rows}


def zipped(contents: Mapping[str, bytes]) -> bytes:
    """Return a .zip whose entries are stored, always with the same bytes for the same content."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, content in sorted(contents.items()):
            entry = zipfile.ZipInfo(path, date_time=_MOMENT)
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, content)
    return packed.getvalue()
