"""What a search has found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from django.urls import reverse

from coursehub.common.searching import Hit, Piece
from coursehub.courses.models import Offering
from coursehub.web import words
from coursehub.web.moments import Moment, moment
from coursehub.web.pages.dates import OwnDate, own_date
from coursehub.web.pages.frame import Frame, Link
from grading.assessments.search import Found, FoundKind
from grading.deadlines.dates import EffectiveDates

SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseChoice:
    """A course to look through."""

    slug: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One thing that was found."""

    url: str
    title: tuple[Piece, ...]
    excerpt: tuple[Piece, ...]
    label: str
    course: str
    at: Moment | None
    at_word: str
    own: OwnDate | None
    place: str
    """Where it is used, for what is shown only there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """The box and what it found."""

    frame: Frame
    text: str
    choices: tuple[CourseChoice, ...]
    results: tuple[Result, ...]
    sentence: str
    advice: str
    """What to do where nothing was found; empty where something was."""


def search_page(
    text: str,
    course: str,
    offerings: Sequence[Offering],
    hits: Sequence[Hit[Found]],
    *,
    dates: Mapping[int, EffectiveDates],
    now: datetime,
) -> SearchPage:
    """Build the page; `dates` are the reader's own for the assessments among the first ``SHOWN`` hits."""
    return SearchPage(
        frame=Frame(
            title=f"Search: {text}" if text else "Search",
            crumbs=(Link(label="My courses", url=reverse("home")), Link(label="Search", url="", current=True)),
        ),
        text=text,
        choices=tuple(
            CourseChoice(
                slug=offering.slug,
                label=f"{offering.course.code} {offering.course.title}, {offering.term}",
                is_chosen=offering.slug == course,
            )
            for offering in offerings
        ),
        results=tuple(_result(hit, dates, now=now) for hit in hits[:SHOWN]),
        sentence=_sentence(text, len(hits)),
        advice=_advice(text, course, bool(hits), bool(offerings)),
    )


def address_of(found: Found) -> str:
    """Return where something is shown."""
    slug, key = found.offering.slug, found.key
    match found.kind:
        case FoundKind.EVENT:
            return f"{reverse('schedule', args=[slug])}#event-{key}"
        case FoundKind.ASSESSMENT if found.is_open:
            return reverse("assessment", args=[slug, key])
        case FoundKind.ASSESSMENT:
            return f"{reverse('assessments_list', args=[slug])}#{key}"
        case FoundKind.MATERIAL:
            return address_of(found.place) if found.place else reverse("course", args=[slug])
        case FoundKind.MODULE:
            return reverse("module", args=[slug, key])
        case FoundKind.POLICY:
            return f"{reverse('policies', args=[slug])}#{key}"
        case FoundKind.PAGE:
            return reverse("course_page", args=[slug, key])
        case FoundKind.BLOCK:
            return f"{reverse('course', args=[slug])}#{key}"
        case FoundKind.SERIES:
            return reverse("staff_page", args=[slug])
    assert_never(found.kind)


def _result(hit: Hit[Found], dates: Mapping[int, EffectiveDates], *, now: datetime) -> Result:
    found = hit.thing
    at, own = found.starts_at, None
    if found.work is not None:
        at, own = dates[found.work.pk].due_at, own_date(found.work, dates[found.work.pk], now=now)
    return Result(
        url=address_of(found),
        title=hit.title,
        excerpt=hit.excerpt,
        label=found.label,
        course=f"{found.offering.course.code} · {found.offering.term}",
        at=moment(at, found.offering.zone, now=now) if at else None,
        at_word="due" if found.kind == FoundKind.ASSESSMENT else "on",
        own=own,
        place=found.place.label if found.place else "",
    )


def _sentence(text: str, count: int) -> str:
    if not text:
        return ""
    found = f"{words.sentence_case(words.counted(count))} {'thing' if count == 1 else 'things'} found."
    return f"{found} The best {SHOWN} are shown; another word makes them fewer." if count > SHOWN else found


def _advice(text: str, course: str, has_hits: bool, has_courses: bool) -> str:
    if not has_courses:
        return "There is no course here to look through. Ask your instructor to add your e-mail address to theirs."
    if not text:
        return (
            "Write a word from a title, a reading or a policy. Words between quotation marks are looked for together."
        )
    if has_hits:
        return ""
    return "Try fewer words or only how one begins" + (", or look through all your courses." if course else ".")
