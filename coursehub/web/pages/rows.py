"""What a list says of a submission: the state of its newest job and its newest result."""

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
    scored = f"{words.points(points)} / {words.points(most)}" if points is not None and most is not None else words.DASH
    return Newest(look=words.look_of(state, verdict), points=scored)
