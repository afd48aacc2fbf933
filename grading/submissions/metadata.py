"""What a Gradescope autograder is told of a submission: ``submission_metadata.json``, from what the site knows.

Autograders limit how often somebody may try by counting ``previous_submissions`` and comparing with ``created_at``. So
the list is complete, whatever became of each, and all of it is relative to the moment at which the submission came:
graded again a month later, it reads the same but for scores that changed meanwhile.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q

from coursehub.accounts.models import User
from coursehub.participation.models import Team
from grading.assessments.models import Assessment
from grading.deadlines.dates import EffectiveDates
from grading.deadlines.queries import dates_for
from grading.engine.points import scaled
from grading.submissions.models import CheckResult, GradingResult, JobState, Submission
from grading.submissions.queries import annotated, checks_of, standing_results
from runners.protocol import MetadataAssignment, MetadataUser, Outcome, PreviousSubmission, SubmissionMetadata

METHOD = "upload"


def metadata_of(submission: Submission) -> SubmissionMetadata:
    """Return what an autograder is told of a submission, in a fixed number of queries."""
    assessment = Assessment.objects.select_related("offering", "team_set").get(pk=submission.assessment_id)
    zone = assessment.offering.zone
    authors = _authors(submission, assessment)
    return SubmissionMetadata(
        id=submission.pk,
        created_at=_moment(submission.received_at, zone) or "",
        assignment_id=assessment.pk,
        assignment=_assignment(assessment, dates_for(submission.author, assessment), zone),
        submission_method=METHOD,
        users=[MetadataUser(email=author.email, id=author.pk, name=author.name) for author in authors],
        previous_submissions=_previous(submission, assessment, authors, zone),
    )


def _authors(submission: Submission, assessment: Assessment) -> Sequence[User]:
    """Return who handed it in: with teams, everybody in the author's team, the author first."""
    author = submission.author
    if assessment.team_set is None:
        return [author]
    team = Team.objects.filter(team_set=assessment.team_set, members__user=author).first()
    others = User.objects.filter(enrollments__teams=team).exclude(pk=author.pk).order_by("pk") if team else []
    return [author, *others]


def _assignment(assessment: Assessment, dates: EffectiveDates, zone: ZoneInfo) -> MetadataAssignment:
    due_at, closes_at = dates.due_at, dates.closes_at
    takes_late = due_at is not None and closes_at is not None and closes_at > due_at
    return MetadataAssignment(
        id=assessment.pk,
        course_id=assessment.offering_id,
        title=assessment.title,
        due_date=_moment(due_at, zone),
        late_due_date=_moment(closes_at, zone) if takes_late else None,
        release_date=_moment(assessment.release_at, zone),
        group_size=assessment.team_set.max_size if assessment.team_set else None,
        group_submission=assessment.team_set is not None,
        total_points=str(float(assessment.max_points)),
    )


def _previous(
    submission: Submission, assessment: Assessment, authors: Sequence[User], zone: ZoneInfo
) -> list[PreviousSubmission]:
    """Return what these people handed in before, oldest first, with the whole results of the latest."""
    moment = submission.received_at
    before = annotated(Submission.objects.filter(assessment=assessment, author__in=authors)).filter(
        Q(received_at__lt=moment) | Q(received_at=moment, pk__lt=submission.pk)
    )
    earlier = list(before.order_by("received_at", "pk"))
    found = []
    for each in earlier:
        points, of = getattr(each, "points", None), getattr(each, "max_points", None)
        told: dict[str, Any] = {}
        if each is earlier[-1] and (latest := standing_results().filter(job__submission=each).first()) is not None:
            told = {"results": _results(latest)}
        found.append(
            PreviousSubmission(
                submission_time=_moment(each.received_at, zone) or "",
                score=float(scaled(points, of=of, to=assessment.max_points)) if points is not None and of else 0.0,
                autograder_error=getattr(each, "state", None) == JobState.GRADER_ERROR,
                **told,
            )
        )
    return found


def _results(result: GradingResult) -> dict[str, Any]:
    """Return a result as the ``results.json`` that it was, or that it would have been."""
    checks = list(checks_of(result))
    total = result.score if result.score is not None else sum(check.points for check in checks)
    return {
        "score": float(total),
        "output": result.output,
        "output_format": result.output_format,
        "stdout_visibility": result.console_visibility,
        "extra_data": result.extra_data,
        # What the autograder did not report is a line of ours.
        "tests": [_test(check) for check in checks if check.outcome != Outcome.NOT_RUN],
        "leaderboard": [
            {"name": row["name"], "value": row["value"], "order": "asc" if row.get("ascending") else "desc"}
            for row in result.leaderboard
        ],
    }


def _test(check: CheckResult) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": check.title,
        "number": check.number,
        "output": check.output,
        "output_format": check.output_format,
        "tags": check.tags,
        "visibility": check.visibility,
    }
    if check.counts:
        status = "passed" if check.outcome == Outcome.PASSED else "failed"
        told |= {"score": float(check.points), "max_score": float(check.max_points), "status": status}
    return told


def _moment(moment: datetime | None, zone: ZoneInfo) -> str | None:
    return None if moment is None else moment.astimezone(zone).isoformat(timespec="microseconds")
