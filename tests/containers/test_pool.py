"""The pool of warm things: made ahead, handed out once, given up when old or when memory is short."""

import threading
import time

import pytest

from runners.sandboxes.base import SandboxFault
from runners.sandboxes.pool import MAX_KINDS, Pool
from runners.sandboxes.warming import Memory

MIB = 1 << 20


class Thing:
    def __init__(self, kind: str, *, ahead: bool = True, is_warm: bool = True) -> None:
        self.kind = kind
        self.was_made_ahead = ahead
        self.is_usable = True
        self.is_warm = is_warm
        self.can_be_promoted = True
        self.is_promoted = not ahead
        self.is_closed = False

    def promote(self) -> None:
        if not self.can_be_promoted:
            raise SandboxFault("Not this one.")
        self.is_promoted = True

    def used_bytes(self) -> int:
        return 50 * MIB

    def close(self) -> None:
        self.is_closed = True


class Factory:
    def __init__(self) -> None:
        self.made: list[Thing] = []
        self.fails = False
        self.makes_warm = True
        self.makes_promotable = True

    def __call__(self, kind: str, *, ahead: bool) -> Thing:
        if self.fails:
            raise SandboxFault("Not now.")
        self.made.append(Thing(kind, ahead=ahead, is_warm=self.makes_warm))
        self.made[-1].can_be_promoted = self.makes_promotable
        return self.made[-1]

    def wait_for(self, count: int) -> None:
        deadline = time.monotonic() + 5
        while len(self.made) < count and time.monotonic() < deadline:
            time.sleep(0.005)
        assert len(self.made) == count


class Host:
    """A host whose free memory is what a test says, less 100 MiB for each thing that there is."""

    def __init__(self, factory: Factory) -> None:
        self.free_bytes = 64 << 30
        self._factory = factory

    def __call__(self) -> Memory:
        used_bytes = 100 * MIB * sum(not thing.is_closed for thing in self._factory.made)
        return Memory(total_bytes=4 << 30, available_bytes=self.free_bytes - used_bytes)


@pytest.fixture
def factory():
    return Factory()


@pytest.fixture
def host(factory):
    return Host(factory)


@pytest.fixture
def make_pool(factory, host):
    pools = []

    def make(*, most: int = 2, max_age_seconds: float = 60, processors: int = 1) -> Pool:
        pools.append(
            Pool(
                factory,
                most=most,
                max_age_seconds=max_age_seconds,
                guessed_bytes=100 * MIB,
                memory=host,
                processors=processors,
            )
        )
        return pools[-1]

    yield make
    for pool in pools:
        pool.close()


@pytest.fixture(autouse=True)
def no_quiet_time(monkeypatch):
    set_quiet_time(monkeypatch, 0.0)


def set_quiet_time(monkeypatch, seconds: float) -> None:
    monkeypatch.setattr("runners.sandboxes.warming.QUIET_SECONDS", seconds)
    monkeypatch.setattr("runners.sandboxes.pool.QUIET_SECONDS", seconds)


@pytest.fixture
def pool(make_pool):
    return make_pool()


def waiting(pool: Pool, kind: str, wanted: int = 2) -> int:
    deadline = time.monotonic() + 5
    while pool.waiting(kind) != wanted and time.monotonic() < deadline:
        time.sleep(0.005)
    return pool.waiting(kind)


def closed_in_time(thing: Thing) -> bool:
    deadline = time.monotonic() + 5
    while not thing.is_closed and time.monotonic() < deadline:
        time.sleep(0.005)
    return thing.is_closed


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


def test_a_rush_is_met_with_more_and_never_with_more_than_allowed(make_pool, monkeypatch):
    monkeypatch.setattr("runners.sandboxes.pool.welcome", lambda *_, **__: 0)
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
    while pool._shelves["numpy"].measured_at < 0 and time.monotonic() < deadline:
        time.sleep(0.01)

    assert pool._shelves["numpy"].each_bytes == 50 * MIB


def test_a_stock_is_laid_in_while_memory_is_plentiful_and_given_up_when_it_is_not(make_pool, host, monkeypatch):
    monkeypatch.setattr("runners.sandboxes.pool.welcome", lambda *_, most, **__: most)
    pool = make_pool(most=12, max_age_seconds=1)
    pool.take("numpy")
    assert waiting(pool, "numpy", 12) == 12

    # Beside the one that was taken: a quarter of it is five, and one more may stay.
    host.free_bytes = 100 * MIB + 2000 * MIB

    assert waiting(pool, "numpy", 6) == 6
    time.sleep(0.3)
    assert pool.waiting("numpy") == 6


def test_the_stock_of_a_kind_that_is_taken_no_more_stays_until_it_is_old(make_pool, factory, monkeypatch):
    monkeypatch.setattr("runners.sandboxes.pool.welcome", lambda *_, most, **__: most)
    pool = make_pool(most=6)
    pool.take("numpy")
    assert waiting(pool, "numpy", 6) == 6

    monkeypatch.setattr("runners.sandboxes.pool.welcome", lambda *_, **__: 0)
    pool.take("torch")
    assert waiting(pool, "torch", 2) == 2

    assert pool.waiting("numpy") == 6
    assert not any(thing.is_closed for thing in factory.made)


def test_the_emptiest_shelf_is_filled_first(make_pool, factory, monkeypatch):
    monkeypatch.setattr("runners.sandboxes.pool.welcome", lambda *_, most, **__: most)
    factory.makes_warm = False
    pool = make_pool(most=8)
    pool.take("numpy")
    pool.take("torch")

    for number in range(2, 12):
        factory.wait_for(number + 1)
        factory.made[-1].is_warm = True

    kinds = [thing.kind for thing in factory.made if thing.was_made_ahead]
    assert 4 <= kinds.count("numpy") <= 7
    assert 4 <= kinds.count("torch") <= 7


def test_one_warms_at_a_time_and_is_ready_when_it_says_that_it_is_warm(pool, factory):
    factory.makes_warm = False
    pool.take("numpy")
    factory.wait_for(2)
    time.sleep(0.2)

    assert (len(factory.made), pool.waiting("numpy")) == (2, 0)

    factory.made[1].is_warm = True

    assert waiting(pool, "numpy", 1) == 1
    factory.wait_for(3)


def test_whoever_finds_none_ready_takes_the_one_that_warms(pool, factory):
    factory.makes_warm = False
    first = pool.take("numpy")
    factory.wait_for(2)

    second = pool.take("numpy")

    assert first is factory.made[0] and not first.was_made_ahead
    assert second is factory.made[1] and second.was_made_ahead


@pytest.mark.parametrize("is_warm", [True, False])
def test_nothing_that_was_made_ahead_is_handed_out_without_what_it_is_used_with(pool, factory, is_warm):
    factory.makes_warm = is_warm
    pool.take("numpy")
    factory.wait_for(3 if is_warm else 2)

    taken = [pool.take("numpy") for _ in range(10)]

    assert all(thing.is_promoted for thing in taken)
    assert any(thing.was_made_ahead for thing in taken)


def test_what_cannot_be_promoted_is_given_up_and_another_is_made(pool, factory):
    factory.makes_warm = factory.makes_promotable = False
    pool.take("numpy")
    factory.wait_for(2)

    taken = pool.take("numpy")

    assert not taken.was_made_ahead
    assert factory.made[1].is_closed


def test_what_cannot_be_promoted_is_never_ready(pool, factory):
    factory.makes_promotable = False
    pool.take("numpy")
    factory.wait_for(2)

    assert closed_in_time(factory.made[1])
    assert pool.waiting("numpy") == 0


def test_what_ends_while_it_warms_is_given_up_and_another_is_made(pool, factory):
    factory.makes_warm = False
    pool.take("numpy")
    factory.wait_for(2)

    factory.made[1].is_usable = False

    factory.wait_for(3)
    assert closed_in_time(factory.made[1])


def test_what_never_says_that_it_is_warm_is_taken_for_it_in_time(pool, factory, monkeypatch):
    monkeypatch.setattr("runners.sandboxes.pool.LATE_SECONDS", 0.1)
    factory.makes_warm = False

    pool.take("numpy")

    assert waiting(pool, "numpy") == 2


def test_nothing_is_made_in_the_first_second_of_a_submission_while_others_wait(pool, factory, monkeypatch):
    pool.take("numpy")
    assert waiting(pool, "numpy") == 2
    set_quiet_time(monkeypatch, 60.0)

    pool.take("numpy")
    time.sleep(0.2)
    assert len(factory.made) == 3

    pool.take("numpy")
    factory.wait_for(4)


def test_what_was_put_off_is_made_when_the_second_is_over(pool, factory, monkeypatch):
    pool.take("numpy")
    assert waiting(pool, "numpy") == 2
    set_quiet_time(monkeypatch, 0.3)

    pool.take("numpy")

    factory.wait_for(4)


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


def test_closing_gives_up_what_still_warms(pool, factory):
    factory.makes_warm = False
    taken = pool.take("numpy")
    factory.wait_for(2)

    pool.close()

    assert [thing.is_closed for thing in factory.made if thing is not taken] == [True]


def test_many_threads_may_take_at_once(pool):
    taken: list[Thing] = []
    threads = [threading.Thread(target=lambda: taken.append(pool.take("numpy"))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({id(thing) for thing in taken}) == 16
