"""One file: what is asked about it, what it would change, and what can be done with it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page as Slice
from django.core.paginator import Paginator
from django.http import QueryDict
from django.urls import reverse

from coursehub.courses.models import Capability
from coursehub.mail.queries import Progress
from coursehub.web import words
from coursehub.web.import_forms import Choice, meanings_for
from coursehub.web.moments import moment
from coursehub.web.pages.facts import Fact, facts_of
from coursehub.web.pages.frame import Frame, Link, course_frame
from coursehub.web.pages.import_lines import LOOKS, PreviewLine, preview_line
from coursehub.web.pages.import_wizard import Wizard, wizard_of
from coursehub.web.pages.imports import batch_url, look_of
from coursehub.web.pages.letters import Letters, letters_of
from coursehub.web.pages.staff import Pager
from coursehub.web.words import Look
from grading.assessments.models import Assessment
from grading.gradebook.imports.plans import (
    CanvasPlan,
    Change,
    Choices,
    Effect,
    GradesPlan,
    Plan,
    RosterPlan,
    changes_of,
    fingerprint,
)
from grading.gradebook.imports.rosters import MOST_DROPPED_PERCENT
from grading.gradebook.models import ImportBatch

ROWS = 100
PROBLEMS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnQuestion:
    """A column of the file, what stands in it, and what it can be taken for."""

    name: str
    heading: str
    samples: str
    chosen: str
    options: tuple[Choice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How else the file can be meant; what does not concern it is None."""

    sync: bool | None
    allow_drops: bool | None
    scale: bool | None
    teamset: str | None
    course: str | None
    teamsets: tuple[Choice, ...]
    drops: str
    """Why the drops have to be confirmed; empty: they need not be."""
    scales: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPage:
    """The page."""

    frame: Frame
    heading: str
    look: Look
    facts: tuple[Fact, ...]
    counts: tuple[tuple[Look, int], ...]
    url: str
    seen: str
    problems: tuple[str, ...]
    more_problems: int
    warnings: tuple[str, ...]
    ignored: str
    questions: tuple[ColumnQuestion, ...]
    options: Options | None
    wizard: Wizard | None
    lines: tuple[PreviewLine, ...]
    pager: Pager
    filters: tuple[Link, ...]
    may_apply: bool
    stops: str
    """Why the file cannot be applied, though it would change something."""
    may_undo: bool
    is_open: bool
    invites: str
    """What to call those who would be invited; empty where the file adds nobody."""
    letters: Letters | None
    """How far the invitations of those who were added are."""


def batch_page(
    batch: ImportBatch, may: Collection[Capability], *, plan: Plan, choices: Choices,
    assessments: Sequence[Assessment], query: QueryDict, invitations: Progress | None, now: datetime,
) -> BatchPage:  # fmt: skip
    """Build the page from the stored plan."""
    url, is_open = batch_url(batch), batch.applied_at is None
    changes = changes_of(plan)
    changing = [change for change in changes if change.effect is not Effect.SAME]
    shows_all = query.get("show") == "all"
    slice_ = Paginator(changes if shows_all else changing, ROWS).get_page(query.get("page"))
    sentences = [note.sentence for note in plan.problems]
    options = _options(batch, plan, choices) if is_open else None
    stops = _stops(plan, options)
    return BatchPage(
        frame=_frame(batch, may), heading=batch.file_name, look=look_of(batch), facts=_facts(batch, now=now),
        counts=tuple((LOOKS[effect], sum(one.effect is effect for one in changes)) for effect in Effect), url=url,
        seen=fingerprint(batch.plan), problems=tuple(sentences[:PROBLEMS]), more_problems=len(sentences[PROBLEMS:]),
        warnings=tuple(note.sentence for note in plan.warnings[:PROBLEMS]), ignored=", ".join(plan.ignored),
        questions=_questions(batch, plan, assessments) if is_open else (), options=options,
        wizard=wizard_of(plan) if is_open and isinstance(plan, CanvasPlan) else None,
        lines=tuple(preview_line(change) for change in slice_), pager=_pager(url, slice_, shows_all=shows_all),
        filters=(
            Link(label=f"What changes: {len(changing)}", url=url, current=not shows_all),
            Link(label=f"Every line: {len(changes)}", url=f"{url}?show=all", current=shows_all),
        ),
        may_apply=is_open and bool(changing) and not stops, stops=stops if is_open and changing else "",
        may_undo=not is_open and batch.undone_at is None, is_open=is_open,
        invites=_invites(plan), letters=letters_of(invitations, "invitation"),
    )  # fmt: skip


def _invites(plan: Plan) -> str:
    new = sum(one.effect is Effect.ADDED for one in plan.changes) if isinstance(plan, RosterPlan) else 0
    return f"Invite {words.plural(new, 'new person', 'new people')} by e-mail" if new else ""


def _stops(plan: Plan, options: Options | None) -> str:
    if plan.is_stopped:
        return "Lines or headings contradict each other: correct the file, or what you chose, first."
    return options.drops if options and not options.allow_drops else ""


def _frame(batch: ImportBatch, may: Collection[Capability]) -> Frame:
    is_roster, slug = batch.kind == ImportBatch.Kind.ROSTER, batch.offering.slug
    place = "people" if is_roster else "gradebook"
    crumbs = [Link(label="People" if is_roster else "Grade book", url=reverse(place, args=[slug]))]
    name = "roster_import" if is_roster else "grade_import"
    crumbs.append(Link(label="Import people" if is_roster else "Import grades", url=reverse(name, args=[slug])))
    crumbs.append(Link(label=batch.file_name, url="", current=True))
    return course_frame(
        batch.offering, may, title=f"Import {words.DASH} {batch.file_name}", place=place,
        crumbs=tuple(crumbs),
    )  # fmt: skip


def _facts(batch: ImportBatch, *, now: datetime) -> tuple[Fact, ...]:
    zone = batch.offering.zone
    return facts_of(
        [
            ("What", batch.get_kind_display()),
            ("Uploaded", f"{moment(batch.made_at, zone, now=now).text} by {batch.made_by.name}"),
            ("Applied", moment(batch.applied_at, zone, now=now).text if batch.applied_at else ""),
            (
                "Taken back",
                f"{moment(batch.undone_at, zone, now=now).text} by {batch.undone_by}" if batch.undone_at else "",
            ),
            ("SHA-256", batch.file_sha256[:16]),
        ]
    )


def _questions(batch: ImportBatch, plan: Plan, assessments: Sequence[Assessment]) -> tuple[ColumnQuestion, ...]:
    if not plan.questions:
        return ()
    options = tuple(meanings_for(plan, batch, assessments))
    return tuple(
        ColumnQuestion(
            name=f"column-{at}",
            heading=question.heading,
            samples=" · ".join(question.samples),
            chosen=question.suggestion,
            options=options,
        )
        for at, question in enumerate(plan.questions)
    )


def _options(batch: ImportBatch, plan: Plan, choices: Choices) -> Options | None:
    match plan:
        case RosterPlan():
            teamsets = tuple(batch.offering.team_sets.order_by("title").values_list("key", "title"))
            too_many = plan.dropped * 100 > plan.students * MOST_DROPPED_PERCENT
            drops = (
                f"{plan.dropped} of {words.plural(plan.students, 'student')} would be dropped. Say that this is meant, "
                "and read the file again."
            )
            return Options(
                sync=choices.sync, allow_drops=choices.allow_drops if too_many or choices.allow_drops else None,
                scale=None, teamset=choices.teamset if plan.asks_teamset else None,
                course=choices.course if len(choices.files) > 1 else None, teamsets=teamsets,
                drops=drops if too_many else "", scales=(),
            )  # fmt: skip
        case GradesPlan() if plan.scales:
            return Options(
                sync=None, allow_drops=None, scale=choices.scale, teamset=None, course=None, teamsets=(), drops="",
                scales=plan.scales,
            )  # fmt: skip
        case _:
            return None


def _pager(url: str, slice_: "Slice[Change]", *, shows_all: bool) -> Pager:
    more = "&show=all" if shows_all else ""
    return Pager(
        number=slice_.number, pages=slice_.paginator.num_pages,
        previous_url=f"{url}?page={slice_.number - 1}{more}" if slice_.has_previous() else "",
        next_url=f"{url}?page={slice_.number + 1}{more}" if slice_.has_next() else "",
    )  # fmt: skip
