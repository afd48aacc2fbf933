"""Slots for presentations: what is free, what is taken, what is mine."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from coursehub.courses.access import Viewer
from coursehub.courses.models import Capability
from coursehub.participation.models import PresentationSlot
from coursehub.participation.queries import is_open
from coursehub.web import words
from coursehub.web.forms import SlotForm
from coursehub.web.moments import Moment, day, hours
from coursehub.web.pages.frame import Frame, Link, course_frame


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotLine:
    """One slot, and what one may do with it; an address is empty where one may not."""

    title: str
    note: str
    day: Moment | None
    time: str
    event: str
    status: str
    """Empty where the session takes place as planned."""
    places: str
    names: tuple[str, ...]
    """Who has taken it; for staff only."""
    is_mine: bool
    is_free: bool
    sign_up_url: str
    withdraw_url: str
    remove_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotsPage:
    """All slots by date, and for who edits the course the form for another one."""

    frame: Frame
    heading: str
    mine: tuple[SlotLine, ...]
    slots: tuple[SlotLine, ...]
    advice: str
    """What to do while there are none."""
    may_sign_up: bool
    has_actions: bool
    form: SlotForm | None
    schedule_url: str
    """Where to add a session first, while there is none to present at."""


def slots_page(viewer: Viewer, slots: Sequence[PresentationSlot], *, form: SlotForm | None, now: datetime) -> SlotsPage:
    """Build the page; `form` is there for who may add and remove slots."""
    offering = viewer.offering
    lines = tuple(_line(viewer, slot, is_editor=form is not None, now=now) for slot in slots)
    has_sessions = form is not None and form.has_sessions
    advice = "They appear here once an instructor adds them."
    if form is not None:
        advice = "Add the first one below." if has_sessions else "Add a session to the schedule first."
    return SlotsPage(
        frame=course_frame(
            offering,
            viewer.capabilities,
            title=f"Slots · {offering.course.title}",
            place="slots",
            crumbs=(Link(label="Slots", url="", current=True),),
            viewer=viewer,
        ),
        heading="Slots for presentations",
        mine=tuple(line for line in lines if line.is_mine),
        slots=lines,
        advice=advice,
        may_sign_up=Capability.SUBMIT in viewer.capabilities,
        has_actions=any(line.sign_up_url or line.withdraw_url or line.remove_url for line in lines),
        form=form if has_sessions else None,
        schedule_url=reverse("edit_schedule", args=[offering.slug]) if form is not None and not has_sessions else "",
    )


def _line(viewer: Viewer, slot: PresentationSlot, *, is_editor: bool, now: datetime) -> SlotLine:
    event, taken = slot.event, list(slot.signups.all())
    is_mine = any(place.enrollment.user_id == viewer.user.pk for place in taken)
    free = max(slot.capacity - len(taken), 0)
    is_changeable = Capability.SUBMIT in viewer.capabilities and not viewer.is_preview and is_open(slot, at=now)

    def address(name: str, *, is_allowed: bool) -> str:
        return reverse(name, args=[viewer.offering.slug, slot.pk]) if is_allowed else ""

    return SlotLine(
        title=slot.title,
        note=slot.note,
        day=day(event.date, now=now) if event.date else None,
        time=hours(event.start_time, event.end_time),
        event=event.title,
        status="" if event.status == event.Status.SCHEDULED else event.get_status_display(),
        places=_places(free, slot.capacity),
        names=tuple(place.enrollment.user.name for place in taken) if viewer.is_staff else (),
        is_mine=is_mine,
        is_free=free > 0,
        sign_up_url=address("slot_sign_up", is_allowed=is_changeable and not is_mine and free > 0),
        withdraw_url=address("slot_withdraw", is_allowed=is_changeable and is_mine),
        remove_url=address("slot_remove", is_allowed=is_editor and not taken),
    )


def _places(free: int, capacity: int) -> str:
    if free == 0:
        return "Taken"
    return "Free" if capacity == 1 else f"{free} of {words.plural(capacity, 'place')} free"
