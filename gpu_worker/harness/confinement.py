"""What a fork gives up before it touches the submission: user, capabilities, descriptors, and most resources."""

import io
import math
import os
import resource
import sys
from dataclasses import dataclass

from gpu_worker.harness import linux

RECORDS_DESCRIPTOR = 3
DESCRIPTORS = 256
HIGHEST_DESCRIPTOR = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLimits:
    """What one case may use, as the runner's first message says."""

    memory_bytes: int
    processes: int
    file_bytes: int
    output_bytes: int
    load_seconds: float
    student_uid: int | None
    """Who the case becomes; None where there is one user only, in a user namespace."""
    counts_processes: bool
    """Whether RLIMIT_NPROC means something here: its count is per user, across all of the host."""
    jail_memory_bytes: int = 0
    """The most that any case of this jail may use, which is what the jail's cgroup stops at."""
    record_bytes: int = 16 << 20
    """The most that one recorded value may take up."""


def confine(limits: CaseLimits, *, output: int, records: int, seconds: float) -> None:
    """Turn this fresh fork into a case: nothing of the session's is left in reach."""
    os.setsid()
    _keep_only(output, records)
    _be_first_to_go()
    _limit(limits, seconds)
    if limits.student_uid is not None:
        become(limits.student_uid)
    os.umask(0o022)
    os.chdir("/tmp")  # noqa: S108 - a tmpfs of this jail alone
    _reopen_standard_streams()


def become(uid: int) -> None:
    """Change to the student's user for good, without groups or capabilities."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    linux.set_capabilities()


def _keep_only(output: int, records: int) -> None:
    # Above everything that is about to be overwritten.
    output, records = (_move_up(descriptor) for descriptor in (output, records))
    null = os.open("/dev/null", os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.dup2(records, RECORDS_DESCRIPTOR, inheritable=False)
    os.closerange(RECORDS_DESCRIPTOR + 1, HIGHEST_DESCRIPTOR)


def _move_up(descriptor: int) -> int:
    # The session holds a handful of descriptors; 64 is above them all.
    os.dup2(descriptor, descriptor + 64, inheritable=False)
    return descriptor + 64


def _be_first_to_go() -> None:
    try:
        with open("/proc/self/oom_score_adj", "w") as score:  # noqa: PTH123
            score.write("1000")
    except OSError:
        # Without it the kernel chooses by size, which is nearly always this one anyway.
        return


def sizes_of_self() -> tuple[int, int]:
    """Return how many bytes this process has mapped, and how many of them are in memory."""
    with open("/proc/self/statm") as sizes:  # noqa: PTH123
        mapped, resident, *_ = map(int, sizes.read().split())
    return mapped * resource.getpagesize(), resident * resource.getpagesize()


def _limit(limits: CaseLimits, seconds: float) -> None:
    inherited, _ = sizes_of_self()
    hard = {
        # What the preloads have mapped is not the submission's.
        resource.RLIMIT_AS: inherited + limits.memory_bytes,
        resource.RLIMIT_FSIZE: limits.file_bytes,
        resource.RLIMIT_NOFILE: DESCRIPTORS,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MSGQUEUE: 0,
        # A belt for what escapes the wall clock; threads may use more than one second per second.
        resource.RLIMIT_CPU: math.ceil(seconds) * 8 + 60,
    }
    if limits.counts_processes:
        hard[resource.RLIMIT_NPROC] = limits.processes
    for which, value in hard.items():
        resource.setrlimit(which, (value, value))


def _reopen_standard_streams() -> None:
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = _writer(1)
    sys.stderr = _writer(2)
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr  # type: ignore[misc]  # reset on purpose


def _writer(descriptor: int) -> io.TextIOWrapper:
    raw = open(descriptor, "wb", buffering=0, closefd=False)  # noqa: SIM115
    return io.TextIOWrapper(io.BufferedWriter(raw), "utf-8", "backslashreplace", line_buffering=True)
