"""The Docker engine as the sandboxes use it: its images by id, its containers by label, its troubles as faults of ours.

A container carries the name of its runner process and a moment after which any runner removes it. Every runner looks
for such strays when it starts and once a minute from then on: what an engine was asked for just before a runner was
killed may come to be after the next one has started.
"""

import contextlib
import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import docker
import requests
from docker.errors import APIError, DockerException, ImageNotFound, NotFound

from runners.sandboxes import environments, owners
from runners.sandboxes.base import NoSandbox, SandboxFault
from runners.sandboxes.container_spec import LABEL, image_trouble
from runners.sandboxes.derived_images import without

ENGINE_SECONDS = 60
FORGOTTEN_SECONDS = 300
SWEEP_SECONDS = 60.0

IMAGES = {name: f"coursehub/sandbox-{name}:latest" for name in environments.ENVIRONMENTS}

log = logging.getLogger(__name__)


class Engine:
    """One connection to a Docker engine, and the containers that one sandbox makes with it."""

    def __init__(self, images: Mapping[str, str] | None = None) -> None:
        self.client = _client()
        self.owner = owners.this_process()
        self.pool = str(uuid.uuid4())
        self._images = {**IMAGES, **(images or {})}
        self._image_ids: dict[str, str] = {}
        self._closed = threading.Event()

    def image_id(self, surroundings: str) -> str:
        """Return the image's id as it was when first asked for: a verdict names what it ran on.

        Where a suite forbids packages it is the id of an image without them, which is made now if it is not there.
        Raises ``SandboxFault``.
        """
        if surroundings not in self._image_ids:
            wanted = environments.read_surroundings(surroundings)
            name = self._images[wanted.environment]
            try:
                with border():
                    image = self.client.images.get(name)
                    if trouble := image_trouble(image.attrs.get("Config") or {}):
                        sentence = f"The sandbox's image {name} {trouble}, which no sandbox's may."
                        raise NoSandbox(sentence, "Build it anew: make images")
                    found = str(image.id)
                    if wanted.forbidden:
                        found = without(self.client, found, wanted)
            except ImageNotFound as error:
                sentence = f"The sandbox's image {name} is not built here. Build it with: make images"
                raise NoSandbox(
                    sentence, "deploy/build-sandbox-images.sh builds the sandboxes' images only."
                ) from error
            self._image_ids[surroundings] = found
        return self._image_ids[surroundings]

    def remove_own(self) -> None:
        """Remove every container of this sandbox."""
        label = f"{LABEL}.pool={self.pool}"
        for container in self.client.containers.list(all=True, filters={"label": label}, ignore_removed=True):
            remove(container)

    def keep_swept(self) -> None:
        """Remove strays now, and once a minute until it is closed. Raises ``SandboxFault`` from the first time only."""
        with border():
            self.remove_strays()
        threading.Thread(target=self._sweep_on, name="container-sweeper", daemon=True).start()

    def close(self) -> None:
        """Remove every container of this sandbox, and let the engine go."""
        self._closed.set()
        with contextlib.suppress(SandboxFault), border():
            self.remove_own()
        self.client.close()

    def _sweep_on(self) -> None:
        while not self._closed.wait(SWEEP_SECONDS):
            try:
                with border():
                    self.remove_strays()
            except SandboxFault as fault:
                log.warning("Containers that others left behind are looked for again in a minute: %s", fault.detail)

    def remove_strays(self) -> None:
        """Remove containers of runners that are gone, any past its own deadline, and any long ended that nobody did."""
        for container in self.client.containers.list(all=True, filters={"label": LABEL}, ignore_removed=True):
            if _is_stray(container):
                log.warning("Removing the container %s, which a runner left behind", container.name)
                remove(container)


def remove(container: Any) -> None:
    """Kill and remove a container, with what it mounted; one that is gone or going is as good as removed."""
    try:
        container.remove(force=True, v=True)
    except NotFound:
        return
    except APIError as error:
        # 409: somebody else is removing it this moment.
        if error.status_code != 409:
            raise


@contextlib.contextmanager
def border() -> Iterator[None]:
    """Translate the engine's troubles into a fault of ours."""
    try:
        yield
    except (ImageNotFound, NotFound):
        raise
    except (DockerException, requests.RequestException, OSError) as error:
        sentence = "The container engine of this runner did not do what it was asked."
        raise SandboxFault(sentence, f"{type(error).__name__}: {error}"[:2_000]) from error


def _is_stray(container: Any) -> bool:
    if owners.is_gone(container.labels.get(f"{LABEL}.lease", "")):
        return True
    deadline = container.labels.get(f"{LABEL}.deadline", "")
    if deadline.isdigit() and int(deadline) < time.time():
        return True
    # A living runner removes its own at once; this one's lived where its process number tells us nothing.
    state = container.attrs["State"]
    if state["Status"] not in ("exited", "dead"):
        return False
    return time.time() - datetime.fromisoformat(state["FinishedAt"]).timestamp() > FORGOTTEN_SECONDS


def _client() -> Any:
    advice = "Install Docker (Debian and Ubuntu: sudo apt-get install docker.io), start it, and let this user use it"
    try:
        _knock()
        client = docker.from_env(timeout=ENGINE_SECONDS, max_pool_size=32)
    except (DockerException, requests.RequestException, OSError) as error:
        sentence = f"No Docker engine answers here. {advice}."
        raise NoSandbox(sentence, str(error)) from error
    try:
        client.ping()
    except (DockerException, requests.RequestException) as error:
        client.close()
        sentence = f"No Docker engine answers here. {advice}."
        raise NoSandbox(sentence, str(error)) from error
    return client


def _knock() -> None:
    """Try the engine's local socket; docker-py leaves one open each time that it cannot connect."""
    host = os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"
    if host.startswith("unix://"):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(ENGINE_SECONDS)
            connection.connect(host.removeprefix("unix://"))
