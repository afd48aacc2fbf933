"""The cells of a class, read as cheaply as they can be.

Theory of operation
-------------------
A class of thousands has hundreds of thousands of cells, but they hold few different things. So the numbers are taken as
the database hands them over, without Django's conversion of every one, and equal cells become one object: each decimal
is made once for every different cell, and there is little for Python's garbage collector to look through.
"""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Expression, ExpressionWrapper, F, Field, QuerySet

from grading.gradebook.models import GradeCell

Cells = dict[int, dict[int, "StoredCell"]]
"""By the assessment, and in it by the enrollment."""
_PLACES = Decimal("0.0001")
_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class StoredCell:
    """What a cell holds, without the weight of a model, and without whose it is: equal ones are one object."""

    mark: str
    points: Decimal | None
    raw_points: Decimal | None
    penalty_points: Decimal
    late_units: int
    slip_days: int
    is_held_back: bool
    comment: str
    version: int


def stored_cells(rows: QuerySet[GradeCell]) -> Cells:
    """Return what these cells hold, in one query."""
    columns = rows.annotate(
        raw=_as_stored("raw_points"),
        counted=_as_stored("points"),
        penalty=_as_stored("penalty_points"),
        is_held=_as_stored("is_held_back"),
    ).values_list(
        "assessment_id", "enrollment_id",
        "mark", "counted", "raw", "penalty", "late_units", "slip_days", "is_held", "comment", "version",
    )  # fmt: skip
    found: Cells = defaultdict(dict)
    different: dict[tuple[Any, ...], StoredCell] = {}
    for assessment, enrollment, *stored in columns.iterator(chunk_size=_AT_ONCE):
        held = tuple(stored)
        if (cell := different.get(held)) is None:
            cell = different[held] = _cell(*held)
        found[assessment][enrollment] = cell
    return dict(found)


def _as_stored(name: str) -> Expression:
    # A field of no kind is one that nothing converts: SQLite gives a number of its own, PostgreSQL a decimal.
    return ExpressionWrapper(F(name), output_field=Field())


def _cell(
    mark: str, points: Any, raw: Any, penalty: Any, late: int, slip: int, is_held: Any, comment: str, version: int
) -> StoredCell:
    taken = _decimal(penalty) or Decimal(0)
    return StoredCell(mark, _decimal(points), _decimal(raw), taken, late, slip, bool(is_held), comment, version)


def _decimal(stored: Any) -> Decimal | None:
    # The shortest text of a number of SQLite is the decimal that was put in: a cell holds twelve digits at most.
    return None if stored is None else Decimal(str(stored)).quantize(_PLACES)
