"""A file for the import of Canvas: what students know already, for assessments of which Canvas can know."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from coursehub.accounts.models import User
from coursehub.courses.models import ExternalIdentity, Offering
from grading.assessments.models import Assessment
from grading.gradebook.access import students_for
from grading.gradebook.exports.files import ExportedFile, exported
from grading.gradebook.exports.grades import reckoning_for, score_in
from grading.gradebook.imports.people import known_people
from grading.gradebook.models import LineItemLink
from grading.gradebook.reckoning import ClassReckoning
from grading.interchange.canvas_writing import (
    CanvasFile,
    ColumnToWrite,
    PersonToWrite,
    refusal_of_title,
    warning_of_title,
    write_gradebook,
)
from grading.interchange.names import first_and_last
from grading.interchange.numbers import BLANK, Score, ScoreKind

SYSTEMS = ExternalIdentity.System


@dataclass(frozen=True, slots=True, kw_only=True)
class CanvasColumnChoice:
    """An assessment that could be a column, and what stands in the way. Empty sentences: nothing does."""

    assessment: Assessment
    heading: str
    is_linked: bool
    released: int
    unreleased: int
    """How many grades there are that students know, and that they do not."""
    refusal: str
    warning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CanvasExport:
    """A file, or why there is none."""

    file: ExportedFile | None
    problems: tuple[str, ...]
    warnings: tuple[str, ...]


def canvas_columns(offering: Offering, *, by: User) -> list[CanvasColumnChoice]:
    """Return every assessment as a column of Canvas. Raises ``NotAllowed``. The number of queries is fixed."""
    reckoning = reckoning_for(offering, by=by)
    links = _links(reckoning.assessments)
    return [_choice(one, links.get(one.pk), reckoning) for one in reckoning.assessments]


def canvas_people(offering: Offering, *, by: User) -> tuple[int, int]:
    """Return how many students somebody reaches, and how many of them have no id of Canvas. Two queries."""
    students = students_for(by, offering)
    known = ExternalIdentity.objects.filter(organization=offering.course.organization_id, system=SYSTEMS.CANVAS)
    return students.count(), students.exclude(user__in=known.values("user")).count()


def canvas_file(offering: Offering, *, assessments: Collection[str], also_unreleased: bool, by: User) -> CanvasExport:
    """Return a file with a column for each of these assessments, by key, and a line for every student reached.

    What is not released is left blank, and a column of which nothing is released is left out, unless somebody says
    `also_unreleased`; the name of the file and the audit then say so. Raises ``NotAllowed``.
    """
    reckoning = reckoning_for(offering, by=by)
    links = _links(reckoning.assessments)
    chosen, warnings, unreleased = [], [], []
    for one in reckoning.assessments:
        if one.slug not in assessments:
            continue
        choice = _choice(one, links.get(one.pk), reckoning)
        if not (choice.released or (also_unreleased and choice.unreleased)):
            warnings.append(f"{one.title} is left out: none of its grades is released.")
            continue
        if choice.unreleased and also_unreleased:
            unreleased.append(one)
        elif choice.unreleased:
            warnings.append(f"{one.title}: {choice.unreleased} grades are not released and left blank.")
        chosen.append(one)
    if not chosen:
        problem = "There is nothing to write: choose assessments with grades that are released."
        return CanvasExport(file=None, problems=(problem,), warnings=tuple(warnings))
    written = _written(offering, reckoning, chosen, links, also_unreleased=also_unreleased)
    warnings += [problem.sentence for problem in written.warnings]
    if written.problems:
        return CanvasExport(
            file=None, problems=tuple(problem.sentence for problem in written.problems), warnings=tuple(warnings)
        )
    what = "canvas-with-unreleased" if unreleased else "canvas"
    file = exported(offering, written.content, what=what, by=by, unreleased=unreleased)
    return CanvasExport(file=file, problems=(), warnings=tuple(warnings))


def _written(
    offering: Offering, reckoning: ClassReckoning, chosen: Sequence[Assessment], links: dict[int, LineItemLink], *,
    also_unreleased: bool,
) -> CanvasFile:  # fmt: skip
    columns = {one.pk: _column(one, links.get(one.pk)) for one in chosen}
    facts = {one.enrollment.pk: one.facts for one in known_people(offering)}
    people = []
    for enrollment, row in zip(reckoning.enrollments, reckoning.rows, strict=True):
        known = facts[enrollment.pk]
        first, last = first_and_last(known.name)
        scores: dict[str, Score] = {}
        for one in chosen:
            value = row.items.get(one.pk)
            is_shown = value is not None and (value.is_released or also_unreleased)
            scores[columns[one.pk].heading] = score_in(value) if is_shown else BLANK
        people.append(
            PersonToWrite(
                last_name=last, first_name=first, canvas_id=known.ids.get(SYSTEMS.CANVAS, ""),
                sis_id=known.ids.get(SYSTEMS.SIS, ""), login=known.ids.get(SYSTEMS.LOGIN, ""),
                section=", ".join(known.sections), scores=scores,
            )
        )  # fmt: skip
    return write_gradebook(list(columns.values()), sorted(people, key=lambda one: one.sortable_name.casefold()))


def _choice(one: Assessment, link: LineItemLink | None, reckoning: ClassReckoning) -> CanvasColumnChoice:
    values = [value for row in reckoning.rows if (value := row.items.get(one.pk)) is not None]
    given = [value for value in values if score_in(value).kind is not ScoreKind.BLANK]
    released = sum(value.is_released for value in given)
    column = _column(one, link)
    return CanvasColumnChoice(
        assessment=one, heading=column.heading, is_linked=bool(link and link.value), released=released,
        unreleased=len(given) - released, refusal=refusal_of_title(column.title, canvas_id=column.canvas_id),
        warning=warning_of_title(column.title),
    )  # fmt: skip


def _column(one: Assessment, link: LineItemLink | None) -> ColumnToWrite:
    if link is None:
        return ColumnToWrite(title=one.title, points_possible=one.max_points)
    return ColumnToWrite(title=link.title, canvas_id=link.value, points_possible=one.max_points)


def _links(assessments: Sequence[Assessment]) -> dict[int, LineItemLink]:
    return {row.assessment_id: row for row in LineItemLink.objects.filter(assessment__in=assessments)}
