"""The Docker sandbox against a real engine: what it finds, makes, and leaves behind."""

import contextlib
import os
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
from runners.sandboxes.container_spec import LABEL, ContainerOrder, container_spec
from runners.sandboxes.docker_engine import IMAGES
from runners.sandboxes.docker_stream import DockerStream
from tests.sandboxes.attempts import GOOD, LIMITS, attempt
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
    time.sleep(1.0)

    found = attempt(own, GOOD)

    assert found.answer == 42
    # A cold one needs an engine's start and the imports; leave room for a busy machine.
    assert found.run.ready_seconds < 0.5


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
