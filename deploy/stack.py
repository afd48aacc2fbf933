"""A whole CourseHub of one's own, as real processes in a folder: for chaos tests and benchmarks.

Theory of operation
-------------------
`Stack` starts what a host runs (web, site worker with beat, any number of runners) on a free port, each process in
a session of its own with its own log, and ends all of them with everything below. What restarts a process that
dies is whoever drives the stack, so that a test can decide when. The database and the brokers are given as
addresses; by default they are SQLite and folders, as in the demo. The people and assessments of such a stack come
from `stack_data.py`: many students with API tokens, and assessments without a limit of tries.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests

from deploy.supervision import descendants, tail

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
QUIET = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "INFO")
KEPT = ("PATH", "LANG", "TZ", "DOCKER_HOST", "HOME")


class StackBroken(Exception):
    """A process of the stack did not do what it should; the text ends with its log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A student of the stack, and the token that speaks for them."""

    email: str
    token: str


@dataclass(slots=True, kw_only=True)
class Stack:
    """One CourseHub. A context manager: inside, it runs; after it, nothing of it is left but its folder."""

    folder: Path
    runners: int = 1
    slots: int = 2
    students: int = 4
    database_url: str = ""
    site_broker_url: str = "filesystem://"
    lane_broker_url: str = "filesystem://"
    sandbox: str = "auto"
    settings: Mapping[str, str] = field(default_factory=dict)
    """More environment for the site; ``SUITES_DIR`` is told to the runners too."""
    runner_settings: Mapping[str, str] = field(default_factory=dict)
    """More environment for the runners."""
    port: int = 0
    people: list[Person] = field(default_factory=list)
    _processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def address(self) -> str:
        """Where the site answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def runner_names(self) -> list[str]:
        """The processes that grade."""
        return [f"runner-{number}" for number in range(1, self.runners + 1)]

    def start(self) -> None:
        """Prepare the data and start every process. Raises ``StackBroken``."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = self.port or free_port()
        self.prepare()
        try:
            for name in self.process_names:
                self.spawn(name)
            self.wait_until_healthy()
        except BaseException:
            self.stop()
            raise

    def prepare(self) -> None:
        """Make database, suites, students, assessments and runner tokens. Raises ``StackBroken``."""
        arguments = ["--students", str(self.students), "--tokens", str(self.folder)]
        answer = self.python("-m", "deploy.stack_data", *arguments, *self.runner_names)
        self.people = [Person(**person) for person in json.loads(answer)["people"]]

    def python(self, *arguments: str, seconds: float = 180.0) -> str:
        """Run Python with the site's settings and return what it printed. Raises ``StackBroken``."""
        done = subprocess.run(  # noqa: S603  # our own programs
            [PYTHON, *arguments],
            cwd=ROOT,
            env=self.site_environment(),
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        if done.returncode:
            message = f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stderr[-4_000:]}"
            raise StackBroken(message)
        return done.stdout

    def spawn(self, name: str) -> None:
        """Start a process that is not running."""
        is_runner = name.startswith("runner-")
        environment = self.runner_environment(name) if is_runner else self.site_environment()
        with self.log_of(name).open("ab") as log:
            self._processes[name] = subprocess.Popen(  # noqa: S603  # our own programs
                self._command(name),
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def process_names(self) -> list[str]:
        """Everything that this stack runs."""
        return ["web", "worker", *self.runner_names]

    def pid(self, name: str) -> int:
        """Return the process id of a process, running or not."""
        return self._processes[name].pid

    def is_running(self, name: str) -> bool:
        """Whether a process has not ended."""
        return self._processes[name].poll() is None

    def signal(self, name: str, number: signal.Signals, *, with_children: bool = False) -> None:
        """Send a signal to a process, and to all below it where so wished."""
        pid = self.pid(name)
        for one in [*(descendants(pid) if with_children else []), pid]:
            with suppress(ProcessLookupError):
                os.kill(one, number)

    def wait_ended(self, name: str, seconds: float = 10.0) -> float:
        """Wait until a process has ended, and return how long that took. Raises ``subprocess.TimeoutExpired``."""
        begin = time.monotonic()
        self._processes[name].wait(seconds)
        return time.monotonic() - begin

    def stop(self) -> None:
        """End every process with everything below it."""
        below = {pid for process in self._processes.values() for pid in descendants(process.pid)}
        for name in self._processes:
            self.signal(name, signal.SIGCONT)
            self.signal(name, signal.SIGTERM)
        deadline = time.monotonic() + 5.0
        for process in self._processes.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - time.monotonic()))
            if process.poll() is None:
                process.kill()
                process.wait()
        for pid in below:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._processes.clear()

    def wait_until_healthy(self, seconds: float = 90.0) -> dict[str, Any]:
        """Wait until `/healthz` says that every part is up, and return what it said. Raises ``StackBroken``."""
        deadline = time.monotonic() + seconds
        said: Any = "nothing"
        while time.monotonic() < deadline:
            for name in self._processes:
                if not self.is_running(name):
                    message = f"{name} ended by itself:\n{tail(self.log_of(name), 30)}"
                    raise StackBroken(message)
            with suppress(requests.RequestException):
                answer = requests.get(f"{self.address}/healthz", timeout=5)
                said = answer.text
                if answer.status_code == requests.codes.ok:
                    return dict(answer.json())
            time.sleep(0.1)
        logs = "\n".join(f"--- {name}\n{tail(self.log_of(name), 15)}" for name in self._processes)
        message = f"The stack is not healthy after {seconds:.0f} s; /healthz says {said}.\n{logs}"
        raise StackBroken(message)

    def log_of(self, name: str) -> Path:
        """Return where a process's output is kept."""
        return self.folder / f"{name}.log"

    def site_environment(self) -> dict[str, str]:
        """Return the environment of web, site worker and management commands: nothing of any other CourseHub."""
        return _kept() | {
            "COURSEHUB_STATE": str(self.folder),
            "DATABASE_URL": self.database_url or f"sqlite:///{self.folder / 'coursehub.sqlite3'}",
            "SITE_BROKER_URL": self.site_broker_url,
            "LANE_BROKER_URL": self.lane_broker_url,
            "BROKER_DIR": str(self.folder / "broker"),
            "DJANGO_SETTINGS_MODULE": "coursehub.settings",
            **self.settings,
        }

    def runner_environment(self, name: str) -> dict[str, str]:
        """Return the environment of a runner: the site's address and its own token, and no secret of the site."""
        return _kept() | {
            "SITE_URL": self.address,
            "RUNNER_NAME": name,
            "RUNNER_TOKEN_FILE": str(self.folder / f"{name}.token"),
            "RUNNER_SLOTS": str(self.slots),
            "RUNNER_SANDBOX": self.sandbox,
            "LANE_BROKER_URL": self.lane_broker_url,
            "BROKER_DIR": str(self.folder / "broker"),
            "COURSEHUB_STATE": str(self.folder),
            **{name: self.settings[name] for name in ("SUITES_DIR",) if name in self.settings},
            **self.runner_settings,
        }

    def _command(self, name: str) -> Sequence[str]:
        celery = (PYTHON, "-m", "celery", "-A")
        match name:
            case "web":
                web = (PYTHON, "-m", "gunicorn", "coursehub.wsgi", "--bind", f"127.0.0.1:{self.port}")
                return (*web, "--worker-class", "gthread", "--workers", "1", "--threads", "8", "--keep-alive", "30")
            case "worker":
                beat = ("--beat", "--schedule", str(self.folder / "beat-schedule"))
                return (*celery, "coursehub.celery", "worker", "-P", "threads", "-c", "2", "-Q", "site", *beat, *QUIET)
        slots = ("-P", "threads", "-c", str(self.slots), "-Q", "lane.cpu", "-n", f"{name}@%h")
        return (*celery, "runners.app", "worker", *slots, *QUIET)


def free_port() -> int:
    """Return a port of the loopback that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _kept() -> dict[str, str]:
    return {name: os.environ[name] for name in KEPT if name in os.environ} | {"PYTHONUNBUFFERED": "1"}
