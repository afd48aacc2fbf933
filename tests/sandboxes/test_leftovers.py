"""What the sandboxes with templates leave behind, and what they make of faults of ours."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from runners import stalls
from runners.conversation import Ending
from runners.sandboxes import NoSandbox, SandboxFault, choose_sandbox, environments
from runners.sandboxes.base import JailEnding, Limits
from runners.sandboxes.cgroup import Cgroups
from tests.jails import descriptors, mounts
from tests.sandboxes.attempts import GOOD, attempt
from tests.sandboxes.conftest import BUBBLEWRAP, DOCKER_TEMPLATE, open_sandbox

ROOT = Path(__file__).resolve().parent.parent.parent
ENDLESS = "def attack():\n    while True: pass\n"


@pytest.fixture(params=[BUBBLEWRAP, DOCKER_TEMPLATE])
def kind(request):
    return request.param


@pytest.fixture
def own(kind):
    sandbox = open_sandbox(kind)
    yield sandbox
    sandbox.close()


def descendants(number: int) -> set[int]:
    found, waiting = set(), [number]
    while waiting:
        parent = waiting.pop()
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                children = {int(child) for child in task.read_text().split()}
            except OSError:
                continue
            waiting += children - found
            found |= children
    return found


def family(sandbox) -> set[int]:
    """Return the processes of this sandbox alone."""
    roots = {template.shell.process for template in sandbox._templates.values()}
    return roots.union(*map(descendants, roots))


def ticks(number: int) -> int:
    """Return how long a process has computed, in hundredths of a second; none where it has gone."""
    try:
        fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


def kill(numbers: set[int]) -> None:
    for number in numbers:
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)


def once_it_computes(sandbox, act) -> threading.Thread:
    """Act as soon as a process that the sandbox does not have yet has computed for a while."""
    before = family(sandbox)

    def watch() -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not any(ticks(number) > 20 for number in family(sandbox) - before):
            time.sleep(0.05)
        act()

    thread = threading.Thread(target=watch)
    thread.start()
    return thread


def gone(numbers: set[int], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not any(Path(f"/proc/{number}").exists() for number in numbers):
            return True
        time.sleep(0.02)
    return False


def cgroups_of(number: int) -> list[Path]:
    return [path for top in Path("/sys/fs/cgroup").iterdir() for path in top.rglob(f"coursehub-{number}-*")]


def state() -> dict[str, object]:
    stalls.HOST.begin()  # a thread that every runner has, and keeps
    return {
        "processes": descendants(os.getpid()),
        "mounts": mounts(),
        "descriptors": descriptors(),
        "threads": threading.active_count(),
    }


def test_a_closed_sandbox_leaves_nothing_behind(kind):
    before = state()
    sandbox = open_sandbox(kind)
    processes = family(sandbox)
    attempt(sandbox, GOOD)
    attempt(sandbox, ENDLESS, seconds=0.5)
    sandbox.open("numpy", Limits())  # never closed

    sandbox.close()
    sandbox.close()

    assert gone(processes, 20)
    assert state() == before
    assert [jail for folder in cgroups_of(os.getpid()) for jail in folder.iterdir() if jail.is_dir()] == []


def test_a_closed_sandbox_opens_nothing(own):
    own.close()

    with pytest.raises(SandboxFault):
        own.open("numpy", Limits())


def test_a_jail_may_be_closed_twice_and_says_how_it_ended(own):
    jail = own.open("numpy", Limits())
    assert jail.ending() is JailEnding.ALIVE

    jail.close()
    jail.close()

    assert jail.ending() is JailEnding.EXITED


def test_a_killed_runner_takes_everything_with_it(kind):
    program = textwrap.dedent(
        f"""
        import sys
        from tests.sandboxes.attempts import attempt
        from runners.sandboxes import choose_sandbox
        sandbox = choose_sandbox("{kind}")
        sandbox.start(["numpy"])
        sys.stdout.write(f"{{sandbox._templates['numpy'].shell.process}}\\n"); sys.stdout.flush()
        attempt(sandbox, "import os\\ndef attack():\\n    os.fork()\\n    while True: pass\\n", seconds=60)
        """
    )
    runner = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE)
    outer = int(runner.stdout.readline())
    deadline = time.monotonic() + 60
    while len(processes := {outer, *descendants(outer)}) < 4:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(1.0)  # and all that belongs to an endless check
    processes |= set(descendants(outer))

    runner.kill()
    runner.wait()
    runner.stdout.close()

    assert gone(processes, 20)
    open_sandbox(kind).close()  # what the next runner does
    assert cgroups_of(runner.pid) == []


def test_a_template_that_dies_is_our_fault_and_is_replaced(own):
    before = family(own)
    killed = once_it_computes(own, lambda: kill(before))

    with pytest.raises(SandboxFault):
        attempt(own, ENDLESS, seconds=90)

    killed.join()
    assert gone(before, 20)
    assert attempt(own, GOOD).answer == 42


def test_a_template_that_freezes_is_our_fault(own, monkeypatch):
    monkeypatch.setattr("runners.sandboxes.template.OPEN_SECONDS", 0.5)
    children = family(own)
    for number in children:
        os.kill(number, signal.SIGSTOP)

    with pytest.raises(SandboxFault):
        attempt(own, GOOD)

    monkeypatch.undo()
    assert gone(children, 20)
    assert attempt(own, GOOD).answer == 42


def test_a_jail_that_is_killed_from_outside_costs_its_case_only(own):
    def kill_session() -> None:
        for number in family(own):
            # The checks in it come and go.
            with suppress(OSError):
                if int(Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[1]) in templates:
                    os.kill(number, signal.SIGKILL)

    templates = {
        number
        for number in family(own)
        if b"python3\0-I" in Path(f"/proc/{number}/cmdline").read_bytes()
        and b"bwrap" not in Path(f"/proc/{number}/cmdline").read_bytes()
    }
    killed = once_it_computes(own, kill_session)

    found = attempt(own, ENDLESS, seconds=90)

    killed.join()
    assert found.first.ending is Ending.CRASHED
    assert found.first.message == "It ended the sandbox that it ran in."
    assert found.case("good").ending is Ending.DONE


def test_every_jail_has_a_share_of_the_processors_of_its_own_and_all_have_the_same():
    cgroups = Cgroups()
    if cgroups.kind == "rlimits":
        pytest.skip("needs a cgroup that this process may divide")
    jails = [cgroups.make(name, memory_bytes=1 << 28, processes=8) for name in ("one", "other")]

    shares = [
        [
            path.read_text()
            for folder in jail.folders
            for path in (folder / "cpu.shares", folder / "cpu.weight")
            if path.exists()
        ]
        for jail in jails
    ]

    for jail in jails:
        jail.remove()
    cgroups.close()
    assert len(shares[0]) == 1
    assert shares[0] == shares[1]


def test_two_runners_on_one_host_do_not_disturb_each_other(own, kind):
    other = open_sandbox(kind)
    jail = own.open("numpy", Limits())
    assert attempt(other, GOOD).answer == 42

    other.close()

    assert jail.ending() is JailEnding.ALIVE
    assert attempt(own, GOOD).answer == 42
    jail.close()


def test_a_template_outlives_the_thread_that_first_asked_for_it(kind):
    sandbox = choose_sandbox(kind)
    thread = threading.Thread(target=lambda: sandbox.open("numpy", Limits()).close())
    thread.start()
    thread.join()
    template = sandbox._templates["numpy"]
    time.sleep(0.3)

    assert attempt(sandbox, GOOD).answer == 42
    assert sandbox._templates["numpy"] is template
    sandbox.close()


def test_an_old_template_is_replaced(own, monkeypatch):
    monkeypatch.setattr("runners.sandboxes.templates.JAILS_PER_TEMPLATE", 2)
    old = own._templates["numpy"]
    held = own.open("numpy", Limits())

    assert attempt(own, GOOD).answer == 42

    assert own._templates["numpy"] is not old
    assert held.ending() is JailEnding.ALIVE
    held.close()
    assert attempt(own, GOOD).answer == 42
    assert not old.is_alive


@pytest.mark.bubblewrap
def test_without_bubblewrap_there_is_a_sentence_that_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nothing.sock")

    with pytest.raises(NoSandbox, match="apt-get install bubblewrap"):
        choose_sandbox("bubblewrap")
    with pytest.raises(NoSandbox, match=r"bubblewrap.*Docker"):
        choose_sandbox("auto")


@pytest.mark.bubblewrap
def test_a_bubblewrap_that_may_not_make_namespaces_says_what_to_allow(monkeypatch, tmp_path):
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")

    with pytest.raises(NoSandbox, match="apparmor_restrict_unprivileged_userns"):
        choose_sandbox("bubblewrap")


def test_an_unknown_kind_of_sandbox_is_refused():
    with pytest.raises(NoSandbox, match="choose auto, bubblewrap or docker"):
        choose_sandbox("none")


@pytest.mark.bubblewrap
def test_an_environment_holds_its_packages_and_what_they_need_and_no_more():
    numpy = {bind.target.rpartition("/")[2] for bind in environments.package_binds("numpy")}
    torch = {bind.target.rpartition("/")[2] for bind in environments.package_binds("torch")}

    assert {"numpy"} <= numpy and not {"torch", "django", "celery", "pytest", "docker", "sympy"} & numpy
    assert {"numpy", "torch", "sympy", "typing_extensions.py"} <= torch
    assert not {"django", "celery", "pytest", "docker", "runners"} & torch


def test_the_harness_is_bound_without_the_suites():
    targets = [bind.target for bind in environments.harness_binds()]

    assert targets == [
        "/opt/coursehub/gpu_worker/__init__.py",
        "/opt/coursehub/gpu_worker/protocol.py",
        "/opt/coursehub/gpu_worker/harness",
    ]
