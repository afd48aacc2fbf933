"""Grades for programs: staff read a class and change single grades, students read their own."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.timezone import now
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.decorators import api_view, permission_classes
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from coursehub.accounts.models import User
from coursehub.api.grade_serializers import UNDO, GradeChangeSerializer, GradeSerializer, StudentGradesSerializer
from coursehub.api.my_grades_serializers import MyGradesSerializer
from coursehub.api.paging import paged
from coursehub.api.permissions import TokenMayDoThis
from coursehub.api.serializers import ProblemSerializer
from coursehub.courses.access import offering_of, require
from coursehub.courses.models import Capability, Enrollment
from coursehub.courses.queries import enrollment_of
from grading.assessments.models import Assessment
from grading.engine.items import ItemValue
from grading.engine.points import rounded
from grading.engine.scheme import Scheme
from grading.engine.totals import Totals
from grading.gradebook import marking
from grading.gradebook.access import assessment_in, offering_for_staff, student_for, students_for
from grading.gradebook.models import GradeEvent
from grading.gradebook.own import own_grades
from grading.gradebook.own_data import own_data
from grading.gradebook.reads import What, note_read
from grading.gradebook.reckoning import class_of, person_of
from grading.gradebook.wanted import Wanted

_ALLOWED = [IsAuthenticated, TokenMayDoThis]
_NOTHING = OpenApiResponse(ProblemSerializer, description="Nothing is here for you.")
_KEY = OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, required=True)


@extend_schema(
    operation_id="list_grades",
    responses={200: StudentGradesSerializer(many=True), 403: ProblemSerializer, 404: _NOTHING},
)
@api_view(["GET"])
@permission_classes(_ALLOWED)
def grades(request: Request, offering: str) -> Response:
    """List the grades of everybody whose grades you may see, a page at a time, by name."""
    user = _user(request)
    found = offering_for_staff(user, offering, Capability.VIEW_GRADES)
    note_read(found, What.EXPORT, by=user)
    people = list(students_for(user, found))
    reckoned = class_of(found, enrollments=people, at=now(), for_staff=True)
    totals = reckoned.totals()
    rows = dict(zip((row.pk for row in people), reckoned.rows, strict=True))

    def one(enrollment: Enrollment) -> dict[str, Any]:
        values = rows[enrollment.pk].items
        listed = []
        for item in reckoned.assessments:
            cell = reckoned.evidence.cell(item, enrollment)
            listed.append(_grade(item, values[item.pk], cell.version if cell else 0, cell.comment if cell else ""))
        return _student(enrollment, listed, reckoned.scheme, totals.get(enrollment.pk))

    return paged(request, people, one)


@extend_schema(
    operation_id="read_my_grades", responses={200: MyGradesSerializer, 403: ProblemSerializer, 404: _NOTHING}
)
@api_view(["GET"])
@permission_classes(_ALLOWED)
def my_grades(request: Request, offering: str) -> Response:
    """Read your own grades, your totals and why they are what they are; what is not released waits for its grade."""
    user = _user(request)
    found = offering_of(user, offering)
    require(user, found, Capability.SUBMIT)
    enrollment = enrollment_of(user, found)
    enrollment.user, enrollment.offering = user, found
    mine = own_grades(enrollment)
    listed = [_grade(one, mine.row.items[one.pk], 0, mine.comments.get(one.pk, "")) for one in mine.assessments]
    told = {**_student(enrollment, listed, mine.scheme, mine.totals), **own_data(mine)}
    return Response(told, headers={"Cache-Control": "private, no-store"})


@extend_schema(
    operation_id="change_grade",
    parameters=[_KEY],
    request=GradeChangeSerializer,
    responses={
        200: GradeSerializer, 403: ProblemSerializer, 404: _NOTHING, 412: ProblemSerializer, 422: ProblemSerializer,
    },
)  # fmt: skip
@api_view(["POST"])
@permission_classes(_ALLOWED)
def grade(request: Request, offering: str, student: int, assessment: str) -> Response:
    """Change one grade, or take the last change back. Sent again with the same key, it changes nothing."""
    user = _user(request)
    found = offering_for_staff(user, offering, Capability.EDIT_GRADES)
    enrollment = student_for(user, found, student, Capability.EDIT_GRADES)
    item = assessment_in(found, assessment)
    sent = GradeChangeSerializer(data=request.data)
    sent.is_valid(raise_exception=True)
    said: Mapping[str, Any] = sent.validated_data
    key, source = request.headers.get("Idempotency-Key", ""), GradeEvent.Source.API
    if said["kind"] == UNDO:
        cell = marking.undo(
            item, enrollment, by=user, version=said["version"], idempotency_key=key, source=source
        )  # fmt: skip
    else:
        wanted = Wanted(
            assessment=item, enrollment=enrollment, kind=said["kind"], version=said["version"],
            points=said.get("points"), reason=said.get("reason", ""), note=said.get("note", ""),
        )  # fmt: skip
        cell = marking.write(found, [wanted], by=user, idempotency_key=key, source=source)[0]
    value = person_of(enrollment).row.items[item.pk]
    return Response(_grade(item, value, cell.version, cell.comment))


def _grade(item: Assessment, value: ItemValue, version: int, comment: str) -> dict[str, Any]:
    return dict(
        GradeSerializer(
            {
                "assessment": item.slug, "state": value.state.value, "points": _stored(value.points),
                "raw_points": _stored(value.raw), "max_points": item.max_points, "late_units": value.days_late,
                "slip_days": value.slip_days, "comment": comment, "version": version,
            }
        ).data
    )  # fmt: skip


def _student(
    enrollment: Enrollment, listed: list[dict[str, Any]], scheme: Scheme | None, totals: Totals | None
) -> dict[str, Any]:
    known = scheme is not None and totals is not None
    return {
        "id": enrollment.pk,
        "student": enrollment.user.email,
        "name": enrollment.user.name,
        "total": {
            "current": _shown(scheme, totals.current) if known and totals else None,
            "floor": _shown(scheme, totals.floor) if known and totals else None,
            "ceiling": _shown(scheme, totals.ceiling) if known and totals else None,
            "letter": totals.current_letter if totals else None,
        },
        "grades": listed,
    }


def _stored(points: Fraction | None) -> Decimal | None:
    return None if points is None else rounded(points, 4)


def _shown(scheme: Scheme | None, total: Fraction | None) -> str | None:
    return None if scheme is None or total is None else f"{scheme.shown(total):f}"


def _user(request: Request) -> User:
    assert isinstance(request.user, User)  # noqa: S101  # IsAuthenticated has seen to it
    return request.user
