"""Extensions, for staff: grant, change, revoke, and decide on requests."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.timezone import now

from coursehub.courses.access import capabilities_of, offering_of, require
from coursehub.courses.models import Capability, Enrollment, Offering
from coursehub.web import words
from coursehub.web.borders import SignedInRequest, signed_in
from coursehub.web.deadline_forms import ChangeForm, DecideForm, GrantForm, PersonForm
from coursehub.web.pages.extensions import (
    extension_page,
    extensions_page,
    person_page,
    requests_page,
)
from grading.assessments.queries import assessments_for
from grading.deadlines import listing, requests, services
from grading.deadlines.errors import DeadlineRefused
from grading.deadlines.history import changes_of
from grading.deadlines.models import ExtensionRequest, SlipDayEntry
from grading.deadlines.queries import effective_dates
from grading.deadlines.slip_days import give_days

ROWS = 50
DECIDED_SHOWN = 30
_WAITS = ExtensionRequest.Status.OPEN


@signed_in("GET", "HEAD", "POST")
def extensions(request: SignedInRequest, offering: str) -> HttpResponseBase:
    """List the extensions of a course; grant one."""
    found = offering_of(request.user, offering)
    require(request.user, found, Capability.GRANT_EXTENSIONS)
    assessments = list(assessments_for(request.user, found))
    form = GrantForm(
        request.POST or None,
        zone=found.zone,
        assessments=assessments,
        teams=list(listing.teams_for(request.user, found)),
        cohorts=listing.cohorts_for(request.user, found),
    )
    if request.method == "POST" and form.is_valid() and _grant(request, found, form):
        return redirect("extensions", offering)
    rows = listing.extensions_for(
        request.user,
        found,
        assessment=request.GET.get("assessment", ""),
        text=request.GET.get("text", ""),
        with_revoked="revoked" in request.GET,
    )
    page = extensions_page(
        found,
        capabilities_of(request.user, found),
        slice_=Paginator(rows, ROWS).get_page(request.GET.get("page")),
        query=request.GET,
        assessments=assessments,
        form=form,
        waiting=listing.requests_for(request.user, found).filter(status=_WAITS).count(),
        now=now(),
    )
    return TemplateResponse(request, "staff/extensions.html", {"page": page})


@signed_in("GET", "HEAD", "POST")
def extension(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Change an extension, and show what was changed."""
    found = listing.extension_for(request.user, pk)
    offering = found.assessment.offering
    form = ChangeForm(request.POST or None, extension=found, zone=offering.zone)
    if request.method == "POST" and form.is_valid():
        try:
            services.change(
                found,
                by=request.user,
                version=form.cleaned_data["version"],
                given=form.given,
                reason_private=form.cleaned_data["reason_private"],
                reason_shown=form.cleaned_data["reason_shown"],
            )
        except DeadlineRefused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, "Changed. Whose deadline moved gets an e-mail.")
            return redirect("extensions", offering.slug)
    page = extension_page(
        found,
        capabilities_of(request.user, offering),
        form=form if found.revoked_at is None or request.method == "POST" else None,
        changes=list(changes_of(found)),
        now=now(),
    )
    return TemplateResponse(request, "staff/extension.html", {"page": page})


@signed_in("POST")
def extension_revoke(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Take an extension back."""
    found = listing.extension_for(request.user, pk)
    version = request.POST.get("version", "")
    is_number = version.isascii() and version.isdigit() and len(version) < 10
    try:
        services.revoke(found, by=request.user, version=int(version) if is_number else 0)
    except DeadlineRefused as refusal:
        messages.error(request, refusal.sentence, extra_tags="partial")
    else:
        messages.success(request, "Revoked. Whose deadline moved gets an e-mail.", extra_tags="queued")
    return redirect("extensions", found.assessment.offering.slug)


@signed_in("GET", "HEAD", "POST")
def extensions_person(request: SignedInRequest, offering: str) -> HttpResponseBase:
    """Give one person more time in quizzes, or slip days."""
    found = offering_of(request.user, offering)
    people = listing.people_for(request.user, found)
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        named, _ = listing.people_named(people, [form.cleaned_data["email"]])
        if not named:
            form.add_error("email", "Nobody in this course has this address.")
        else:
            try:
                done = _give(request, named[0], form)
            except DeadlineRefused as refusal:
                form.add_error(None, refusal.sentence)
            else:
                messages.success(request, done or "Nothing was entered, so nothing has changed.")
                return redirect("extensions_person", offering)
    page = person_page(found, capabilities_of(request.user, found), form=form)
    return TemplateResponse(request, "staff/extensions_person.html", {"page": page})


@signed_in()
def extension_requests(request: SignedInRequest, offering: str) -> HttpResponseBase:
    """Show the requests that wait, and what was decided last."""
    return _queue(request, offering_of(request.user, offering))


@signed_in("POST")
def extension_decide(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Grant or refuse a request."""
    found = listing.request_for(request.user, pk)
    offering = found.assessment.offering
    form = DecideForm(request.POST, zone=offering.zone, prefix=str(pk))
    if not form.is_valid():
        return _queue(request, offering, refused=(pk, form))
    try:
        if "deny" in request.POST:
            requests.deny(found, by=request.user, reply=form.cleaned_data["reply"])
        else:
            requests.approve(
                found, by=request.user, due_at=form.cleaned_data["due_at"], reply=form.cleaned_data["reply"]
            )
    except DeadlineRefused as refusal:
        form.add_error(None, refusal.sentence)
        return _queue(request, offering, refused=(pk, form))
    done = "refused" if "deny" in request.POST else "granted"
    messages.success(request, f"The request of {found.enrollment.user.name} is {done}. They get an e-mail.")
    return redirect("extension_requests", offering.slug)


def _queue(
    request: SignedInRequest, offering: Offering, *, refused: tuple[int, DecideForm] | None = None
) -> TemplateResponse:
    rows = listing.requests_for(request.user, offering)
    waiting = list(rows.filter(status=_WAITS))
    dates = effective_dates(
        list({row.assessment_id: row.assessment for row in waiting}.values()),
        list({row.enrollment_id: row.enrollment for row in waiting}.values()),
    )
    kept = dict([refused] if refused else [])
    page = requests_page(
        offering,
        capabilities_of(request.user, offering),
        waiting=[
            (
                row,
                dates[row.assessment_id, row.enrollment_id].due_at,
                kept.get(row.pk) or DecideForm(None, zone=offering.zone, prefix=str(row.pk)),
            )
            for row in waiting
        ],
        decided=list(rows.exclude(status=_WAITS).order_by("-decided_at", "-pk")[:DECIDED_SHOWN]),
        now=now(),
    )
    return TemplateResponse(request, "staff/extension_requests.html", {"page": page})


def _grant(request: SignedInRequest, offering: Offering, form: GrantForm) -> bool:
    people, missing = listing.people_named(listing.people_for(request.user, offering), form.emails)
    if missing:
        form.add_error("people", f"Nobody in this course has this address: {words.listed(missing)}.")
        return False
    try:
        made = services.grant(
            form.assessments_chosen,
            to=[*people, *form.groups],
            given=form.given,
            by=request.user,
            reason_private=form.cleaned_data["reason_private"],
            reason_shown=form.cleaned_data["reason_shown"],
        )
    except DeadlineRefused as refusal:
        form.add_error(None, refusal.sentence)
        return False
    messages.success(request, f"Granted: {words.plural(len(made), 'extension')}. Whose deadline moved gets an e-mail.")
    return True


def _give(request: SignedInRequest, person: Enrollment, form: PersonForm) -> str:
    said = []
    if (factor := form.cleaned_data["time_factor"]) is not None:
        services.set_time_factor(person, factor=factor, by=request.user)
        said.append(f"{person.user.name} has {factor.normalize():f} times the length of quizzes and exams.")
    if (days := form.cleaned_data["days"]) is not None:
        kind = SlipDayEntry.Kind(form.cleaned_data["kind"])
        give_days(person, kind=kind, days=days, note=form.cleaned_data["note"], by=request.user)
        done = "taken back" if kind == SlipDayEntry.Kind.WITHDRAWN else "given"
        said.append(f"{words.sentence_case(words.plural(days, 'slip day'))} {done}.")
    return " ".join(said)
