"""What the site and a runner say to each other.

Theory of operation
-------------------
A runner speaks JSON over HTTP to ``/internal/``, with its own token in ``Authorization: Runner <token>``.
It claims a job, reads the submission's files, sends events (each one is also a heartbeat that extends the
lease) and ends the job in exactly one of three ways: ``report`` (the submission has a verdict), ``fault``
(something of ours broke, run it again) or ``release`` (this host is stopping, give the job to another).
Every message about a job carries the lease token it was claimed with; the site refuses a token that is no
longer the live one.

The site checks everything that a runner sends against these models: a message that does not fit is refused
with 400 and changes nothing. Both sides import this module; it imports nothing of ours.
"""

import hashlib
import re
from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from pathlib import Path, PurePath
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

PROTOCOL_VERSION = 1
HEARTBEAT_SECONDS = 10.0
LEASE_SECONDS = 30
MAX_REPORT_BYTES = 8 * 1024 * 1024
AUTOGRADER_BUILD_SECONDS = 1_800
"""How long an autograder's ``setup.sh`` may take; its first submission may have to wait for that."""


class Outcome(StrEnum):
    """How one check ended. Everything but ``passed`` and ``partial`` earns no points."""

    PASSED = "passed"
    PARTIAL = "partial"
    FAILED = "failed"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    CRASHED = "crashed"
    NOT_RUN = "not_run"


class Verdict(StrEnum):
    """How a whole submission ended, once a runner has looked at it."""

    PASSED = "passed"
    PARTIAL = "partial"
    FAILED = "failed"


class Phase(StrEnum):
    """Where a running job is. The page shows these in this order."""

    CLAIMED = "claimed"
    SANDBOX_READY = "sandbox_ready"
    FIRST_CHECK = "first_check"
    LAST_CHECK = "last_check"


class Lane(StrEnum):
    """The queue of a kind of machine."""

    CPU = "cpu"
    GPU_SHARED = "gpu-shared"
    GPU_EXCLUSIVE = "gpu-exclusive"


class SuiteKind(StrEnum):
    """How a suite comes to its verdict (`docs/explanation/integrity.md`)."""

    DIFFERENTIAL = "differential"
    """Cases return data; the runner compares it with the reference's data for the same secret seed."""
    VALUES = "values"
    """Unchanged ``test_*`` and ``submit_*`` files; the runner compares the values that were handed in."""
    PYTEST = "pytest"
    """An unchanged pytest suite, which decides in the submission's own process."""
    GRADESCOPE = "gradescope"
    """An unchanged Gradescope autograder, which decides in the submission's own container."""

    @property
    def is_self_reported(self) -> bool:
        """Whether the verdict is only as honest as the process that the submission runs in."""
        return self in {SuiteKind.PYTEST, SuiteKind.GRADESCOPE}


class Visibility(StrEnum):
    """When students see a check. Gradescope's four words and meanings; staff see everything at any time."""

    VISIBLE = "visible"
    HIDDEN = "hidden"
    AFTER_DUE_DATE = "after_due_date"
    """Once nobody can hand in any more: after the late due date where late work is accepted."""
    AFTER_PUBLISHED = "after_published"
    """Once the assessment's grades are released."""


class TextFormat(StrEnum):
    """How a text that an autograder wrote is meant. Everything is sanitised before it is shown."""

    TEXT = "text"
    SIMPLE_FORMAT = "simple_format"
    MARKDOWN = "md"
    HTML = "html"
    ANSI = "ansi"


class Message(BaseModel):
    """Base of everything on this wire: frozen, and unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Name = Annotated[str, Field(min_length=1, max_length=120)]
PackageName = Annotated[str, Field(max_length=120, pattern=r"^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$")]
Sentence = Annotated[str, Field(max_length=2_000)]
Points = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=4, allow_inf_nan=False)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class ManifestCase(Message):
    """One check of a suite as fixed at publication."""

    id: Name
    title: Name
    points: Points
    group: str = ""
    hint: Sentence = ""
    """What to look at first when nothing more precise is known."""
    partial: bool = False
    """The points are shared out equally over the values that the reference records."""
    seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    """The time limit of this case, or None for the suite's ``case_seconds``."""
    memory_bytes: Annotated[int, Field(gt=0)] | None = None
    """The memory limit of this case, or None for the suite's ``memory_bytes``."""
    needs: Annotated[list[Name], Field(max_length=50)] = []
    """Ids of earlier cases that must pass first; where one did not, this one is not run and says so."""
    seeds: Annotated[int, Field(ge=1, le=20)] = 1
    """On how many draws of its inputs the case must be right."""
    sizes: Annotated[list[Annotated[int, Field(ge=1)]], Field(max_length=20)] = []
    """How large its inputs may be, rising. The last is graded; the others look for a smaller input that fails."""
    visibility: Visibility = Visibility.VISIBLE
    """Hidden cases run in another jail than visible ones, and what they print is never shown to students."""


class Tolerance(Message):
    """How far a number may be from the reference's: at most ``atol + rtol * |reference|``."""

    rtol: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
    atol: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0


class SuiteManifest(Message):
    """What ``gpu_worker/suites/<name>/manifest.json`` holds: enough for the site, which never runs suite code."""

    name: Name
    title: Name
    kind: SuiteKind = SuiteKind.DIFFERENTIAL
    lane: Lane = Lane.CPU
    environment: Name
    """The preloads that the sandbox has ready, for example ``numpy`` or ``torch``."""
    forbid: Annotated[list[PackageName], Field(max_length=50)] = []
    """Packages of that environment, by the names they are installed by, that are absent from its sandbox."""
    module: Annotated[str, Field(max_length=120)] = ""
    """What the checks import from the submission, for example ``needle``; a suite of pytest files imports by itself."""
    required_files: list[Name]
    case_seconds: Seconds
    memory_bytes: Annotated[int, Field(gt=0)]
    flag_uses: Annotated[list[Name], Field(max_length=100)] = []
    """Dotted names whose use in a submission a person should know of; it costs no points."""
    record_bytes: Annotated[int, Field(gt=0, le=1 << 29)] = 16 << 20
    """The most that one recorded value may take up, at most 512 MiB."""
    cases: Annotated[list[ManifestCase], Field(max_length=500)]
    points: Points | None = None
    """What all tests are worth, shared evenly by those that do not say it themselves (``pytest``, ``values``)."""
    case_points: Annotated[dict[Name, Points], Field(max_length=500)] = {}
    """What single tests are worth, by id, whatever they say themselves (``pytest``, ``values``)."""
    tolerances: Annotated[dict[Name, Tolerance], Field(max_length=500)] = {}
    """How close the numbers of a test must be, by id, or by ``*`` for all (``values``)."""
    total_points: Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=4, allow_inf_nan=False)] | None = None
    """What the whole is worth where the autograder says itself what each test is worth (``gradescope`` only)."""
    bonus_points: Points = Decimal(0)
    """How far above ``total_points`` such an autograder may go; what it gives beyond that is cut off."""
    run_seconds: Annotated[float, Field(gt=0, le=7_200, allow_inf_nan=False)] = 600.0
    """How long such an autograder may run in all."""
    cpus: Annotated[float, Field(gt=0, le=64, allow_inf_nan=False)] = 1.0
    network: bool = False
    """Whether such an autograder may use the network while it runs; off unless the instructor says so."""
    image: Annotated[str, Field(max_length=300)] = ""
    """The ready-made image of such an autograder, where it is not built from ``setup.sh``."""

    @model_validator(mode="after")
    def _has_a_module(self) -> Self:
        if self.kind is SuiteKind.DIFFERENTIAL and not self.module:
            message = "module is missing: say what the cases import from the submission"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _has_points(self) -> Self:
        if self.names_its_own_tests:
            if self.total_points is None:
                message = "total_points is missing: say what the whole autograder is worth"
                raise ValueError(message)
        elif not self.cases:
            message = "cases must not be empty: a suite needs at least one"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _needs_come_first(self) -> Self:
        earlier: dict[str, ManifestCase] = {}
        for case in self.cases:
            for need in case.needs:
                if need not in earlier:
                    message = f"{case.id} needs {need!r}, which is no earlier case"
                    raise ValueError(message)
                if case.visibility is Visibility.VISIBLE and earlier[need].visibility is not Visibility.VISIBLE:
                    message = f"{case.id} is visible and needs {need!r}, which is not: it would tell how that one ended"
                    raise ValueError(message)
            earlier[case.id] = case
        return self

    @property
    def names_its_own_tests(self) -> bool:
        """Whether a report may hold checks that the manifest does not name."""
        return self.kind is SuiteKind.GRADESCOPE

    @property
    def needs_jail(self) -> bool:
        """Whether submissions run in this host's sandbox; a Gradescope autograder has a container of its own."""
        return self.kind is not SuiteKind.GRADESCOPE

    @property
    def longest_seconds(self) -> float:
        """How long one submission may take with all its limits, without the sandbox's own time."""
        if self.kind is SuiteKind.GRADESCOPE:
            return 2 * self.run_seconds + AUTOGRADER_BUILD_SECONDS
        return sum(((case.seconds or self.case_seconds) * case.seeds for case in self.cases), 0.0)

    @property
    def surroundings(self) -> str:
        """What a sandbox is asked for: the environment and what it goes without, such as ``torch!networkx!sympy``."""
        return "!".join([self.environment, *sorted({re.sub(r"[-_.]+", "-", name).lower() for name in self.forbid})])

    @property
    def max_points(self) -> Decimal:
        """What the whole is worth: ``total_points``, or the sum of the points of all cases."""
        if self.total_points is not None:
            return self.total_points
        return sum((case.points for case in self.cases), Decimal(0))


class ClaimRequest(Message):
    """A free slot asks for work."""

    protocol: int = PROTOCOL_VERSION
    lane: Lane
    slots: Annotated[int, Field(ge=1, le=1024)]
    suites: dict[Name, Name]
    """Suite name to digest: what lies on the host, whether or not the site has its files."""
    sandbox: Name
    kinds: Annotated[list[SuiteKind], Field(max_length=20)] = []
    """Kinds of suites that the host fetches from the site by digest, in any version; none: only ``suites``."""
    environments: Annotated[list[Name], Field(max_length=50)] = []
    """The environments that it can run them in."""


class RunRequest(Message):
    """The answer to a claim: one job, held under a lease."""

    protocol: int = PROTOCOL_VERSION
    job_id: int
    lease_token: int
    lease_seconds: Annotated[float, Field(gt=0)]
    run: Annotated[int, Field(ge=1)]
    """Which attempt of ours this is, from 1 to 3."""
    submission_id: int
    suite_name: Name
    suite_digest: Name
    bundle_sha256: Name


class CheckReport(Message):
    """What one check found, as the student will read it. A superset of a test of Gradescope's ``results.json``."""

    id: Name
    title: Annotated[str, Field(max_length=400)] = ""
    """Only where the manifest does not name the check."""
    number: Annotated[str, Field(max_length=40)] = ""
    """Only where the manifest does not name the check: sorts like "1.10" after "1.9"."""
    outcome: Outcome
    points: Points
    max_points: Points
    message: Sentence = ""
    """One sentence: what went wrong, in the submission's own terms."""
    hint: Sentence = ""
    """One thing to try, or nothing."""
    details: Annotated[list["ValueDifference"], Field(max_length=20)] = []
    output: Annotated[str, Field(max_length=110_000)] = ""
    """What the submission printed during this check, cleaned and bounded."""
    output_format: TextFormat = TextFormat.TEXT
    visibility: Visibility = Visibility.VISIBLE
    tags: Annotated[list[Annotated[str, Field(max_length=120)]], Field(max_length=50)] = []
    counts: bool = True
    """False: shown for information, worth nothing, and not among the checks to pass."""
    seconds: Seconds = 0.0
    peak_bytes: Annotated[int, Field(ge=0)] = 0


class LeaderboardEntry(Message):
    """One line that an autograder puts on its leaderboard."""

    name: Name
    value: Annotated[str, Field(max_length=120)]
    ascending: bool = False


class ValueDifference(Message):
    """Where a recorded value differs from the reference's."""

    name: Name
    reason: Sentence
    found: Annotated[str, Field(max_length=400)] = ""
    expected: Annotated[str, Field(max_length=400)] = ""
    worst_index: Annotated[list[int], Field(max_length=32)] | None = None
    relative_error: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None


class JobEvent(Message):
    """A heartbeat, with whatever has become known since the claim (always the whole list, so order does not matter)."""

    lease_token: int
    phase: Phase
    checks: Annotated[list[CheckReport], Field(max_length=500)] = []


class EventAnswer(Message):
    """``held`` false means: kill the sandbox, write nothing."""

    held: bool


class RunReport(Message):
    """The end of a run that produced a verdict."""

    protocol: int = PROTOCOL_VERSION
    suite_name: Name
    suite_digest: Name
    message: Sentence = ""
    """Set when the submission as a whole could not be graded, for example because it does not import."""
    checks: Annotated[list[CheckReport], Field(max_length=500)]
    score: Points | None = None
    """What the autograder says the whole is worth (``gradescope`` only); without it the points of the checks count."""
    is_partial: bool = False
    """The run was ended at its time limit; the report holds what it had written until then."""
    output: Annotated[str, Field(max_length=110_000)] = ""
    """What the autograder says about the whole."""
    output_format: TextFormat = TextFormat.SIMPLE_FORMAT
    console: Annotated[str, Field(max_length=110_000)] = ""
    """Standard output and error of the whole autograder."""
    console_visibility: Visibility = Visibility.HIDDEN
    leaderboard: Annotated[list[LeaderboardEntry], Field(max_length=50)] = []
    extra_data: dict[str, Any] = {}
    """Handed back to the autograder with the student's next submission; at most 64 KiB as JSON."""
    flags: Annotated[list[Sentence], Field(max_length=20)] = []
    """What a person should look at, such as a ready-made layer where the task is to write it. It costs no points."""
    seed: Name
    """Hexadecimal; shown to staff only, so that the run can be replayed."""
    sandbox: Name
    image: str = ""
    machine: Name
    packages: dict[Name, Name] = {}
    memory_bytes: int = 0
    phase_seconds: dict[Phase, Seconds] = {}
    """Seconds after the claim was answered, on the runner's monotonic clock."""


class ReportRequest(Message):
    """Finish a job with a verdict."""

    lease_token: int
    report: RunReport


class ReportAnswer(Message):
    """``accepted`` false means the lease was lost: the report is kept as evidence and changes nothing."""

    accepted: bool
    reason: str = ""


class MetadataUser(Message):
    """An author, as an autograder is told."""

    email: str
    id: int
    name: str


class MetadataAssignment(Message):
    """The assessment, as an autograder is told. Moments are ISO 8601 with the course's offset, or None."""

    id: int
    course_id: int
    title: str
    due_date: str | None
    late_due_date: str | None
    """Until when late work is accepted; None where none is."""
    release_date: str | None
    group_size: int | None
    group_submission: bool
    total_points: str
    """With at least one decimal: "20.0"."""


class PreviousSubmission(Message):
    """An earlier submission of the same people."""

    submission_time: str
    score: float
    autograder_error: bool
    """Something of ours broke, so it cost nobody a try."""
    results: dict[str, Any] | None = None
    """Only of the latest: a whole ``results.json``."""


class SubmissionMetadata(Message):
    """What Gradescope writes into ``submission_metadata.json``, field by field. It is the same when graded again."""

    id: int
    created_at: str
    assignment_id: int
    """The same again: Gradescope's harness writes it although no document says so."""
    assignment: MetadataAssignment
    submission_method: str
    users: list[MetadataUser]
    previous_submissions: list[PreviousSubmission]


class FaultRequest(Message):
    """Something of ours broke. The job runs again, at most three times in all."""

    lease_token: int
    sentence: Sentence
    """Calm, for the student's page."""
    detail: Annotated[str, Field(max_length=20_000)] = ""
    """For the log and for staff."""


class ReleaseRequest(Message):
    """Hand the job back unharmed because this host is stopping; it costs no run."""

    lease_token: int


def folder_digest(files: Iterable[tuple[str, bytes]]) -> str:
    """Return the SHA-256, as hexadecimal, that names exactly these (path, content) pairs whatever their order."""
    total = hashlib.sha256()
    for path, content in sorted(files):
        total.update(f"{path}\0{hashlib.sha256(content).hexdigest()}\n".encode())
    return total.hexdigest()


def suite_files(folder: Path) -> list[tuple[str, bytes]]:
    """Return (relative POSIX path, content) of every file that takes part in a suite's verdict.

    Starter and wrong submissions are left out: they may change without changing a verdict.
    """
    return [
        (path.relative_to(folder).as_posix(), path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file() and is_graded_with(path.relative_to(folder))
    ]


def is_graded_with(path: PurePath) -> bool:
    """Return whether the file at this path in a suite can change a verdict, and so belongs to its digest."""
    return path.suffix != ".pyc" and path.parts[0] not in {"starter", "wrong", "__pycache__", "README.md"}


def read_suite(folder: Path) -> tuple[SuiteManifest, str]:
    """Read a suite's manifest and compute its digest. Raises ``OSError`` or ``pydantic.ValidationError``."""
    manifest = SuiteManifest.model_validate_json((folder / "manifest.json").read_bytes())
    return manifest, folder_digest(suite_files(folder))


def to_json(message: Message) -> dict[str, Any]:
    """Return the JSON-ready form of a message."""
    return message.model_dump(mode="json")
