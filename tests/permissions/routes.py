"""Every address of the site and the methods that each takes, read off the URL resolver."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RegexPattern

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ADMIN = "admin/"
UNKNOWN = ("GET", "POST")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One address with its holes, as ``courses/<slug:offering>/grades/``."""

    name: str
    address: str
    methods: tuple[str, ...]
    says_methods: bool
    """Whether the view says which methods it takes; where it does not, GET and POST are tried."""
    arguments: tuple[str, ...]
    numbers: frozenset[str]
    """Those of the arguments that are whole numbers: of objects."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Door:
    """A route and one method: what the table has a row for. Written ``GET my_grades``."""

    method: str
    route: str

    def __str__(self) -> str:
        return f"{self.method} {self.route}"


def routes() -> list[Route]:
    """Return every route of the site in the order of the resolver; the admin site is one."""
    return list(_walk(get_resolver(), "", ()))


def doors(found: list[Route]) -> list[Door]:
    """Return every method of every route."""
    return [Door(method=method, route=route.name) for route in found for method in route.methods]


def _walk(resolver: URLResolver, prefix: str, above: tuple[Any, ...]) -> Iterator[Route]:
    for found in resolver.url_patterns:
        address = prefix + str(found.pattern).removeprefix("^").removesuffix("$")
        patterns = (*above, found.pattern)
        if address == ADMIN:
            yield _route(ADMIN, "admin", found, patterns, ("GET",))
        elif isinstance(found, URLResolver):
            yield from _walk(found, address, patterns)
        else:
            yield _route(address, found.name or address, found, patterns, methods_of(found.callback))


def _route(
    address: str, name: str, found: URLPattern | URLResolver, patterns: tuple[Any, ...], methods: tuple[str, ...]
) -> Route:
    arguments: dict[str, str] = {}
    for pattern in patterns:
        if isinstance(pattern, RegexPattern):
            arguments |= dict.fromkeys(pattern.regex.groupindex, "text")
        else:
            arguments |= {key: type(converter).__name__ for key, converter in pattern.converters.items()}
    return Route(
        name=name,
        address=address,
        methods=methods or UNKNOWN,
        says_methods=bool(methods),
        arguments=tuple(arguments),
        numbers=frozenset(key for key, kind in arguments.items() if kind == "IntConverter"),
    )


def methods_of(view: Callable[..., Any]) -> tuple[str, ...]:
    """Return the methods that a view takes, HEAD and OPTIONS aside, or none where it does not say."""
    if actions := getattr(view, "actions", None):
        return _in_order(actions)
    for name in ("cls", "view_class"):
        if kind := getattr(view, name, None):
            return _in_order(method for method in kind.http_method_names if hasattr(kind, method))
    return _in_order(_required(view) or ())


def _required(view: Any) -> list[str] | None:
    """Return the list that ``require_http_methods`` closed over, wherever in the decorators of a view it is."""
    code, cells = getattr(view, "__code__", None), getattr(view, "__closure__", None)
    if code is None or not cells:
        return None
    held = dict(zip(code.co_freevars, (cell.cell_contents for cell in cells), strict=True))
    if "request_method_list" in held:
        return list(held["request_method_list"])
    inner = (_required(value) for value in held.values() if callable(value))
    return next((found for found in inner if found), None)


def _in_order(found: Any) -> tuple[str, ...]:
    named = {method.upper() for method in found}
    return tuple(method for method in METHODS if method in named)
