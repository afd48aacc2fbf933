"""What a sandbox's container is made with. Pure functions, so that each line of them has a test."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docker.types import LogConfig, Mount, Ulimit

from runners.sandboxes import environments
from runners.sandboxes.base import Limits

SUBMISSION_BYTES = 64 << 20
SUBMISSION_INODES = 8192
DESCRIPTORS = 1024
# The session and the imported packages, which in a container count as its own.
SESSION_BYTES = 384 << 20
SESSION_PROCESSES = 8
TEMPLATE_BYTES = 2 << 30
TEMPLATE_PROCESSES = 256
ALL_PROCESSES = 8192
# The session runs as root inside and becomes the student's user in each case: SETUID, SETGID. It kills what a case
# leaves running, which is another user's: KILL. A case has none of them.
CAPABILITIES = ("SETUID", "SETGID", "KILL")
# A template makes namespaces and mounts for each jail besides, and takes from a jail what it has itself. Whoever takes
# over the template owns the host; docs/how-to/grading-host.md says when that is worth it. A case has none of them.
TEMPLATE_CAPABILITIES = (*CAPABILITIES, "SYS_ADMIN", "SETPCAP")
# A share of the processors: the engine's usual one for a submission. What only warms up gets the least that there is,
# so that it has what nobody else wants (in version 2 of cgroups engines make weights of these, about 39 and 1).
JOB_SHARES = 1024
WARMING_SHARES = 2
LINE_FOLDER = "/run/coursehub"
LOG_BYTES = 1 << 20
LABEL = "org.coursehub.sandbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerOrder:
    """What differs from one container to the next."""

    image_id: str
    environment: str
    limits: Limits
    job: str
    """A random name of this container."""
    owner: str
    """The runner process that it belongs to."""
    pool: str
    """The sandbox, of perhaps several in that process."""
    deadline: int
    """When, in seconds since 1970, any runner may remove it."""
    cpus: float
    is_ahead: bool = False
    """Whether it is made before anybody needs it. Its share of the processors, alone of all limits, is a lesser one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateOrder:
    """What differs from one template's container to the next."""

    image_id: str
    environment: str
    job: str
    owner: str
    pool: str
    deadline: int
    line: Path
    """The folder on this host with the socket of the control channel, and nothing else."""
    has_cgroups: bool
    """Whether each jail leaves for a cgroup of the runner's, so that this container's limits are the template's own."""
    host_memory_bytes: int
    security_options: tuple[str, ...] = ()


def container_spec(order: ContainerOrder) -> dict[str, Any]:
    """Return the arguments of ``DockerClient.containers.create`` for a container that serves one submission."""
    memory = order.limits.memory_bytes + SESSION_BYTES
    return {
        **_common(order),
        "command": [order.environment, "-"],
        "cap_add": list(CAPABILITIES),
        # The engine's own seccomp profile stays: it allows only what it names. The harness puts its own on top.
        "security_opt": ["no-new-privileges"],
        "tmpfs": {
            "/tmp": _tmpfs(order.limits.tmp_bytes, order.limits.tmp_inodes, "1777"),  # noqa: S108
            "/job": _tmpfs(SUBMISSION_BYTES, SUBMISSION_INODES, "0755"),
            # Not by shm_size, which limits bytes and leaves the number of files open.
            "/dev/shm": _tmpfs(order.limits.tmp_bytes, order.limits.tmp_inodes, "1777"),  # noqa: S108
        },
        "mem_limit": memory,
        "memswap_limit": memory,
        "pids_limit": order.limits.processes + SESSION_PROCESSES,
        "nano_cpus": int(order.cpus * 1e9),
        "cpu_shares": WARMING_SHARES if order.is_ahead else JOB_SHARES,
        "ulimits": [
            *_ULIMITS,
            Ulimit(name="fsize", soft=order.limits.file_bytes, hard=order.limits.file_bytes),
        ],
        "stdin_open": True,
        # The line to the session is the attached stream; a log file would only fill the disk.
        "log_config": LogConfig(type="none"),
    }


def template_spec(order: TemplateOrder) -> dict[str, Any]:
    """Return the arguments of ``DockerClient.containers.create`` for a container with a template.

    Its jails mount their own folders and set their own limits (``gpu_worker/harness/jail.py``).
    """
    # Without cgroups of ours the jails stay in this container's: it then has to hold them all.
    memory = TEMPLATE_BYTES if order.has_cgroups else order.host_memory_bytes * 3 // 4
    return {
        **_common(order),
        "command": [order.environment, f"{LINE_FOLDER}/control"],
        "cap_add": list(TEMPLATE_CAPABILITIES),
        "security_opt": ["no-new-privileges", *order.security_options],
        # The template connects once, and unmounts it before the first submission comes.
        "mounts": [Mount(target=LINE_FOLDER, source=str(order.line), type="bind", read_only=True)],
        "mem_limit": memory,
        "memswap_limit": memory,
        "pids_limit": TEMPLATE_PROCESSES if order.has_cgroups else ALL_PROCESSES,
        "ulimits": list(_ULIMITS),
        "stdin_open": False,
        # What the harness says when it cannot start; a submission's output never comes here.
        "log_config": LogConfig(type="json-file", config={"max-size": str(LOG_BYTES), "max-file": "1"}),
    }


def _common(order: ContainerOrder | TemplateOrder) -> dict[str, Any]:
    return {
        # By id: what a name stands for may change between the look and the start.
        "image": order.image_id,
        "name": f"coursehub-{order.job}",
        "hostname": "sandbox",
        # Nothing of what the image says about these is used.
        "entrypoint": [environments.PYTHON, "-I", "-S", "-X", "utf8", environments.START],
        "working_dir": "/",
        "user": "0:0",
        "environment": {},
        "cap_drop": ["ALL"],
        "privileged": False,
        "network_mode": "none",
        "read_only": True,
        "ipc_mode": "private",
        # Orphans of a case need a parent that waits for them.
        "init": True,
        "tty": False,
        "detach": False,
        "auto_remove": False,
        "labels": {
            LABEL: order.environment,
            f"{LABEL}.job": order.job,
            f"{LABEL}.lease": order.owner,
            f"{LABEL}.pool": order.pool,
            f"{LABEL}.deadline": str(order.deadline),
        },
    }


def image_trouble(config: Mapping[str, Any]) -> str:
    """Return what an image's own settings would do to a sandbox although we set everything that can be set, or nothing.

    Start, folder and user are ours; what remains are variables that the loader reads before our program does,
    volumes, which are disks without a limit, and programs that the engine runs inside now and then.
    """
    names = {variable.partition("=")[0] for variable in config.get("Env") or []}
    if preloads := sorted(names & {"LD_PRELOAD", "LD_AUDIT"}):
        return f"sets {preloads[0]}"
    if config.get("Volumes"):
        return "declares volumes"
    if config.get("Healthcheck"):
        return "has a health check"
    return ""


def _tmpfs(size: int, inodes: int, mode: str) -> str:
    return f"size={size},nr_inodes={inodes},mode={mode},nosuid,nodev"


_ULIMITS = (
    Ulimit(name="core", soft=0, hard=0),
    Ulimit(name="nofile", soft=DESCRIPTORS, hard=DESCRIPTORS),
)
