"""A small suite as an instructor uploads it, and what a runner says of it."""

import io
import zipfile
from decimal import Decimal
from typing import Any

from coursehub.common.clock import database_now
from coursehub.courses.models import Offering
from grading.assessments.models import SuiteVersion
from grading.assessments.queries import suite_contents
from grading.catalogue import checks, services
from grading.submissions.models import Runner
from grading.submissions.uploads import Upload
from runners.protocol import ClaimRequest, Lane, ManifestCase, ReportAnswer, SuiteKind
from runners.suite_protocol import (
    ExampleReport,
    Role,
    SuiteCheckReport,
    SuiteCheckReportRequest,
    SuiteCheckRequest,
    manifest_without_cases,
    read_settings,
)
from tests.factories import make_runner
from tests.people import People

SETTINGS = b"""
name = "doubling"
title = "Doubling"
environment = "numpy"
module = "twice"
required_files = ["twice.py"]
case_seconds = 5.0
memory_bytes = 536870912
"""
CASES = b"""
from gpu_worker.harness.cases import case

@case("double a number", points=6, hint="Add it to itself.")
def double(twice, rng, record):
    record.close("double", twice.double(rng.standard_normal()), rtol=1e-9)

@case("halve a number", points=4)
def halve(twice, rng, record):
    record.close("half", twice.halve(rng.standard_normal()), rtol=1e-9)
"""
RIGHT = b"def double(x):\n    return x + x\n\n\ndef halve(x):\n    return x / 2\n"
STARTER = b"def double(x):\n    raise NotImplementedError\n\n\ndef halve(x):\n    raise NotImplementedError\n"
SQUARES = b"def double(x):\n    return x * x\n\n\ndef halve(x):\n    return x / 2\n"
FILES = {
    "suite.toml": SETTINGS,
    "cases.py": CASES,
    "reference/twice.py": RIGHT,
    "starter/twice.py": STARTER,
    "starter/README.md": b"# Begin here\n",
    "wrong/squares/twice.py": SQUARES,
    "wrong/squares/expect.json": b'{"mistake": "It squares.", "fails": ["double"]}',
}
CASE_LIST = [
    ManifestCase(id="double", title="double a number", points=Decimal(6), hint="Add it to itself."),
    ManifestCase(id="halve", title="halve a number", points=Decimal(4)),
]


def uploads(files: dict[str, bytes] | None = None) -> list[Upload]:
    """Return the suite as uploads."""
    return [Upload(path=path, content=content) for path, content in sorted((files or FILES).items())]


def archive(files: dict[str, bytes] | None = None, *, below: str = "doubling/") -> bytes:
    """Return the suite as a .zip with everything in one folder."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as whole:
        for path, content in (files or FILES).items():
            whole.writestr(below + path, content)
    return packed.getvalue()


def renamed(name: str) -> dict[str, bytes]:
    """Return the suite's files under another name."""
    return {**FILES, "suite.toml": SETTINGS.replace(b'"doubling"', f'"{name}"'.encode())}


def make_draft(offering: Offering, people: People, files: dict[str, bytes] | None = None) -> SuiteVersion:
    """Upload the suite as the instructor."""
    return services.upload_draft(offering, by=people.ines, uploads=uploads(files))


def asking(**changes: Any) -> ClaimRequest:
    """Return what a host asks for that grades differential suites with NumPy."""
    fields = {"kinds": [SuiteKind.DIFFERENTIAL], "environments": ["numpy"], **changes}
    return ClaimRequest(lane=Lane.CPU, slots=1, suites={}, sandbox="bubblewrap", **fields)


def claim_check(runner: Runner, **changes: Any) -> SuiteCheckRequest | None:
    """Claim a check as a host would."""
    return checks.claim(runner, asking(**changes), at=database_now())


def report_on(draft: SuiteVersion, **changes: Any) -> SuiteCheckReport:
    """Return what a runner says of the suite when all is well."""
    stated = manifest_without_cases(read_settings(suite_contents(draft)["suite.toml"]))
    manifest = SuiteVersion.objects.get(pk=draft.pk).manifest if draft.digest else None
    fields: dict[str, Any] = {
        "manifest": manifest or stated.model_copy(update={"cases": CASE_LIST}),
        "examples": [
            ExampleReport(role=Role.REFERENCE, points=Decimal(10), max_points=Decimal(10), passed=["double", "halve"]),
            ExampleReport(role=Role.STARTER, max_points=Decimal(10), failed=["double", "halve"]),
            ExampleReport(
                role=Role.WRONG,
                name="squares",
                mistake="It squares.",
                points=Decimal(4),
                max_points=Decimal(10),
                passed=["halve"],
                failed=["double"],
            ),
        ],
        "sandbox": "bubblewrap",
        "machine": "test-host",
        "packages": {"numpy": "2.4.6"},
        **changes,
    }
    return SuiteCheckReport.model_validate(fields)


def answer_check(draft: SuiteVersion, **changes: Any) -> ReportAnswer:
    """Look at the one waiting draft as a runner would."""
    runner, _ = make_runner()
    held = claim_check(runner)
    assert held is not None
    draft.refresh_from_db()
    request = SuiteCheckReportRequest(lease_token=held.lease_token, report=report_on(draft, **changes))
    answer = services.accept_check(runner, held.check_id, request)
    draft.refresh_from_db()
    return answer


def make_published(offering: Offering, people: People, files: dict[str, bytes] | None = None) -> SuiteVersion:
    """Return a version that was uploaded, checked and published."""
    draft = make_draft(offering, people, files)
    assert answer_check(draft).accepted
    return services.publish(draft, by=people.ines)
