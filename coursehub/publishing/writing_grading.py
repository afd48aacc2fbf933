"""A content's grading table into rows, with a version for each that students have seen."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db.models import F, Max

from coursehub.accounts.models import User
from coursehub.courses.models import Offering
from coursehub.publishing.content import OfferingContent
from coursehub.publishing.differences import Difference
from coursehub.publishing.known import nodes_of
from coursehub.publishing.plain import plain, short
from coursehub.publishing.schema import GradingFile, NodeEntry
from coursehub.publishing.upserts import Kept, keep
from grading.assessments.models import Assessment
from grading.gradebook.models import GradeNode, GradingScheme, LetterCutoff, ParticipationRule, SchemeVersion

_SUBJECTS = ("grade_node:", "grading:", "grade_nodes:")


def is_about_grading(subject: str) -> bool:
    """Whether a thing that differs belongs to the grading table."""
    return subject.startswith(_SUBJECTS)


def alters_grades(content: OfferingContent, made: Iterable[Difference]) -> bool:
    """Whether a change touches the grading table, or the points possible of an assessment that stands in it."""
    return any(is_about_grading(one.subject) or _is_other_points(one, counted_in(content)) for one in made)


def counted_in(content: OfferingContent) -> frozenset[str]:
    """Return the keys of the assessments that stand in the grading table."""
    return frozenset(key for _, node in nodes_of(content.grading.nodes) for key in node.assessments)


def grading(
    offering: Offering, content: OfferingContent, work: Kept[str, Assessment], *, touched: Collection[str]
) -> None:
    """Write the grading table. Its rows are as public as the offering."""
    nodes = [node for _, node in nodes_of(content.grading.nodes)]
    scheme, is_new = GradingScheme.objects.get_or_create(offering=offering)
    parents = {part.key: node.key for node in nodes for part in node.parts}
    written = keep(
        GradeNode,
        {row.key: row for row in scheme.nodes.all()},
        {node.key: {**_fields(node), "order": order} for order, node in enumerate(nodes)},
        fixed={"scheme": scheme},
    )
    for node in nodes:
        row, parent = written.rows[node.key], written.pk(parents.get(node.key))
        if row.parent_id != parent:
            GradeNode.objects.filter(pk=row.pk).update(parent=parent)
        if f"grade_node:{node.key}" in touched:
            row.assessments.set([work.rows[key] for key in node.assessments])
            _rule(row, node)
    # A row that is gone takes the rows inside it along, and those may be wanted elsewhere: they were moved above.
    GradeNode.objects.filter(pk__in=[row.pk for row in written.gone]).delete()
    if is_new or any(map(is_about_grading, touched)):
        GradingScheme.objects.filter(pk=scheme.pk).update(
            **_totals(content.grading), version=F("version") + (0 if is_new else 1)
        )
    if "grading:totals" in touched:
        _letters(scheme, content.grading.letters)


def keep_version(
    scheme: GradingScheme, content: OfferingContent, *, by: User | None, reason: str, effect: Mapping[str, int]
) -> SchemeVersion:
    """Remember a scheme as it is published, after the versions that were, with the points of what counts in it."""
    newest: int = scheme.versions.aggregate(newest=Max("number"))["newest"] or 0
    return SchemeVersion.objects.create(
        scheme=scheme,
        number=newest + 1,
        content=short(content.grading, without=frozenset({"status"})),
        points=points_of(content),
        reason=reason,
        effect=dict(effect),
        published_by=by,
    )


def points_of(content: OfferingContent) -> dict[str, dict[str, str]]:
    """Return what each assessment that counts is worth, by its key, as a version keeps it."""
    return {
        key: {"title": entry.title, "max_points": plain(entry.max_points)}
        for key, entry in content.assessments.items()
        if key in counted_in(content)
    }


def _is_other_points(one: Difference, counted: Collection[str]) -> bool:
    kind, _, key = one.subject.partition(":")
    is_changed = one.before is not None and one.after is not None and "max_points" in one.after
    return kind == "assessment" and is_changed and key in counted


def _fields(node: NodeEntry) -> dict[str, Any]:
    return {
        "key": node.key,
        "label": node.label,
        "description": node.description,
        "weight": node.weight,
        "weight_unit": node.unit,
        "aggregation": node.aggregation,
        "is_extra_credit": node.extra_credit,
        "drop_lowest": node.drop_lowest,
        "drop_highest": node.drop_highest,
        "cap": node.cap,
        "expected_count": node.expected_count,
    }


def _totals(file: GradingFile) -> dict[str, Any]:
    return {
        "status": file.status,
        "note_md": file.note,
        "decimals": file.decimals,
        "letter_on": file.letter_on,
        "cap": file.cap,
        "missing_is_pending": file.missing_is_pending,
    }


def _letters(scheme: GradingScheme, letters: Mapping[str, Any]) -> None:
    # Two letters may exchange their bounds, which no order of updates allows.
    scheme.letters.all().delete()
    LetterCutoff.objects.bulk_create(
        LetterCutoff(scheme=scheme, label=label, lower_bound=bound) for label, bound in letters.items()
    )


def _rule(row: GradeNode, node: NodeEntry) -> None:
    if node.rule is None:
        ParticipationRule.objects.filter(node=row).delete()
        return
    ParticipationRule.objects.update_or_create(node=row, defaults=dict(node.rule))
