"""The grade book, and one grade: read, change, take back; and several at once."""

import uuid
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.timezone import now

from coursehub.courses.access import place_of, require
from coursehub.courses.errors import NotAllowed
from coursehub.courses.models import Capability, Enrollment, Offering
from coursehub.participation.queries import SECTIONS
from coursehub.web import words
from coursehub.web.borders import SignedInRequest, signed_in
from coursehub.web.pages.grade_cell import cell_page
from coursehub.web.pages.grade_words import cell_text
from coursehub.web.pages.gradebook import grade_book_page, is_state, total_text
from grading.assessments.models import Assessment
from grading.gradebook import marking
from grading.gradebook.access import assessment_in, student_for, students_for
from grading.gradebook.errors import MarkingRefused
from grading.gradebook.models import GradeCell
from grading.gradebook.overview import BY_NAME, Wish, overview
from grading.gradebook.reads import What, events_of, note_read
from grading.gradebook.reckoning import person_of
from grading.gradebook.wanted import WITH_POINTS, Wanted, read_points, typed_change
from grading.submissions.errors import SubmissionError

_LONGEST = 18


@signed_in()
def grade_book(request: SignedInRequest, offering: str) -> HttpResponseBase:
    """Show all students by all items, a page at a time."""
    found, may = place_of(request.user, offering, **SECTIONS)
    _check(Capability.VIEW_GRADES in may, found)
    wish = _wish(request)
    note_read(found, What.GRADE_BOOK, by=request.user)
    shown = overview(request.user, found, wish, at=now())
    page = grade_book_page(shown, may, wish=wish, key=uuid.uuid4().hex)
    return TemplateResponse(request, "gradebook/book.html", {"page": page})


@signed_in("GET", "HEAD", "POST")
def cell(request: SignedInRequest, offering: str, student: int, assessment: str) -> HttpResponseBase:
    """Show one grade and all that happened to it; change it, or take a change back."""
    found, may = place_of(request.user, offering)
    _check(Capability.VIEW_GRADES in may, found)
    enrollment, one = student_for(request.user, found, student), assessment_in(found, assessment)
    refusal = ""
    if request.method == "POST":
        require(request.user, found, Capability.EDIT_GRADES)
        try:
            _change(request, one, enrollment)
        except (MarkingRefused, SubmissionError) as error:
            refusal = error.sentence
        if _wants_json(request):
            return _answer(request, found, enrollment, one, refusal, at=now())
        if not refusal:
            messages.success(request, "Saved.")
            return redirect("gradebook_cell", found.slug, student, one.slug)
    else:
        note_read(found, What.CELL, by=request.user, enrollment=enrollment, assessment=one)
    page = cell_page(
        one, enrollment, may, value=person_of(enrollment).row.items[one.pk],
        cell=GradeCell.objects.filter(assessment=one, enrollment=enrollment).first(),
        log=list(events_of(one, enrollment)), key=uuid.uuid4().hex, now=now(), refusal=refusal,
        typed=request.POST.get("points") if refusal else None,
    )  # fmt: skip
    return TemplateResponse(request, "gradebook/cell.html", {"page": page})


@signed_in("POST")
def several(request: SignedInRequest, offering: str) -> HttpResponseBase:
    """Do the same to one item of several students, all or none."""
    found, may = place_of(request.user, offering)
    _check(Capability.EDIT_GRADES in may, found)
    one = assessment_in(found, request.POST.get("item", ""))
    seen = _seen(request, one)
    people = list(students_for(request.user, found, Capability.EDIT_GRADES).filter(pk__in=seen))
    try:
        if not people:
            message = "Choose at least one student first."
            raise MarkingRefused(message)
        wanted = [
            Wanted(
                assessment=one, enrollment=person, kind=request.POST.get("action", ""), version=seen[person.pk],
                reason=request.POST.get("reason", ""),
            )
            for person in people
        ]  # fmt: skip
        marking.write(found, wanted, by=request.user, idempotency_key=request.POST.get("key", ""))
    except (MarkingRefused, SubmissionError) as refusal:
        messages.error(request, refusal.sentence, extra_tags="partial")
    else:
        messages.success(request, f"{one.title}: changed for {words.plural(len(people), 'student')}.")
    return redirect("gradebook", found.slug)


def _change(request: SignedInRequest, one: Assessment, enrollment: Enrollment) -> None:
    sent = request.POST
    version = int(sent["version"]) if _is_number(sent.get("version", "")) else -1
    key, action = sent.get("key", ""), sent.get("action", "")
    if action == "undo":
        event = int(sent["event"]) if _is_number(sent.get("event", "")) else None
        marking.undo(one, enrollment, by=request.user, version=version, idempotency_key=key, event=event)
        return
    if action == "typed":
        kind, points = typed_change(one, sent.get("points", ""))
    else:
        kind, points = action, read_points(sent.get("points", "")) if action in WITH_POINTS else None
    wanted = Wanted(
        assessment=one, enrollment=enrollment, kind=kind, version=version, points=points,
        reason=sent.get("reason", ""), note=sent.get("note", ""),
    )  # fmt: skip
    marking.write(one.offering, [wanted], by=request.user, idempotency_key=key)


def _answer(
    request: SignedInRequest, found: Offering, enrollment: Enrollment, one: Assessment, refusal: str, *, at: datetime
) -> JsonResponse:
    """Tell the grade book's script what stands in the cell now, whether or not the change was refused."""
    wish = Wish()
    shown = overview(request.user, found, wish, at=at, only=[enrollment])
    row = shown.rows[0]
    place = [each.pk for each in shown.assessments].index(one.pk)
    text, stored = cell_text(row.values[place], row.cells[place]), row.cells[place]
    said = refusal or f"{enrollment.user.name}, {one.title}: {text.text}{', ' if text.note else ''}{text.note}."
    return JsonResponse(
        {
            "text": text.text, "note": text.note, "version": stored.version if stored else 0,
            "state": row.values[place].state.value, "total": total_text(shown, row), "sentence": said,
        },
        status=409 if refusal else 200,
    )  # fmt: skip


def _wish(request: SignedInRequest) -> Wish:
    asked = request.GET
    state, page = asked.get("state", ""), asked.get("page", "")
    return Wish(
        text=asked.get("q", "")[:100], section=asked.get("section", ""), state=state if is_state(state) else "",
        sort=asked.get("sort", "") or BY_NAME, is_falling=bool(asked.get("falling")),
        page=int(page) if _is_number(page) else 1,
    )  # fmt: skip


def _seen(request: SignedInRequest, one: Assessment) -> dict[int, int]:
    """Return by student the version of the cell that was on the page: ``12.3-0-1`` are student 12 and their cells."""
    order = request.POST.get("order", "").split("-")
    if str(one.pk) not in order:
        return {}
    place, found = order.index(str(one.pk)), {}
    for text in request.POST.getlist("student"):
        pk, _, versions = text.partition(".")
        version = [*versions.split("-"), *[""] * len(order)][place]
        if _is_number(pk) and _is_number(version):
            found[int(pk)] = int(version)
    return found


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < _LONGEST


def _wants_json(request: SignedInRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def _check(is_allowed: bool, offering: Offering) -> None:
    if not is_allowed:
        message = f"You may not do this in {offering.course.code}."
        raise NotAllowed(message)
