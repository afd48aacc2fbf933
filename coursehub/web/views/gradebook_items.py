"""One item of the grade book: statistics, release, and a curve."""

from collections.abc import Mapping
from decimal import Decimal

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.timezone import now

from coursehub.courses.access import capabilities_of, require
from coursehub.courses.models import Capability
from coursehub.web import words
from coursehub.web.borders import SignedInRequest, signed_in
from coursehub.web.pages.grade_item import item_page
from grading.assessments.models import Assessment
from grading.engine.curves import Curve, LinearCurve, RootCurve, TopCurve
from grading.gradebook import class_changes, releasing
from grading.gradebook.access import assessment_in, offering_for_staff, students_for
from grading.gradebook.errors import CurveInvalid, MarkingRefused
from grading.gradebook.reads import What, note_read
from grading.gradebook.reckoning import class_of
from grading.gradebook.wanted import read_points

FIELDS = ("form", "slope", "add", "cap", "top", "reason")


@signed_in()
def item(request: SignedInRequest, offering: str, assessment: str) -> HttpResponseBase:
    """Show how the class did in one item; with ``form`` in the address, what a curve would do."""
    found = offering_for_staff(request.user, offering, Capability.VIEW_GRADES)
    one = assessment_in(found, assessment)
    may = capabilities_of(request.user, found)
    note_read(found, What.GRADE_BOOK, by=request.user, assessment=one)
    typed = {name: request.GET[name] for name in FIELDS if name in request.GET}
    preview, refusal = None, ""
    if typed.get("form") and {Capability.RELEASE_GRADES, Capability.EDIT_GRADES} <= may:
        try:
            preview = class_changes.preview_curve(one, curve_typed(typed))
        except MarkingRefused as error:
            refusal = error.sentence
    reckoned = class_of(found, enrollments=list(students_for(request.user, found)), for_staff=True)
    page = item_page(
        one, may, [row.items[one.pk] for row in reckoned.rows], standing=class_changes.standing_curve(one),
        preview=preview, typed=typed, refusal=refusal, letters=releasing.letters_of(one), now=now(),
    )  # fmt: skip
    return TemplateResponse(request, "gradebook/item.html", {"page": page})


@signed_in("POST")
def release(request: SignedInRequest, offering: str, assessment: str) -> HttpResponseBase:
    """Let students know their grades, or keep them back again."""
    one = _item(request, offering, assessment)
    try:
        if "back" in request.POST:
            releasing.unrelease(one, by=request.user)
            messages.success(request, "Students do not see these grades any more.")
        else:
            count = releasing.release(one, by=request.user)
            messages.success(
                request, f"Released. {words.plural(count, 'student')} will have a message without a grade."
            )
    except MarkingRefused as refusal:
        messages.error(request, refusal.sentence, extra_tags="partial")
    return redirect("gradebook_item", offering, assessment)


@signed_in("POST")
def curve(request: SignedInRequest, offering: str, assessment: str) -> HttpResponseBase:
    """Put a curve on the item as it was previewed, or take it away."""
    one = _item(request, offering, assessment)
    require(request.user, one.offering, Capability.EDIT_GRADES)
    try:
        if "remove" in request.POST:
            class_changes.remove_curve(one, by=request.user)
            messages.success(request, "The curve is gone; the points are what they were.")
        else:
            class_changes.apply_curve(
                one, curve_typed(request.POST.dict()), by=request.user, reason=request.POST.get("reason", ""),
                seen=request.POST.get("seen", ""),
            )  # fmt: skip
            messages.success(request, "The curve is applied.")
    except MarkingRefused as refusal:
        messages.error(request, refusal.sentence, extra_tags="partial")
    return redirect("gradebook_item", offering, assessment)


def curve_typed(typed: Mapping[str, str]) -> Curve:
    """Return the curve that somebody typed. Raises ``PointsInvalid`` or ``CurveInvalid``."""

    def number(name: str, default: str) -> Decimal:
        return read_points(typed.get(name, "").strip() or default)

    try:
        match typed.get("form"):
            case "linear":
                cap = number("cap", "0") if typed.get("cap", "").strip() else None
                return LinearCurve(slope=number("slope", "1"), add=number("add", "0"), cap=cap)
            case "top":
                return TopCurve(top=number("top", "0"))
            case "root":
                return RootCurve()
            case _:
                raise CurveInvalid
    except ValueError as error:
        raise CurveInvalid(str(error)) from error


def _item(request: SignedInRequest, offering: str, assessment: str) -> Assessment:
    found = offering_for_staff(request.user, offering, Capability.RELEASE_GRADES)
    return assessment_in(found, assessment)
