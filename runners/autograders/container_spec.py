"""What an autograder's container is made with. A pure function, so that each line of it has a test.

An autograder expects to be root on a machine of its own: it copies, compiles, adds users and starts services. So the
walls here are not those of the other kinds: root inside is nobody outside (user namespace or gVisor, which the
``Engine`` insists on), and what is taken away is only what no autograder needs.
"""

from dataclasses import dataclass
from typing import Any

from docker.types import LogConfig, Ulimit

LABEL = "org.coursehub.autograder"
FOLDER = "/autograder"
INCOMING = f"{FOLDER}/.incoming"
PROCESSES = 512
# Within a user namespace nobody may have more than the engine itself was started with.
DESCRIPTORS = 4_096
# All that changing users, owners and services takes; not NET_RAW and MKNOD, which the engine would add.
CAPABILITIES = (
    "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "NET_BIND_SERVICE", "SETFCAP", "SETGID",
    "SETPCAP", "SETUID", "SYS_CHROOT",
)  # fmt: skip
# What Gradescope's harness does inside. A shell also runs a script that does not say with what.
START = (
    f"cd {FOLDER} && rm -rf submission results && mv {INCOMING}/submission {INCOMING}/results . && rm -rf {INCOMING}"
    " && exec >results/stdout 2>&1 && exec {shell} -c /autograder/run_autograder"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AutograderOrder:
    """What differs from one container to the next."""

    image_id: str
    start_with: str
    """The shell that starts it."""
    memory_bytes: int
    cpus: float
    disk_bytes: int
    """The largest file; the whole is watched from outside."""
    network: str
    """The name of a network, or ``none``."""
    runtime: str
    """The container runtime, or nothing for the engine's own."""
    job: str
    """A random name of this container."""
    owner: str
    """The runner process that it belongs to."""
    deadline: int
    """When, in seconds since 1970, any runner may remove it."""


def container_spec(order: AutograderOrder) -> dict[str, Any]:
    """Return the arguments of ``DockerClient.containers.create``."""
    spec: dict[str, Any] = {
        # By id: what a name stands for may change between the look and the start.
        "image": order.image_id,
        "name": f"coursehub-autograder-{order.job}",
        "hostname": "autograder",
        # A ready-made image's own entry point is its harness, which we are.
        "entrypoint": ["/bin/sh", "-c", START.format(shell=order.start_with)],
        "command": [],
        "working_dir": FOLDER,
        "user": "0:0",
        "cap_drop": ["ALL"],
        "cap_add": list(CAPABILITIES),
        # The engine's seccomp profile stays. No no-new-privileges: su and sudo belong to what autograders use.
        "security_opt": [],
        "privileged": False,
        "network_mode": order.network,
        "read_only": False,
        "ipc_mode": "private",
        "mem_limit": order.memory_bytes,
        "memswap_limit": order.memory_bytes,
        "pids_limit": PROCESSES,
        "nano_cpus": int(order.cpus * 1e9),
        "ulimits": [
            Ulimit(name="core", soft=0, hard=0),
            Ulimit(name="nofile", soft=DESCRIPTORS, hard=DESCRIPTORS),
            Ulimit(name="fsize", soft=order.disk_bytes, hard=order.disk_bytes),
        ],
        # What a service leaves behind needs a parent that waits for it.
        "init": True,
        "tty": False,
        "stdin_open": False,
        "log_config": LogConfig(type="none"),
        "auto_remove": False,
        "labels": {
            LABEL: order.job,
            f"{LABEL}.lease": order.owner,
            f"{LABEL}.deadline": str(order.deadline),
        },
    }
    if order.runtime:
        spec["runtime"] = order.runtime
    return spec
