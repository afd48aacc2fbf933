"""A cgroup per jail, where this host lets us: memory, processes and a share of the processors, version 1 or 2.

Theory of operation
-------------------
All of a runner's cgroups lie below one folder, named by its process number and start time, inside the cgroup that
the runner itself is in. A jail's first process moves itself in by writing to a descriptor that the runner opened.
What a killed runner left behind is empty by then, and the next runner removes it. Where nothing of this is
allowed, ``make`` returns None and rlimits are what remains. The share needs no limit: a jail alone has every processor,
and however many processes one jail starts, its neighbours are as fast as beside one that starts a single process.
"""

import contextlib
import logging
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from runners.sandboxes.owners import start_time

PREFIX = "coursehub-"
# For the session that watches the cases; a case's own limit is lower by this.
SESSION_BYTES = 128 << 20
SESSION_PROCESSES = 8
REMOVE_SECONDS = 5.0
MAX_WEIGHT = 10_000

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cgroup:
    """The folders of one jail: one in version 2, one per controller in version 1."""

    folders: tuple[Path, ...]
    memory_account: Path
    """Where the kernel counts the processes that it killed for memory."""

    def files(self) -> list[tuple[Path, int]]:
        """Return what a jail's first process needs opened, and how: each way in, and last the count of kills."""
        return [
            *((folder / "cgroup.procs", os.O_WRONLY) for folder in self.folders),
            (self.memory_account, os.O_RDONLY),
        ]

    def oom_kills(self) -> int:
        """Return how many processes the kernel has killed here for memory."""
        with contextlib.suppress(OSError):
            for line in self.memory_account.read_text().splitlines():
                if line.startswith("oom_kill "):
                    return int(line.split()[1])
        return 0

    def remove(self) -> None:
        """Remove the folders, which the kernel allows a moment after the last process is gone."""
        deadline = time.monotonic() + REMOVE_SECONDS
        for folder in self.folders:
            while not _remove(folder):
                if time.monotonic() > deadline:
                    log.warning("The cgroup %s cannot be removed yet", folder)
                    break
                time.sleep(0.005)


class Cgroups:
    """Where this runner may make cgroups, if anywhere."""

    def __init__(self) -> None:
        self._name = f"{PREFIX}{os.getpid()}-{start_time(os.getpid())}"
        self._lock = threading.Lock()
        self._version, self._parents = _find()
        for parent in self._parents.values():
            _remove_strays(parent)

    @property
    def kind(self) -> str:
        """Say in a word what limits are enforced by."""
        return f"cgroup v{self._version}" if self._parents else "rlimits"

    def make(self, jail: str, *, memory_bytes: int, processes: int) -> Cgroup | None:
        """Make a jail's cgroup, or return None where this host has none for us."""
        if not self._parents:
            return None
        folders = {name: parent / self._name / jail for name, parent in self._parents.items()}
        try:
            for folder in folders.values():
                with self._lock:
                    self._make_parent(folder.parent)
                folder.mkdir(exist_ok=True)
            return self._limit(folders, memory_bytes + SESSION_BYTES, processes + SESSION_PROCESSES)
        except OSError as error:
            log.warning("No cgroup for a jail (%s); rlimits must do", error)
            for folder in folders.values():
                _remove(folder)
            return None

    def close(self) -> None:
        """Remove what this runner made."""
        for parent in self._parents.values():
            _remove(parent / self._name)

    def _make_parent(self, folder: Path) -> None:
        """Make the folder of all jails: each gets the same share of the processors, and they together a fair one."""
        if folder.exists():
            return
        folder.mkdir()
        if self._version == 2:
            _enable(folder)
        processors = os.cpu_count() or 1
        _write_if_there(folder / "cpu.weight", str(min(100 * processors, MAX_WEIGHT)))
        _write_if_there(folder / "cpu.shares", str(1024 * processors))

    def _limit(self, folders: dict[str, Path], memory_bytes: int, processes: int) -> Cgroup:
        memory, pids = folders["memory"], folders["pids"]
        if self._version == 2:
            (memory / "memory.max").write_text(str(memory_bytes))
            _write_if_there(memory / "memory.swap.max", "0")
            account = memory / "memory.events"
        else:
            (memory / "memory.limit_in_bytes").write_text(str(memory_bytes))
            _write_if_there(memory / "memory.memsw.limit_in_bytes", str(memory_bytes))
            account = memory / "memory.oom_control"
        (pids / "pids.max").write_text(str(processes))
        return Cgroup(folders=tuple(dict.fromkeys(folders.values())), memory_account=account)


def _find() -> tuple[int, dict[str, Path]]:
    """Return the version, and for each controller the folder of this process where it may make others."""
    own = _own_paths()
    mounts = _mounts()
    if "memory" in mounts and "pids" in mounts:
        parents = {name: _folder(mounts[name], own.get(name, "/")) for name in ("memory", "pids")}
        if all(os.access(parent, os.W_OK) for parent in parents.values()):
            processor = _folder(mounts["cpu"], own.get("cpu", "/")) if "cpu" in mounts else None
            return 1, {**parents, "cpu": processor} if processor and os.access(processor, os.W_OK) else parents
    if "" in mounts:
        parent = _folder(mounts[""], own.get("", "/"))
        if os.access(parent, os.W_OK) and _enable(parent):
            return 2, {"memory": parent, "pids": parent}
    return 0, {}


def _own_paths() -> dict[str, str]:
    paths = {}
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            paths.update(dict.fromkeys(controllers.split(","), path))
    return paths


def _mounts() -> dict[str, tuple[str, Path]]:
    """Return for each controller (version 2 is the one without a name) the mounted root and where it is mounted."""
    mounts = {}
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/mountinfo").read_text().splitlines():
            before, _, after = line.partition(" - ")
            root, place = before.split()[3:5]
            kind, _, options = after.split(maxsplit=2)
            if kind == "cgroup":
                mounts.update(dict.fromkeys(options.split(","), (root, Path(place))))
            elif kind == "cgroup2":
                mounts[""] = (root, Path(place))
    return mounts


def _folder(mount: tuple[str, Path], own: str) -> Path:
    root, place = mount
    inside = own.removeprefix(root.rstrip("/"))
    return place / inside.lstrip("/")


def _enable(parent: Path) -> bool:
    """Let the children of a version 2 cgroup have limits, and shares where it can; return whether they have limits."""
    if not _enable_limits(parent):
        return False
    with contextlib.suppress(OSError):
        (parent / "cgroup.subtree_control").write_text("+cpu")
    return True


def _enable_limits(parent: Path) -> bool:
    control = parent / "cgroup.subtree_control"
    try:
        if {"memory", "pids"} <= set(control.read_text().split()):
            return True
        if not {"memory", "pids"} <= set((parent / "cgroup.controllers").read_text().split()):
            return False
        try:
            control.write_text("+memory +pids")
        except OSError:
            # A cgroup with limited children may hold no process itself: if it is all ours, we move one down.
            if (parent / "cgroup.procs").read_text().split() != [str(os.getpid())]:
                return False
            leaf = parent / f"{PREFIX}runner"
            leaf.mkdir(exist_ok=True)
            (leaf / "cgroup.procs").write_text(str(os.getpid()))
            control.write_text("+memory +pids")
    except OSError:
        return False
    return True


def _remove_strays(parent: Path) -> None:
    for folder in parent.glob(f"{PREFIX}*-*"):
        number, _, started = folder.name.removeprefix(PREFIX).partition("-")
        if number.isdigit() and start_time(int(number)) != started:
            for jail in folder.iterdir():
                if jail.is_dir():
                    _remove(jail)
            _remove(folder)


def _remove(folder: Path) -> bool:
    try:
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _write_if_there(path: Path, text: str) -> None:
    if path.exists():
        path.write_text(text)
