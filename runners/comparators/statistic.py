"""Random draws, of which only mean and variance can be right or wrong.

Theory of operation
-------------------
A right answer lies within intervals that it leaves once in a thousand million times, whatever the number of draws
and of entries: the deviation ``z`` follows from that chance, shared over all that is looked at. The mean of ``n``
draws varies by ``sigma / sqrt(n)``; Bernstein's further term keeps the promise for lopsided distributions. The
variance of a sample varies as a chi-squared variable does with ``2 n / (kurtosis - 1)`` degrees of freedom, whose
bounds are Wilson and Hilferty's. Where the reference's own draws state a moment, it varies as well.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

from runners.comparators.base import Mismatch, RuleInvalid, mismatch, not_finite, other_kind
from runners.diagnostics import array_text, number_text
from runners.runs import Record

CHANCE = 1e-9
FEWEST = 20
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """What the draws should follow."""

    draws: int
    kurtosis: float
    z: float

    def mean_deviation(self, variance: Floats, *, samples: int) -> Floats:
        """Return how far a mean may be off; ``samples`` is 2 where it is compared with another sample's."""
        spread = np.sqrt(variance)
        usual = self.z * spread * math.sqrt(samples / self.draws)
        lopsided = self.z**2 * spread * math.sqrt(self.kurtosis) / (3 * self.draws)
        return np.asarray(usual + lopsided)

    def variance_factors(self) -> tuple[float, float]:
        """Return the least and the largest share of the true variance that a sample's may have."""
        # A sample's mean takes up some of its variance, which for a flat distribution is all that varies.
        own_mean = self.z**2 / self.draws * max(0.0, 3 - self.kurtosis) / 2
        freedom = 2 * (self.draws - 1) / max(self.kurtosis - 1, 1e-9)
        step = 2 / (9 * freedom)
        least, most = (max(0.0, 1 - step + side * self.z * math.sqrt(step)) ** 3 for side in (-1, 1))
        return least - own_mean, most + own_mean


def compare_statistic(found: Record, expected: Record) -> Mismatch | None:
    """Compare the mean and the variance of draws with those that the rule or the reference's draws state."""
    name, rule = expected.name, expected.rule
    wanted = _entries(expected, expected.value)
    if wrong := other_kind(name, found.value, expected.value):
        return wrong
    shapes = f"shape {found.value.shape}, the reference has {expected.value.shape}"
    if found.value.shape != expected.value.shape:
        return mismatch(name, f"{name} has {shapes}")
    if not_finite(found.value):
        return mismatch(name, f"{name} is not finite everywhere", found=array_text(found.value))
    entries = _entries(expected, found.value)
    draws, count = entries.shape
    law = Law(draws=draws, kurtosis=float(rule["kurtosis"]), z=-NormalDist().inv_cdf(CHANCE / (4 * count)))
    return _variance_mismatch(expected, law, entries, wanted) or _mean_mismatch(expected, law, entries, wanted)


def _mean_mismatch(expected: Record, law: Law, entries: Floats, wanted: Floats) -> Mismatch | None:
    rule = expected.rule
    stated = rule["mean"]
    right = wanted.mean(axis=0) if stated is None else np.full(entries.shape[1], stated)
    variance = wanted.var(axis=0, ddof=1) if rule["variance"] is None else np.full(entries.shape[1], rule["variance"])
    far = law.mean_deviation(variance, samples=2 if stated is None else 1)
    return _outside(expected, law, "mean", entries.mean(axis=0), (right - far, right + far))


def _variance_mismatch(expected: Record, law: Law, entries: Floats, wanted: Floats) -> Mismatch | None:
    least, most = law.variance_factors()
    if least <= 0:
        message = f"{expected.name!r} has too few draws ({law.draws}) to say anything about their variance"
        raise RuleInvalid(message)
    stated = expected.rule["variance"]
    if stated is None:
        right = wanted.var(axis=0, ddof=1)
        least, most = least / most, most / least
    else:
        right = np.full(entries.shape[1], stated)
    return _outside(expected, law, "variance", entries.var(axis=0, ddof=1), (right * least, right * most))


def _outside(
    expected: Record, law: Law, moment: str, found: Floats, interval: tuple[Floats, Floats]
) -> Mismatch | None:
    least, most = interval
    # Constant draws have no interval at all, only the rounding of their sum.
    slack = 1e-6 * np.maximum(np.abs(least), np.abs(most))
    wrong = ~((found >= least - slack) & (found <= most + slack))
    if not wrong.any():
        return None
    at = int(np.argmax(wrong))
    name, shape = expected.name, expected.value.shape[1:]
    index = [int(each) for each in np.unravel_index(at, shape)] if expected.rule["per_entry"] and shape else None
    where = "" if index is None else f" at {index}"
    between = f"{number_text(least[at], digits=4)} and {number_text(most[at], digits=4)}"
    text = number_text(found[at], digits=4)
    reason = f"the {moment} of {name}{where} is {text}; over {law.draws} draws it lies between {between}"
    made = mismatch(name, reason, found=text, expected=between)
    return Mismatch(difference=made.difference.model_copy(update={"worst_index": index}))


def _entries(expected: Record, value: Any) -> Floats:
    """Return draws, the reference's or as many of the submission's, by entries. Raises ``RuleInvalid``."""
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "biuf" or not value.ndim or not_finite(value):
        message = f"The reference states a statistic for {expected.name!r}, which is no array of real numbers"
        raise RuleInvalid(message)
    per_entry = expected.rule.get("per_entry") is True
    entries = value.reshape(len(value), -1) if per_entry else value.reshape(-1, 1)
    if len(entries) < FEWEST or not entries.shape[1]:
        message = f"{expected.name!r} has too few draws to say anything about them: {len(entries)}"
        raise RuleInvalid(message)
    return entries.astype(np.float64)
