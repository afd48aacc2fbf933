"""The outer wall: the bubblewrap command that a template runs in."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from runners.sandboxes import environments
from runners.sandboxes.base import NoSandbox
from runners.sandboxes.environments import Bind

PROBE_SECONDS = 30
INSTALL = "Install bubblewrap (Debian and Ubuntu: sudo apt-get install bubblewrap; Fedora: sudo dnf install bubblewrap)"
# What the template needs to open jails as root; a jail keeps SETUID, SETGID and KILL, a case nothing.
CAPABILITIES = ("CAP_SYS_ADMIN", "CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP", "CAP_KILL")
DEVICES = ("null", "zero", "full", "random", "urandom")
LIBRARY_FOLDERS = ("/lib", "/lib64", "/usr/lib", "/usr/lib64")


def bubblewrap_command(environment: str, control: int) -> list[str]:
    """Return the command of a template that listens on this descriptor."""
    binds = [
        *environments.interpreter_binds(),
        *environments.package_binds(environment),
        *environments.harness_binds(),
    ]
    return [
        *_wall(binds),
        *("--", environments.PYTHON, "-I", "-S", "-X", "utf8", environments.START, environment, str(control)),
    ]


def check_bubblewrap() -> None:
    """Try the outer wall with nothing but an interpreter behind it. Raises ``NoSandbox`` with what to do."""
    command = [*_wall(environments.interpreter_binds()), "--", environments.PYTHON, "-I", "-S", "-c", "pass"]
    try:
        done = subprocess.run(command, env={}, capture_output=True, timeout=PROBE_SECONDS, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        sentence = "bubblewrap could not be started."
        raise NoSandbox(sentence, str(error)) from error
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()
        raise NoSandbox(_advice(said), said)


def _wall(binds: list[Bind]) -> list[str]:
    if sys.platform != "linux" or (program := shutil.which("bwrap")) is None:
        sentence = f"There is no bubblewrap here. {INSTALL}, or use Docker."
        raise NoSandbox(sentence)
    system = _library_binds()
    hidden = [*environments.hidden_folders(binds), *environments.hidden_folders(system)]
    return [
        program,
        *("--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"),
        *("--die-with-parent", "--new-session", "--clearenv", "--hostname", "sandbox"),
        *_user(),
        *_folders([bind.target for bind in [*system, *binds]]),
        *(part for bind in [*system, *binds] for part in ("--ro-bind", str(bind.source), bind.target)),
        *_library_links(),
        *(part for folder in hidden for part in ("--perms", "0555", "--tmpfs", folder, "--remount-ro", folder)),
        *("--proc", "/proc"),
        *(part for name in DEVICES for part in ("--dev-bind", f"/dev/{name}", f"/dev/{name}")),
        # Each jail mounts its own tmpfs over these.
        *(part for name in ("/tmp", "/job", "/dev/shm") for part in ("--perms", "0755", "--dir", name)),  # noqa: S108
        *("--remount-ro", "/", "--chdir", "/"),
    ]


def _user() -> list[str]:
    if os.geteuid() != 0:
        # Every jail makes a user namespace of its own inside this one, so --disable-userns cannot be used.
        return ["--unshare-user", "--cap-drop", "ALL"]
    return ["--cap-drop", "ALL", *(part for name in CAPABILITIES for part in ("--cap-add", name))]


def _folders(targets: Iterable[str]) -> list[str]:
    """Make every parent folder by name: those that bubblewrap makes by itself are closed to other users."""
    parents = {"/dev", "/proc"}
    for target in targets:
        parents.update(str(parent) for parent in PurePosixPath(target).parents if str(parent) != "/")
    linked = {name for name in LIBRARY_FOLDERS if Path(name).is_symlink()}
    return [part for name in sorted(parents - linked) for part in ("--perms", "0755", "--dir", name)]


def _library_binds() -> list[Bind]:
    """Return the folders of the system's shared libraries, and of nothing else that is below /usr."""
    folders = []
    for name in LIBRARY_FOLDERS:
        folder = Path(name)
        if folder.is_symlink() or not folder.is_dir():
            continue
        # Debian keeps libraries in a folder per architecture, next to a hundred other things.
        inner = sorted(folder.glob("*-linux-gnu")) + sorted(folder.glob("*-linux-musl"))
        folders += [path for path in inner if path.is_dir()] or ([folder] if name.endswith("64") else [])
    binds = [Bind(source=folder, target=str(folder)) for folder in folders]
    # On merged systems /usr/lib64 holds only the loader's link, and _library_binds takes it whole.
    cache = Path("/etc/ld.so.cache")
    return [*binds, Bind(source=cache, target=str(cache))] if cache.exists() else binds


def _library_links() -> list[str]:
    links = [Path(name) for name in LIBRARY_FOLDERS if Path(name).is_symlink()]
    return [part for link in links for part in ("--symlink", str(link.readlink()), str(link))]


def _advice(said: str) -> str:
    if any(word in said for word in ("uid map", "Creating new namespace", "user namespace", "RTM_NEWADDR")):
        return (
            "bubblewrap may not make namespaces here. Run the runner as root, or allow user namespaces "
            "(sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 on Ubuntu, "
            "kernel.unprivileged_userns_clone=1 on older Debian), or use Docker."
        )
    return "bubblewrap is here but cannot make a sandbox: run the runner as root on the host itself, or use Docker."
