"""The receipt of a submission: text that says what was received and how anybody can check it."""

from coursehub.courses.models import Offering
from grading.submissions.models import Submission


def receipt_text(submission: Submission) -> str:
    """Return the receipt: number, moment, author, every file with its hash, the hash of the whole, how to verify."""
    offering: Offering = submission.assessment.offering
    local = submission.received_at.astimezone(offering.zone)
    rows = list(submission.files.select_related("stored").order_by("path"))
    lines = [
        "CourseHub receipt",
        "=================",
        "",
        f"Submission:  {submission.pk} (your number {submission.number} for this assessment)",
        f"Course:      {offering}",
        f"Assessment:  {submission.assessment.title}",
        f"Author:      {submission.author.name} <{submission.author.email}>",
        f"Received:    {local:%Y-%m-%d %H:%M:%S.%f} {local:%Z} (UTC{local:%z}, {offering.timezone})",
        f"             {submission.received_at:%Y-%m-%dT%H:%M:%S.%f}Z in UTC",
        f"Size:        {submission.total_bytes} bytes in {len(rows)} {'file' if len(rows) == 1 else 'files'}",
        "",
        "SHA-256 of each file",
        *(f"{row.stored_id}  {row.path}" for row in rows),
        "",
        "SHA-256 of the whole",
        submission.sha256,
        "",
    ]
    if submission.pledge_text:
        lines += ["Pledge", f"{submission.pledge_text}", f"Signed: {submission.pledge_signature}", ""]
    lines += [
        "To verify: `sha256sum FILE` gives the hash of a file. The hash of the whole is the SHA-256 of one line",
        "per file, in the order of their paths: the path, a null byte, the hash of the file, a newline.",
        "",
    ]
    return "\n".join(lines)
