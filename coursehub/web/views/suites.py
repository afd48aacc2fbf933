"""Suites for who publishes them: upload, follow the check, put the cases right, publish, and see how students fare."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.timezone import now
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from coursehub.courses.access import capabilities_of
from coursehub.courses.models import Offering
from coursehub.web import words
from coursehub.web.borders import SignedInRequest, is_htmx, signed_in
from coursehub.web.downloads import ZIP, attachment
from coursehub.web.pages.suite_manifest import manifest_page
from coursehub.web.pages.suite_version import version_page
from coursehub.web.pages.suites import suite_page, suites_page, version_url
from coursehub.web.suite_forms import ManifestForm
from grading.assessments.errors import StoreFull
from grading.assessments.models import SuiteVersion
from grading.assessments.queries import suite_contents
from grading.catalogue import queries, services, statistics
from grading.catalogue.errors import ManifestRefused, SuiteRefused
from grading.submissions.bundles import zipped
from grading.submissions.errors import SubmissionRefused, TooMuch
from grading.submissions.receiving import QuotaHandler, limit_files
from grading.submissions.uploads import Upload, read_uploads


@csrf_exempt  # not really: the token is checked once the quota is set, as where work is handed in
def suites(request: HttpRequest, offering: str) -> HttpResponseBase:
    """List the suites of a course; receive another draft."""
    return _suites(request, offering)


@signed_in("GET", "HEAD", "POST")
def _suites(request: SignedInRequest, offering: str) -> HttpResponseBase:
    found = queries.offering_with_suites(request.user, offering)
    limits = services.SUITE_LIMITS
    quota = limit_files(request, max_files=limits.max_files, max_total_bytes=limits.max_total_bytes)
    return csrf_protect(_list_or_receive)(request, found, quota)


def _list_or_receive(request: SignedInRequest, found: Offering, quota: QuotaHandler) -> HttpResponseBase:
    error = ""
    if request.method == "POST":
        try:
            draft = services.upload_draft(found, by=request.user, uploads=_uploads_in(request, quota))
        except (SubmissionRefused, SuiteRefused, StoreFull) as refusal:
            error = str(refusal)
        else:
            messages.success(request, f"Received. {draft.title} is a draft for now.")
            return redirect(version_url(found, draft))
    page = suites_page(found, capabilities_of(request.user, found), lines=queries.shelf(found), error=error)
    return TemplateResponse(request, "suites/list.html", {"page": page})


@signed_in()
def suite(request: SignedInRequest, offering: str, name: str) -> HttpResponseBase:
    """Show a suite: its versions, who uses them, and how students fare with one of them."""
    found = queries.offering_with_suites(request.user, offering)
    versions = queries.versions_of(found, name)
    using = queries.assessments_using(found, versions)
    shown = _shown(versions, set(using), request.GET.get("version", ""))
    page = suite_page(
        found,
        capabilities_of(request.user, found),
        versions=versions,
        using=using,
        shown=shown,
        rates=statistics.rates_of(shown, found) if shown else {},
        messages=statistics.common_messages(shown, found) if shown else {},
        submissions=statistics.submissions_graded(shown, found) if shown else 0,
        now=now(),
    )
    return TemplateResponse(request, "suites/suite.html", {"page": page})


@signed_in()
def suite_version(request: SignedInRequest, offering: str, name: str, pk: int) -> HttpResponseBase:
    """Show a version or a draft; for htmx only what changes, and nothing where nothing has changed."""
    found, version = _version(request, offering, name, pk)
    page = version_page(
        found,
        capabilities_of(request.user, found),
        version,
        check=queries.newest_check(version),
        assessments=list(queries.assessments_in(found)),
        now=now(),
    )
    if not is_htmx(request):
        return TemplateResponse(request, "suites/version.html", {"page": page})
    if request.GET.get("seen") == page.fingerprint:
        return HttpResponse(status=204)
    return TemplateResponse(request, "suites/version.html#live", {"page": page})


@signed_in()
def suite_download(request: SignedInRequest, offering: str, name: str, pk: int) -> HttpResponseBase:
    """Send all files of a version as one archive, in a folder of the suite's name."""
    _, version = _version(request, offering, name, pk)
    contents = {f"{version.name}/{path}": content for path, content in suite_contents(version).items()}
    return attachment(zipped(contents), name=f"{version.name}-{version.label}.zip", kind=ZIP)


@signed_in("GET", "HEAD", "POST")
def suite_manifest(request: SignedInRequest, offering: str, name: str, pk: int) -> HttpResponseBase:
    """Change the cases of a draft."""
    found, draft = _version(request, offering, name, pk)
    if not (draft.is_draft and queries.knows_cases(draft)):
        return redirect(version_url(found, draft))
    form = ManifestForm(request.POST if request.method == "POST" else None, queries.manifest_of(draft))
    if request.method == "POST" and form.is_valid():
        try:
            cases = [each.typed() for each in form.in_order()]
            changed = services.edit_manifest(draft, by=request.user, cases=cases)
        except ManifestRefused as refusal:
            form.show(refusal.problems)
        else:
            if changed:
                messages.success(request, "Saved.")
            return redirect(version_url(found, draft))
    page = manifest_page(found, capabilities_of(request.user, found), draft, form=form)
    return TemplateResponse(request, "suites/manifest.html", {"page": page})


@signed_in("POST")
def suite_check(request: SignedInRequest, offering: str, name: str, pk: int) -> HttpResponseBase:
    """Have a draft looked at again."""
    found, draft = _version(request, offering, name, pk)
    with _told(request):
        services.request_check(draft, by=request.user)
    return redirect(version_url(found, draft))


@signed_in("POST")
def suite_publish(request: SignedInRequest, offering: str, name: str, pk: int) -> HttpResponseBase:
    """Make a draft the next version."""
    found, draft = _version(request, offering, name, pk)
    with _told(request):
        version = services.publish(draft, by=request.user)
        messages.success(request, f"{version.title} {version.label} is published. Choose it for an assessment.")
    return redirect(version_url(found, draft))


@signed_in("POST")
def suite_discard(request: SignedInRequest, offering: str, name: str, pk: int) -> HttpResponseBase:
    """Throw a draft away."""
    found, draft = _version(request, offering, name, pk)
    with _told(request):
        services.discard(draft)
        messages.success(request, f"The draft of {draft.title} is gone.", extra_tags="queued")
    return redirect("suites", found.slug)


def _version(request: SignedInRequest, offering: str, name: str, pk: int) -> tuple[Offering, SuiteVersion]:
    found = queries.offering_with_suites(request.user, offering)
    return found, queries.version_for(found, name, pk)


@contextmanager
def _told(request: SignedInRequest) -> Iterator[None]:
    """Show the sentence of a refusal on the next page."""
    try:
        yield
    except SuiteRefused as refusal:
        messages.error(request, refusal.sentence, extra_tags="partial")


def _uploads_in(request: SignedInRequest, quota: QuotaHandler) -> list[Upload]:
    """Read what was sent. Raises ``SubmissionRefused``."""
    limits = services.SUITE_LIMITS
    if quota.is_over:
        message = f"What you sent is larger than {words.size(limits.max_total_bytes)}, the most for a suite."
        raise TooMuch(message)
    uploaded: list[UploadedFile] = request.FILES.getlist("files")
    try:
        told = json.loads(request.POST.get("paths") or "[]")
    except ValueError:
        told = []
    fits = isinstance(told, list) and len(told) == len(uploaded) and all(isinstance(path, str) for path in told)
    paths = told if fits else [file.name or "" for file in uploaded]
    return read_uploads(zip(paths, uploaded, strict=True), limits)


def _shown(versions: list[SuiteVersion], in_use: set[int], wanted: str) -> SuiteVersion | None:
    """Return the version whose pass rates are shown: the one asked for, else the newest in use, else the newest."""
    published = [version for version in versions if not version.is_draft]
    chosen = next((version for version in published if str(version.pk) == wanted), None)
    used = next((version for version in published if version.pk in in_use), None)
    return chosen or used or next(iter(published), None)
