"""What the tests of the runner share."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from runners.sandboxes import Sandbox
from runners.suites import SUITES_FOLDER, Suite, load_suite
from tests.jails import warm_bubblewrap

CASES = b"""
from gpu_worker.harness.cases import case

@case("a draw", points=1)
def draw(module, rng, record):
    record.close("number", module.double(rng.standard_normal()), rtol=1e-9)
"""


@pytest.fixture(scope="session")
def bubblewrap() -> Iterator[Sandbox]:
    """A warm sandbox with NumPy."""
    with warm_bubblewrap("numpy") as sandbox:
        yield sandbox


@pytest.fixture
def suite() -> Suite:
    """The suite autodiff with one case that draws one number and has it doubled."""
    autodiff = load_suite(SUITES_FOLDER / "autodiff")
    case = autodiff.manifest.cases[0].model_copy(
        update={"id": "draw", "title": "a draw", "partial": False, "sizes": []}
    )
    manifest = autodiff.manifest.model_copy(update={"cases": [case], "module": "twice", "case_seconds": 2.0})
    reference = {"twice.py": b"def double(x):\n    return 2 * x\n"}
    return replace(autodiff, manifest=manifest, case_files={"cases.py": CASES}, reference_files=reference)


@pytest.fixture
def never() -> threading.Event:
    """Nobody stops this run."""
    return threading.Event()
