"""The Docker sandbox against a real engine: what it finds, makes, and leaves behind."""

import contextlib
import os
import re
import subprocess
import sys
import textwrap
import threading
import time
import uuid
from pathlib import Path

import docker
import pytest
from docker.errors import APIError
from docker.models.containers import Container

from runners.conversation import Ending
from runners.sandboxes import NoSandbox, choose_sandbox, owners
from runners.sandboxes.base import JailEnding, Limits, SandboxFault
from runners.sandboxes.container_spec import (
    JOB_SHARES,
    LABEL,
    SESSION_BYTES,
    SESSION_PROCESSES,
    WARMING_SHARES,
    ContainerOrder,
    container_spec,
)
from runners.sandboxes.docker import DockerJail
from runners.sandboxes.docker_engine import IMAGES
from runners.sandboxes.docker_stream import DockerStream
from runners.sandboxes.pss import descendants
from runners.sandboxes.uids import UIDS
from tests.sandboxes.attempts import GOOD, LIMITS, attempt, program
from tests.sandboxes.conftest import open_sandbox

pytestmark = pytest.mark.docker
ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def own():
    sandbox = open_sandbox("docker")
    yield sandbox
    sandbox.close()


@pytest.fixture
def engine():
    client = docker.from_env()
    yield client
    client.close()


def containers(engine, owner: str, *, label: str = "lease") -> list[str]:
    filters = {"label": f"{LABEL}.{label}={owner}"}
    return [one.name for one in engine.containers.list(all=True, filters=filters, ignore_removed=True)]


def eventually(condition, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    return False


def test_a_closed_sandbox_leaves_no_container(engine):
    sandbox = open_sandbox("docker")
    attempt(sandbox, GOOD)
    sandbox.open("numpy", LIMITS)  # never closed
    name = sandbox._engine.pool
    assert containers(engine, name, label="pool")

    sandbox.close()

    assert containers(engine, name, label="pool") == []


def test_what_the_engine_says_of_a_container_is_what_was_ordered(own, engine):
    jail = own.open("numpy", LIMITS)
    attributes = engine.api.inspect_container(jail._container.id)
    host, config = attributes["HostConfig"], attributes["Config"]
    jail.close()

    assert host["NetworkMode"] == "none" and host["ReadonlyRootfs"] and host["Init"] and not host["Privileged"]
    assert not host["Binds"] and not attributes["Mounts"]
    assert {capability.removeprefix("CAP_") for capability in host["CapAdd"]} == {"SETUID", "SETGID", "KILL"}
    assert config["StdinOnce"] and not config["Tty"]
    secret = {"CANARY", "SECRET_KEY", "DATABASE_URL", "RUNNER_TOKEN"}
    assert not secret & {item.partition("=")[0] for item in config["Env"] or []}


def test_the_next_submission_finds_a_warm_container(own):
    attempt(own, GOOD)
    assert eventually(lambda: own._pool.waiting(("numpy", LIMITS)) == 2)

    found = attempt(own, GOOD)

    assert found.answer == 42
    # A cold one needs an engine's start and the imports; leave room for a busy machine.
    assert found.run.ready_seconds < 0.5


# What a submission sees of its own limits, in either version of cgroups: the first word of each file.
LOOK = program(
    """
    import pathlib
    root = pathlib.Path("/sys/fs/cgroup")
    files = [
        root / name
        for name in (
            "cpu/cpu.shares", "cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us", "memory/memory.limit_in_bytes",
            "memory/memory.memsw.limit_in_bytes", "pids/pids.max",
            "cpu.weight", "cpu.max", "memory.max", "memory.swap.max", "pids.max",
        )
    ]
    return "; ".join(f"{file.name} {file.read_text().strip()}" for file in files if file.exists())
    """
)
PROCESSES = LIMITS.processes + SESSION_PROCESSES
MEMORY = LIMITS.memory_bytes + SESSION_BYTES
VERSION_1 = (
    "cpu.shares 1024; cpu.cfs_quota_us 100000; cpu.cfs_period_us 100000; "
    f"memory.limit_in_bytes {MEMORY}; memory.memsw.limit_in_bytes {MEMORY}; pids.max {PROCESSES}"
)
VERSION_2 = re.compile(rf"cpu.weight (39|100); cpu.max 100000 100000; memory.max {MEMORY}; .*pids.max {PROCESSES}")


def shares_of(engine, jail) -> int:
    return int(engine.api.inspect_container(jail._container.id)["HostConfig"]["CpuShares"])


def waiting_or_warming(sandbox) -> list:
    shelves = list(sandbox._pool._shelves.values())
    return [jail for shelf in shelves for _, jail in (*shelf.waiting, *shelf.warming)]


def check_limits(seen: str) -> None:
    assert seen == VERSION_1 or VERSION_2.fullmatch(seen), seen


@pytest.mark.parametrize("made", ["now", "ahead", "while it warms"])
def test_a_submission_finds_the_limits_of_its_job_however_its_container_was_made(own, engine, monkeypatch, made):
    if made == "while it warms":
        monkeypatch.setattr(DockerStream, "is_warm", False)
    given = []
    make_jail = own.open
    monkeypatch.setattr(own, "open", lambda *kind: given.append(make_jail(*kind)) or given[-1])
    if made == "now":
        monkeypatch.setattr(own._pool, "_pop", lambda *_: None)
    else:
        own.open("numpy", LIMITS).close()
        assert eventually(lambda: waiting_or_warming(own))
        assert made == "ahead" or shares_of(engine, waiting_or_warming(own)[0]) == WARMING_SHARES
        assert made != "ahead" or eventually(lambda: own._pool.waiting(("numpy", LIMITS)) > 0)
    ahead = waiting_or_warming(own)

    found = attempt(own, LOOK)

    assert (given[-1] in ahead) is (made != "now")
    check_limits(found.answer)


def test_what_warms_has_all_the_limits_of_a_job_but_the_least_share_of_the_processors(own, engine):
    jail = own._make(("numpy", LIMITS), ahead=True)
    host = engine.api.inspect_container(jail._container.id)["HostConfig"]

    assert (host["Memory"], host["MemorySwap"], host["PidsLimit"]) == (MEMORY, MEMORY, PROCESSES)
    assert (host["NanoCpus"], host["CpuShares"]) == (1_000_000_000, WARMING_SHARES)
    jail.promote()
    host = engine.api.inspect_container(jail._container.id)["HostConfig"]
    assert (host["Memory"], host["MemorySwap"], host["PidsLimit"]) == (MEMORY, MEMORY, PROCESSES)
    assert (host["NanoCpus"], host["CpuShares"]) == (1_000_000_000, JOB_SHARES)
    jail.close()


def test_what_cannot_get_a_jobs_share_is_never_handed_out(own, engine, monkeypatch):
    own.open("numpy", LIMITS).close()
    assert eventually(lambda: own._pool.waiting(("numpy", LIMITS)) > 0)
    ahead = own._make(("numpy", LIMITS), ahead=True)
    ahead._container.remove(force=True)

    with pytest.raises(SandboxFault, match="is gone"):
        ahead.promote()
    ahead.close()


def test_what_waits_says_what_it_costs(own):
    own.open("numpy", LIMITS).close()
    assert eventually(lambda: own._pool.waiting(("numpy", LIMITS)) > 0)

    used = waiting_or_warming(own)[0].used_bytes()

    assert 10 << 20 < used < 200 << 20


def test_a_container_whose_processes_cannot_be_seen_from_here_is_measured_by_the_engine(own, monkeypatch):
    jail = own.open("numpy", LIMITS)
    seen = jail.used_bytes()

    monkeypatch.setattr(DockerJail, "_is_seen", lambda *_: False)

    assert 0.2 < jail.used_bytes() / seen < 5
    jail.close()


def test_closing_leaves_nothing_of_what_waits_of_what_warms_and_of_what_is_in_use(engine, monkeypatch):
    sandbox = open_sandbox("docker")
    sandbox.open("numpy", LIMITS).close()
    assert eventually(lambda: sandbox._pool.waiting(("numpy", LIMITS)) >= 2)
    monkeypatch.setattr(DockerStream, "is_warm", False)
    in_use = sandbox.open("numpy", LIMITS)
    assert eventually(lambda: any(shelf.warming for shelf in sandbox._pool._shelves.values()))
    jails = [in_use, *waiting_or_warming(sandbox)]
    processes = {number for jail in jails for number in (jail.process, *descendants(jail.process))}

    sandbox.close()

    assert containers(engine, sandbox._engine.pool, label="pool") == []
    assert [number for number in processes if Path(f"/proc/{number}").exists()] == []
    assert [found for jail in jails for found in Path("/sys/fs/cgroup").rglob(f"*{jail._container.id}*")] == []
    assert (len(sandbox._jails), len(sandbox._uids._free)) == (0, UIDS // 2)
    assert not sandbox._pool._filler.is_alive()


def test_a_container_that_is_killed_from_outside_costs_its_case_only(own, engine):
    def kill() -> bool:
        for one in engine.containers.list(filters={"label": f"{LABEL}.pool={own._engine.pool}"}):
            # One that is only now starting, or going, cannot be asked.
            with contextlib.suppress(APIError):
                # What only the case writes: during the import before it, a blow would refuse the submission.
                if one.exec_run("/bin/sh -c 'ls /tmp/begun'").exit_code == 0:
                    one.kill()
                    return True
        return False

    killer = threading.Thread(target=eventually, args=(kill, 60))
    killer.start()

    found = attempt(own, "def attack():\n    open('/tmp/begun', 'w').close()\n    while True: pass\n", seconds=60)

    killer.join()
    assert found.first.ending is Ending.CRASHED
    assert found.case("good").ending is Ending.DONE


def test_a_jail_says_how_it_ended(own):
    jail = own.open("numpy", LIMITS)
    assert jail.ending() is JailEnding.ALIVE

    jail._container.kill()

    assert eventually(lambda: jail.ending() is JailEnding.EXITED)
    jail._container.remove()
    assert jail.ending() is JailEnding.TEMPLATE_DIED
    jail.close()
    jail.close()


def stray(engine, *, owner: str, deadline: int):
    order = ContainerOrder(
        image_id=engine.images.get(IMAGES["numpy"]).id,
        environment="numpy",
        limits=Limits(),
        job=str(uuid.uuid4()),
        owner=owner,
        pool="test",
        deadline=deadline,
        cpus=1,
    )
    container = engine.containers.create(**container_spec(order))
    container.start()
    return container


def test_strays_of_dead_runners_are_removed_and_those_of_living_ones_are_not(own, engine):
    home = owners.this_process().rpartition(":")[0].rpartition(":")[0]
    tomorrow = int(time.time()) + 86_400
    dead = stray(engine, owner=f"{home}:{os.getpid()}:1", deadline=tomorrow)
    late = stray(engine, owner="another-host:1:1", deadline=int(time.time()) - 5)
    foreign = stray(engine, owner="another-host:1:1", deadline=tomorrow)
    mine = own.open("numpy", LIMITS)

    choose_sandbox("docker").close()

    left = {one.name for one in engine.containers.list(all=True, filters={"label": LABEL})}
    assert dead.name not in left and late.name not in left
    foreign.remove(force=True)
    mine.close()
    assert foreign.name in left and mine._container.name in left


def test_a_killed_runner_leaves_what_the_next_one_removes(engine):
    program = textwrap.dedent(
        """
        import sys
        from tests.sandboxes.attempts import attempt
        from runners.sandboxes import choose_sandbox
        sandbox = choose_sandbox("docker")
        sys.stdout.write(sandbox._engine.owner + "\\n"); sys.stdout.flush()
        attempt(sandbox, "import os\\ndef attack():\\n    os.fork()\\n    while True: pass\\n", seconds=60)
        """
    )
    runner = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE)
    owner = runner.stdout.readline().decode().strip()
    assert eventually(lambda: len(containers(engine, owner)) >= 2, 20)

    runner.kill()
    runner.wait()
    runner.stdout.close()

    def is_swept():
        # What the engine was asked for a moment before the kill may come after one start has swept.
        choose_sandbox("docker").close()
        return containers(engine, owner) == []

    assert eventually(is_swept, 30)


def test_what_another_runner_leaves_later_is_removed_while_this_one_runs(engine, monkeypatch):
    monkeypatch.setattr("runners.sandboxes.docker_engine.SWEEP_SECONDS", 0.2)
    sandbox = choose_sandbox("docker")

    home = owners.this_process().rpartition(":")[0].rpartition(":")[0]
    gone = f"{home}:{os.getpid()}:1"
    stray(engine, owner=gone, deadline=int(time.time()) + 86_400)

    assert eventually(lambda: containers(engine, gone) == [], 30)
    sandbox.close()


def test_a_container_that_does_not_start_leaves_no_line_to_it_open(own, monkeypatch):
    def refuse(container):
        raise APIError("not today")

    monkeypatch.setattr(Container, "start", refuse)
    closed = []
    close = DockerStream.close
    monkeypatch.setattr(DockerStream, "close", lambda stream: (closed.append(stream), close(stream)))

    with pytest.raises(SandboxFault):
        own._make(("numpy", LIMITS))

    assert len(closed) == 1


def test_a_missing_image_is_named_with_the_command_that_builds_it():
    sandbox = choose_sandbox("docker", images={"numpy": "coursehub/no-such-image:latest"})

    with pytest.raises(NoSandbox, match=r"no-such-image.*make images"):
        sandbox.start(["numpy"])

    sandbox.close()


def test_without_an_engine_there_is_a_sentence_that_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nothing.sock")

    with pytest.raises(NoSandbox, match=r"No Docker engine answers here\. Install Docker"):
        choose_sandbox("docker")


def test_a_verdict_can_name_the_image_it_rests_on(own):
    assert own.provenance("numpy")["image"].startswith("sha256:")


def test_an_image_holds_the_harness_and_no_suite(engine):
    names = "-name cases.py -o -name manifest.json -o -name suite.toml -o -name reference"
    program = f"find / -xdev ( {names} ) -path *gpu_worker*"

    found = engine.containers.run(
        IMAGES["numpy"], entrypoint=program.split(), command=[], remove=True, network_mode="none"
    )

    assert found.decode().split() == ["/opt/coursehub/gpu_worker/harness/cases.py"]
