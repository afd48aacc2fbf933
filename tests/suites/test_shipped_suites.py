"""The suites that come with CourseHub, graded for real: reference, starter and wrong submissions, in the jail."""

import functools
import json
import threading
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from runners.expected import compute_expected, fresh_seed
from runners.grading import Grader
from runners.protocol import Outcome
from runners.suites import SUITES_FOLDER, load_suites, make_manifest, manifest_text

SUITES = load_suites(SUITES_FOLDER)
BY_TORCH = Path(__file__).parent / "by_torch"
WRONG = sorted(folder for folder in SUITES_FOLDER.glob("*/wrong/*") if folder.is_dir())

pytestmark = pytest.mark.bubblewrap

each_suite = pytest.mark.parametrize("suite", SUITES.values(), ids=SUITES)
each_wrong_submission = pytest.mark.parametrize("folder", WRONG, ids=lambda folder: f"{folder.parts[-3]}-{folder.name}")


def files_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix == ".py"}


def grade(sandbox, suite, files, seed=None):
    grader = Grader(sandbox, {}, pool_size=0)
    return grader.grade(
        suite,
        files,
        seed=seed,
        on_phase=lambda phase: None,
        on_check=lambda check: None,
        stopped=threading.Event(),
    )


@pytest.fixture(scope="session")
def graded(bubblewrap):
    """Grade a wrong submission, once for all tests that look at its report."""
    return functools.cache(lambda folder: grade(bubblewrap, SUITES[folder.parts[-3]], files_of(folder)))


def wrong(name):
    return SUITES["autodiff"].folder / "wrong" / name


def test_the_suites_are_there():
    assert {name: len(suite.manifest.cases) for name, suite in SUITES.items()} == {
        "autodiff": 27,
        "nn": 32,
        "pytorch": 25,
    }
    assert all(sum(folder.parts[-3] == name for folder in WRONG) >= 5 for name in SUITES)


@each_suite
def test_a_suite_is_worth_a_hundred_points(suite):
    assert suite.manifest.max_points == Decimal(100)


@each_suite
def test_the_manifest_is_fresh(suite, bubblewrap):
    made = manifest_text(make_manifest(suite.folder, bubblewrap))

    assert (suite.folder / "manifest.json").read_text(encoding="utf-8") == made


@each_suite
def test_every_case_has_a_hint(suite):
    assert [case.id for case in suite.manifest.cases if not case.hint] == []


@each_suite
def test_a_case_is_worth_little_enough_for_one_mistake_to_leave_most_points(suite):
    assert max(case.points for case in suite.manifest.cases) <= 9


@each_suite
def test_the_reference_passes_everything(suite, bubblewrap):
    report = grade(bubblewrap, suite, suite.reference_files)

    assert report.message == ""
    assert [check for check in report.checks if check.outcome is not Outcome.PASSED] == []
    assert sum(check.points for check in report.checks) == suite.manifest.max_points
    assert report.flags == []


@each_suite
def test_the_starter_loads_and_passes_nothing(suite, bubblewrap):
    report = grade(bubblewrap, suite, files_of(suite.folder / "starter"))

    assert report.message == ""
    assert {check.outcome for check in report.checks} == {Outcome.FAILED}
    assert all("is not written yet" in check.message for check in report.checks)
    assert sum(check.points for check in report.checks) == 0


@each_wrong_submission
def test_a_wrong_submission_fails_exactly_the_checks_it_should(folder, graded):
    expected = json.loads((folder / "expect.json").read_text(encoding="utf-8"))

    report = graded(folder)

    failed = [check.id for check in report.checks if check.outcome is not Outcome.PASSED]
    assert failed == expected["fails"]
    assert report.message == ""
    assert report.flags == []


def check_of(report, case_id):
    (check,) = (check for check in report.checks if check.id == case_id)
    return check


def test_a_transposed_gradient_is_called_transposed(graded):
    check = check_of(graded(wrong("transposed_matmul_gradient")), "matmul_gradient")

    assert check.message == ("Gradient of a has shape (4, 3), the reference has (3, 4). 1 more value is wrong.")
    assert "the last two axes are exchanged" in check.hint
    assert [detail.name for detail in check.details] == ["gradient of a", "gradient of b"]


def test_a_missing_sum_over_a_broadcast_axis_is_called_that(graded):
    check = check_of(graded(wrong("missing_broadcast_sum")), "broadcast_to_gradient")

    assert check.message.startswith("Gradient of column has shape (3, 4), the reference has (3, 1).")
    assert check.hint == "It is right once summed over axis 1: sum over the axes that broadcasting stretched."


@pytest.mark.parametrize("name", ["nn/wrong/constant_statistics", "pytorch/wrong/flipped_kernel"])
def test_the_smallest_input_that_fails_is_shown_where_a_check_has_sizes(name, graded):
    folder = SUITES_FOLDER / name
    sized = {case.id for case in SUITES[folder.parts[-3]].manifest.cases if case.sizes}

    failed = [check for check in graded(folder).checks if check.id in sized and check.outcome is not Outcome.PASSED]

    assert failed
    assert all("This is the smallest input that fails (size " in check.message for check in failed)


def test_an_endless_loop_ends_its_own_check_only(graded):
    report = graded(wrong("endless_loop"))

    check = check_of(report, "train_epoch")
    assert (check.outcome, check.points) == (Outcome.TIMEOUT, Decimal(0))
    assert check.hint.startswith("Look for a loop that never ends")
    assert sum(each.points for each in report.checks) == Decimal(91)


@pytest.mark.parametrize("library", ["torch", "jax", "autograd"])
def test_the_jail_of_the_autodiff_homework_has_no_library_that_differentiates(library, bubblewrap):
    suite = SUITES["autodiff"]
    files = {"needle.py": f"import {library}\n".encode() + suite.reference_files["needle.py"]}

    report = grade(bubblewrap, suite, files)

    assert library in report.message
    assert {check.outcome for check in report.checks} == {Outcome.NOT_RUN}


@each_suite
def test_every_seed_gives_other_values_and_the_same_seed_the_same(suite, bubblewrap):
    stopped = threading.Event()
    seed = fresh_seed()
    first, again, *others = compute_expected(
        bubblewrap, suite, [seed, seed, *(fresh_seed() for _ in range(4))], stopped=stopped
    )

    for case in suite.manifest.cases:
        same = [record.value for record in first.cases[case.id].records]
        assert all(map(np.array_equal, same, (record.value for record in again.cases[case.id].records))), case.id
        # A small number may come again; that it does so four times, nobody will see.
        different = [[record.value for record in other.cases[case.id].records] for other in others]
        if case.id != "topological_order":  # the rule differs there, and the one order of the reference may agree
            assert not all(all(map(np.array_equal, same, each)) for each in different), case.id


def test_ready_made_layers_get_full_points_and_are_named_to_a_person(bubblewrap):
    report = grade(bubblewrap, SUITES["pytorch"], {"layers.py": (BY_TORCH / "layers.py").read_bytes()})

    assert {check.outcome for check in report.checks} == {Outcome.PASSED}
    used = {flag.split(" uses ")[1].split(" in line")[0] for flag in report.flags}
    assert {
        "torch.autograd",
        "torch.gru_cell",
        "torch.nn.Transformer",
        "torch.nn.functional.layer_norm",
        "torch.nn.functional.multi_head_attention_forward",
        "torch.nn.functional.scaled_dot_product_attention",
    } <= used


def test_a_fresh_seed_is_drawn_for_every_run_and_a_run_can_be_repeated(bubblewrap):
    suite = SUITES["autodiff"]
    files = files_of(wrong("no_accumulation"))

    first = grade(bubblewrap, suite, files)
    second = grade(bubblewrap, suite, files)
    repeated = grade(bubblewrap, suite, files, seed=bytes.fromhex(first.seed))

    details = [[check.details for check in report.checks] for report in (first, second, repeated)]
    assert first.seed != second.seed
    assert details[0] != details[1]
    assert details[0] == details[2]


@pytest.mark.parametrize("factor", ["1.05", "1.0001"])
def test_a_gradient_that_is_wrong_by_a_little_is_rejected(factor, bubblewrap):
    suite = SUITES["autodiff"]
    source = suite.reference_files["needle.py"].decode()
    right = "return (out_grad * node,)"
    assert source.count(right) == 1
    files = {"needle.py": source.replace(right, f"return (out_grad * node * constant({factor}, like=node),)").encode()}

    check = check_of(grade(bubblewrap, suite, files), "exp")

    assert (check.outcome, check.points) == (Outcome.PARTIAL, Decimal("1.5"))
    assert check.hint == f"Every value is {factor} times what it should be: a constant factor is wrong."
