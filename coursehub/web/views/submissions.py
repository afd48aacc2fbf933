"""One submission: follow it, read its files, cancel it, have it graded again."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.timezone import now

from coursehub.courses.access import capabilities_of, require
from coursehub.courses.models import Capability
from coursehub.web.borders import SignedInRequest, is_htmx, signed_in
from coursehub.web.downloads import TEXT, ZIP, attachment
from coursehub.web.pages.runs import newest_that_stands
from coursehub.web.pages.source import file_page
from coursehub.web.pages.status import Place
from coursehub.web.pages.submission import submission_page
from coursehub.web.pages.tries import tries_sentence
from grading.deadlines.dates import EffectiveDates
from grading.deadlines.queries import dates_for
from grading.engine.visibility import Eyes
from grading.engine.windows import accepts, phase_at
from grading.submissions import services
from grading.submissions.bundles import files_of, zipped
from grading.submissions.errors import SubmissionError
from grading.submissions.models import GradingJob, GradingResult, JobState, Submission, SubmissionFile
from grading.submissions.queries import file_of, is_held_back, queue_place, submission_for, tries_of
from grading.submissions.reading import eyes_of
from grading.submissions.receipts import receipt_text
from grading.submissions.replays import replay_archive


@signed_in()
def submission(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Show a submission; for htmx only what changes, and nothing where nothing has changed."""
    found = submission_for(request.user, pk)
    is_mine = found.author_id == request.user.pk
    may = capabilities_of(request.user, found.assessment.offering)
    dates = dates_for(found.author, found.assessment)
    held = is_held_back(found)
    eyes = eyes_of(may, found.assessment, dates=dates, is_held_back=held, at=now())
    jobs = _jobs_of(found, eyes)
    newest = newest_that_stands(jobs)
    run = request.GET.get("run", "")
    page = submission_page(
        found,
        is_mine=is_mine,
        may=may,
        eyes=eyes,
        jobs=jobs,
        files=list(found.files.order_by("path").values_list("path", "stored__size")),
        place=_place(newest) if newest else None,
        tries=_tries(found, dates) if is_mine or Capability.VIEW_SUBMISSIONS in may else "",
        takes_work=accepts(phase_at(dates.window(found.assessment.release_at), now())),
        run=int(run) if run.isascii() and run.isdigit() and len(run) < 18 else None,
        now=now(),
    )
    if not is_htmx(request):
        return TemplateResponse(request, "submissions/detail.html", {"page": page})
    if request.GET.get("seen") == page.fingerprint:
        return HttpResponse(status=204)
    return TemplateResponse(request, "submissions/detail.html#live", {"page": page})


@signed_in()
def receipt(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Send the receipt as a text file."""
    found = submission_for(request.user, pk)
    return attachment(receipt_text(found).encode(), name=f"receipt-{found.pk}.txt", kind=TEXT)


@signed_in()
def submission_file(request: SignedInRequest, pk: int, path: str) -> HttpResponseBase:
    """Show one file of a submission, or send it to be saved with ``?download``."""
    found = submission_for(request.user, pk)
    if "\0" in path:
        raise SubmissionFile.DoesNotExist
    content = file_of(found, path)
    if "download" in request.GET:
        return attachment(content, name=path.rpartition("/")[2])
    may = capabilities_of(request.user, found.assessment.offering)
    page = file_page(found, may, path=path, content=content, is_mine=found.author_id == request.user.pk)
    return TemplateResponse(request, "submissions/file.html", {"page": page})


@signed_in()
def submission_download(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Send all files of a submission as one archive."""
    found = submission_for(request.user, pk)
    return attachment(zipped(files_of(found)), name=f"submission-{found.pk}.zip", kind=ZIP)


@signed_in()
def replay(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Send what makes a run repeatable, its secret seed too; for staff. ``?run=`` names the job, else the newest."""
    found = submission_for(request.user, pk)
    require(request.user, found.assessment.offering, Capability.VIEW_SUBMISSIONS)
    run = request.GET.get("run", "")
    results = GradingResult.objects.filter(job__submission=found).select_related("job__suite", "job__submission")
    if run.isascii() and run.isdigit() and len(run) < 18:
        results = results.filter(job_id=int(run))
    result = results.order_by("-job_id")[:1].get()
    return attachment(replay_archive(result), name=f"replay-{found.pk}-{result.job_id}.zip", kind=ZIP)


@signed_in("POST")
def cancel(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Cancel the grading of a submission of mine."""
    found = submission_for(request.user, pk)
    try:
        services.cancel(found, by=request.user)
    except SubmissionError as error:
        messages.error(request, error.sentence, extra_tags="partial")
    else:
        messages.success(request, "Cancelled. Nothing of it counts.", extra_tags="queued")
    return redirect("submission", pk)


@signed_in("POST")
def regrade(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Have a submission graded again."""
    found = submission_for(request.user, pk)
    try:
        services.regrade(found, by=request.user)
    except SubmissionError as error:
        messages.error(request, error.sentence, extra_tags="partial")
    else:
        messages.success(request, "It is graded again. The older results are kept below.", extra_tags="running")
    return redirect("submission", pk)


def _jobs_of(found: Submission, eyes: Eyes) -> list[GradingJob]:
    """Return the runs that the reader may know of, the newest first, with all that the page needs of them."""
    jobs = found.jobs.select_related("result", "runner", "suite", "requested_by", "regrade_item__row__batch")
    return list((jobs if eyes.sees_all else jobs.filter(is_held=False)).order_by("-pk"))


def _place(job: GradingJob) -> Place | None:
    if job.state != JobState.QUEUED:
        return None
    place = queue_place(job)
    return Place(position=place.position, estimated_seconds=place.estimated_seconds)


def _tries(found: Submission, dates: EffectiveDates) -> str:
    tries = tries_of(found.author, found.assessment, dates=dates)
    return f"{tries_sentence(tries.used, tries.allowed)}. {found.assessment.get_counting_try_display()}."
