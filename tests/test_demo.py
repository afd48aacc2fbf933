"""`make demo` as a person meets it: it starts, says where to go, restarts what dies, and leaves nothing behind."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from coursehub.publishing import demo as demo_data
from deploy.demo import LOGINS, PASSWORD, CannotStart, check_port, claim_state, welcome
from deploy.embedded import Demo
from deploy.health import problems_of
from deploy.stack import free_port
from deploy.supervision import Program, children, descendants, supervisord_conf

ROOT = Path(__file__).resolve().parent.parent
END_SECONDS = 4.0


class Launched:
    """A demo that runs in a process of its own."""

    def __init__(self, state: Path, port: int, **environment: str) -> None:
        self.state, self.port = state, port
        self.began_at = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, ROOT / "deploy/demo.py", "--state", state, "--port", str(port)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
            env=os.environ | {"DATABASE_URL": "sqlite:////nowhere/else.sqlite3", "COURSEHUB_HTTPS": "1"} | environment,
        )  # fmt: skip
        self.said = ""

    @property
    def health(self) -> str:
        return f"http://127.0.0.1:{self.port}/healthz"

    def wait_up(self) -> float:
        """Read what it prints until it says that it is up; return the seconds that took."""
        assert self.process.stdout
        for line in self.process.stdout:
            self.said += line
            if "Ctrl-C ends every process" in line:
                return time.monotonic() - self.began_at
        raise AssertionError(self.said)

    def wait_ended(self) -> None:
        """Wait until the launcher has ended, and close what it spoke through."""
        self.process.wait(20)
        assert self.process.stdout
        self.process.stdout.close()

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[float, set[int]]:
        """Ask it to end; return the seconds that took and the processes that outlived it."""
        below = set(descendants(self.process.pid))
        asked_at = time.monotonic()
        self.process.send_signal(number)
        self.wait_ended()
        took = time.monotonic() - asked_at
        return took, {pid for pid in below if Path(f"/proc/{pid}/cmdline").exists() and not is_zombie(pid)}


def is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@pytest.fixture
def port() -> int:
    """A port of the loopback that nobody holds."""
    return free_port()


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demo that is started and ended again and again."""
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def launched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launched]:
    """A demo that is up; ended at the end, whatever a test did to it."""
    demo = Launched(tmp_path_factory.mktemp("demo"), free_port())
    try:
        demo.wait_up()
        yield demo
    finally:
        if demo.process.poll() is None:
            demo.end()


@pytest.mark.slow
@pytest.mark.bubblewrap
class TestARunningDemo:
    def test_every_part_is_up_when_it_says_so(self, launched: Launched) -> None:
        assert set(problems_of(launched.health).values()) == {""}

    def test_it_prints_the_address_and_every_login(self, launched: Launched) -> None:
        assert f"http://127.0.0.1:{launched.port}" in launched.said
        assert all(email in launched.said for email, _ in LOGINS)
        assert PASSWORD in launched.said

    def test_it_uses_its_own_database_whatever_the_environment_says(self, launched: Launched) -> None:
        assert (launched.state / "coursehub.sqlite3").exists()

    def test_the_runner_knows_no_database_and_no_secret(self, launched: Launched) -> None:
        runner = next(pid for pid in descendants(launched.process.pid) if "runners.app" in command_of(pid))

        environment = Path(f"/proc/{runner}/environ").read_text().split("\0")

        names = {line.partition("=")[0] for line in environment}
        assert not {"DATABASE_URL", "COURSEHUB_SECRET_KEY", "SITE_BROKER_URL", "COURSEHUB_STATE"} & names

    def test_a_second_start_in_the_same_folder_is_refused_with_a_sentence(self, launched: Launched) -> None:
        done = start_in_vain(launched.state, port=1)

        assert done.returncode == 1
        assert done.stderr.startswith("A demo already runs from")
        assert "Traceback" not in done.stderr

    def test_what_dies_is_started_again(self, launched: Launched) -> None:
        supervisor = children(launched.process.pid)[0]
        victim = next(pid for pid in children(supervisor) if "gunicorn" in command_of(pid))
        # Its workers answer for a moment longer; what comes after them is meant.
        old = {victim, *children(victim)}

        os.kill(victim, signal.SIGKILL)

        wait_until(lambda: all(is_zombie(pid) for pid in old), seconds=20)
        wait_until(lambda: is_up(launched.health), seconds=20)

    def test_the_log_of_supervisord_has_nothing_to_complain_about(self, launched: Launched) -> None:
        log = (launched.state / "logs/supervisord.log").read_text()

        assert not re.search(r"\bCRIT\b|running as root", log.replace("Set uid to user 0 succeeded", ""))


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ending_takes_less_than_four_seconds_and_leaves_no_process(
    state: Path, port: int, number: signal.Signals
) -> None:
    demo = Launched(state, port)
    demo.wait_up()

    seconds, survivors = demo.end(number)

    assert survivors == set()
    assert seconds < END_SECONDS
    assert demo.process.returncode == 0


@pytest.mark.slow
def test_a_killed_launcher_takes_its_programs_along(state: Path, port: int) -> None:
    demo = Launched(state, port)
    demo.wait_up()
    below = set(descendants(demo.process.pid))

    demo.process.kill()
    demo.wait_ended()

    wait_until(lambda: all(is_zombie(pid) for pid in below), seconds=10)


@pytest.mark.slow
def test_a_second_start_keeps_the_data_and_takes_seconds(state: Path, port: int) -> None:
    first = Launched(state, port)
    took = first.wait_up()
    first.end()
    kept = {name: (state / name).read_bytes() for name in ("secret-key", "runner-token")}

    second = Launched(state, port)
    try:
        seconds = second.wait_up()
    finally:
        second.end()

    assert {name: (state / name).read_bytes() for name in kept} == kept
    assert seconds < max(30, took)  # about 8 on two idle cores; the tests share theirs


@pytest.mark.slow
def test_where_no_jail_can_be_had_the_site_runs_and_says_what_to_install(tmp_path: Path, port: int) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/env").symlink_to("/usr/bin/env")
    nothing = {"PATH": str(tmp_path / "bin"), "DOCKER_HOST": f"unix://{tmp_path}/no.sock", "RUNNER_SANDBOX": "auto"}
    demo = Launched(tmp_path / "state", port, **nothing)
    try:
        demo.wait_up()
        down = [part for part, problem in problems_of(demo.health).items() if problem]
    finally:
        demo.end()

    assert down == ["runner"]
    assert "Submissions wait for now. There is no bubblewrap here. Install bubblewrap" in demo.said


def test_a_port_in_use_is_refused_with_a_sentence_that_names_another() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        with pytest.raises(CannotStart, match=r"cannot be used.*make demo PORT="):
            check_port(taken.getsockname()[1])


def test_a_port_in_use_ends_the_launcher_without_a_traceback(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        done = start_in_vain(tmp_path, port=taken.getsockname()[1])

    assert done.returncode == 1
    assert "make demo PORT=" in done.stderr
    assert "Traceback" not in done.stderr


def test_two_demos_cannot_share_a_folder(tmp_path: Path) -> None:
    demo = Demo(state=tmp_path, port=1)

    with claim_state(demo), pytest.raises(CannotStart, match="already runs"):
        claim_state(demo)


def test_the_printed_logins_are_those_of_the_demo_data() -> None:
    assert [email for email, _ in LOGINS] == [email for email, _, _ in demo_data.PEOPLE]
    assert [who.partition(",")[0] for _, who in LOGINS] == [name for _, name, _ in demo_data.PEOPLE]
    assert demo_data.PASSWORD == PASSWORD


def test_where_no_jail_can_be_had_the_welcome_says_so_in_one_sentence(tmp_path: Path) -> None:
    text = welcome(Demo(state=tmp_path, port=1), "Install bubblewrap: apt-get install bubblewrap.", seconds=3)

    assert "Submissions wait for now. Install bubblewrap: apt-get install bubblewrap." in text


def test_a_programs_environment_may_hold_spaces_quotes_and_percent_signs(tmp_path: Path) -> None:
    program = Program(name="one", command=("run",), environment={"A": "b c", "D": "50%", "E": "it's"})

    text = supervisord_conf(tmp_path, [program], logs=tmp_path, directory=tmp_path)

    assert """command=env -i 'A=b c' D=50%% 'E=it'"'"'s' run""" in text


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def is_up(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(json.load(answer)["status"] == "up")
    except OSError:
        return False


def start_in_vain(state: Path, *, port: int) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, ROOT / "deploy/demo.py", "--state", state, "--port", str(port)]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def wait_until(question: Callable[[], bool], *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < deadline
        time.sleep(0.1)
