"""The API for people's programs, version 1: the same rules as the pages, because it calls the same services."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.decorators import api_view, parser_classes, permission_classes
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from coursehub.accounts.models import User
from coursehub.api.paging import paged
from coursehub.api.permissions import TokenMayDoThis
from coursehub.api.progress import Line, line_of, progress_of
from coursehub.api.reports import reader_of
from coursehub.api.serializers import (
    AssessmentSerializer,
    OfferingSerializer,
    ProblemSerializer,
    SubmissionLineSerializer,
    SubmissionSerializer,
    SubmitSerializer,
    seen_by_reader,
)
from coursehub.common.clock import database_now
from coursehub.courses.access import capabilities_of, offering_for, offerings_for, require
from coursehub.courses.models import Capability
from grading.assessments.queries import assessment_for, assessments_for
from grading.deadlines.queries import dates_for, dates_of
from grading.submissions import queries, services
from grading.submissions.errors import TooMuch
from grading.submissions.models import Submission
from grading.submissions.reading import eyes_of
from grading.submissions.receipts import receipt_text
from grading.submissions.receiving import limit_upload
from grading.submissions.rules import limits_of
from grading.submissions.uploads import read_uploads

_ALLOWED = [IsAuthenticated, TokenMayDoThis]
_NOTHING = OpenApiResponse(ProblemSerializer, description="Nothing is here for you.")
_KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    required=True,
    description="1 to 64 letters, digits, dots, dashes or underscores. Sent again, it returns the same submission.",
)


@extend_schema(operation_id="list_offerings", responses=OfferingSerializer(many=True))
@api_view(["GET"])
@permission_classes(_ALLOWED)
def offerings(request: Request) -> Response:
    """List my courses."""
    return _page(request, offerings_for(_user(request)).order_by("slug"), OfferingSerializer)


@extend_schema(operation_id="list_assessments", responses={200: AssessmentSerializer(many=True), 404: _NOTHING})
@api_view(["GET"])
@permission_classes(_ALLOWED)
def assessments(request: Request, offering: str) -> Response:
    """List the assessments of a course that I may see."""
    found = offering_for(_user(request), offering)
    rows = list(assessments_for(_user(request), found))
    dates = dates_of(_user(request), rows)
    return _page(request, rows, AssessmentSerializer, read=lambda row: seen_by_reader(row, dates[row.pk]))


@extend_schema(operation_id="read_assessment", responses={200: AssessmentSerializer, 404: _NOTHING})
@api_view(["GET"])
@permission_classes(_ALLOWED)
def assessment(request: Request, offering: str, assessment: str) -> Response:
    """Read one assessment."""
    found = assessment_for(_user(request), offering, assessment)
    return Response(AssessmentSerializer(seen_by_reader(found, dates_for(_user(request), found))).data)


@extend_schema(
    methods=["GET"],
    operation_id="list_my_submissions",
    responses={200: SubmissionLineSerializer(many=True), 404: _NOTHING},
)
@extend_schema(
    methods=["POST"],
    operation_id="submit",
    parameters=[_KEY],
    request={"multipart/form-data": SubmitSerializer},
    responses={201: SubmissionSerializer, 404: _NOTHING, 422: ProblemSerializer},
)
@api_view(["GET", "POST"])
@permission_classes(_ALLOWED)
@parser_classes([MultiPartParser])
def submissions(request: Request, offering: str, assessment: str) -> Response:
    """List what I handed in, or hand in: 201 says that it is received and will not be lost."""
    user = _user(request)
    found = assessment_for(user, offering, assessment)
    if request.method == "GET":
        mine = queries.submissions_of(user, found).select_related("assessment")
        dates = dates_for(user, found)
        may, at = capabilities_of(user, found.offering), database_now()

        def line(row: Submission) -> Line:
            held = queries.is_held_back(row)
            return line_of(row, eyes_of(may, found, dates=dates, is_held_back=held, at=at))

        return _page(request, mine, SubmissionLineSerializer, read=line)
    require(user, found.offering, Capability.SUBMIT)
    quota = limit_upload(request._request, found)
    sent = SubmitSerializer(data=request.data)
    if quota.is_over:
        raise TooMuch
    sent.is_valid(raise_exception=True)
    files = sent.validated_data["files"]
    paths = sent.validated_data.get("paths") or [file.name for file in files]
    if len(paths) != len(files):
        paths = [file.name for file in files]
    submission = services.submit(
        found,
        by=user,
        uploads=read_uploads(list(zip(paths, files, strict=True)), limits_of(found)),
        idempotency_key=request.headers.get("Idempotency-Key", ""),
        pledge_signature=sent.validated_data["pledge_signature"],
    )
    return Response(_submission(request, submission.pk), status=status.HTTP_201_CREATED)


@extend_schema(operation_id="read_submission", responses={200: SubmissionSerializer, 404: _NOTHING})
@api_view(["GET"])
@permission_classes(_ALLOWED)
def submission(request: Request, pk: int) -> Response:
    """Poll a submission until ``is_final``."""
    return Response(_submission(request, pk))


@extend_schema(operation_id="read_receipt", responses={(200, "text/plain"): OpenApiTypes.STR, 404: _NOTHING})
@api_view(["GET"])
@permission_classes(_ALLOWED)
def receipt(request: Request, pk: int) -> HttpResponse:
    """Read the receipt of a submission."""
    text = receipt_text(queries.submission_for(_user(request), pk))
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


@extend_schema(
    operation_id="cancel_submission",
    request=None,
    responses={200: SubmissionSerializer, 404: _NOTHING, 409: ProblemSerializer},
)
@api_view(["POST"])
@permission_classes(_ALLOWED)
def cancel(request: Request, pk: int) -> Response:
    """Stop the grading of a submission."""
    services.cancel(queries.submission_for(_user(request), pk), by=_user(request))
    return Response(_submission(request, pk))


@extend_schema(
    operation_id="regrade_submission",
    request=None,
    responses={200: SubmissionSerializer, 403: ProblemSerializer, 404: _NOTHING, 409: ProblemSerializer},
)
@api_view(["POST"])
@permission_classes(_ALLOWED)
def regrade(request: Request, pk: int) -> Response:
    """Have a submission graded again; staff only."""
    services.regrade(queries.submission_for(_user(request), pk), by=_user(request))
    return Response(_submission(request, pk))


def _user(request: Request) -> User:
    assert isinstance(request.user, User)  # noqa: S101  # IsAuthenticated has seen to it
    return request.user


def _submission(request: Request, pk: int) -> dict[str, Any]:
    found = queries.submission_for(_user(request), pk)
    return dict(SubmissionSerializer(progress_of(found, reader_of(_user(request), found))).data)


def _page(request: Request, rows: Any, serializer: Any, *, read: Any = lambda row: row) -> Response:
    return paged(request, rows, lambda row: serializer(read(row)).data)
