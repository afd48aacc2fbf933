"""One file of a submission, to read."""

from collections.abc import Collection
from dataclasses import dataclass

from django.urls import reverse
from django.utils.safestring import SafeString

from coursehub.courses.models import Capability
from coursehub.web import words
from coursehub.web.highlighting import source
from coursehub.web.pages.frame import Frame, Link, course_frame
from grading.submissions.models import Submission


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePage:
    """A file with its lines numbered and coloured, or the reason why it is not shown."""

    frame: Frame
    path: str
    size: str
    lines: str
    html: SafeString
    refusal: str
    download_url: str


def file_page(
    submission: Submission, may: Collection[Capability], *, path: str, content: bytes, is_mine: bool
) -> FilePage:
    """Build the page."""
    shown = source(path, content)
    heading = f"Submission {submission.number}"
    return FilePage(
        frame=course_frame(
            submission.assessment.offering,
            may,
            title=f"{path} {words.DASH} {heading}",
            place="course" if is_mine else "staff_submissions",
            crumbs=(
                Link(label=heading, url=reverse("submission", args=[submission.pk])),
                Link(label=path, url="", current=True),
            ),
        ),
        path=path,
        size=words.size(len(content)),
        lines=words.plural(shown.lines, "line") if shown.lines else "",
        html=shown.html,
        refusal=shown.refusal,
        download_url=f"{reverse('submission_file', args=[submission.pk, path])}?download",
    )
