"""One student's grades: as they see them themselves, as data, and as staff do."""

import json

from django.http import Http404, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.cache import patch_cache_control

from coursehub.courses.access import capabilities_of, offering_of
from coursehub.courses.models import Capability, Offering
from coursehub.courses.queries import enrollment_of
from coursehub.web.borders import SignedInRequest, is_htmx, signed_in
from coursehub.web.downloads import attachment
from coursehub.web.grade_forms import AskForm
from coursehub.web.pages.frame import Link, course_frame
from coursehub.web.pages.grade_answers import answers_to
from coursehub.web.pages.grade_items import Around
from coursehub.web.pages.my_grades import my_grades_page
from grading.engine.nodes import Mode
from grading.engine.points import told
from grading.gradebook.access import offering_for_staff, student_for
from grading.gradebook.distribution import class_points
from grading.gradebook.own import OwnGrades, grades_for_staff, own_grades
from grading.gradebook.own_data import own_data, own_sheet
from grading.gradebook.own_questions import items_of, pending_of
from grading.gradebook.own_slip_days import slip_days_of
from grading.gradebook.queries import my_grades as rows_of
from grading.gradebook.reads import What, note_read

_JSON, _CSV = "application/json", "text/csv; charset=utf-8"
_EVERYTHING = "everything"


@signed_in()
def my_grades(request: SignedInRequest, offering: str) -> HttpResponseBase:
    """Show my grades in a course, and answer what I ask of them; nothing that is asked is stored."""
    found = offering_of(request.user, offering)
    grades = _mine(request, found)
    form = _form(request, grades) if items_of(grades) else None
    answers = answers_to(grades, form) if form else None
    may = capabilities_of(request.user, found)
    frame = course_frame(
        found, may, title="My grades", place="my_grades",
        crumbs=(Link(label="My grades", url="", current=True),),
    )  # fmt: skip
    if is_htmx(request):
        page = my_grades_page(grades, Around(rows={}, points={}), frame=frame, form=form, answers=answers)
        return TemplateResponse(request, "courses/grades.html#answers", {"page": page, "swapped": True})
    page = my_grades_page(
        grades, _around(grades), frame=frame, mode=_mode(request), form=form, answers=answers,
        slip=slip_days_of(grades), has_ledger=Capability.SUBMIT in may,
    )  # fmt: skip
    return TemplateResponse(request, "courses/grades.html", {"page": page})


@signed_in()
def my_grades_file(request: SignedInRequest, offering: str, kind: str) -> HttpResponseBase:
    """Send everything that the page shows as a file: JSON with exact numbers, or CSV for a spreadsheet."""
    if kind not in {"json", "csv"}:
        raise Http404
    found = offering_of(request.user, offering)
    grades = _mine(request, found)
    name = f"{found.slug}-my-grades.{kind}"
    if kind == "csv":
        answer = attachment(own_sheet(grades), name=name, kind=_CSV)
    else:
        answer = attachment(json.dumps(own_data(grades), indent=2).encode(), name=name, kind=_JSON)
    patch_cache_control(answer, private=True, no_store=True)
    return answer


@signed_in()
def student_grades(request: SignedInRequest, offering: str, pk: int) -> HttpResponseBase:
    """Show a student's grades to staff: as the student sees them, or everything, with what is not released named."""
    found = offering_for_staff(request.user, offering, Capability.VIEW_GRADES)
    student = student_for(request.user, found, pk)
    note_read(found, What.GRADES, by=request.user, enrollment=student)
    theirs, whole = grades_for_staff(student)
    shows_all = request.GET.get("view") == _EVERYTHING
    grades = whole if shows_all else theirs
    name = student.user.name
    address = reverse("student_grades", args=[found.slug, student.pk])
    page = my_grades_page(
        grades,
        _around(grades),
        frame=course_frame(
            found, capabilities_of(request.user, found), title=f"Grades of {name}",
            crumbs=(Link(label=f"Grades of {name}", url="", current=True),),
        ),
        mode=_mode(request),
        student=name,
        views=(
            Link(label="As the student sees it", url=address, current=not shows_all),
            Link(label="Everything", url=f"{address}?view={_EVERYTHING}", current=shows_all),
        ),
        slip=slip_days_of(grades),
    )  # fmt: skip
    return TemplateResponse(request, "courses/grades.html", {"page": page})


def _mine(request: SignedInRequest, offering: Offering) -> OwnGrades:
    enrollment = enrollment_of(request.user, offering)
    enrollment.user, enrollment.offering = request.user, offering
    return own_grades(enrollment)


def _around(grades: OwnGrades) -> Around:
    enrollment = grades.enrollment
    return Around(
        rows={row.assessment.pk: row for row in rows_of(enrollment.user, enrollment.offering)},
        points=class_points(enrollment.offering, grades.assessments, at=grades.at),
    )


def _form(request: SignedInRequest, grades: OwnGrades) -> AskForm:
    now = {key: told(value.points) for key, value in grades.row.items.items() if value.points is not None}
    letters = grades.scheme.letters if grades.scheme else ()
    return AskForm(request.GET, items=items_of(grades), pending=pending_of(grades), letters=letters, now=now)


def _mode(request: SignedInRequest) -> Mode:
    wanted = request.GET.get("total", "")
    return Mode(wanted) if wanted in list(Mode) else Mode.CURRENT
