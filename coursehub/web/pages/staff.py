"""The staff's list of submissions."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page as Slice
from django.forms import Form
from django.http import QueryDict
from django.urls import reverse

from coursehub.courses.models import Capability, Offering
from coursehub.web import words
from coursehub.web.moments import Moment, moment
from coursehub.web.pages.frame import Frame, Link, course_frame
from coursehub.web.pages.rows import newest_of
from coursehub.web.words import Look
from grading.engine.visibility import Eyes
from grading.submissions.models import Submission


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffRow:
    """One submission in the list."""

    number: int
    url: str
    student: str
    email: str
    assessment: str
    look: Look
    points: str
    received_at: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Pager:
    """Where one is in a long list."""

    number: int
    pages: int
    previous_url: str
    next_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffListPage:
    """The list with its filters."""

    frame: Frame
    form: Form
    rows: tuple[StaffRow, ...]
    pager: Pager
    summary: str
    is_filtered: bool
    all_url: str


def staff_list_page(
    offering: Offering,
    may: Collection[Capability],
    *,
    form: Form,
    query: QueryDict,
    slice_: "Slice[Submission]",
    eyes: Eyes,
    now: datetime,
) -> StaffListPage:
    """Build the page from one slice of the list."""
    url = reverse("staff_submissions", args=[offering.slug])
    return StaffListPage(
        frame=course_frame(
            offering,
            may,
            title="Submissions",
            place="staff_submissions",
            crumbs=(Link(label="Submissions", url="", current=True),),
        ),
        form=form,
        rows=tuple(_row(offering, submission, eyes, now=now) for submission in slice_),
        pager=Pager(
            number=slice_.number,
            pages=slice_.paginator.num_pages,
            previous_url=_at(url, query, slice_.number - 1) if slice_.has_previous() else "",
            next_url=_at(url, query, slice_.number + 1) if slice_.has_next() else "",
        ),
        summary=f"{words.plural(slice_.paginator.count, 'submission')}, the newest first",
        is_filtered=any(query.get(name) for name in form.fields),
        all_url=url,
    )


def _row(offering: Offering, submission: Submission, eyes: Eyes, *, now: datetime) -> StaffRow:
    newest = newest_of(submission, eyes)
    return StaffRow(
        number=submission.number,
        url=reverse("submission", args=[submission.pk]),
        student=submission.author.name,
        email=submission.author.email,
        assessment=submission.assessment.title,
        look=newest.look,
        points=newest.points,
        received_at=moment(submission.received_at, offering.zone, now=now),
    )


def _at(url: str, query: QueryDict, number: int) -> str:
    wanted = query.copy()
    wanted["page"] = str(number)
    return f"{url}?{wanted.urlencode()}"
