"""Who takes part: the list, one person, drop and restore, invitations."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.timezone import now

from coursehub.courses import members
from coursehub.courses.access import capabilities_of
from coursehub.courses.errors import NotAllowed
from coursehub.courses.invitations import invitations_of
from coursehub.courses.models import Capability, Cohort, Enrollment, RoleAssignment
from coursehub.web.borders import SignedInRequest, signed_in
from coursehub.web.import_forms import AddPersonForm, PeopleFilterForm, ReachForm
from coursehub.web.inviting import send_invitations
from coursehub.web.pages.imports import batch_url
from coursehub.web.pages.members import add_page, fitting, members_page, person_page
from grading.gradebook.access import offering_for_staff
from grading.gradebook.imports import batches
from grading.gradebook.imports.errors import ImportRefused
from grading.gradebook.imports.people import Roles, known_people
from grading.gradebook.models import ImportBatch
from grading.interchange.roster_rows import RosterRole, RosterRow
from grading.interchange.rosters import write_roster

ROWS = 100
_AT_ONCE = 500


@signed_in()
def people(request: SignedInRequest, offering: str) -> HttpResponseBase:
    """List everybody of a course, filtered."""
    found = offering_for_staff(request.user, offering, Capability.MANAGE_PEOPLE)
    known, roles = known_people(found), Roles(found)
    sections = sorted({name for one in known for name in one.facts.sections})
    labels = [(key, role.label) for key, role in sorted(roles.by_key.items(), key=lambda item: item[1].sort)]
    form = PeopleFilterForm(request.GET, sections, labels)
    matching = [one for one in known if fitting(one, form)]
    slice_ = Paginator(matching, ROWS).get_page(request.GET.get("page"))
    page = members_page(
        found, capabilities_of(request.user, found), form=form, query=request.GET, slice_=slice_, known=known,
        roles=roles, invitations=invitations_of(found), now=now(),
    )  # fmt: skip
    return TemplateResponse(request, "people/list.html", {"page": page})


@signed_in("GET", "HEAD", "POST")
def add(request: SignedInRequest, offering: str) -> HttpResponseBase:
    """Add one person: a roster of one line, previewed as every other."""
    found = offering_for_staff(request.user, offering, Capability.MANAGE_PEOPLE)
    roles = Roles(found)
    choices = [(role.value, roles.by_key[role.value].label) for role in RosterRole if role.value in roles.by_key]
    form = AddPersonForm(request.POST if request.method == "POST" else None, choices)
    if form.is_bound and form.is_valid():
        said = form.cleaned_data
        row = RosterRow(
            line=2, email=said["email"].lower(), first_name=said["first_name"], last_name=said["last_name"],
            section=said["section"], role=RosterRole(said["role"]),
        )  # fmt: skip
        uploads = [(f"{row.email}.csv", write_roster([row]))]
        try:
            made = batches.begin(found, kind=ImportBatch.Kind.ROSTER, uploads=uploads, by=request.user)
        except ImportRefused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return redirect(batch_url(made))
    page = add_page(found, capabilities_of(request.user, found), form=form)
    return TemplateResponse(request, "people/add.html", {"page": page})


@signed_in("GET", "HEAD", "POST")
def person(request: SignedInRequest, offering: str, pk: int) -> HttpResponseBase:
    """Show one person, and say whose work somebody of the staff sees."""
    found = offering_for_staff(request.user, offering, Capability.MANAGE_PEOPLE)
    enrollment = members.member_for(request.user, found, pk)
    enrollment.offering = found
    known = next(one for one in known_people(found) if one.enrollment.pk == pk)
    roles = Roles(found)
    cohorts = list(Cohort.objects.filter(offering=found).order_by("kind", "order", "name"))
    held = RoleAssignment.objects.filter(enrollment=enrollment, cohorts__isnull=False)
    reach = sorted(set(held.values_list("cohorts", flat=True)))
    form = None
    if roles.is_staff(known.facts) and enrollment.user_id != request.user.pk and cohorts:
        form = ReachForm(request.POST if request.method == "POST" else None, cohorts, held=reach)
        if form.is_bound and form.is_valid():
            members.set_reach(enrollment, cohorts=[int(key) for key in form.cleaned_data["cohorts"]], by=request.user)
            messages.success(request, "Saved.")
            return redirect("person", found.slug, pk)
    page = person_page(
        found, capabilities_of(request.user, found), known=known, roles=roles, form=form,
        is_me=enrollment.user_id == request.user.pk, now=now(),
    )  # fmt: skip
    return TemplateResponse(request, "people/person.html", {"page": page})


@signed_in("POST")
def status(request: SignedInRequest, offering: str, pk: int) -> HttpResponseBase:
    """Drop somebody, or take them back."""
    found = offering_for_staff(request.user, offering, Capability.MANAGE_PEOPLE)
    enrollment = members.member_for(request.user, found, pk)
    enrollment.offering = found
    wanted = Enrollment.Status.DROPPED if request.POST.get("status") == "dropped" else Enrollment.Status.ACTIVE
    try:
        members.set_status(enrollment, status=wanted, by=request.user)
    except NotAllowed as refusal:
        messages.error(request, refusal.sentence, extra_tags="failed")
    else:
        is_gone = wanted == Enrollment.Status.DROPPED
        what = "is dropped. Work and grades stay." if is_gone else "takes part again."
        messages.success(request, f"{enrollment.user.name} {what}", extra_tags="queued" if is_gone else "passed")
    return redirect("person", found.slug, pk)


@signed_in("POST")
def invite_people(request: SignedInRequest, offering: str) -> HttpResponseBase:
    """Write to one person, or to everybody who was never written to and has not signed in."""
    found = offering_for_staff(request.user, offering, Capability.MANAGE_PEOPLE)
    active = Enrollment.objects.filter(offering=found, status=Enrollment.Status.ACTIVE).select_related("user")
    if pk := request.POST.get("person", ""):
        one = members.member_for(request.user, found, int(pk) if pk.isascii() and pk.isdigit() and len(pk) < 18 else 0)
        send_invitations(request, found, [one])
        return redirect("person", found.slug, one.pk)
    waiting = active.filter(invited_at=None, user__last_login=None).order_by("pk")[:_AT_ONCE]
    send_invitations(request, found, list(waiting))
    return redirect("people", found.slug)
