"""Attacks that come by way of the container engine: a hostile image, names, and an engine that dies or hangs."""

import io
import re
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest
from docker.transport.unixconn import UnixHTTPConnection

from runners.conversation import run_cases
from runners.runs import CaseOrder
from runners.sandboxes import SandboxFault, choose_sandbox
from runners.sandboxes.docker_engine import IMAGES
from tests.attacks import results
from tests.attacks.engine_proxy import EngineProxy, engine_proxy
from tests.sandboxes.attempts import CASES, GOOD, LIMITS, attempt

pytestmark = pytest.mark.docker
ENDLESS = b"def attack():\n    while True: pass\n"


@pytest.fixture
def engine() -> Iterator[docker.DockerClient]:
    client = docker.from_env()
    yield client
    client.close()


def build(engine: docker.DockerClient, *lines: str) -> str:
    text = "\n".join([f"FROM {IMAGES['numpy']}", *lines]).encode()
    image, _ = engine.images.build(fileobj=io.BytesIO(text), rm=True)
    return image.id


@pytest.mark.parametrize(
    ("lines", "word"),
    [
        (["ENV LD_PRELOAD=/opt/evil.so"], "LD_PRELOAD"),
        (["ENV LD_AUDIT=/opt/evil.so"], "LD_AUDIT"),
        (["VOLUME /var/tmp"], "volumes"),
        (["HEALTHCHECK CMD touch /tmp/x"], "health"),
    ],
)
def test_e11_an_image_that_preloads_or_mounts_is_refused(engine, lines, word):
    image = build(engine, *lines)
    sandbox = choose_sandbox("docker", images={"numpy": image})
    try:
        with pytest.raises(SandboxFault, match=word):
            sandbox.start(["numpy"])
    finally:
        sandbox.close()
        engine.images.remove(image, force=True)
    results.note("E11", "docker", "refused, or its settings not used")


def test_e11_start_folder_and_user_of_an_image_are_not_used(engine):
    image = build(engine, "WORKDIR /proc/self/fd/9", 'ENTRYPOINT ["/bin/sh", "-c", "exit 3"]', "CMD evil", "USER 1234")
    sandbox = choose_sandbox("docker", images={"numpy": image})
    try:
        assert attempt(sandbox, GOOD).answer == 42
    finally:
        sandbox.close()
        engine.images.remove(image, force=True)


def test_e12_names_and_labels_are_ours_alone():
    sandbox = choose_sandbox("docker")
    try:
        jail = sandbox.open("numpy", LIMITS)
        container = jail._container
        jail.close()
    finally:
        sandbox.close()

    assert re.fullmatch(r"coursehub-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", container.name)
    assert all(name.startswith("org.coursehub.") for name in container.labels)
    results.note("E12", "docker", "random names, five labels of ours")


def graded_behind(proxy: EngineProxy, break_it: Callable[[], None]) -> None:
    """Run an endless submission, break the engine on the way, and expect a fault of ours."""
    sandbox = choose_sandbox("docker")
    begun = threading.Event()
    try:
        threading.Thread(target=lambda: (begun.wait(60), break_it()), daemon=True).start()
        with pytest.raises(SandboxFault):
            run_cases(
                sandbox,
                environment="numpy",
                limits=LIMITS,
                suite_files={"cases.py": CASES},
                submission_files={"work.py": ENDLESS},
                module="work",
                orders=[CaseOrder(id="attack", seed=bytes(16), seconds=3.0)],
                on_ready=begun.set,
                on_case=lambda case: None,
                stopped=threading.Event(),
            )
    finally:
        proxy.recover()
        sandbox.close()


@pytest.fixture
def closes_what_does_not_connect(monkeypatch: pytest.MonkeyPatch) -> None:
    """docker-py leaves a socket open each time that it cannot connect, to be found in whatever test comes later."""

    def connect(self: UnixHTTPConnection) -> None:
        line = socket.socket(socket.AF_UNIX)
        try:
            line.settimeout(self.timeout)
            line.connect(self.unix_socket)
        except OSError:
            line.close()
            raise
        self.sock = line

    monkeypatch.setattr(UnixHTTPConnection, "connect", connect)


@pytest.mark.usefixtures("closes_what_does_not_connect")
@pytest.mark.parametrize("how", ["die", "freeze"])
def test_e13_an_engine_that_dies_or_hangs_is_our_fault(how: str, tmp_path: Path, monkeypatch, engine):
    monkeypatch.setattr("runners.sandboxes.docker_engine.ENGINE_SECONDS", 5)
    # A socket's path is short, and pytest's folders are not.
    with engine_proxy(Path(f"/tmp/engine-{tmp_path.name[-20:]}.sock")) as proxy, monkeypatch.context() as patched:
        patched.setenv("DOCKER_HOST", f"unix://{proxy.path}")

        graded_behind(proxy, getattr(proxy, how))

    again = choose_sandbox("docker")
    assert attempt(again, GOOD).answer == 42
    again.close()
    results.note("E13", "docker", "a fault of ours, run again")
