"""Ask for more time, and decide. A request moves on once, by one conditional update."""

from datetime import datetime

from django.db import transaction

from coursehub.accounts.models import User
from coursehub.common.clock import database_now
from coursehub.courses.access import require
from coursehub.courses.errors import NotAllowed
from coursehub.courses.models import Capability, Enrollment
from coursehub.courses.queries import enrollment_of
from grading.assessments.models import Assessment
from grading.deadlines import notices, rule
from grading.deadlines.errors import KeyReused, NoMoreTime, ReasonMissing, RequestDecided, RequestOpen
from grading.deadlines.models import ExtensionRequest, ExtensionRule
from grading.deadlines.queries import dates_for, effective_dates
from grading.deadlines.services import check_is_near, grant_on_request

Status = ExtensionRequest.Status
BY_RULE = "Granted by the course's rule."


def ask(
    assessment: Assessment, *, by: User, wanted_due_at: datetime, reason: str, idempotency_key: str
) -> ExtensionRequest:
    """Ask for more time, or be granted it at once where the course's rule does.

    The same key returns the request that it made the first time. Raises ``NotAllowed``, ``ReasonMissing``,
    ``NoMoreTime``, ``RequestOpen`` or ``KeyReused``.
    """
    require(by, assessment.offering, Capability.SUBMIT)
    reason = reason.strip()
    if not reason:
        raise ReasonMissing
    with transaction.atomic():
        # One person's requests follow one another: what the rule has granted is counted under this lock.
        person = Enrollment.objects.select_for_update(no_key=True).get(pk=enrollment_of(by, assessment.offering).pk)
        earlier = ExtensionRequest.objects.filter(enrollment=person, idempotency_key=idempotency_key).first()
        if earlier is not None:
            if (earlier.assessment_id, earlier.wanted_due_at, earlier.reason) != (assessment.pk, wanted_due_at, reason):
                raise KeyReused
            return earlier
        _check_wanted(assessment, by, wanted_due_at)
        if ExtensionRequest.objects.filter(enrollment=person, assessment=assessment, status=Status.OPEN).exists():
            raise RequestOpen
        request = ExtensionRequest.objects.create(
            enrollment=person,
            assessment=assessment,
            wanted_due_at=wanted_due_at,
            reason=reason,
            idempotency_key=idempotency_key,
        )
        if _is_granted_by_rule(request):
            _decide(request, to=Status.AUTOMATIC, by=None, reply="")
            grant_on_request(request, due_at=wanted_due_at, by=None, reason_shown=BY_RULE)
            _tell(request)
    request.refresh_from_db()
    return request


def withdraw(request: ExtensionRequest, *, by: User) -> None:
    """Take one's own request back. Raises ``NotAllowed`` for everybody else's, and ``RequestDecided``."""
    if request.enrollment.user_id != by.pk:
        raise NotAllowed
    _decide(request, to=Status.WITHDRAWN, by=by, reply="")


def approve(
    request: ExtensionRequest, *, by: User, due_at: datetime | None = None, reply: str = "", reason_shown: str = ""
) -> None:
    """Grant a request, until the date that was wanted or until another one.

    Raises ``NotAllowed``, ``NoMoreTime`` or ``RequestDecided``.
    """
    require(by, request.assessment.offering, Capability.GRANT_EXTENSIONS)
    until = due_at or request.wanted_due_at
    _check_wanted(request.assessment, request.enrollment.user, until)
    with transaction.atomic():
        _decide(request, to=Status.APPROVED, by=by, reply=reply.strip())
        grant_on_request(request, due_at=until, by=by, reason_shown=reason_shown.strip() or "You asked for it.")
        _tell(request)


def deny(request: ExtensionRequest, *, by: User, reply: str) -> None:
    """Refuse a request, with a word to the student. Raises ``NotAllowed``, ``ReasonMissing`` or ``RequestDecided``."""
    require(by, request.assessment.offering, Capability.GRANT_EXTENSIONS)
    if not reply.strip():
        message = "Write to the student why, in a sentence; then refuse."
        raise ReasonMissing(message)
    with transaction.atomic():
        _decide(request, to=Status.DENIED, by=by, reply=reply.strip())
        _tell(request)


def granted_by_rule(enrollment: Enrollment) -> int:
    """Return how many requests of a person the rule has granted in their course."""
    return ExtensionRequest.objects.filter(enrollment=enrollment, status=Status.AUTOMATIC).count()


def _check_wanted(assessment: Assessment, by: User, wanted_due_at: datetime) -> None:
    due_at = dates_for(by, assessment).due_at
    if due_at is None:
        message = f"{assessment.title} has no due date that could be moved."
        raise NoMoreTime(message)
    if wanted_due_at <= due_at:
        raise NoMoreTime
    check_is_near(wanted_due_at)


def _is_granted_by_rule(request: ExtensionRequest) -> bool:
    assessment = request.assessment
    if assessment.due_at is None:
        return False
    asked = rule.Asked(
        due_at=assessment.due_at,
        wanted_at=request.wanted_due_at,
        at=database_now(),
        granted_before=granted_by_rule(request.enrollment),
    )
    found = ExtensionRule.objects.filter(offering=assessment.offering_id).first()
    return rule.grants(found, asked, zone=assessment.offering.zone)


def _decide(request: ExtensionRequest, *, to: Status, by: User | None, reply: str) -> None:
    rows = ExtensionRequest.objects.filter(pk=request.pk, status=Status.OPEN)
    if rows.update(status=to, decided_by=by, decided_at=database_now(), reply=reply) != 1:
        raise RequestDecided
    request.status, request.reply = to, reply


def _tell(request: ExtensionRequest) -> None:
    key = (request.assessment_id, request.enrollment_id)
    due_at = effective_dates([request.assessment], [request.enrollment])[key].due_at
    transaction.on_commit(lambda: notices.tell_decided(request, due_at), robust=True)
