"""A class as the engine takes it, for schemes that are not saved yet."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from coursehub.courses.models import Offering
from coursehub.publishing.content import OfferingContent
from coursehub.publishing.known import nodes_of
from coursehub.publishing.schemes import item_key, scheme_of
from grading.engine.participation import Count
from grading.engine.rows import StudentRow
from grading.engine.scheme import Key, Scheme
from grading.gradebook.from_events import rows_worth
from grading.gradebook.reckoning import ClassReckoning, class_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRows:
    """A class, and how to ask it for what a content's scheme needs."""

    names: tuple[str, ...]
    """In the order of the rows."""
    rows: tuple[StudentRow, ...]
    items: Mapping[str, Key]
    """The keys of assessments in the rows, by their place in addresses."""
    metrics: Mapping[Key, str]
    """What each rule counts whose counts are in the rows."""
    reckoned: ClassReckoning

    def scheme_of(self, content: OfferingContent) -> Scheme:
        """Return a content's scheme under the keys of these rows. An assessment that is new has one of its own."""
        return scheme_of(content, item=lambda slug: self.items.get(slug, item_key(slug)))

    def rows_for(self, content: OfferingContent) -> tuple[StudentRow, ...]:
        """Return the rows with points on a content's scales, and counts for its rules, found by what they count."""
        rows = rows_worth(self.reckoned, self._other_points(content))
        wanted = {node.key: node.rule.metric.value for _, node in nodes_of(content.grading.nodes) if node.rule}
        if all(self.metrics.get(key) == metric for key, metric in wanted.items()):
            return rows
        return tuple(replace(row, counts=self._counts(row, wanted)) for row in rows)

    def _other_points(self, content: OfferingContent) -> dict[int, Decimal]:
        said = ((one, content.assessments.get(one.slug)) for one in self.reckoned.assessments)
        return {one.pk: entry.max_points for one, entry in said if entry and entry.max_points != one.max_points}

    def _counts(self, row: StudentRow, wanted: Mapping[str, str]) -> dict[Key, Count]:
        by_metric = {self.metrics[key]: count for key, count in row.counts.items() if key in self.metrics}
        return {key: by_metric[metric] for key, metric in wanted.items() if metric in by_metric}


def class_rows(offering: Offering) -> ClassRows:
    """Return the class of an offering as it stands, by as many queries as ``reckoning.class_of`` takes."""
    found = class_of(offering)
    return ClassRows(
        names=tuple(enrollment.user.name for enrollment in found.enrollments),
        rows=found.rows,
        items={assessment.slug: assessment.pk for assessment in found.assessments},
        metrics={key: rule.metric for key, rule in found.evidence.rows.rules().items()},
        reckoned=found,
    )
