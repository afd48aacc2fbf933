"""A class in the middle of its term, for the demo alone: people with invented names, their work, and grades.

Theory of operation
-------------------
``classroom`` in a folder's ``demo.yaml`` says what the demo makes up about a course: which day of its own calendar
today stands for, sections, what is assumed of its grading, late days, and what grades are made of. The class gets an
offering of its own, and the one that the documents describe stays as it is. Every date moves by whole weeks, then the
grading is published as an instructor would publish it, and people hand in and are graded by the services that pages
use: each cell follows from its events. Only moments are set by hand, because the past cannot be
lived again. The same class comes of it each time. Who gets what is counted by places in the list of students, so that
any offering with enough assessments that are over shows every case.
"""

import datetime as dt
from decimal import Decimal
from operator import itemgetter
from typing import Annotated, Literal

from django.db.models import Min
from pydantic import AfterValidator, Field

from coursehub.accounts.models import User
from coursehub.common.clock import database_now
from coursehub.courses.models import Change, Cohort, Enrollment, Offering
from coursehub.courses.services import enroll
from coursehub.publishing.content import AnnouncementContent, OfferingContent, PolicyContent
from coursehub.publishing.demo_term import Term
from coursehub.publishing.rows import content_of
from coursehub.publishing.schema import (
    CohortEntry,
    DateSpec,
    DayMoment,
    DeadlinesFile,
    Entry,
    GradingFile,
    Key,
    Sentence,
    TermEntry,
)
from coursehub.publishing.services import apply

Which = Literal["release", "due", "closes", "solutions"]
DATES: tuple[Which, ...] = ("release", "due", "closes", "solutions")
INSTRUCTOR, ASSISTANT = "ines@example.edu", "tariq@example.edu"
FIRST = ("ada@example.edu", "ben@example.edu", "chloe@example.edu")
"""Who come first in the list of students: what is theirs can be looked at from inside."""
CLASSMATES = (
    "Amara Diallo", "Anton Vogel", "Beatriz Almeida", "Callum Reid", "Daria Novak", "Elif Kaya", "Emil Sandberg",
    "Farah Haddad", "Giulia Ferri", "Hana Suzuki", "Ilya Orlov", "Imani Mwangi", "Jonas Keller", "Kavya Nair",
    "Leila Rahimi", "Luca Moretti", "Maeve Byrne", "Mateo Vargas", "Nadia Petrova", "Noor El-Amin", "Oscar Nilsen",
    "Priya Menon", "Rafael Costa", "Sofia Lindgren", "Tomas Dvorak", "Wen Zhao", "Yara Nasser", "Zofia Wolska",
)  # fmt: skip
_WEEK = dt.timedelta(days=7)


def _is_kind(curve: Decimal) -> Decimal:
    if curve > 100:
        message = "a curve of the demo adds at most 100 points"
        raise ValueError(message)
    return curve


class Classroom(Entry):
    """What the demo makes up about a course, so that there is a class to look at."""

    slug: Key
    """The place of the class's own offering in addresses."""
    today_is: dt.date
    """Today stands for this day of the offering's own calendar, give or take some days: whole weeks are moved."""
    term: TermEntry
    notice: Sentence
    reason: Sentence
    """Why the grading is published; everybody reads it."""
    sections: list[CohortEntry] = Field(min_length=1)
    confirmed: dict[Key, Sentence] = Field(default_factory=dict)
    """What the demo answers where the documents leave a question open, by the key of the assumption."""
    dates: dict[Key, dict[Which, DateSpec]] = Field(default_factory=dict)
    """Dates of assessments that the documents do not name."""
    policies: dict[Key, PolicyContent] = Field(default_factory=dict)
    grading: GradingFile
    deadlines: DeadlinesFile
    announcements: dict[Key, AnnouncementContent] = Field(default_factory=dict)
    exam_curve: Annotated[Decimal, AfterValidator(_is_kind)] | None = None
    """So many points for everybody in the first exam that is over."""


def email_of(name: str) -> str:
    """Return the made-up address of a made-up person."""
    return f"{name.lower().replace(' ', '.')}@example.edu"


def moved(content: OfferingContent, classroom: Classroom, *, today: dt.date) -> OfferingContent:
    """Return the class's own offering: every date so many whole weeks later that `today` falls into its term."""
    by = (today - classroom.today_is) // _WEEK * _WEEK

    def later(day: dt.date | None) -> dt.date | None:
        return None if day is None else day + by

    def later_date(date: DateSpec | None) -> DateSpec | None:
        return date.model_copy(update={"date": date.date + by}) if isinstance(date, DayMoment) else date

    schedule = content.schedule.model_copy(
        update={
            "weeks": [week.model_copy(update={"starts_on": later(week.starts_on)}) for week in content.schedule.weeks],
            "series": [
                series.model_copy(update={"first_on": later(series.first_on), "last_on": later(series.last_on)})
                for series in content.schedule.series
            ],
            "events": [event.model_copy(update={"date": later(event.date)}) for event in content.schedule.events],
        }
    )
    announcements = {
        key: entry.model_copy(update={"publish_at": entry.publish_at and entry.publish_at + by})
        for key, entry in (content.announcements | classroom.announcements).items()
    }
    assessments = {
        key: entry.model_copy(
            update={name: later_date(classroom.dates.get(key, {}).get(name) or getattr(entry, name)) for name in DATES}
        )
        for key, entry in content.assessments.items()
    }
    offering = content.offering.model_copy(
        update={
            "slug": classroom.slug,
            "term": classroom.term,
            "schedule_notice": classroom.notice,
            "previous": content.offering.slug,
        }
    )
    return content.model_copy(
        update={
            "offering": offering, "schedule": schedule, "assessments": assessments, "announcements": announcements,
        }
    )  # fmt: skip


def fill(offering: Offering, classroom: Classroom) -> None:
    """Publish the grading and let the class live up to today. Call it once for an offering, in a transaction."""
    ines, tariq = (User.objects.get(email=email) for email in (INSTRUCTOR, ASSISTANT))
    apply(_graded(content_of(offering), classroom), by=ines, source=Change.Source.PAGE, reason=classroom.reason)
    offering.refresh_from_db()
    term = Term(offering, students=_students(offering, classroom), ines=ines, tariq=tariq)
    term.grant_more_time()
    for assessment in term.over:
        term.hand_in(assessment)
    # One after the other as it happened: the log is read by its numbers.
    for _, happens in sorted(term.happenings(curve=classroom.exam_curve), key=itemgetter(0)):
        happens()
    term.give_points_on_top()
    term.ask_for_more_time()


def _graded(content: OfferingContent, classroom: Classroom) -> OfferingContent:
    assumptions = [
        entry.model_copy(update={"assumed": classroom.confirmed[entry.key], "confirmed": True})
        if entry.key in classroom.confirmed
        else entry
        for entry in content.assumptions.assumptions
    ]
    cohorts = [*content.offering.cohorts, *classroom.sections]
    return content.model_copy(
        update={
            "offering": content.offering.model_copy(update={"cohorts": cohorts}),
            "grading": classroom.grading,
            "deadlines": classroom.deadlines,
            "assumptions": content.assumptions.model_copy(update={"assumptions": assumptions}),
        }
    )


def _students(offering: Offering, classroom: Classroom) -> list[Enrollment]:
    """Return the class in the order of our list: in sections by turns, and there since the term began."""
    users = [User.objects.get(email=email) for email in FIRST]
    for name in CLASSMATES:
        known = User.objects.filter(email=email_of(name)).first()
        users.append(known or User.objects.create_user(email_of(name), legal_name=name))
    # All of them but the last have been here before, as a class has; no password lets anybody in as one of them.
    User.objects.filter(email__in=[email_of(name) for name in CLASSMATES[:-1]], last_login=None).update(
        last_login=database_now() - dt.timedelta(days=2)
    )
    found = [enroll(offering, user=user, role="student") for user in users]
    first_on = offering.events.aggregate(first=Min("date"))["first"]
    if first_on is not None:
        joined_at = dt.datetime.combine(first_on - _WEEK, dt.time(9), tzinfo=offering.zone)
        offering.enrollments.update(joined_at=joined_at)
    sections = list(Cohort.objects.filter(offering=offering, key__in=[entry.key for entry in classroom.sections]))
    for place, section in enumerate(sorted(sections, key=lambda cohort: cohort.order)):
        section.members.add(*found[place :: len(sections)])
    rows = {row.pk: row for row in offering.enrollments.select_related("user", "offering")}
    return [rows[enrollment.pk] for enrollment in found]
