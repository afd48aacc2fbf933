"""Is a suite right? Grade the submissions that come with it, and compare with what it says of them.

The same code serves a check that the site asks for and ``python -m runners.suites --validate FOLDER``. The reference
has to pass everything, the starter nothing but what its ``expect.json`` names under ``passes``, and each wrong
submission has to fail exactly what its ``expect.json`` names under ``fails``.

A suite that does not work is the suite's matter, and the report says what to change. Something that does not work in a
sandbox without any suite is ours, and raises ``SandboxFault``.
"""

import platform
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from runners.grading import Grader
from runners.protocol import Name, Outcome, RunReport, Sentence, SuiteKind, SuiteManifest
from runners.sandboxes import Limits, Sandbox, SandboxFault
from runners.suite import Suite, SuiteInvalid, files_below
from runners.suite_protocol import (
    MANIFEST,
    SETTINGS,
    ExampleReport,
    Role,
    SuiteCheckReport,
    case_problems,
    first_problem,
    manifest_text,
    read_settings,
)
from runners.suites import load_suite, make_manifest
from runners.talk import Talk

EXPECT = "expect.json"
MAX_EXAMPLES = 100
_ASIDE = frozenset({EXPECT, "README.md"})
NO_WRONG = "No wrong submission comes with this suite, so nothing shows that it fails anything."
NO_STARTER = "No starter comes with this suite."
NO_REFERENCE = "No reference comes with this suite, so nothing shows that full points can be had."


class Expectation(BaseModel):
    """What ``expect.json`` says of a submission."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mistake: Sentence = ""
    fails: Annotated[tuple[Name, ...], Field(max_length=500)] | None = None
    passes: Annotated[tuple[Name, ...], Field(max_length=500)] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A submission that comes with a suite."""

    role: Role
    name: str = ""
    files: dict[str, bytes]
    expectation: Expectation = field(default_factory=Expectation)
    slip: str = ""
    """What is wrong with its ``expect.json``."""


def validate(
    folder: Path,
    sandbox: Sandbox,
    *,
    makes_manifest: bool = False,
    on_example: Callable[[Sequence[ExampleReport], int], None] = lambda done, total: None,
    stopped: threading.Event | None = None,
) -> SuiteCheckReport:
    """Return what there is to say about the suite in a folder, whose name is the folder's.

    ``makes_manifest`` writes ``manifest.json`` where there is none. ``on_example`` is told of each submission that was
    graded, with how many there are. Raises ``SandboxFault`` where something of ours broke, and ``Stopped``.
    """
    return _Validation(folder, sandbox, on_example, stopped or threading.Event()).report(makes_manifest=makes_manifest)


def examples_of(folder: Path) -> list[Example]:
    """Return the submissions that come with a suite: reference, starter, then the wrong ones by name."""
    return [
        Example(role=role, name=place.name if role is Role.WRONG else "", files=files, expectation=said, slip=slip)
        for role, place in _places(folder)
        if (files := _files_in(place))
        for said, slip in [_expectation(place)]
    ]


class _Validation:
    """One suite on its way through a jail."""

    def __init__(
        self,
        folder: Path,
        sandbox: Sandbox,
        on_example: Callable[[Sequence[ExampleReport], int], None],
        stopped: threading.Event,
    ) -> None:
        self._folder = folder
        self._sandbox = sandbox
        self._on_example = on_example
        self._stopped = stopped
        self._manifest: SuiteManifest | None = None
        self._done: list[ExampleReport] = []
        self._about: dict[str, Any] = {"sandbox": sandbox.name, "machine": (platform.node() or "unknown")[:120]}

    def report(self, *, makes_manifest: bool) -> SuiteCheckReport:
        """List the cases, then grade one submission after the other."""
        try:
            suite = self._load(makes_manifest=makes_manifest)
            examples = examples_of(self._folder)
            if len(examples) > MAX_EXAMPLES:
                message = f"{len(examples)} submissions come with this suite; {MAX_EXAMPLES} are the most."
                raise SuiteInvalid(message)
            self._on_example((), len(examples))
            grader = Grader(self._sandbox, {}, pool_size=0)
            for example in examples:
                self._done.append(self._graded(grader, suite, example))
                self._on_example(self._done, len(examples))
        except SuiteInvalid as refusal:
            return self._finished(problem=self._placed(str(refusal)) if makes_manifest else str(refusal))
        except SandboxFault as fault:
            if not self._is_of_the_suite(fault):
                raise
            return self._finished(problem=fault.sentence, detail=fault.detail)
        return self._finished(notes=tuple(_missing(examples)))

    def _load(self, *, makes_manifest: bool) -> Suite:
        made = make_manifest(self._folder, self._sandbox)
        for _, _, sentence in case_problems(made.cases):
            raise SuiteInvalid(sentence)
        path = self._folder / MANIFEST
        if makes_manifest and not path.exists():
            path.write_text(manifest_text(made), encoding="utf-8")
        suite = load_suite(self._folder)
        self._manifest = suite.manifest
        there, named = {case.id for case in made.cases}, {case.id for case in suite.manifest.cases}
        if there != named:
            other = ", ".join(sorted(there ^ named)[:5])
            message = f"{path}: it does not have the cases of the suite ({other}); make it again."
            raise SuiteInvalid(message)
        for _, _, sentence in case_problems(suite.manifest.cases):
            raise SuiteInvalid(sentence)
        return suite

    def _graded(self, grader: Grader, suite: Suite, example: Example) -> ExampleReport:
        absent = [name for name in suite.manifest.required_files if name not in example.files]
        if absent and example.role is Role.WRONG:
            return _unread(example, suite.manifest, f"It has no {absent[0]}, which the suite requires.")
        report = grader.grade(
            suite,
            example.files,
            on_phase=lambda phase: None,
            on_check=lambda check: None,
            stopped=self._stopped,
        )
        self._about |= {"packages": report.packages, "sandbox": report.sandbox}
        return _compared(example, suite.manifest, report)

    def _is_of_the_suite(self, fault: SandboxFault) -> bool:
        """Return whether a jail of this environment opens and answers while no suite is in it."""
        settings = read_settings((self._folder / SETTINGS).read_bytes())
        if settings.get("kind") == SuiteKind.GRADESCOPE:
            # Its part of the Docker SDK is loaded only where there is an autograder.
            from runners.autograders.images import BuildFailed  # noqa: PLC0415

            return isinstance(fault, BuildFailed)
        try:
            with Talk(self._sandbox, str(settings.get("environment", "")), Limits(), self._stopped) as talk:
                talk.hello()
        except SandboxFault:
            return False
        return True

    def _placed(self, sentence: str) -> str:
        """Return a sentence in which the suite's own files are named as its author knows them."""
        return sentence.replace(f"{self._folder}/", "").replace(str(self._folder), "the suite")[:2_000]

    def _finished(self, *, problem: str = "", detail: str = "", notes: Sequence[str] = ()) -> SuiteCheckReport:
        return SuiteCheckReport(
            manifest=self._manifest,
            problem=problem[:2_000],
            detail=detail[-20_000:],
            examples=tuple(self._done),
            notes=tuple(notes),
            **self._about,
        )


def _places(folder: Path) -> Iterator[tuple[Role, Path]]:
    yield Role.REFERENCE, folder / "reference"
    yield Role.STARTER, folder / "starter"
    wrong = folder / "wrong"
    for place in sorted(wrong.iterdir()) if wrong.is_dir() else ():
        if place.is_dir() and place.name != "__pycache__":
            yield Role.WRONG, place


def _files_in(place: Path) -> dict[str, bytes]:
    return {path: content for path, content in files_below(place).items() if path not in _ASIDE}


def _expectation(place: Path) -> tuple[Expectation, str]:
    """Return what a submission's ``expect.json`` says, and what is wrong with that file."""
    try:
        return Expectation.model_validate_json((place / EXPECT).read_bytes()), ""
    except FileNotFoundError:
        return Expectation(), ""
    except ValidationError as error:
        return Expectation(), f"{EXPECT}: {first_problem(error)}"


def _missing(examples: Sequence[Example]) -> Iterator[str]:
    roles = {example.role for example in examples}
    for role, sentence in ((Role.REFERENCE, NO_REFERENCE), (Role.STARTER, NO_STARTER), (Role.WRONG, NO_WRONG)):
        if role not in roles:
            yield sentence


def _unread(example: Example, manifest: SuiteManifest, surprise: str) -> ExampleReport:
    return ExampleReport(
        role=example.role,
        name=example.name[:120],
        mistake=example.expectation.mistake,
        max_points=manifest.max_points,
        surprises=(surprise,),
    )


def _compared(example: Example, manifest: SuiteManifest, report: RunReport) -> ExampleReport:
    counting = [check for check in report.checks if check.counts]
    passed = [check.id for check in counting if check.outcome is Outcome.PASSED]
    failed = [check.id for check in counting if check.outcome is not Outcome.PASSED]
    points = report.score if report.score is not None else sum((check.points for check in report.checks), Decimal(0))
    surprises = [example.slip] if example.slip else []
    match example.role:
        case Role.REFERENCE:
            surprises += [f"It should pass {each}: {_said(report, each)}" for each in failed]
            if points < manifest.max_points and not failed:
                surprises.append(f"It earns {points.normalize():f} of {manifest.max_points.normalize():f} points.")
        case Role.STARTER:
            surprises += _differences(passed, example.expectation.passes, {*passed, *failed}, verb="pass")
        case Role.WRONG if example.expectation.fails is None:
            if not example.slip:
                surprises.append(f"It has no {EXPECT} that says under “fails” which cases it must fail.")
        case Role.WRONG:
            surprises += _differences(failed, example.expectation.fails or (), {*passed, *failed}, verb="fail")
    return ExampleReport(
        role=example.role,
        name=example.name[:120],
        mistake=example.expectation.mistake,
        points=points,
        max_points=manifest.max_points,
        passed=tuple(passed),
        failed=tuple(failed),
        surprises=tuple(each[:2_000] for each in surprises[:20]),
        notes=(f"No check could run: {report.message}"[:2_000],) if report.message else (),
        seconds=sum(check.seconds for check in report.checks),
    )


def _differences(found: Sequence[str], said: Sequence[str], known: set[str], *, verb: str) -> Iterator[str]:
    """Yield a sentence for each case that fares otherwise than ``expect.json`` says."""
    other = "fails" if verb == "pass" else "passes"
    for each in said:
        if each not in known:
            yield f"{EXPECT} names {each}, and the suite has no such case."
        elif each not in found:
            yield f"It should {verb} {each}, but {other} it."
    for each in found:
        if each not in said:
            yield f"It {verb}{'es' if verb == 'pass' else 's'} {each}, which it should not."


def _said(report: RunReport, case_id: str) -> str:
    """Return what the report says of a case, or of the whole."""
    check = next(check for check in report.checks if check.id == case_id)
    return check.message or report.message or check.outcome.value
