"""What runners call. A runner is known by its token, and nothing that it sends is believed without a check.

No session and no cookie is looked at here, so there is nothing for a forged form to ride on: the views need no CSRF
token.
"""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from django.core.exceptions import ObjectDoesNotExist, RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import RawPostDataException
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from pydantic import ValidationError

from coursehub.common.clock import database_now
from grading.assessments.errors import AssessmentFault
from grading.gradebook.services import accept_report
from grading.submissions import bundles, jobs, services
from grading.submissions.metadata import metadata_of
from grading.submissions.models import GradingJob, Runner, Submission
from grading.submissions.runner_tokens import runner_with
from runners.protocol import (
    MAX_REPORT_BYTES,
    PROTOCOL_VERSION,
    ClaimRequest,
    EventAnswer,
    FaultRequest,
    JobEvent,
    Message,
    ReleaseRequest,
    ReportRequest,
)

log = logging.getLogger(__name__)

LEASE_LOST = "The lease is lost: somebody else holds this job by now, or it has ended."

Arguments = ParamSpec("Arguments")
Body = TypeVar("Body", bound=Message)
RunnerView = Callable[Concatenate[HttpRequest, Runner, Arguments], HttpResponse]
PlainView = Callable[Concatenate[HttpRequest, Arguments], HttpResponse]


class BodyRefused(Exception):
    """What was sent does not fit: the status and the sentence of the answer."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def for_runners(method: str) -> Callable[[RunnerView[Arguments]], PlainView[Arguments]]:
    """Wrap a view: this method, a runner's token, and refusals as problem details."""

    def wrap(view: RunnerView[Arguments]) -> PlainView[Arguments]:
        @csrf_exempt
        @never_cache
        @require_http_methods([method])
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponse:
            scheme, _, token = request.headers.get("Authorization", "").partition(" ")
            try:
                if scheme != "Runner":
                    raise Runner.DoesNotExist
                runner = runner_with(token.strip())
            except Runner.DoesNotExist:
                answer = problem(401, "This is not the token of a runner that the site knows.")
                answer["WWW-Authenticate"] = "Runner"
                return answer
            try:
                return view(request, runner, *args, **kwargs)
            except BodyRefused as refusal:
                log.warning("Runner %s sent what does not fit to %s: %s", runner, request.path, refusal)
                return problem(refusal.status, str(refusal))
            except ObjectDoesNotExist:
                return problem(404, "There is no such job.")

        return guarded

    return wrap


@for_runners("POST")
def claim(request: HttpRequest, runner: Runner) -> HttpResponse:
    """Hand out the fairest job for this runner, or 204."""
    asked = parsed(request, ClaimRequest)
    if asked.protocol != PROTOCOL_VERSION:
        raise BodyRefused(400, f"The site speaks version {PROTOCOL_VERSION} of the protocol, not {asked.protocol}.")
    job = jobs.claim(runner, asked, at=database_now())
    return HttpResponse(status=204) if job is None else answer_with(job)


@for_runners("GET")
def bundle(request: HttpRequest, runner: Runner, job_id: int) -> HttpResponse:
    """Send the submission's files as a .zip whose entries are stored, to who holds the job."""
    submission = _submission_held(request, runner, job_id)
    if submission is None:
        return problem(409, LEASE_LOST)
    try:
        content = bundles.bundle_of(submission)
    except AssessmentFault as error:
        log.exception("The files of submission %s cannot be read.", submission.pk)
        return problem(503, str(error))
    return HttpResponse(content, content_type="application/zip")


@for_runners("GET")
def metadata(request: HttpRequest, runner: Runner, job_id: int) -> HttpResponse:
    """Say of the submission what a Gradescope autograder reads, to who holds the job."""
    submission = _submission_held(request, runner, job_id)
    if submission is None:
        return problem(409, LEASE_LOST)
    # A field that is not set stays out: only the latest earlier submission has its results.
    told = metadata_of(submission).model_dump_json(exclude_unset=True)
    return HttpResponse(told, content_type="application/json")


@for_runners("POST")
def events(request: HttpRequest, runner: Runner, job_id: int) -> HttpResponse:
    """Note progress and extend the lease."""
    event = parsed(request, JobEvent)
    GradingJob.objects.only("pk").get(pk=job_id)
    return answer_with(EventAnswer(held=services.note_event(runner, job_id, event)))


@for_runners("POST")
def report(request: HttpRequest, runner: Runner, job_id: int) -> HttpResponse:
    """Take the verdict."""
    return answer_with(accept_report(runner, job_id, parsed(request, ReportRequest)))


@for_runners("POST")
def fault(request: HttpRequest, runner: Runner, job_id: int) -> HttpResponse:
    """Something of ours broke: run it again."""
    told = parsed(request, FaultRequest)
    GradingJob.objects.only("pk").get(pk=job_id)
    held = services.report_fault(
        runner, job_id, lease_token=told.lease_token, sentence=told.sentence, detail=told.detail
    )
    return answer_with(EventAnswer(held=held))


@for_runners("POST")
def release(request: HttpRequest, runner: Runner, job_id: int) -> HttpResponse:
    """Take a job back from a host that is stopping, and wake another one."""
    told = parsed(request, ReleaseRequest)
    GradingJob.objects.only("pk").get(pk=job_id)
    return answer_with(EventAnswer(held=services.give_back(runner, job_id, lease_token=told.lease_token)))


def _submission_held(request: HttpRequest, runner: Runner, job_id: int) -> Submission | None:
    """Return the submission of a job that this runner holds under the token in its header, or None.

    Raises ``GradingJob.DoesNotExist`` where there is no such job.
    """
    submission = jobs.submission_held(runner, job_id, lease_token_of(request), at=database_now())
    if submission is None:
        GradingJob.objects.only("pk").get(pk=job_id)
    return submission


def lease_token_of(request: HttpRequest) -> int:
    """Return the lease token of a request without a body, or one that nobody has."""
    raw = request.headers.get("X-Lease-Token", "")
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 19 else -1


def parsed(request: HttpRequest, kind: type[Body]) -> Body:
    """Read a message of this kind from the body. Raises ``BodyRefused``."""
    try:
        length = int(request.headers.get("Content-Length") or 0)
    except ValueError:
        length = 0
    if length > MAX_REPORT_BYTES:
        raise BodyRefused(413, f"The body is larger than {MAX_REPORT_BYTES} bytes.")
    try:
        body = request.read(MAX_REPORT_BYTES + 1)
    except (RequestDataTooBig, RawPostDataException, OSError) as error:
        raise BodyRefused(400, "The body could not be read.") from error
    if len(body) > MAX_REPORT_BYTES:
        raise BodyRefused(413, f"The body is larger than {MAX_REPORT_BYTES} bytes.")
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the body"
        message = f"This is no {kind.__name__}: {where}: {first['msg']} ({error.error_count()} in all)."
        raise BodyRefused(400, message) from error


def answer_with(message: Message) -> HttpResponse:
    """Return a message as JSON."""
    return HttpResponse(message.model_dump_json(), content_type="application/json")


def problem(status: int, sentence: str) -> HttpResponse:
    """Return problem details (RFC 9457)."""
    return JsonResponse(
        {"type": "about:blank", "status": status, "detail": sentence},
        status=status,
        content_type="application/problem+json",
    )
