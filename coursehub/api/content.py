"""What courses say of themselves: everybody reads what they may see, and who edits a course writes it.

The entries are those of a course's files, field for field. Writing goes through the service that pages and files use:
it says what it alters, asks for a reason once the course is published, and notices that somebody else has saved in
between, because each change names in ``If-Match`` the version that it starts from.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from django.urls import URLPattern, path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from pydantic import TypeAdapter
from rest_framework import status
from rest_framework.decorators import api_view, parser_classes, permission_classes
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from coursehub.accounts.models import User
from coursehub.api.errors import VersionMissing
from coursehub.api.paging import paged
from coursehub.api.permissions import ReadOrEdit
from coursehub.api.serializers import AppliedSerializer, ProblemSerializer
from coursehub.api.visible import own_dates, visible_entries
from coursehub.courses.access import Viewer, offering_for, require, viewer_for
from coursehub.courses.models import Capability, Change
from coursehub.publishing.content import (
    AnnouncementContent,
    AssessmentContent,
    BlockContent,
    OfferingContent,
    PageContent,
    PolicyContent,
)
from coursehub.publishing.differences import date_effects, differences
from coursehub.publishing.editing import Shelf, put_entry, remove_entry
from coursehub.publishing.plain import whole
from coursehub.publishing.refusals import NotThere
from coursehub.publishing.rows import content_of
from coursehub.publishing.schema import (
    AssumptionEntry,
    Entry,
    EventEntry,
    GradingFile,
    Key,
    LinkEntry,
    MaterialEntry,
    ModuleEntry,
    OfferingFile,
    SeriesEntry,
    StaffEntry,
)
from coursehub.publishing.services import apply

ENTRIES: Mapping[Shelf, type[Entry]] = {
    Shelf.BLOCKS: BlockContent,
    Shelf.POLICIES: PolicyContent,
    Shelf.PAGES: PageContent,
    Shelf.ANNOUNCEMENTS: AnnouncementContent,
    Shelf.ASSESSMENTS: AssessmentContent,
    Shelf.LINKS: LinkEntry,
    Shelf.STAFF: StaffEntry,
    Shelf.EVENTS: EventEntry,
    Shelf.SERIES: SeriesEntry,
    Shelf.MODULES: ModuleEntry,
    Shelf.MATERIALS: MaterialEntry,
    Shelf.ASSUMPTIONS: AssumptionEntry,
}
_OFFERING = "v1/offerings/<slug:offering>/"
_ASIDE = frozenset({"staff", "links"})
"""Parts of the offering's own facts that have an address of their own."""
_NOTHING = OpenApiResponse(ProblemSerializer, description="Nothing is here for you.")
_YOURS = {
    "type": "object",
    "description": "When it is due for you, extensions counted; for who takes part and does not edit the course.",
    "properties": {
        "due_at": {"type": "string", "format": "date-time", "nullable": True},
        "closes_at": {"type": "string", "format": "date-time", "nullable": True},
        "has_extension": {"type": "boolean"},
    },
}
_REFUSED = {
    403: ProblemSerializer,
    404: _NOTHING,
    409: OpenApiResponse(ProblemSerializer, description="Work or people are attached to it."),
    412: OpenApiResponse(ProblemSerializer, description="Somebody else has saved meanwhile."),
    422: OpenApiResponse(ProblemSerializer, description="It cannot be right, or the reason is missing."),
    428: OpenApiResponse(ProblemSerializer, description="If-Match is missing."),
}
_HOW = [
    OpenApiParameter(
        "If-Match",
        OpenApiTypes.STR,
        OpenApiParameter.HEADER,
        required=True,
        description="The ETag of what you have read: the version that the change starts from.",
    ),
    OpenApiParameter("reason", str, description="What students read; asked for once the course is published."),
    OpenApiParameter("dry_run", bool, description="Only say what would be altered."),
]


@extend_schema(operation_id="read_offering", responses={200: OfferingFile, 404: _NOTHING})
@api_view(["GET"])
@permission_classes([ReadOrEdit])
def offering_facts(request: Request, offering: str) -> Response:
    """Read what a course is, where and when it is taught, and what to know before."""
    viewer = _viewer(request, offering)
    facts = whole(content_of(viewer.offering).offering, without=_ASIDE)
    return _versioned(viewer, {**facts, "version": viewer.offering.version})


@extend_schema(operation_id="read_grading", responses={200: GradingFile, 404: _NOTHING})
@api_view(["GET"])
@permission_classes([ReadOrEdit])
def grading(request: Request, offering: str) -> Response:
    """Read how grades add up."""
    viewer = _viewer(request, offering)
    return _versioned(viewer, whole(content_of(viewer.offering).grading))


@extend_schema(methods=["GET"], operation_id="read_content", responses={200: OfferingContent, 404: _NOTHING})
@extend_schema(
    methods=["PUT"],
    operation_id="write_content",
    parameters=_HOW,
    request=OfferingContent,
    responses={200: AppliedSerializer, **_REFUSED},
)
@api_view(["GET", "PUT"])
@permission_classes([ReadOrEdit])
@parser_classes([JSONParser])
def everything(request: Request, offering: str) -> Response:
    """Read or write a whole course at once; for who edits it."""
    viewer = _viewer(request, offering)
    require(request.user, viewer.offering, Capability.EDIT_COURSE)
    old = content_of(viewer.offering)
    if request.method == "GET":
        return _versioned(viewer, whole(old))
    new = OfferingContent.model_validate(request.data)
    if new.offering.slug != viewer.offering.slug:
        message = "The content has the slug of another course."
        raise ParseError(message)
    return _save(request, viewer, old, new)


def _shelf_view(shelf: Shelf) -> Callable[..., Any]:
    entry: dict[str, Any] = {"$ref": f"#/components/schemas/{ENTRIES[shelf].__name__}"}
    if shelf == Shelf.ASSESSMENTS:
        entry = {"allOf": [entry, {"type": "object", "properties": {"yours": _YOURS}}]}
    answer = {
        "type": "object",
        "properties": {
            "count": {"type": "integer"},
            "next": {"type": "string", "format": "uri", "nullable": True},
            "previous": {"type": "string", "format": "uri", "nullable": True},
            "results": {"type": "array", "items": entry},
        },
    }

    @extend_schema(
        operation_id=f"list_{_place(shelf)}",
        description=f"List the {shelf} of a course that I may see, in order.",
        responses={(200, "application/json"): answer, 404: _NOTHING},
    )
    @api_view(["GET"])
    @permission_classes([ReadOrEdit])
    def shelf_of(request: Request, offering: str) -> Response:
        viewer = _viewer(request, offering)
        found = visible_entries(viewer, content_of(viewer.offering), shelf)
        mine = own_dates(viewer, shelf)
        response = paged(request, list(found.items()), lambda item: _keyed(item[0], item[1], mine))
        response.headers["ETag"] = _etag(viewer.offering.version, mine)
        return response

    return shelf_of


def _entry_view(shelf: Shelf) -> Callable[..., Any]:
    model = ENTRIES[shelf]

    @extend_schema(methods=["GET"], operation_id=f"read_{_place(shelf)}_entry", responses={200: model, 404: _NOTHING})
    @extend_schema(
        methods=["PUT"],
        operation_id=f"write_{_place(shelf)}_entry",
        description="Change what has this key, or add it.",
        parameters=_HOW,
        request=model,
        responses={200: AppliedSerializer, **_REFUSED},
    )
    @extend_schema(
        methods=["DELETE"],
        operation_id=f"remove_{_place(shelf)}_entry",
        description="Take out what has this key.",
        parameters=_HOW,
        responses={200: AppliedSerializer, **_REFUSED},
    )
    @api_view(["GET", "PUT", "DELETE"])
    @permission_classes([ReadOrEdit])
    @parser_classes([JSONParser])
    def entry_of(request: Request, offering: str, key: str) -> Response:
        viewer = _viewer(request, offering)
        old = content_of(viewer.offering)
        if request.method == "GET":
            found = visible_entries(viewer, old, shelf)
            if key not in found:
                raise NotThere
            mine = own_dates(viewer, shelf)
            return _versioned(viewer, _keyed(key, found[key], mine), mine)
        require(request.user, viewer.offering, Capability.EDIT_COURSE)
        if request.method == "DELETE":
            return _save(request, viewer, old, remove_entry(old, shelf, key))
        return _save(request, viewer, old, put_entry(old, shelf, key, _sent(request, model, key)))

    return entry_of


def _viewer(request: Request, slug: str) -> Viewer:
    return viewer_for(request.user, offering_for(request.user, slug))


def _sent(request: Request, model: type[Entry], key: str) -> Entry:
    key = TypeAdapter(Key).validate_python(key)
    sent: object = request.data
    if not isinstance(sent, dict):
        message = "Send one JSON object."
        raise ParseError(message)
    fields = {name: value for name, value in sent.items() if name != "key"}
    if sent.get("key", key) != key:
        message = f"The address says “{key}” and the content says another key."
        raise ParseError(message)
    return model.model_validate({**fields, "key": key} if "key" in model.model_fields else fields)


def _save(request: Request, viewer: Viewer, old: OfferingContent, new: OfferingContent) -> Response:
    version = _version_named_by(request)
    reason = request.query_params.get("reason", "")
    if request.query_params.get("dry_run", "").lower() in {"1", "true"}:
        made, effects = differences(old, new), date_effects(old, new)
    else:
        assert isinstance(request.user, User)  # noqa: S101  # whoever may edit has signed in
        applied = apply(new, by=request.user, source=Change.Source.API, reason=reason, expected_version=version)
        made, effects = applied.differences, applied.date_effects
        viewer.offering.refresh_from_db()
    answer = {"version": viewer.offering.version, "changes": made, "dates": effects}
    return _versioned(viewer, AppliedSerializer(answer).data)


def _version_named_by(request: Request) -> int:
    named = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
    if not named.isdecimal():
        raise VersionMissing
    return int(named)


def _keyed(key: str, entry: Entry, mine: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    yours = {"yours": mine[key]} if key in mine else {}
    return {"key": key, **whole(entry), **yours}


def _versioned(viewer: Viewer, data: Any, mine: Mapping[str, dict[str, Any]] | None = None) -> Response:
    headers = {"ETag": _etag(viewer.offering.version, mine or {})}
    return Response(data, status=status.HTTP_200_OK, headers=headers)


def _etag(version: int, mine: Mapping[str, dict[str, Any]]) -> str:
    if not mine:
        return f'"{version}"'
    # What two people read differs in their dates, so the tag does: who has the one never takes it for the other.
    told = json.dumps(mine, sort_keys=True).encode()
    return f'"{version}-{hashlib.sha256(told).hexdigest()[:16]}"'


def _place(shelf: Shelf) -> str:
    # `assessments/` is what can be handed in, and older than this.
    return "planned" if shelf == Shelf.ASSESSMENTS else shelf.value


def _addresses() -> list[URLPattern]:
    found = [
        path(_OFFERING, offering_facts, name="api_offering"),
        path(f"{_OFFERING}grading/", grading, name="api_grading"),
        path(f"{_OFFERING}content/", everything, name="api_content"),
    ]
    for shelf in Shelf:
        place = _place(shelf)
        found.append(path(f"{_OFFERING}{place}/", _shelf_view(shelf), name=f"api_{place}"))
        found.append(path(f"{_OFFERING}{place}/<slug:key>/", _entry_view(shelf), name=f"api_{place}_entry"))
    return found


urlpatterns = _addresses()
