"""What goes into a total for one student, as the site's services make it from their rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from grading.engine.items import ItemValue
from grading.engine.participation import NO_COUNT, Count, most_active
from grading.engine.scheme import Key, Node, Scheme


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """Course points on top of the total, and why, in words that the student sees."""

    course_points: Decimal
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentRow:
    """A student's values by the keys of items and rule nodes. An item that is not there is not assigned."""

    student: Key
    items: Mapping[Key, ItemValue] = field(default_factory=dict)
    counts: Mapping[Key, Count] = field(default_factory=dict)
    """By the key of the rule node. A count that is not there is still open: it may become anything."""
    adjustments: tuple[Adjustment, ...] = ()

    def as_its_student_sees_it(self) -> "StudentRow":
        """Return the row with what is not released as pending."""
        return replace(self, items={key: value.as_its_student_sees_it() for key, value in self.items.items()})

    def with_item(self, key: Key, value: ItemValue) -> "StudentRow":
        """Return the row with another value for one item."""
        return replace(self, items={**self.items, key: value})


def bonuses(scheme: Scheme, rows: Iterable[StudentRow]) -> dict[Key, tuple[Adjustment, ...]]:
    """Return the bonus of each of the most active students. It needs the rows of the whole class."""
    found: dict[Key, tuple[Adjustment, ...]] = {}
    rows = list(rows)
    for _, node in scheme.walk():
        if isinstance(node, Node) and node.rule is not None and node.rule.bonus_top_n:
            counts = {row.student: row.counts.get(node.key, NO_COUNT).count for row in rows}
            reason = f"{node.name}: among the {node.rule.bonus_top_n} most active"
            adjustment = Adjustment(course_points=node.rule.bonus_course_points, reason=reason)
            for student in most_active(node.rule, counts):
                found[student] = (*found.get(student, ()), adjustment)
    return found
