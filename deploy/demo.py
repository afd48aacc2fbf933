#!/usr/bin/env python3
"""Start the whole of CourseHub on this machine, with demo data: `make demo`.

Theory of operation
-------------------
One folder (`--state`, by default `var/`) holds everything that is kept: database, files, broker, secrets, logs.
`prepare.py` brings it up to date; then supervisord runs three programs and restarts what dies: *web* (gunicorn),
*worker* (the site's Celery worker with beat) and *runner* (the grading host's Celery worker, which grades in
bubblewrap or Docker). The runner's environment is built from nothing: it knows the site's address and its own
token, no database and no secret of the site's. We wait until `/healthz` says that every part is up, print where
to go, and stay in the foreground; Ctrl-C ends every process within four seconds.
"""

import argparse
import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from deploy.embedded import RUNNER, Demo  # noqa: E402  # needs ROOT
from deploy.health import problems_of  # noqa: E402  # needs ROOT
from deploy.supervision import Supervisor, log_of, supervisord_conf, tail  # noqa: E402  # needs ROOT

HEALTHY_SECONDS = 90
PASSWORD = "coursehub-demo"  # noqa: S105  # everybody may know it
LOGINS = (
    ("ines@example.edu", "Ines Moreau, instructor"),
    ("tariq@example.edu", "Tariq Aziz, teaching assistant"),
    ("ada@example.edu", "Ada Okafor, student"),
    ("ben@example.edu", "Ben Lindqvist, student"),
    ("chloe@example.edu", "Chloe Tan, student"),
    ("otto@example.edu", "Otto Weber, in no course"),
)


class CannotStart(Exception):
    """The demo cannot start; the text says why and what to do."""


def main() -> int:
    """Start, stay in the foreground, end everything; return the exit status."""
    parser = argparse.ArgumentParser(description="Start CourseHub on this machine with demo data.")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
    parser.add_argument("--state", type=Path, default=ROOT / "var", help="folder for everything that is kept")
    arguments = parser.parse_args()
    demo = Demo(state=arguments.state.resolve(), port=arguments.port)

    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stopping.set())
    try:
        run(demo, stopping)
    except CannotStart as error:
        say(str(error), to=sys.stderr)
        return 1
    return 0


def run(demo: Demo, stopping: threading.Event) -> None:
    """Run the demo until `stopping` is set. Raises ``CannotStart``."""
    began_at = time.monotonic()
    demo.logs.mkdir(parents=True, exist_ok=True)
    with claim_state(demo):
        check_port(demo.port)
        say("Preparing database, suites and demo data …")
        prepare(demo, stopping)
        if stopping.is_set():
            return
        conf = demo.state / "supervisord.conf"
        conf.write_text(supervisord_conf(demo.state, demo.programs(), logs=demo.logs, directory=ROOT))
        for program in demo.programs():
            log_of(program.name, demo.logs).write_bytes(b"")

        supervisor = Supervisor(conf, environment=demo.site_environment())
        try:
            say("Starting web, site worker and runner …")
            notice = wait_until_healthy(demo, supervisor, stopping)
            if not stopping.is_set():
                say(welcome(demo, notice, seconds=time.monotonic() - began_at))
            while not stopping.wait(0.2):
                check_supervisor(demo, supervisor)
            say("\nEnding every process …")
        finally:
            supervisor.stop()
    say("Ended. The next start keeps the data.")


def wait_until_healthy(demo: Demo, supervisor: Supervisor, stopping: threading.Event) -> str:
    """Return when every part is up, with a notice where only the runner is not and says why.

    Raises ``CannotStart`` with the end of the right log where a part does not come up.
    """
    deadline = time.monotonic() + HEALTHY_SECONDS
    problems = {"web": "The site does not answer."}
    while not stopping.wait(0.2):
        check_supervisor(demo, supervisor)
        try:
            problems = {name: problem for name, problem in problems_of(f"{demo.address}/healthz").items() if problem}
        except OSError as error:
            problems = {"web": f"The site does not answer: {error}"}
        if not problems:
            return ""
        if set(problems) == {"runner"} and (refusal := runner_refusal(demo)):
            return refusal
        if time.monotonic() > deadline:
            part = next(iter(problems))
            log = log_of({"worker": "worker", "runner": "runner"}.get(part, "web"), demo.logs)
            message = f"{' '.join(problems.values())}\n{log} ends with:\n{tail(log)}"
            raise CannotStart(message)
    return ""


def runner_refusal(demo: Demo) -> str:
    """Return the sentence in which the runner says why it grades nothing, or nothing where it has not said so."""
    for line in reversed(tail(log_of("runner", demo.logs), lines=200).splitlines()):
        if "grades nothing yet." in line:
            return line.partition("grades nothing yet.")[2].strip()
    return ""


def check_supervisor(demo: Demo, supervisor: Supervisor) -> None:
    """Raise ``CannotStart`` where supervisord has ended by itself."""
    if not supervisor.is_alive:
        message = f"supervisord ended by itself. Its log ends with:\n{tail(demo.logs / 'supervisord.log')}"
        raise CannotStart(message)


def welcome(demo: Demo, notice: str, *, seconds: float) -> str:
    """Return what a person is told once everything is up."""
    width = max(len(email) for email, _ in LOGINS)
    lines = [
        "",
        f"  CourseHub is up after {seconds:.0f} s:  {demo.address}",
        "",
        f"  Sign in with the password {PASSWORD}:",
        *(f"    {email:<{width}}  {who}" for email, who in LOGINS),
        "",
    ]
    if notice:
        lines += [f"  Submissions wait for now. {notice}", ""]
    lines += [
        "  To try: sign in as Ada, open the course and its homework, and hand in",
        "    gpu_worker/suites/autodiff/reference/needle.py     (full points)",
        "    gpu_worker/suites/autodiff/wrong/*/needle.py       (see what it says), then look at both as Tariq.",
        "  6.7960 Deep Learning has a “Demo term” with a made-up class; README.md says what to try there in each role.",
        "",
        f"  Everything is kept in {demo.state}; logs are in {demo.logs}. Ctrl-C ends every process.",
        "",
    ]
    return "\n".join(lines)


def claim_state(demo: Demo) -> TextIO:
    """Hold the state folder for this process, or raise ``CannotStart``: two demos cannot share one."""
    lock = (demo.state / "demo.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        message = (
            f"A demo already runs from {demo.state}. End it first, or start another with: deploy/demo.py --state FOLDER"
        )
        raise CannotStart(message) from error
    return lock


def check_port(port: int) -> None:
    """Raise ``CannotStart`` where another program listens on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            message = (
                f"Port {port} cannot be used ({error}). Choose another: make demo PORT={8100 if port != 8100 else 8200}"
            )
            raise CannotStart(message) from error


def prepare(demo: Demo, stopping: threading.Event) -> None:
    """Bring the state folder up to date, or raise ``CannotStart`` with the end of the log."""
    log = log_of("prepare", demo.logs)
    command = [
        sys.executable,
        "-m",
        "deploy.prepare",
        "--demo",
        "--embedded",
        "--runner",
        RUNNER,
        "--token-file",
        str(demo.token_file),
    ]
    with log.open("w") as output:
        done = subprocess.run(  # noqa: S603  # our own program
            command, cwd=ROOT, env=demo.site_environment(), stdout=output, stderr=subprocess.STDOUT, check=False
        )
    if done.returncode and not stopping.is_set():
        message = f"The demo data could not be prepared. {log} ends with:\n{tail(log)}"
        raise CannotStart(message)


def say(text: str, *, to: TextIO = sys.stdout) -> None:
    """Write a line for the person in front of the terminal."""
    to.write(f"{text}\n")
    to.flush()


if __name__ == "__main__":
    sys.exit(main())
