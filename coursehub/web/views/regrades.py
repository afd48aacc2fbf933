"""A class graded again: ask for it, follow it, compare, approve or drop."""

import uuid
from collections.abc import Mapping

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.timezone import now

from coursehub.courses.access import capabilities_of
from coursehub.courses.models import Capability
from coursehub.courses.sections import require_over_all
from coursehub.web import words
from coursehub.web.borders import SignedInRequest, is_htmx, signed_in
from coursehub.web.forms import RegradeForm
from coursehub.web.moments import moment
from coursehub.web.pages.regrades import batch_page, progress_part, regrade_all_page, version_name
from grading.assessments.models import Assessment, CountingTry, SuiteVersion
from grading.assessments.queries import assessment_for
from grading.gradebook import regrading
from grading.gradebook.batches import batch_for, batches_for, progress_of, versions_for
from grading.gradebook.differences import differences_of
from grading.gradebook.errors import ChangedMeanwhile, RegradeRefused
from grading.gradebook.models import RegradeBatch
from grading.submissions.errors import SubmissionError

VERSIONS_SHOWN = 50


@signed_in("GET", "HEAD", "POST")
def regrade_all(request: SignedInRequest, offering: str, assessment: str) -> HttpResponseBase:
    """Show the batches of an assessment, and make one."""
    found = assessment_for(request.user, offering, assessment)
    require_over_all(request.user, found.offering, Capability.REGRADE)
    batches = list(batches_for(request.user, found))
    has_open = any(batch.state == RegradeBatch.State.OPEN for batch in batches)
    form = None if found.suite is None or (has_open and request.method != "POST") else _form(request, found)
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            batch = regrading.start(
                found,
                by=request.user,
                suite=form.version_chosen,
                scope=form.cleaned_data["scope"],
                reason=form.cleaned_data["reason"],
                idempotency_key=form.cleaned_data["idempotency_key"],
            )
        except (RegradeRefused, SubmissionError) as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return redirect("regrade_batch", batch.pk)
    may = capabilities_of(request.user, found.offering)
    page = regrade_all_page(found, may, form=form, batches=batches, now=now())
    return TemplateResponse(request, "staff/regrade_all.html", {"page": page})


@signed_in()
def regrade_batch(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Show a batch; for htmx only how far it is."""
    batch = batch_for(request.user, pk)
    progress = progress_of(batch)
    if is_htmx(request):
        part = progress_part(batch, progress)
        return TemplateResponse(request, "staff/regrade_batch.html#progress", {"progress": part, "has_come": True})
    page = batch_page(
        batch,
        capabilities_of(request.user, batch.assessment.offering),
        progress=progress,
        rows=differences_of(batch),
        only_changed=request.GET.get("show") == "changed",
        now=now(),
    )
    return TemplateResponse(request, "staff/regrade_batch.html", {"page": page, "progress": page.progress})


@signed_in("POST")
def approve(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Let all rows stand, or those that were chosen."""
    batch = batch_for(request.user, pk)
    try:
        if "all" in request.POST:
            count = regrading.approve_all(batch, by=request.user, seen=request.POST.get("seen", ""))
        else:
            count = regrading.approve(batch, by=request.user, rows=_rows(request))
    except RegradeRefused as refusal:
        messages.error(request, refusal.sentence, extra_tags="partial")
    else:
        sentence = f"Approved for {words.plural(count, 'student')}. They see their new results now."
        messages.success(request, sentence if count else "Nothing was left to approve.")
    return redirect("regrade_batch", pk)


@signed_in("POST")
def drop(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Leave all grades as they are, or those of the rows that were chosen."""
    batch = batch_for(request.user, pk)
    try:
        if "all" in request.POST:
            count = regrading.drop_all(batch, by=request.user, seen=request.POST.get("seen", ""))
        else:
            count = regrading.drop(batch, by=request.user, rows=_rows(request))
    except RegradeRefused as refusal:
        messages.error(request, refusal.sentence, extra_tags="partial")
    else:
        sentence = f"Dropped for {words.plural(count, 'student')}. Their grades stay as they are."
        messages.success(request, sentence if count else "Nothing was left to drop.", extra_tags="queued")
    return redirect("regrade_batch", pk)


def _rows(request: SignedInRequest) -> Mapping[int, str]:
    """Read the chosen rows, each with the version of what was seen. Raises ``RegradeRefused``."""
    rows: dict[int, str] = {}
    for token in request.POST.getlist("row"):
        pk, _, version = token.partition(".")
        if not (pk.isascii() and pk.isdigit() and len(pk) < 18):
            raise ChangedMeanwhile
        rows[int(pk)] = version
    if not rows:
        message = "Choose at least one student first."
        raise RegradeRefused(message)
    return rows


def _form(request: SignedInRequest, found: Assessment) -> RegradeForm:
    versions = [(version, _label(version, found)) for version in versions_for(found)[:VERSIONS_SHOWN]]
    # Where the best of several tries counts, another one may be the best by the new version.
    every = found.counting_try == CountingTry.BEST and found.tries != 1
    initial = {
        "scope": RegradeBatch.Scope.ALL if every else RegradeBatch.Scope.COUNTING,
        "idempotency_key": str(uuid.uuid4()),
    }
    return RegradeForm(request.POST if request.method == "POST" else None, versions, initial=initial)


def _label(version: SuiteVersion, found: Assessment) -> str:
    published = moment(version.created_at, found.offering.zone, now=now()).text
    used = ", grades new submissions" if version.pk == found.suite_id else ""
    return f"{version_name(version)}, published {published}{used}"
