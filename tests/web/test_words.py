"""Numbers, sizes and verdicts in words."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from coursehub.web import words
from grading.submissions.models import JobState
from runners.protocol import Outcome, Verdict


@pytest.mark.parametrize(
    ("value", "text"), [("19", "19"), ("19.50", "19.5"), ("0.333333", "0.33"), ("100.00", "100"), ("0", "0")]
)
def test_points_lose_needless_zeros(value: str, text: str) -> None:
    assert words.points(Decimal(value)) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(1, "1 byte"), (999, "999 bytes"), (2_100, "2.1 kB"), (1_000_000, "1 MB"), (10_500_000, "10.5 MB")],
)
def test_sizes_read_as_a_person_says_them(count: int, text: str) -> None:
    assert words.size(count) == text


@given(some.integers(min_value=0, max_value=10**15))
def test_every_size_has_a_unit_and_a_short_figure(count: int) -> None:
    figure, unit = words.size(count).split()

    assert unit in {"byte", "bytes", "kB", "MB", "GB"}
    assert unit == "GB" or len(figure) <= 6


@given(some.floats(min_value=0, max_value=10**9))
def test_every_length_of_time_has_words(seconds: float) -> None:
    assert words.duration(seconds)


def test_memory_is_measured_in_powers_of_two() -> None:
    assert [words.memory(count) for count in (64 << 20, 1 << 30, 3 << 29)] == ["64 MiB", "1 GiB", "1.5 GiB"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(5, "less than a minute"), (61, "1 minute"), (3_599, "1 hour"), (7_000, "2 hours"), (200_000, "2 days")],
)
def test_lengths_of_time_are_rounded(seconds: float, text: str) -> None:
    assert words.duration(seconds) == text


def test_a_list_is_joined_as_in_a_sentence() -> None:
    assert words.listed(["a"]) == "a"
    assert words.listed(["a", "b", "c"]) == "a, b and c"
    assert words.listed(["*.py", "report.md"], last="or") == "*.py or report.md"


def test_every_outcome_verdict_and_state_has_a_mark_and_a_word() -> None:
    looks = [*(words.OUTCOMES[outcome] for outcome in Outcome), *(words.VERDICTS[verdict] for verdict in Verdict)]
    looks += [words.look_of(state, "passed") for state in JobState]

    assert all(look.mark and look.word and look.key for look in looks)


def test_our_fault_never_looks_like_a_failure() -> None:
    assert words.look_of("grader_error", None).key == "fault"
