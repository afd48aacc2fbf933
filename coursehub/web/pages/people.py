"""Who teaches, how to write to them, and when they are there."""

from collections.abc import Sequence
from dataclasses import dataclass

from coursehub.courses.access import Viewer
from coursehub.courses.models import StaffMember
from coursehub.schedule.models import EventKind, EventSeries
from coursehub.web import words
from coursehub.web.moments import hours
from coursehub.web.pages.events import TBD, WEEKDAYS
from coursehub.web.pages.frame import Frame, Link, course_frame


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who teaches."""

    key: str
    name: str
    email: str
    email_url: str
    website: str
    office_hours: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonGroup:
    """People of one position."""

    title: str
    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeHours:
    """One slot of office hours, which several people may share."""

    day: str
    time: str
    place: str
    online_url: str
    who: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffPage:
    """Everybody who teaches, and the week of office hours."""

    frame: Frame
    heading: str
    contact: str
    contact_note: str
    groups: tuple[PersonGroup, ...]
    office_hours: tuple[OfficeHours, ...]


def staff_page(viewer: Viewer, staff: Sequence[StaffMember], series: Sequence[EventSeries]) -> StaffPage:
    """Build the page."""
    offering = viewer.offering
    slots = [row for row in series if row.kind == EventKind.OFFICE_HOURS]
    mine: dict[int, list[str]] = {}
    for slot in slots:
        for member in slot.staff.all():
            mine.setdefault(member.pk, []).append(_in_words(slot))
    return StaffPage(
        frame=course_frame(
            offering,
            viewer.capabilities,
            title=f"Staff · {offering.course.title}",
            place="staff_page",
            crumbs=(Link(label="Staff", url="", current=True),),
            viewer=viewer,
        ),
        heading="Staff and office hours",
        contact=spelled_out(offering.contact_email),
        contact_note=offering.contact_note,
        groups=_groups(staff, mine),
        office_hours=tuple(
            OfficeHours(
                day=_days(slot),
                time=hours(slot.start_time, slot.end_time) or TBD,
                place=slot.location or ("Online" if slot.online_url else TBD),
                online_url=slot.online_url,
                who=words.listed([member.name for member in slot.staff.all()]),
                note=slot.note,
            )
            for slot in sorted(slots, key=_in_week)
        ),
    )


def spelled_out(email: str) -> str:
    """Return an address as a person reads it and a robot does not: ``name at school dot edu``."""
    return email.replace("@", " at ").replace(".", " dot ")


def person_of(member: StaffMember, office_hours: Sequence[str] = ()) -> Person:
    """Return somebody with as much of their address as they want shown."""
    shown, url = "", ""
    match StaffMember.EmailDisplay(member.email_display):
        case StaffMember.EmailDisplay.PLAIN:
            shown, url = member.email, f"mailto:{member.email}" if member.email else ""
        case StaffMember.EmailDisplay.OBFUSCATED:
            shown = spelled_out(member.email)
        case StaffMember.EmailDisplay.HIDDEN:
            pass
    return Person(
        key=member.key,
        name=f"{member.name}, {member.credentials}" if member.credentials else member.name,
        email=shown,
        email_url=url,
        website=member.website,
        office_hours=tuple(office_hours),
    )


def _groups(staff: Sequence[StaffMember], hours_of: dict[int, list[str]]) -> tuple[PersonGroup, ...]:
    groups = []
    for position in StaffMember.Position:
        people = [member for member in staff if member.position == position]
        if people:
            title = position.label + ("s" if len(people) > 1 else "")
            members = tuple(person_of(member, hours_of.get(member.pk, [])) for member in people)
            groups.append(PersonGroup(title=title, people=members))
    return tuple(groups)


def _in_words(slot: EventSeries) -> str:
    parts = [f"{_days(slot)} {hours(slot.start_time, slot.end_time)}".strip(), slot.location, slot.note]
    return ", ".join(part for part in parts if part)


def _days(slot: EventSeries) -> str:
    return words.listed([WEEKDAYS[number] for number in slot.weekdays]) or TBD


def _in_week(slot: EventSeries) -> tuple[int, str, int]:
    return min(slot.weekdays, default=7), str(slot.start_time or ""), slot.order
