"""Every part of the look, with made-up content, in both themes: the visual test."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.forms import Form
from django.urls import reverse
from django.utils.safestring import SafeString

from coursehub.common.foreign import ForeignTexts
from coursehub.web import words
from coursehub.web.charts import Histogram, histogram, meter
from coursehub.web.forms import TokenForm
from coursehub.web.highlighting import source
from coursehub.web.moments import Moment, clock_time, moment
from coursehub.web.pages.assessment import KeptFile, UploadForm
from coursehub.web.pages.checks import CheckLine, Difference
from coursehub.web.pages.facts import Fact
from coursehub.web.pages.frame import Frame, Link
from coursehub.web.pages.staff import Pager
from coursehub.web.pages.status import Status, Step
from coursehub.web.words import Look
from grading.engine.comparison import Change
from runners.protocol import Outcome, TextFormat, Visibility

_PRINTED = "x = Tensor([[1.0], [2.0], [3.0]])\n\x1b[31mred\x1b[0m, \x1b[1;32mgreen\x1b[0m, \x1b[33myellow\x1b[0m\n"
_ZONE = ZoneInfo("America/New_York")
_CODE = b'''"""A tensor."""
import numpy as np

class Tensor:
    def __init__(self, data: object) -> None:  # no gradient yet
        self.data = np.asarray(data, dtype=np.float64)
        self.grad = None
'''


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """All parts once, in one theme."""

    theme: str
    looks: tuple[Look, ...]
    statuses: tuple[Status, ...]
    checks: tuple[CheckLine, ...]
    facts: tuple[Fact, ...]
    histogram: Histogram | None
    meters: tuple[SafeString, ...]
    code: SafeString
    form: Form
    pager: Pager
    at: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignPage:
    """Two panels, and the upload form once, because its controls have ids."""

    frame: Frame
    panels: tuple[Panel, ...]
    upload: UploadForm


def design_page(*, now: datetime) -> DesignPage:
    """Build the page."""
    here = Link(label="Design", url="", current=True)
    return DesignPage(
        frame=Frame(title="Design", crumbs=(Link(label="My courses", url=reverse("home")), here)),
        panels=tuple(_panel(theme, now) for theme in ("light", "dark")),
        upload=UploadForm(
            url="#",
            idempotency_key="",
            help="Files named *.py, or a .zip or .tar.gz of them.",
            tries="6 tries of 10 left.",
            pledge="This is my own work.",
            kept=(KeptFile(path="needle.py", size="2.1 kB", is_wanted=True),),
            errors=("Sign the pledge with your name, then send your files again.",),
        ),
    )


def _panel(theme: str, now: datetime) -> Panel:
    looks = (*words.OUTCOMES.values(), *words.STATES.values())
    return Panel(
        theme=theme,
        looks=tuple({look.word: look for look in looks}.values()),
        statuses=_statuses(now),
        checks=_checks(theme),
        facts=(Fact(label="Machine", value="bench-2"), Fact(label="Network", value="off")),
        histogram=histogram(
            [Decimal(n) for n in (3, 22, 41, 55, 61, 64, 70, 72, 75, 78, 81, 83, 84, 88, 90, 93, 97)],
            max_points=Decimal(100),
            mine=Decimal(84),
        ),
        meters=tuple(meter(Decimal(n), Decimal(10)) for n in (0, 4, 10)),
        code=source("needle.py", _CODE, anchors=theme).html,
        form=_token_form(theme),
        pager=Pager(number=2, pages=6, previous_url="?page=1", next_url="?page=3"),
        at=moment(now, _ZONE, now=now),
    )


def _token_form(theme: str) -> Form:
    form = TokenForm({"label": "", "scopes": ["read"]}, auto_id=f"{theme}_%s")
    form.is_valid()
    return form


def _statuses(now: datetime) -> tuple[Status, ...]:
    received = Step(label="Received", at=clock_time(now, _ZONE), is_current=False)
    started = Step(label="Started", at=clock_time(now + timedelta(seconds=2), _ZONE), is_current=False)
    finished = Step(label="Finished", at=clock_time(now + timedelta(seconds=9), _ZONE), is_current=False)
    ahead = Step(label="Finished", at=None, is_current=False)
    running = Step(label="First check", at=None, is_current=True)
    samples = (
        (words.QUEUED, "", "3 submissions ahead of yours; it should start in less than a minute.", (received,)),
        (words.RUNNING, "", "7 of 24 checks so far.", (received, started, running, ahead)),
        (words.OUTCOMES[Outcome.PASSED], "36", "All 24 checks passed.", (received, started, finished)),
        (words.OUTCOMES[Outcome.PARTIAL], "19", "Three of six checks passed.", (received, started, finished)),
        (words.OUTCOMES[Outcome.FAILED], "0", "None of the six checks passed.", (received, started, finished)),
        (words.FAULT, "", "A runner was lost three times. This is our fault, not yours. No try was used.", (received,)),
    )
    return tuple(
        Status(
            look=look,
            points=points,
            max_points="36",
            sentence=sentence,
            next_check=None,
            second_sentence="",
            steps=steps,
            is_final=True,
        )
        for look, points, sentence, steps in samples
    )


def _checks(theme: str) -> tuple[CheckLine, ...]:
    wrong = Difference(
        name="gradient of x",
        reason="the shape differs",
        found="(3, 3)",
        expected="(3, 1)",
        worst_index="[2, 0]",
        relative_error="0.33",
    )
    return tuple(
        CheckLine(
            anchor=f"{theme}-{outcome}",
            title=f"broadcast_to gradient, {outcome.value.replace('_', ' ')}",
            look=look,
            is_done=True,
            is_full=outcome is Outcome.PASSED,
            points="6 / 6" if outcome is Outcome.PASSED else "0 / 6",
            seconds="0.03 s",
            message="The gradient of input 0 has shape (3, 3); expected (3, 1)." if outcome is Outcome.FAILED else "",
            hint="Sum over the axes that broadcasting stretched." if outcome is Outcome.FAILED else "",
            differences=(wrong,) if outcome is Outcome.FAILED else (),
            output=ForeignTexts().html(_PRINTED, TextFormat.ANSI) if outcome is Outcome.FAILED else SafeString(),
            note=words.FOR_STAFF[Visibility.HIDDEN] if outcome is Outcome.CRASHED else "",
            tags=("broadcasting",) if outcome is Outcome.FAILED else (),
            change=words.CHANGES[Change.BROKEN] if outcome is Outcome.FAILED else None,
        )
        for outcome, look in words.OUTCOMES.items()
    )
