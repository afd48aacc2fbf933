"""Who sees which part of a report, and when: the one rule behind pages, API, lists, live progress and grades.

The words are Gradescope's (``runners.protocol.Visibility``). Staff see everything at any time. A student sees

========================  ===================================================================
``visible``               always
``after_due_date``        once they cannot hand in any more, late work included
``after_published``       once the grades are released
``hidden``                never
========================  ===================================================================

What a check printed, and what was said of its values, is shown to a student only where the check is ``visible``: a
hidden jail holds what the next student must not learn. The total is shown once every check that counts is; what is
``hidden`` for ever does not keep a released grade from the student whose grade it is. Where staff release the grades
themselves, the total waits for them, while what is seen of single checks stays: that is how one learns what to fix.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from runners.protocol import Visibility

_BY_STRICTNESS = (Visibility.VISIBLE, Visibility.AFTER_DUE_DATE, Visibility.AFTER_PUBLISHED, Visibility.HIDDEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Eyes:
    """Who looks, at which moment, and what that moment is compared with. The dates are those of the report's author."""

    sees_all: bool
    """Whether they may see everybody's submissions."""
    at: datetime
    last_hand_in_at: datetime | None
    """The last moment at which the author may hand in, late; None: there is no end."""
    released_at: datetime | None
    """When the grades are released; None: not known yet."""
    grade_waits: bool = False
    """Whether points and verdict of the whole wait until staff release them, whatever the checks are."""


def sees(visibility: Visibility, eyes: Eyes) -> bool:
    """Whether they see that a check ended so, and its points."""
    if eyes.sees_all:
        return True
    match visibility:
        case Visibility.VISIBLE:
            return True
        case Visibility.AFTER_DUE_DATE:
            return _is_over(eyes)
        case Visibility.AFTER_PUBLISHED:
            return _is_released(eyes)
        case Visibility.HIDDEN:
            return False


def sees_words(visibility: Visibility, eyes: Eyes) -> bool:
    """Whether they see what a check printed, and what was said of the values it handed in."""
    return eyes.sees_all or visibility is Visibility.VISIBLE


def sees_total(strictest: Visibility, eyes: Eyes) -> bool:
    """Whether they see the points of the whole, of which `strictest` is the least visible check that counts."""
    if eyes.grade_waits:
        return eyes.sees_all
    return sees(Visibility.AFTER_PUBLISHED if strictest is Visibility.HIDDEN else strictest, eyes)


def hides_total(strictest: Visibility, eyes: Eyes) -> Visibility:
    """Return the word for what the total waits for: where staff release grades, at least that."""
    return least_visible([strictest, Visibility.AFTER_PUBLISHED]) if eyes.grade_waits else strictest


def least_visible(visibilities: Iterable[Visibility]) -> Visibility:
    """Return the least visible of these; ``visible`` where there are none."""
    return max(visibilities, key=_BY_STRICTNESS.index, default=Visibility.VISIBLE)


def _is_over(eyes: Eyes) -> bool:
    # The last moment itself is still accepted.
    return eyes.last_hand_in_at is not None and eyes.at > eyes.last_hand_in_at


def _is_released(eyes: Eyes) -> bool:
    # Never while somebody may still hand in: a released total would tell the points of what is hidden until then.
    return _is_over(eyes) and eyes.released_at is not None and eyes.at >= eyes.released_at
