"""How students fare with a version of a suite: pass rates of its cases, and what goes wrong most often.

Numbers in failure messages differ from one run to the next, because inputs do. So messages are counted by what is left
when each number and each index is replaced by ``#``.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from coursehub.courses.models import Offering
from grading.assessments.models import SuiteVersion
from grading.submissions.models import CheckResult, GradingResult
from runners.protocol import Outcome

MESSAGES_SHOWN = 5
_MESSAGES_READ = 20_000
_NUMBER = re.compile(
    r"(?<![\w.])[-+]?(?:0x[0-9a-f]+|(?:\d+(?:\.\d+)?|\.\d+)(?:e[-+]?\d+)?|inf|nan)(?![\w]|\.\d)", re.IGNORECASE
)
_SEVERAL = re.compile(r"#(?:\s*,\s*#)+,?|#,(?=[\])])")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRate:
    """How one case went in the newest result of each submission."""

    case_id: str
    submissions: int
    passed: int
    students: int
    students_passed: int
    """Students with a submission that passed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonMessage:
    """What many submissions were told."""

    text: str
    count: int


def normalised(message: str) -> str:
    """Return a failure message with every number and index as ``#``, on one line."""
    text = _NUMBER.sub("#", " ".join(message.split()))
    return _SEVERAL.sub("#", text)


def rates_of(version: SuiteVersion, offering: Offering) -> dict[str, CaseRate]:
    """Return the pass rates of a version among an offering's submissions, by the id of the case. One question."""
    rows = (
        _checks(version, offering)
        .values("case_id")
        .annotate(
            submissions=Count("pk"),
            passed=Count("pk", filter=Q(outcome=Outcome.PASSED)),
            students=Count("result__job__student", distinct=True),
            students_passed=Count("result__job__student", distinct=True, filter=Q(outcome=Outcome.PASSED)),
        )
    )
    return {row["case_id"]: CaseRate(**row) for row in rows}


def common_messages(version: SuiteVersion, offering: Offering) -> dict[str, list[CommonMessage]]:
    """Return the most common failure messages by the id of the case, the most common first. One question.

    At most 20 000 different messages are looked at, the most frequent ones.
    """
    rows = (
        _checks(version, offering)
        .exclude(outcome=Outcome.PASSED)
        .exclude(message="")
        .values_list("case_id", "message")
        .annotate(count=Count("pk"))
        .order_by("-count", "case_id", "message")
    )
    return most_common(rows[:_MESSAGES_READ])


def most_common(rows: Iterable[tuple[str, str, int]]) -> dict[str, list[CommonMessage]]:
    """Return the most common of (case id, message, count), with what differs by numbers only counted together."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for case_id, message, count in rows:
        counted[case_id][normalised(message)] += count
    return {
        case_id: [CommonMessage(text=text, count=count) for text, count in counter.most_common(MESSAGES_SHOWN)]
        for case_id, counter in counted.items()
    }


def submissions_graded(version: SuiteVersion, offering: Offering) -> int:
    """Return how many of an offering's submissions have a result of this version."""
    graded = _results(version, offering).aggregate(count=Count("job__submission", distinct=True))
    return int(graded["count"])


def _checks(version: SuiteVersion, offering: Offering) -> QuerySet[CheckResult]:
    return CheckResult.objects.filter(result__in=_newest_results(version, offering))


def _newest_results(version: SuiteVersion, offering: Offering) -> QuerySet[GradingResult, Any]:
    """Return the primary key of each submission's newest result of this version."""
    graded = _results(version, offering).order_by().values("job__submission")
    return graded.annotate(newest=Max("pk")).values_list("newest", flat=True)


def _results(version: SuiteVersion, offering: Offering) -> QuerySet[GradingResult]:
    return GradingResult.objects.filter(job__suite=version, job__submission__assessment__offering=offering)
