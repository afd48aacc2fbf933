"""Reports for people's programs: what each may see of them, and what changed since the one before."""

from typing import Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.decorators import api_view, permission_classes
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from coursehub.accounts.models import User
from coursehub.api.permissions import TokenMayDoThis
from coursehub.api.report_serializers import ChangesSerializer, ReportSerializer
from coursehub.api.serializers import ProblemSerializer
from coursehub.common.clock import database_now
from coursehub.courses.access import capabilities_of
from grading.deadlines.queries import dates_for
from grading.engine.comparison import counted, told
from grading.engine.visibility import Eyes
from grading.submissions import queries
from grading.submissions.models import GradingResult, Submission
from grading.submissions.queries import is_held_back
from grading.submissions.reading import ReadReport, changes_between, eyes_of, read

_ALLOWED = [IsAuthenticated, TokenMayDoThis]
_NOTHING = OpenApiResponse(ProblemSerializer, description="Nothing is here for you.")
_AGAINST = OpenApiParameter(
    "against",
    OpenApiTypes.STR,
    enum=["submission", "run"],
    description="The author's last submission, or for staff the run before of the same submission.",
)


@extend_schema(operation_id="read_report", responses={200: ReportSerializer, 404: _NOTHING})
@api_view(["GET"])
@permission_classes(_ALLOWED)
def report(request: Request, pk: int) -> Response:
    """Read the newest report on a submission, as far as I may see it; 404 until there is one."""
    found = queries.submission_for(_user(request), pk)
    result = _newest(found)
    record = _fields(_read(result, reader_of(_user(request), found)))
    return Response(
        ReportSerializer({**record, "suite": result.job.suite.name, "suite_digest": result.job.suite_digest}).data
    )


@extend_schema(operation_id="read_changes", parameters=[_AGAINST], responses={200: ChangesSerializer, 404: _NOTHING})
@api_view(["GET"])
@permission_classes(_ALLOWED)
def changes(request: Request, pk: int) -> Response:
    """Read what was fixed and broken since an earlier report; 404 where there is none to compare with."""
    found = queries.submission_for(_user(request), pk)
    eyes = reader_of(_user(request), found)
    result = _newest(found)
    if request.query_params.get("against") == "run":
        earlier = queries.run_before(result) if eyes.sees_all else None
    else:
        earlier = queries.result_before(found)
    if earlier is None:
        raise Http404
    after = _read(result, eyes)
    by_check = changes_between(_read(earlier, eyes), after)
    record = {
        "submission": found.pk,
        "since_submission": earlier.job.submission_id,
        "since_number": earlier.job.submission.number,
        "since_job": earlier.job_id,
        "sentence": f"{told(counted(by_check))} since {_name_of(earlier, found)}.",
        "checks": [
            {"id": check.case_id, "title": check.title, "change": by_check[check.case_id].value}
            for check in after.checks
        ],
    }
    return Response(ChangesSerializer(record).data)


def reader_of(user: User, submission: Submission) -> Eyes:
    """Return with which eyes somebody reads reports on a submission."""
    may = capabilities_of(user, submission.assessment.offering)
    dates = dates_for(submission.author, submission.assessment)
    held = is_held_back(submission)
    return eyes_of(may, submission.assessment, dates=dates, is_held_back=held, at=database_now())


def _newest(submission: Submission) -> GradingResult:
    found = queries.newest_result(submission)
    if found is None:
        raise GradingResult.DoesNotExist
    return found


def _read(result: GradingResult, eyes: Eyes) -> ReadReport:
    return read(result, queries.checks_of(result), eyes)


def _fields(report: ReadReport) -> dict[str, Any]:
    return {name: getattr(report, name) for name in ReadReport.__dataclass_fields__}


def _name_of(earlier: GradingResult, submission: Submission) -> str:
    if earlier.job.submission_id == submission.pk:
        return "it was graded before"
    return f"submission {earlier.job.submission.number}"


def _user(request: Request) -> User:
    assert isinstance(request.user, User)  # noqa: S101  # IsAuthenticated has seen to it
    return request.user
