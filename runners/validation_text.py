"""What ``python -m runners.suites --validate`` prints: a line for each submission that comes with the suite."""

import sys
from collections.abc import Iterator
from pathlib import Path

from runners.sandboxes import Sandbox
from runners.suite_protocol import ExampleReport, Role, SuiteCheckReport
from runners.validation import validate

_MARKS = {True: "✓", False: "✗"}


def print_validation(folder: Path, sandbox: Sandbox) -> int:
    """Validate a suite and print what came of it; return 0 where it is right and 1 where it is not."""
    report = validate(folder, sandbox)
    sys.stdout.write("\n".join(validation_lines(folder.resolve().name, report)) + "\n")
    return 0 if report.has_passed else 1


def validation_lines(name: str, report: SuiteCheckReport) -> Iterator[str]:
    """Yield a report on a suite as a person reads it in a terminal."""
    manifest = report.manifest
    yield f"{manifest.title if manifest else name} ({name})"
    if manifest is not None:
        yield f"{len(manifest.cases)} cases, {manifest.max_points.normalize():f} points, in {report.sandbox}."
    if report.problem:
        yield f"\n✗ {report.problem}"
        yield from (f"    {line}" for line in report.detail.splitlines())
    width = max((len(_called(each)) for each in report.examples), default=0)
    if report.examples:
        yield ""
    for example in report.examples:
        yield from _example_lines(example, width)
    yield from (f"· {note}" for note in report.notes)
    yield ""
    yield f"{name} is right." if report.has_passed else f"{name} is not right yet."


def _example_lines(example: ExampleReport, width: int) -> Iterator[str]:
    points = f"{example.points.normalize():f} / {example.max_points.normalize():f}"
    failing = f"fails {', '.join(example.failed)}" if example.role is Role.WRONG and example.failed else ""
    passing = f"{len(example.passed)} of {len(example.passed) + len(example.failed)} passed"
    yield f"{_MARKS[example.is_as_expected]} {_called(example).ljust(width)}  {points:>9}  {failing or passing}"
    yield from (f"    ✗ {sentence}" for sentence in example.surprises)
    yield from (f"    · {sentence}" for sentence in example.notes)


def _called(example: ExampleReport) -> str:
    return f"{example.role}/{example.name}" if example.name else str(example.role)
