"""The rules by which a value is compared with the reference's, each in a module of its own.

Only here are values compared, and only in the runner, outside every sandbox. A rule is what the *reference's* run
stated; one that came from the submission's side is never read.
"""

from runners.comparators.base import Mismatch, RuleInvalid
from runners.comparators.close import compare_close
from runners.comparators.custom import Judge, Judgement
from runners.comparators.exact import compare_exact
from runners.comparators.order import compare_ordering, compare_same_set
from runners.comparators.statistic import compare_statistic
from runners.runs import Record

__all__ = ["Judge", "Judgement", "Mismatch", "RuleInvalid", "compare", "is_custom", "is_shown_only"]


def compare(found: Record, expected: Record) -> Mismatch | None:
    """Compare one value by the reference's rule; None means that it is right. Raises ``RuleInvalid``."""
    match expected.rule:
        case {"kind": "close"}:
            return compare_close(found, expected)
        case {"kind": "exact"}:
            return compare_exact(found, expected)
        case {"kind": "ordering", "before": list(pairs)}:
            return compare_ordering(found, expected, pairs)
        case {"kind": "same_set", "repeats": bool()}:
            return compare_same_set(found, expected)
        case {"kind": "statistic", "mean": float() | None, "variance": float() | None, "kurtosis": float()}:
            return compare_statistic(found, expected)
        case _:
            message = f"The reference states a rule for {expected.name!r} that does not exist: {expected.rule!r}"
            raise RuleInvalid(message)


def is_custom(record: Record) -> bool:
    """Whether a comparator of the suite compares it."""
    return record.rule.get("kind") == "custom"


def is_shown_only(record: Record) -> bool:
    """Whether it is an input, which is shown and never compared."""
    return record.rule.get("kind") == "input"
