"""What a batch would change, student by student: computed from rows, in a fixed number of queries."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from coursehub.accounts.models import User
from coursehub.common.clock import database_now
from grading.assessments.models import Assessment
from grading.engine.comparison import Change, CheckFact, changes, share_of
from grading.gradebook.item_facts import CellValue
from grading.gradebook.items import ClassFacts
from grading.gradebook.models import GradeEvent, RegradeBatch, RegradeItem, RegradeRow
from grading.submissions.models import CheckResult, GradingJob, GradingResult, JobState, Submission
from grading.submissions.queries import points_on, results_of, standing_results
from runners.protocol import Outcome

Decision = RegradeRow.Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckDifference:
    """A check that does not end as it did."""

    case_id: str
    title: str
    change: Change


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionDifference:
    """One submission of a row: what stands, and what the batch found."""

    item: RegradeItem
    submission: Submission
    job: GradingJob
    old: GradingResult | None
    new: GradingResult | None
    old_points: Decimal | None
    """On the assessment's scale, as are all points here."""
    new_points: Decimal | None
    checks: tuple[CheckDifference, ...]
    is_overtaken: bool
    """Somebody had it graded again after the batch was made; that result stands."""

    @property
    def has_news(self) -> bool:
        """Whether there is a result that approving would let stand."""
        return self.new is not None and not self.is_overtaken


@dataclass(frozen=True, slots=True, kw_only=True)
class RowDifference:
    """One student of a batch: the grade as it is and as it would be."""

    row: RegradeRow
    student: User
    submissions: tuple[SubmissionDifference, ...]
    before: Decimal | None
    """The grade before the decision; None while there is none."""
    after: Decimal | None
    """The grade that approving makes, or made; None while nothing new is there."""
    counts_then: Submission | None
    """The submission that counts after approving, where it is not one of the row's: graded as it was."""
    version: str
    """Names exactly what is shown of the row: a decision carries it."""

    @property
    def is_pending(self) -> bool:
        """Whether nobody has decided."""
        return self.row.decision == Decision.PENDING

    @property
    def is_graded(self) -> bool:
        """Whether nothing of it is still to come."""
        return all(each.job.is_final for each in self.submissions)

    @property
    def has_news(self) -> bool:
        """Whether approving would change anything that stands."""
        return any(each.has_news for each in self.submissions)

    @property
    def may_be_approved(self) -> bool:
        """Whether it can be approved now."""
        return self.is_pending and self.is_graded and self.has_news

    @property
    def change(self) -> Decimal | None:
        """Points won or lost; None where there is no grade before or nothing new."""
        return None if self.before is None or self.after is None else self.after - self.before


def differences_of(batch: RegradeBatch) -> list[RowDifference]:
    """Return every row of a batch, who loses most first, those without a change to speak of last."""
    facts = _Facts(batch)
    found = [facts.row_difference(row) for row in facts.rows]
    return sorted(found, key=lambda row: (row.change is None, row.change or 0, row.student.name, row.row.pk))


def fingerprint(rows: Iterable[RowDifference]) -> str:
    """Return what names exactly these rows as they are shown."""
    return _digest(sorted((row.row.pk, row.version) for row in rows))


def decided(rows: Iterable[RowDifference]) -> str:
    """Return what names the decisions that have been made: grading that goes on does not change it."""
    return _digest(sorted((row.row.pk, row.row.decision) for row in rows))


class _Facts:
    """All rows that a batch needs, by student and submission."""

    def __init__(self, batch: RegradeBatch) -> None:
        self.assessment: Assessment = batch.assessment
        self.rows = list(batch.rows.select_related("enrollment__user").order_by("pk"))
        self.items: dict[int, list[RegradeItem]] = defaultdict(list)
        items = RegradeItem.objects.filter(row__batch=batch).select_related("job__submission", "job__result", "stood")
        for item in items.defer("job__progress").order_by("job__submission__number", "pk"):
            self.items[item.row_id].append(item)
        submissions = GradingJob.objects.filter(regrade_item__row__batch=batch).values("submission_id")
        self.standing: dict[int, list[GradingResult]] = defaultdict(list)
        for result in standing_results().filter(job__submission__in=submissions).select_related("job"):
            self.standing[result.job.submission_id].append(result)
        people = [row.enrollment for row in self.rows]
        self.at = database_now()
        self.grades = ClassFacts.behind(self.assessment.offering, [self.assessment], people)
        handed_in = Submission.objects.filter(assessment=self.assessment, author__in=[one.user_id for one in people])
        self.submissions = handed_in.in_bulk()
        self.checks = self._checks()

    def row_difference(self, row: RegradeRow) -> RowDifference:
        submissions = tuple(self._submission(row, item) for item in self.items[row.pk])
        is_pending = row.decision == Decision.PENDING
        news = [self._event(row, each) for each in submissions if each.has_news]
        before = self._cell(self.grades, row) if is_pending else None
        after = self._cell(self.grades.with_events(news), row) if is_pending and news else None
        of_row = {each.submission.pk for each in submissions}
        points = (before.points if before else None, after.points if after else None)
        return RowDifference(
            row=row,
            student=row.enrollment.user,
            submissions=submissions,
            before=points[0] if is_pending else row.points_before,
            after=points[1] if is_pending else row.points_after,
            counts_then=self._counts_then(after, of_row),
            version=_digest((row.pk, row.decision, points, [_version(each) for each in submissions])),
        )

    def _submission(self, row: RegradeRow, item: RegradeItem) -> SubmissionDifference:
        job = item.job
        new = results_of([job]).get(job.pk)
        if row.decision == Decision.PENDING:
            old = self._stands(item)
            is_overtaken = old is not None and old.job_id > job.pk
        else:
            old, is_overtaken = item.stood, row.decision == Decision.APPROVED and job.is_held and new is not None
        return SubmissionDifference(
            item=item,
            submission=job.submission,
            job=job,
            old=old,
            new=new,
            old_points=points_on(self.assessment, old) if old else None,
            new_points=points_on(self.assessment, new) if new else None,
            checks=_check_differences(self.checks[old.pk], self.checks[new.pk]) if old and new else (),
            is_overtaken=is_overtaken,
        )

    def _stands(self, item: RegradeItem) -> GradingResult | None:
        return next((result for result in self.standing[item.job.submission_id]), None)

    def _checks(self) -> Mapping[int, list[CheckResult]]:
        wanted = set()
        for items in self.items.values():
            for item in items:
                wanted |= {result.pk for result in results_of([item.job]).values()}
                if item.stood is not None:
                    wanted.add(item.stood.pk)
                elif (stands := self._stands(item)) is not None:
                    wanted.add(stands.pk)
        found: dict[int, list[CheckResult]] = defaultdict(list)
        columns = ("result_id", "case_id", "title", "outcome", "points", "max_points")
        for check in CheckResult.objects.filter(result__in=wanted).only(*columns).order_by("order"):
            found[check.result_id].append(check)
        return found

    def _event(self, row: RegradeRow, news: SubmissionDifference) -> GradeEvent:
        assert news.new is not None  # noqa: S101  # has_news says so
        return GradeEvent(
            assessment=self.assessment,
            enrollment_id=row.enrollment_id,
            kind=GradeEvent.Kind.REGRADED,
            submission=news.submission,
            job=news.job,
            points=news.new.points,
            max_points=news.new.max_points,
        )

    def _cell(self, grades: ClassFacts, row: RegradeRow) -> CellValue | None:
        return grades.cells_of(row.enrollment, at=self.at).get(self.assessment.pk)

    def _counts_then(self, after: CellValue | None, of_row: Collection[int]) -> Submission | None:
        if after is None or after.submission_id is None or after.submission_id in of_row:
            return None
        return self.submissions.get(after.submission_id)


def _check_differences(before: Sequence[CheckResult], after: Sequence[CheckResult]) -> tuple[CheckDifference, ...]:
    found = changes(map(_fact, before), map(_fact, after))
    return tuple(
        CheckDifference(case_id=check.case_id, title=check.title, change=found[check.case_id])
        for check in after
        if found[check.case_id] is not Change.SAME
    )


def _fact(check: CheckResult) -> CheckFact:
    return CheckFact(
        id=check.case_id,
        passed=check.outcome == Outcome.PASSED,
        share=share_of(Fraction(check.points), Fraction(check.max_points)),
    )


def _version(each: SubmissionDifference) -> tuple[object, ...]:
    # Of a job that is still open only that it is: a heartbeat changes nothing that anybody decides on.
    state = each.job.state if each.job.is_final else JobState.QUEUED
    return (each.job.pk, str(state), each.is_overtaken, each.old.pk if each.old else 0, each.new.pk if each.new else 0)


def _digest(facts: object) -> str:
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]
