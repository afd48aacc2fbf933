"""What happens to the made-up class of the demo: work, grades, late days, and what staff say. See ``demo_class``."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from random import Random

from coursehub.accounts.models import User
from coursehub.common.clock import database_now
from coursehub.courses.models import Enrollment, Offering
from grading.assessments import files
from grading.assessments.models import Assessment, StoredFile
from grading.deadlines import requests
from grading.deadlines.changes import moving
from grading.deadlines.models import Extension, ExtensionRequest
from grading.engine.curves import LinearCurve
from grading.engine.lateness import wall
from grading.gradebook import class_changes, marking
from grading.gradebook.item_facts import is_without_files
from grading.gradebook.models import GradeCell, GradeEvent
from grading.gradebook.wanted import Wanted
from grading.submissions.models import Submission, SubmissionFile
from runners.protocol import folder_digest

Kind = GradeEvent.Kind
_SEED = 6
_MARKED_AFTER = dt.timedelta(days=3, hours=17)
"""After the end of a day: in the afternoon."""
_FILE = "answers.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """Something that happens to the student at a place of the list, in the so-manieth item that is handed in."""

    student: int
    item: int
    days: int = 0
    """Late by so many; of an extension, how many it gives."""
    said: str = ""
    """What the student reads."""
    note: str = ""
    """What staff read."""


_LATE = (
    _Case(student=0, item=2, days=1), _Case(student=1, item=1, days=1), _Case(student=1, item=3, days=2),
    _Case(student=6, item=0, days=1), _Case(student=8, item=3, days=2), _Case(student=11, item=2, days=1),
    _Case(student=17, item=0, days=2), _Case(student=17, item=1, days=2), _Case(student=17, item=3, days=2),
    _Case(student=22, item=4, days=1), _Case(student=25, item=1, days=1), _Case(student=29, item=3, days=1),
)  # fmt: skip
_MISSING = {(5, 1), (14, 1), (14, 3), (20, 2), (23, 3), (27, 0), (14, 4)}
_EXCUSED = (
    _Case(student=7, item=0, said="You joined in the third week, so this one does not count.", note="Late enrolment."),
    _Case(student=2, item=1, said="Excused, as we agreed.", note="Doctor's note seen."),
    _Case(student=18, item=2, said="Excused for the conference.", note="Letter of the department."),
)
_COMMENTED = (
    _Case(student=0, item=1, said="A clear proof in question 3. In question 4 the sum over the batch is missing."),
    _Case(student=1, item=0, said="Good plots. Next time say which seed you used."),
    _Case(student=2, item=3, said="Short and right. Question 2b was the best answer of the class."),
    _Case(student=9, item=2, said="Question 5 is only half there; come to office hours, it is worth it."),
)
_HELD = _Case(student=10, item=3, note="Two answers look alike. Talk to both before this is shown.")
_MORE = _Case(
    student=2, item=2, days=3, said="Three more days, because you were ill.", note="Doctor's note of the same week."
)
_SET = _Case(student=6, item=0, said="Question 2 was marked again: the second derivation is right too.")
_ABILITY = {0: 0.85, 1: 0.78, 2: 0.88, 14: 0.55, 20: 0.68, 27: 0.63}
_ASKED = (
    (1, 3, "I am at a hackathon of the department until the day before, and our results come in late."),
    (13, 5, "My laptop was stolen on Friday, and the experiments of the last week with it."),
)
_POINTS_ON_TOP = ((0, "0.5", "For finding the mistake in problem 3 before anybody else did."),)


class Term:
    """The class and what has happened so far. Everything follows from one source of chance."""

    def __init__(self, offering: Offering, *, students: Sequence[Enrollment], ines: User, tariq: User) -> None:
        self.offering, self.students, self.ines, self.tariq = offering, students, ines, tariq
        self.at, self.chance = database_now(), Random(_SEED)  # noqa: S311  # made-up grades
        counting = Assessment.objects.filter(grade_nodes__scheme__offering=offering).distinct().order_by("order", "pk")
        found = sorted(
            ((moment, row) for row in counting.select_related("offering", "event") if (moment := _ended_at(row))),
            key=lambda pair: (pair[0], pair[1].pk),
        )
        self.ended = {row.pk: moment for moment, row in found}
        self.over = [row for moment, row in found if moment < self.at]
        self.ahead = [row for moment, row in found if moment >= self.at]
        self.handed = [row for row in self.over if not is_without_files(row)]
        self.sat = [row for row in self.over if is_without_files(row)]
        self.ability = [
            _ABILITY.get(place) or min(0.98, max(0.6, self.chance.gauss(0.84, 0.09))) for place in range(len(students))
        ]

    def grant_more_time(self) -> None:
        """Give one person other dates, long ago, and write no mail about it."""
        for assessment, student in self._of([_MORE], self.handed):
            granted_at = self.ended[assessment.pk] - dt.timedelta(days=1)
            with moving([assessment], [student], tell=False):
                Extension.objects.create(
                    assessment=assessment, enrollment=student, granted_by=self.ines, granted_at=granted_at,
                    changed_at=granted_at, reason_private=_MORE.note, reason_shown=_MORE.said,
                    due_at=wall(self.ended[assessment.pk], _MORE.days, self.offering.zone),
                )  # fmt: skip

    def hand_in(self, assessment: Assessment) -> None:
        """Let everybody hand in who did: most in the last two days, some late, some never."""
        if assessment not in self.handed or assessment.due_at is None:
            return
        item = self.handed.index(assessment)
        late = {case.student: case.days for case in (*_LATE, _MORE) if case.item == item}
        text = f"# {assessment.title}\n\nAnswers that were made up for the demo.\n".encode()
        (stored,) = files.keep([text])
        rows = []
        for place, student in enumerate(self.students):
            if (place, item) in _MISSING or place in {case.student for case in _EXCUSED if case.item == item}:
                continue
            early = dt.timedelta(minutes=self.chance.randrange(20, 2800))
            due_at = wall(assessment.due_at, late[place], self.offering.zone) if place in late else assessment.due_at
            received_at = min(due_at - (early / 4 if place in late else early), self.at)
            rows.append(_submission(assessment, student.user, received_at, stored, text))
        made = Submission.objects.bulk_create(rows)
        SubmissionFile.objects.bulk_create(SubmissionFile(submission=row, path=_FILE, stored=stored) for row in made)

    def happenings(self, *, curve: Decimal | None) -> Iterator[tuple[dt.datetime, Callable[[], None]]]:
        """Return what staff did to the grades: when, and what does it now."""
        for assessment in self.over:
            ended_at = self.ended[assessment.pk]
            yield (at := ended_at + _MARKED_AFTER), partial(self._mark, assessment, at)
            if curve is not None and assessment in self.sat[:1]:
                yield (at := ended_at + 2 * _MARKED_AFTER), partial(self._curve, assessment, curve, at)
        cases = [
            *((Kind.EXCUSED, case, self.handed) for case in _EXCUSED),
            *((Kind.COMMENTED, case, self.handed) for case in _COMMENTED),
            (Kind.HELD_BACK, _HELD, self.handed),
            (Kind.OVERRIDE, _SET, self.sat),
        ]
        for number, (kind, case, items) in enumerate(cases):
            for assessment, student in self._of([case], items):
                at = self.ended[assessment.pk] + 2 * _MARKED_AFTER + dt.timedelta(hours=2 + 5 * number)
                yield at, partial(self._treat, assessment, student, kind, case, at)

    def _mark(self, assessment: Assessment, at: dt.datetime) -> None:
        """Give points to what was handed in or sat; of the newest work half the class still waits."""
        item = self.handed.index(assessment) if assessment in self.handed else None
        is_newest = assessment in self.handed[-1:]
        hardness = self.chance.uniform(-0.05, 0.05) - (0.07 if item is None else 0)
        wanted = []
        for place, student in enumerate(self.students):
            share = self.ability[place] + hardness + self.chance.gauss(0, 0.05)
            is_there = item is None or not ((place, item) in _MISSING or _is_excused(place, item))
            if is_there and not (is_newest and place % 2):
                points = round(assessment.max_points * Decimal(min(1.0, max(0.2, share))))
                wanted.append(self._wanted(assessment, student, Kind.SCORED, points=Decimal(points)))
        self._write(assessment, wanted, at=at, by=self.tariq)

    def _curve(self, assessment: Assessment, add: Decimal, at: dt.datetime) -> None:
        curve = LinearCurve(slope=Decimal(1), add=add, cap=assessment.max_points)
        seen = class_changes.preview_curve(assessment, curve).seen
        newest = self._newest()
        reason = "Question 4 took longer than we had thought."
        class_changes.apply_curve(assessment, curve, by=self.ines, reason=reason, seen=seen)
        self._happened(newest, assessment, at)

    def _treat(self, assessment: Assessment, student: Enrollment, kind: str, case: _Case, at: dt.datetime) -> None:
        points = None
        if kind == Kind.OVERRIDE:
            before = GradeCell.objects.get(assessment=assessment, enrollment=student).points or Decimal(0)
            points = min(before + 6, assessment.max_points)
        one = self._wanted(assessment, student, kind, points=points, reason=case.said, note=case.note)
        self._write(assessment, [one], at=at, by=self.ines)

    def give_points_on_top(self) -> None:
        """Give course points beside all items."""
        for place, points, why in _POINTS_ON_TOP:
            class_changes.adjust(self.students[place], course_points=Decimal(points), reason=why, by=self.ines)

    def ask_for_more_time(self) -> None:
        """Let two people ask for more time in what is due next; nobody has answered yet."""
        for assessment in [row for row in self.ahead if row.due_at is not None and not is_without_files(row)][:1]:
            for ago, (place, days, why) in enumerate(_ASKED, start=3):
                student = self.students[place]
                until = wall(self.ended[assessment.pk], days, self.offering.zone)
                made = requests.ask(
                    assessment, by=student.user, wanted_due_at=until, reason=why, idempotency_key=f"demo-{student.pk}"
                )  # fmt: skip
                made_at = self.at - dt.timedelta(hours=5 * ago)
                ExtensionRequest.objects.filter(pk=made.pk).update(made_at=made_at)

    def _of(self, cases: Iterable[_Case], items: Sequence[Assessment]) -> Iterator[tuple[Assessment, Enrollment]]:
        for case in cases:
            if case.item < len(items):
                yield items[case.item], self.students[case.student]

    def _wanted(
        self, assessment: Assessment, student: Enrollment, kind: str, *, points: Decimal | None = None,
        reason: str = "", note: str = "",
    ) -> Wanted:  # fmt: skip
        cell = GradeCell.objects.filter(assessment=assessment, enrollment=student).first()
        return Wanted(
            assessment=assessment, enrollment=student, kind=kind, version=cell.version if cell else 0, points=points,
            reason=reason, note=note,
        )  # fmt: skip

    def _write(self, assessment: Assessment, wanted: Sequence[Wanted], *, at: dt.datetime, by: User) -> None:
        newest = self._newest()
        kinds = "-".join(sorted({one.kind for one in wanted}))
        marking.write(self.offering, wanted, by=by, idempotency_key=f"demo-{kinds}")
        self._happened(newest, assessment, at)

    def _newest(self) -> int:
        return GradeEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0

    def _happened(self, newest: int, assessment: Assessment, at: dt.datetime) -> None:
        # No service takes a moment, and a term whose grades all came in one second is hard to believe.
        moment = min(at, self.at - dt.timedelta(hours=3))
        GradeEvent.objects.filter(pk__gt=newest, assessment=assessment).update(happened_at=moment)
        GradeCell.objects.filter(assessment=assessment, updated_at__gte=self.at).update(updated_at=moment)


def _is_excused(place: int, item: int) -> bool:
    return any((case.student, case.item) == (place, item) for case in _EXCUSED)


def _ended_at(assessment: Assessment) -> dt.datetime | None:
    """Return until when work was handed in, or when it was sat; None while nobody knows."""
    if assessment.due_at is not None or assessment.event is None:
        return assessment.due_at
    return assessment.event.ends_at or assessment.event.starts_at


def _submission(
    assessment: Assessment, author: User, received_at: dt.datetime, stored: StoredFile, content: bytes
) -> Submission:
    # Handing in takes the moment from the database's clock, which is not to be had for the past.
    return Submission(
        assessment=assessment, author=author, number=1, received_at=received_at, total_bytes=stored.size,
        sha256=folder_digest([(_FILE, content)]), idempotency_key=f"demo-{assessment.pk}-{author.pk}",
    )  # fmt: skip
