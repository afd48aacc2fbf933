"""Which suites are measured, and where they are."""

import shutil
import subprocess
import sys
from pathlib import Path

from deploy.stack import ROOT
from runners.autograders.hosting import refusal

SHIPPED = ROOT / "gpu_worker" / "suites"
EXAMPLES = ROOT / "tests" / "kinds" / "suites"
AUTOGRADERS = ROOT / "tests" / "kinds" / "autograders"
OWN = ROOT / "benchmarks" / "suites"
"""Kept as they are, so that figures stay comparable while the shipped ones grow."""

SUITES = {"autodiff": "autodiff", "torch": "torch-short"}
"""Name of a figure -> suite."""
KINDS = {"differential": "autodiff", "values": "scalars", "pytest": "calculator"}
"""Kind -> a suite of it."""


def kinds() -> dict[str, str]:
    """Return a suite of each kind that this host can grade; ``gradescope`` takes an engine of its own."""
    return KINDS if refusal() else KINDS | {"gradescope": "compiled"}


def folder_of(suite: str) -> Path:
    """Return where a suite is."""
    return next(each / suite for each in (SHIPPED, OWN, EXAMPLES, AUTOGRADERS) if (each / suite).is_dir())


def suites_folder(target: Path) -> Path:
    """Copy every measured suite, and those that the courses name, into one folder for site and runner."""
    shipped = {path.parent.name for path in SHIPPED.glob("*/suite.toml")}
    for suite in sorted({*shipped, *SUITES.values(), *kinds().values()}):
        shutil.copytree(folder_of(suite), target / suite)
        if not (target / suite / "manifest.json").exists():
            command = [sys.executable, "-m", "runners.suites", str(target / suite)]
            subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # our own program
    return target


def reference(suite: str) -> dict[str, bytes]:
    """Return a suite's reference solution."""
    folder = folder_of(suite) / "reference"
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
