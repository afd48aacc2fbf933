"""Errors of the API as problem details (RFC 9457): one place where exceptions become answers."""

import logging
from typing import Any

import pydantic
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.http import Http404
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from coursehub.courses.errors import NotAllowed
from coursehub.publishing.errors import (
    ChangedMeanwhile,
    ContentInvalid,
    PublishingRefused,
    ReasonMissing,
)
from coursehub.publishing.refusals import EditRefused, NotThere
from coursehub.publishing.sentences import sentence_of
from grading.assessments.errors import AssessmentFault
from grading.catalogue.errors import ManifestRefused, NameTaken, SuiteRefused, UploadUnfit
from grading.deadlines import errors as deadline_errors
from grading.deadlines.errors import DeadlineRefused
from grading.gradebook import errors as regrade_errors
from grading.gradebook.errors import CellChanged, MarkingRefused, RegradeRefused
from grading.submissions.errors import SubmissionError, SubmissionRefused

logger = logging.getLogger(__name__)

_TITLES = {
    400: "The request does not fit",
    401: "You are not signed in",
    403: "You may not do this",
    404: "There is no such thing",
    405: "This address does not take that method",
    406: "This address does not answer in that form",
    409: "This cannot be done now",
    412: "Somebody else has saved meanwhile",
    413: "That is too much",
    415: "This address does not take that kind of content",
    422: "This was not received",
    428: "Say which version you change",
    429: "Too many requests",
    503: "Something of ours is not working",
}


class VersionMissing(APIException):
    """A change names no version that it starts from."""

    status_code = 428
    default_detail = "Send the ETag of what you have read as If-Match, so that nobody else's change is lost."


def problem_details(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the answer to an exception of a view, or None to let it become a 500."""
    if isinstance(error, ObjectDoesNotExist | Http404):
        return _problem(404, "Nothing is here for you.")
    if isinstance(error, NotAllowed):
        return _problem(403, error.sentence)
    if isinstance(error, PermissionDenied):
        return _problem(403, str(error))
    if isinstance(error, SubmissionRefused):
        return _problem(422, error.sentence)
    if isinstance(error, SubmissionError):
        return _problem(409, error.sentence)
    if isinstance(error, SuiteRefused):
        return _about_suite(error)
    if isinstance(error, RegradeRefused):
        return _about_regrading(error)
    if isinstance(error, DeadlineRefused):
        return _about_deadlines(error)
    if isinstance(error, MarkingRefused):
        return _problem(412 if isinstance(error, CellChanged) else 422, error.sentence)
    if isinstance(error, PublishingRefused | EditRefused | pydantic.ValidationError):
        return _about_content(error)
    if isinstance(error, AssessmentFault):
        logger.error("A fault of ours answered an API request", exc_info=error)
        return _problem(503, str(error))
    response = exception_handler(error, context)
    if response is None or not isinstance(error, APIException):
        return response
    if isinstance(error, ValidationError):
        answer = _problem(400, "Some fields do not fit.", errors=error.detail)
    else:
        answer = _problem(response.status_code, str(error.detail))
    for name, value in response.headers.items():
        if name not in {"Content-Type", "Content-Length"}:
            answer[name] = value
    return answer


def _about_suite(error: SuiteRefused) -> Response:
    match error:
        case ManifestRefused():
            found = [{"path": [item.index, item.field], "sentence": item.sentence} for item in error.problems]
            return _problem(422, error.sentence, errors=found)
        case UploadUnfit() | NameTaken():
            return _problem(422, error.sentence)
        case _:
            return _problem(409, error.sentence)


def _about_content(error: PublishingRefused | EditRefused | pydantic.ValidationError) -> Response:
    match error:
        case pydantic.ValidationError():
            found = [{"path": list(item["loc"]), "sentence": sentence_of(item)} for item in error.errors()]
            return _problem(400, "Some fields do not fit.", errors=found)
        case NotThere():
            return _problem(404, error.sentence)
        case ChangedMeanwhile():
            return _problem(412, error.sentence)
        case ContentInvalid():
            found = [{"path": list(item.path), "sentence": item.sentence} for item in error.findings]
            return _problem(422, "The course cannot be like this.", errors=found)
        case ReasonMissing() | EditRefused():
            return _problem(422, error.sentence)
        case _:
            return _problem(409, error.sentence)


def _about_regrading(error: RegradeRefused) -> Response:
    match error:
        case regrade_errors.ChangedMeanwhile():
            return _problem(412, error.sentence)
        case regrade_errors.ReasonMissing() | regrade_errors.OtherSuite() | regrade_errors.NothingToRegrade():
            return _problem(422, error.sentence)
        case _:
            return _problem(409, error.sentence)


def _about_deadlines(error: DeadlineRefused) -> Response:
    match error:
        case deadline_errors.ExtensionChanged():
            return _problem(412, error.sentence)
        case deadline_errors.RequestOpen() | deadline_errors.RequestDecided() | deadline_errors.LedgerLocked():
            return _problem(409, error.sentence)
        case _:
            return _problem(422, error.sentence)


def _problem(code: int, detail: str, **more: Any) -> Response:
    body = {"type": "about:blank", "title": _TITLES.get(code, "This did not work"), "status": code, "detail": detail}
    return Response(body | more, status=code, content_type="application/problem+json")
