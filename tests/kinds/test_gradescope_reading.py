"""From what an autograder left to what a student reads."""

import json
from decimal import Decimal

import pytest

from runners.autograders import reading
from runners.autograders.metadata import or_stand_in
from runners.autograders.ran import Ran
from runners.autograders.reading import Judged, judge
from runners.protocol import ManifestCase, Outcome, SubmissionMetadata, SuiteKind, SuiteManifest, Visibility

FULL = {"tests": [{"name": "first", "score": 2, "max_score": 2}, {"name": "second", "score": 2, "max_score": 2}]}
CASES = [
    ManifestCase(id="first", title="First", points=Decimal(2)),
    ManifestCase(id="second", title="Second", points=Decimal(2), visibility=Visibility.HIDDEN),
]


def manifest(**changes: object) -> SuiteManifest:
    values = {
        "name": "calculator", "title": "Calculator", "kind": SuiteKind.GRADESCOPE, "environment": "autograder",
        "module": "submission", "required_files": [], "case_seconds": 60, "memory_bytes": 256 << 20, "cases": CASES,
        "total_points": Decimal(4), "run_seconds": 60,
    }  # fmt: skip
    return SuiteManifest.model_validate(values | changes)


def judged(
    results: object = None, *, raw: bytes | None = None, suite: SuiteManifest | None = None, **ran: object
) -> Judged:
    content = raw if raw is not None or results is None else json.dumps(results).encode()
    return judge(Ran(results=content, **ran), suite or manifest())


def test_full_results_are_worth_their_sum_and_need_no_words() -> None:
    found = judged(FULL, exit_status=3)

    assert (found.score, found.message, found.flags, found.is_partial) == (4, "", (), False)
    assert [check.outcome for check in found.checks] == [Outcome.PASSED, Outcome.PASSED]


def test_a_test_of_the_manifest_that_the_results_leave_out_was_not_run() -> None:
    found = judged({"tests": FULL["tests"][:1]})

    left_out = found.checks[-1]
    assert (left_out.id, left_out.outcome, left_out.points, left_out.max_points) == ("second", Outcome.NOT_RUN, 0, 2)
    assert left_out.message == reading.NOT_REPORTED
    assert left_out.visibility is Visibility.HIDDEN
    assert found.score == 2


def test_a_test_that_the_manifest_does_not_know_counts_as_the_autograder_says() -> None:
    found = judged({"tests": [{"name": "third", "score": 3, "max_score": 3}]})

    assert found.score == 3
    assert [check.id for check in found.checks] == ["third", "first", "second"]


def test_results_from_before_a_time_out_count_and_say_that_they_are_partial() -> None:
    found = judged({"tests": FULL["tests"][:1]}, timed_out=True)

    assert found.is_partial and found.score == 2
    assert found.message == "The autograder was ended at its limit of 60 seconds. What it had found until then counts."
    assert found.checks[-1].message == reading.NO_TIME


@pytest.mark.parametrize(
    ("ran", "sentence"),
    [
        ({"timed_out": True}, "Your submission timed out. It took longer than 60 seconds to run."),
        ({"out_of_memory": True}, "256 MiB of memory"),
        ({"out_of_disk": True}, "wrote too much to the disk"),
        ({}, "without results, which it does have for the reference solution"),
    ],
)
def test_without_results_a_sentence_says_why_as_far_as_that_is_known(ran: dict[str, object], sentence: str) -> None:
    found = judged(**ran)

    assert sentence in found.message
    assert found.score == 0 and not found.is_partial
    assert {check.outcome for check in found.checks} == {Outcome.NOT_RUN}


def test_where_nobody_tried_the_autograder_staff_are_asked_to_look_before_nothing_counts() -> None:
    found = judged(suite=manifest(cases=[]))

    assert found.message == reading.UNKNOWN
    assert found.flags == (reading.UNTRIED,)


def test_half_a_file_at_a_time_out_is_no_result() -> None:
    found = judged(raw=b'{"score": 4, "tests": [', timed_out=True)

    assert found.score == 0 and not found.is_partial
    assert "timed out" in found.message


def test_what_is_no_json_is_shown_at_the_end_of_the_console() -> None:
    found = judged(raw=b"Traceback: \xff\0", console="it said this")

    assert found.score == 0
    assert found.console.startswith("it said this\n")
    assert "results.json is not JSON" in found.console and found.console.endswith("Traceback: \ufffd\ufffd")
    assert "not JSON" in found.flags[0]


def test_results_with_tests_but_without_any_score_are_worth_nothing_and_flagged() -> None:
    found = judged({"tests": [{"output": "hello"}]})

    assert (found.score, found.message) == (0, reading.NO_SCORE)
    assert found.checks[0].output == "hello"
    assert found.flags


@pytest.mark.parametrize(
    ("given", "bonus", "score", "sentence"),
    [
        (5, 0, 4, "The autograder gave 5 points. The most that count here are 4."),
        (5, 2, 5, ""),
        (9, 2, 6, "The autograder gave 9 points. The most that count here are 6."),
        (-1.5, 0, 0, "The autograder gave -1.5 points. Less than 0 does not count."),
        (0, 0, 0, ""),
    ],
)
def test_the_total_stays_between_nothing_and_what_the_suite_allows(
    given: float, bonus: int, score: int, sentence: str
) -> None:
    found = judged({**FULL, "score": given}, suite=manifest(bonus_points=Decimal(bonus)))

    assert found.score == score
    assert found.message == sentence
    assert (sentence in found.flags) == bool(sentence)


def test_more_tests_than_can_be_shown_count_all_the_same_and_the_manifests_are_shown_first() -> None:
    many = [{"name": f"extra {n}", "score": 0.001} for n in range(600)]

    found = judged({"tests": [*many, *FULL["tests"]]})

    assert len(found.checks) == reading.MAX_CHECKS
    assert {"first", "second"} <= {check.id for check in found.checks}
    assert found.score == 4 and "102 more tests" in " ".join(found.flags)


def test_a_kill_for_memory_beside_results_is_told_to_staff_only() -> None:
    found = judged(FULL, out_of_memory=True)

    assert found.message == "" and "256 MiB" in found.flags[0]


def test_something_else_in_the_place_of_the_results_is_told_to_staff() -> None:
    found = judged(refusal="results.json cannot be used. It is no plain file.")

    assert found.flags == ("results.json cannot be used. It is no plain file.",)


def test_the_stand_in_for_the_sites_answer_has_the_same_fields() -> None:
    stand_in = or_stand_in({}, manifest())

    assert SubmissionMetadata.model_validate(stand_in).assignment.total_points == "4.0"
    assert or_stand_in({"id": 7}, manifest()) == {"id": 7}
