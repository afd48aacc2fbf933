"""More time, for students: ask, take it back, and place slip days."""

from fractions import Fraction

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.timezone import now

from coursehub.accounts.models import User
from coursehub.common.clock import database_now
from coursehub.courses.access import offering_of, require, viewer_for
from coursehub.courses.models import Capability, Enrollment
from coursehub.courses.queries import enrollment_of
from coursehub.web.borders import SignedInRequest, signed_in
from coursehub.web.deadline_forms import AskForm, PlaceForm
from coursehub.web.pages.more_time import DeadlineCard, ask_page, deadline_card, ledger_page
from grading.assessments.models import Assessment
from grading.assessments.queries import assessment_for
from grading.deadlines import listing, requests, rule
from grading.deadlines.ahead import price_at
from grading.deadlines.dates import EffectiveDates
from grading.deadlines.errors import DeadlineRefused
from grading.deadlines.models import Extension, ExtensionRequest, ExtensionRule
from grading.deadlines.policies import late_rules_of
from grading.deadlines.queries import dates_for
from grading.deadlines.slip_days import place
from grading.gradebook.late_work import slip_standing_of


@signed_in("GET", "HEAD", "POST")
def ask_for_time(request: SignedInRequest, offering: str, assessment: str) -> HttpResponseBase:
    """Show how to ask for more time, or take a request."""
    found = assessment_for(request.user, offering, assessment)
    require(request.user, found.offering, Capability.SUBMIT)
    person = enrollment_of(request.user, found.offering)
    mine = list(listing.my_requests(request.user, [found]))
    form = AskForm(request.POST or None, zone=found.offering.zone)
    if request.method == "POST" and form.is_valid():
        try:
            made = requests.ask(
                found,
                by=request.user,
                wanted_due_at=form.cleaned_data["wanted_due_at"],
                reason=form.cleaned_data["reason"],
                idempotency_key=form.cleaned_data["idempotency_key"],
            )
        except DeadlineRefused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            is_granted = made.status == ExtensionRequest.Status.AUTOMATIC
            done = "Granted: your deadline has moved." if is_granted else "Your request is with the staff."
            messages.success(request, done, extra_tags="passed" if is_granted else "running")
            return redirect("assessment", offering, assessment)
    has_open = any(row.status == ExtensionRequest.Status.OPEN for row in mine)
    page = ask_page(
        viewer_for(request.user, found.offering),
        found,
        dates_for(request.user, found),
        rule=rule.in_words(
            ExtensionRule.objects.filter(offering=found.offering).first(),
            granted_before=requests.granted_by_rule(person),
        ),
        form=None if has_open and request.method != "POST" else form,
        requests=mine,
        now=now(),
    )
    return TemplateResponse(request, "courses/ask_for_time.html", {"page": page})


@signed_in("POST")
def withdraw_request(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Take one's own request back."""
    found = listing.my_request(request.user, pk)
    try:
        requests.withdraw(found, by=request.user)
    except DeadlineRefused as refusal:
        messages.error(request, refusal.sentence, extra_tags="partial")
    else:
        messages.success(request, "Your request is withdrawn.", extra_tags="queued")
    return redirect("assessment", found.assessment.offering.slug, found.assessment.slug)


@signed_in("GET", "HEAD", "POST")
def slip_days(request: SignedInRequest, offering: str) -> HttpResponseBase:
    """Show my slip days; place them otherwise."""
    found = offering_of(request.user, offering)
    require(request.user, found, Capability.SUBMIT)
    person = enrollment_of(request.user, found)
    standing = slip_standing_of(request.user, person)
    is_locked = standing.ledger.policy is None or standing.ledger.is_locked(database_now())
    form = None
    if standing.work and (not is_locked or request.method == "POST"):
        form = PlaceForm(request.POST or None, assessments=standing.assessments.values(), charged=standing.charged)
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            place(
                person,
                form.declared,
                work=standing.work,
                limits=standing.limits,
                by=request.user,
                at=database_now(),
            )
        except DeadlineRefused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, "Your slip days are placed.")
            return redirect("slip_days", offering)
    page = ledger_page(viewer_for(request.user, found), standing, form=form, now=now())
    return TemplateResponse(request, "courses/slip_days.html", {"page": page})


def card_for(user: User, assessment: Assessment, own: EffectiveDates, *, has_handed_in: bool) -> DeadlineCard:
    """Return what a student reads about their deadline on the page of an assessment."""
    at = now()
    person = enrollment_of(user, assessment.offering)
    rules = late_rules_of([assessment])[assessment.pk]
    standing = slip_standing_of(user, person) if rules.slip is not None else None
    price = price_at(
        at,
        due_at=own.due_at,
        rules=rules,
        max_points=Fraction(assessment.max_points),
        slip_days_free=standing.free_for(assessment) if standing else 0,
        zone=assessment.offering.zone,
    )
    applied = [own.extension_pk] if own.extension_pk is not None else []
    extension = Extension.objects.filter(pk__in=applied).select_related("team", "cohort").first()
    return deadline_card(
        assessment,
        own,
        extension=extension,
        rules=rules,
        price=price,
        standing=standing,
        teammates=_teammates(assessment, person),
        requests=list(listing.my_requests(user, [assessment])[:3]),
        has_handed_in=has_handed_in,
        now=at,
    )


def _teammates(assessment: Assessment, person: Enrollment) -> list[str]:
    if assessment.team_set_id is None:
        return []
    team = person.teams.filter(team_set_id=assessment.team_set_id).first()
    if team is None:
        return []
    others = team.members.filter(status=Enrollment.Status.ACTIVE).exclude(pk=person.pk).select_related("user")
    return [other.user.name for other in others.order_by("pk")]
