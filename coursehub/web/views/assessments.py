"""An assessment: read it, download its starter files, hand in work."""

import json
import uuid
from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from coursehub.accounts.models import User
from coursehub.courses.access import capabilities_of, require
from coursehub.courses.models import Capability
from coursehub.courses.sections import has_over_all
from coursehub.web import stash, words
from coursehub.web.borders import SignedInRequest, VisitorRequest, open_to_visitors, signed_in
from coursehub.web.downloads import ZIP, attachment
from coursehub.web.pages.assessment import (
    KeptFile,
    UploadForm,
    assessment_page,
    tries_left_sentence,
    upload_help,
)
from coursehub.web.pages.dates import dates_of
from coursehub.web.views.more_time import card_for
from grading.assessments import files
from grading.assessments.errors import StoreFull
from grading.assessments.models import Assessment, HandoutFile
from grading.assessments.queries import assessment_for, handout_of
from grading.deadlines.queries import dates_for
from grading.engine.tries import Tries
from grading.submissions.bundles import zipped
from grading.submissions.errors import (
    IdempotencyKeyInvalid,
    IdempotencyKeyReused,
    NothingUploaded,
    SubmissionRefused,
    TooMuch,
)
from grading.submissions.queries import is_held_back, submissions_of, tries_of
from grading.submissions.receiving import QuotaHandler, limit_upload
from grading.submissions.rules import limits_of
from grading.submissions.services import submit
from grading.submissions.uploads import Upload, read_uploads

CHOOSE_AGAIN = "A browser cannot choose files by itself, so please choose them once more."


@csrf_exempt  # not really: see below
def assessment(request: HttpRequest, offering: str, assessment: str) -> HttpResponseBase:
    """Show an assessment to whoever may read it, or take what somebody who takes part hands in to it."""
    # A visitor who hands in is asked to sign in first.
    view = _of_mine if request.user.is_authenticated or request.method == "POST" else _of_a_visitor
    return view(request, offering, assessment)


@signed_in("GET", "HEAD", "POST")
def _of_mine(request: SignedInRequest, offering: str, assessment: str) -> HttpResponseBase:
    found = assessment_for(request.user, offering, assessment)
    if request.method == "POST":
        require(request.user, found.offering, Capability.SUBMIT)
    quota = limit_upload(request, found)
    # The token is checked here and not by the middleware, which would read the upload before the quota is set.
    return csrf_protect(_show_or_receive)(request, found, quota)


@open_to_visitors
def _of_a_visitor(request: VisitorRequest, offering: str, assessment: str) -> HttpResponseBase:
    return _show(request, assessment_for(request.user, offering, assessment), None)


@open_to_visitors
def handout(request: VisitorRequest, offering: str, assessment: str) -> HttpResponseBase:
    """Send the files that students begin with, as one archive."""
    found = assessment_for(request.user, offering, assessment)
    contents = {row.path: files.content_of(row.stored_id) for row in handout_of(found)}
    if not contents:
        raise HandoutFile.DoesNotExist
    return attachment(zipped(contents), name=f"{found.offering.slug}-{found.slug}.zip", kind=ZIP)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    """What came with the form, whether or not it is any good."""

    idempotency_key: str
    signature: str
    kept_token: str
    wanted: frozenset[str]
    paths: tuple[str, ...]
    uploaded: tuple[UploadedFile, ...]


def _attempt_in(request: SignedInRequest) -> _Attempt:
    post = request.POST
    uploaded = tuple(request.FILES.getlist("files"))
    try:
        told = json.loads(post.get("paths") or "[]")
    except ValueError:
        told = []
    fits = isinstance(told, list) and len(told) == len(uploaded) and all(isinstance(path, str) for path in told)
    return _Attempt(
        idempotency_key=post.get("idempotency_key", "")[:64] or str(uuid.uuid4()),
        signature=post.get("pledge_signature", "").strip()[:150],
        kept_token=post.get("kept", ""),
        wanted=frozenset(post.getlist("keep")),
        paths=tuple(told) if fits else tuple(file.name or "" for file in uploaded),
        uploaded=uploaded,
    )


def _show_or_receive(request: SignedInRequest, found: Assessment, quota: QuotaHandler) -> HttpResponseBase:
    if request.method == "POST":
        return _receive(request, found, quota)
    return _show(request, found, _empty_form(request, found))


def _receive(request: SignedInRequest, found: Assessment, quota: QuotaHandler) -> HttpResponseBase:
    attempt = _attempt_in(request)
    kept = stash.kept(attempt.kept_token, by=request.user, assessment=found)
    wanted = {upload.path: upload for upload in kept if upload.path in attempt.wanted}
    uploads: list[Upload] = []
    try:
        if quota.is_over:
            message = (
                f"What you sent is larger than the {words.size(found.max_total_bytes)} that this assessment takes."
            )
            raise TooMuch(message)
        if not attempt.uploaded and not wanted:
            raise NothingUploaded
        if attempt.uploaded:
            uploads = read_uploads(zip(attempt.paths, attempt.uploaded, strict=True), limits_of(found))
        wanted.update({upload.path: upload for upload in uploads})
        submission = submit(
            found,
            by=request.user,
            uploads=list(wanted.values()),
            idempotency_key=attempt.idempotency_key,
            pledge_signature=attempt.signature,
        )
    except (SubmissionRefused, StoreFull) as refusal:
        offered = {upload.path: upload for upload in [*kept, *uploads]}
        return _show(request, found, _refused_form(request, found, attempt, refusal, offered, set(wanted)))
    stash.forget(attempt.kept_token, by=request.user, assessment=found)
    return redirect("submission", submission.pk)


def _empty_form(request: SignedInRequest, found: Assessment, **changes: object) -> UploadForm:
    fields: dict[str, object] = {
        "url": reverse("assessment", args=[found.offering.slug, found.slug]),
        "idempotency_key": str(uuid.uuid4()),
        "help": upload_help(found),
        "tries": tries_left_sentence(tries_of(request.user, found)),
        "pledge": found.pledge,
        **changes,
    }
    return UploadForm(**fields)  # type: ignore[arg-type]  # the names and types are right above


def _refused_form(
    request: SignedInRequest,
    found: Assessment,
    attempt: _Attempt,
    refusal: SubmissionRefused | StoreFull,
    offered: dict[str, Upload],
    wanted: set[str],
) -> UploadForm:
    token = stash.keep(list(offered.values()), by=request.user, assessment=found) if offered else ""
    stash.forget(attempt.kept_token, by=request.user, assessment=found)
    key_is_spent = isinstance(refusal, IdempotencyKeyReused | IdempotencyKeyInvalid)
    are_lost = attempt.uploaded and not token
    return _empty_form(
        request,
        found,
        idempotency_key=str(uuid.uuid4()) if key_is_spent else attempt.idempotency_key,
        signature=attempt.signature,
        kept=tuple(
            KeptFile(path=path, size=words.size(len(upload.content)), is_wanted=path in wanted)
            for path, upload in sorted(offered.items())
        )
        if token
        else (),
        kept_token=token,
        errors=(str(refusal),),
        advice=CHOOSE_AGAIN if are_lost else "",
    )


def _show(request: VisitorRequest | SignedInRequest, found: Assessment, form: UploadForm | None) -> TemplateResponse:
    may = capabilities_of(request.user, found.offering)
    own = dates_for(request.user, found)
    tries: Tries = tries_of(request.user, found, dates=own)
    can_hand_in = Capability.SUBMIT in may and dates_of(found, own=own, now=now()).is_open and tries.left != 0
    mine = list(submissions_of(request.user, found))
    page = assessment_page(
        found,
        may,
        form=form if can_hand_in or (form and form.errors) else None,
        tries=tries,
        submissions=mine,
        handout=[row.path for row in handout_of(found)],
        own=own,
        is_held_back=any(map(is_held_back, mine)),
        deadline=card_for(request.user, found, own, has_handed_in=bool(mine))
        if Capability.SUBMIT in may and isinstance(request.user, User)
        else None,
        has_all=Capability.REGRADE in may and has_over_all(request.user, found.offering, Capability.REGRADE),
        now=now(),
    )
    return TemplateResponse(request, "courses/assessment.html", {"page": page})
