"""Reading what an autograder wrote: every way of writing it that the format allows, and anything at all besides."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.autograders.results import MAX_EXTRA_BYTES, MAX_RESULTS_BYTES, Results, ResultsInvalid, parse_results
from runners.autograders.values import MAX_TEXT, TRUNCATED, number, shorten, text
from runners.protocol import CheckReport, Outcome, RunReport, TextFormat, Visibility

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
TEST_KEYS = ("score", "max_score", "status", "name", "number", "output", "output_format", "tags", "visibility")
WHOLE_KEYS = (
    "score", "execution_time", "output", "output_format", "test_output_format", "visibility", "stdout_visibility",
    "extra_data", "leaderboard",
)  # fmt: skip
VALUES = JSON | st.sampled_from(["1.5", "passed", "hidden", "html", "NaN", "1e999", "\0", "\ud800", "9" * 5000])
TESTS = st.lists(JSON | st.dictionaries(st.sampled_from(TEST_KEYS), VALUES), max_size=5)


def parsed(**whole: object) -> Results:
    return parse_results(json.dumps(whole).encode())


def only(**test: object) -> CheckReport:
    """Read results of one test."""
    (check,) = parsed(tests=[test]).checks
    return check


def reported(results: Results) -> RunReport:
    """Put results into a report, which refuses what does not fit the wire."""
    report = RunReport(
        suite_name="s", suite_digest="d", seed="0", sandbox="x", machine="m",
        checks=list(results.checks[:500]), output=results.output, leaderboard=list(results.leaderboard),
        extra_data=results.extra_data, console_visibility=results.console_visibility,
    )  # fmt: skip
    return RunReport.model_validate_json(report.model_dump_json())


@pytest.mark.parametrize("value", [2, 2.0, "2", " 2.0 ", "2e0", Decimal(2)])
def test_a_number_may_be_text(value: object) -> None:
    assert number(value) == 2


@pytest.mark.parametrize(
    "value",
    [None, True, "", "two", "1,5", [], {}, float("nan"), float("inf"), "NaN", "-Infinity", "sNaN", 10**8, "9" * 10**5],
)
def test_what_is_no_number_of_a_sensible_size_is_none(value: object) -> None:
    assert number(value) is None


def test_a_number_keeps_four_decimals() -> None:
    assert number(1 / 3) == Decimal("0.3333")
    assert number("1e-500") == 0


def test_scores_as_text_count() -> None:
    check = only(name="sum", score="2.5", max_score="3.0")

    assert (check.points, check.max_points, check.outcome) == (Decimal("2.5"), Decimal(3), Outcome.PARTIAL)


@pytest.mark.parametrize(
    ("test", "outcome"),
    [
        ({"score": 3, "max_score": 3}, Outcome.PASSED),
        ({"score": 4, "max_score": 3}, Outcome.PASSED),
        ({"score": 0, "max_score": 0}, Outcome.PASSED),
        ({"score": 1, "max_score": 3}, Outcome.PARTIAL),
        ({"score": 0, "max_score": 3}, Outcome.FAILED),
        ({"score": 1, "max_score": 3, "status": "passed"}, Outcome.PASSED),
        ({"score": 3, "max_score": 3, "status": "failed"}, Outcome.PARTIAL),
        ({"score": 0, "max_score": 3, "status": "passed"}, Outcome.PASSED),
        ({"score": 3, "max_score": 3, "status": "Failed?"}, Outcome.PASSED),
        ({"score": 3, "max_score": 3, "status": ["failed"]}, Outcome.PASSED),
        ({"max_score": 3}, Outcome.FAILED),
    ],
)
def test_a_status_overrides_what_the_points_say(test: dict[str, object], outcome: Outcome) -> None:
    assert only(**test).outcome is outcome


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity", '"NaN"', "1e999", "[1]", "9" * 5000])
def test_a_score_that_is_no_number_spoils_its_own_test_only(word: str) -> None:
    results = parse_results(
        f'{{"tests": [{{"score": {word}, "max_score": 2, "name": "odd"}}, {{"score": 1}}]}}'.encode()
    )

    odd, other = results.checks
    assert (odd.outcome, odd.points, odd.max_points) == (Outcome.CRASHED, 0, 2)
    assert "no number" in odd.message and "odd: score" in results.remarks[0]
    assert (other.points, results.score) == (1, 1)


def test_a_test_without_a_score_is_information() -> None:
    check = only(output="well done")

    assert (check.counts, check.outcome, check.points) == (False, Outcome.PASSED, 0)
    assert only(output="x", status="failed").outcome is Outcome.FAILED


def test_a_negative_score_lowers_the_sum_and_says_so() -> None:
    results = parsed(tests=[{"score": 5, "max_score": 5}, {"score": -2, "max_score": 3}])

    assert results.score == 3
    assert results.checks[1].points == 0 and "2 points off" in results.checks[1].message


@pytest.mark.parametrize(("stated", "score"), [(7, 7), ("7.5", Decimal("7.5")), (0, 0), (-3, -3)])
def test_a_score_of_the_whole_overrides_the_sum(stated: object, score: Decimal) -> None:
    assert parsed(score=stated, tests=[{"score": 1}]).score == score


def test_where_the_score_of_the_whole_is_no_number_the_sum_stands_for_it() -> None:
    results = parse_results(b'{"score": NaN, "tests": [{"score": 1}, {"score": 2}]}')

    assert results.score == 3
    assert "no number" in results.remarks[0]


def test_without_any_score_there_is_none() -> None:
    assert parsed().score is None
    assert parsed(tests=[{"output": "hello"}]).score is None


def test_what_no_key_is_known_for_is_passed_over() -> None:
    results = parsed(score=1, max_score=5, colour="green", tests=[{"score": 1, "points": 7}], execution_time="0.04")

    assert results.score == 1 and results.remarks == ()


def test_tests_are_sorted_by_number_and_those_without_keep_their_order_after_them() -> None:
    numbers = ["1.10", None, "1.9", "2", "1.2a", None, 1.1]

    checks = parsed(tests=[{"name": str(n), "number": number} for n, number in enumerate(numbers)]).checks

    assert [check.number for check in checks] == ["1.1", "1.2a", "1.9", "1.10", "2", "", ""]
    assert [check.title for check in checks[-2:]] == ["1", "5"]


def test_ids_are_the_same_in_every_run_and_different_in_one() -> None:
    tests = [{"name": "Ärger, e.g. 1 + 1"}, {"name": "Ärger, e.g. 1 + 1"}, {}, {"name": "名前"}, {"name": "x" * 500}]

    ids = [check.id for check in parsed(tests=tests).checks]

    assert ids[:4] == ["arger-e-g-1-1", "arger-e-g-1-1-2", "test-3", "test-4"]
    assert len(set(ids)) == 5 and max(map(len, ids)) <= 120
    assert ids == [check.id for check in parsed(tests=tests).checks]


@pytest.mark.parametrize("word", list(Visibility))
def test_each_of_the_four_visibilities_is_known_at_both_levels_and_for_the_console(word: Visibility) -> None:
    results = parsed(
        visibility=word, stdout_visibility=word, tests=[{}, {"visibility": "visible"}, {"visibility": word}]
    )

    assert [check.visibility for check in results.checks] == [word, Visibility.VISIBLE, word]
    assert results.console_visibility is word


def test_without_a_word_tests_are_visible_and_the_console_is_not() -> None:
    results = parsed(tests=[{}])

    assert results.checks[0].visibility is Visibility.VISIBLE
    assert results.console_visibility is Visibility.HIDDEN


def test_a_word_that_nobody_knows_shows_nothing_too_early() -> None:
    results = parsed(visibility="after_exam", stdout_visibility=1, tests=[{}])

    assert results.checks[0].visibility is results.console_visibility is Visibility.HIDDEN
    assert "after_exam" in " ".join(results.remarks)


@pytest.mark.parametrize("word", list(TextFormat))
def test_each_format_is_known(word: TextFormat) -> None:
    results = parsed(output="x", output_format=word, test_output_format=word, tests=[{"output_format": word}, {}])

    assert results.output_format is results.checks[0].output_format is results.checks[1].output_format is word


def test_formats_have_defaults_and_an_unknown_one_is_the_default() -> None:
    results = parsed(output_format="latex", tests=[{"output_format": "rtf"}])

    assert results.output_format is TextFormat.SIMPLE_FORMAT
    assert results.checks[0].output_format is TextFormat.TEXT
    assert len(results.remarks) == 2


def test_only_ansi_keeps_colours_and_nothing_keeps_other_escapes() -> None:
    coloured = "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b[2J"

    assert only(output=coloured, output_format="ansi").output.startswith("\x1b[31mred\x1b[0m ")
    assert "\x1b]" not in only(output=coloured, output_format="ansi").output
    assert "\x1b" not in only(output=coloured).output


def test_tags_may_be_null_and_what_is_no_text_among_them_is_left_out() -> None:
    assert only(tags=None).tags == []
    assert only(tags="easy").tags == []
    assert only(tags=["easy", 3, None, " ", "x" * 500]).tags == ["easy", f"{'x' * 119}…"]


def test_a_leaderboard_takes_numbers_and_text() -> None:
    rows = [
        {"name": "speed", "value": "*****"},
        {"name": "size", "value": 12.5, "order": "asc"},
        {"name": "odd", "value": float("nan")},
        {"name": "none"},
        {"value": 1},
        "text",
    ]

    results = parsed(leaderboard=rows)

    assert [(row.name, row.value, row.ascending) for row in results.leaderboard] == [
        ("speed", "*****", False),
        ("size", "12.5", True),
    ]
    assert len(results.remarks) == 1
    assert parsed(leaderboard=[]).leaderboard == parsed(leaderboard=None).leaderboard == ()


def test_extra_data_comes_back_as_it_was_but_for_what_no_database_takes() -> None:
    kept = parsed(extra_data={"seen": 1, "ratio": float("nan"), "deep": {"a": [1.5, "x\0"]}, "big": 10**30}).extra_data

    assert kept == {"seen": 1, "ratio": None, "deep": {"a": [1.5, "x\ufffd"]}, "big": 1e30}


def test_extra_data_that_is_too_large_or_no_object_is_not_kept() -> None:
    assert parsed(extra_data=[1]).remarks
    large = parsed(extra_data={"x": "y" * MAX_EXTRA_BYTES})

    assert large.extra_data == {} and "64 KiB" in large.remarks[0]


def test_long_texts_lose_their_middle_and_say_so() -> None:
    whole = "a" * 90_000 + "b" * 90_000

    for found in (only(output=whole).output, parsed(output=whole).output):
        assert len(found) == MAX_TEXT
        assert found.startswith("a") and found.endswith("b") and TRUNCATED in found
    assert shorten("x" * MAX_TEXT) == "x" * MAX_TEXT


def test_bytes_that_are_no_utf_8_and_null_characters_become_question_marks() -> None:
    (check,) = parse_results(b'{"tests": [{"name": "a\xffb", "output": "c\\u0000d\x00e"}]}').checks

    assert check.title == "a\ufffdb"
    assert check.output == "c\ufffdd\ufffde"


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b"null", b"1", b'"text"', b"[" * 100_000, b'{"a":' * 50_000, b"\xff" * 10, b"{'score': 1}"],
)
def test_what_is_no_object_in_json_is_refused(raw: bytes) -> None:
    with pytest.raises(ResultsInvalid, match=r"results\.json"):
        parse_results(raw)


def test_a_file_that_is_too_large_is_refused_unread() -> None:
    with pytest.raises(ResultsInvalid, match="16 MiB"):
        parse_results(b" " * MAX_RESULTS_BYTES + b"{}")


def test_a_mark_at_the_start_of_the_file_is_no_trouble() -> None:
    assert parse_results(b'\xef\xbb\xbf{"score": 1}').score == 1


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda whole: whole.encode("utf-8", "surrogatepass")))
def test_no_bytes_raise_anything_else(raw: bytes) -> None:
    try:
        reported(parse_results(raw))
    except ResultsInvalid:
        return


@given(st.dictionaries(st.sampled_from(WHOLE_KEYS), VALUES), TESTS)
def test_whatever_stands_under_a_known_key_can_be_reported(whole: dict[str, object], tests: list[object]) -> None:
    results = parse_results(json.dumps({**whole, "tests": tests}).encode())

    reported(results)
    assert results.score is None or abs(results.score) < Decimal(10) ** 9
    assert all(check.points >= 0 for check in results.checks)


@given(JSON, st.sampled_from(list(TextFormat)))
def test_any_value_becomes_text_that_may_be_stored(value: object, kind: TextFormat) -> None:
    found = text(value, kind=kind)

    assert "\0" not in found
    found.encode()
