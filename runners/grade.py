"""Grade a folder from the command line: ``python -m runners.grade FOLDER --suite autodiff``.

This is how an instructor tries a suite, and how a contributor sees what a student would: the same jail, the same
comparison and the same sentences as on the site, without web server, broker or database.

Exit codes: 0 the folder was graded, whatever its points; 2 it could not be, for a reason that the sentence on
standard error names and you can mend; 3 something of ours broke; 130 interrupted. With ``--replay`` also 1: the run was
repeated and its report differs.
"""

import argparse
import io
import json
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import groupby
from pathlib import Path

from runners.autograders.no_jail import NoJail
from runners.expected import SEED_BYTES
from runners.grading import Grader
from runners.notebooks import SUFFIX, module_path
from runners.protocol import CheckReport, Outcome, RunReport, SuiteManifest, to_json
from runners.replay import ReplayRefused, differences, made_differently, read_replay, suite_for
from runners.sandboxes import NoSandbox, SandboxFault, choose_sandbox
from runners.suites import SUITES_FOLDER, Suite, SuiteInvalid, load_suites

GRADED, DIFFERS, REFUSED, BROKEN, INTERRUPTED = 0, 1, 2, 3, 130
MAX_FILES = 1_000
SUITES_CACHE = Path(__file__).resolve().parent.parent / "var" / "suites"
MAX_BYTES = 16 << 20
MARKS = {Outcome.PASSED: "✓", Outcome.PARTIAL: "◐", Outcome.NOT_RUN: "·"}
WRONG_MARK = "✗"


class FolderRefused(Exception):
    """The folder, the suite or the seed cannot be graded with; the sentence says what to change."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Grade the folder that the command line names, print the report, and return the exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    options = _parser().parse_args(arguments)
    try:
        return _grade(options) if options.replay is None else _replay(options)
    except (FolderRefused, ReplayRefused, SuiteInvalid) as refusal:
        print(refusal, file=sys.stderr)
        return REFUSED
    except NoSandbox as refusal:
        print(f"Nothing was run, because this machine has no jail for it. {refusal}", file=sys.stderr)
        return REFUSED
    except SandboxFault as fault:
        print(f"This is no fault of the submission. {fault}", file=sys.stderr)
        return BROKEN
    except KeyboardInterrupt:
        print("Interrupted; nothing was graded.", file=sys.stderr)
        return INTERRUPTED


def read_seed(text: str) -> bytes:
    """Return the seed that a report names (32 hexadecimal digits), or the one that a whole number stands for."""
    try:
        if len(text) == 2 * SEED_BYTES:
            return bytes.fromhex(text)
        return int(text, 0).to_bytes(SEED_BYTES, "big")
    except (ValueError, OverflowError) as error:
        message = f"--seed {text}: write a whole number from 0 on, or the 32 hexadecimal digits that a report names."
        raise FolderRefused(message) from error


def read_folder(folder: Path, manifest: SuiteManifest) -> dict[str, bytes]:
    """Return the files to grade by their relative paths, without hidden ones, links and byte code."""
    if not folder.is_dir():
        what = "is a file; name the folder that it is in" if folder.is_file() else "there is no such folder"
        message = f"{folder}: {what}."
        raise FolderRefused(message)
    files: dict[str, bytes] = {}
    total = 0
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_symlink() or not path.is_file() or any(part.startswith((".", "__pycache__")) for part in name.parts):
            continue
        total += path.stat().st_size
        if total > MAX_BYTES or len(files) == MAX_FILES:
            message = f"{folder}: this is more than {MAX_FILES} files or {MAX_BYTES >> 20} MiB; is it the right folder?"
            raise FolderRefused(message)
        files[name.as_posix()] = path.read_bytes()
    there = {*files, *(module_path(name) for name in files if name.endswith(SUFFIX))}
    if missing := [name for name in manifest.required_files if name not in there]:
        message = f"{folder}: there is no {missing[0]} in it, which the suite {manifest.name} requires."
        raise FolderRefused(message)
    return files


def report_text(report: RunReport, manifest: SuiteManifest) -> str:
    """Return a report as a person reads it in a terminal."""
    lines = list(_report_lines(report, manifest))
    return "\n".join(lines) + "\n"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m runners.grade",
        description="Grade a folder with a reference suite, in the same jail as on the site.",
        epilog="Exit code 0: graded. 2: refused, and the message says why. 3: something of ours broke.",
    )
    parser.add_argument("folder", metavar="FOLDER", type=Path, nargs="?", help="the folder with the files to grade")
    parser.add_argument("--suite", metavar="NAME", help="for example autodiff or pytorch")
    parser.add_argument(
        "--replay",
        metavar="FILE",
        type=Path,
        help="repeat a run that was downloaded as “Replay” from a submission's page, and say what differs",
    )
    parser.add_argument("--sandbox", choices=["auto", "bubblewrap", "docker"], default="auto", help="which jail to use")
    parser.add_argument("--seed", metavar="N", help="repeat a run; without it every run has fresh inputs")
    parser.add_argument("--json", action="store_true", help="print the report that the site would get")
    parser.add_argument(
        "--suites",
        metavar="FOLDER",
        type=Path,
        default=Path(os.environ.get("SUITES_DIR") or SUITES_FOLDER),
        help="where the suites are (default: SUITES_DIR, or the ones that come with CourseHub)",
    )
    return parser


def _grade(options: argparse.Namespace) -> int:
    if options.folder is None or options.suite is None:
        message = "Name the folder to grade and its --suite, or a file to --replay."
        raise FolderRefused(message)
    suite = _suite(options.suites, options.suite)
    files = read_folder(options.folder, suite.manifest)
    seed = None if options.seed is None else read_seed(options.seed)
    report = _report(suite, files, seed, options.sandbox)
    if options.json:
        print(json.dumps(to_json(report), indent=2, ensure_ascii=False))
    else:
        print(report_text(report, suite.manifest), end="")
    return GRADED


def _replay(options: argparse.Namespace) -> int:
    replay, files = read_replay(options.replay)
    suite = suite_for(replay, options.suites, Path(os.environ.get("SUITES_CACHE_DIR") or SUITES_CACHE))
    report = _report(suite, files, read_seed(replay.seed), options.sandbox)
    differing = list(differences(replay, report))
    if options.json:
        print(json.dumps({"differences": differing, "report": to_json(report)}, indent=2, ensure_ascii=False))
        return DIFFERS if differing else GRADED
    print(report_text(report, suite.manifest))
    for line in made_differently(replay, report):
        print(f"Made differently: {line}")
    for line in differing:
        print(f"Differs: {line}")
    print("The report is another one." if differing else "The report is the same, but for times and memory.")
    return DIFFERS if differing else GRADED


def _report(suite: Suite, files: dict[str, bytes], seed: bytes | None, kind: str) -> RunReport:
    sandbox = choose_sandbox(kind) if suite.manifest.needs_jail else NoJail()
    try:
        sandbox.start([suite.manifest.surroundings])
        return Grader(sandbox, {suite.manifest.name: suite}, pool_size=0).grade(
            suite,
            files,
            seed=seed,
            on_phase=lambda phase: None,
            on_check=lambda check: None,
            stopped=threading.Event(),
        )
    finally:
        sandbox.close()


def _suite(folder: Path, name: str) -> Suite:
    suites = load_suites(folder)
    if name not in suites:
        known = ", ".join(sorted(suites)) or "none at all"
        message = f"--suite {name}: there is no such suite in {folder}; there is {known}."
        raise FolderRefused(message)
    return suites[name]


def _report_lines(report: RunReport, manifest: SuiteManifest) -> Iterator[str]:
    stated = sum((check.points for check in report.checks), Decimal(0))
    points = stated if report.score is None else report.score
    counting = [check for check in report.checks if check.counts]
    passed = sum(check.outcome is Outcome.PASSED for check in counting)
    yield f"{manifest.title}: {_number(points)} of {_number(manifest.max_points)} points"
    yield f"{passed} of {len(counting)} checks passed."
    if report.message:
        yield from ("", report.message)
    if report.output:
        yield from ("", *report.output.splitlines())
    # A Gradescope autograder names its own tests, also some that the manifest does not know.
    titles = {check.id: check.title or check.id for check in report.checks}
    titles |= {case.id: case.title for case in manifest.cases}
    groups = {case.id: case.group for case in manifest.cases}
    width = max((len(title) for title in titles.values()), default=0)
    for group, checks in groupby(report.checks, key=lambda check: groups.get(check.id, "")):
        yield ""
        if group:
            yield group
        for check in checks:
            yield from _check_lines(check, titles[check.id].ljust(width))
    if unmet := [check for check in counting if check.outcome is not Outcome.PASSED]:
        yield from ("", f"The first thing to look at: {titles[unmet[0].id]}.")
    if report.flags:
        yield from ("", "For a person to look at:", *(f"  {flag}" for flag in report.flags))
    yield ""
    packages = ", ".join(f"{name} {version}" for name, version in sorted(report.packages.items()))
    yield f"Seed {report.seed}, {report.sandbox}, {packages or 'no packages'}."


def _check_lines(check: CheckReport, title: str) -> Iterator[str]:
    mark = MARKS.get(check.outcome, WRONG_MARK)
    yield f"  {mark} {title}  {_number(check.points):>5} / {_number(check.max_points)}"
    if check.message:
        yield from (f"      {line}" for line in check.message.splitlines())
    if check.hint:
        yield f"      Hint: {check.hint}"
    if check.output:
        yield "      It printed:"
        yield from (f"      | {line}" for line in check.output.splitlines())


def _number(points: Decimal) -> str:
    """Return points without zeros that say nothing."""
    return f"{points.normalize():f}"


if __name__ == "__main__":
    raise SystemExit(main())
