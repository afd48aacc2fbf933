"""What goes into whose calendar: sessions, days without class, exams and deadlines; never a name, never a grade.

A course's own calendar holds what its public pages show. A personal one holds every course that somebody takes part
in, seen with their eyes: of groups that take turns only their own days, the office hours that they hold, and what
they present.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from coursehub.accounts.models import User
from coursehub.courses.access import Viewer, having, offerings_of
from coursehub.courses.models import Capability, Cohort, Enrollment, Offering
from coursehub.participation.queries import slots_of_person
from coursehub.schedule.feeds import (
    LONG_AGO,
    Entry,
    Feed,
    deadline,
    entries_of,
    forgotten_at,
    impersonal,
    weekly_entries,
)
from coursehub.schedule.models import Event, EventKind, EventSeries
from coursehub.schedule.queries import calendar_events_of, changed_at_of, names_in, repeating_series_of
from coursehub.schedule.rotation import in_person_groups
from grading.assessments.models import AnchoredDate, Assessment, AssessmentKind

Address = Callable[[Offering, str], str]
"""Returns the address of an offering's schedule, or of the assessment whose slug is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDue:
    """When something is due for one person, where that is not what holds for everybody."""

    due_at: datetime | None
    """None: never."""
    changes: int
    """Grows with everything that was granted, changed or taken back."""
    changed_at: datetime


OwnDues = Callable[[User, Sequence[Assessment]], Mapping[int, OwnDue]]
"""Returns by its key what is due for a person at another moment than for everybody, or was."""
_OFFICE_HOURS = frozenset({EventKind.OFFICE_HOURS, EventKind.PROJECT_OFFICE_HOURS})


def course_feed(viewer: Viewer, *, at: datetime, address: Address) -> Feed:
    """Return the calendar of one offering, the same for everybody."""
    offering = viewer.offering
    source = _Source([offering], at=at, address=address)
    work = Assessment.objects.filter(offering=offering, is_listed=True)
    entries = (
        *source.sessions(lambda _event, _groups: True),
        *source.classes(),
        *source.deadlines(_fetched(work)),
    )
    return source.feed(f"{offering.course.code} {offering.course.title}", entries, url=address(offering, ""))


def personal_feed(user: User, *, at: datetime, address: Address, url: str, dues: OwnDues) -> Feed:
    """Return somebody's own calendar; `dues` knows which deadlines are their own."""
    offerings = list(offerings_of(user).order_by("pk"))
    sees_all = set(offerings_of(user).filter(having(user, Capability.VIEW_UNRELEASED)).values_list("pk", flat=True))
    places = Enrollment.objects.filter(user=user, status=Enrollment.Status.ACTIVE)
    mine = list(Cohort.objects.filter(members__in=places))
    my_groups = {group.pk for group in mine}
    my_sorts = {(group.offering_id, group.kind) for group in mine}

    def is_mine(event: Event, groups: Sequence[Cohort]) -> bool:
        if not groups or event.offering_id in sees_all or any(group.pk in my_groups for group in groups):
            return True
        # Who is in no group of that sort yet sees every day rather than none.
        return not any((event.offering_id, group.kind) in my_sorts for group in groups)

    source = _Source(offerings, at=at, address=address)
    listed = Assessment.objects.filter(offering__in=offerings).filter(Q(is_listed=True) | Q(offering__in=sees_all))
    work = list(_fetched(listed))
    entries = (
        *source.sessions(is_mine),
        *source.classes(),
        *source.office_hours(user),
        *source.presentations(user),
        *source.deadlines(work, dues(user, work)),
    )
    return source.feed("My courses", entries, url=url)


class _Source:
    """The rows of some offerings, fetched once, and what they put into a calendar."""

    def __init__(self, offerings: Sequence[Offering], *, at: datetime, address: Address) -> None:
        self._at = at
        self._address = address
        self._offerings = {offering.pk: offering for offering in offerings}
        self._names = names_in(offerings)
        self._changed = changed_at_of(offerings)
        self._events = calendar_events_of(offerings)
        self._series = repeating_series_of(offerings)
        self._groups = in_person_groups(self._events)
        self._days_off: dict[int, list[date]] = {}
        for event in self._events:
            if event.kind == EventKind.NO_CLASS and event.date and event.status != Event.Status.CANCELLED:
                self._days_off.setdefault(event.offering_id, []).append(event.date)

    def sessions(self, is_wanted: Callable[[Event, Sequence[Cohort]], bool]) -> Iterable[Entry]:
        """Yield what happens on a day of its own."""
        for event in self._events:
            groups = self._groups.get(event.pk, ())
            if is_wanted(event, groups):
                yield from entries_of(
                    event,
                    at=self._at,
                    names=self._names,
                    url=self._address(event.offering, ""),
                    in_person=[group.name for group in groups if group.kind == Cohort.Kind.ROTATION],
                )

    def classes(self) -> Iterable[Entry]:
        """Yield weekly classes that have no rows for their single days."""
        return self._weekly(series for series in self._series if series.kind not in _OFFICE_HOURS)

    def office_hours(self, user: User) -> Iterable[Entry]:
        """Yield the office hours that this person holds."""
        held = (series for series in self._series if series.kind in _OFFICE_HOURS)
        return self._weekly(series for series in held if user.pk in {member.user_id for member in series.staff.all()})

    def presentations(self, user: User) -> Iterable[Entry]:
        """Yield what this person has signed up to present, at the time of its event."""
        events = {event.pk: event for event in self._events}
        names = {*self._names, user.name, user.legal_name}
        for place in slots_of_person(user, self._offerings.values()):
            event, slot = events[place.slot.event_id], place.slot
            url = self._address(event.offering, "")
            title = impersonal(slot.title, names, instead=event.get_kind_display())
            for entry in entries_of(event, at=self._at, names=names, url=url):
                yield replace(
                    entry,
                    # Of the person, so that who withdraws and comes back has the same entry again.
                    uid=f"presentation-{slot.pk}-{place.enrollment_id}.{event.offering.slug}@coursehub",
                    changed_at=max(event.updated_at, place.signed_up_at),
                    title=f"{event.offering.course.code}: Your presentation: {title}",
                    notes=(impersonal(event.title, names, instead=""), *entry.notes),
                )

    def deadlines(self, work: Iterable[Assessment], own: Mapping[int, OwnDue] | None = None) -> Iterable[Entry]:
        """Yield when work is due, for who has a moment of their own at that; what is sat at an event is that event."""
        for assessment in work:
            mine = (own or {}).get(assessment.pk)
            due_at = mine.due_at if mine else assessment.due_at
            if due_at is None or (assessment.kind == AssessmentKind.EXAM and assessment.event_id):
                continue
            offering = self._offerings[assessment.offering_id]
            changed_at = self._changed_at(offering)
            yield deadline(
                uid=f"assessment-{assessment.pk}-due.{offering.slug}@coursehub",
                sequence=offering.version + (mine.changes if mine else 0),
                changed_at=max(changed_at, mine.changed_at) if mine else changed_at,
                title=f"{offering.course.code}: {assessment.title} is due",
                due_at=due_at.astimezone(offering.zone),
                has_clock=due_at != assessment.due_at or _has_clock(assessment),
                url=self._address(offering, assessment.slug),
            )

    def feed(self, name: str, entries: Iterable[Entry], *, url: str) -> Feed:
        """Return the calendar."""
        found = tuple(entries)
        gone = [moment for event in self._events if (moment := forgotten_at(event)) and moment < self._at]
        changed = [*self._changed.values(), *(entry.changed_at for entry in found), *gone, LONG_AGO]
        zones = [offering.zone for offering in self._offerings.values()]
        zone = zones[0] if zones else ZoneInfo("UTC")
        return Feed(name=name, url=url, zone=zone, entries=found, changed_at=max(changed).replace(microsecond=0))

    def _weekly(self, wanted: Iterable[EventSeries]) -> Iterable[Entry]:
        for series in wanted:
            yield from weekly_entries(
                series,
                changed_at=self._changed_at(series.offering),
                url=self._address(series.offering, ""),
                names=self._names,
                but_not_on=self._days_off.get(series.offering_id, ()),
            )

    def _changed_at(self, offering: Offering) -> datetime:
        return self._changed.get(offering.pk) or offering.published_at or LONG_AGO


def _fetched(work: QuerySet[Assessment]) -> QuerySet[Assessment]:
    return work.prefetch_related("anchored_dates__event").order_by("pk")


def _has_clock(assessment: Assessment) -> bool:
    # What follows an event whose time is not known stands at the beginning of its day.
    return not any(
        anchor.which == AnchoredDate.Which.DUE and anchor.at_time is None and anchor.event.start_time is None
        for anchor in assessment.anchored_dates.all()
    )
