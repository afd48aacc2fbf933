"""Run a few programs under supervisord, and leave none of them behind.

Theory of operation
-------------------
supervisord restarts what dies. It runs as our child without an inet or unix server: nothing on this machine
can talk to it, and we end it by signal. We are the *subreaper* of everything below us (a Linux notion: a
process whose parent died becomes ours instead of pid 1's), so that ending means: ask supervisord, wait a
little, then kill every descendant until there is none. If we are killed ourselves, the kernel asks supervisord
to end (the parent-death signal), and it takes its programs along.
"""

import ctypes
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
ASK_SECONDS = 3.2
"""How long a program may take to end by itself; the rest of four seconds is for the kernel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One supervised program."""

    name: str
    command: Sequence[str]
    stop_signal: str = "TERM"
    environment: Mapping[str, str] | None = None
    """The program's whole environment; None means ours."""

    def command_line(self) -> str:
        """Return the command as supervisord reads it."""
        words = list(self.command)
        if self.environment is not None:
            words = ["env", "-i", *(f"{name}={value}" for name, value in self.environment.items()), *words]
        return shlex.join(words).replace("%", "%%")


def supervisord_conf(folder: Path, programs: Sequence[Program], *, logs: Path, directory: Path) -> str:
    """Return supervisord's configuration: one group, so that all programs are stopped at the same time."""
    user = "user=root\n" if os.geteuid() == 0 else ""
    head = (
        f"[supervisord]\nnodaemon=true\nsilent=true\n{user}directory={directory}\n"
        f"logfile={logs / 'supervisord.log'}\nlogfile_maxbytes=1MB\nlogfile_backups=1\n"
        f"pidfile={folder / 'supervisord.pid'}\nchildlogdir={logs}\n\n"
        f"[group:coursehub]\nprograms={','.join(program.name for program in programs)}\n"
    )
    return head + "".join(
        f"\n[program:{program.name}]\ncommand={program.command_line()}\n"
        f"autorestart=true\nstartsecs=1\nstartretries=1000\nstopsignal={program.stop_signal}\nstopwaitsecs=3\n"
        f"stopasgroup=false\nkillasgroup=true\nredirect_stderr=true\n"
        f"stdout_logfile={log_of(program.name, logs)}\nstdout_logfile_maxbytes=5MB\nstdout_logfile_backups=2\n"
        for program in programs
    )


def log_of(name: str, logs: Path) -> Path:
    """Return where a program's output is kept."""
    return logs / f"{name}.log"


def tail(path: Path, lines: int = 15) -> str:
    """Return the last lines of a log, or a word that it is empty."""
    with suppress(OSError):
        if text := path.read_text(errors="replace").strip():
            return "\n".join(text.splitlines()[-lines:])
    return "(empty)"


class Supervisor:
    """A running supervisord and everything below it."""

    def __init__(self, conf: Path, *, environment: Mapping[str, str]) -> None:
        _prctl(PR_SET_CHILD_SUBREAPER, 1)
        # In a session of its own: Ctrl-C reaches only us, so that there is one order in which things end.
        self._process = subprocess.Popen(  # noqa: S603  # our own program and file
            [sys.executable, "-m", "supervisor.supervisord", "--configuration", str(conf)],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=lambda: _prctl(PR_SET_PDEATHSIG, signal.SIGTERM),  # one thread only
        )

    @property
    def pid(self) -> int:
        """The process id of supervisord."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether supervisord runs."""
        return self._process.poll() is None

    def stop(self, *, seconds: float = ASK_SECONDS) -> None:
        """End every process below us: by asking first, and after `seconds` by SIGKILL."""
        deadline = time.monotonic() + seconds
        if self.is_alive:
            programs = children(self.pid)
            self._process.terminate()
            # supervisord looks at its signals once a second; the programs need not wait for that.
            _signal_all(programs, signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(max(0.0, deadline - time.monotonic()))
        while processes := descendants(os.getpid()):
            _signal_all(processes, signal.SIGKILL)
            _reap()
            time.sleep(0.01)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(0)


def children(pid: int) -> list[int]:
    """Return every living process that `pid` started and that is still its own; zombies are not living."""
    return _by_parent().get(pid, [])


def descendants(pid: int) -> list[int]:
    """Return every living process below `pid`, however deep."""
    by_parent = _by_parent()
    found: list[int] = []
    waiting = [pid]
    while waiting:
        below = by_parent.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def _by_parent() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            # Gone in the meantime is as good as not there.
            with suppress(OSError):
                state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
                if state != "Z":
                    found.setdefault(int(parent), []).append(int(entry.name))
    return found


def _signal_all(processes: Sequence[int], number: signal.Signals) -> None:
    for pid in processes:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _reap() -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _prctl(option: int, value: int) -> None:
    # Not on Linux, or refused: ending still asks supervisord, which ends its programs.
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
