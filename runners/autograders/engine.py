"""The Docker engine that autograders run in: one where root of a container is nobody on the host, or none at all."""

import contextlib
import logging
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import docker
import requests
from docker.errors import DockerException, ImageNotFound, NotFound

from runners.autograders.container_spec import LABEL
from runners.config import AutograderConfig
from runners.sandboxes import owners
from runners.sandboxes.base import NoSandbox, SandboxFault

ENGINE_SECONDS = 60
RUNTIMES = ("runsc", "sysbox-runc")
"""Container runtimes that keep root of a container from being root of the host by themselves."""
NO_WALL = (
    "This host cannot run Gradescope autograders, which expect to be root: its Docker engine neither remaps users nor "
    "has gVisor (runsc) or Sysbox. Start one that remaps users with: sudo make autograder-engine"
)
NO_ENGINE = (
    "This host cannot run Gradescope autograders, because no Docker engine answers{place}. Start one that remaps users "
    "with: sudo make autograder-engine"
)

log = logging.getLogger(__name__)


@contextlib.contextmanager
def border() -> Iterator[None]:
    """Translate the engine's troubles into a fault of ours."""
    try:
        yield
    except (ImageNotFound, NotFound):
        raise
    except (DockerException, requests.RequestException, OSError) as error:
        sentence = "The container engine for autograders did not do what it was asked."
        raise SandboxFault(sentence, f"{type(error).__name__}: {error}"[:2_000]) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Wall:
    """What keeps root of a container from being root of the host."""

    name: str
    runtime: str
    """The container runtime to ask for, or nothing where the engine itself is the wall."""


def wall_of(info: dict[str, Any]) -> Wall | None:
    """Return the wall of an engine from what ``docker info`` says, or None where it has none."""
    options = " ".join(str(option) for option in info.get("SecurityOptions") or ())
    for word in ("userns", "rootless"):
        if f"name={word}" in options:
            return Wall(name=f"docker-{word}", runtime="")
    for runtime in RUNTIMES:
        if runtime in (info.get("Runtimes") or {}):
            return Wall(name=f"docker-{runtime}", runtime=runtime)
    return None


class Engine:
    """A connection to an engine with a wall. It stands in for the sandbox that other kinds of suites are given."""

    def __init__(self, client: Any, wall: Wall, config: AutograderConfig) -> None:
        self.client = client
        self.wall = wall
        self.config = config
        self.name = wall.name

    @classmethod
    def open(cls, config: AutograderConfig) -> Self:
        """Connect, and remove what dead runners left. Raises ``NoSandbox``, whose sentence says what to do."""
        client = _client(config.docker_host)
        try:
            wall = wall_of(client.info())
            if wall is None:
                raise NoSandbox(NO_WALL, f"Looked at {config.docker_host or 'the usual engine'}.")
            engine = cls(client, wall, config)
            with border():
                engine.remove_strays()
        except BaseException as error:
            client.close()
            if isinstance(error, DockerException | requests.RequestException):
                raise NoSandbox(NO_ENGINE.format(place=_place(config.docker_host)), str(error)) from error
            raise
        return engine

    def provenance(self, environment: str) -> dict[str, Any]:
        """Say what a verdict from here rests on; the image is the autograder's own, so the kind names it."""
        return {"image": "", "packages": {}, "limits": environment}

    def remove_strays(self) -> None:
        """Remove containers and networks of runners that are gone, and any past its own deadline."""
        for container in self.client.containers.list(all=True, filters={"label": LABEL}, ignore_removed=True):
            if _is_stray(container.labels):
                log.warning("Removing the container %s, which a runner left behind", container.name)
                remove(container)
        for network in self.client.networks.list(filters={"label": LABEL}):
            if _is_stray(network.attrs.get("Labels") or {}):
                with contextlib.suppress(DockerException):
                    network.remove()

    def close(self) -> None:
        """Hang up."""
        self.client.close()


def remove(container: Any) -> None:
    """Kill and remove a container with its volumes; one that is gone already is fine."""
    try:
        container.remove(force=True, v=True)
    except NotFound:
        return
    except docker.errors.APIError as error:
        # 409: somebody else is removing it this moment.
        if error.status_code != requests.codes.conflict:
            raise


def _client(address: str) -> Any:
    try:
        _knock(address or "unix:///var/run/docker.sock")
        if address:
            return docker.DockerClient(base_url=address, timeout=ENGINE_SECONDS, max_pool_size=32)
        return docker.from_env(timeout=ENGINE_SECONDS, max_pool_size=32)
    except (DockerException, requests.RequestException, OSError) as error:
        raise NoSandbox(NO_ENGINE.format(place=_place(address)), str(error)) from error


def _knock(address: str) -> None:
    """Try an engine's local socket first; docker-py leaves one open each time that it cannot connect."""
    if address.startswith("unix://"):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(ENGINE_SECONDS)
            connection.connect(address.removeprefix("unix://"))


def _place(address: str) -> str:
    return f" at {address}" if address else ""


def _is_stray(labels: dict[str, str]) -> bool:
    deadline = labels.get(f"{LABEL}.deadline", "")
    is_late = deadline.isdigit() and int(deadline) < time.time()
    return is_late or owners.is_gone(labels.get(f"{LABEL}.lease", ""))
