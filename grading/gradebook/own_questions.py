"""What somebody can ask of their own grades: what if, and what is needed. Nothing is stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from grading.engine.goals import Assumption, Need, cutoff, needed, what_if
from grading.engine.nodes import NOT_ASSIGNED, is_pending_for
from grading.engine.scheme import Item, Key
from grading.engine.totals import Totals
from grading.gradebook.own import OwnGrades


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A total to be reached by the score of one item, and what other pending work is taken to earn meanwhile."""

    item: Key
    letter: str = ""
    """Empty: the goal is `total`."""
    total: Decimal | None = None
    assumption: Assumption = Assumption.CURRENT


def items_of(grades: OwnGrades) -> tuple[Item, ...]:
    """Return the items that a score can be tried on: all that are in the scheme, where there are totals."""
    return tuple(grades.scheme.items()) if grades.scheme and grades.has_total else ()


def pending_of(grades: OwnGrades) -> tuple[Item, ...]:
    """Return the items that can still be asked about."""
    scheme = grades.scheme
    if scheme is None or not grades.has_total:
        return ()
    return tuple(
        item for item in scheme.items() if is_pending_for(grades.row.items.get(item.key, NOT_ASSIGNED), scheme)
    )


def totals_if(grades: OwnGrades, scores: Mapping[Key, Decimal]) -> Totals | None:
    """Return the totals with these scores instead of what is there, or None where there are no totals."""
    if grades.scheme is None or not grades.has_total:
        return None
    return what_if(grades.scheme, grades.row, scores, bonuses=grades.bonuses)


def needed_for(grades: OwnGrades, goal: Goal, scores: Mapping[Key, Decimal]) -> Need | None:
    """Return what the goal asks for, with these scores taken for granted on other items; None without totals.

    Raises ``NothingToAsk`` where the item is settled or there is no such letter.
    """
    scheme = grades.scheme
    if scheme is None or not grades.has_total:
        return None
    target = cutoff(scheme, goal.letter) if goal.letter else goal.total or Decimal(0)
    return needed(
        scheme, grades.row, goal.item, target=target, assumption=goal.assumption,
        scores={key: points for key, points in scores.items() if key != goal.item}, bonuses=grades.bonuses,
    )  # fmt: skip
