"""The rows of assessments and of the grading table as entries."""

from collections import defaultdict
from typing import Any

from django.db.models import Prefetch

from coursehub.courses.models import Offering
from coursehub.publishing.content import AssessmentContent
from coursehub.publishing.moments import WHICH
from coursehub.publishing.rows_of_schedule import uses
from coursehub.publishing.schema import Anchor, GradingFile, NodeEntry, PartEntry, RuleEntry
from grading.assessments.models import AnchoredDate, Assessment, AssessmentMaterial, AssessmentPart
from grading.gradebook.models import GradeNode, GradingScheme, ParticipationRule


def assessments(offering: Offering) -> dict[str, AssessmentContent]:
    """Return the assessments of an offering by their place in addresses."""
    rows = offering.assessments.select_related("suite", "event", "team_set", "depends_on").prefetch_related(
        "modules",
        Prefetch("parts", AssessmentPart.objects.order_by("order", "pk")),
        Prefetch("anchored_dates", AnchoredDate.objects.select_related("event")),
        Prefetch("material_links", AssessmentMaterial.objects.select_related("material").order_by("order", "pk")),
    )
    return {row.slug: _assessment(row, offering) for row in rows.order_by("order", "pk")}


def grading(offering: Offering) -> GradingFile:
    """Return the grading table; an empty one where there is none."""
    scheme = GradingScheme.objects.filter(offering=offering).first()
    nodes = (
        GradeNode.objects.filter(scheme__offering=offering)
        .select_related("rule")
        .prefetch_related("assessments")
        .order_by("order", "pk")
    )
    below: dict[int | None, list[GradeNode]] = defaultdict(list)
    for node in nodes:
        below[node.parent_id].append(node)
    if scheme is None:
        return GradingFile(nodes=_nodes(None, below))
    return GradingFile(
        status=GradingScheme.Status(scheme.status),
        note=scheme.note_md,
        decimals=scheme.decimals,
        letter_on=GradingScheme.LetterOn(scheme.letter_on),
        cap=scheme.cap,
        missing_is_pending=scheme.missing_is_pending,
        letters={row.label: row.lower_bound for row in scheme.letters.order_by("-lower_bound")},
        nodes=_nodes(None, below),
    )


def _assessment(row: Assessment, offering: Offering) -> AssessmentContent:
    anchors = {anchored.which: anchored for anchored in row.anchored_dates.all()}
    dates: dict[str, Any] = {}
    for which in WHICH:
        at = getattr(row, f"{which}_at")
        if which in anchors:
            dates[which] = _anchor(anchors[which])
        elif at is not None:
            local = at.astimezone(offering.zone)
            dates[which] = {"date": local.date(), "at": local.time()}
    return AssessmentContent.model_validate(
        {
            **dates,
            "title": row.title,
            "kind": row.kind,
            "purpose": row.purpose,
            "max_points": row.max_points,
            "listed": row.is_listed,
            "suite": row.suite.name if row.suite else None,
            "solutions_url": row.solutions_url,
            "accepted": row.accepted_patterns,
            "required": row.required_files,
            "tries": row.tries,
            "counting": row.counting_try,
            "pledge": row.pledge,
            "ai_disclosure": row.ai_disclosure,
            "modules": [module.key for module in row.modules.all()],
            "event": row.event.key if row.event else None,
            "team_set": row.team_set.key if row.team_set else None,
            "depends_on": row.depends_on.slug if row.depends_on else None,
            "parts": [_part(part) for part in row.parts.all()],
            "materials": uses(row.material_links.all()),
            "body_md": row.instructions_md,
        }
    )


def _anchor(row: AnchoredDate) -> Anchor:
    return Anchor(event=row.event.key, edge=AnchoredDate.Edge(row.edge), days=row.offset_days, at=row.at_time)


def _part(row: AssessmentPart) -> PartEntry:
    return PartEntry(
        key=row.key,
        kind=AssessmentPart.Kind(row.kind),
        title=row.title,
        required=row.is_required,
        note=row.note_md,
    )


def _nodes(parent: int | None, below: dict[int | None, list[GradeNode]]) -> list[NodeEntry]:
    return [
        NodeEntry(
            key=node.key,
            label=node.label,
            description=node.description,
            weight=node.weight,
            unit=GradeNode.WeightUnit(node.weight_unit),
            aggregation=GradeNode.Aggregation(node.aggregation),
            extra_credit=node.is_extra_credit,
            drop_lowest=node.drop_lowest,
            drop_highest=node.drop_highest,
            cap=node.cap,
            expected_count=node.expected_count,
            assessments=[assessment.slug for assessment in node.assessments.all()],
            rule=_rule(node),
            parts=_nodes(node.pk, below),
        )
        for node in below[parent]
    ]


def _rule(node: GradeNode) -> RuleEntry | None:
    rule: ParticipationRule | None = getattr(node, "rule", None)
    if rule is None:
        return None
    return RuleEntry(
        metric=ParticipationRule.Metric(rule.metric),
        threshold=rule.threshold,
        below=ParticipationRule.Below(rule.below),
        bonus_top=rule.bonus_top,
        bonus_course_points=rule.bonus_course_points,
        ties=ParticipationRule.Ties(rule.ties),
        excused_shrinks=rule.excused_shrinks,
    )
