"""Files with people and grades: uploaded, understood, previewed, applied, taken back."""

from collections.abc import Sequence

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.datastructures import MultiValueDict
from django.utils.timezone import now

from coursehub.courses.access import capabilities_of
from coursehub.courses.invitations import invitations_of
from coursehub.courses.models import Capability, Enrollment, Offering
from coursehub.web.borders import SignedInRequest, signed_in
from coursehub.web.import_forms import GradesUploadForm, RosterUploadForm, answers_of, matches_of
from coursehub.web.inviting import send_invitations
from coursehub.web.pages.import_batch import batch_page
from coursehub.web.pages.imports import batch_url, upload_page
from grading.assessments.errors import StoreFull
from grading.gradebook.access import offering_for_staff
from grading.gradebook.errors import MarkingRefused
from grading.gradebook.imports import batches
from grading.gradebook.imports.classes import assessments_of
from grading.gradebook.imports.errors import ImportRefused
from grading.gradebook.imports.plans import CanvasPlan, Choices, plan_of
from grading.gradebook.models import ImportBatch

Kind = ImportBatch.Kind
GRADE_KINDS = (Kind.GRADES, Kind.GRADESCOPE, Kind.PARTICIPATION, Kind.CANVAS)
_WORDS = {
    Kind.GRADES: "Grades: our own CSV, a gradebook of Canvas, or any table",
    Kind.GRADESCOPE: "Scores of Gradescope",
    Kind.PARTICIPATION: "Counts of taking part",
    Kind.CANVAS: "A gradebook of Canvas, to match its people and columns with ours",
}
_LEFT_SHOWN = 20


@signed_in("GET", "HEAD", "POST")
def upload_roster(request: SignedInRequest, offering: str) -> HttpResponseBase:
    """Take a roster, or show the form and what was imported before."""
    found = offering_for_staff(request.user, offering, Capability.MANAGE_PEOPLE)
    data, files = _sent(request)
    form = RosterUploadForm(data, files)
    if form.is_bound and form.is_valid():
        sync = form.cleaned_data["mode"] == "sync"
        if (made := _begun(request, found, form, Kind.ROSTER, sync=sync)) is not None:
            return redirect(batch_url(made))
    before = batches.batches_of(request.user, found, [Kind.ROSTER])
    may = capabilities_of(request.user, found)
    page = upload_page(found, may, form=form, batches=before, is_roster=True, now=now())
    return TemplateResponse(request, "imports/upload.html", {"page": page})


@signed_in("GET", "HEAD", "POST")
def upload_grades(request: SignedInRequest, offering: str) -> HttpResponseBase:
    """Take a file of grades or what belongs to them, or show the form and what was imported before."""
    found = offering_for_staff(request.user, offering, Capability.EDIT_GRADES)
    may = capabilities_of(request.user, found)
    kinds = [kind for kind in GRADE_KINDS if batches.capability_for(kind) in may]
    data, files = _sent(request)
    form = GradesUploadForm(data, files, [(kind.value, _WORDS[kind]) for kind in kinds])
    is_sent = form.is_bound and form.is_valid()
    if is_sent and (made := _begun(request, found, form, form.cleaned_data["kind"])) is not None:
        return redirect(batch_url(made))
    before = batches.batches_of(request.user, found, kinds)
    page = upload_page(found, may, form=form, batches=before, is_roster=False, now=now())
    return TemplateResponse(request, "imports/upload.html", {"page": page})


@signed_in("GET", "HEAD", "POST")
def batch(request: SignedInRequest, offering: str, pk: int) -> HttpResponseBase:
    """Show what a file would change or has changed; look at it again, apply it, take it back."""
    found = batches.batch_for(request.user, _offering(request, offering), pk)
    if request.method == "POST":
        try:
            _carry_out(request, found)
        except (ImportRefused, MarkingRefused) as refusal:
            messages.error(request, refusal.sentence, extra_tags="failed")
        return redirect(batch_url(found))
    page = batch_page(
        found, capabilities_of(request.user, found.offering), plan=plan_of(found.plan),
        choices=batches.choices_of(found), assessments=assessments_of(found.offering), query=request.GET,
        invitations=invitations_of(found.offering, event=_event(found)), now=now(),
    )  # fmt: skip
    return TemplateResponse(request, "imports/batch.html", {"page": page})


def _offering(request: SignedInRequest, slug: str) -> Offering:
    return offering_for_staff(request.user, slug, Capability.VIEW_COURSE)


def _sent(request: SignedInRequest) -> tuple[QueryDict, MultiValueDict[str, UploadedFile]] | tuple[None, None]:
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


def _begun(
    request: SignedInRequest, offering: Offering, form: forms.Form, kind: str, *, sync: bool = False
) -> ImportBatch | None:
    uploads = _uploads(form.cleaned_data["upload"])
    try:
        return batches.begin(offering, kind=kind, uploads=uploads, by=request.user, sync=sync)
    except (ImportRefused, StoreFull) as refusal:
        form.add_error("upload", str(refusal))
        return None


def _uploads(files: Sequence[UploadedFile]) -> list[tuple[str, bytes]]:
    # One byte more than is read shows that a file is too large, whatever its size.
    return [(file.name or "file.csv", file.read(batches.MOST_BYTES + 1)) for file in files]


def _carry_out(request: SignedInRequest, found: ImportBatch) -> None:
    match request.POST.get("action"):
        case "apply":
            seen, leaves_out = request.POST.get("seen", ""), "leave_out" in request.POST
            # Together, so that nobody is added whose invitation is forgotten.
            with transaction.atomic():
                new = batches.apply(found, by=request.user, seen=seen, leaves_out=leaves_out)
                messages.success(request, "Applied: everything below stands now.")
                _invite(request, found, new)
        case "undo":
            left = batches.undo(found, by=request.user)
            messages.success(request, "Taken back: what the file changed is as it was before.", extra_tags="queued")
            for sentence in left[:_LEFT_SHOWN]:
                messages.warning(request, sentence, extra_tags="partial")
            if len(left) > _LEFT_SHOWN:
                messages.warning(request, f"And {len(left) - _LEFT_SHOWN} more stay.", extra_tags="partial")
        case _:
            batches.look_again(found, _answered(request, found), by=request.user)


def _answered(request: SignedInRequest, found: ImportBatch) -> Choices:
    choices, plan = batches.choices_of(found), plan_of(found.plan)
    answers = answers_of(request.POST, plan, plan.questions)
    if isinstance(plan, CanvasPlan):
        people, lines = matches_of(request.POST, plan)
        answers |= {"people": {**choices.people, **people}, "lines": {**choices.lines, **lines}}
    return choices.model_copy(update=answers)


def _invite(request: SignedInRequest, found: ImportBatch, new: Sequence[Enrollment]) -> None:
    if new and "invite" in request.POST:
        send_invitations(request, found.offering, new, event=_event(found))


def _event(batch: ImportBatch) -> str:
    return f"import:{batch.pk}"
