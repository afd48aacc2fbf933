"""The ledger of slip days: what somebody has, where they placed it, and what follows for work that is late.

A ledger holds what was granted, given extra or taken back, and where its owner placed days. What is charged is never
written down: it follows from the ledger and from the late work of the moment (``charges``).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from coursehub.accounts.models import User
from coursehub.courses.access import require
from coursehub.courses.errors import NotAllowed
from coursehub.courses.models import Capability, Enrollment
from grading.assessments.models import Assessment
from grading.deadlines.changes import announce
from grading.deadlines.errors import DivisionRefused, LedgerLocked, NothingGiven, ReasonMissing
from grading.deadlines.models import SlipDayEntry, SlipDayPolicy
from grading.deadlines.policies import slip_of
from grading.engine.slip_days import LateWork, SlipPolicy, declared_problems

Kind = SlipDayEntry.Kind
_GIVEN = frozenset({Kind.GRANT, Kind.BONUS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The slip days of one person. ``policy`` is None where the course has none."""

    enrollment_pk: int
    policy: SlipPolicy | None
    entries: tuple[SlipDayEntry, ...]
    """All lines, the oldest first."""
    placements: Mapping[int, int]
    """The days that its owner placed last, by assessment; nothing where they placed none."""
    locks_at: datetime | None

    @property
    def total(self) -> int:
        """How many days there are to charge, the budget and everything that was added or taken back."""
        budget = 0 if self.policy is None else self.policy.budget
        return max(0, budget + sum(entry.days for entry in self.entries if entry.kind != Kind.PLACED))

    def is_locked(self, at: datetime) -> bool:
        """Return whether days can no longer be placed otherwise."""
        return self.locks_at is not None and at >= self.locks_at


def ledgers_of(enrollments: Collection[Enrollment]) -> dict[int, Ledger]:
    """Return the ledgers of these people by the key of the enrolment; two queries."""
    policies = {
        row.offering_id: row
        for row in SlipDayPolicy.objects.filter(offering__in={person.offering_id for person in enrollments})
    }
    lines: dict[int, list[SlipDayEntry]] = defaultdict(list)
    entries = SlipDayEntry.objects.filter(enrollment__in=[person.pk for person in enrollments])
    for entry in entries.select_related("assessment", "made_by").order_by("pk"):
        lines[entry.enrollment_id].append(entry)
    return {
        person.pk: _ledger(person, policies.get(person.offering_id), tuple(lines[person.pk])) for person in enrollments
    }


def ledger_of(enrollment: Enrollment) -> Ledger:
    """Return the ledger of one person; two queries."""
    return ledgers_of([enrollment])[enrollment.pk]


def charges(
    ledger: Ledger, work: Iterable[LateWork], limits: Mapping[int, SlipPolicy | None] | None = None
) -> dict[int, int]:
    """Return the days charged to each late item: as its owner placed them, and the rest in the order it came in.

    `limits` are the policies of single assessments (``LateRules.slip``; None: it takes none); where an item has none
    there, that of the course holds.
    """
    if ledger.policy is None:
        return {}
    left = ledger.total
    found: dict[int, int] = {}
    ordered = sorted(work, key=lambda late: (late.submitted_at, str(late.item)))
    # Who has placed days anywhere has divided all of them as far as they go: what they placed is taken first.
    placed_first = sorted(ordered, key=lambda late: late.item not in ledger.placements)
    for late in placed_first:
        policy = (limits or {}).get(int(late.item), ledger.policy)
        wanted = min(late.days_late, ledger.placements.get(int(late.item), late.days_late))
        days = 0 if policy is None else policy.cover(wanted, left)
        found[int(late.item)] = days
        left -= days
    return found


def place(
    enrollment: Enrollment,
    declared: Mapping[Assessment, int],
    *,
    work: Iterable[LateWork],
    limits: Mapping[int, SlipPolicy | None],
    by: User,
    at: datetime,
) -> Ledger:
    """Place one's slip days otherwise, on work that is late now. What stands already is not written again.

    Raises ``NotAllowed``, ``LedgerLocked`` or ``DivisionRefused``, whose sentence names everything that is wrong.
    """
    if enrollment.user_id != by.pk:
        raise NotAllowed
    with transaction.atomic():
        Enrollment.objects.select_for_update(no_key=True).get(pk=enrollment.pk)
        ledger = ledger_of(enrollment)
        if ledger.policy is None or ledger.is_locked(at):
            raise LedgerLocked
        _check(ledger.policy, list(work), declared, limits, available=ledger.total)
        new = [
            SlipDayEntry(enrollment=enrollment, kind=Kind.PLACED, days=days, assessment=assessment, made_by=by)
            for assessment, days in declared.items()
            if ledger.placements.get(assessment.pk) != days
        ]
        SlipDayEntry.objects.bulk_create(new)
        # Days that are taken from one item are free for another, so all of them may cost something else now.
        announce([assessment.pk for assessment in declared] if new else [], [enrollment.pk])
    return ledger_of(enrollment)


def give_days(enrollment: Enrollment, *, kind: SlipDayEntry.Kind, days: int, note: str, by: User) -> SlipDayEntry:
    """Add so many days to a ledger, or with ``WITHDRAWN`` take them back; `days` is positive either way.

    Raises ``NotAllowed``, ``NothingGiven`` or ``ReasonMissing``.
    """
    require(by, enrollment.offering, Capability.GRANT_EXTENSIONS)
    if days < 1 or kind == Kind.PLACED:
        message = "Enter how many slip days, at least 1."
        raise NothingGiven(message)
    if not note.strip():
        message = "Write why in a sentence; the student reads it in their ledger."
        raise ReasonMissing(message)
    with transaction.atomic():
        entry = SlipDayEntry.objects.create(
            enrollment=enrollment,
            kind=kind,
            days=days if kind in _GIVEN else -days,
            note=note.strip(),
            made_by=by,
        )
        announce(list(enrollment.offering.assessments.values_list("pk", flat=True)), [enrollment.pk])
    return entry


def _check(
    policy: SlipPolicy,
    work: list[LateWork],
    declared: Mapping[Assessment, int],
    limits: Mapping[int, SlipPolicy | None],
    *,
    available: int,
) -> None:
    free = replace(policy, per_item_max=None)  # each item has a limit of its own, said below in the same words
    days: dict[int | str, int] = {assessment.pk: number for assessment, number in declared.items()}
    problems = declared_problems(free, work, days, available=available)
    for assessment, number in declared.items():
        own = limits.get(assessment.pk, policy)
        most = 0 if own is None else own.per_item_max
        if most is not None and number > most:
            problems.append(f"{assessment.title} takes at most {most} slip day{'' if most == 1 else 's'}.")
    if problems:
        raise DivisionRefused(" ".join(problems))


def _ledger(person: Enrollment, policy: SlipDayPolicy | None, entries: tuple[SlipDayEntry, ...]) -> Ledger:
    placements = {
        entry.assessment_id: entry.days for entry in entries if entry.kind == Kind.PLACED and entry.assessment_id
    }
    return Ledger(
        enrollment_pk=person.pk,
        policy=slip_of(policy) if policy else None,
        entries=entries,
        placements=placements,
        locks_at=policy.locks_at if policy else None,
    )
