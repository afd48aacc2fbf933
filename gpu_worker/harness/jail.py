"""From the template to the jail of one submission: fresh namespaces, nothing kept, one descriptor to the runner.

Theory of operation
-------------------
The template forks a *doorman*, which joins the jail's cgroups, leaves for fresh namespaces, forks the session (pid 1
of the new pid namespace), tells the template its number and exits; the template, as a subreaper, is then the
session's parent. As root there is no user namespace: the session becomes a user of its own and keeps SETUID, SETGID
and KILL to start cases as the student's user. As an ordinary user every jail is in a user namespace of its own that
maps one user, and keeps nothing.
"""

import itertools
import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gpu_worker.harness import linux, session
from gpu_worker.harness.line import Line

SUBMISSION_BYTES = 64 << 20
SUBMISSION_INODES = 8192
DESCRIPTORS = 4096

_FRESH = linux.CLONE_NEWNS | linux.CLONE_NEWUTS | linux.CLONE_NEWIPC | linux.CLONE_NEWPID | linux.CLONE_NEWNET
_WRITABLE = linux.MS_NOSUID | linux.MS_NODEV
_KERNEL_SETTINGS = ("/proc/sys", "/proc/sysrq-trigger")


@dataclass(frozen=True, slots=True, kw_only=True)
class JailPlan:
    """What the runner wants for one submission."""

    session_uid: int | None
    """Who the session becomes; None for an ordinary user, who stays."""
    tmp_bytes: int
    tmp_inodes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptors:
    """What the runner passed along."""

    stream: int
    cgroups: tuple[int, ...]
    """Each one a ``cgroup.procs`` open for writing."""
    oom: int | None
    """Where the memory cgroup counts its kills, or None without one."""


def open_jail(plan: JailPlan, descriptors: Descriptors, *, packages: Mapping[str, str]) -> int:
    """Start a session in fresh namespaces; return its process number here. Raises ``OSError``."""
    answer, answer_in = os.pipe()
    doorman = os.fork()
    if doorman == 0:
        os.close(answer)
        try:
            _leave(plan, descriptors, answer_in, packages)
        except BaseException as error:
            # The outermost loop of this process: what went wrong goes to the template.
            os.write(answer_in, f"!{type(error).__name__}: {error}"[:500].encode())
        finally:
            os._exit(1)
    os.close(answer_in)
    said = b""
    while piece := os.read(answer, 600):
        said += piece
    os.close(answer)
    os.waitpid(doorman, 0)
    number, _, trouble = said.decode(errors="replace").partition("!")
    if trouble or not number:
        if number:
            os.kill(int(number), signal.SIGKILL)
        raise OSError(trouble or "The jail could not be entered.")
    return int(number)


def _leave(plan: JailPlan, descriptors: Descriptors, answer: int, packages: Mapping[str, str]) -> None:
    for cgroup in descriptors.cgroups:
        os.write(cgroup, b"0")
    if plan.session_uid is None:
        _unshare_as_ordinary_user()
    else:
        linux.unshare(_FRESH)
    inside = os.fork()
    if inside:
        os.write(answer, str(inside).encode())
        os._exit(0)
    # Both ends know each other by this pipe until the session is shut in; then it closes, and the template goes on.
    _mount(plan)
    _drop(plan)
    _close_all_but(answer, descriptors)
    os.close(answer)
    try:
        line = Line(descriptors.stream, descriptors.stream)
        session.serve(line, oom_kills=_oom_counter(descriptors.oom), packages=packages)
    finally:
        os._exit(0)


def _unshare_as_ordinary_user() -> None:
    uid, gid = os.geteuid(), os.getegid()
    linux.unshare(_FRESH | linux.CLONE_NEWUSER)
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        with open(f"/proc/self/{name}", "w") as file:  # noqa: PTH123
            file.write(text)


def _mount(plan: JailPlan) -> None:
    linux.mount("none", "/", None, linux.MS_REC | linux.MS_PRIVATE)
    own = f",uid={plan.session_uid},gid={plan.session_uid}" if plan.session_uid is not None else ""
    room = f"size={plan.tmp_bytes},nr_inodes={plan.tmp_inodes},mode=1777"
    linux.mount("tmpfs", "/tmp", "tmpfs", _WRITABLE, room)  # noqa: S108
    linux.mount("tmpfs", "/dev/shm", "tmpfs", _WRITABLE, room)  # noqa: S108
    linux.mount(
        "tmpfs", "/job", "tmpfs", _WRITABLE, f"size={SUBMISSION_BYTES},nr_inodes={SUBMISSION_INODES},mode=0755{own}"
    )
    linux.mount("proc", "/proc", "proc", _WRITABLE | linux.MS_NOEXEC)
    if plan.session_uid is not None:
        # Root of no user namespace owns the kernel's settings: a session that was taken over must not write them.
        for name in filter(os.path.exists, _KERNEL_SETTINGS):
            linux.mount(name, name, None, linux.MS_BIND)
            linux.mount("none", name, None, linux.MS_BIND | linux.MS_REMOUNT | linux.MS_RDONLY | _WRITABLE)


def _drop(plan: JailPlan) -> None:
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    linux.empty_bounding_set()
    if plan.session_uid is None:
        linux.set_capabilities()
    else:
        linux.keep_capabilities_over_setuid()
        os.setgroups([])
        os.setresgid(plan.session_uid, plan.session_uid, plan.session_uid)
        os.setresuid(plan.session_uid, plan.session_uid, plan.session_uid)
        linux.set_capabilities(linux.CAP_SETUID, linux.CAP_SETGID, linux.CAP_KILL)
    session.harden()


def _close_all_but(answer: int, descriptors: Descriptors) -> None:
    kept = sorted(each for each in (answer, descriptors.stream, descriptors.oom) if each is not None)
    null = os.open("/dev/null", os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    for before, after in itertools.pairwise([2, *kept, DESCRIPTORS]):
        os.closerange(before + 1, after)


def _oom_counter(descriptor: int | None) -> Callable[[], int] | None:
    if descriptor is None:
        return None

    def count() -> int:
        return oom_kills(os.pread(descriptor, 4096, 0))

    return count


def oom_kills(text: bytes) -> int:
    """Read the count of kills from a memory cgroup's own account, of either version."""
    for line in text.splitlines():
        if line.startswith(b"oom_kill "):
            return int(line.split()[1])
    return 0
