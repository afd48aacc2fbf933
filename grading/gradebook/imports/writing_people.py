"""Carry out a plan of people, and take it back."""

from collections.abc import Sequence

from coursehub.accounts.models import User
from coursehub.courses.models import Enrollment, Offering
from grading.gradebook.imports.errors import CellsChanged, NothingToApply, TooManyDrops
from grading.gradebook.imports.people import DROPPED, Known, Target, is_unused, known_people, write_people
from grading.gradebook.imports.plans import Choices, Effect, PersonChange, PersonFacts, RosterPlan
from grading.gradebook.imports.rosters import MOST_DROPPED_PERCENT


def apply_roster(offering: Offering, plan: RosterPlan, choices: Choices) -> list[Enrollment]:
    """Make people what the plan says, all of them or nobody; returns who is new. Call it in a transaction.

    Raises ``CellsChanged`` where somebody is no longer what they were at the preview, and ``TooManyDrops``.
    """
    if plan.dropped * 100 > plan.students * MOST_DROPPED_PERCENT and not choices.allow_drops:
        message = (
            f"{plan.dropped} of {plan.students} students would be dropped, more than {MOST_DROPPED_PERCENT} per cent. "
            "Tick the box that says that this is meant, or choose to add and update only."
        )
        raise TooManyDrops(message)
    changes = [change for change in plan.changes if change.effect is not Effect.SAME]
    if not changes:
        raise NothingToApply
    known, users = _now(offering, changes)
    changed = tuple(
        f"line {change.line}, {change.email}" if change.line else change.email
        for change in changes
        if _facts(known.get(change.email)) != change.before or (change.user is None) != (change.email not in users)
    )
    if changed:
        raise CellsChanged(changed)
    return write_people(
        offering,
        [
            Target(
                email=change.email, user=users.get(change.email), known=known.get(change.email), facts=change.after
            )
            for change in changes
        ],
    )  # fmt: skip


def undo_roster(offering: Offering, plan: RosterPlan) -> tuple[str, ...]:
    """Put everybody back who still is what the plan made them; returns the others, as sentences."""
    changes = [change for change in plan.changes if change.effect is not Effect.SAME]
    known, _ = _now(offering, changes)
    targets, left = [], []
    for change in changes:
        one = known.get(change.email)
        if one is None or not _is_as_made(one, change):
            left.append(f"{change.email} was changed since, and stays as they are.")
            continue
        # An account and an enrollment are never deleted: who was added is dropped.
        facts = change.before or change.after.model_copy(
            update={"status": DROPPED, "sections": (), "cohorts": (), "teams": {}, "ids": change.ids_before}
        )
        targets.append(Target(email=change.email, user=one.user, known=one, facts=_with_names_of(one, facts)))
    write_people(offering, targets)
    return tuple(left)


def _is_as_made(one: Known, change: PersonChange) -> bool:
    # What people call themselves meanwhile is theirs, and keeps nothing from being taken back.
    return _with_names_of(one, change.after) == one.facts


def _with_names_of(one: Known, facts: PersonFacts) -> PersonFacts:
    if is_unused(one.user):
        return facts
    return facts.model_copy(update={"name": one.facts.name, "preferred_name": one.facts.preferred_name})


def _facts(one: Known | None) -> PersonFacts | None:
    return one.facts if one else None


def _now(offering: Offering, changes: Sequence[PersonChange]) -> tuple[dict[str, Known], dict[str, User]]:
    """Return people as they are now, locked, by e-mail address, and everybody's account."""
    emails = [change.email for change in changes]
    list(Enrollment.objects.filter(offering=offering).order_by("pk").select_for_update(no_key=True).values_list("pk"))
    known = {one.user.email: one for one in known_people(offering)}
    users = {user.email: user for user in User.objects.filter(email__in=emails)}
    return known, users | {email: one.user for email, one in known.items()}
