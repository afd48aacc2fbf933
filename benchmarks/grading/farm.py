"""The stack under measurement: submissions through its API, one after another or all at once."""

import json
import signal
import statistics
import time
from dataclasses import dataclass
from typing import Any

from benchmarks.grading.bare import BenchmarkBroken
from benchmarks.grading.places import reference
from deploy.stack import Stack
from deploy.stack_client import Received, StudentClient

QUEUED = 40
POLL_SECONDS = 0.02
WARM_UP = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """Submissions that were graded one after another."""

    seconds: list[float]
    """From the moment before the upload until the API said that it is final."""
    began_at: dict[int, float]
    """Submission id -> the moment before its upload, in seconds since 1970."""


def one_after_another(stack: Stack, suite: str, count: int) -> Runs:
    """Submit the reference solution so many times. Raises ``BenchmarkBroken`` where it does not get full points."""
    files = reference(suite)
    clients = [StudentClient(stack, person) for person in stack.people]
    seconds: list[float] = []
    began_at: dict[int, float] = {}
    for number in range(WARM_UP + count):
        client = clients[number % len(clients)]
        moment, begin = time.time(), time.perf_counter()
        received = client.submit(suite, files)
        state = client.wait_until_final(received.id, pause=POLL_SECONDS)
        took = time.perf_counter() - begin
        _check_full_points(state)
        if number >= WARM_UP:
            seconds.append(took)
            began_at[received.id] = moment
    return Runs(seconds=seconds, began_at=began_at)


def first_case_seconds(stack: Stack, runs: Runs) -> list[float]:
    """Return how long after the moment before the upload the first case of each submission began."""
    starts = json.loads(stack.python("-m", "benchmarks.grading.facts", *map(str, runs.began_at)))
    return [starts[str(number)] - began for number, began in runs.began_at.items()]


def saturation(stack: Stack, suite: str) -> float:
    """Return how many submissions a minute a full queue is graded at."""
    files = reference(suite)
    clients = [StudentClient(stack, person) for person in stack.people]
    runner = stack.runner_names[0]
    stack.signal(runner, signal.SIGSTOP, with_children=True)
    waiting: list[tuple[StudentClient, Received]] = []
    try:
        for number in range(QUEUED):
            client = clients[number % len(clients)]
            waiting.append((client, client.submit(suite, files)))
    finally:
        begin = time.perf_counter()
        stack.signal(runner, signal.SIGCONT, with_children=True)
    for client, received in waiting:
        # Mostly the last ones are waited for; asking more often would only take time from the grading.
        _check_full_points(client.wait_until_final(received.id, pause=0.2))
    return 60 * len(waiting) / (time.perf_counter() - begin)


def spread(seconds: list[float]) -> dict[str, float]:
    """Return the median and the 95th percentile."""
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return {"p50": cuts[49], "p95": cuts[94]}


def _check_full_points(state: dict[str, Any]) -> None:
    # A student is not told a total that rests on a hidden check; the one suite here that has one is tested elsewhere.
    if state["state"] != "finished" or state["points"] not in (None, state["max_points"]):
        message = f"The reference solution did not get full points: {state}"
        raise BenchmarkBroken(message)
