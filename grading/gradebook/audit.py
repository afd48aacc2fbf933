"""Recompute every grade from stored rows and name each difference (promise P8)."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Count, Sum

from coursehub.common.clock import database_now
from coursehub.courses.models import Enrollment, Offering
from grading.assessments.models import Assessment
from grading.engine.points import scaled
from grading.gradebook.items import ClassFacts
from grading.gradebook.models import GradeCell, GradeEvent
from grading.gradebook.projection import cell_differences
from grading.submissions.models import GradingJob, GradingResult, JobState

_AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Something that is stored is not what follows from the other rows."""

    where: str
    stored: str
    computed: str

    def __str__(self) -> str:
        return f"{self.where}: stored {self.stored}, computed {self.computed}"


def differences() -> Iterator[Difference]:
    """Yield every difference: checks to result, result to event, event to cell, finished job to result."""
    yield from _results()
    yield from _events()
    yield from _cells()
    unfinished = GradingJob.objects.filter(state=JobState.FINISHED, result__isnull=True)
    for pk in unfinished.values_list("pk", flat=True):
        yield Difference(where=f"job {pk}", stored="finished", computed="no result")
    stray = GradingResult.objects.exclude(job__state=JobState.FINISHED).values_list("job_id", "job__state")
    for pk, state in stray:
        yield Difference(where=f"job {pk}", stored=state, computed="finished, for it has a result")


def _results() -> Iterator[Difference]:
    summed = GradingResult.objects.select_related("job__suite").annotate(earned=Sum("checks__points"))
    for result in summed.order_by("pk").iterator():
        earned = result.score if result.score is not None else result.earned
        if earned is None:
            yield Difference(where=f"result of job {result.job_id}", stored=str(result.points), computed="no checks")
            continue
        computed = scaled(earned, of=result.job.suite.max_points, to=result.max_points)
        if computed != result.points:
            yield Difference(where=f"result of job {result.job_id}", stored=str(result.points), computed=str(computed))


def _events() -> Iterator[Difference]:
    counted = GradingResult.objects.annotate(events=Count("job__grade_events"))
    for job_id, events in counted.filter(job__is_held=False).exclude(events=1).values_list("job_id", "events"):
        yield Difference(where=f"job {job_id}", stored=f"{events} grade events", computed="one")
    for job_id, events in counted.filter(job__is_held=True).exclude(events=0).values_list("job_id", "events"):
        yield Difference(where=f"job {job_id}", stored=f"{events} grade events", computed="none, for it is held back")
    for event in GradeEvent.objects.filter(job__isnull=False).select_related("job__result").order_by("pk").iterator():
        result: GradingResult | None = getattr(event.job, "result", None)
        if result is None or (event.points, event.max_points) != (result.points, result.max_points):
            yield Difference(where=f"grade event {event.pk}", stored=str(event), computed=str(result))


def _cells() -> Iterator[Difference]:
    for offering in Offering.objects.order_by("pk"):
        assessments = list(offering.assessments.order_by("pk"))
        people = list(Enrollment.objects.filter(offering=offering).order_by("pk"))
        for start in range(0, len(people), _AT_ONCE):
            yield from _cells_of(offering, assessments, people[start : start + _AT_ONCE])


def _cells_of(
    offering: Offering, assessments: Collection[Assessment], people: Collection[Enrollment]
) -> Iterator[Difference]:
    cells = {
        (cell.enrollment_id, cell.assessment_id): cell
        for cell in GradeCell.objects.filter(assessment__in=assessments, enrollment__in=people)
    }
    facts, at = ClassFacts.behind(offering, assessments, people), database_now()
    for enrollment in people:
        for assessment, value in facts.cells_of(enrollment, at=at).items():
            where = _where(enrollment.pk, assessment)
            cell = cells.pop((enrollment.pk, assessment), None)
            if cell is None:
                yield Difference(where=where, stored="no cell", computed="a grade")
            elif names := cell_differences(value, cell):
                yield Difference(where=where, stored=_told(cell, names), computed=_told(value, names))
    for (enrollment_pk, assessment), cell in cells.items():
        yield Difference(where=_where(enrollment_pk, assessment), stored=str(cell.points), computed="nothing graded")


def _where(enrollment: int, assessment: int) -> str:
    return f"cell of enrollment {enrollment} in assessment {assessment}"


def _told(holder: object, names: Iterable[str]) -> str:
    return ", ".join(f"{name.removesuffix('_id').replace('_', ' ')} {getattr(holder, name)}" for name in names)
