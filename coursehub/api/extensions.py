"""Extensions and requests for them, for people's programs: the same services as the pages."""

from typing import Any

from django.urls import URLPattern, path
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.decorators import api_view, permission_classes
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from coursehub.accounts.models import User
from coursehub.api.extension_serializers import (
    AskSerializer,
    DecideSerializer,
    ExtensionRequestSerializer,
    ExtensionSerializer,
    GrantSerializer,
    RevokeSerializer,
)
from coursehub.api.paging import paged
from coursehub.api.permissions import TokenMayDoThis
from coursehub.api.serializers import ProblemSerializer
from coursehub.courses.access import offering_of, require
from coursehub.courses.models import Capability, Change, Offering
from grading.assessments.queries import assessment_for, assessments_for
from grading.deadlines import listing, requests, services
from grading.deadlines.errors import WrongPeople
from grading.deadlines.models import ExtensionRequest
from grading.submissions.rules import check_key

_ALLOWED = [IsAuthenticated, TokenMayDoThis]
_NOTHING = OpenApiResponse(ProblemSerializer, description="Nothing is here for you.")
_KEY = OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, required=True)
_REFUSED: dict[int, Any] = {403: ProblemSerializer, 404: _NOTHING, 409: ProblemSerializer, 422: ProblemSerializer}


@extend_schema(
    methods=["GET"],
    operation_id="list_extensions",
    parameters=[OpenApiParameter("assessment", str), OpenApiParameter("revoked", bool, description="those too")],
    responses={200: ExtensionSerializer(many=True), 403: ProblemSerializer, 404: _NOTHING},
)
@extend_schema(
    methods=["POST"],
    operation_id="grant_extensions",
    request=GrantSerializer,
    responses={201: ExtensionSerializer(many=True), **_REFUSED},
)
@api_view(["GET", "POST"])
@permission_classes(_ALLOWED)
def extensions(request: Request, offering: str) -> Response:
    """List the extensions of a course, or grant one for each pair of assessment and person, team or section."""
    user = _user(request)
    found = offering_of(user, offering)
    require(user, found, Capability.GRANT_EXTENSIONS)
    if request.method == "GET":
        rows = listing.extensions_for(
            user,
            found,
            assessment=request.query_params.get("assessment", ""),
            with_revoked=request.query_params.get("revoked", "") in {"1", "true"},
        )
        return paged(request, rows, lambda row: ExtensionSerializer(row).data)
    sent = GrantSerializer(data=request.data)
    sent.is_valid(raise_exception=True)
    typed = sent.validated_data
    by_slug = {item.slug: item for item in assessments_for(user, found)}
    made = services.grant(
        [by_slug[slug] for slug in dict.fromkeys(_known(typed["assessments"], by_slug, "assessment"))],
        to=_targets(user, found, typed),
        given=services.Given(
            **{name: typed[name] for name in ("days", "due_at", "closes_at", "has_no_end", "tries", "time_factor")}
        ),
        by=user,
        reason_private=typed["reason_private"],
        reason_shown=typed["reason_shown"],
        source=Change.Source.API,
    )
    rows = listing.extensions_for(user, found).filter(pk__in=[row.pk for row in made]).order_by("pk")
    return Response([ExtensionSerializer(row).data for row in rows], status=status.HTTP_201_CREATED)


@extend_schema(operation_id="read_extension", responses={200: ExtensionSerializer, 404: _NOTHING})
@api_view(["GET"])
@permission_classes(_ALLOWED)
def extension(request: Request, pk: int) -> Response:
    """Read one extension; for who may grant them."""
    return Response(ExtensionSerializer(listing.extension_for(_user(request), pk)).data)


@extend_schema(
    operation_id="revoke_extension",
    request=RevokeSerializer,
    responses={200: ExtensionSerializer, 404: _NOTHING, 412: ProblemSerializer},
)
@api_view(["POST"])
@permission_classes(_ALLOWED)
def revoke(request: Request, pk: int) -> Response:
    """Take an extension back; 412 where somebody changed or revoked it meanwhile."""
    found = listing.extension_for(_user(request), pk)
    sent = RevokeSerializer(data=request.data)
    sent.is_valid(raise_exception=True)
    services.revoke(found, by=_user(request), version=sent.validated_data["version"], source=Change.Source.API)
    return Response(ExtensionSerializer(listing.extension_for(_user(request), pk)).data)


@extend_schema(
    methods=["GET"],
    operation_id="list_my_extension_requests",
    responses={200: ExtensionRequestSerializer(many=True), 404: _NOTHING},
)
@extend_schema(
    methods=["POST"],
    operation_id="ask_for_extension",
    parameters=[_KEY],
    request=AskSerializer,
    responses={201: ExtensionRequestSerializer, **_REFUSED},
)
@api_view(["GET", "POST"])
@permission_classes(_ALLOWED)
def my_requests(request: Request, offering: str, assessment: str) -> Response:
    """List my requests for more time for an assessment, or ask; the same key makes one request."""
    user = _user(request)
    found = assessment_for(user, offering, assessment)
    if request.method == "GET":
        return paged(request, listing.my_requests(user, [found]), lambda row: ExtensionRequestSerializer(row).data)
    require(user, found.offering, Capability.SUBMIT)
    key = request.headers.get("Idempotency-Key", "")
    check_key(key)
    sent = AskSerializer(data=request.data)
    sent.is_valid(raise_exception=True)
    made = requests.ask(found, by=user, idempotency_key=key, **sent.validated_data)
    return Response(ExtensionRequestSerializer(made).data, status=status.HTTP_201_CREATED)


@extend_schema(
    operation_id="withdraw_extension_request",
    request=None,
    responses={200: ExtensionRequestSerializer, 404: _NOTHING, 409: ProblemSerializer},
)
@api_view(["POST"])
@permission_classes(_ALLOWED)
def withdraw(request: Request, pk: int) -> Response:
    """Take a request of mine back."""
    found = listing.my_request(_user(request), pk)
    requests.withdraw(found, by=_user(request))
    return Response(ExtensionRequestSerializer(listing.my_request(_user(request), pk)).data)


@extend_schema(
    operation_id="list_extension_requests",
    parameters=[OpenApiParameter("status", str, enum=ExtensionRequest.Status.values)],
    responses={200: ExtensionRequestSerializer(many=True), 403: ProblemSerializer, 404: _NOTHING},
)
@api_view(["GET"])
@permission_classes(_ALLOWED)
def all_requests(request: Request, offering: str) -> Response:
    """List the requests of a course; for who may grant extensions."""
    rows = listing.requests_for(_user(request), offering_of(_user(request), offering))
    if (wanted := request.query_params.get("status", "")) in ExtensionRequest.Status.values:
        rows = rows.filter(status=wanted)
    return paged(request, rows, lambda row: ExtensionRequestSerializer(row).data)


@extend_schema(
    operation_id="decide_extension_request",
    request=DecideSerializer,
    responses={200: ExtensionRequestSerializer, **_REFUSED},
)
@api_view(["POST"])
@permission_classes(_ALLOWED)
def decide(request: Request, pk: int) -> Response:
    """Grant or refuse a request; 409 where it was decided already."""
    user = _user(request)
    found = listing.request_for(user, pk)
    sent = DecideSerializer(data=request.data)
    sent.is_valid(raise_exception=True)
    typed = sent.validated_data
    if typed["grant"]:
        requests.approve(found, by=user, due_at=typed["due_at"], reply=typed["reply"])
    else:
        requests.deny(found, by=user, reply=typed["reply"])
    return Response(ExtensionRequestSerializer(listing.request_for(user, pk)).data)


_OFFERING = "v1/offerings/<slug:offering>/"
urlpatterns: list[URLPattern] = [
    path(f"{_OFFERING}extensions/", extensions, name="api_extensions"),
    path(f"{_OFFERING}extension-requests/", all_requests, name="api_extension_requests"),
    path(
        f"{_OFFERING}assessments/<slug:assessment>/extension-requests/", my_requests, name="api_my_extension_requests"
    ),
    path("v1/extensions/<int:pk>/", extension, name="api_extension"),
    path("v1/extensions/<int:pk>/revoke/", revoke, name="api_extension_revoke"),
    path("v1/extension-requests/<int:pk>/withdraw/", withdraw, name="api_extension_request_withdraw"),
    path("v1/extension-requests/<int:pk>/decide/", decide, name="api_extension_request_decide"),
]


def _targets(user: User, offering: Offering, typed: dict[str, Any]) -> list[services.Target]:
    people, missing = listing.people_named(listing.people_for(user, offering), typed["people"])
    if missing:
        message = f"Nobody in this course has this address: {', '.join(missing)}."
        raise WrongPeople(message)
    teams = listing.teams_for(user, offering).in_bulk(typed["teams"])
    cohorts = {cohort.key: cohort for cohort in listing.cohorts_for(user, offering)}
    return [
        *people,
        *(teams[pk] for pk in dict.fromkeys(_known(typed["teams"], teams, "team"))),
        *(cohorts[key] for key in dict.fromkeys(_known(typed["cohorts"], cohorts, "section"))),
    ]


def _known(named: list[Any], found: dict[Any, Any], what: str) -> list[Any]:
    missing = [str(key) for key in named if key not in found]
    if missing:
        message = f"There is no {what} {', '.join(missing)} here."
        raise WrongPeople(message)
    return named


def _user(request: Request) -> User:
    assert isinstance(request.user, User)  # noqa: S101  # IsAuthenticated has seen to it
    return request.user
