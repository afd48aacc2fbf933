"""Rows made equal to what is wanted with as few writes as it takes."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from django.db.models import Model

Row = TypeVar("Row", bound=Model)
Key = TypeVar("Key", bound=Hashable)
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept(Generic[Key, Row]):
    """The rows that are wanted, by key, and those that no longer are."""

    rows: dict[Key, Row]
    gone: list[Row] = field(default_factory=list)

    def pk(self, key: Key | None) -> Any:
        """Return the primary key of a row, or None where there is no key."""
        return None if key is None else self.rows[key].pk


def keep(
    model: type[Row],
    existing: Mapping[Key, Row],
    wanted: Mapping[Key, Values],
    *,
    fixed: Values,
    also: Callable[[Row, Values], Values] | None = None,
) -> Kept[Key, Row]:
    """Add what is missing, write the fields that differ, and name the rows that are left over.

    `fixed` are the values of new rows that never change; `also` gives further values for a row that does.
    """
    added = {key: model(**fixed, **values) for key, values in wanted.items() if key not in existing}
    model._default_manager.bulk_create(added.values())
    for key, values in wanted.items():
        if (row := existing.get(key)) is None:
            continue
        changed = {name: value for name, value in values.items() if getattr(row, name) != value}
        if changed:
            further = also(row, changed) if also else {}
            model._default_manager.filter(pk=row.pk).update(**changed, **further)
            for name, value in changed.items():
                setattr(row, name, value)
    return Kept(
        rows={key: existing.get(key) or added[key] for key in wanted},
        gone=[row for key, row in existing.items() if key not in wanted],
    )


def delete(rows: Iterable[Model]) -> None:
    """Delete rows one by one, with what depends on them. Raises ``ProtectedError``."""
    for row in rows:
        row.delete()
