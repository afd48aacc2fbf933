"""Beside the grade book: one student, students at risk, and the audit."""

from collections.abc import Mapping
from decimal import Decimal

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.http import urlencode
from django.utils.timezone import now

from coursehub.courses.access import capabilities_of
from coursehub.courses.models import Capability
from coursehub.web.borders import SignedInRequest, signed_in
from coursehub.web.pages.grade_lists import (
    AUDITS,
    AuditLine,
    audit_page,
    change_line,
    extension_line,
    read_line,
    risk_page,
    student_page,
)  # fmt: skip
from coursehub.web.pages.staff import Pager
from grading.assessments.models import Assessment
from grading.deadlines.history import changes_in, extensions_behind
from grading.gradebook import class_changes
from grading.gradebook.access import offering_for_staff, student_for, students_for
from grading.gradebook.errors import MarkingRefused, PointsInvalid
from grading.gradebook.models import GradeAdjustment
from grading.gradebook.reads import What, changes_of, note_read, reads_of
from grading.gradebook.reckoning import class_of, person_of
from grading.gradebook.risk import LOW, MISSING, at_risk
from grading.gradebook.wanted import read_points

LINES = 100
_LONGEST = 9


@signed_in("GET", "HEAD", "POST")
def student(request: SignedInRequest, offering: str, student: int) -> HttpResponseBase:
    """Show one student's grades to staff; give course points on top, or take them back."""
    found = offering_for_staff(request.user, offering, Capability.VIEW_GRADES)
    enrollment = student_for(request.user, found, student)
    refusal = ""
    if request.method == "POST":
        sent = request.POST
        try:
            if (pk := sent.get("remove", "")) and _is_number(pk):
                class_changes.remove_adjustment(enrollment, int(pk), by=request.user)
            else:
                points = read_points(sent.get("points", ""))
                class_changes.adjust(enrollment, course_points=points, reason=sent.get("reason", ""), by=request.user)
        except MarkingRefused as error:
            refusal = error.sentence
        else:
            messages.success(request, "Saved.")
            return redirect("gradebook_student", found.slug, student)
    else:
        note_read(found, What.GRADES, by=request.user, enrollment=enrollment)
    standing = GradeAdjustment.objects.filter(enrollment=enrollment, removed_at=None).select_related("made_by")
    page = student_page(
        person_of(enrollment), capabilities_of(request.user, found), list(standing.order_by("pk")), refusal=refusal,
        typed=request.POST.get("points", ""),
    )  # fmt: skip
    return TemplateResponse(request, "gradebook/student.html", {"page": page})


@signed_in()
def at_risk_list(request: SignedInRequest, offering: str) -> HttpResponseBase:
    """List students at risk by conditions that one can change."""
    found = offering_for_staff(request.user, offering, Capability.VIEW_GRADES)
    note_read(found, What.GRADE_BOOK, by=request.user)
    below, missing = _below(request.GET.get("below", "")), request.GET.get("missing", "")
    many = int(missing) if _is_number(missing) else MISSING
    reckoned = class_of(found, enrollments=list(students_for(request.user, found)), for_staff=True)
    page = risk_page(
        found, capabilities_of(request.user, found), at_risk(reckoned, below=below, missing=many), below=below,
        missing=many, notes=reckoned.obstacles,
        totals=[one.current for one in reckoned.totals().values() if one.current is not None],
    )  # fmt: skip
    return TemplateResponse(request, "gradebook/at_risk.html", {"page": page})


@signed_in()
def audit(request: SignedInRequest, offering: str) -> HttpResponseBase:
    """Show who changed what, an extension too, or who looked, for everybody, one student or one item."""
    found = offering_for_staff(request.user, offering, Capability.VIEW_AUDIT)
    people = list(students_for(request.user, found))
    assessments = list(Assessment.objects.filter(offering=found).order_by("order", "pk"))
    asked = request.GET
    show = asked.get("show", "") if asked.get("show") in AUDITS else "changes"
    may = capabilities_of(request.user, found)
    person = next((row for row in people if str(row.pk) == asked.get("student")), None)
    one = next((each for each in assessments if each.slug == asked.get("item")), None)
    lines: list[AuditLine]
    at = now()
    if show == "reads":
        reads = Paginator(reads_of(found, enrollment=person, assessment=one), LINES).get_page(asked.get("page"))
        lines = [read_line(row, found, now=at) for row in reads]
        number, pages = reads.number, reads.paginator.num_pages
    elif show == "extensions":
        done = Paginator(changes_in(found, enrollment=person, assessment=one), LINES).get_page(asked.get("page"))
        behind = extensions_behind(done)
        lines = [extension_line(row, behind.get(row.subject), found, may, now=at) for row in done]
        number, pages = done.number, done.paginator.num_pages
    else:
        changes = Paginator(changes_of(found, enrollment=person, assessment=one), LINES).get_page(asked.get("page"))
        lines = [change_line(event, found, now=at) for event in changes]
        number, pages = changes.number, changes.paginator.num_pages
    kept = {"show": show, "student": person.pk if person else "", "item": one.slug if one else ""}
    page = audit_page(
        found, may, lines=lines, pager=_pager(number, pages, kept), show=show,
        students=people, assessments=assessments, student=person.pk if person else None, item=one.slug if one else "",
    )  # fmt: skip
    return TemplateResponse(request, "gradebook/audit.html", {"page": page})


def _pager(number: int, pages: int, kept: Mapping[str, str | int]) -> Pager:
    def link(wanted: int) -> str:
        return f"?{urlencode({**kept, 'page': wanted})}" if 1 <= wanted <= pages else ""

    return Pager(number=number, pages=pages, previous_url=link(number - 1), next_url=link(number + 1))


def _below(text: str) -> Decimal:
    try:
        found = read_points(text)
    except PointsInvalid:
        return LOW
    return found if found.is_finite() and 0 <= found <= 1000 else LOW


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < _LONGEST
