"""What dates hold for one person, once everything that was granted is counted. Pure: no clock, no database."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from grading.engine.lateness import DueOverride, DueSource, effective_due
from grading.engine.windows import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseDates:
    """What holds for everybody. An empty closing moment: nothing is taken after it is due."""

    due_at: datetime | None
    closes_at: datetime | None
    tries: int | None
    """None: as many as they like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """An extension that reaches somebody. Where a date is empty, it leaves that of everybody."""

    pk: int
    source: DueSource
    due_at: datetime | None = None
    closes_at: datetime | None = None
    has_no_end: bool = False
    tries: int | None = None
    time_factor: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectiveDates:
    """What holds for one person in one assessment.

    ``due_at`` None: never due. ``closes_at`` None: it closes when it is due, and never where it is never due.
    """

    due_at: datetime | None
    closes_at: datetime | None
    tries: int | None
    """None: as many as they like."""
    time_factor: Decimal
    """Of the length of a quiz or exam; dates do not stretch with it."""
    extension_pk: int | None
    """The extension that the dates come from: that of the due moment, else of the closing moment; None: nobody's."""
    source: DueSource = DueSource.BASE
    """Whom that extension was given to."""

    @property
    def last_hand_in_at(self) -> datetime | None:
        """The last moment at which work is taken; None: there is no end."""
        return self.closes_at or self.due_at

    def window(self, release_at: datetime | None) -> Window:
        """Return the window in which the person hands in; everybody's release is theirs."""
        return Window(release_at=release_at, due_at=self.due_at, closes_at=self.closes_at)


def combined(base: BaseDates, granted: Iterable[Granted], *, time_factor: Decimal = Decimal(1)) -> EffectiveDates:
    """Return what follows from everybody's dates and all extensions that reach a person, in whatever order.

    The latest due moment wins, and none at all is later than any. Closing follows in the same way, and never lies
    before the due moment. Of tries and of the length of quizzes the person gets the most that was given.
    `time_factor` is that of the person in the whole course.
    """
    reaching = sorted(granted, key=lambda one: one.pk)
    factor = max([time_factor, *(one.time_factor for one in reaching if one.time_factor is not None)])
    tries = base.tries
    if tries is not None:
        tries = max([tries, *(one.tries for one in reaching if one.tries is not None)])
    endless = next((one for one in reaching if one.has_no_end), None)
    if endless is not None:
        applied = None if base.due_at is None and base.closes_at is None else endless
        return EffectiveDates(
            due_at=None,
            closes_at=None,
            tries=tries,
            time_factor=factor,
            extension_pk=applied.pk if applied else None,
            source=applied.source if applied else DueSource.BASE,
        )
    due_from = _latest(base.due_at, [(one, one.due_at) for one in reaching])
    due_at = due_from.due_at if due_from else base.due_at
    closes_at, closes_from = base.closes_at, None
    if closes_at is not None or due_at is not None:
        closes_from = _latest(closes_at or due_at, [(one, _closing(one, base)) for one in reaching])
        closes_at = _closing(closes_from, base) if closes_from else closes_at
    applied = due_from or closes_from
    return EffectiveDates(
        due_at=due_at,
        closes_at=closes_at,
        tries=tries,
        time_factor=factor,
        extension_pk=applied.pk if applied else None,
        source=applied.source if applied else DueSource.BASE,
    )


def _closing(one: Granted, base: BaseDates) -> datetime | None:
    """Return until when an extension takes work at least, or None where it says nothing of that."""
    if one.closes_at is None or one.due_at is None:
        # Where everybody's work closes when it is due, so does that of who has another due moment.
        return one.closes_at or (one.due_at if base.closes_at is not None else None)
    return max(one.closes_at, one.due_at)


def _latest(base: datetime | None, candidates: Iterable[tuple[Granted, datetime | None]]) -> Granted | None:
    """Return the extension whose moment is the latest, or None where everybody's is; the first given of equals."""
    given = [(one, moment) for one, moment in candidates if moment is not None]
    found = effective_due(base, [DueOverride(source=one.source, due_at=moment) for one, moment in given])
    if found.source is DueSource.BASE:
        return None
    return next(one for one, moment in given if moment == found.due_at)
