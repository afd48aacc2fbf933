"""Every suite tells a gradient that is wrong by one per cent, in one entry, from a right one: 200 seeds, each entry.

The cases run in this process, with the reference and with another right solution, which leaves everything to PyTorch
(``by_torch/``) and so rounds differently. What they record goes through the comparison that runners use.
"""

import functools
import importlib.util
import itertools
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch

from gpu_worker.harness.cases import Recorder, load_cases
from runners.conversation import CaseRun, Ending, Record
from runners.diagnostics import Closeness
from runners.expected import case_seed
from runners.protocol import Outcome
from runners.suites import SUITES_FOLDER, load_suites
from runners.verdict import check_report

SEEDS = [number.to_bytes(16, "big") for number in range(1, 201)]
SUITES = load_suites(SUITES_FOLDER)
BY_TORCH = SUITES_FOLDER.parent.parent / "tests" / "suites" / "by_torch"
# A case that computes with numbers of about one has gradients of about one; what is smaller than the first is zero but
# for rounding. Between the two lies what a tolerance could swallow: nothing may lie there.
ROUNDING, SMALLEST = 1e-13, 1e-9
# 1,200 operations one after another; what arrives is the gradient that was sent, and it is compared like all others.
TEDIOUS = {"long_chain"}
FEW_SEEDS = 2
TRIED_PER_SEED = 4

# Some 30 s of one processor in all; on a machine that is shared with others, much more by the clock.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
each_suite = pytest.mark.parametrize("name", SUITES)


@pytest.fixture(autouse=True, scope="module")
def numbers_as_in_a_jail() -> Iterator[None]:
    """Put back what cases and solutions set for their whole process."""
    before, threads = torch.get_default_dtype(), torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_default_dtype(before)
    torch.set_num_threads(threads)


def module_of(path):
    spec = importlib.util.spec_from_file_location(f"solution_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def solved(name, folder, *, seeds, only=None) -> dict[bytes, dict[str, CaseRun]]:
    """Return what a solution records, by seed and by case: all of them, or only some."""
    suite = SUITES[name]
    cases = [case for case in load_cases(suite.case_files) if only is None or case.id in only]
    module = module_of(folder / f"{suite.manifest.module}.py")
    return {seed: {case.id: run(case, module, case_seed(seed, case.id)) for case in cases} for seed in seeds}


@functools.cache
def reference(name):
    """Return what the reference records in every case that has a gradient, for all seeds."""
    folder = SUITES[name].folder / "reference"
    (first,) = solved(name, folder, seeds=SEEDS[:1]).values()
    return solved(name, folder, seeds=SEEDS, only={case.id for case, _ in gradients(first)} - TEDIOUS)


def run(case, module, seed):
    records = []
    number = int.from_bytes(seed, "little")
    torch.default_generator.manual_seed(number % 2**63)
    recorder = Recorder(lambda *, name, rule, value: records.append(Record(name=name, rule=rule, value=value)))
    case.function(module, np.random.default_rng(number), recorder, *case.sizes[-1:])
    return CaseRun(id=case.id, ending=Ending.DONE, records=tuple(records))


def gradients(cases):
    """Yield every recorded gradient, with its case."""
    for case in cases.values():
        for record in case.records:
            if "gradient" in record.name and record.rule["kind"] == "close":
                yield case, record


def rejections(name, right, other):
    cases = {case.id: case for case in SUITES[name].manifest.cases}
    return {
        f"{seed.hex()}, {case_id}: {report.message}"
        for seed in right
        for case_id in right[seed]
        if (report := check_report(cases[case_id], other[seed][case_id], right[seed][case_id])).outcome
        is not Outcome.PASSED
    }


@each_suite
def test_right_gradients_that_round_differently_are_never_rejected(name):
    right = reference(name)
    other = solved(name, BY_TORCH, seeds=SEEDS, only=right[SEEDS[0]].keys())

    assert rejections(name, right, other) == set()


@each_suite
def test_another_right_solution_gets_full_points(name):
    right, other = (
        solved(name, folder, seeds=SEEDS[:FEW_SEEDS]) for folder in (SUITES[name].folder / "reference", BY_TORCH)
    )

    assert set(right[SEEDS[0]]) == {case.id for case in SUITES[name].manifest.cases}
    assert rejections(name, right, other) == set()


@each_suite
def test_a_gradient_that_is_wrong_by_one_per_cent_in_one_entry_is_rejected_every_time(name):
    accepted, tried = [], set()
    turns = itertools.count()

    for seed, cases in reference(name).items():
        found = list(gradients(cases))
        accepted += [(seed.hex(), case.id, record.name) for case, record in found if not sees_one_per_cent(record)]
        for _ in range(TRIED_PER_SEED):
            case, record = found[next(turns) % len(found)]
            report = report_on_a_wrong_entry(name, case, record, seed)
            if report.outcome is Outcome.PASSED or report.points == report.max_points:
                accepted.append((seed.hex(), case.id, record.name))
            tried.add((case.id, record.name))

    assert accepted == []
    assert tried == {(case.id, record.name) for case, record in found}
    assert len({case_id for case_id, _ in tried}) >= 12


def sees_one_per_cent(record):
    """Whether the comparison of this record tells each of its entries from one that is one per cent off."""
    closeness = Closeness(rtol=record.rule["rtol"], atol=record.rule["atol"])
    sizes = np.abs(record.value)
    counted = sizes >= SMALLEST
    wrong = [closeness.excess(factor * record.value, record.value)[counted] > 1 for factor in (0.99, 1.01)]
    is_zero_or_counted = (sizes <= ROUNDING) | counted
    return bool(record.value.dtype == np.float64 and counted.any() and is_zero_or_counted.all() and np.all(wrong))


def report_on_a_wrong_entry(name, case, record, seed):
    """Return the verdict on a case in which one entry of one gradient, drawn by the seed, is one per cent too large."""
    rng = np.random.default_rng(int.from_bytes(seed, "big"))
    value = record.value.copy()
    value[tuple(rng.choice(np.argwhere(np.abs(value) >= SMALLEST)))] *= 1.01
    wrong = replace(record, value=value)
    found = replace(case, records=tuple(wrong if each is record else each for each in case.records))
    (worth,) = (each for each in SUITES[name].manifest.cases if each.id == case.id)
    return check_report(worth, found, case)


def test_the_loss_of_the_training_run_falls():
    suite = SUITES["nn"]
    (case,) = (case for case in load_cases(suite.case_files) if case.id == "training_run")
    module = module_of(suite.folder / "reference" / "nn.py")

    for seed in SEEDS[:10]:
        falls = {record.name: record.value for record in run(case, module, case_seed(seed, case.id)).records}
        assert falls["the loss falls to less than half"] is True, seed
