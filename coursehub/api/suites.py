"""Suites for programs: upload a draft, follow its check, put its cases right, publish it, choose it.

For who manages the suites of a course; changing something takes a token with the scope “edit”.
"""

from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import api_view, parser_classes, permission_classes
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from coursehub.accounts.models import User
from coursehub.api.paging import paged
from coursehub.api.permissions import ReadOrEdit
from coursehub.api.serializers import ProblemSerializer
from coursehub.courses.models import Offering
from grading.assessments.models import SuiteVersion
from grading.assessments.queries import assessment_for, published_versions
from grading.catalogue import queries, services
from grading.catalogue.models import SuiteCheck
from grading.submissions.errors import TooMuch
from grading.submissions.receiving import limit_files
from grading.submissions.uploads import read_uploads

_NOTHING = OpenApiResponse(ProblemSerializer, description="Nothing is here for you.")
_REFUSED = {
    403: ProblemSerializer,
    404: _NOTHING,
    409: OpenApiResponse(ProblemSerializer, description="It cannot be done with it as it is now."),
    422: OpenApiResponse(ProblemSerializer, description="What was sent does not fit."),
}
_SUITES = "v1/offerings/<slug:offering>/suites/"


class SuiteLineSerializer(serializers.Serializer[Any]):
    """One version of a suite, or its draft."""

    id = serializers.IntegerField(source="pk")
    name = serializers.SlugField()
    title = serializers.CharField()
    version = serializers.CharField(source="label", help_text="v1, v2 …, or draft")
    state = serializers.CharField(help_text="draft or published")
    digest = serializers.CharField(allow_blank=True)
    max_points = serializers.DecimalField(max_digits=12, decimal_places=4)
    published_at = serializers.DateTimeField(allow_null=True)


class SuiteCheckSerializer(serializers.Serializer[Any]):
    """What a runner has found out about a draft."""

    state = serializers.CharField(help_text="queued, running, finished, grader_error or superseded")
    is_final = serializers.BooleanField()
    has_passed = serializers.BooleanField()
    report = serializers.JSONField(allow_null=True, help_text="A SuiteCheckReport, once it is finished.")
    progress = serializers.JSONField(help_text="A SuiteCheckEvent, while it is running.")
    fault = serializers.CharField(source="fault_sentence", allow_blank=True)


class SuiteSerializer(SuiteLineSerializer):
    """The same with everything that is known of it."""

    manifest = serializers.JSONField(help_text="A SuiteManifest; without cases while nobody knows them.")
    check = SuiteCheckSerializer(allow_null=True)
    may_publish = serializers.BooleanField()


class SuiteUploadSerializer(serializers.Serializer[Any]):
    """What is sent to upload a draft."""

    files = serializers.ListField(
        child=serializers.FileField(allow_empty_file=True),
        allow_empty=False,
        help_text="One .zip or .tar.gz of the suite's folder, or its files.",
    )
    paths = serializers.ListField(
        child=serializers.CharField(max_length=255),
        required=False,
        help_text="A relative path for each file, in the same order, to keep folders.",
    )


class SuiteChoiceSerializer(serializers.Serializer[Any]):
    """Which version grades an assessment."""

    version = serializers.IntegerField(allow_null=True)


@extend_schema(methods=["GET"], operation_id="list_suites", responses={200: SuiteLineSerializer(many=True), **_REFUSED})
@extend_schema(
    methods=["POST"],
    operation_id="upload_suite",
    request={"multipart/form-data": SuiteUploadSerializer},
    responses={201: SuiteSerializer, **_REFUSED},
)
@api_view(["GET", "POST"])
@permission_classes([ReadOrEdit])
@parser_classes([MultiPartParser])
def suites(request: Request, offering: str) -> Response:
    """List every version that a course may use, and its drafts; or upload a draft in place of an earlier one."""
    found = queries.offering_with_suites(request.user, offering)
    if request.method == "GET":
        rows = queries.versions_in(found).order_by("name", "-pk")
        return paged(request, rows, lambda row: SuiteLineSerializer(row).data)
    limits = services.SUITE_LIMITS
    quota = limit_files(request._request, max_files=limits.max_files, max_total_bytes=limits.max_total_bytes)
    sent = SuiteUploadSerializer(data=request.data)
    if quota.is_over:
        raise TooMuch
    sent.is_valid(raise_exception=True)
    files = sent.validated_data["files"]
    paths = sent.validated_data.get("paths") or [file.name for file in files]
    if len(paths) != len(files):
        paths = [file.name for file in files]
    uploads = read_uploads(list(zip(paths, files, strict=True)), limits)
    draft = services.upload_draft(found, by=_user(request), uploads=uploads)
    return Response(_shown(draft), status=status.HTTP_201_CREATED)


@extend_schema(methods=["GET"], operation_id="read_suite", responses={200: SuiteSerializer, **_REFUSED})
@extend_schema(methods=["DELETE"], operation_id="discard_suite", responses={204: None, **_REFUSED})
@api_view(["GET", "DELETE"])
@permission_classes([ReadOrEdit])
def suite(request: Request, offering: str, pk: int) -> Response:
    """Read a version or a draft, polled until its check ``is_final``; or throw a draft away."""
    version = _version(request, offering, pk)
    if request.method == "DELETE":
        services.discard(version)
        return Response(status=status.HTTP_204_NO_CONTENT)
    return Response(_shown(version))


@extend_schema(
    operation_id="write_suite_cases",
    request={"application/json": {"type": "array", "items": {"type": "object"}}},
    responses={200: SuiteSerializer, **_REFUSED},
)
@api_view(["PUT"])
@permission_classes([ReadOrEdit])
@parser_classes([JSONParser])
def suite_cases(request: Request, offering: str, pk: int) -> Response:
    """Change the cases of a draft: all of them by id, in order; a field that is left out stays as it is."""
    version = _version(request, offering, pk)
    sent: object = request.data
    if not isinstance(sent, list) or not all(isinstance(case, dict) for case in sent):
        message = "Send a list of cases, each an object with its id."
        raise serializers.ValidationError(message)
    services.edit_manifest(version, by=_user(request), cases=sent)
    return Response(_shown(version))


@extend_schema(operation_id="check_suite", request=None, responses={200: SuiteSerializer, **_REFUSED})
@api_view(["POST"])
@permission_classes([ReadOrEdit])
def suite_check(request: Request, offering: str, pk: int) -> Response:
    """Have a draft looked at again."""
    version = _version(request, offering, pk)
    services.request_check(version, by=_user(request))
    return Response(_shown(version))


@extend_schema(operation_id="publish_suite", request=None, responses={200: SuiteSerializer, **_REFUSED})
@api_view(["POST"])
@permission_classes([ReadOrEdit])
def suite_publish(request: Request, offering: str, pk: int) -> Response:
    """Make a draft the next version, for good."""
    return Response(_shown(services.publish(_version(request, offering, pk), by=_user(request))))


@extend_schema(methods=["GET"], operation_id="read_suite_choice", responses={200: SuiteChoiceSerializer, **_REFUSED})
@extend_schema(
    methods=["PUT"],
    operation_id="choose_suite",
    request=SuiteChoiceSerializer,
    responses={200: SuiteChoiceSerializer, **_REFUSED},
)
@api_view(["GET", "PUT"])
@permission_classes([ReadOrEdit])
@parser_classes([JSONParser])
def suite_choice(request: Request, offering: str, assessment: str) -> Response:
    """Read or choose the version that grades an assessment from now on."""
    queries.offering_with_suites(request.user, offering)
    found = assessment_for(request.user, offering, assessment)
    if request.method == "PUT":
        sent = SuiteChoiceSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        version = published_versions(found.offering.course).get(pk=sent.validated_data["version"])
        services.use_version(found, version, by=_user(request))
    return Response({"version": found.suite.pk if found.suite else None})


def _user(request: Request) -> User:
    assert isinstance(request.user, User)  # noqa: S101  # whoever manages suites has signed in
    return request.user


def _version(request: Request, offering: str, pk: int) -> SuiteVersion:
    found: Offering = queries.offering_with_suites(request.user, offering)
    return queries.versions_in(found).get(pk=pk)


def _shown(version: SuiteVersion) -> dict[str, Any]:
    check: SuiteCheck | None = queries.newest_check(version)
    facts = {
        **SuiteLineSerializer(version).data,
        "manifest": version.manifest,
        "check": None if check is None else SuiteCheckSerializer(check).data,
        "may_publish": queries.may_publish(version, check),
    }
    return dict(facts)


urlpatterns = [
    path(_SUITES, suites, name="api_suites"),
    path(f"{_SUITES}<int:pk>/", suite, name="api_suite"),
    path(f"{_SUITES}<int:pk>/cases/", suite_cases, name="api_suite_cases"),
    path(f"{_SUITES}<int:pk>/check/", suite_check, name="api_suite_check"),
    path(f"{_SUITES}<int:pk>/publish/", suite_publish, name="api_suite_publish"),
    path("v1/offerings/<slug:offering>/assessments/<slug:assessment>/suite/", suite_choice, name="api_suite_choice"),
]
