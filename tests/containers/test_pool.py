"""The pool of warm things: made ahead, handed out once, given up when old or when memory is short."""

import threading
import time

import pytest

from runners.sandboxes.base import SandboxFault
from runners.sandboxes.pool import MAX_KINDS, Pool
from runners.sandboxes.warming import Memory

MIB = 1 << 20


class Thing:
    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.is_usable = True
        self.is_closed = False

    def used_bytes(self) -> int:
        return 50 * MIB

    def close(self) -> None:
        self.is_closed = True


class Factory:
    def __init__(self) -> None:
        self.made: list[Thing] = []
        self.fails = False

    def __call__(self, kind: str) -> Thing:
        if self.fails:
            raise SandboxFault("Not now.")
        self.made.append(Thing(kind))
        return self.made[-1]

    def wait_for(self, count: int) -> None:
        deadline = time.monotonic() + 5
        while len(self.made) < count and time.monotonic() < deadline:
            time.sleep(0.005)
        assert len(self.made) == count


class Host:
    """A host whose free memory is what a test says."""

    def __init__(self) -> None:
        self.free_bytes = 64 << 30

    def __call__(self) -> Memory:
        return Memory(total_bytes=4 << 30, available_bytes=self.free_bytes)


@pytest.fixture
def factory():
    return Factory()


@pytest.fixture
def host():
    return Host()


@pytest.fixture
def make_pool(factory, host):
    pools = []

    def make(*, most: int = 2, max_age_seconds: float = 60) -> Pool:
        pools.append(Pool(factory, most=most, max_age_seconds=max_age_seconds, guessed_bytes=100 * MIB, memory=host))
        return pools[-1]

    yield make
    for pool in pools:
        pool.close()


@pytest.fixture
def pool(make_pool):
    return make_pool()


def waiting(pool: Pool, kind: str, wanted: int = 2) -> int:
    deadline = time.monotonic() + 5
    while pool.waiting(kind) != wanted and time.monotonic() < deadline:
        time.sleep(0.005)
    return pool.waiting(kind)


def test_the_first_of_a_kind_is_made_now_and_the_next_are_made_ahead(pool, factory):
    first = pool.take("numpy")
    factory.wait_for(3)
    assert waiting(pool, "numpy") == 2

    second = pool.take("numpy")

    assert first is not second
    assert second in factory.made[:3]


def test_nothing_is_handed_out_twice(pool):
    taken = [pool.take("numpy") for _ in range(20)]

    assert len({id(thing) for thing in taken}) == 20


def test_what_is_of_no_use_any_more_is_given_up(pool):
    pool.take("numpy")
    assert waiting(pool, "numpy") == 2
    spoiled = [thing for _, thing in pool._shelves["numpy"].waiting]
    for thing in spoiled:
        thing.is_usable = False

    taken = pool.take("numpy")

    assert taken not in spoiled
    assert all(thing.is_closed for thing in spoiled)


def test_kinds_that_nobody_asks_for_any_more_are_given_up(pool, factory):
    for number in range(MAX_KINDS + 2):
        pool.take(str(number))
        waiting(pool, str(number))

    assert waiting(pool, str(MAX_KINDS + 1)) == 2
    assert set(pool._shelves) == {str(number) for number in range(2, MAX_KINDS + 2)}
    assert len([thing for thing in factory.made if thing.is_closed]) == 4


def test_what_has_waited_too_long_is_replaced(make_pool, factory):
    pool = make_pool(most=1, max_age_seconds=0.2)
    pool.take("numpy")
    factory.wait_for(2)
    time.sleep(0.5)

    assert factory.made[1].is_closed


def test_a_rush_is_met_with_more_and_never_with_more_than_allowed(make_pool):
    pool = make_pool(most=8)
    pool.take("numpy")
    assert waiting(pool, "numpy") == 2

    for _ in range(4):
        pool.take("numpy")
    assert waiting(pool, "numpy", 6) == 6

    for _ in range(20):
        pool.take("numpy")
    assert waiting(pool, "numpy", 8) == 8


def test_nothing_waits_where_memory_is_short_and_a_submission_still_gets_its_own(make_pool, factory, host):
    host.free_bytes = 500 * MIB
    pool = make_pool()

    taken = pool.take("numpy")
    time.sleep(0.2)

    assert taken.kind == "numpy"
    assert factory.made == [taken]


def test_what_waits_is_given_up_when_memory_becomes_short(make_pool, factory, host):
    pool = make_pool(max_age_seconds=1)
    taken = pool.take("numpy")
    assert waiting(pool, "numpy") == 2

    host.free_bytes = 100 * MIB

    assert waiting(pool, "numpy", 0) == 0
    assert [thing.is_closed for thing in factory.made if thing is not taken] == [True, True]


def test_the_cost_of_one_is_measured_when_it_has_settled(make_pool, monkeypatch):
    monkeypatch.setattr("runners.sandboxes.pool.SETTLED_SECONDS", 0.1)
    pool = make_pool(max_age_seconds=5)
    pool.take("numpy")

    deadline = time.monotonic() + 5
    while not pool._shelves["numpy"].is_measured and time.monotonic() < deadline:
        time.sleep(0.01)

    assert pool._shelves["numpy"].each_bytes == 50 * MIB


def test_a_failure_ahead_is_nobodys_and_a_failure_now_is_told(pool, factory):
    factory.fails = True

    with pytest.raises(SandboxFault):
        pool.take("numpy")

    factory.fails = False
    assert pool.take("numpy").kind == "numpy"


def test_closing_gives_up_all_that_wait_and_hands_out_no_more(pool, factory):
    taken = pool.take("numpy")
    waiting(pool, "numpy")

    pool.close()

    assert all(thing.is_closed for thing in factory.made if thing is not taken)
    assert not taken.is_closed
    with pytest.raises(SandboxFault):
        pool.take("numpy")


def test_many_threads_may_take_at_once(pool):
    taken: list[Thing] = []
    threads = [threading.Thread(target=lambda: taken.append(pool.take("numpy"))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({id(thing) for thing in taken}) == 16
