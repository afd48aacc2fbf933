"""What ``from gradescope_utils.autograder_utils.decorators import …`` gives in a sandbox.

Our own module of that name: the decorators note what they say on the function, under the attribute names that
autograders know, and the harness reads it from there.
"""

import functools
import inspect
from collections.abc import Callable
from typing import Any

Test = Callable[..., Any]
Decorator = Callable[[Test], Test]


def weight(points: float) -> Decorator:
    """Say how many points a test is worth."""
    return _noting(__weight__=points)


def number(text: str) -> Decorator:
    """Say where a test stands in the list: "1.10" comes after "1.9"."""
    return _noting(__number__=text)


def visibility(word: str) -> Decorator:
    """Say when students see a test: visible, hidden, after_due_date or after_published."""
    return _noting(__visibility__=word)


def tags(*words: str) -> Decorator:
    """Give a test some words that staff can look for."""
    return _noting(__tags__=words)


def hide_errors(message: str = "Test failed") -> Decorator:
    """Say what is shown in place of the reason why a test failed."""
    return _noting(__hide_errors__=(True, message))


def leaderboard(column_name: str, sort_order: str = "desc") -> Decorator:
    """Give a test the argument ``set_leaderboard_value``, for a column of the leaderboard."""

    def decorate(test: Test) -> Test:
        decorated = _with_argument(test, "set_leaderboard_value", "__leaderboard_value__")
        decorated.__leaderboard_column__ = column_name  # type: ignore[attr-defined]  # a function takes any attribute
        decorated.__leaderboard_sort_order__ = sort_order  # type: ignore[attr-defined]
        return decorated

    return decorate


def partial_credit(points: float) -> Decorator:
    """Give a test the argument ``set_score``, with which it says how many of its points it gives."""

    def decorate(test: Test) -> Test:
        decorated = _with_argument(test, "set_score", "__score__")
        decorated.__weight__ = points  # type: ignore[attr-defined]
        return decorated

    return decorate


def _noting(**notes: Any) -> Decorator:
    def decorate(test: Test) -> Test:
        vars(test).update(notes)
        return test

    return decorate


def _with_argument(test: Test, argument: str, attribute: str) -> Test:
    @functools.wraps(test)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        def keep(value: Any) -> None:
            setattr(decorated, attribute, value)

        return test(*args, **{**kwargs, argument: keep})

    # pytest looks for a fixture for every argument that a test's signature names.
    signature = inspect.signature(test)
    others = [each for name, each in signature.parameters.items() if name != argument]
    decorated.__signature__ = signature.replace(parameters=others)  # type: ignore[attr-defined]
    return decorated
