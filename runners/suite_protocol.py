"""What the site and a runner say to each other about suites: fetching one, checking a draft, replaying a run.

Theory of operation
-------------------
The site keeps a suite's files and never runs them. A *check* of a draft is claimed, held, reported and given back as
a job is (``runners/protocol.py``), under a lease of its own: the runner fetches all files, finds the cases in a jail,
grades the reference, the starter and the wrong submissions, and says of each whether it fared as the suite says. That
a suite is wrong is a report; that something of ours broke is a fault, and the check runs again.

Both sides import this module; it imports nothing of ours but ``runners.protocol``.
"""

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, ValidationError

from runners.protocol import (
    PROTOCOL_VERSION,
    CheckReport,
    ManifestCase,
    Message,
    Name,
    Points,
    Seconds,
    Sentence,
    SuiteKind,
    SuiteManifest,
    Visibility,
)

MANIFEST, SETTINGS = "manifest.json", "suite.toml"
REPLAY_FORMAT = 1
REPLAY_FILE, SUBMISSION_FOLDER = "replay.json", "submission/"
_ANY_CASE = {"id": "any", "title": "any", "points": 1}


class Role(StrEnum):
    """What a submission that comes with a suite is for."""

    REFERENCE = "reference"
    """The solution: passes everything."""
    STARTER = "starter"
    """What students begin with: passes nothing but what its ``expect.json`` names."""
    WRONG = "wrong"
    """A mistake: fails exactly what its ``expect.json`` names."""


class ExampleReport(Message):
    """How a submission that comes with the suite fared."""

    role: Role
    name: Annotated[str, Field(max_length=120)] = ""
    """The folder's name below ``wrong/``."""
    mistake: Sentence = ""
    """What is wrong with it, as its ``expect.json`` says."""
    points: Points = Decimal(0)
    max_points: Points = Decimal(0)
    passed: Annotated[tuple[Name, ...], Field(max_length=500)] = ()
    failed: Annotated[tuple[Name, ...], Field(max_length=500)] = ()
    """Ids of what did not pass, in order."""
    surprises: Annotated[tuple[Sentence, ...], Field(max_length=20)] = ()
    """Where it did not fare as the suite says; none: as expected."""
    notes: Annotated[tuple[Sentence, ...], Field(max_length=20)] = ()
    """What is allowed, and worth knowing."""
    seconds: Seconds = 0.0

    @property
    def is_as_expected(self) -> bool:
        """Whether it fared as the suite says."""
        return not self.surprises


class SuiteCheckReport(Message):
    """What a runner found out about a suite."""

    protocol: int = PROTOCOL_VERSION
    manifest: SuiteManifest | None = None
    """None where the cases could not even be listed."""
    problem: Sentence = ""
    """Why the suite cannot be graded with, and what to change; nothing where it can."""
    detail: Annotated[str, Field(max_length=20_000)] = ""
    """The same at length, as the suite's own code said it."""
    examples: Annotated[tuple[ExampleReport, ...], Field(max_length=200)] = ()
    notes: Annotated[tuple[Sentence, ...], Field(max_length=20)] = ()
    sandbox: Annotated[str, Field(max_length=120)] = ""
    machine: Annotated[str, Field(max_length=120)] = ""
    packages: Annotated[dict[Name, Name], Field(default_factory=dict)]

    @property
    def has_passed(self) -> bool:
        """Whether the suite may be published."""
        return not self.problem and self.manifest is not None and all(each.is_as_expected for each in self.examples)


class SuiteCheckRequest(Message):
    """The answer to a claim of a check: one suite, held under a lease."""

    protocol: int = PROTOCOL_VERSION
    check_id: int
    lease_token: int
    lease_seconds: Annotated[float, Field(gt=0)]
    run: Annotated[int, Field(ge=1)]
    suite_name: Name
    files_sha256: Name
    """The digest of all its files, starter and wrong submissions too."""


class SuiteCheckEvent(Message):
    """A heartbeat, with what has become known so far."""

    lease_token: int
    total: Annotated[int, Field(ge=0, le=200)] = 0
    """How many submissions there are to grade; 0 while the cases are being listed."""
    examples: Annotated[tuple[ExampleReport, ...], Field(max_length=200)] = ()


class SuiteCheckReportRequest(Message):
    """Finish a check."""

    lease_token: int
    report: SuiteCheckReport


class Replay(Message):
    """``replay.json`` in the archive that makes a run repeatable; the submission's files lie below ``submission/``."""

    format: int = REPLAY_FORMAT
    submission_id: int
    job_id: int
    suite_name: Name
    suite_version: Annotated[str, Field(max_length=40)] = ""
    suite_digest: Name
    bundle_sha256: Name
    seed: Name
    limits: Annotated[dict[str, Any], Field(default_factory=dict)]
    """The suite's limits as they were: seconds and bytes, overall and by case."""
    provenance: Annotated[dict[str, Any], Field(default_factory=dict)]
    """Sandbox, image, machine and packages of that run."""
    message: Sentence = ""
    checks: Annotated[tuple[CheckReport, ...], Field(max_length=500)] = ()


class SettingsInvalid(Exception):
    """``suite.toml`` does not say what it should; the sentence names the place and what to do."""


def read_settings(content: bytes) -> dict[str, Any]:
    """Return what a ``suite.toml`` says, with what a Gradescope autograder need not say.

    Only that its keys are settings is checked. Raises ``SettingsInvalid``.
    """
    try:
        settings = tomllib.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        message = f"{SETTINGS} cannot be read: {error}"
        raise SettingsInvalid(message) from error
    if unknown := sorted(settings.keys() - (SuiteManifest.model_fields.keys() - {"cases"})):
        message = f"{SETTINGS}: {unknown[0]!r} is no setting of a suite."
        raise SettingsInvalid(message)
    return {**_usual_settings(settings), **settings}


def _usual_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return what need not be said of a Gradescope autograder, which knows no cases, no module and no environment."""
    if settings.get("kind") != SuiteKind.GRADESCOPE:
        return {}
    return {
        "environment": "autograder",
        "module": "submission",
        "required_files": [],
        "case_seconds": settings.get("run_seconds", 600.0),
        "memory_bytes": 768 << 20,
    }


def manifest_without_cases(settings: Mapping[str, Any]) -> SuiteManifest:
    """Return what the settings say, before anybody knows the cases. Raises ``SettingsInvalid``."""
    try:
        stated = SuiteManifest.model_validate({**settings, "cases": [_ANY_CASE]})
    except ValidationError as error:
        message = f"{SETTINGS}: {first_problem(error)}"
        raise SettingsInvalid(message) from error
    return stated.model_copy(update={"cases": []})


def setting_that_differs(settings: Mapping[str, Any], manifest: SuiteManifest) -> str:
    """Return the name of a setting that the manifest does not repeat, or nothing. Raises ``SettingsInvalid``."""
    stated = manifest_without_cases(settings)
    return next((key for key in settings if getattr(stated, key) != getattr(manifest, key)), "")


def manifest_text(manifest: SuiteManifest) -> str:
    """Return what ``manifest.json`` holds for this manifest; what is as usual is left out."""
    return json.dumps(manifest.model_dump(mode="json", exclude_defaults=True), indent=2, ensure_ascii=False) + "\n"


def case_problems(cases: Sequence[ManifestCase]) -> Iterator[tuple[int, str, str]]:
    """Yield (index, field, sentence) for what no single case shows: ids that occur twice, needs that lead nowhere."""
    before: dict[str, Visibility] = {}
    ids = {case.id for case in cases}
    for index, case in enumerate(cases):
        if case.id in before:
            yield index, "id", f"Another case has the id “{case.id}” too."
        for need in case.needs:
            if need not in ids:
                yield index, "needs", f"There is no case “{need}”."
            elif need not in before:
                yield index, "needs", f"“{need}” comes later or is this one; a case can need earlier ones only."
            elif case.visibility is Visibility.VISIBLE and before[need] is not Visibility.VISIBLE:
                yield index, "needs", f"“{need}” is not seen at once, and this case is: it would tell how that ended."
        before[case.id] = case.visibility


def first_problem(error: ValidationError) -> str:
    """Return the first thing that is wrong, with the place where it stands."""
    problem = error.errors(include_url=False)[0]
    place = ".".join(str(each) for each in problem["loc"])
    return f"{place}: {problem['msg']}." if place else f"{problem['msg']}."
