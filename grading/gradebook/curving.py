"""Curves as rows write them: one dictionary for each form, read and written here only."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, assert_never

from grading.engine.curves import Curve, LinearCurve, RootCurve, TableCurve, TopCurve


def curve_of(definition: Mapping[str, Any]) -> Curve:
    """Return the curve that a row writes. Raises ``ValueError`` with a sentence where it is none."""
    match definition.get("form"):
        case "linear":
            cap = definition.get("cap")
            return LinearCurve(
                slope=Decimal(definition["slope"]), add=Decimal(definition["add"]),
                cap=None if cap is None else Decimal(cap),
            )  # fmt: skip
        case "top":
            return TopCurve(top=Decimal(definition["top"]))
        case "root":
            return RootCurve()
        case "table":
            return TableCurve(pairs=tuple((Decimal(low), Decimal(high)) for low, high in definition["pairs"]))
        case other:
            message = f"Nobody knows a curve of the form {other!r}."
            raise ValueError(message)


def written(curve: Curve) -> dict[str, Any]:
    """Return a curve as a row writes it."""
    match curve:
        case LinearCurve():
            return {
                "form": "linear", "slope": str(curve.slope), "add": str(curve.add),
                "cap": None if curve.cap is None else str(curve.cap),
            }  # fmt: skip
        case TopCurve():
            return {"form": "top", "top": str(curve.top)}
        case RootCurve():
            return {"form": "root"}
        case TableCurve():
            return {"form": "table", "pairs": [[str(low), str(high)] for low, high in curve.pairs]}
        case _:  # pragma: no cover
            assert_never(curve)
