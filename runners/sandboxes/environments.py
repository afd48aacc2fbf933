"""What a sandbox holds besides the submission: the interpreter, an environment's packages, and the harness.

A package that an environment does not name, and that none of its packages needs, is absent there: a homework that
forbids PyTorch runs where PyTorch is not, whatever the runner itself has installed. A suite can forbid more of them,
and then they are absent as well. What a sandbox is asked for is written in one word, the *surroundings*:
``torch`` or, without two of its packages, ``torch!networkx!sympy``.
"""

import sys
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path, PurePosixPath

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from runners.sandboxes.base import SandboxFault

ROOT = Path(__file__).resolve().parent.parent.parent
# The packages that each is named for. The harness itself needs NumPy, so every environment has it.
ENVIRONMENTS = {
    "numpy": ("numpy",),
    "torch": ("numpy", "torch"),
    "numpy-pytest": ("numpy", "pytest"),
    "torch-pytest": ("numpy", "torch", "pytest"),
    "notebook": ("numpy", "ipython"),
}

PYTHON = "/opt/python/bin/python3"
SITE = "/opt/site"
HARNESS = "/opt/coursehub"
START = f"{HARNESS}/gpu_worker/harness/start.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """An environment, and what of it is left out."""

    environment: str
    forbidden: frozenset[str]
    """Canonical names of distributions."""


def read_surroundings(text: str) -> Surroundings:
    """Take apart what ``SuiteManifest.surroundings`` says. Raises ``SandboxFault`` with what the suite should say."""
    environment, *names = text.split("!")
    if environment not in ENVIRONMENTS:
        sentence = "The suite asks for an environment that this runner does not have."
        raise SandboxFault(sentence, f"{environment!r} is none of {', '.join(ENVIRONMENTS)}.")
    forbidden = frozenset(canonicalize_name(name) for name in names)
    if needed := sorted(forbidden & {canonicalize_name(name) for name in ENVIRONMENTS[environment]}):
        others = [name for name, packages in ENVIRONMENTS.items() if needed[0] not in packages]
        advice = f"choose another one ({', '.join(others)})" if others else "the harness itself needs it"
        sentence = f"The suite forbids {needed[0]}, which the environment {environment} is made of: {advice}."
        raise SandboxFault(sentence)
    return Surroundings(environment=environment, forbidden=forbidden)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bind:
    """One file or folder of this machine, and where the sandbox has it, read-only."""

    source: Path
    target: str


def interpreter_binds() -> list[Bind]:
    """Return what the interpreter consists of: its program, its library, and a shared libpython where it has one."""
    base = Path(sys.base_prefix)
    library = Path(sysconfig.get_path("stdlib"))
    inside = library.relative_to(base) if library.is_relative_to(base) else Path("lib") / library.name
    program = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    binds = [
        Bind(source=program, target=PYTHON),
        Bind(source=library.resolve(), target=f"/opt/python/{inside.as_posix()}"),
    ]
    if sysconfig.get_config_var("Py_ENABLE_SHARED"):
        shared = Path(sysconfig.get_config_var("LIBDIR")) / str(sysconfig.get_config_var("INSTSONAME"))
        if shared.exists():
            # The program looks for it where it was built to.
            binds.append(Bind(source=shared.resolve(), target=str(shared)))
    return binds


_HIDDEN = (
    "site-packages", "dist-packages", "ensurepip/_bundled",
    "python3*/site-packages", "python3*/dist-packages", "python3*/ensurepip/_bundled",
)  # fmt: skip


def hidden_folders(binds: Iterable[Bind]) -> list[str]:
    """Return the folders inside these binds that hold packages, pip's wheels among them: none may be seen."""
    return [
        f"{bind.target}/{folder.relative_to(bind.source).as_posix()}"
        for bind in binds
        if bind.source.is_dir()
        for pattern in _HIDDEN
        for folder in sorted(bind.source.glob(pattern))
        if folder.is_dir() and not folder.is_symlink()
    ]


def package_binds(surroundings: str) -> list[Bind]:
    """Return an environment's packages as they lie in this interpreter's site-packages. Raises ``SandboxFault``."""
    wanted = read_surroundings(surroundings)
    entries: dict[str, Path] = {}
    left_out: dict[str, str] = {}
    for name, distribution in _closure(wanted.environment).items():
        for entry in _top_level_names(distribution):
            if name in wanted.forbidden:
                left_out[entry] = name
            else:
                entries[entry] = Path(str(distribution.locate_file(entry)))
    if shared := sorted(entries.keys() & left_out):
        sentence = f"The suite forbids {left_out[shared[0]]}, which cannot be taken away by itself."
        raise SandboxFault(sentence, f"Another package of the environment has files in {shared[0]} too.")
    return [
        Bind(source=path.resolve(), target=f"{SITE}/{name}") for name, path in sorted(entries.items()) if path.exists()
    ]


def harness_binds() -> list[Bind]:
    """Return the harness and the wire; never a suite."""
    names = ("gpu_worker/__init__.py", "gpu_worker/protocol.py", "gpu_worker/harness")
    return [Bind(source=ROOT / name, target=f"{HARNESS}/{name}") for name in names]


def package_versions(surroundings: str) -> dict[str, str]:
    """Return the version of each package that the environment is named for. Raises ``SandboxFault``."""
    environment = read_surroundings(surroundings).environment
    return {name: _distribution(name, environment).version for name in ENVIRONMENTS[environment]}


def _closure(environment: str) -> dict[str, metadata.Distribution]:
    """Return the environment's distributions and all that they need, by their canonical names."""
    found: dict[str, metadata.Distribution] = {}
    waiting = [_distribution(name, environment) for name in ENVIRONMENTS[environment]]
    while waiting:
        distribution = waiting.pop()
        name = canonicalize_name(distribution.metadata["Name"])
        if name in found:
            continue
        found[name] = distribution
        for text in distribution.requires or []:
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                waiting.append(_distribution(requirement.name, environment))
    return found


def _distribution(name: str, environment: str) -> metadata.Distribution:
    try:
        return metadata.distribution(name)
    except metadata.PackageNotFoundError as error:
        sentence = f"This runner cannot grade in the environment {environment!r}: {name} is not installed."
        raise SandboxFault(
            sentence, f"Install it next to the runner: {sys.executable} -m pip install {name}"
        ) from error


def _top_level_names(distribution: metadata.Distribution) -> set[str]:
    paths = [PurePosixPath(str(path)) for path in distribution.files or []]
    return {path.parts[0] for path in paths if path.parts[0] not in ("..", "__pycache__") and not path.is_absolute()}
