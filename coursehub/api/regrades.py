"""A class graded again, for staff's programs: the same services as the pages."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.decorators import api_view, permission_classes
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from coursehub.accounts.models import User
from coursehub.api.paging import paged
from coursehub.api.permissions import TokenMayDoThis
from coursehub.api.regrade_serializers import (
    BatchLineSerializer,
    BatchSerializer,
    DecidedSerializer,
    DecisionSerializer,
    ProgressSerializer,
    RowSerializer,
    StartSerializer,
)
from coursehub.api.serializers import ProblemSerializer
from coursehub.courses.models import Capability
from coursehub.courses.sections import require_over_all
from grading.assessments.queries import assessment_for
from grading.gradebook import regrading
from grading.gradebook.batches import batch_for, batches_for, progress_of, versions_for
from grading.gradebook.differences import decided, differences_of, fingerprint
from grading.gradebook.errors import OtherSuite
from grading.gradebook.models import RegradeBatch

_ALLOWED = [IsAuthenticated, TokenMayDoThis]
_NOTHING = OpenApiResponse(ProblemSerializer, description="Nothing is here for you.")
_KEY = OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, required=True)
_DECISION: dict[str, Any] = {
    "request": DecisionSerializer,
    "responses": {200: DecidedSerializer, 404: _NOTHING, 409: ProblemSerializer, 412: ProblemSerializer},
}


@extend_schema(
    methods=["GET"],
    operation_id="list_regrades",
    responses={200: BatchLineSerializer(many=True), 403: ProblemSerializer, 404: _NOTHING},
)
@extend_schema(
    methods=["POST"],
    operation_id="start_regrade",
    parameters=[_KEY],
    request=StartSerializer,
    responses={201: BatchSerializer, 403: ProblemSerializer, 404: _NOTHING, 422: ProblemSerializer},
)
@api_view(["GET", "POST"])
@permission_classes(_ALLOWED)
def regrades(request: Request, offering: str, assessment: str) -> Response:
    """List the batches of an assessment, or grade its class again with the results held back."""
    user = _user(request)
    found = assessment_for(user, offering, assessment)
    require_over_all(user, found.offering, Capability.REGRADE)
    if request.method == "GET":
        return paged(request, batches_for(user, found), lambda batch: BatchLineSerializer(batch).data)
    sent = StartSerializer(data=request.data)
    sent.is_valid(raise_exception=True)
    version = versions_for(found).filter(digest=sent.validated_data["suite_digest"]).first()
    if version is None:
        raise OtherSuite
    batch = regrading.start(
        found,
        by=user,
        suite=version,
        scope=sent.validated_data["scope"],
        reason=sent.validated_data["reason"],
        idempotency_key=request.headers.get("Idempotency-Key", ""),
    )
    return Response(_batch(batch), status=status.HTTP_201_CREATED)


@extend_schema(operation_id="read_regrade", responses={200: BatchSerializer, 404: _NOTHING})
@api_view(["GET"])
@permission_classes(_ALLOWED)
def regrade(request: Request, pk: int) -> Response:
    """Read a batch and how far it is."""
    return Response(_batch(batch_for(_user(request), pk)))


@extend_schema(operation_id="list_regrade_rows", responses={200: RowSerializer(many=True), 404: _NOTHING})
@api_view(["GET"])
@permission_classes(_ALLOWED)
def rows(request: Request, pk: int) -> Response:
    """List the students of a batch with their grades before and after, who loses most first."""
    found = differences_of(batch_for(_user(request), pk))
    return paged(request, found, lambda row: RowSerializer(row).data)


@extend_schema(operation_id="approve_regrade", **_DECISION)
@api_view(["POST"])
@permission_classes(_ALLOWED)
def approve(request: Request, pk: int) -> Response:
    """Let new results stand. Sent again, it changes nothing."""
    return _decide(request, pk, some=regrading.approve, every=regrading.approve_all)


@extend_schema(operation_id="drop_regrade", **_DECISION)
@api_view(["POST"])
@permission_classes(_ALLOWED)
def drop(request: Request, pk: int) -> Response:
    """Leave grades as they are. Sent again, it changes nothing."""
    return _decide(request, pk, some=regrading.drop, every=regrading.drop_all)


def _decide(request: Request, pk: int, *, some: Callable[..., int], every: Callable[..., int]) -> Response:
    user = _user(request)
    batch = batch_for(user, pk)
    sent = DecisionSerializer(data=request.data)
    sent.is_valid(raise_exception=True)
    if chosen := sent.validated_data.get("rows"):
        count = some(batch, by=user, rows={row["id"]: row["version"] for row in chosen})
    else:
        count = every(batch, by=user, seen=sent.validated_data["seen"])
    return Response({"decided": count, "batch": _batch(batch_for(user, pk))})


def _batch(batch: RegradeBatch) -> dict[str, Any]:
    found = differences_of(batch)
    return {
        **BatchLineSerializer(batch).data,
        "progress": ProgressSerializer(progress_of(batch)).data,
        "seen": fingerprint(found),
        "seen_decisions": decided(found),
    }


def _user(request: Request) -> User:
    assert isinstance(request.user, User)  # noqa: S101  # IsAuthenticated has seen to it
    return request.user
