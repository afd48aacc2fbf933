"""A reference's cases run together in one process, and come out as they do one by one."""

import threading
from dataclasses import replace

import pytest

from runners.conversation import run_cases, run_reference
from runners.expected import ReferenceFailed, case_orders, compute_expected
from runners.suites import SUITES_FOLDER, load_suites

SUITES = load_suites(SUITES_FOLDER)


@pytest.mark.parametrize("name", ["autodiff", "nn", "pytorch"])
def test_a_reference_records_the_same_in_one_process_as_case_by_case(name, bubblewrap):
    suite = SUITES[name]
    orders = case_orders(suite, bytes(16))
    jail = {
        "environment": suite.manifest.surroundings,
        "limits": suite.limits,
        "suite_files": suite.case_files,
        "module": suite.manifest.module,
        "stopped": threading.Event(),
    }

    first, second = run_reference(bubblewrap, reference_files=suite.reference_files, runs=[orders, orders], **jail)
    apart = run_cases(
        bubblewrap,
        submission_files=suite.reference_files,
        orders=orders,
        on_ready=lambda: None,
        on_case=lambda case: None,
        **jail,
    )

    for one, again, other in zip(first, second, apart.cases, strict=True):
        assert str(one.records) == str(again.records) == str(other.records), one.id


def test_a_reference_that_fails_is_run_case_by_case_to_name_the_case(bubblewrap):
    suite = SUITES["autodiff"]
    files = {"needle.py": suite.reference_files["needle.py"].replace(b"np.exp(", b"np.no_such(")}
    assert files != suite.reference_files

    with pytest.raises(ReferenceFailed, match=r"exp: raised: .*no_such"):
        compute_expected(bubblewrap, replace(suite, reference_files=files), [bytes(16)], stopped=threading.Event())
