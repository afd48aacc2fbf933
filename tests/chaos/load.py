"""Students who hand in for a while, what they were promised, and whether it was kept."""

import json
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from deploy.stack import ROOT, Stack
from deploy.stack_client import Received, StudentClient
from deploy.supervision import descendants

SUITE = ROOT / "gpu_worker" / "suites" / "autodiff"
REFERENCE = (SUITE / "reference" / "needle.py").read_bytes()
WRONG = (SUITE / "wrong" / "transposed_matmul_gradient" / "needle.py").read_bytes()
KINDS: dict[str, bytes] = {
    "right": REFERENCE,
    "wrong": WRONG,
    # Imported again for every case: some twenty-four times as long in all.
    "slow": REFERENCE + b"\nimport time as _time\n_time.sleep(0.35)\n",
}


def hand_in(stack: Stack, kind: str, *, student: int = 0) -> "Handed":
    """Hand in one submission and remember what was promised."""
    received = StudentClient(stack, stack.people[student]).submit("autodiff", {"needle.py": KINDS[kind]})
    return Handed(kind=kind, student=student, received=received)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """A submission that the site said it has."""

    kind: str
    student: int
    received: Received


@dataclass(slots=True)
class Load:
    """Students who keep handing in, each from a thread of their own, until `stop`."""

    stack: Stack
    kinds: tuple[str, ...] = ("right", "wrong")
    pause: float = 0.4
    handed: list[Handed] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> "Load":
        self._threads = [threading.Thread(target=self._keep, args=(number,)) for number in range(2)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(90)
        assert not self.errors, self.errors

    def _keep(self, student: int) -> None:
        count = 0
        while not self._stopping.is_set():
            try:
                self.handed.append(hand_in(self.stack, self.kinds[count % len(self.kinds)], student=student))
            except Exception as error:
                self.errors.append(error)
                return
            count += 1
            self._stopping.wait(self.pause)


def wait_all_final(stack: Stack, handed: list[Handed], *, seconds: float) -> float:
    """Wait until everything handed in has ended; return how long that took."""
    begin = time.monotonic()
    for one in handed:
        left = max(1.0, seconds - (time.monotonic() - begin))
        StudentClient(stack, stack.people[one.student]).wait_until_final(one.received.id, seconds=left, pause=0.1)
    return time.monotonic() - begin


def facts_of(stack: Stack) -> dict:
    return json.loads(stack.python("-m", "tests.chaos.facts"))


def check_promises(stack: Stack, handed: list[Handed], *, scores: dict[str, str]) -> dict[int, dict]:
    """Assert C1 to C6 of `reliability.md` for these submissions; return the job of each."""
    facts = facts_of(stack)
    jobs: dict[int, list[dict]] = {}
    for job in facts["jobs"]:
        jobs.setdefault(job["submission"], []).append(job)
    by_key = {submission["key"]: submission for submission in facts["submissions"]}
    assert len(by_key) == len(facts["submissions"]), "a key was used for two submissions"
    assert by_key.keys() >= {one.received.key for one in handed}, "C1: a received submission is gone"
    for one in handed:
        submission = by_key[one.received.key]
        assert submission["id"] == one.received.id, "C2: one key, two submissions"
        (job,) = jobs[one.received.id]
        assert job["state"] == "finished", f"C1: {job}"
        assert len(job["result_tokens"]) == 1, f"C3: {job}"
        assert job["grade_events"] == 1, f"C3: {job}"
        assert job["result_tokens"] == [job["lease_token"]], f"C4: {job}"
        assert job["points"] == [scores[one.kind]], f"C5: a {one.kind} submission got {job['points']}"
        assert submission["uses_try"], f"C6: {job}"
        assert 1 <= job["runs"] <= 3, f"P5: {job}"
    return {one.received.id: jobs[one.received.id][0] for one in handed}


def family(stack: Stack, *names: str) -> dict[int, str]:
    """Return every process of these programs with the moment it started: ids are used again."""
    pids = [pid for name in names for pid in [stack.pid(name), *descendants(stack.pid(name))]]
    return {pid: _started_at(pid) for pid in pids}


def wait_gone(processes: dict[int, str], *, seconds: float) -> float:
    """Wait until none of these processes runs any more; return how long that took."""
    begin = time.monotonic()
    while alive := [pid for pid, started in processes.items() if started and _started_at(pid) == started]:
        assert time.monotonic() - begin < seconds, f"C7: still there: {alive}"
        time.sleep(0.02)
    return time.monotonic() - begin


def _started_at(pid: int) -> str:
    """Return the kernel's start time of a process, or nothing where there is none or only a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] == "Z" else fields[19]
