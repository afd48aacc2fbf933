"""What must hold after every attack, whatever it was: I1 to I8 of the catalogue.

I1 there is a verdict of an allowed kind, and never a fault of ours. I2 nothing was earned that was not computed.
I3 no planted secret is in anything that a student sees. I4 no process is left. I5 nothing else is left on the host.
I6 the known good job behind it gets full marks. I7 there is one accepted report, under the lease that was held.
I8 the same holds for four at once. How long the next job takes is measured by `benchmarks/`, not here.
"""

import os
import time
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from runners.sandboxes import Sandbox
from runners.sandboxes.uids import FIRST_UID, UIDS
from tests.attacks.arena import Arena, Graded
from tests.attacks.catalogue import Attack
from tests.jails import descriptors, mounts

SETTLED_SECONDS = 15.0
"""How long cleaning up may take on a busy machine; on an idle one it takes a fraction of a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What of a sandbox's is on this host."""

    processes: frozenset[int]
    cgroups: frozenset[str]
    containers: frozenset[str]
    files: frozenset[str]
    shared: frozenset[str]
    mounts: frozenset[str]
    descriptors: int
    """Of this process, which is the runner here."""


def state_of(sandbox: Sandbox) -> State:
    """Look around."""
    base = _uids(sandbox)
    return State(
        processes=frozenset(_processes_of(base)),
        cgroups=frozenset(_cgroups_of(sandbox)),
        containers=frozenset(_containers(sandbox)),
        files=frozenset(_files_of(base)),
        shared=frozenset(_shared_of(base)),
        # What an engine mounted for a container of ours is counted as that container.
        mounts=frozenset(mounts()),
        descriptors=descriptors() if sandbox.name == "bubblewrap" else 0,
    )


def left_over(sandbox: Sandbox, before: State) -> dict[str, object]:
    """Return what is there that was not there before, once it has had time to go away."""
    deadline = time.monotonic() + SETTLED_SECONDS
    while (left := _more(state_of(sandbox), before)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


def _more(after: State, before: State) -> dict[str, object]:
    names = [each.name for each in fields(State) if each.name != "descriptors"]
    more = {name: sorted(getattr(after, name) - getattr(before, name)) for name in names}
    more["descriptors"] = max(0, after.descriptors - before.descriptors)
    return {name: what for name, what in more.items() if what}


def check_attack(arena: Arena, attack: Attack, runs: list[Graded], *, before: State) -> None:
    """Assert I1 to I6 (and I8, where there are several runs)."""
    for run in runs:
        assert run.report is not None, f"I1: a fault of ours: {run.fault}"
        assert run.outcome in attack.expect, f"I1: {run.outcome}: {run.shown[:3_000]}"
        assert [check.id for check in run.report.checks] == [case.id for case in arena.suite.manifest.cases]
        assert attack.least <= run.points <= attack.most, f"I2: {run.points} points: {run.shown[:3_000]}"
        assert arena.canaries.seen_in(run.shown) == [], f"I3: {run.shown[:3_000]}"
        got = [line for check in run.report.checks for line in check.output.splitlines() if line.startswith("GOT")]
        assert got == [], "I3: it got hold of something, or did what it should not be able to do"
    check_good(arena)
    left = left_over(arena.sandbox, before)
    assert left == {}, f"I4, I5: something is left: {left}"


def check_good(arena: Arena) -> None:
    """Assert I6: the next job, which is right, is found to be right."""
    good = arena.good()
    assert good.report is not None, f"I6: {good.fault}"
    assert good.points == arena.suite.manifest.max_points, f"I6: {good.shown[:3_000]}"


def _uids(sandbox: Any) -> range:
    if sandbox._uids is None:
        return range(0)
    first = min(pair[0] for pair in sandbox._uids._free) - FIRST_UID
    return range(FIRST_UID + first // UIDS * UIDS, FIRST_UID + (first // UIDS + 1) * UIDS)


def _processes_of(uids: range) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and entry.stat().st_uid in uids:
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def _cgroups_of(sandbox: Any) -> list[str]:
    if sandbox.name != "bubblewrap":
        return []
    folders = [parent / sandbox._cgroups._name for parent in sandbox._cgroups._parents.values()]
    return [str(jail) for folder in folders if folder.is_dir() for jail in folder.iterdir() if jail.is_dir()]


def _containers(sandbox: Any) -> list[str]:
    """Return the containers that are in use, or that nobody knows of; the warm ones that wait come and go."""
    if sandbox.name != "docker":
        return []
    filters = {"label": f"org.coursehub.sandbox.pool={sandbox._engine.pool}"}
    found = sandbox._engine.client.containers.list(all=True, filters=filters, ignore_removed=True)
    assert not any(container.attrs["Mounts"] for container in found), "a sandbox has a volume"
    shelves = list(sandbox._pool._shelves.values())
    waiting = {jail._container.id for shelf in shelves for _, jail in [*shelf.waiting, *shelf.warming]}
    return [container.name for container in found if container.id not in waiting]


def _files_of(uids: range) -> list[str]:
    found = []
    for folder in ("/tmp", "/dev/shm", "/var/tmp", "/dev/mqueue"):
        try:
            found += [entry.path for entry in os.scandir(folder) if entry.stat(follow_symlinks=False).st_uid in uids]
        except OSError:
            continue
    return found


def _shared_of(uids: range) -> list[str]:
    found = []
    for kind in ("shm", "sem", "msg"):
        try:
            rows = [line.split() for line in Path(f"/proc/sysvipc/{kind}").read_text().splitlines()]
        except OSError:
            continue
        columns = [position for position, name in enumerate(rows[0]) if name in ("uid", "cuid")]
        found += [f"{kind} {row[1]}" for row in rows[1:] if any(int(row[column]) in uids for column in columns)]
    return found
