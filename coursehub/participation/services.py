"""Slots for presentations: made and removed by who edits the course, taken and given back by students."""

from django.db import transaction
from django.db.models import Max

from coursehub.accounts.models import User
from coursehub.common.clock import database_now
from coursehub.courses import access
from coursehub.courses.models import Capability, Enrollment
from coursehub.participation.errors import SlotClosed, SlotFull, SlotInUse
from coursehub.participation.models import PresentationSlot, SlotSignup
from coursehub.participation.queries import is_open
from coursehub.schedule.models import Event


@transaction.atomic
def add_slot(event: Event, *, by: User, title: str, note: str = "", capacity: int = 1) -> PresentationSlot:
    """Add a slot at the end of those of an event. Raises ``NotAllowed``."""
    access.require(by, event.offering, Capability.EDIT_COURSE)
    last = PresentationSlot.objects.filter(event=event).aggregate(last=Max("order"))["last"]
    order = 0 if last is None else last + 1
    return PresentationSlot.objects.create(event=event, title=title, note=note, capacity=capacity, order=order)


@transaction.atomic
def remove_slot(slot: PresentationSlot, *, by: User) -> None:
    """Remove a slot. Raises ``NotAllowed``, or ``SlotInUse`` while somebody is signed up."""
    access.require(by, slot.event.offering, Capability.EDIT_COURSE)
    held = _locked(slot)
    _forget_who_left(held)
    if held.signups.exists():
        raise SlotInUse
    held.delete()


@transaction.atomic
def sign_up(slot: PresentationSlot, *, by: User) -> SlotSignup:
    """Take a place; taking it twice changes nothing. Raises ``NotAllowed``, ``SlotClosed`` or ``SlotFull``."""
    access.require(by, slot.event.offering, Capability.SUBMIT)
    held = _locked(slot)
    mine = Enrollment.objects.get(offering=slot.event.offering, user=by)
    if (earlier := held.signups.filter(enrollment=mine).first()) is not None:
        return earlier
    if not is_open(held, at=database_now()):
        raise SlotClosed
    _forget_who_left(held)
    if held.signups.count() >= held.capacity:
        raise SlotFull
    return SlotSignup.objects.create(slot=held, enrollment=mine)


@transaction.atomic
def withdraw(slot: PresentationSlot, *, by: User) -> None:
    """Give one's place back; without one nothing happens. Raises ``SlotClosed`` once the session has begun."""
    held = _locked(slot)
    mine = held.signups.filter(enrollment__user=by)
    if not mine.exists():
        return
    if not is_open(held, at=database_now()):
        raise SlotClosed
    mine.delete()


def _locked(slot: PresentationSlot) -> PresentationSlot:
    # Places are counted under this lock, so that two clicks never take the last one twice.
    slots = PresentationSlot.objects.select_for_update(of=("self",), no_key=True)
    return slots.select_related("event__offering").get(pk=slot.pk)


def _forget_who_left(slot: PresentationSlot) -> None:
    slot.signups.exclude(enrollment__status=Enrollment.Status.ACTIVE).delete()
