"""From upload to verdict, against plain `python -m pytest` of the equivalent tests.

What is measured
----------------
`bare_pytest_s`: the median of five runs of `python -m pytest` on the equivalent tests (`benchmarks/bare/<suite>`) with
the reference solution beside them, process start included, without any plugin or configuration of this project.

`submit_to_verdict_s`: submissions of the reference solution, one after another, from the moment before the upload
until the API reports the final state: HTTP, database, Celery's message, jail, comparison, report. The stack is
its own, as the demo runs it (SQLite, folders for brokers), and ends afterwards. Before the first submission it is
given time to end what a host does when it starts (templates, warm containers, expected values), until the machine is
idle: what is measured is a host that is up, not one that starts. `idle_after_s` says how long that took.

`first_case_s`: from the moment before the upload until the first case began in its jail.

`saturation`: the runner is frozen while submissions queue up; the clock runs from the thaw until the last one is
final. Every one of them costs a run of the student's code and, because each attempt has a fresh seed, one of the
reference. Against it: the same pytest, bare, in as many parallel processes as the runner has slots. The leading
figure is of the PyTorch suite (bare pytest pays the import each time) with two slots in the first sandbox there is.

`sandboxes`: all of it in each sandbox of this machine, and saturation with one, two and four slots.

`kinds`: one suite of each kind; `gradescope` where there is an engine for autograders.

`memory`: what a template, and each further submission in it, really cost: proportional set sizes of all their
processes (`/proc/PID/smaps_rollup`), in MiB.

`benchmarks/bare/<suite>` makes the same checks with the same sizes as the suite's `cases.py`.
"""

import shutil
import statistics
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.grading import bare, farm
from benchmarks.grading.idleness import wait_until_idle
from benchmarks.grading.memory import measure as measure_memory
from benchmarks.grading.places import SUITES, kinds, suites_folder
from deploy.stack import Stack
from runners.sandboxes import choose_sandbox
from runners.sandboxes.base import SandboxFault

BARE_RUNS = 5
SUBMISSIONS = 20
FEW = 8
"""How many submissions are enough for a figure that is not a leading one."""
SLOTS = (1, 2, 4)
SANDBOXES: dict[str, tuple[str, dict[str, str]]] = {
    "bubblewrap": ("bubblewrap", {}),
    "docker": ("docker", {}),
    "docker-templates": ("docker", {"RUNNER_DOCKER_TEMPLATES": "1"}),
}
"""Figure -> (sandbox, more environment of the runner)."""
Say = Callable[[str], None]


def measure(say: Say) -> dict[str, Any]:
    """Return all figures. Starts and ends everything that it needs."""
    with tempfile.TemporaryDirectory(prefix="coursehub-benchmark-") as name:
        folder = Path(name)
        suites = suites_folder(folder / "suites")
        bare_folders = {
            suite: place
            for suite in sorted({*SUITES.values(), *kinds().values()})
            if (place := bare.folder_for(folder, suite)) is not None
        }
        seconds = {}
        for suite, place in bare_folders.items():
            say(f"{suite}: plain pytest, {BARE_RUNS} times")
            seconds[suite] = statistics.median(bare.run(place) for _ in range(BARE_RUNS))
        per_minute = {}
        for slots in SLOTS:
            say(f"saturation: plain pytest in {slots} parallel processes")
            per_minute[slots] = {suite: bare.saturation(bare_folders[suite], slots) for suite in SUITES.values()}
        found = {figure: _in_sandbox(folder, suites, figure, seconds, per_minute, say) for figure in _sandboxes(say)}
        first = next(iter(found.values()))
        figures: dict[str, Any] = {figure: first["suites"][figure] for figure in SUITES}
        figures["saturation"] = first["saturation"]["torch"]["2"]
        figures["first_case_s"] = first["first_case_s"]
        figures["kinds"] = first.pop("kinds")
        figures["sandboxes"] = found
        say("memory")
        figures["memory_mib"] = measure_memory()
        return _rounded(figures)


def _sandboxes(say: Say) -> Iterator[str]:
    """Yield each sandbox that this machine has."""
    for figure, (name, _) in SANDBOXES.items():
        try:
            choose_sandbox(name).close()
        except SandboxFault as refusal:
            say(f"{figure}: not here. {refusal}")
        else:
            yield figure


def _in_sandbox(
    folder: Path,
    suites: Path,
    figure: str,
    bare_seconds: dict[str, float],
    bare_per_minute: dict[int, dict[str, float]],
    say: Say,
) -> dict[str, Any]:
    sandbox, more = SANDBOXES[figure]
    is_first = figure == next(iter(SANDBOXES))
    found: dict[str, Any] = {"suites": {}, "saturation": {name: {} for name in SUITES}, "kinds": {}}
    for slots in SLOTS:
        place = folder / f"stack-{figure}-{slots}"
        settings = {"SUITES_DIR": str(suites)}
        stack = Stack(
            folder=place, students=SUBMISSIONS, slots=slots, sandbox=sandbox, settings=settings, runner_settings=more
        )
        say(f"{figure}: starting CourseHub with {slots} slots")
        with stack:
            if slots == 2:
                say(f"{figure}: waiting until the host has ended what it does at its start")
                found["idle_after_s"] = wait_until_idle()
                _one_after_another(stack, found, bare_seconds, say)
                if is_first:
                    _of_each_kind(stack, found, bare_seconds, say)
            for name, suite in SUITES.items():
                say(f"{figure}: {name}, {farm.QUEUED} submissions waiting, {slots} slots")
                ours = farm.saturation(stack, suite)
                theirs = bare_per_minute[slots][suite]
                found["saturation"][name][str(slots)] = {
                    "submissions_per_minute": ours,
                    "bare_pytest_per_minute": theirs,
                    "slots": slots,
                    "ratio": ours / theirs,
                }
        shutil.rmtree(place, ignore_errors=True)
    return found


def _one_after_another(stack: Stack, found: dict[str, Any], bare_seconds: dict[str, float], say: Say) -> None:
    for figure, suite in SUITES.items():
        say(f"{figure}: {SUBMISSIONS} submissions, one after another")
        runs = farm.one_after_another(stack, suite, SUBMISSIONS)
        found["suites"][figure] = _against(farm.spread(runs.seconds), bare_seconds[suite])
        found.setdefault("first_case_s", {})[figure] = farm.spread(farm.first_case_seconds(stack, runs))


def _of_each_kind(stack: Stack, found: dict[str, Any], bare_seconds: dict[str, float], say: Say) -> None:
    for kind, suite in kinds().items():
        say(f"{kind}: {FEW} submissions of {suite}, one after another")
        runs = farm.one_after_another(stack, suite, FEW)
        found["kinds"][kind] = _against(farm.spread(runs.seconds), bare_seconds.get(suite))


def _against(spread: dict[str, float], bare_seconds: float | None) -> dict[str, Any]:
    if bare_seconds is None:
        return {"submit_to_verdict_s": spread}
    return {
        "bare_pytest_s": bare_seconds,
        "submit_to_verdict_s": spread,
        "ratio_p50": spread["p50"] / bare_seconds,
    }


def _rounded(figures: dict[str, Any]) -> dict[str, Any]:
    rounded: dict[str, Any] = {}
    for name, value in figures.items():
        if isinstance(value, dict):
            rounded[name] = _rounded(value)
        else:
            rounded[name] = round(value, 3) if isinstance(value, float) else value
    return rounded
