"""Many results of one assessment, as a class has them."""

from decimal import Decimal

from coursehub.common.clock import database_now
from grading.assessments.models import Assessment
from grading.submissions.models import CheckResult, GradingJob, GradingResult, JobKind, JobState, Submission
from runners.protocol import Outcome, Verdict
from tests.factories import make_students

MESSAGES = (
    "Half is 1.25, the reference has 0.5.",
    "Half is -7.5e-3, the reference has 0.5.",
    "Half has shape (3, 4), the reference has (4,).",
    "NotImplementedError: halve is not written yet",
)


def many_results(homework: Assessment, *, students: int = 12, tries: int = 2) -> None:
    """Let every student fail the second case in a first try and half of them pass it in the last, in few queries."""
    suite = homework.suite
    assert suite is not None
    people = make_students(homework.offering, students)
    submissions = Submission.objects.bulk_create(
        Submission(
            assessment=homework,
            author=person,
            number=number + 1,
            sha256="0" * 64,
            total_bytes=1,
            idempotency_key=f"{person.pk}-{number}",
        )
        for number in range(tries)
        for person in people
    )
    jobs = GradingJob.objects.bulk_create(
        GradingJob(
            submission=submission,
            student_id=submission.author_id,
            suite=suite,
            suite_digest=suite.digest,
            kind=JobKind.SUBMISSION,
            requested_by_id=submission.author_id,
            lane="cpu",
            virtual_start=0,
            state=JobState.FINISHED,
            finished_at=database_now(),
        )
        for submission in submissions
    )
    results = GradingResult.objects.bulk_create(
        GradingResult(
            job=job, lease_token=1, points=0, max_points=10, verdict=Verdict.PARTIAL, seed="5eed" * 8, provenance={}
        )
        for job in jobs
    )
    CheckResult.objects.bulk_create(
        CheckResult(
            result=result,
            order=order,
            case_id=case["id"],
            title=case["title"],
            outcome=Outcome.PASSED if passes else Outcome.FAILED,
            points=Decimal(case["points"]) if passes else 0,
            max_points=case["points"],
            message="" if passes else MESSAGES[index % len(MESSAGES)],
        )
        for index, result in enumerate(results)
        for order, case in enumerate(suite.manifest["cases"])
        for passes in [order == 0 or (index >= students and index % 2 == 0)]
    )
