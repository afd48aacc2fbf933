"""A host that stood still blames no submission for it."""

import signal
import subprocess
import sys
import time

import pytest

from runners import stalls
from runners.conversation import CaseOrder, Ending, run_cases
from runners.sandboxes.base import Limits
from runners.talk import Talk

WATCHER = """
import sys, time
from runners.stalls import StallWatch
watch = StallWatch()
since = watch.begin()
print("watching", flush=True)
sys.stdin.readline()
print(watch.spoilt(4.0, since=since), flush=True)
print(watch.spoilt(4.0, since=time.monotonic() + 1), flush=True)
"""

CASES = b"""
from gpu_worker.harness.cases import case

@case("Draw", points=1)
def draw(module, rng, record):
    record.exact("number", module.double(1.0))
"""


@pytest.mark.parametrize(("frozen_seconds", "spoilt"), [(1.6, "True"), (0.0, "False")])
def test_a_frozen_process_notices_when_it_wakes(frozen_seconds, spoilt):
    with subprocess.Popen([sys.executable, "-c", WATCHER], stdin=-1, stdout=-1, text=True) as watcher:
        assert watcher.stdout.readline() == "watching\n"
        if frozen_seconds:
            watcher.send_signal(signal.SIGSTOP)
            time.sleep(frozen_seconds)
            watcher.send_signal(signal.SIGCONT)
        watcher.stdin.write("\n")
        watcher.stdin.flush()
        assert watcher.stdout.readline().strip() == spoilt
        assert watcher.stdout.readline().strip() == "False"


class _Still(stalls.StallWatch):
    """A host that always stands still."""

    def spoilt(self, limit_seconds: float, *, since: float) -> bool:
        return True


@pytest.mark.bubblewrap
@pytest.mark.parametrize(("host", "runs"), [(stalls.StallWatch(), 1), (_Still(), 2)])
def test_a_limit_that_ran_while_the_host_stood_still_is_given_once_more(host, runs, bubblewrap, never, monkeypatch):
    monkeypatch.setattr(stalls, "HOST", host)
    asked = []
    run_once = Talk.run
    monkeypatch.setattr(Talk, "run", lambda talk, order: asked.append(order.id) or run_once(talk, order))

    run = run_cases(
        bubblewrap,
        environment="numpy",
        limits=Limits(),
        suite_files={"cases.py": CASES},
        submission_files={"twice.py": b"def double(x):\n    while True: pass\n"},
        module="twice",
        orders=[CaseOrder(id="draw", seed=bytes(16), seconds=0.7)],
        on_ready=lambda: None,
        on_case=lambda case: None,
        stopped=never,
    )

    assert [case.ending for case in run.cases] == [Ending.TIMEOUT]
    assert len(asked) == runs
