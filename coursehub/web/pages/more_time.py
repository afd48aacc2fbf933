"""A student's own deadline: when, why, what being late costs, and how to ask for more time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from django.urls import reverse

from coursehub.courses.access import Viewer
from coursehub.web import words
from coursehub.web.deadline_forms import AskForm, PlaceForm
from coursehub.web.moments import Moment, moment
from coursehub.web.pages.extensions import LOOKS
from coursehub.web.pages.frame import Frame, Link, course_frame
from coursehub.web.words import Look
from grading.assessments.models import Assessment
from grading.deadlines.ahead import Price
from grading.deadlines.dates import EffectiveDates
from grading.deadlines.models import Extension, ExtensionRequest, SlipDayEntry
from grading.deadlines.policies import LateRules, PreviewRow, in_words, preview, slip_in_words
from grading.engine.penalties import NO_PENALTY
from grading.engine.points import told
from grading.engine.windows import WindowPhase, phase_at
from grading.gradebook.late_work import SlipStanding


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestState:
    """One of my requests."""

    look: Look
    wanted: Moment
    reply: str
    withdraw_url: str
    """Empty once it is decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineCard:
    """What a student reads before they hand in."""

    due: Moment | None
    everybody: Moment | None
    """Everybody's due moment where mine is another one."""
    whose: str
    """Whose extension applies, and the reason that is shown; empty where none does."""
    now: tuple[str, ...]
    """What handing in now would cost."""
    is_late: bool
    rules: tuple[str, ...]
    preview: tuple[PreviewRow, ...]
    who_pays: str
    ask_url: str
    """Empty where there is nothing to ask for."""
    slip_url: str
    requests: tuple[RequestState, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPage:
    """The form for more time."""

    frame: Frame
    heading: str
    due: Moment | None
    rule: str
    form: AskForm | None
    """None while a request waits."""
    requests: tuple[RequestState, ...]
    back_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """A line of the ledger."""

    what: str
    days: str
    note: str
    at: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeLine:
    """Late work, and the days that it takes."""

    title: str
    url: str
    late: str
    charged: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerPage:
    """My slip days."""

    frame: Frame
    rule: str
    left: str
    charges: tuple[ChargeLine, ...]
    entries: tuple[LedgerLine, ...]
    form: PlaceForm | None
    locks: str


def deadline_card(
    assessment: Assessment,
    own: EffectiveDates,
    *,
    extension: Extension | None,
    rules: LateRules,
    price: Price,
    standing: SlipStanding | None,
    teammates: Sequence[str],
    requests: Sequence[ExtensionRequest],
    has_handed_in: bool,
    now: datetime,
) -> DeadlineCard:
    """Build the card; `price` is what full work would cost that is handed in at `now`.

    Once nothing more is taken, that is not said any more, and who has handed in needs no more time.
    """
    offering = assessment.offering
    zone = offering.zone
    is_over = phase_at(own.window(assessment.release_at), now) is WindowPhase.CLOSED
    moved = own.due_at != assessment.due_at and assessment.due_at is not None
    args = [offering.slug, assessment.slug]
    said = [in_words(rules.late)] if rules.late != NO_PENALTY or rules.title else []
    if rules.slip is not None:
        said.append(slip_in_words(rules.slip))
    return DeadlineCard(
        due=moment(own.due_at, zone, now=now) if own.due_at else None,
        everybody=moment(assessment.due_at, zone, now=now) if moved and assessment.due_at else None,
        whose=_whose(extension),
        now=() if is_over else _cost(assessment, rules, price, standing),
        is_late=price.days_late > 0,
        rules=tuple(said),
        preview=preview(rules.late) if rules.late != NO_PENALTY else (),
        who_pays=_who_pays(rules, teammates),
        ask_url=reverse("ask_for_time", args=args) if own.due_at and not (is_over and has_handed_in) else "",
        slip_url=reverse("slip_days", args=[offering.slug]) if rules.slip is not None else "",
        requests=tuple(_state(row, now=now) for row in requests),
    )


def ask_page(
    viewer: Viewer,
    assessment: Assessment,
    own: EffectiveDates,
    *,
    rule: str,
    form: AskForm | None,
    requests: Sequence[ExtensionRequest],
    now: datetime,
) -> AskPage:
    """Build the page on which one asks for more time."""
    offering = assessment.offering
    back = Link(label=assessment.title, url=reverse("assessment", args=[offering.slug, assessment.slug]))
    here = Link(label="More time", url="", current=True)
    return AskPage(
        frame=course_frame(offering, viewer.capabilities, title="More time", place="course", crumbs=(back, here)),
        heading=f"More time for {assessment.title}",
        due=moment(own.due_at, offering.zone, now=now) if own.due_at else None,
        rule=rule,
        form=form,
        requests=tuple(_state(row, now=now) for row in requests),
        back_url=back.url,
    )


def ledger_page(viewer: Viewer, standing: SlipStanding, *, form: PlaceForm | None, now: datetime) -> LedgerPage:
    """Build the page of my slip days."""
    offering, ledger = viewer.offering, standing.ledger
    taken = sum(standing.charged.values())
    locks = ""
    if ledger.locks_at is not None:
        when = moment(ledger.locks_at, offering.zone, now=now).text
        locks = f"They settled on {when}." if ledger.is_locked(now) else f"They can be placed otherwise until {when}."
    return LedgerPage(
        frame=course_frame(
            offering,
            viewer.capabilities,
            title="My slip days",
            place="my_grades",
            crumbs=(Link(label="My slip days", url="", current=True),),
        ),
        rule=slip_in_words(ledger.policy) if ledger.policy else "This course has no slip days.",
        left=f"{max(0, ledger.total - taken)} of {words.plural(ledger.total, 'slip day')} left",
        charges=tuple(
            ChargeLine(
                title=late.title,
                url=reverse("assessment", args=[offering.slug, standing.assessments[int(late.item)].slug]),
                late=words.plural(late.days_late, "day"),
                charged=words.plural(standing.charged.get(int(late.item), 0), "day"),
                note="Not settled: your grade is not there yet." if late.item in standing.provisional else "",
            )
            for late in standing.work
        ),
        entries=tuple(_entry(entry, viewer, now=now) for entry in reversed(ledger.entries)),
        form=form,
        locks=locks,
    )


def _whose(extension: Extension | None) -> str:
    if extension is None:
        return ""
    whom = "you"
    if extension.team is not None:
        whom = f"your team “{extension.team}”"
    elif extension.cohort is not None:
        whom = f"your section “{extension.cohort}”"
    reason = f": {extension.reason_shown.rstrip('.')}" if extension.reason_shown else ""
    return f"By an extension for {whom}{reason}."


def _cost(assessment: Assessment, rules: LateRules, price: Price, standing: SlipStanding | None) -> tuple[str, ...]:
    if not price.days_late:
        return ("Handed in now, it is in time: nothing is charged and nothing is taken off.",)
    said = [f"Handed in now, it is {words.plural(price.days_late, 'day')} late."]
    if rules.slip is not None and standing is not None:
        total = words.plural(standing.ledger.total, "slip day")
        said.append(
            f"{words.sentence_case(words.plural(price.slip_days, 'slip day'))} would be charged; "
            f"{price.slip_days_left} of your {total} would be left."
        )
    if price.outcome.lost:
        most, left = told(Fraction(assessment.max_points)), told(price.outcome.points)
        lost = told(price.outcome.lost)
        said.append(f"Full work would earn {left} of {most} points: {lost} are taken off. {price.outcome.sentence}")
    else:
        said.append("Nothing is taken off.")
    return tuple(said)


def _who_pays(rules: LateRules, teammates: Sequence[str]) -> str:
    if not teammates or rules.slip is None:
        return ""
    return (
        f"You hand in with {words.listed(list(teammates))}. Each of you pays from your own slip days; who has none "
        "left takes the penalty alone."
    )


def _state(row: ExtensionRequest, *, now: datetime) -> RequestState:
    is_open = row.status == ExtensionRequest.Status.OPEN
    return RequestState(
        look=LOOKS[ExtensionRequest.Status(row.status)],
        wanted=moment(row.wanted_due_at, row.assessment.offering.zone, now=now),
        reply=row.reply,
        withdraw_url=reverse("withdraw_request", args=[row.pk]) if is_open else "",
    )


def _entry(entry: SlipDayEntry, viewer: Viewer, *, now: datetime) -> LedgerLine:
    place = f" on {entry.assessment.title}" if entry.assessment else ""
    sign = "" if entry.kind == SlipDayEntry.Kind.PLACED or entry.days < 0 else "+"
    return LedgerLine(
        what=f"{entry.get_kind_display()}{place}",
        days=f"{sign}{entry.days}".replace("-", "\N{MINUS SIGN}"),
        note=entry.note,
        at=moment(entry.made_at, viewer.offering.zone, now=now),
    )
