"""What a grading host is told by its environment, read once at start."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from runners.protocol import Lane

ROOT = Path(__file__).resolve().parent.parent
SANDBOXES = ("auto", "bubblewrap", "docker")


class ConfigInvalid(Exception):
    """An environment variable of the runner does not hold what it should."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerConfig:
    """How one grading host works."""

    site_url: str
    """Where the site answers, without a slash at the end."""
    token: str = field(repr=False)
    """Proves to the site who this host is."""
    name: str
    lane: Lane
    slots: int
    """How many submissions are graded at the same time."""
    sandbox: str
    docker_templates: bool
    """Whether Docker forks submissions from a long-lived container instead of starting one for each."""
    lane_broker_url: str = field(repr=False)
    """May hold a password."""
    broker_folder: Path
    suites_folder: Path
    suites_cache: Path
    """Where suites that were fetched from the site are kept."""

    @property
    def uses_folder_broker(self) -> bool:
        """Whether tickets come through a folder and not through Redis."""
        return self.lane_broker_url.startswith("filesystem:")


AUTOGRADER_SOCKET = Path("/run/coursehub/autograders.sock")
AUTOGRADER_BASE = "coursehub/base:bookworm"


@dataclass(frozen=True, slots=True, kw_only=True)
class AutograderConfig:
    """How Gradescope autograders are built and run on this host."""

    docker_host: str
    """The engine's address, as DOCKER_HOST has it; empty: as Docker's own tools find it."""
    base_image: str
    """What an autograder's image starts from."""
    build_arguments: Mapping[str, str]
    """What pip and apt are told while ``setup.sh`` runs: indexes and proxies."""
    logs_folder: Path
    """Where the newest log of each build is kept."""


BUILD_ARGUMENTS = (
    "PIP_NO_INDEX",
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "PIP_TRUSTED_HOST",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
)


def read_autograder_config(environment: Mapping[str, str] | None = None) -> AutograderConfig:
    """Return the configuration of autograders, which needs no token; every part of it has a default."""
    values = os.environ if environment is None else environment
    state = Path(values.get("COURSEHUB_STATE") or ROOT / "var")
    own_engine = f"unix://{AUTOGRADER_SOCKET}" if AUTOGRADER_SOCKET.exists() else ""
    return AutograderConfig(
        docker_host=values.get("RUNNER_AUTOGRADER_DOCKER") or own_engine,
        base_image=values.get("RUNNER_AUTOGRADER_BASE") or AUTOGRADER_BASE,
        build_arguments={name: value for name in BUILD_ARGUMENTS if (value := values.get(name))},
        logs_folder=state / "autograders",
    )


def read_config(environment: Mapping[str, str] | None = None) -> RunnerConfig:
    """Return the configuration, or raise ``ConfigInvalid`` with a sentence that says what to set."""
    values = os.environ if environment is None else environment
    state = Path(values.get("COURSEHUB_STATE") or ROOT / "var")
    return RunnerConfig(
        site_url=_address(values),
        token=_token(values),
        name=values.get("RUNNER_NAME") or socket.gethostname(),
        lane=_lane(values),
        slots=_slots(values),
        sandbox=_sandbox(values),
        docker_templates=_docker_templates(values),
        lane_broker_url=_broker(values),
        broker_folder=Path(values.get("BROKER_DIR") or state / "broker") / "lanes",
        suites_folder=Path(values.get("SUITES_DIR") or ROOT / "gpu_worker" / "suites"),
        suites_cache=Path(values.get("SUITES_CACHE_DIR") or state / "suites"),
    )


def _address(values: Mapping[str, str]) -> str:
    address = (values.get("SITE_URL") or "http://127.0.0.1:8000").rstrip("/")
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        message = f"SITE_URL={address!r}: write the address of the site, such as https://hub.example.edu."
        raise ConfigInvalid(message)
    return address


def _token(values: Mapping[str, str]) -> str:
    if token := values.get("RUNNER_TOKEN", "").strip():
        return token
    if not (path := values.get("RUNNER_TOKEN_FILE", "")):
        message = (
            "No runner token. On the site run `python manage.py register_runner NAME --token-file PATH`, "
            "then set RUNNER_TOKEN_FILE=PATH here."
        )
        raise ConfigInvalid(message)
    try:
        token = Path(path).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        message = f"RUNNER_TOKEN_FILE={path!r} cannot be read ({error}). Register this runner on the site first."
        raise ConfigInvalid(message) from error
    if not token or not token.isascii() or not token.isprintable():
        message = f"RUNNER_TOKEN_FILE={path!r} holds no token. Register this runner on the site again."
        raise ConfigInvalid(message)
    return token


def _lane(values: Mapping[str, str]) -> Lane:
    name = values.get("RUNNER_LANE") or Lane.CPU.value
    try:
        return Lane(name)
    except ValueError as error:
        message = f"RUNNER_LANE={name!r}: choose one of {', '.join(Lane)}."
        raise ConfigInvalid(message) from error


def _slots(values: Mapping[str, str]) -> int:
    text = values.get("RUNNER_SLOTS") or "2"
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 256):
        message = f"RUNNER_SLOTS={text!r}: write how many submissions to grade at the same time, 1 to 256."
        raise ConfigInvalid(message)
    return int(text)


def _sandbox(values: Mapping[str, str]) -> str:
    name = values.get("RUNNER_SANDBOX") or "auto"
    if name not in SANDBOXES:
        message = f"RUNNER_SANDBOX={name!r}: choose one of {', '.join(SANDBOXES)}."
        raise ConfigInvalid(message)
    return name


def _docker_templates(values: Mapping[str, str]) -> bool:
    text = values.get("RUNNER_DOCKER_TEMPLATES") or "0"
    if text not in {"0", "1"}:
        message = f"RUNNER_DOCKER_TEMPLATES={text!r}: write 1 for yes or 0 for no."
        raise ConfigInvalid(message)
    return text == "1"


def _broker(values: Mapping[str, str]) -> str:
    address = values.get("LANE_BROKER_URL") or "filesystem://"
    if urlsplit(address).scheme not in {"filesystem", "redis", "rediss"}:
        message = "LANE_BROKER_URL is not understood: write redis://user:password@host:port/1 or filesystem://."
        raise ConfigInvalid(message)
    return address
