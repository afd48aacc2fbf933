"""One submission's conversation with the session in its jail.

Theory of operation
-------------------
The runner says hello, sends the bundle, orders one case after another, and believes nothing: what comes back is
data, read within caps and deadlines, and a session that breaks a rule or dies loses the case that was running.
The clock is kept here. A session that has not answered some seconds after a case's limit is killed with its
jail, and the remaining cases go on in a fresh one, so that a case can cost no other. A jail that dies while what
surrounds it lives was killed by the submission; a jail whose surroundings died is our fault. A limit that was hit
while this host stood still proves nothing, so that case is run once more.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from runners import stalls
from runners.cleaning import clean
from runners.runs import CaseOrder, CaseRun, Ending, Record, SandboxRun, Stopped
from runners.sandboxes.base import Limits, Sandbox
from runners.talk import Refused, Talk

__all__ = [
    "CaseOrder",
    "CaseRun",
    "Ending",
    "Record",
    "SandboxRun",
    "Stopped",
    "collect_tests",
    "list_cases",
    "run_cases",
    "run_reference",
]

MAX_JAILS = 4
"""How many jails one submission may wear out before the rest of its cases are not run."""

_WORN_OUT = "It was not run: earlier checks of this submission broke the sandbox they ran in, again and again."


def run_cases(
    sandbox: Sandbox,
    *,
    environment: str,
    limits: Limits,
    suite_files: Mapping[str, bytes],
    submission_files: Mapping[str, bytes],
    module: str,
    orders: Iterable[CaseOrder],
    on_ready: Callable[[], None],
    on_case: Callable[[CaseRun], None],
    stopped: threading.Event,
    tests_kind: str = "",
) -> SandboxRun:
    """Run these cases against a submission in a fresh jail. Raises ``SandboxFault`` and ``Stopped``.

    An order is asked for only when ``on_case`` has been told of the one before, so what is run next may depend on
    how that one went. ``tests_kind`` is the kind of a suite that is made of pytest files; its cases are their tests.
    """
    started = time.monotonic()
    waiting = _Waiting(orders)
    done: list[CaseRun] = []
    repeated: set[str] = set()
    packages: dict[str, str] = {}
    ready_seconds = 0.0
    for attempt in range(MAX_JAILS):
        with Talk(sandbox, environment, limits, stopped) as talk:
            packages = talk.hello()
            if attempt == 0:
                ready_seconds = time.monotonic() - started
                on_ready()
            if tests_kind:
                refusal = talk.load_tests(tests_kind, suite_files, submission_files)
            else:
                refusal = talk.load(suite_files, submission_files, module, trial=False)
            while refusal is None and not talk.is_over and (order := waiting.first()) is not None:
                try:
                    run = _run_fairly(talk, order, repeated)
                except Refused as refused:
                    refusal = str(refused)
                    break
                if run is not None:
                    waiting.drop_first()
                    done.append(run)
                    on_case(run)
            if refusal is not None and attempt == 0:
                return SandboxRun(refusal=refusal, packages=packages, ready_seconds=ready_seconds)
        if waiting.first() is None:
            break
    while (order := waiting.first()) is not None:
        waiting.drop_first()
        if not order.is_extra:
            done.append(CaseRun(id=order.id, ending=Ending.CRASHED, message=_WORN_OUT))
            on_case(done[-1])
    return SandboxRun(refusal=None, cases=tuple(done), packages=packages, ready_seconds=ready_seconds)


class _Waiting:
    """What is still to be run; the next one is asked for when it is looked at."""

    def __init__(self, orders: Iterable[CaseOrder]) -> None:
        self._orders: Iterator[CaseOrder] = iter(orders)
        self._first: CaseOrder | None = None

    def first(self) -> CaseOrder | None:
        """Return the next order, the same until it is dropped; None at the end."""
        if self._first is None:
            self._first = next(self._orders, None)
        return self._first

    def drop_first(self) -> None:
        """Go on to the one after."""
        self._first = None


def _run_fairly(talk: Talk, order: CaseOrder, repeated: set[str]) -> CaseRun | None:
    """Run a case, and once more where its time ran out while this host stood still. None: that needs a fresh jail."""
    since = stalls.HOST.begin()
    run = talk.run(order)
    if run.ending is not Ending.TIMEOUT or order.id in repeated:
        return run
    if not stalls.HOST.spoilt(order.seconds, since=since):
        return run
    repeated.add(order.id)
    return None if talk.is_over else talk.run(order)


def run_reference(
    sandbox: Sandbox,
    *,
    environment: str,
    limits: Limits,
    suite_files: Mapping[str, bytes],
    reference_files: Mapping[str, bytes],
    module: str,
    runs: Sequence[Sequence[CaseOrder]],
    stopped: threading.Event,
) -> list[list[CaseRun]] | None:
    """Run a reference's cases several times in one jail, each time all of them in one process.

    Only for code of ours, which no case has to be protected from. None where it did not work out: ``run_cases`` then
    says which case is to blame. Raises ``SandboxFault`` and ``Stopped``.
    """
    done: list[list[CaseRun]] = []
    with Talk(sandbox, environment, limits, stopped) as talk:
        talk.hello()
        if talk.load(suite_files, reference_files, module, trial=False) is not None:
            return None
        for orders in runs:
            if (cases := talk.run_all(orders)) is None:
                return None
            done.append(cases)
    return done


def list_cases(
    sandbox: Sandbox, *, environment: str, limits: Limits, suite_files: Mapping[str, bytes]
) -> list[dict[str, Any]]:
    """Return what a suite's source registers (id, title, points, hint, group, seconds, partial), read in a jail.

    Raises ``SandboxFault`` where the suite's source does not run: a suite's mistake is ours, not a submission's.
    """
    with Talk(sandbox, environment, limits, threading.Event()) as talk:
        talk.hello()
        return talk.describe(suite_files)


def collect_tests(
    sandbox: Sandbox,
    *,
    environment: str,
    limits: Limits,
    kind: str,
    suite_files: Mapping[str, bytes],
    reference_files: Mapping[str, bytes],
) -> tuple[list[dict[str, Any]], str]:
    """Return what the tests of a suite say about themselves, collected in a jail with its reference solution.

    With them goes why some could not be collected, or nothing. Raises ``SandboxFault``.
    """
    with Talk(sandbox, environment, limits, threading.Event()) as talk:
        talk.hello()
        if (refusal := talk.load_tests(kind, suite_files, reference_files)) is not None:
            return [], refusal
        items, errors = talk.items()
        return items, clean(str(errors[0]["message"])) if errors else ""
