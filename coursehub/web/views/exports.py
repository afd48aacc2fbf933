"""Files with people and grades that somebody saves."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from coursehub.courses.access import capabilities_of
from coursehub.courses.models import Capability
from coursehub.web.borders import SignedInRequest, signed_in
from coursehub.web.downloads import attachment
from coursehub.web.pages.exports import exports_page
from grading.gradebook.access import offering_for_staff
from grading.gradebook.exports.canvas import canvas_columns, canvas_file, canvas_people
from grading.gradebook.exports.files import ExportedFile
from grading.gradebook.exports.grades import explained_file, grades_file
from grading.gradebook.exports.rosters import roster_file

CSV = "text/csv; charset=utf-8"


@signed_in()
def exports(request: SignedInRequest, offering: str) -> HttpResponseBase:
    """Show what can be saved."""
    found = offering_for_staff(request.user, offering, Capability.VIEW_GRADES)
    columns = canvas_columns(found, by=request.user)
    students, without_id = canvas_people(found, by=request.user)
    page = exports_page(
        found, capabilities_of(request.user, found), columns=columns, students=students, without_id=without_id
    )
    return TemplateResponse(request, "imports/exports.html", {"page": page})


@signed_in("POST")
def roster(request: SignedInRequest, offering: str) -> HttpResponseBase:
    """Save everybody as our roster."""
    found = offering_for_staff(request.user, offering, Capability.MANAGE_PEOPLE)
    return _saved(roster_file(found, by=request.user))


@signed_in("POST")
def grades(request: SignedInRequest, offering: str) -> HttpResponseBase:
    """Save all grades, a column for each assessment."""
    found = offering_for_staff(request.user, offering, Capability.VIEW_GRADES)
    return _saved(grades_file(found, by=request.user))


@signed_in("POST")
def explained(request: SignedInRequest, offering: str) -> HttpResponseBase:
    """Save every total and how it comes about."""
    found = offering_for_staff(request.user, offering, Capability.VIEW_GRADES)
    return _saved(explained_file(found, by=request.user))


@signed_in("POST")
def canvas(request: SignedInRequest, offering: str) -> HttpResponseBase:
    """Save a file for Canvas, or go back to the page with why there is none."""
    found = offering_for_staff(request.user, offering, Capability.VIEW_GRADES)
    made = canvas_file(
        found, assessments=request.POST.getlist("assessment"), also_unreleased="unreleased" in request.POST,
        by=request.user,
    )  # fmt: skip
    if made.file is not None:
        return _saved(made.file)
    for sentence in (*made.problems, *made.warnings)[:20]:
        messages.error(request, sentence, extra_tags="failed")
    return redirect("exports", found.slug)


def _saved(file: ExportedFile) -> HttpResponseBase:
    answer = attachment(file.content, name=file.name, kind=CSV)
    answer.headers["Cache-Control"] = "no-store"
    return answer
