"""Expected values: from the reference, for a secret seed, used once."""

from dataclasses import replace

import pytest

from runners.expected import (
    SEED_BYTES,
    ExpectedPool,
    ReferenceFailed,
    case_orders,
    case_seed,
    compute_expected,
    fresh_seed,
)
from runners.suites import SUITES_FOLDER, load_suite
from tests.runners.conftest import CASES


def test_every_run_has_a_seed_of_its_own():
    seeds = {fresh_seed() for _ in range(100)}

    assert len(seeds) == 100
    assert {len(seed) for seed in seeds} == {SEED_BYTES}


def test_cases_have_seeds_of_their_own_that_follow_from_the_runs():
    seed = bytes(16)

    assert case_seed(seed, "add") == case_seed(seed, "add")
    assert len({case_seed(seed, "add"), case_seed(seed, "exp"), case_seed(bytes(15) + b"1", "add"), seed}) == 4
    assert len(case_seed(seed, "add")) == 16


def test_a_case_may_have_a_time_limit_of_its_own():
    autodiff = load_suite(SUITES_FOLDER / "autodiff")
    cases = autodiff.manifest.cases
    slow = [cases[0].model_copy(update={"seconds": 60.0}), *cases[1:]]
    suite = replace(autodiff, manifest=autodiff.manifest.model_copy(update={"cases": slow}))

    orders = case_orders(suite, fresh_seed())

    assert [order.id for order in orders] == [case.id for case in cases]
    assert [order.seconds for order in orders[:2]] == [60.0, autodiff.manifest.case_seconds]


@pytest.mark.bubblewrap
def test_the_pool_fills_itself_and_a_pair_is_given_out_once(suite, bubblewrap, never):
    pool = ExpectedPool(bubblewrap, {"draw": suite}, size=2)
    try:
        assert pool.wait_until_full(30)
        assert pool.ready(suite) == 2

        pairs = [pool.take(suite, stopped=never) for _ in range(3)]

        assert len({pair.seed for pair in pairs}) == 3
        assert len({pair.cases["draw"].records[0].value for pair in pairs}) == 3
    finally:
        pool.close()


@pytest.mark.bubblewrap
def test_the_pool_waits_while_a_submission_is_graded(suite, bubblewrap, never):
    pool = ExpectedPool(bubblewrap, {"draw": suite}, size=1)
    try:
        assert pool.wait_until_full(30)
        with pool.nobody_waits():
            pool.take(suite, stopped=never)

            assert not pool.wait_until_full(0.5)
        assert pool.wait_until_full(30)
    finally:
        pool.close()


@pytest.mark.bubblewrap
def test_a_pool_of_nothing_computes_on_demand(suite, bubblewrap, never):
    pool = ExpectedPool(bubblewrap, {}, size=0)

    assert pool.take(suite, stopped=never).cases["draw"].records
    pool.close()


@pytest.mark.bubblewrap
@pytest.mark.parametrize(
    ("reference", "cases", "detail"),
    [
        (b"def double(x):\n    return 1 / 0\n", CASES, "draw: raised: ZeroDivisionError"),
        (b"def double(x):\n    while True: pass\n", CASES, "draw: timeout"),
        (b"import nowhere\n", CASES, "nowhere"),
        (
            b"def double(x): ...\n",
            CASES.replace(b"record.close(", b"dict(number=").replace(b'"number", ', b""),
            "nothing was recorded",
        ),
        (b"def double(x):\n    return x\n", CASES.replace(b"def draw(", b"def other("), "draw: "),
    ],
)
def test_a_reference_that_fails_is_our_fault(reference, cases, detail, suite, bubblewrap, never):
    broken = replace(suite, reference_files={"twice.py": reference}, case_files={"cases.py": cases})

    with pytest.raises(ReferenceFailed) as fault:
        compute_expected(bubblewrap, broken, [fresh_seed()], stopped=never)

    assert fault.value.sentence == "The reference solution could not be run."
    assert detail in fault.value.detail


@pytest.mark.bubblewrap
def test_a_pool_with_a_broken_reference_goes_on_living(suite, bubblewrap, never, caplog):
    broken = replace(suite, reference_files={"twice.py": b"def double(x):\n    return 1 / 0\n"})
    pool = ExpectedPool(bubblewrap, {"draw": broken}, size=1)
    try:
        assert not pool.wait_until_full(1)

        with pytest.raises(ReferenceFailed):
            pool.take(broken, stopped=never)
    finally:
        pool.close()
    assert "could not be run ahead of time" in caplog.text


@pytest.mark.bubblewrap
def test_the_pool_keeps_pairs_for_a_suite_that_came_later(suite, bubblewrap, never):
    pool = ExpectedPool(bubblewrap, {}, size=2)
    try:
        assert pool.wait_until_full(1)

        pool.take(suite, stopped=never)

        assert pool.wait_until_full(30)
        assert pool.ready(suite) >= 2
    finally:
        pool.close()


@pytest.mark.bubblewrap
def test_the_pool_forgets_all_but_the_last_few_suites_that_came_later(suite, bubblewrap, never, monkeypatch):
    monkeypatch.setattr("runners.expected.LATE_SUITES", 2)
    monkeypatch.setattr("runners.expected.BATCH", 2)
    pool = ExpectedPool(bubblewrap, {"own": suite}, size=1)
    late = [replace(suite, digest=f"late-{number}") for number in range(3)]
    try:
        for each in (late[0], late[1], late[0], late[2]):
            pool.take(each, stopped=never)

        assert pool.wait_until_full(60)
        assert [pool.ready(each) > 0 for each in (suite, *late)] == [True, True, False, True]
    finally:
        pool.close()
