"""``deadlines.yaml`` checked, written into rows, and read from them."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from coursehub.courses.models import Offering
from coursehub.publishing.content import Finding, OfferingContent
from coursehub.publishing.known import Known, strangers
from coursehub.publishing.moments import exists, moments_of
from coursehub.publishing.schema import DayMoment, DeadlinesFile, LatenessEntry, LatePolicyEntry, SlipDaysEntry
from coursehub.publishing.upserts import Kept, delete, keep
from grading.assessments.models import Assessment
from grading.deadlines.changes import announce_for_everybody
from grading.deadlines.models import AssessmentLateness, LatePolicy, SlipDayPolicy
from grading.engine import penalties
from grading.engine.lateness import Interval
from grading.engine.penalties import PenaltyForm

_PART = "deadlines"
_MOVES = ("due", "closes")
_OF_ALL = ("late_policy:", "slip_days:")
_UNKNOWN = object()


def findings(content: OfferingContent, known: Known) -> Iterator[Finding]:
    """Yield what cannot be right about late work."""
    file = content.deadlines
    keys = [entry.key for entry in file.late_policies]
    for index, entry in enumerate(file.late_policies):
        path = (_PART, "late_policies", index)
        if entry.key in keys[:index]:
            yield Finding((*path, "key"), f"“{entry.key}” is the key of something else here; each needs its own.")
        try:
            penalty_of(entry)
        except ValueError as error:
            yield Finding((*path, "form"), str(error))
    named = [entry.assessment for entry in file.assessments]
    for index, lateness in enumerate(file.assessments):
        path = (_PART, "assessments", index)
        yield from strangers((*path, "assessment"), lateness.assessment, known.assessments, "assessment")
        yield from strangers((*path, "policy"), lateness.policy, keys, "late policy")
        if lateness.assessment in named[:index]:
            yield Finding((*path, "assessment"), f"“{lateness.assessment}” stands here twice.")
    slip = file.slip_days
    if slip and slip.locks and not exists(slip.locks.date, slip.locks.at, ZoneInfo(content.offering.timezone)):
        yield Finding((_PART, "slip_days", "locks"), "Clocks do not show this time on this day; choose another one.")


def penalty_of(entry: LatePolicyEntry) -> penalties.LatePolicy:
    """Return an entry as the engine takes it. Raises ``ValueError`` with a sentence where its numbers make none."""
    return penalties.LatePolicy(
        form=PenaltyForm(entry.form.value),
        interval=Interval(entry.interval.value),
        grace=timedelta(seconds=entry.grace_seconds),
        rate_percent=entry.rate,
        caps_percent=tuple(entry.caps),
        floor_percent=entry.floor,
        cutoff=entry.cutoff,
    )


def in_order(content: OfferingContent) -> DeadlinesFile:
    """Return the file with its policies by key, and its assessments as the course has them."""
    file, places = content.deadlines, {key: at for at, key in enumerate(content.assessments)}
    said = [entry for entry in file.assessments if entry.policy is not None or entry.slip_days is not None]

    def place(entry: LatenessEntry) -> tuple[int, str]:
        return places.get(entry.assessment, len(places)), entry.assessment

    return file.model_copy(
        update={
            "late_policies": sorted(file.late_policies, key=lambda entry: entry.key),
            "assessments": sorted(
                said, key=lambda entry: (places.get(entry.assessment, len(places)), entry.assessment)
            ),
        }
    )


def written(offering: Offering, content: OfferingContent, work: Kept[str, Assessment]) -> None:
    """Write what late work costs."""
    file = content.deadlines
    policies = keep(
        LatePolicy,
        {row.key: row for row in offering.late_policies.all()},
        {entry.key: _policy_values(entry) for entry in file.late_policies},
        fixed={"offering": offering},
    )
    lateness = keep(
        AssessmentLateness,
        {row.assessment.slug: row for row in AssessmentLateness.objects.filter(assessment__offering=offering)
         .select_related("assessment")},
        {
            entry.assessment: {
                "assessment_id": work.rows[entry.assessment].pk,
                "policy_id": policies.pk(entry.policy),
                "slip_days_max": entry.slip_days,
            }
            for entry in file.assessments
        },
        fixed={},
    )  # fmt: skip
    delete([*lateness.gone, *policies.gone])
    if file.slip_days is None:
        SlipDayPolicy.objects.filter(offering=offering).delete()
    else:
        SlipDayPolicy.objects.update_or_create(offering=offering, defaults=_slip_values(file.slip_days, offering))


def announce_moves(
    content: OfferingContent, old: OfferingContent | None, work: Mapping[str, Assessment], *, touched: Collection[str]
) -> None:
    """Announce for everybody the assessments whose deadlines moved, or whose late work or points count otherwise."""
    if old is None:
        return
    before, after = moments_of(old), moments_of(content)
    of_all = any(subject.startswith(_OF_ALL) for subject in touched)
    moved = [
        row
        for key, row in work.items()
        if of_all
        or f"lateness:{key}" in touched
        or (key in old.assessments and old.assessments[key].max_points != content.assessments[key].max_points)
        or any(before.get((key, which), _UNKNOWN) != after[key, which] for which in _MOVES)
    ]
    announce_for_everybody(moved)


def read(offering: Offering) -> DeadlinesFile:
    """Return what the rows say about late work; three queries."""
    lateness = AssessmentLateness.objects.filter(assessment__offering=offering).select_related("assessment", "policy")
    slip = SlipDayPolicy.objects.filter(offering=offering).first()
    return DeadlinesFile(
        late_policies=[_policy(row) for row in offering.late_policies.order_by("key")],
        slip_days=_slip(slip, offering.zone) if slip else None,
        assessments=[
            LatenessEntry(
                assessment=row.assessment.slug,
                policy=row.policy.key if row.policy else None,
                slip_days=row.slip_days_max,
            )
            for row in lateness
        ],
    )


def _policy(row: LatePolicy) -> LatePolicyEntry:
    return LatePolicyEntry(
        key=row.key,
        title=row.title,
        form=LatePolicy.Form(row.form),
        interval=LatePolicy.Interval(row.interval),
        rate=row.rate,
        caps=[Decimal(cap) for cap in row.table],
        floor=row.floor_percent,
        cutoff=row.cutoff,
        grace_seconds=row.grace_seconds,
    )


def _slip(row: SlipDayPolicy, zone: ZoneInfo) -> SlipDaysEntry:
    local = row.locks_at.astimezone(zone) if row.locks_at else None
    return SlipDaysEntry(
        budget=row.budget,
        per_assessment=row.per_assessment,
        on_empty=SlipDayPolicy.OnEmpty(row.on_empty),
        locks=DayMoment(date=local.date(), at=local.time()) if local else None,
    )


def _policy_values(entry: LatePolicyEntry) -> dict[str, Any]:
    return {
        "key": entry.key,
        "title": entry.title,
        "form": entry.form,
        "interval": entry.interval,
        "rate": entry.rate,
        "table": [f"{cap:f}" for cap in entry.caps],
        "floor_percent": entry.floor,
        "cutoff": entry.cutoff,
        "grace_seconds": entry.grace_seconds,
    }


def _slip_values(entry: SlipDaysEntry, offering: Offering) -> dict[str, Any]:
    locks = entry.locks
    return {
        "budget": entry.budget,
        "per_assessment": entry.per_assessment,
        "on_empty": entry.on_empty,
        "locks_at": datetime.combine(locks.date, locks.at, tzinfo=offering.zone) if locks else None,
    }
