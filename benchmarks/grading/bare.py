"""The same checks as ordinary pytest, in one process: how such a homework is usually graded."""

import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.grading.places import reference

BARE = Path(__file__).resolve().parent.parent / "bare"
PARALLEL_RUNS = 12


class BenchmarkBroken(Exception):
    """Something that was measured did not do its work; its figures would mean nothing."""


def folder_for(folder: Path, suite: str) -> Path | None:
    """Return a copy of the equivalent tests with the reference solution as submission, or None: there are none."""
    tests = BARE / suite
    if not tests.is_dir():
        return None
    copy = folder / f"bare-{suite}"
    shutil.copytree(tests, copy)
    (copy / "reference").mkdir()
    for path, content in reference(suite).items():
        for place in (copy / path, copy / "reference" / path):
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
    return copy


def run(folder: Path) -> float:
    """Run pytest as a student would in an environment that has nothing but pytest; return how long it took."""
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(folder)}
    options = ["-q", "-c", os.devnull, "--rootdir", str(folder), "--ignore", str(folder / "reference")]
    command = [sys.executable, "-m", "pytest", *options, str(folder)]
    begin = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    took = time.perf_counter() - begin
    if done.returncode:
        message = f"The bare tests fail:\n{done.stdout[-3_000:]}{done.stderr[-1_000:]}"
        raise BenchmarkBroken(message)
    return took


def saturation(folder: Path, processes: int) -> float:
    """Return how many runs a minute so many processes side by side make."""
    with ThreadPoolExecutor(processes) as pool:
        begin = time.perf_counter()
        list(pool.map(run, [folder] * PARALLEL_RUNS))
        return 60 * PARALLEL_RUNS / (time.perf_counter() - begin)
