"""Who sees what of a report, and when."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from grading.engine.visibility import Eyes, least_visible, sees, sees_total, sees_words
from runners.protocol import Visibility
from tests.factories import moment

CLOSES = moment("2026-10-01T12:00")
SECOND = timedelta(seconds=1)
LATER = (Visibility.AFTER_DUE_DATE, Visibility.AFTER_PUBLISHED, Visibility.HIDDEN)


def student(at: object = CLOSES, *, closes: object = CLOSES, released: object = CLOSES + 60 * SECOND) -> Eyes:
    return Eyes(sees_all=False, at=at, last_hand_in_at=closes, released_at=released)


STAFF = Eyes(sees_all=True, at=CLOSES, last_hand_in_at=None, released_at=None)


@pytest.mark.parametrize("visibility", list(Visibility))
def test_staff_see_everything_at_any_time(visibility: Visibility) -> None:
    assert sees(visibility, STAFF)
    assert sees_words(visibility, STAFF)
    assert sees_total(visibility, STAFF)


def test_what_waits_for_the_due_date_is_hidden_in_the_last_moment_and_shown_after_it() -> None:
    assert not sees(Visibility.AFTER_DUE_DATE, student(CLOSES))
    assert sees(Visibility.AFTER_DUE_DATE, student(CLOSES + SECOND))


def test_what_waits_for_the_grades_is_shown_once_they_are_released() -> None:
    assert not sees(Visibility.AFTER_PUBLISHED, student(CLOSES + 59 * SECOND))
    assert sees(Visibility.AFTER_PUBLISHED, student(CLOSES + 60 * SECOND))


def test_grades_are_not_released_while_somebody_may_still_hand_in() -> None:
    early = student(CLOSES - SECOND, released=CLOSES - 60 * SECOND)

    assert not sees(Visibility.AFTER_PUBLISHED, early)
    assert not sees_total(Visibility.HIDDEN, early)


def test_without_an_end_nothing_that_waits_for_it_is_shown() -> None:
    open_ended = student(CLOSES + timedelta(days=900), closes=None, released=None)

    assert [sees(visibility, open_ended) for visibility in LATER] == [False] * 3


def test_a_hidden_check_is_never_shown_and_does_not_keep_a_released_total_back() -> None:
    long_after = student(CLOSES + timedelta(days=900))

    assert not sees(Visibility.HIDDEN, long_after)
    assert sees_total(Visibility.HIDDEN, long_after)


@pytest.mark.parametrize("visibility", LATER)
def test_what_a_hidden_check_printed_is_never_shown_to_a_student(visibility: Visibility) -> None:
    assert not sees_words(visibility, student(CLOSES + timedelta(days=900)))


@settings(deadline=None)
@given(
    some.lists(some.sampled_from(list(Visibility)), max_size=6),
    some.integers(-100, 100),
    some.none() | some.integers(-100, 100),
    some.none() | some.integers(-100, 100),
)
def test_a_total_is_never_shown_before_the_last_check_in_it_that_will_ever_be(
    counting: list[Visibility], at: int, closes: int | None, released: int | None
) -> None:
    def moment_of(seconds: int | None) -> object:
        return None if seconds is None else CLOSES + seconds * SECOND

    eyes = student(moment_of(at), closes=moment_of(closes), released=moment_of(released))

    if sees_total(least_visible(counting), eyes):
        assert all(sees(visibility, eyes) for visibility in counting if visibility is not Visibility.HIDDEN)
