"""What the doctor examines of a machine itself: namespaces, cgroups, users, disk, clock, accelerator, core dumps."""

import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import StrEnum
from pathlib import Path

import requests

from runners.config import RunnerConfig
from runners.protocol import Lane

FAIL_DISK_BYTES, CAUTION_DISK_BYTES = 512 << 20, 4 << 30
MOST_CLOCK_SECONDS = 5.0
SETTINGS = Path("/proc/sys")
_UNSYNCHRONISED = 5  # TIME_ERROR of adjtimex(2)


class Level(StrEnum):
    """How well something is."""

    PASS = "PASS"  # noqa: S105  # not a password
    CAUTION = "CAUTION"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What one examination found, and what repairs it."""

    level: Level
    subject: str
    found: str
    repair: str = ""

    def __str__(self) -> str:
        repair = f"\n{'':8} {'':12} repair: {self.repair}" if self.repair else ""
        return f"{self.level:8} {self.subject:12} {self.found}{repair}"


def bubblewrap() -> Line:
    """Whether bubblewrap is here and makes a jail."""
    install = "sudo apt-get install bubblewrap"
    if shutil.which("bwrap") is None:
        return Line(level=Level.FAIL, subject="bubblewrap", found="is not installed", repair=install)
    problem = problem_of(["bwrap", "--unshare-all", "--ro-bind", "/", "/", "true"])
    if problem:
        repair = "allow user namespaces for bwrap (an AppArmor profile on Ubuntu 24.04), or run the runner as root"
        return Line(level=Level.FAIL, subject="bubblewrap", found=f"cannot make a jail: {problem}", repair=repair)
    return Line(level=Level.PASS, subject="bubblewrap", found="makes jails")


def namespaces() -> Line:
    """Whether the kernel has every kind of namespace, and lets this user make one."""
    missing = [
        name for name in ("mnt", "pid", "net", "ipc", "uts", "user") if not Path(f"/proc/self/ns/{name}").exists()
    ]
    if missing:
        found = f"this kernel lacks the namespaces {', '.join(missing)}"
        return Line(level=Level.FAIL, subject="namespaces", found=found, repair="use a kernel that has them")
    if os.geteuid() == 0:
        # As root no jail needs a user namespace.
        return Line(level=Level.PASS, subject="namespaces", found="all there")
    for name, forbids, repair in _USER_NAMESPACE_SETTINGS:
        if _setting(name) == forbids:
            found = f"{name.replace('/', '.')} is {forbids}: an ordinary user may not make user namespaces"
            return Line(level=Level.CAUTION, subject="namespaces", found=found, repair=f"sudo sysctl -w {repair}")
    if problem := problem_of(["unshare", "--user", "--map-root-user", "true"]):
        repair = "sudo sysctl -w kernel.unprivileged_userns_clone=1 kernel.apparmor_restrict_unprivileged_userns=0"
        found = f"an ordinary user cannot make a user namespace: {problem}"
        return Line(level=Level.CAUTION, subject="namespaces", found=found, repair=repair)
    return Line(level=Level.PASS, subject="namespaces", found="all there, for ordinary users too")


_USER_NAMESPACE_SETTINGS = (
    ("kernel/apparmor_restrict_unprivileged_userns", "1", "kernel.apparmor_restrict_unprivileged_userns=0"),
    ("kernel/unprivileged_userns_clone", "0", "kernel.unprivileged_userns_clone=1"),
    ("user/max_user_namespaces", "0", "user.max_user_namespaces=15000"),
)


def cgroups() -> Line:
    """Whether memory and processes of a jail can be limited as a whole."""
    root = Path("/sys/fs/cgroup")
    if (root / "cgroup.controllers").exists():
        available = set((root / "cgroup.controllers").read_text().split())
        kind = "version 2"
        folders = [root]
    else:
        available = {name for name in ("memory", "pids") if (root / name).is_dir()}
        kind = "version 1"
        folders = [root / name for name in sorted(available)]
    if {"memory", "pids"} - available:
        found = f"{kind} without memory or pids; limits of single processes are used instead"
        return Line(level=Level.CAUTION, subject="cgroups", found=found, repair="boot with cgroup_enable=memory")
    if not all(os.access(folder, os.W_OK) for folder in folders):
        found = f"{kind}, but not writable for this user; limits of single processes are used instead"
        repair = "run the runner as a systemd service with Delegate=yes, or as root"
        return Line(level=Level.CAUTION, subject="cgroups", found=found, repair=repair)
    return Line(level=Level.PASS, subject="cgroups", found=f"{kind}, memory and pids writable")


def core_dumps() -> Line:
    """Whether a crash in a jail starts a program of the host's: a pipe ignores that core files are switched off."""
    pattern = _setting("kernel/core_pattern")
    if pattern.startswith("|"):
        found = f"a crash anywhere, in a jail too, starts {pattern[1:].split()[0]} on this host"
        repair = "sudo sysctl -w kernel.core_pattern=core"
        return Line(level=Level.CAUTION, subject="core dumps", found=found, repair=repair)
    return Line(level=Level.PASS, subject="core dumps", found="start no program")


def disk(folder: str = "", *, subject: str = "disk") -> Line:
    """Whether there is room where temporary files, or those of the engine, lie."""
    folder = folder or tempfile.gettempdir()
    free = shutil.disk_usage(folder).free
    level = Level.FAIL if free < FAIL_DISK_BYTES else Level.CAUTION if free < CAUTION_DISK_BYTES else Level.PASS
    repair = "" if level is Level.PASS else f"free some space below {folder}"
    return Line(level=level, subject=subject, found=f"{free / (1 << 30):.1f} GiB free in {folder}", repair=repair)


def clock() -> Line:
    """Whether something keeps this machine's clock right."""
    # What the kernel knows, whichever program tells it. It only reads where the first field, the modes, is 0.
    state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512))
    if state == _UNSYNCHRONISED:
        found = "nothing keeps this clock right, as far as the kernel knows"
        return Line(level=Level.CAUTION, subject="clock", found=found, repair="sudo timedatectl set-ntp true")
    if state < 0:
        return Line(level=Level.PASS, subject="clock", found="the kernel does not say whether it is kept right")
    return Line(level=Level.PASS, subject="clock", found="is kept right")


def site(config: RunnerConfig) -> Line:
    """Whether the site answers, and its clock agrees with this one."""
    try:
        answer = requests.head(f"{config.site_url}/healthz", timeout=5, allow_redirects=False)
        there = parsedate_to_datetime(answer.headers["Date"]).timestamp()
    except (requests.RequestException, KeyError, ValueError) as error:
        found = f"{config.site_url} does not answer: {error}"[:300]
        return Line(level=Level.CAUTION, subject="site", found=found, repair="set SITE_URL, or start the site")
    if (apart := abs(time.time() - there)) > MOST_CLOCK_SECONDS:
        found = f"the clocks here and there are {apart:.0f} s apart"
        return Line(level=Level.CAUTION, subject="site", found=found, repair="sudo timedatectl set-ntp true")
    return Line(level=Level.PASS, subject="site", found=f"{config.site_url} answers, clocks agree")


def accelerator(lane: Lane) -> Line:
    """Which GPU is here, and whether this host's lane needs one."""
    if shutil.which("nvidia-smi") is None:
        if lane is Lane.CPU:
            return Line(level=Level.PASS, subject="gpu", found="no GPU here, and the lane cpu needs none")
        repair = "install the NVIDIA driver, or set RUNNER_LANE=cpu"
        return Line(level=Level.FAIL, subject="gpu", found=f"no GPU here, and the lane is {lane}", repair=repair)
    query = ["nvidia-smi", "--query-gpu=name,utilization.gpu,memory.used,memory.total", "--format=csv,noheader"]
    try:
        done = subprocess.run(query, capture_output=True, text=True, timeout=30, check=False)  # noqa: S603  # fixed
        said, works = " ".join((done.stdout or done.stderr).split()), done.returncode == 0
    except (OSError, subprocess.TimeoutExpired) as error:
        said, works = str(error), False
    if not works:
        level = Level.CAUTION if lane is Lane.CPU else Level.FAIL
        repair = "look at dmesg, and load the NVIDIA driver: sudo modprobe nvidia"
        return Line(level=level, subject="gpu", found=f"nvidia-smi fails: {said}"[:300], repair=repair)
    return Line(level=Level.PASS, subject="gpu", found=f"{said}; {_torch_sees()}"[:300])


def _torch_sees() -> str:
    """Ask PyTorch in a process of its own: whoever opens a GPU keeps memory on it."""
    question = "import torch, sys; sys.stdout.write(f'{torch.__version__} sees {torch.cuda.device_count()}')"
    try:
        done = subprocess.run(  # noqa: S603  # fixed
            [sys.executable, "-I", "-c", question], capture_output=True, text=True, timeout=120, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return "PyTorch does not answer"
    return f"PyTorch {done.stdout}" if done.returncode == 0 else "no PyTorch next to the runner"


def problem_of(command: list[str]) -> str:
    """Run a harmless command; return what went wrong, or nothing."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=15, check=False)  # noqa: S603  # fixed
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return "" if done.returncode == 0 else " ".join(done.stderr.split())[:300] or f"status {done.returncode}"


def _setting(name: str) -> str:
    try:
        return (SETTINGS / name).read_text().strip()
    except OSError:
        return ""
