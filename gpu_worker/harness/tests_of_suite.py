"""What a suite's tests say about themselves: the id, title, points and time limit of each item that pytest finds."""

import hashlib
import math
import re
from collections.abc import Sequence
from typing import Any

import pytest

MAX_ID = 120
MAX_TITLE = 120
MAX_TAGS = 50
MAX_TESTS = 500
_UNSAFE = re.compile(r"[^A-Za-z0-9_.\-\[\]]+")


def safe_name(node: str) -> str:
    """Return the id of a test: its node id without what a name should not hold, and the same one every time."""
    path, _, rest = node.removeprefix("tests/").partition("::")
    plain = f"{path.removesuffix('.py')}.{rest}".replace("/", ".").replace("::", ".")
    name = _UNSAFE.sub("_", plain).strip("_")
    if name == plain and len(name) <= MAX_ID:
        return name
    # What was replaced or cut off made two names one, perhaps.
    return f"{name[: MAX_ID - 9]}-{hashlib.sha256(node.encode()).hexdigest()[:8]}"


def prefix_of(node: str) -> str:
    """Return how the ids of all tests of a file begin."""
    return safe_name(f"{node}::x").rpartition("x")[0]


def describe(item: pytest.Item) -> dict[str, Any]:
    """Return what an item says about itself, in a form that goes over the wire."""
    return {
        "id": safe_name(item.nodeid),
        "node": item.nodeid,
        "title": _title(item),
        "group": _group(item),
        "points": _number(_marked(item, "points"), noted(item, "__weight__")),
        "seconds": _number(_marked(item, "timeout")),
        "number": str(noted(item, "__number__") or "")[:40],
        "visibility": str(noted(item, "__visibility__") or ""),
    }


def noted(item: pytest.Item, name: str) -> Any:
    """Return what a decorator noted on a test's function, or None; a later note of an inner one is seen as well."""
    function = getattr(item, "obj", None)
    function = getattr(function, "__func__", function)
    while function is not None:
        if (value := getattr(function, "__dict__", {}).get(name)) is not None:
            return value
        function = getattr(function, "__wrapped__", None)
    return None


def tags_of(item: pytest.Item) -> list[str]:
    """Return the words that a decorator gave a test."""
    return [str(word)[:120] for word in noted(item, "__tags__") or ()][:MAX_TAGS]


def skip_reason(items: Sequence[pytest.Item]) -> dict[str, str]:
    """Return why items are skipped whatever they do, by node id."""
    found: dict[str, str] = {}
    for item in items:
        for mark in item.iter_markers("skip"):
            found[item.nodeid] = str(mark.kwargs.get("reason") or (mark.args[0] if mark.args else "skipped"))
        for mark in item.iter_markers("skipif"):
            # A condition that is a text is looked at by pytest itself, when the test runs.
            if any(condition is True for condition in mark.args):
                found[item.nodeid] = str(mark.kwargs.get("reason", ""))
    return found


def _title(item: pytest.Item) -> str:
    said = (getattr(getattr(item, "obj", None), "__doc__", None) or "").strip().splitlines()
    number = str(noted(item, "__number__") or "")[:40]
    title = said[0].strip() if said else item.name
    if said and (parameters := getattr(item, "callspec", None)) is not None:
        title = f"{title.removesuffix('.')} [{parameters.id}]"
    return (f"{number}) {title}" if number else title)[:MAX_TITLE]


def _group(item: pytest.Item) -> str:
    path, _, rest = item.nodeid.removeprefix("tests/").partition("::")
    classes = rest.split("[")[0].split("::")[:-1]
    return ", ".join([path, *classes])[:MAX_TITLE]


def _marked(item: pytest.Item, name: str) -> Any:
    mark = item.get_closest_marker(name)
    if mark is None:
        return None
    return mark.args[0] if mark.args else next(iter(mark.kwargs.values()), None)


def _number(*values: Any) -> str | None:
    """Return the first value that is a number from 0 on, as text."""
    for value in values:
        if type(value) in (int, float) and 0 <= value < math.inf:
            return str(value)
    return None
