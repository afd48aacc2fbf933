"""What runners call about suites: fetch one by its digest, and look at drafts.

A runner is trusted with a suite, reference included; the jails of submissions are not, and it never goes there.
"""

import logging

from django.http import HttpRequest, HttpResponse

from coursehub.api.internal import BodyRefused, answer_with, for_runners, lease_token_of, parsed, problem
from coursehub.common.clock import database_now
from grading.assessments.errors import AssessmentFault
from grading.assessments.models import SuiteVersion
from grading.assessments.queries import stored_suite, suite_contents
from grading.catalogue import checks
from grading.catalogue.models import SuiteCheck
from grading.catalogue.services import accept_check
from grading.submissions.bundles import zipped
from grading.submissions.models import Runner
from runners.protocol import PROTOCOL_VERSION, ClaimRequest, EventAnswer, FaultRequest, ReleaseRequest
from runners.suite_protocol import SuiteCheckEvent, SuiteCheckReportRequest

log = logging.getLogger(__name__)


@for_runners("GET")
def suite(request: HttpRequest, runner: Runner, digest: str) -> HttpResponse:
    """Send the files that a published suite is graded with, as a .zip whose entries are stored."""
    return _archive(stored_suite(digest), only_graded_with=True)


@for_runners("POST")
def claim(request: HttpRequest, runner: Runner) -> HttpResponse:
    """Hand out a suite to look at, or 204."""
    asked = parsed(request, ClaimRequest)
    if asked.protocol != PROTOCOL_VERSION:
        raise BodyRefused(400, f"The site speaks version {PROTOCOL_VERSION} of the protocol, not {asked.protocol}.")
    check = checks.claim(runner, asked, at=database_now())
    return HttpResponse(status=204) if check is None else answer_with(check)


@for_runners("GET")
def files(request: HttpRequest, runner: Runner, check_id: int) -> HttpResponse:
    """Send all files of a draft to who holds its check."""
    check = checks.held_check(runner, check_id, lease_token_of(request), at=database_now())
    if check is None:
        SuiteCheck.objects.only("pk").get(pk=check_id)
        return problem(409, "The lease is lost: somebody else holds this check by now, or it has ended.")
    return _archive(check.version, only_graded_with=False)


@for_runners("POST")
def events(request: HttpRequest, runner: Runner, check_id: int) -> HttpResponse:
    """Note progress and extend the lease."""
    event = parsed(request, SuiteCheckEvent)
    SuiteCheck.objects.only("pk").get(pk=check_id)
    return answer_with(EventAnswer(held=checks.hold(runner, check_id, event, at=database_now())))


@for_runners("POST")
def report(request: HttpRequest, runner: Runner, check_id: int) -> HttpResponse:
    """Take what there is to say about a suite."""
    return answer_with(accept_check(runner, check_id, parsed(request, SuiteCheckReportRequest)))


@for_runners("POST")
def fault(request: HttpRequest, runner: Runner, check_id: int) -> HttpResponse:
    """Something of ours broke: look again."""
    told = parsed(request, FaultRequest)
    SuiteCheck.objects.only("pk").get(pk=check_id)
    held = checks.fault(
        runner, check_id, told.lease_token, sentence=told.sentence, detail=told.detail, at=database_now()
    )
    return answer_with(EventAnswer(held=held))


@for_runners("POST")
def release(request: HttpRequest, runner: Runner, check_id: int) -> HttpResponse:
    """Take a check back from a host that is stopping."""
    told = parsed(request, ReleaseRequest)
    SuiteCheck.objects.only("pk").get(pk=check_id)
    return answer_with(EventAnswer(held=checks.release(runner, check_id, told.lease_token, at=database_now())))


def _archive(version: SuiteVersion, *, only_graded_with: bool) -> HttpResponse:
    try:
        content = zipped(suite_contents(version, only_graded_with=only_graded_with))
    except AssessmentFault as error:
        log.exception("The files of suite %s cannot be read.", version)
        return problem(503, str(error))
    return HttpResponse(content, content_type="application/zip")
