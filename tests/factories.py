"""Make rows for tests through the real services, with one short call each."""

import itertools
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.hashers import make_password

from coursehub.accounts.models import User
from coursehub.common.clock import database_now
from coursehub.courses.models import (
    Course,
    Enrollment,
    Offering,
    Organization,
    Role,
    RoleAssignment,
    Term,
)
from coursehub.courses.services import create_roles, enroll
from grading.assessments.models import Assessment, SuiteVersion
from grading.gradebook.services import accept_report
from grading.submissions import jobs, services
from grading.submissions.models import GradingJob, Runner, Submission
from grading.submissions.runner_tokens import register_runner
from grading.submissions.uploads import Upload
from runners.protocol import (
    CheckReport,
    ClaimRequest,
    Lane,
    ManifestCase,
    Outcome,
    ReportRequest,
    RunReport,
    RunRequest,
    SuiteKind,
    SuiteManifest,
    Visibility,
)
from tests.people import ROLES, everybody

_counter = itertools.count(1)


def make_offering(slug: str = "tensors-101", *, with_people: bool = True) -> Offering:
    """Return a published offering with the usual roles; the five people of ``people.ROLES`` are in it."""
    organization, _ = Organization.objects.get_or_create(
        slug="example-university", defaults={"name": "Example University", "timezone": "America/New_York"}
    )
    term, _ = Term.objects.get_or_create(organization=organization, code="2026f", defaults={"name": "Fall 2026"})
    course, _ = Course.objects.get_or_create(
        organization=organization, code=slug.upper(), defaults={"title": "Tensors"}
    )
    offering = Offering.objects.create(
        course=course, term=term, slug=slug, timezone="America/New_York", status=Offering.Status.PUBLISHED
    )
    create_roles(offering)
    if with_people:
        people = everybody()
        for key, role in ROLES.items():
            enroll(offering, user=getattr(people, key), role=role)
    return offering


def make_students(offering: Offering, count: int) -> list[User]:
    """Return that many new students of an offering, made in a few queries."""
    first = next(_counter)
    password = make_password("coursehub-demo")
    people = User.objects.bulk_create(
        [
            User(email=f"student{first}-{n}@example.edu", legal_name=f"Student {n}", password=password)
            for n in range(count)
        ]
    )
    enrollments = Enrollment.objects.bulk_create([Enrollment(offering=offering, user=user) for user in people])
    role = Role.objects.get(offering=offering, key="student")
    RoleAssignment.objects.bulk_create([RoleAssignment(enrollment=row, role=role) for row in enrollments])
    return people


def make_manifest(
    name: str = "sums",
    *,
    points: tuple[int, ...] = (6, 4),
    lane: Lane = Lane.CPU,
    visibility: dict[str, Visibility] | None = None,
    **fields: Any,
) -> SuiteManifest:
    """Return a manifest of cases ``case_0``, ``case_1`` … with these points; `fields` are further ones of it."""
    return SuiteManifest(
        name=name,
        title="Sums",
        lane=lane,
        environment="numpy",
        module="needle",
        required_files=["needle.py"],
        case_seconds=2.0,
        memory_bytes=1 << 30,
        cases=[
            ManifestCase(
                id=f"case_{n}",
                title=f"Case {n}",
                points=Decimal(worth),
                group="sums",
                visibility=(visibility or {}).get(f"case_{n}", Visibility.VISIBLE),
            )
            for n, worth in enumerate(points)
        ],
        **fields,
    )


def make_suite(name: str = "sums", *, digest: str = "", **manifest: Any) -> SuiteVersion:
    """Return a published suite version."""
    content = make_manifest(name, **manifest)
    return SuiteVersion.objects.create(
        name=name,
        digest=digest or uuid.uuid4().hex * 2,
        title=content.title,
        lane=content.lane.value,
        max_points=content.max_points,
        manifest=content.model_dump(mode="json"),
    )


def make_assessment(offering: Offering, slug: str = "hw1", **fields: Any) -> Assessment:
    """Return an assessment that is open now: released a week ago, due in a week, closed two days later."""
    now = database_now()
    values: dict[str, Any] = {
        "title": "Homework 1",
        "instructions_md": "Implement *everything*.",
        "max_points": Decimal(10),
        "release_at": now - timedelta(days=7),
        "due_at": now + timedelta(days=7),
        "closes_at": now + timedelta(days=9),
        "accepted_patterns": ["*.py"],
        "required_files": ["needle.py"],
        "tries": 10,
    }
    values.update(fields)
    if "suite" not in values:
        values["suite"] = make_suite(f"sums-{next(_counter)}")
    return Assessment.objects.create(offering=offering, slug=slug, **values)


def make_submission(assessment: Assessment, *, by: User, content: bytes = b"x = 1\n", key: str = "") -> Submission:
    """Hand in one ``needle.py`` through the real service."""
    return services.submit(
        assessment,
        by=by,
        uploads=[Upload(path="needle.py", content=content)],
        idempotency_key=key or uuid.uuid4().hex,
        pledge_signature=by.name if assessment.pledge else "",
    )


def make_runner(name: str = "", *, slots: int = 2, lane: str = "cpu") -> tuple[Runner, str]:
    """Return a runner that was seen just now, and its token in clear."""
    runner, token = register_runner(name or f"runner-{next(_counter)}")
    Runner.objects.filter(pk=runner.pk).update(slots=slots, lane=lane, last_seen_at=database_now())
    runner.refresh_from_db()
    return runner, token


def claim_request(*suites: SuiteVersion, lane: Lane = Lane.CPU, slots: int = 2) -> ClaimRequest:
    """Return what a runner that has these suites asks for."""
    return ClaimRequest(
        lane=lane, slots=slots, suites={suite.name: suite.digest for suite in suites}, sandbox="bubblewrap"
    )


def claim(runner: Runner, *suites: SuiteVersion, at: datetime | None = None, **request: Any) -> RunRequest | None:
    """Claim the next job for a runner."""
    return jobs.claim(runner, claim_request(*suites, **request), at=at or database_now())


def make_report(
    suite: SuiteVersion, *, earned: dict[str, Any] | None = None, message: str = "", **fields: Any
) -> RunReport:
    """Return a report in which every case passed, or earned what `earned` says of its id.

    `fields` are further fields of the report; ``checks`` replaces those of the manifest.
    """
    manifest = SuiteManifest.model_validate(suite.manifest)
    checks = []
    for case in manifest.cases:
        points = Decimal(str((earned or {}).get(case.id, case.points)))
        outcome = Outcome.PASSED if points == case.points else Outcome.FAILED if points == 0 else Outcome.PARTIAL
        checks.append(
            CheckReport(
                id=case.id,
                outcome=outcome,
                points=points,
                max_points=case.points,
                message="" if outcome is Outcome.PASSED else "The value differs.",
                hint="" if outcome is Outcome.PASSED else "Look at the sign.",
                output="hello\n",
                seconds=0.01,
                peak_bytes=1_000_000,
            )
        )
    values: dict[str, Any] = {
        "suite_name": suite.name,
        "suite_digest": suite.digest,
        "message": message,
        "checks": checks,
        "seed": "5eed" * 8,
        "sandbox": "bubblewrap",
        "machine": "test-host",
        "packages": {"numpy": "2.4.6"},
        "memory_bytes": 1 << 30,
    }
    return RunReport(**{**values, **fields})


def make_autograder(name: str = "zip", *, points: int = 10, **fields: Any) -> SuiteVersion:
    """Return a published Gradescope autograder, which says itself what its tests are called and worth."""
    return make_suite(
        name, points=(), kind=SuiteKind.GRADESCOPE, total_points=Decimal(points), image="autograder:test", **fields
    )


def grade_next(suite: SuiteVersion, **report: Any) -> GradingJob:
    """Let a runner claim the next job of a suite and report; returns the job as it is then."""
    runner, _ = make_runner()
    run = claim(runner, suite)
    assert run is not None, "nothing waits"
    message = ReportRequest(lease_token=run.lease_token, report=make_report(suite, **report))
    answer = accept_report(runner, run.job_id, message)
    assert answer.accepted, answer
    return GradingJob.objects.get(pk=run.job_id)


def newest_job_of(submission: Submission) -> GradingJob:
    """Return the newest job of a submission, fresh from the database."""
    job = GradingJob.objects.filter(submission=submission).order_by("-pk").first()
    assert job is not None
    return job


def moment(text: str) -> datetime:
    """Return an aware moment in UTC from ISO text."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
