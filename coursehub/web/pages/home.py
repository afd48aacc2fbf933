"""What is due next, and my courses."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from coursehub.courses.models import Offering
from coursehub.web.moments import Moment, moment, relative
from coursehub.web.pages.dates import NEVER_DUE, OwnDate, own_date
from coursehub.web.pages.frame import Frame, Link
from grading.assessments.models import Assessment
from grading.deadlines.dates import EffectiveDates
from grading.deadlines.queries import Upcoming


@dataclass(frozen=True, slots=True, kw_only=True)
class DueItem:
    """Something to hand in soon."""

    title: str
    url: str
    course: str
    due: Moment | None
    sentence: str
    """Empty where `own` says it."""
    own: OwnDate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseCard:
    """A course of mine."""

    title: str
    code: str
    term: str
    url: str
    doors: tuple[Link, ...]
    """What its reader comes for most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePage:
    """The first page after sign-in."""

    frame: Frame
    due: tuple[DueItem, ...]
    courses: tuple[CourseCard, ...]


def home_page(offerings: Sequence[Offering], upcoming: Sequence[Upcoming], *, now: datetime) -> HomePage:
    """Build the page; the query has told of each offering which doors are open."""
    return HomePage(
        frame=Frame(title="My courses"),
        due=tuple(due_item(row.assessment, own=row.dates, now=now) for row in upcoming),
        courses=tuple(
            CourseCard(
                title=offering.course.title,
                code=offering.course.code,
                term=f"{offering.term}{' · ' + offering.section_label if offering.section_label else ''}",
                url=reverse("course", args=[offering.slug]),
                doors=tuple(_doors(offering)),
            )
            for offering in offerings
        ),
    )


def _doors(offering: Offering) -> Iterator[Link]:
    told = vars(offering)
    doors = (("has_my_grades", "My grades", "my_grades"), ("has_grade_book", "Grade book", "gradebook"),
             ("has_submissions", "Submissions", "staff_submissions"))  # fmt: skip
    for column, label, name in doors:
        if told.get(column):
            yield Link(label=label, url=reverse(name, args=[offering.slug]))


def due_item(assessment: Assessment, *, own: EffectiveDates, now: datetime) -> DueItem:
    """Return one line of what is due for the person whose `own` dates these are."""
    offering, due, mine = assessment.offering, own.due_at, own_date(assessment, own, now=now)
    if due is None and own.extension_pk is not None:
        sentence = "" if mine else NEVER_DUE
    elif due is None:
        sentence = "date to be announced"
    elif due >= now:
        sentence = f"due {relative(due, now=now)}"
    else:
        sentence = "late, still accepted"
    return DueItem(
        title=assessment.title,
        url=reverse("assessment", args=[offering.slug, assessment.slug]),
        course=f"{offering.course.code} {offering.course.title}",
        due=moment(due, offering.zone, now=now) if due else None,
        sentence=sentence,
        own=mine,
    )
