"""When an assessment opens, is due and closes, as a student reads it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from coursehub.web import words
from coursehub.web.moments import Moment, moment, relative
from coursehub.web.words import Look
from grading.assessments.models import Assessment
from grading.deadlines.dates import EffectiveDates
from grading.engine.lateness import DueSource
from grading.engine.windows import WindowPhase, phase_at

NOT_RELEASED = Look(key="queued", mark=words.DASH, word="Not released")
OPEN = Look(key="running", mark="○", word="Open")
LATE = Look(key="partial", mark="◐", word="Late work accepted")
CLOSED = Look(key="queued", mark=words.DASH, word="Closed")
NEVER_DUE = "never due for you"
_WHOSE: Mapping[DueSource, str] = {
    DueSource.ENROLMENT: "your extension",
    DueSource.TEAM: "your team's extension",
    DueSource.COHORT: "your section's date",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDate:
    """That something is due for the reader at another moment than for their class."""

    whose: str
    """What it comes from, or that it is never due, in two or three words."""
    everybody: Moment
    """When it is due for the class."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """The moments of an assessment and what they mean now."""

    look: Look
    sentence: str
    released: Moment | None
    due: Moment | None
    closes: Moment | None
    zone: str
    is_open: bool
    is_endless: bool
    """Whether it is never due for this reader, rather than not known when."""
    own: OwnDate | None


def dates_of(assessment: Assessment, *, own: EffectiveDates, now: datetime) -> Dates:
    """Return what the assessment's dates mean at `now` for the person whose `own` dates these are."""
    look, sentence = _state(assessment, own, now)
    zone = assessment.offering.zone

    def shown(at: datetime | None) -> Moment | None:
        return moment(at, zone, now=now) if at else None

    return Dates(
        look=look,
        sentence=sentence,
        released=shown(assessment.release_at),
        due=shown(own.due_at),
        closes=shown(own.closes_at),
        zone=zone.key.replace("_", " "),
        is_open=look in (OPEN, LATE),
        is_endless=is_endless(own),
        own=own_date(assessment, own, now=now),
    )


def own_date(assessment: Assessment, own: EffectiveDates, *, now: datetime) -> OwnDate | None:
    """Return how the reader's due moment differs from that of the class, or None where it is the same.

    Where the class has none yet, nobody has: no moment is later than any.
    """
    if assessment.due_at is None or own.due_at == assessment.due_at:
        return None
    return OwnDate(
        whose=NEVER_DUE if own.due_at is None else _WHOSE[own.source],
        everybody=moment(assessment.due_at, assessment.offering.zone, now=now),
    )


def is_endless(own: EffectiveDates) -> bool:
    """Whether an extension has taken every date from somebody."""
    return own.due_at is None and own.closes_at is None and own.extension_pk is not None


def _state(assessment: Assessment, own: EffectiveDates, now: datetime) -> tuple[Look, str]:
    release, due, closes = assessment.release_at, own.due_at, own.closes_at
    was = f"It was due {relative(due, now=now)}." if due else ""
    match phase_at(own.window(release), now):
        case WindowPhase.NOT_RELEASED:
            when = f"Students see this {relative(release, now=now)}." if release else "It has no release date yet."
            return NOT_RELEASED, f"Only staff see this. {when}"
        case WindowPhase.OPEN if is_endless(own):
            return OPEN, "You may hand in whenever you like: for you it is never due."
        case WindowPhase.OPEN if due is None:
            return OPEN, "The due date will be announced."
        case WindowPhase.OPEN:
            return OPEN, f"Due {relative(due, now=now)}." if due else ""
        case WindowPhase.LATE:
            return LATE, f"{was} Work is still accepted{f', it closes {relative(closes, now=now)}' if closes else ''}."
        case WindowPhase.CLOSED:
            return CLOSED, f"{was} Nothing more is accepted.".strip()
    raise AssertionError
