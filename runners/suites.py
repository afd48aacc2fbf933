"""Reference suites on a grading host: read them, check them, and write their manifests.

Theory of operation
-------------------
A suite is a folder: ``suite.toml`` and ``cases.py`` are written by hand, ``reference/`` holds the solution, and
``manifest.json`` is made from the first two by ``python -m runners.suites FOLDER``. The case file is never run in
this process: the command asks a jail what it registers. Everything else on a host only reads the manifest. The
digest names the whole folder, so a report says exactly what it was made with.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from runners.autograders.no_jail import NoJail
from runners.kinds import kind_of
from runners.protocol import SuiteKind, SuiteManifest, read_suite
from runners.sandboxes import NoSandbox, Sandbox, SandboxFault, choose_sandbox
from runners.suite import Suite, SuiteInvalid, files_below
from runners.suite_protocol import SettingsInvalid, first_problem, manifest_text, read_settings

__all__ = ["SUITES_FOLDER", "Suite", "SuiteInvalid", "load_suite", "load_suites", "make_manifest", "manifest_text"]

SUITES_FOLDER = Path(__file__).resolve().parent.parent / "gpu_worker" / "suites"


def load_suites(folder: Path) -> dict[str, Suite]:
    """Return every suite below a folder by its name. Raises ``SuiteInvalid``."""
    if not folder.is_dir():
        message = f"{folder}: there is no such folder of suites."
        raise SuiteInvalid(message)
    suites = (load_suite(each.parent) for each in sorted(folder.glob("*/suite.toml")))
    return {suite.manifest.name: suite for suite in suites}


def load_suite(folder: Path) -> Suite:
    """Read one suite and check that its parts fit together. Raises ``SuiteInvalid``."""
    settings = _settings(folder)
    path = folder / "manifest.json"
    try:
        manifest, digest = read_suite(folder)
    except FileNotFoundError as error:
        message = f"{path} is missing: run python -m runners.suites {folder}"
        raise SuiteInvalid(message) from error
    except (OSError, ValidationError) as error:
        message = f"{path}: {_first_problem(error)}"
        raise SuiteInvalid(message) from error
    try:
        stated = SuiteManifest.model_validate({**settings, "cases": manifest.cases})
    except ValidationError as error:
        message = f"{folder / 'suite.toml'}: {_first_problem(error)}"
        raise SuiteInvalid(message) from error
    for key in settings:
        if getattr(stated, key) != getattr(manifest, key):
            message = f"{path}: {key} is not what suite.toml says; run python -m runners.suites {folder}"
            raise SuiteInvalid(message)
    ids = [case.id for case in manifest.cases]
    if twice := sorted({each for each in ids if ids.count(each) > 1}):
        message = f"{path}: two cases have the id {twice[0]!r}."
        raise SuiteInvalid(message)
    reference = files_below(folder / "reference")
    if absent := [each for each in manifest.required_files if each not in reference]:
        message = f"{folder / 'reference'}: the reference solution has no {absent[0]}, which suite.toml requires."
        raise SuiteInvalid(message)
    case_files = kind_of(manifest.kind).case_files(folder)
    return Suite(manifest=manifest, digest=digest, folder=folder, case_files=case_files, reference_files=reference)


def make_manifest(folder: Path, sandbox: Sandbox) -> SuiteManifest:
    """Make a suite's manifest from its ``suite.toml`` and from what its kind finds out in a jail.

    Raises ``SuiteInvalid``, and ``SandboxFault`` where the jail does not work or the case file breaks in it.
    """
    settings = _settings(folder)
    try:
        kind = SuiteKind(settings.get("kind", SuiteKind.DIFFERENTIAL))
    except ValueError as error:
        message = f"{folder / 'suite.toml'}: kind is one of {', '.join(SuiteKind)}."
        raise SuiteInvalid(message) from error
    registered = kind_of(kind).list_cases(sandbox, folder, settings)
    try:
        return SuiteManifest.model_validate({**settings, "cases": registered})
    except ValidationError as error:
        message = f"{folder / 'suite.toml'} and cases.py: {_first_problem(error)}"
        raise SuiteInvalid(message) from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the manifest of each suite that was named, or look at it, or at the whole suite."""
    parser = argparse.ArgumentParser(
        prog="python -m runners.suites",
        description="Write a suite's manifest.json from its suite.toml and cases.py, or see whether a suite is right.",
        epilog="Exit code 0: done, and right. 1: not as it should be. 2: it could not be looked at.",
    )
    parser.add_argument(
        "folders", metavar="FOLDER", type=Path, nargs="+", help="for example gpu_worker/suites/autodiff"
    )
    parser.add_argument("--sandbox", choices=["auto", "bubblewrap", "docker"], default="auto")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a manifest is out of date")
    parser.add_argument(
        "--validate",
        action="store_true",
        help="write nothing; grade reference, starter and wrong submissions, and fail where one fares otherwise than "
        "the suite says",
    )
    options = parser.parse_args(arguments)
    # It grades, and so it needs what this module has.
    from runners.validation_text import print_validation  # noqa: PLC0415

    try:
        sandbox = choose_sandbox(options.sandbox) if any(map(_needs_jail, options.folders)) else NoJail()
    except NoSandbox as refusal:
        sys.stderr.write(f"{refusal.sentence}\n")
        return 2
    except SuiteInvalid as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 2
    try:
        codes = [0]
        if options.check or not options.validate:
            codes += [_write(folder, sandbox, check=options.check) for folder in options.folders]
        if options.validate:
            codes += [print_validation(folder, sandbox) for folder in options.folders]
        return max(codes)
    except (SuiteInvalid, SandboxFault) as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 2
    finally:
        sandbox.close()


def _write(folder: Path, sandbox: Sandbox, *, check: bool) -> int:
    path, text = folder / "manifest.json", manifest_text(make_manifest(folder, sandbox))
    if check:
        fresh = path.is_file() and path.read_text(encoding="utf-8") == text
        sys.stdout.write(f"{path} is {'up to date' if fresh else 'out of date'}.\n")
        return 0 if fresh else 1
    path.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{path} written.\n")
    return 0


def _settings(folder: Path) -> Mapping[str, Any]:
    path = folder / "suite.toml"
    try:
        settings = read_settings(path.read_bytes())
    except FileNotFoundError as error:
        message = f"{path} is missing: a suite needs one."
        raise SuiteInvalid(message) from error
    except OSError as error:
        message = f"{path} cannot be read: {error}"
        raise SuiteInvalid(message) from error
    except SettingsInvalid as error:
        message = f"{folder}/{error}"
        raise SuiteInvalid(message) from error
    if settings.get("name") != folder.resolve().name:
        message = f"{path}: name must be that of the folder, {folder.resolve().name!r}."
        raise SuiteInvalid(message)
    return settings


def _needs_jail(folder: Path) -> bool:
    return _settings(folder).get("kind") != SuiteKind.GRADESCOPE


def _first_problem(error: Exception) -> str:
    """Return the first thing that is wrong, with the place where it stands."""
    if not isinstance(error, ValidationError):
        return f"cannot be read ({error})."
    return first_problem(error)


if __name__ == "__main__":
    raise SystemExit(main())
