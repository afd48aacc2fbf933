"""Real processes are killed, frozen and restarted; everything that was received ends once, with one grade.

The figures of `reliability.md` are printed (`pytest -s`), and asserted loosely: this may be a busy machine.
"""

import signal
import sys
import time

import pytest
from celery import Celery

from deploy.stack import Stack
from tests.chaos.conftest import LEASE_SECONDS
from tests.chaos.load import (
    Load,
    check_promises,
    facts_of,
    family,
    hand_in,
    wait_all_final,
    wait_gone,
)
from tests.chaos.servers import Postgres, Redis

pytestmark = [pytest.mark.chaos, pytest.mark.slow, pytest.mark.timeout(240)]


def say(text: str) -> None:
    sys.stdout.write(f"\n[chaos] {text}\n")


def runner_in_the_middle_of(stack: Stack, submission_id: int) -> str:
    """Wait until a submission has begun to be checked; return the runner that does it."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        job = next(job for job in facts_of(stack)["jobs"] if job["submission"] == submission_id)
        if job["state"] == "running" and job["phase"] == "first_check":
            return str(job["runner"])
        assert job["state"] != "finished", "it was over before it could be disturbed"
    message = f"nobody began: {job}"
    raise AssertionError(message)


def test_a_runner_that_is_killed_in_the_middle_of_a_job_costs_time_only(stack, scores):
    handed = [hand_in(stack, "slow")]
    victim = runner_in_the_middle_of(stack, handed[0].received.id)
    processes = family(stack, victim)
    handed += [hand_in(stack, kind, student=1) for kind in ("right", "wrong")]

    stack.signal(victim, signal.SIGKILL)
    wait_gone(processes, seconds=5)
    took = wait_all_final(stack, handed, seconds=90)

    job = check_promises(stack, handed, scores=scores)[handed[0].received.id]
    assert job["runs"] == 2
    say(f"runner killed: graded {took:.1f} s later, with a lease of {LEASE_SECONDS} s")


def test_a_runner_that_is_frozen_beyond_its_lease_writes_nothing_when_it_wakes(stack, scores):
    handed = [hand_in(stack, "slow")]
    victim = runner_in_the_middle_of(stack, handed[0].received.id)

    stack.signal(victim, signal.SIGSTOP, with_children=True)
    time.sleep(LEASE_SECONDS + 3)
    stack.signal(victim, signal.SIGCONT, with_children=True)
    took = wait_all_final(stack, handed, seconds=90)
    after = [hand_in(stack, "right", student=student) for student in (0, 1)]
    wait_all_final(stack, after, seconds=60)

    job = check_promises(stack, handed + after, scores=scores)[handed[0].received.id]
    assert job["runs"] == 2
    assert stack.is_running(victim)
    say(f"runner frozen for {LEASE_SECONDS + 3} s: graded {took:.1f} s after it woke")


def test_redis_may_forget_everything_and_restart_under_load(stack: Stack, redis_server: Redis, scores):
    processes = {name: stack.pid(name) for name in ("web", "worker", *stack.runner_names)}
    with Load(stack) as load:
        time.sleep(2)
        redis_server.flush()
        time.sleep(1)
        redis_server.kill()
        time.sleep(3)
        while_down = hand_in(stack, "right", student=2)
        redis_server.start()
        back_at = time.monotonic()
        time.sleep(2)
    handed = [*load.handed, while_down]
    wait_all_final(stack, handed, seconds=90)
    took = time.monotonic() - back_at

    check_promises(stack, handed, scores=scores)
    assert {name: stack.pid(name) for name in processes if stack.is_running(name)} == processes
    assert while_down.received.attempts == 1
    assert while_down.received.answer_seconds < 6
    say(
        f"Redis flushed, killed, restarted: {len(handed)} submissions, all graded {took:.1f} s after it was back; "
        f"without Redis the site said “received” in {while_down.received.answer_seconds:.2f} s"
    )
    again = [hand_in(stack, "right", student=3)]
    say(f"a submission after that took {wait_all_final(stack, again, seconds=60):.1f} s")


def test_postgresql_may_stop_at_once_and_come_back_under_load(stack: Stack, postgres: Postgres, scores):
    with Load(stack) as load:
        time.sleep(2)
        postgres.stop("immediate")
        time.sleep(2)
        postgres.start()
        back_at = time.monotonic()
        count = len(load.handed)
        while len(load.handed) == count and time.monotonic() < back_at + 30:
            time.sleep(0.02)
        accepts_after = time.monotonic() - back_at
        time.sleep(1.5)
    wait_all_final(stack, load.handed, seconds=90)
    took = time.monotonic() - back_at

    check_promises(stack, load.handed, scores=scores)
    assert accepts_after < 20
    say(
        f"PostgreSQL stopped at once for 2 s: accepts again after {accepts_after:.1f} s, "
        f"all {len(load.handed)} submissions graded after {took:.1f} s; "
        f"{sum(one.received.attempts > 1 for one in load.handed)} were sent more than once"
    )


def test_a_runner_that_is_asked_to_stop_gives_its_job_back_without_costing_a_run(stack, scores):
    handed = [hand_in(stack, "slow")]
    victim = runner_in_the_middle_of(stack, handed[0].received.id)
    processes = family(stack, victim)
    begin = time.monotonic()

    stack.signal(victim, signal.SIGTERM)
    ended = stack.wait_ended(victim, 10)
    wait_gone(processes, seconds=10)
    gone = time.monotonic() - begin
    took = wait_all_final(stack, handed, seconds=90)

    job = check_promises(stack, handed, scores=scores)[handed[0].received.id]
    assert job["runs"] == 1
    assert gone < 6
    say(f"runner asked to stop: ended after {ended:.1f} s, graded by the other {took:.1f} s later")


def test_forged_and_repeated_tickets_change_nothing(stack: Stack, redis_server: Redis, scores):
    lanes = Celery(broker=redis_server.url(1), set_as_current=False)
    with lanes.connection_for_write() as link:
        for number in range(60):
            lanes.send_task("runners.tasks.work", args=["cpu"], queue="lane.cpu", connection=link)
            lanes.send_task("runners.tasks.work", args=[f"no-lane-{number}"], queue="lane.cpu", connection=link)
        lanes.send_task("os.system", args=["true"], queue="lane.cpu", connection=link)
        lanes.send_task("runners.tasks.work", args=[], queue="lane.cpu", connection=link)
    lanes.close()

    handed = [hand_in(stack, "right", student=student) for student in range(2)]
    wait_all_final(stack, handed, seconds=90)

    jobs = check_promises(stack, handed, scores=scores)
    assert {job["runs"] for job in jobs.values()} == {1}
    assert all(stack.is_running(name) for name in stack.runner_names)
