"""Entries as JSON and YAML can hold them: short, and without what follows from the schema anyway."""

import datetime as dt
from decimal import Decimal
from enum import Enum
from typing import Any

from pydantic import BaseModel

from coursehub.publishing.schema import DayMoment


def plain(value: Any) -> Any:
    """Return a value of an entry as texts, numbers, lists and mappings; a nested entry without its defaults."""
    match value:
        case DayMoment():
            return f"{value.date.isoformat()} {plain(value.at)}"
        case BaseModel():
            return short(value)
        case Enum():
            return value.value
        case dt.datetime():
            return value.isoformat(" ", timespec="auto" if value.second or value.microsecond else "minutes")
        case dt.date():
            return value.isoformat()
        case dt.time():
            return value.isoformat(timespec="auto" if value.second or value.microsecond else "minutes")
        case Decimal():
            return f"{value:f}"
        case list() | tuple():
            return [plain(item) for item in value]
        case dict():
            return {str(name): plain(item) for name, item in value.items()}
        case _:
            return value


def short(entry: BaseModel, *, without: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Return the fields of an entry that are not at their default."""
    return {
        name: plain(getattr(entry, name))
        for name, field in type(entry).model_fields.items()
        if name not in without
        and (field.is_required() or getattr(entry, name) != field.get_default(call_default_factory=True))
    }


def whole(entry: BaseModel, *, without: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Return every field of an entry."""
    return {name: plain(getattr(entry, name)) for name in type(entry).model_fields if name not in without}
