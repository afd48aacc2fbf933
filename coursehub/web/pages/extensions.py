"""Extensions of a course and requests for them, as staff see them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.paginator import Page
from django.http import QueryDict
from django.urls import reverse

from coursehub.courses.models import Capability, Change, Offering
from coursehub.web import words
from coursehub.web.deadline_forms import ChangeForm, DecideForm, GrantForm, PersonForm
from coursehub.web.moments import Moment, moment, relative
from coursehub.web.pages.editing import HistoryLine, history_lines
from coursehub.web.pages.frame import Frame, Link, course_frame
from coursehub.web.pages.staff import Pager
from coursehub.web.words import Look
from grading.assessments.models import Assessment
from grading.deadlines.models import Extension, ExtensionRequest

STANDS = Look(key="passed", mark="✓", word="Holds")
REVOKED = Look(key="queued", mark=words.DASH, word="Revoked")
LOOKS = {
    ExtensionRequest.Status.OPEN: Look(key="running", mark="○", word="Waiting"),
    ExtensionRequest.Status.APPROVED: Look(key="passed", mark="✓", word="Granted"),
    ExtensionRequest.Status.AUTOMATIC: Look(key="passed", mark="✓", word="Granted by rule"),
    ExtensionRequest.Status.DENIED: Look(key="failed", mark="✗", word="Refused"),
    ExtensionRequest.Status.WITHDRAWN: Look(key="queued", mark=words.DASH, word="Withdrawn"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionLine:
    """One extension in the list."""

    who: str
    email: str
    """Empty for teams and sections."""
    assessment: str
    look: Look
    due: Moment | None
    gives: str
    """What it gives besides the due moment."""
    reason_shown: str
    reason_private: str
    by: str
    url: str
    """Where to change it, and to read what was changed."""
    revoke_url: str
    """Empty once it is revoked."""
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A value that the list can be narrowed to."""

    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionsPage:
    """All extensions of a course."""

    frame: Frame
    summary: str
    lines: tuple[ExtensionLine, ...]
    pager: Pager
    assessments: tuple[Choice, ...]
    text: str
    with_revoked: bool
    is_filtered: bool
    all_url: str
    form: GrantForm
    requests_url: str
    waiting: str
    person_url: str
    rule_url: str
    """Empty for who does not edit the course."""
    policies_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionPage:
    """One extension, to change, and what was changed."""

    frame: Frame
    heading: str
    lead: str
    form: ChangeForm | None
    """None once it is revoked."""
    lines: tuple[HistoryLine, ...]
    back_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonPage:
    """Time and slip days of one person."""

    frame: Frame
    form: PersonForm
    back_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLine:
    """One request, and the form to decide it while it waits."""

    id: str
    who: str
    email: str
    assessment: str
    look: Look
    due: Moment | None
    """When it is due for them without it."""
    wanted: Moment
    more: str
    """How much more that is."""
    reason: str
    reply: str
    asked: str
    decided_by: str
    form: DecideForm | None
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestsPage:
    """The queue, and what was decided last."""

    frame: Frame
    waiting: tuple[RequestLine, ...]
    decided: tuple[RequestLine, ...]
    back_url: str


def extensions_page(
    offering: Offering,
    may: Collection[Capability],
    *,
    slice_: Page[Extension],
    query: QueryDict,
    assessments: Sequence[Assessment],
    form: GrantForm,
    waiting: int,
    now: datetime,
) -> ExtensionsPage:
    """Build the page."""
    wanted, text, with_revoked = query.get("assessment", ""), query.get("text", "").strip(), "revoked" in query
    edits = Capability.EDIT_COURSE in may
    here = Link(label="Extensions", url="", current=True)
    return ExtensionsPage(
        frame=course_frame(offering, may, title="Extensions", place="extensions", crumbs=(here,)),
        summary=words.plural(slice_.paginator.count, "extension"),
        lines=tuple(_line(row, offering.zone, now=now) for row in slice_.object_list),
        pager=_pager(offering, slice_, query),
        assessments=tuple(
            Choice(value=item.slug, label=item.title, is_chosen=item.slug == wanted) for item in assessments
        ),
        text=text,
        with_revoked=with_revoked,
        is_filtered=bool(wanted or text),
        all_url=reverse("extensions", args=[offering.slug]),
        form=form,
        requests_url=reverse("extension_requests", args=[offering.slug]),
        waiting=f"{words.plural(waiting, 'request')} {'waits' if waiting == 1 else 'wait'} for an answer"
        if waiting
        else "No request waits",
        person_url=reverse("extensions_person", args=[offering.slug]),
        rule_url=reverse("edit_extension_rule", args=[offering.slug]) if edits else "",
        policies_url=reverse("edit_deadlines", args=[offering.slug]) if edits else "",
    )


def extension_page(
    extension: Extension, may: Collection[Capability], *, form: ChangeForm | None, changes: Sequence[Change],
    now: datetime,
) -> ExtensionPage:  # fmt: skip
    """Build the page on which an extension is changed."""
    offering = extension.assessment.offering
    back = Link(label="Extensions", url=reverse("extensions", args=[offering.slug]))
    heading = "Change an extension" if extension.revoked_at is None else "A revoked extension"
    here = Link(label="Change" if extension.revoked_at is None else "Revoked", url="", current=True)
    return ExtensionPage(
        frame=course_frame(offering, may, title=heading, place="extensions", crumbs=(back, here)),
        heading=heading,
        lead=f"{extension.assessment.title}, for {who_of(extension)}.",
        form=form,
        lines=history_lines(changes, offering.zone, now=now),
        back_url=back.url,
    )


def person_page(offering: Offering, may: Collection[Capability], *, form: PersonForm) -> PersonPage:
    """Build the page for one person's time and slip days."""
    back = Link(label="Extensions", url=reverse("extensions", args=[offering.slug]))
    here = Link(label="One person", url="", current=True)
    return PersonPage(
        frame=course_frame(
            offering, may, title="Time and slip days of a person", place="extensions", crumbs=(back, here)
        ),
        form=form,
        back_url=back.url,
    )


def requests_page(
    offering: Offering,
    may: Collection[Capability],
    *,
    waiting: Sequence[tuple[ExtensionRequest, datetime | None, DecideForm]],
    decided: Sequence[ExtensionRequest],
    now: datetime,
) -> RequestsPage:
    """Build the queue; each waiting request comes with the moment at which it is due now, and its form."""
    back = Link(label="Extensions", url=reverse("extensions", args=[offering.slug]))
    here = Link(label="Requests", url="", current=True)
    return RequestsPage(
        frame=course_frame(offering, may, title="Requests for more time", place="extensions", crumbs=(back, here)),
        waiting=tuple(_request(row, now=now, due_at=due_at, form=form) for row, due_at, form in waiting),
        decided=tuple(_request(row, now=now) for row in decided),
        back_url=back.url,
    )


def who_of(extension: Extension) -> str:
    """Return whom an extension is for, as staff name them."""
    if extension.enrollment is not None:
        return extension.enrollment.user.name
    return f"Team {extension.team}" if extension.team is not None else f"Section {extension.cohort}"


def _pager(offering: Offering, slice_: Page[Extension], query: QueryDict) -> Pager:
    def at(number: int) -> str:
        changed = query.copy()
        changed["page"] = str(number)
        return f"{reverse('extensions', args=[offering.slug])}?{changed.urlencode()}"

    return Pager(
        number=slice_.number,
        pages=slice_.paginator.num_pages,
        previous_url=at(slice_.number - 1) if slice_.has_previous() else "",
        next_url=at(slice_.number + 1) if slice_.has_next() else "",
    )


def _line(row: Extension, zone: ZoneInfo, *, now: datetime) -> ExtensionLine:
    is_revoked = row.revoked_at is not None
    gives = [
        "never due" if row.has_no_end else "",
        f"closes {moment(row.closes_at, zone, now=now).text}" if row.closes_at else "",
        words.plural(row.tries, "try", "tries") if row.tries else "",
        f"{row.time_factor.normalize():f} times the length" if row.time_factor else "",
    ]
    granted_by = row.granted_by.name if row.granted_by else "the rule"
    return ExtensionLine(
        who=who_of(row),
        email=row.enrollment.user.email if row.enrollment else "",
        assessment=row.assessment.title,
        look=REVOKED if is_revoked else STANDS,
        due=moment(row.due_at, zone, now=now) if row.due_at else None,
        gives=words.listed([part for part in gives if part]),
        reason_shown=row.reason_shown,
        reason_private=row.reason_private,
        by=f"by {granted_by} {relative(row.granted_at, now=now)}",
        url=reverse("extension", args=[row.pk]),
        revoke_url="" if is_revoked else reverse("extension_revoke", args=[row.pk]),
        version=row.version,
    )


def _request(
    row: ExtensionRequest, *, now: datetime, due_at: datetime | None = None, form: DecideForm | None = None
) -> RequestLine:
    zone = row.assessment.offering.zone
    more = row.wanted_due_at - due_at if due_at else None
    decided: Any = row.decided_by
    return RequestLine(
        id=f"request-{row.pk}",
        who=row.enrollment.user.name,
        email=row.enrollment.user.email,
        assessment=row.assessment.title,
        look=LOOKS[ExtensionRequest.Status(row.status)],
        due=moment(due_at, zone, now=now) if due_at else None,
        wanted=moment(row.wanted_due_at, zone, now=now),
        more=f"{words.duration(more.total_seconds())} more" if more and more.total_seconds() > 0 else "",
        reason=row.reason,
        reply=row.reply,
        asked=relative(row.made_at, now=now),
        decided_by=decided.name if decided else "",
        form=form,
        url=reverse("extension_decide", args=[row.pk]),
    )
