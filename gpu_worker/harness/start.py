"""The first process of ours inside a sandbox: ``python -I -S -X utf8 start.py SURROUNDINGS (CONTROL | - | try)``.

With the number of a descriptor, or the path of a socket in a container, it becomes a template that opens jails on
request; with ``-`` it is the session of the one submission that this container is for, and speaks with the runner
over standard input and output; with ``try`` it only imports. The surroundings are an environment and, each after a
``!``, the packages of it that a suite forbids: they must be absent, and the environment must do without them.
"""

import os
import sys
from typing import Any

HERE = "/opt/coursehub"
PACKAGES = "/opt/site"
PRELOADS = {
    "numpy": ("numpy",),
    "torch": ("numpy", "torch"),
    "numpy-pytest": ("numpy", "pytest"),
    "torch-pytest": ("numpy", "torch", "pytest"),
    "notebook": ("numpy", "IPython.core.inputtransformer2"),
}
# What the harness, pytest and PyTorch would otherwise import in every fork.
WARMED = {
    # The first backward() with a gradient handed in imports it, which takes most of a second.
    "torch": ("torch.fx.experimental.symbolic_shapes",),
    "pytest": (
        "gpu_worker.harness.pytest_work",
        *(f"_pytest.{name}" for name in ("capture", "debugging", "doctest", "fixtures", "legacypath", "logging")),
        *(f"_pytest.{name}" for name in ("monkeypatch", "python", "recwarn", "reports", "skipping", "subtests")),
        *(f"_pytest.{name}" for name in ("tmpdir", "unittest", "warnings", "assertion.rewrite", "helpconfig")),
        "unittest.case",
    ),
}
SURROUNDINGS = {
    # Before the imports: these libraries count threads when they are loaded.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "HOME": "/tmp",  # noqa: S108 - a tmpfs of the jail alone
    "TMPDIR": "/tmp",  # noqa: S108
    "LANG": "C.UTF-8",
    # Nothing is there.
    "PATH": "/opt/coursehub/no-programs",
}
MEMORY_ACCOUNTS = ("/sys/fs/cgroup/memory/memory.oom_control", "/sys/fs/cgroup/memory.events")


class Unfit(Exception):
    """The environment and what the suite forbids do not go together; the sentence says why."""


def main() -> None:
    """Import the environment's packages and serve."""
    surroundings, control = sys.argv[1:]
    os.environ.clear()
    os.environ.update(SURROUNDINGS)
    sys.argv = [""]
    sys.dont_write_bytecode = True
    sys.path[:] = [*sys.path, HERE, PACKAGES]
    match control:
        case "try":
            _preload(surroundings)
        case "-":
            _serve_container(surroundings)
        case _:
            _serve_template(surroundings, control)


def _serve_template(surroundings: str, control: str) -> None:
    import json  # noqa: PLC0415 - the path is complete only now, and each mode imports what it needs
    import socket  # noqa: PLC0415

    if control.isdigit():
        line = socket.socket(fileno=int(control))
    else:
        from gpu_worker.harness import container  # noqa: PLC0415

        line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        line.connect(control)
        container.strip()
    try:
        packages = _preload(surroundings)
    except Unfit as refusal:
        line.sendall(json.dumps({"said": "unfit", "sentence": str(refusal)}).encode())
        return
    from gpu_worker.harness import linux, template  # noqa: PLC0415

    # It takes as long as a hundred forks are faster by together: more than one submission has.
    linux.gather_pages()
    template.serve(line, packages=packages)


def _serve_container(surroundings: str) -> None:
    line_in, line_out = _take_standard_streams()
    from gpu_worker.harness.line import Line  # noqa: PLC0415

    line = Line(line_in, line_out)
    try:
        packages = _preload(surroundings)
    except Unfit as refusal:
        for _ in line.frames():
            line.say("fault", sentence=str(refusal))
        return
    from gpu_worker.harness import session  # noqa: PLC0415
    from gpu_worker.protocol import WARM  # noqa: PLC0415

    session.harden()
    os.write(2, WARM)
    session.serve(line, oom_kills=_container_oom_kills, packages=packages)


def _take_standard_streams() -> tuple[int, int]:
    """Move the line to the runner to descriptors that only the session has; nothing else may write there."""
    line_in, line_out = os.dup(0), os.dup(1)
    null = os.open("/dev/null", os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.close(null)
    return line_in, line_out


def _container_oom_kills() -> int:
    from gpu_worker.harness.jail import oom_kills  # noqa: PLC0415

    for path in MEMORY_ACCOUNTS:
        try:
            with open(path, "rb") as account:  # noqa: PTH123
                return oom_kills(account.read(4096))
        except OSError:
            continue
    return 0


def _preload(surroundings: str) -> dict[str, str]:
    """Import everything that a case may need; return the versions. Raises ``Unfit``."""
    environment, *forbidden = surroundings.split("!")
    _check_absent(forbidden)
    try:
        return _import_all(environment)
    except ModuleNotFoundError as error:
        if not forbidden:
            raise
        sentence = (
            f"The environment {environment} cannot start without {error.name}, "
            f"and the suite forbids {', '.join(forbidden)}."
        )
        raise Unfit(sentence) from error


def _check_absent(forbidden: list[str]) -> None:
    """Look again that what the suite forbids is not there, whoever was to leave it out."""
    if not forbidden:
        return
    import re  # noqa: PLC0415
    from importlib import metadata  # noqa: PLC0415

    there = {re.sub(r"[-_.]+", "-", str(found.name)).lower() for found in metadata.distributions(path=[PACKAGES])}
    if present := sorted(there & set(forbidden)):
        sentence = f"The suite forbids {present[0]}, and the sandbox has it all the same."
        raise Unfit(sentence)


def _import_all(environment: str) -> dict[str, str]:
    import contextlib  # noqa: PLC0415
    import gc  # noqa: PLC0415
    import importlib  # noqa: PLC0415

    # Nearly all that is made here stays, and a collector that looks at it again and again finds nothing.
    gc.disable()
    packages: dict[str, str] = {}
    for name in PRELOADS[environment]:
        importlib.import_module(name)
        top = name.partition(".")[0]
        module: Any = sys.modules[top]
        packages[top.lower()] = str(module.__version__)
        if name == "torch":
            module.set_num_threads(1)
            module.set_num_interop_threads(1)
        for warmed in WARMED.get(name, ()):
            # A suite may forbid what only this needs.
            with contextlib.suppress(ModuleNotFoundError):
                importlib.import_module(warmed)
    # What the session imports late would otherwise be imported once per jail, by another user.
    for name in ("secrets", "traceback", "encodings.idna", "numpy.random", "numpy.linalg", "numpy.fft"):
        importlib.import_module(name)
    importlib.import_module("gpu_worker.harness.session")
    importlib.import_module("numpy").random.default_rng(0)
    # Nor need it look in any fork, where a look is a write and copies every page: 0.15 s of processor with PyTorch.
    gc.freeze()
    gc.enable()
    return packages


if __name__ == "__main__":
    main()
