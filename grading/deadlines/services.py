"""Grant, change and revoke extensions, and give a person more time in quizzes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from coursehub.accounts.models import User
from coursehub.common.clock import database_now
from coursehub.courses.access import require
from coursehub.courses.models import Capability, Change, Cohort, Enrollment, Offering
from coursehub.participation.models import Team
from grading.assessments.models import Assessment
from grading.deadlines.changes import announce, moving, reached_by
from grading.deadlines.errors import ExtensionChanged, NoMoreTime, NothingGiven, WrongPeople
from grading.deadlines.history import Step, gives, remember
from grading.deadlines.models import Extension, ExtensionRequest, ExtensionRule
from grading.engine.lateness import wall

Target = Enrollment | Team | Cohort
MOST_TIME = Decimal(10)
FAR_AWAY = timedelta(days=3653)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What an extension gives. ``days`` is another way to say the due moment: so many after everybody's."""

    due_at: datetime | None = None
    days: int | None = None
    closes_at: datetime | None = None
    has_no_end: bool = False
    tries: int | None = None
    time_factor: Decimal | None = None


def grant(
    assessments: Sequence[Assessment],
    *,
    to: Sequence[Target],
    given: Given,
    by: User,
    reason_private: str = "",
    reason_shown: str = "",
    source: Change.Source = Change.Source.PAGE,
) -> list[Extension]:
    """Give people, teams or cohorts other dates in assessments of one offering; returns one extension for each pair.

    What stands already with the same values is returned and not made twice. Raises ``NotAllowed``, ``NothingGiven``,
    ``NoMoreTime`` or ``WrongPeople``.
    """
    offering = _offering_of(assessments)
    require(by, offering, Capability.GRANT_EXTENSIONS)
    _check_people(offering, assessments, to)
    wanted = [
        (assessment, target, {**_values(assessment, given), **_reasons(reason_private, reason_shown)})
        for assessment in assessments
        for target in to
    ]
    with transaction.atomic():
        # Two who grant at once follow one another, so that the same thing is not made twice.
        Offering.objects.select_for_update(no_key=True).get(pk=offering.pk)
        standing = [_standing(assessment, target, values) for assessment, target, values in wanted]
        made = [
            found or Extension(assessment=assessment, **_whom(target), **values, granted_by=by)
            for (assessment, target, values), found in zip(wanted, standing, strict=True)
        ]
        new = [row for row, found in zip(made, standing, strict=True) if found is None]
        with moving(assessments, reached_by(new), tell=True):
            for row in new:
                row.save(force_insert=True)
            remember([Step(extension=row, before=None, after=gives(row)) for row in new], by=by, source=source)
    return made


def grant_on_request(request: ExtensionRequest, *, due_at: datetime, by: User | None, reason_shown: str) -> Extension:
    """Make the extension of a request that was granted; `by` is None for a rule. Within the caller's transaction."""
    extension = Extension(
        assessment=request.assessment,
        enrollment=request.enrollment,
        due_at=due_at,
        reason_shown=reason_shown,
        request=request,
        granted_by=by,
    )
    with moving([request.assessment], [request.enrollment], tell=False):
        extension.save(force_insert=True)
        step = Step(extension=extension, before=None, after=gives(extension))
        remember([step], by=by, source=Change.Source.PAGE)
    return extension


def change(
    extension: Extension, *, by: User, version: int, given: Given, reason_private: str, reason_shown: str
) -> Extension:
    """Let an extension give something else; it must still be at the `version` that was looked at.

    Raises ``NotAllowed``, ``NothingGiven``, ``NoMoreTime`` or ``ExtensionChanged``.
    """
    require(by, extension.assessment.offering, Capability.GRANT_EXTENSIONS)
    values = {**_values(extension.assessment, given), **_reasons(reason_private, reason_shown)}
    with moving([extension.assessment], reached_by([extension]), tell=True):
        before = gives(extension)
        _replace(extension, version, **values)
        extension.refresh_from_db()
        step = Step(extension=extension, before=before, after=gives(extension))
        remember([step], by=by, source=Change.Source.PAGE)
    return extension


def revoke(extension: Extension, *, by: User, version: int, source: Change.Source = Change.Source.PAGE) -> Extension:
    """Take an extension back; its row stays. Raises ``NotAllowed`` or ``ExtensionChanged``."""
    require(by, extension.assessment.offering, Capability.GRANT_EXTENSIONS)
    with moving([extension.assessment], reached_by([extension]), tell=True):
        _replace(extension, version, revoked_at=Now(), revoked_by=by)
        remember([Step(extension=extension, before=gives(extension), after=None)], by=by, source=source)
    extension.refresh_from_db()
    return extension


def set_time_factor(enrollment: Enrollment, *, factor: Decimal, by: User) -> Enrollment:
    """Give a person so many times the length of every quiz and exam. Raises ``NotAllowed`` or ``NothingGiven``."""
    require(by, enrollment.offering, Capability.GRANT_EXTENSIONS)
    _check_factor(factor)
    with transaction.atomic():
        Enrollment.objects.filter(pk=enrollment.pk).update(time_factor=factor)
        announce(list(enrollment.offering.assessments.values_list("pk", flat=True)), [enrollment.pk])
    enrollment.refresh_from_db()
    return enrollment


def check_is_near(moment: datetime | None) -> None:
    """Raise ``NoMoreTime`` for a moment that nobody can mean, because it lies a decade away."""
    if moment is not None and abs(moment - database_now()) > FAR_AWAY:
        message = "This date lies more than ten years away. Check the year."
        raise NoMoreTime(message)


def set_rule(
    offering: Offering, *, is_on: bool, most_days: int, most_requests: int, hours_before: int, by: User
) -> ExtensionRule:
    """Say which requests are granted without anybody looking; what was decided stays. Raises ``NotAllowed``."""
    require(by, offering, Capability.EDIT_COURSE)
    rule, _ = ExtensionRule.objects.update_or_create(
        offering=offering,
        defaults={
            "is_on": is_on,
            "most_days": most_days,
            "most_requests": most_requests,
            "hours_before": hours_before,
        },
    )
    return rule


def _offering_of(assessments: Sequence[Assessment]) -> Offering:
    offerings = {assessment.offering_id: assessment.offering for assessment in assessments}
    if len(offerings) != 1:
        message = "Choose at least one assessment, all of one course."
        raise NothingGiven(message)
    return next(iter(offerings.values()))


def _check_people(offering: Offering, assessments: Collection[Assessment], to: Sequence[Target]) -> None:
    if not to:
        message = "Choose at least one person, team or cohort."
        raise WrongPeople(message)
    for target in to:
        home = target.team_set.offering_id if isinstance(target, Team) else target.offering_id
        has_left = isinstance(target, Enrollment) and target.status != Enrollment.Status.ACTIVE
        if home != offering.pk or has_left:
            raise WrongPeople
        if isinstance(target, Team):
            for assessment in assessments:
                if assessment.team_set_id != target.team_set_id:
                    message = f"{assessment.title} is not handed in by the teams of “{target.team_set}”. Choose people."
                    raise WrongPeople(message)


def _values(assessment: Assessment, given: Given) -> dict[str, object]:
    if given.time_factor is not None:
        _check_factor(given.time_factor)
    due_at = given.due_at
    if given.days is not None:
        if assessment.due_at is None:
            message = f"{assessment.title} has no due date yet, so days cannot be added to it. Enter a date."
            raise NothingGiven(message)
        due_at = wall(assessment.due_at, given.days, assessment.offering.zone)
    for moment in (due_at, given.closes_at):
        check_is_near(moment)
    if given.has_no_end:
        due_at = None
    elif due_at is not None and assessment.due_at is not None and due_at <= assessment.due_at:
        local = assessment.due_at.astimezone(assessment.offering.zone)
        message = f"{assessment.title} is due on {local.day} {local:%B %Y at %H:%M} for everybody. Choose a later date."
        raise NoMoreTime(message)
    closes_at = None if given.has_no_end else given.closes_at
    if closes_at is not None and due_at is not None and closes_at < due_at:
        message = "Work cannot close before it is due. Enter a later closing date, or none."
        raise NoMoreTime(message)
    gives = (due_at, closes_at, given.has_no_end or None, given.tries, given.time_factor)
    if all(part is None for part in gives):
        raise NothingGiven
    return {
        "due_at": due_at,
        "closes_at": closes_at,
        "has_no_end": given.has_no_end,
        "tries": given.tries,
        "time_factor": given.time_factor,
    }


def _check_factor(factor: Decimal) -> None:
    if not 1 <= factor <= MOST_TIME:
        message = f"A time factor lies between 1 and {MOST_TIME}, for example 1.5."
        raise NothingGiven(message)


def _reasons(private: str, shown: str) -> dict[str, object]:
    return {"reason_private": private.strip(), "reason_shown": shown.strip()}


def _whom(target: Target) -> dict[str, object]:
    if isinstance(target, Enrollment):
        return {"enrollment": target}
    return {"team": target} if isinstance(target, Team) else {"cohort": target}


def _standing(assessment: Assessment, target: Target, values: dict[str, object]) -> Extension | None:
    rows = Extension.objects.filter(assessment=assessment, revoked_at=None, **_whom(target))
    return rows.filter(**values).order_by("pk").first()


def _replace(extension: Extension, version: int, **values: object) -> None:
    rows = Extension.objects.filter(pk=extension.pk, version=version, revoked_at=None)
    # What was looked at is also what the log says stood there before.
    if extension.version != version:
        raise ExtensionChanged
    if rows.update(version=F("version") + 1, changed_at=Now(), **values) != 1:
        raise ExtensionChanged
