"""What a list says of a submission: the state of its newest job and its newest result, or what a person gave."""

from dataclasses import dataclass
from decimal import Decimal

from coursehub.web import words
from coursehub.web.words import Look
from grading.engine.visibility import Eyes, sees_total
from grading.submissions.models import Submission
from runners.protocol import Visibility


@dataclass(frozen=True, slots=True, kw_only=True)
class Newest:
    """How a submission stands, from columns that the query has added."""

    look: Look
    points: str


def newest_of(submission: Submission, eyes: Eyes) -> Newest:
    """Return how a row of ``queries.annotated`` stands, with no more than these eyes may see."""
    state: str | None = getattr(submission, "state", None)
    verdict: str | None = getattr(submission, "verdict", None)
    points: Decimal | None = getattr(submission, "points", None)
    most: Decimal | None = getattr(submission, "max_points", None)
    if not sees_total(Visibility(getattr(submission, "total_visibility", None) or Visibility.VISIBLE), eyes):
        return Newest(look=words.look_of(state, None), points="not shown yet")
    if state is None and (marked := marked_by_hand(submission, eyes)) is not None:
        return Newest(look=words.GRADED, points=f"{words.points(marked[0])} / {words.points(marked[1])}")
    scored = f"{words.points(points)} / {words.points(most)}" if points is not None and most is not None else words.DASH
    return Newest(look=words.look_of(state, verdict), points=scored)


def marked_by_hand(submission: Submission, eyes: Eyes) -> tuple[Decimal, Decimal] | None:
    """Return the points that a person gave, of how many; None where nobody did, or these eyes may not know it yet."""
    points: Decimal | None = getattr(submission, "marked_points", None)
    most: Decimal | None = getattr(submission, "marked_max_points", None)
    if points is None or most is None or not sees_total(Visibility.VISIBLE, eyes):
        return None
    return points, most
