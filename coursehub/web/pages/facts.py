"""Labels with values, as ``parts/facts.html`` shows them."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A label and a value."""

    label: str
    value: str


def facts_of(pairs: Iterable[tuple[str, object]]) -> tuple[Fact, ...]:
    """Return the facts that have a value."""
    return tuple(Fact(label=label, value=str(value)) for label, value in pairs if value)
