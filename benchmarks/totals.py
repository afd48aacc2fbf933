"""Totals of a large class: 5,000 students, 40 items in points, mean and weighted nodes with drops, in every state.

What is measured
----------------
`class_s`: the median of five computations of all totals, scheme and rows being there; one process.

`one_student_s`: that by the number of students. `traced_s`: one student on fractions, with an explanation.
"""

import random
import statistics
import time
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from grading.engine.class_totals import totals_of_class
from grading.engine.items import ItemState, ItemValue
from grading.engine.rows import StudentRow
from grading.engine.scheme import Aggregation, Item, LetterCutoff, Node, Scheme
from grading.engine.totals import totals_of
from grading.engine.trace import traced

STUDENTS, TRACED, TIMES = 5_000, 50, 5
UNSCORED = (
    ItemState.MISSING,
    ItemState.NOT_DUE,
    ItemState.EXCUSED,
    ItemState.SUBMITTED_UNGRADED,
    ItemState.NOT_ASSIGNED,
    ItemState.ZEROED,
)


def measure(say: Callable[[str], None]) -> dict[str, Any]:
    """Measure, and return the figures."""
    chance = random.Random(6)
    scheme = _scheme(chance)
    items = list(scheme.items())
    rows = [
        StudentRow(student=student, items={item.key: _value(item, chance) for item in items})
        for student in range(STUDENTS)
    ]
    seconds = []
    for _ in range(TIMES):
        began = time.perf_counter()
        totals = totals_of_class(scheme, rows)
        seconds.append(time.perf_counter() - began)
        say(f"{STUDENTS} students, {len(items)} items: {seconds[-1]:.2f} s")
    if totals[:TRACED] != [totals_of(scheme, row) for row in rows[:TRACED]]:
        message = "The fast way and the traced way differ."
        raise AssertionError(message)
    began = time.perf_counter()
    for row in rows[:TRACED]:
        traced(scheme, row).to_json()
    traced_seconds = (time.perf_counter() - began) / TRACED
    median = statistics.median(seconds)
    return {
        "students": STUDENTS,
        "items": len(items),
        "class_s": round(median, 3),
        "fastest_s": round(min(seconds), 3),
        "one_student_s": round(median / STUDENTS, 6),
        "traced_s": round(traced_seconds, 6),
    }


def _scheme(chance: random.Random) -> Scheme:
    def items(name: str, number: int) -> tuple[Item, ...]:
        maxima = [Decimal(chance.choice((10, 20, 37, 50, 64, 100))) for _ in range(number)]
        return tuple(Item(key=f"{name}{at}", max_points=most, weight=Decimal(at + 1)) for at, most in enumerate(maxima))

    def node(key: str, weight: int, way: Aggregation, number: int, drops: int) -> Node:
        return Node(key=key, weight=Decimal(weight), aggregation=way, children=items(key, number), drop_lowest=drops)

    return Scheme(
        nodes=(
            node("homework", 40, Aggregation.POINTS, 12, 2),
            node("quizzes", 20, Aggregation.MEAN, 14, 2),
            node("labs", 20, Aggregation.WEIGHTED, 10, 1),
            node("project", 20, Aggregation.MEAN, 4, 0),
        ),
        letters=tuple(
            LetterCutoff(label=label, lower_bound=Decimal(bound))
            for label, bound in (("A", 90), ("B", 80), ("C", 70), ("D", 60), ("F", 0))
        ),
    )


def _value(item: Item, chance: random.Random) -> ItemValue:
    drawn = chance.random()
    if drawn < 0.80:
        return ItemValue.scored(Decimal(chance.randrange(int(item.max_points) * 100 + 1)) / 100)
    if drawn < 0.84:
        # What a penalty that multiplies, or a curve, leaves behind: no decimal number.
        return ItemValue.scored(Fraction(item.max_points) * Fraction(chance.randrange(97), 97))
    return ItemValue.without_score(chance.choice(UNSCORED))
