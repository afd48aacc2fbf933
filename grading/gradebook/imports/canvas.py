"""Who and what of ours is who and what in Canvas: from one of its exports to a plan, carried out and taken back."""

from collections.abc import Iterable, Mapping, Sequence

from coursehub.courses.models import Enrollment, ExternalIdentity, Offering
from grading.gradebook.evidence import students_of
from grading.gradebook.imports.classes import assessments_of
from grading.gradebook.imports.errors import CellsChanged, NothingToApply
from grading.gradebook.imports.notes import notes_of, stops
from grading.gradebook.imports.people import known_people
from grading.gradebook.imports.plans import (
    Candidate,
    CanvasPersonChange,
    CanvasPlan,
    Choices,
    Effect,
    LineItem,
    LineItemChange,
    Note,
)
from grading.gradebook.models import LineItemLink
from grading.interchange.canvas import CanvasColumn, CanvasPerson, read_gradebook
from grading.interchange.matching import Match, Person, match_columns, match_people
from grading.interchange.names import canonical_id, first_and_last
from grading.interchange.problems import quoted

CANVAS, SIS, LOGIN = "canvas", "sis", "login"
_KEPT = (CANVAS, SIS, LOGIN)
_Ids = Mapping[str, str]


def plan_canvas(offering: Offering, data: bytes, choices: Choices) -> CanvasPlan:
    """Return who is who in an export of Canvas. Raises ``Unreadable``. The number of queries is fixed."""
    found = read_gradebook(data)
    students = {row.pk for row in students_of(offering)}
    known = [one for one in known_people(offering) if one.enrollment.pk in students]
    ids = {one.enrollment.pk: one.facts.ids for one in known}
    people = [_person(one.enrollment, one.facts.name, one.facts.preferred_name, one.facts.ids) for one in known]
    rows = {row.line: row for row in found.people}
    matches = match_people(people, found.people).matches
    owners = _owners(offering, found.people)
    notes: list[Note] = []
    changes = []
    for one, match in zip(known, matches, strict=True):
        row, outcome = _row_of(match, rows, choices)
        changes.append(
            CanvasPersonChange(
                line=row.line if row else 0, enrollment=one.enrollment.pk, user=one.user.pk, who=one.user.name,
                outcome=outcome, reason=match.reason, candidates=tuple(map(_candidate, match.candidates)),
                before=_kept(ids[one.enrollment.pk]),
                after=_with(row, ids[one.enrollment.pk], one.user.pk, owners, notes),
            )
        )  # fmt: skip
    columns = _columns(offering, found.columns, choices)
    doubled = [*_rows_taken_twice(changes), *_columns_taken_twice(columns)]
    return CanvasPlan(
        changes=tuple(changes), columns=columns, headings=tuple(column.heading for column in found.columns),
        rows=tuple(_candidate(row) for row in sorted(found.people, key=lambda row: row.sortable_name.casefold())),
        problems=(*notes_of(found.problems), *notes, *doubled), ignored=found.others,
        is_stopped=stops(found.problems, header_line=1) or bool(doubled),
    )  # fmt: skip


def apply_canvas(offering: Offering, plan: CanvasPlan) -> None:
    """Keep the ids and the columns of a plan, all or none. Raises ``CellsChanged``. Call it in a transaction."""
    people = [change for change in plan.changes if change.effect is not Effect.SAME]
    columns = [change for change in plan.columns if change.effect is not Effect.SAME]
    if not people and not columns:
        raise NothingToApply
    ids, links = _now(offering)
    changed = [f"the ids of {one.who}" for one in people if ids.get(one.user) != one.before]
    changed += [f"the column of {one.what}" for one in columns if links.get(one.assessment) != one.before]
    if changed:
        raise CellsChanged(tuple(changed))
    _write_ids(offering, [(one.user, one.before, one.after) for one in people])
    _write_links([(one.assessment, one.after) for one in columns])


def undo_canvas(offering: Offering, plan: CanvasPlan) -> tuple[str, ...]:
    """Put back the ids and columns that still are what the plan made them; returns the others, as sentences."""
    people = [change for change in plan.changes if change.effect is not Effect.SAME]
    columns = [change for change in plan.columns if change.effect is not Effect.SAME]
    ids, links = _now(offering)
    left = [f"The ids of {one.who} were changed since, and stay." for one in people if ids.get(one.user) != one.after]
    left += [
        f"The column of {one.what} was changed since, and stays."
        for one in columns
        if links.get(one.assessment) != one.after
    ]
    _write_ids(offering, [(one.user, one.after, one.before) for one in people if ids.get(one.user) == one.after])
    _write_links([(one.assessment, one.before) for one in columns if links.get(one.assessment) == one.after])
    return tuple(left)


def _person(enrollment: Enrollment, name: str, preferred: str, ids: _Ids) -> Person:
    first, last = first_and_last(name)
    return Person(
        key=str(enrollment.pk), email=enrollment.user.email, login=ids.get(LOGIN, ""), sis_id=ids.get(SIS, ""),
        canvas_id=ids.get(CANVAS, ""), first_name=first, last_name=last,
        preferred_name=preferred.removesuffix(last).strip(),
    )  # fmt: skip


def _row_of(match: Match, rows: Mapping[int, CanvasPerson], choices: Choices) -> tuple[CanvasPerson | None, str]:
    chosen = choices.people.get(match.person.key)
    if chosen is None or (match.row is not None and chosen == match.row.line):
        return match.row, match.outcome.value
    return (rows[chosen], "chosen") if chosen in rows else (None, "unmatched")


def _candidate(row: CanvasPerson) -> Candidate:
    words = ", ".join(word for word in (row.login, row.sis_id, row.section) if word)
    return Candidate(line=row.line, label=f"{row.sortable_name} ({words})" if words else row.sortable_name)


def _kept(ids: _Ids) -> dict[str, str]:
    return {system: ids[system] for system in _KEPT if system in ids}


def _with(
    row: CanvasPerson | None, ids: _Ids, user: int, owners: Mapping[tuple[str, str], int], notes: list[Note]
) -> dict[str, str]:
    after = _kept(ids)
    if row is None:
        return after
    for system, value in ((CANVAS, row.canvas_id), (SIS, row.sis_id), (LOGIN, row.login)):
        if not value or (system != CANVAS and after.get(system)):
            continue
        if owners.get((system, canonical_id(value)), user) != user:
            sentence = f"Line {row.line} has {quoted(value)}, which another account here has. It is not kept."
            notes.append(Note(line=row.line, sentence=sentence))
            continue
        after[system] = value
    return after


def _owners(offering: Offering, rows: Iterable[CanvasPerson]) -> dict[tuple[str, str], int]:
    values = {
        form
        for row in rows
        for value in (row.canvas_id, row.sis_id, row.login)
        if value
        for form in (value, canonical_id(value))
    }
    found = ExternalIdentity.objects.filter(organization=offering.course.organization_id, value__in=values)
    return {
        (system, canonical_id(value)): user for system, value, user in found.values_list("system", "value", "user_id")
    }


def _columns(offering: Offering, columns: Sequence[CanvasColumn], choices: Choices) -> tuple[LineItemChange, ...]:
    assessments = assessments_of(offering)
    links = {row.assessment_id: row for row in LineItemLink.objects.filter(assessment__in=assessments)}
    ids = {links[one.pk].value: one.slug for one in assessments if one.pk in links and links[one.pk].value}
    titles = {one.title: one.slug for one in assessments}
    titles |= {links[one.pk].title: one.slug for one in assessments if one.pk in links}
    matched = {
        match.key: match for match in reversed(match_columns(columns, ids=ids, titles=titles)) if match.key is not None
    }
    by_heading = {column.heading: column for column in columns if not column.is_read_only}
    changes = []
    for one in assessments:
        link = links.get(one.pk)
        before = LineItem(value=link.value, title=link.title) if link else None
        match = matched.get(one.slug)
        column, reason = (match.column, match.reason) if match else (None, "No column has its id or its title.")
        if one.slug in choices.lines:
            column, reason = by_heading.get(choices.lines[one.slug]), "You chose it."
        after = LineItem(value=column.canvas_id, title=column.title) if column else None
        changes.append(
            LineItemChange(
                assessment=one.pk, key=one.slug, what=one.title, before=before, reason=reason,
                after=before if after is None and one.slug not in choices.lines else after,
            )
        )  # fmt: skip
    return tuple(changes)


def _rows_taken_twice(changes: Iterable[CanvasPersonChange]) -> list[Note]:
    taken: dict[int, list[str]] = {}
    for change in changes:
        if change.line:
            taken.setdefault(change.line, []).append(change.who)
    return [
        Note(line=line, sentence=f"Line {line} is said to be {' and '.join(who)}. Choose one of them.")
        for line, who in taken.items()
        if len(who) > 1
    ]


def _columns_taken_twice(columns: Iterable[LineItemChange]) -> list[Note]:
    taken: dict[str, list[str]] = {}
    for change in columns:
        if change.after is not None:
            taken.setdefault(change.after.heading, []).append(change.what)
    return [
        Note(line=1, sentence=f"{quoted(heading)} is said to be {' and '.join(what)}. Choose one of them.")
        for heading, what in taken.items()
        if len(what) > 1
    ]


def _now(offering: Offering) -> tuple[dict[int, dict[str, str]], dict[int, LineItem]]:
    list(Enrollment.objects.filter(offering=offering).order_by("pk").select_for_update(no_key=True).values_list("pk"))
    ids = {one.user.pk: _kept(one.facts.ids) for one in known_people(offering)}
    links = LineItemLink.objects.filter(assessment__offering=offering)
    return ids, {row.assessment_id: LineItem(value=row.value, title=row.title) for row in links}


def _write_ids(offering: Offering, changes: Sequence[tuple[int, _Ids, _Ids]]) -> None:
    organization = offering.course.organization
    pairs = [
        (user, system, after.get(system, ""))
        for user, before, after in changes
        for system in _KEPT
        if before.get(system, "") != after.get(system, "")
    ]
    for system in _KEPT:
        people = [user for user, which, _ in pairs if which == system]
        ExternalIdentity.objects.filter(organization=organization, system=system, user__in=people).delete()
    ExternalIdentity.objects.bulk_create(
        [
            ExternalIdentity(organization=organization, user_id=user, system=system, value=value)
            for user, system, value in pairs
            if value
        ]
    )


def _write_links(changes: Sequence[tuple[int, LineItem | None]]) -> None:
    LineItemLink.objects.filter(assessment__in=[assessment for assessment, _ in changes]).delete()
    LineItemLink.objects.bulk_create(
        [
            LineItemLink(assessment_id=assessment, value=item.value, title=item.title[:255])
            for assessment, item in changes
            if item is not None
        ]
    )
