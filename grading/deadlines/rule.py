"""When a request for more time is granted without anybody looking: the rule, and the rule in words."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from grading.deadlines.models import ExtensionRule
from grading.engine.lateness import wall


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as the rule looks at it."""

    due_at: datetime
    """Everybody's."""
    wanted_at: datetime
    at: datetime
    granted_before: int
    """How many requests of the person this rule has granted in the course."""


def grants(rule: ExtensionRule | None, asked: Asked, *, zone: ZoneInfo) -> bool:
    """Return whether the rule grants a request."""
    if rule is None or not rule.is_on:
        return False
    return (
        asked.wanted_at <= wall(asked.due_at, rule.most_days, zone)
        and asked.granted_before < rule.most_requests
        and asked.at <= asked.due_at - timedelta(hours=rule.hours_before)
    )


def in_words(rule: ExtensionRule | None, *, granted_before: int = 0) -> str:
    """Return the rule as a student reads it before asking."""
    if rule is None or not rule.is_on:
        return "The staff reads every request and answers by e-mail."
    left = max(0, rule.most_requests - granted_before)
    when = "before it is due" if not rule.hours_before else f"at least {_hours(rule.hours_before)} before it is due"
    return (
        f"A request is granted at once if it asks for at most {_days(rule.most_days)} beyond everybody's deadline and "
        f"is made {when}, {rule.most_requests} times in this course; you have {left} of them left. "
        "The staff reads every other request."
    )


def _days(number: int) -> str:
    return f"{number} day{'' if number == 1 else 's'}"


def _hours(number: int) -> str:
    return f"{number} hour{'' if number == 1 else 's'}"
