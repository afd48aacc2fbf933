"""What the events of one grade say together: which of them are in force, and what follows. No database.

An event can be taken back by another, and that one too; what is taken back is as if it had not been, but stays in the
log. Of what is in force the newest mark counts, the newest comment, the newest word on holding back, and of each
submission the newest score.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from grading.gradebook.models import GradeCell, GradeEvent

Kind = GradeEvent.Kind
Mark = GradeCell.Mark
MARKS: dict[str, Mark] = {
    Kind.OVERRIDE: Mark.OVERRIDE,
    Kind.EXCUSED: Mark.EXCUSED,
    Kind.MISSING: Mark.MISSING,
    Kind.ZEROED: Mark.ZEROED,
    Kind.CLEARED: Mark.NONE,
}
GRADINGS = frozenset({Kind.AUTO, Kind.REGRADED, Kind.SCORED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Points that somebody or a suite gave, on the scale that they were given on."""

    points: Decimal
    max_points: Decimal


@dataclass(slots=True, kw_only=True)
class Standing:
    """What holds for one person and one assessment."""

    mark: Mark = Mark.NONE
    override: Score | None = None
    offline: Score | None = None
    """A score that belongs to nothing handed in, for example of an exam."""
    scores: dict[int, Score] = field(default_factory=dict)
    """By the primary key of the submission."""
    comment: str = ""
    is_held_back: bool = False


def in_force(events: Iterable[GradeEvent]) -> list[GradeEvent]:
    """Return the events that nothing takes back, oldest first; those that take back are not among them."""
    ordered = sorted(events, key=_order)
    taken_back: set[int] = set()
    standing = []
    for event in reversed(ordered):
        if event.pk in taken_back:
            continue
        if event.undoes_id is not None:
            taken_back.add(event.undoes_id)
        else:
            standing.append(event)
    return standing[::-1]


def standing_of(events: Iterable[GradeEvent]) -> Standing:
    """Return what the events of one person in one assessment say, each fetched with its ``job``."""
    found = Standing()
    asked: dict[int, tuple[datetime, int, int]] = {}
    for event in in_force(events):
        if event.kind in MARKS:
            found.mark = MARKS[event.kind]
            found.override = _score(event) if found.mark is Mark.OVERRIDE else None
        elif event.kind in GRADINGS:
            if event.submission_id is None:
                found.offline = _score(event)
            elif (at := _asked_at(event)) >= asked.get(event.submission_id, at):
                asked[event.submission_id], found.scores[event.submission_id] = at, _score(event)
                if event.kind == Kind.SCORED:
                    found.offline = None  # who scores the work has that in mind, not what was said before it came
        elif event.kind == Kind.COMMENTED:
            found.comment = event.reason
        elif event.kind in {Kind.HELD_BACK, Kind.LET_GO}:
            found.is_held_back = event.kind == Kind.HELD_BACK
    return found


def _order(event: GradeEvent) -> tuple[bool, int]:
    # One that is not stored yet, as in the preview of a batch, would come last.
    return (event.pk is None, event.pk or 0)


def _asked_at(event: GradeEvent) -> tuple[datetime, int, int]:
    """Return when a grading was asked for: a report that comes in late is no newer than its job.

    So what a person scored meanwhile stands until somebody asks for the work to be graded again.
    """
    if event.job is not None:
        return (event.job.queued_at, event.job.pk, event.pk or 0)
    return (event.happened_at, 0, event.pk)


def _score(event: GradeEvent) -> Score:
    assert event.points is not None  # noqa: S101  # a constraint of the table
    return Score(points=event.points, max_points=event.max_points)
