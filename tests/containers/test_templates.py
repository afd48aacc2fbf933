"""Docker's template mode: what a jail sees of the container that it was forked in, and what is left of all of it."""

import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import docker
import pytest

from runners.sandboxes import NoSandbox, choose_sandbox
from runners.sandboxes.base import Limits
from runners.sandboxes.container_spec import LABEL
from runners.sandboxes.docker_template import FOLDER_PREFIX
from tests.runners.fake_site import until
from tests.sandboxes.attempts import GOOD, attempt, program
from tests.sandboxes.conftest import open_sandbox

pytestmark = pytest.mark.docker
ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def own():
    sandbox = open_sandbox("docker-template")
    yield sandbox
    sandbox.close()


@pytest.fixture
def engine():
    client = docker.from_env()
    yield client
    client.close()


def folders() -> list[str]:
    return [path.name for path in Path(tempfile.gettempdir()).glob(f"{FOLDER_PREFIX}*")]


def names(engine, **filters: str) -> list[str]:
    label = next(f"{LABEL}.{key}={value}" for key, value in filters.items())
    return [one.name for one in engine.containers.list(all=True, filters={"label": label}, ignore_removed=True)]


def test_the_line_to_the_runner_is_gone_before_the_first_submission(own):
    source = """
        seen = [os.listdir("/run"), os.path.exists("/run/coursehub/control")]
        mounts = [line.split()[4] for line in open("/proc/self/mountinfo")]
        sockets = [line for line in open("/proc/net/unix").read().splitlines()[1:]]
        return [seen, mounts, sockets]
    """

    seen, mounts, sockets = attempt(own, program(source)).answer

    assert "control" not in str(seen) and seen[1] is False
    assert not [mount for mount in mounts if mount.startswith(("/run", "/sys", "/etc", "/dev/mqueue", "/dev/pts"))]
    assert not [line for line in sockets if "coursehub" in line]
    assert folders() == []


def test_jails_of_one_container_share_nothing_that_can_be_written(own):
    leave = """
        left = []
        for folder in ("/dev/mqueue", "/dev/shm", "/dev", "/tmp", "/run", "/job", "/var/tmp", "/run/lock", "/proc/1"):
            try:
                open(f"{folder}/message", "w").write("from one to the next")
                left.append(folder)
            except OSError: pass
        return left
    """
    look = """
        found = []
        for top, folders, files in os.walk("/"):
            folders[:] = [name for name in folders if top != "/" or name not in ("proc", "sys")]
            found += [top for name in files if name == "message"]
        return found
    """

    first = attempt(own, program(leave))
    second = attempt(own, program(look), seconds=20)

    assert first.answer == ["/dev/shm", "/tmp"]
    assert second.answer == []


def test_a_jail_has_none_of_its_templates_capabilities_and_cannot_get_them(own):
    source = """
        status = open("/proc/self/status").read()
        mounted = libc.mount(b"none", b"/tmp", b"tmpfs", 0, b"")
        return [[line.split()[1] for line in status.splitlines() if line.startswith("Cap")], mounted, os.getuid() > 0]
    """

    capabilities, mounted, is_nobody = attempt(own, program(source)).answer

    assert set(capabilities) == {"0" * 16}
    assert mounted == -1 and is_nobody


def test_two_jails_at_once_do_not_see_each_other(own):
    neighbour = own.open("numpy", Limits())

    found = attempt(own, program("return sum(name.isdigit() for name in os.listdir('/proc'))"))

    neighbour.close()
    assert found.answer == 2


def test_a_closed_sandbox_leaves_no_container_and_no_folder(engine):
    sandbox = open_sandbox("docker-template")
    attempt(sandbox, GOOD)
    sandbox.open("numpy", Limits())  # never closed
    pool = sandbox._engine.pool
    assert len(names(engine, pool=pool)) == 1

    sandbox.close()

    assert names(engine, pool=pool) == []
    assert folders() == []


@pytest.mark.parametrize("kind", ["docker", "docker-template"])
def test_after_a_killed_runner_the_next_one_removes_every_container_of_it(engine, kind):
    runner = textwrap.dedent(
        f"""
        import sys
        from runners.sandboxes import Limits, choose_sandbox
        sandbox = choose_sandbox("{kind}")
        sandbox.start(["numpy"])
        jail = sandbox.open("numpy", Limits())
        sys.stdout.write(sandbox._engine.owner + "\\n"); sys.stdout.flush()
        sys.stdin.read()
        """
    )
    process = subprocess.Popen([sys.executable, "-c", runner], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    owner = process.stdout.readline().decode().strip()
    assert names(engine, lease=owner)

    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()

    def is_swept() -> bool:
        # What the engine was asked for a moment before the kill may come after one start has swept.
        choose_sandbox(kind).close()
        return names(engine, lease=owner) == []

    until(is_swept)
    assert folders() == []


def test_what_a_runner_left_that_was_killed_while_its_template_started_is_swept():
    left = Path(tempfile.mkdtemp(prefix=f"{FOLDER_PREFIX}1-1-"))
    (left / "line").mkdir()

    choose_sandbox("docker-template").close()

    assert not left.exists()


def test_a_missing_image_is_named_with_the_command_that_builds_it():
    sandbox = choose_sandbox("docker-template", images={"numpy": "coursehub/no-such-image:latest"})

    with pytest.raises(NoSandbox, match=r"no-such-image.*make images"):
        sandbox.start(["numpy"])

    sandbox.close()


def test_an_image_whose_harness_does_not_connect_is_our_fault_and_leaves_nothing(engine, monkeypatch):
    monkeypatch.setattr("runners.sandboxes.environments.START", "/opt/coursehub/nothing.py")
    sandbox = choose_sandbox("docker-template")

    with pytest.raises(NoSandbox, match=r"engine's own host.*nothing\.py"):
        sandbox.start(["numpy"])

    assert names(engine, pool=sandbox._engine.pool) == []
    assert folders() == []
    sandbox.close()


def test_a_verdict_can_name_the_image_it_rests_on(own):
    assert own.provenance("numpy")["image"].startswith("sha256:")
