"""Values that a function of the suite compares: what may be handed to it, and what its answer means."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from runners.comparators.base import Mismatch, mismatch, not_finite, other_kind
from runners.protocol import ManifestCase
from runners.runs import Record
from runners.wording import value_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a comparator of the suite said of one value."""

    share: float
    """From 0 to 1; what is not 1 is wrong."""
    message: str = ""
    raised: bool = False
    """Whether it came to no answer; the message says why."""


Pair = tuple[Record, Record]
"""What the submission recorded, and what the reference did."""
Judge = Callable[[ManifestCase, Sequence[Pair]], Mapping[str, Judgement]]
"""Has the suite's comparators look at values, in a jail of their own; the answers are by the records' names."""


def barred(found: Record, expected: Record) -> Mismatch | None:
    """Return why a value is not even handed to a comparator, or None."""
    name = expected.name
    if wrong := other_kind(name, found.value, expected.value):
        return wrong
    if not_finite(found.value) and not not_finite(expected.value):
        return mismatch(name, f"{name} is not finite everywhere", found=value_text(found.value))
    return None


def judged(found: Record, expected: Record, judgement: Judgement | None) -> Mismatch | None:
    """Return what a comparator's answer means; without one the value is wrong."""
    name = expected.name
    texts = {"found": value_text(found.value), "expected": value_text(expected.value)}
    if judgement is None:
        return mismatch(name, f"{name} could not be compared", **texts)
    if judgement.raised:
        return mismatch(name, f"{name} could not be compared: {judgement.message}", **texts)
    if judgement.share >= 1.0:
        return None
    reason = judgement.message.rstrip(".") or f"{name} is not what it should be"
    return replace(mismatch(name, reason, **texts), share=Decimal(str(judgement.share)))
