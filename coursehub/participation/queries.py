"""Questions about slots for presentations. Each asks the database a fixed number of times."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Prefetch, QuerySet

from coursehub.accounts.models import User
from coursehub.courses.access import Viewer
from coursehub.courses.models import Capability, Enrollment, Offering
from coursehub.participation.models import PresentationSlot, SlotSignup
from coursehub.schedule.models import Event, Module

_IN_ORDER = (F("event__date").asc(nulls_last=True), "event__start_time", "event__order", "event", "order", "pk")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sections:
    """Which parts of a course have something in them."""

    has_modules: bool
    has_slots: bool


SECTIONS = {
    "has_modules": Exists(Module.objects.filter(offering=OuterRef("pk"))),
    "has_slots": Exists(PresentationSlot.objects.filter(event__offering=OuterRef("pk"))),
}
"""Columns for a query of offerings that is made anyway; ``sections_of`` then needs none of its own."""


def sections_of(offering: Offering) -> Sections:
    """Return what there is to link to, by one query, or by none where the offering came with ``SECTIONS``."""
    known = {name: getattr(offering, name) for name in SECTIONS if hasattr(offering, name)}
    if len(known) == len(SECTIONS):
        return Sections(**known)
    return Sections(**Offering.objects.annotate(**SECTIONS).values(*SECTIONS).get(pk=offering.pk))


def slots_of(viewer: Viewer) -> QuerySet[PresentationSlot]:
    """Return the slots by date, with ``event`` and ``signups``: two queries, and nothing for who takes no part.

    Who has left the course holds no place. The people behind the places are fetched for staff only.
    """
    taken = _held().select_related("enrollment__user" if viewer.is_staff else "enrollment").order_by("pk")
    slots = PresentationSlot.objects.filter(event__offering=viewer.offering).select_related("event__offering")
    if Capability.VIEW_COURSE not in viewer.capabilities:
        return slots.none()
    return slots.prefetch_related(Prefetch("signups", taken)).order_by(*_IN_ORDER)


def slot_of(offering: Offering, pk: int) -> PresentationSlot:
    """Return one slot of an offering. Raises ``PresentationSlot.DoesNotExist``."""
    return PresentationSlot.objects.select_related("event__offering").get(pk=pk, event__offering=offering)


def events_for_slots(offering: Offering) -> QuerySet[Event]:
    """Return the events at which somebody can present, by date: all that are not cancelled."""
    events = offering.events.exclude(status=Event.Status.CANCELLED)
    return events.order_by(F("date").asc(nulls_last=True), "start_time", "order", "pk")


def slots_of_person(user: User, offerings: Collection[Offering]) -> QuerySet[SlotSignup]:
    """Return the places that somebody holds in these offerings, by date, with ``slot`` and its ``event`` fetched."""
    mine = _held().filter(enrollment__user=user, slot__event__offering__in=[offering.pk for offering in offerings])
    return mine.select_related("slot__event").order_by(F("slot__event__date").asc(nulls_last=True), "pk")


def is_open(slot: PresentationSlot, *, at: datetime) -> bool:
    """Whether one may still sign up and withdraw. The slot's ``event`` and its ``offering`` are fetched."""
    event = slot.event
    if event.status == Event.Status.CANCELLED or event.offering.status == Offering.Status.ARCHIVED:
        return False
    if event.starts_at is not None:
        return at < event.starts_at
    return event.date is None or at.astimezone(event.offering.zone).date() <= event.date


def _held() -> QuerySet[SlotSignup]:
    return SlotSignup.objects.filter(enrollment__status=Enrollment.Status.ACTIVE)
