"""Lay out an autograder of ``autograders/`` as a suite, and grade with it in earnest."""

import base64
import functools
import hashlib
import shutil
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runners.autograders.no_jail import NoJail
from runners.kinds.base import Progress, Work
from runners.kinds.gradescope import AUTOGRADERS, Gradescope
from runners.protocol import RunReport
from runners.suite import Suite, files_below
from runners.suites import load_suite, make_manifest, manifest_text
from tests.conftest import require

SOURCES = Path(__file__).resolve().parent / "autograders"
SEED = bytes(16)


def laid_out(name: str, folder: Path, *, zipped: bool = False) -> Path:
    """Return a copy of a suite as an instructor has it: Windows line ends, wheels, perhaps still in its .zip."""
    suite = folder / name
    shutil.copytree(SOURCES / name, suite)
    if name == "odd_results":
        # Git keeps one kind of line end; this one was written on Windows.
        for script in ("setup.sh", "run_autograder"):
            path = suite / "autograder" / script
            path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    if name == "python_unittest":
        (suite / "wheels").mkdir()
        write_wheel(suite / "scorebook.py", suite / "wheels")
    if zipped:
        with zipfile.ZipFile(suite / "autograder.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for path, content in files_below(suite / "autograder").items():
                archive.writestr(path, content)
        shutil.rmtree(suite / "autograder")
    return suite


def published(folder: Path) -> Suite:
    """Write the manifest of a suite by grading its reference, and load it as a runner does."""
    registered = make_manifest(folder, NoJail())
    (folder / "manifest.json").write_text(manifest_text(registered))
    return load_suite(folder)


def graded(
    suite: Suite,
    files: Mapping[str, bytes],
    *,
    metadata: Mapping[str, Any] | None = None,
    stopped: threading.Event | None = None,
    told: list[object] | None = None,
    **changes: object,
) -> RunReport:
    """Grade these files; ``changes`` are of the manifest."""
    suite = replace(suite, manifest=suite.manifest.model_copy(update=changes))
    heard: list[object] = [] if told is None else told
    work = Work(
        suite=suite,
        files=dict(files),
        seed=SEED,
        expected=None,
        metadata=lambda: metadata or {},
        stopped=stopped or threading.Event(),
        progress=Progress(heard.append, heard.append),
    )
    return AUTOGRADERS.grade(NoJail(), work)


def wrong(name: str, which: str) -> dict[str, bytes]:
    """Return a submission that is wrong in a certain way."""
    return files_below(SOURCES / name / "wrong" / which)


@pytest.fixture(scope="session")
def autograders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gradescope]:
    """The kind with this machine's engine, or a skip; pip in builds asks no index."""
    require("autograders")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIP_NO_INDEX", "1")
        patch.setenv("COURSEHUB_STATE", str(tmp_path_factory.mktemp("state")))
        AUTOGRADERS.harness.close()
        yield AUTOGRADERS
        AUTOGRADERS.harness.close()


@pytest.fixture(scope="session")
def suites(autograders: Gradescope, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Suite]:
    """Return published suites by name, each built and tried with its reference once."""

    @functools.cache
    def suite(name: str) -> Suite:
        return published(laid_out(name, tmp_path_factory.mktemp("suites"), zipped=name == "compiled"))

    return suite


def write_wheel(module: Path, folder: Path) -> None:
    """Pack one module as a wheel, which is a .zip with a few lines about itself."""
    name, info = module.stem, f"{module.stem}-1.0.dist-info"
    files = {
        module.name: module.read_bytes(),
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},sha256={_digest(content)},{len(content)}\n" for path, content in files.items())
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        for path, content in files.items():
            # Always the same moment, so that the same module builds no second image.
            wheel.writestr(zipfile.ZipInfo(path), content)


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
