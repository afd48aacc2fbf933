"""The students whom a file of grades can be about, and what stands in their cells."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from coursehub.accounts.models import User
from coursehub.courses.models import Capability, Enrollment, ExternalIdentity, Offering
from grading.assessments.models import Assessment
from grading.gradebook.access import students_for
from grading.gradebook.models import GradeCell
from grading.interchange.names import canonical_id
from grading.interchange.tables import number_text

Mark = GradeCell.Mark
SYSTEMS = ExternalIdentity.System


@dataclass(frozen=True, slots=True, kw_only=True)
class Student:
    """A student, and every id of theirs by system."""

    enrollment: Enrollment
    ids: dict[str, str]

    @property
    def user(self) -> User:
        """Who it is."""
        return self.enrollment.user


class Roll:
    """The students of an offering that somebody may grade, to be found by any of their ids. Two queries."""

    def __init__(self, offering: Offering, *, by: User, capability: Capability = Capability.EDIT_GRADES) -> None:
        rows = students_for(by, offering, capability)
        ids: dict[int, dict[str, str]] = defaultdict(dict)
        identities = ExternalIdentity.objects.filter(
            organization=offering.course.organization_id, user__enrollments__offering=offering
        )
        for user, system, value in identities.values_list("user_id", "system", "value"):
            ids[user][system] = value
        self.students = [Student(enrollment=row, ids=ids.get(row.user_id, {})) for row in rows]
        self._places: dict[tuple[str, str], Student] = {}
        for student in self.students:
            self._places["email", student.user.email] = student
            for system, value in student.ids.items():
                self._places.setdefault((system, canonical_id(value)), student)

    def found(
        self, *, email: str = "", student_id: str = "", login_id: str = "", sid: str = "", canvas_id: str = ""
    ) -> list[Student]:
        """Return whom these ids mean: nobody, one student, or two that contradict each other."""
        asked: Iterable[tuple[str, str]] = (
            (SYSTEMS.SIS, student_id), (SYSTEMS.LOGIN, login_id), (SYSTEMS.GRADESCOPE, sid), (SYSTEMS.SIS, sid),
            (SYSTEMS.CANVAS, canvas_id),
        )  # fmt: skip
        ways = [self._places.get((system, canonical_id(value))) for system, value in asked if value]
        ways.append(self._places.get(("email", email.casefold())))
        return list({student.enrollment.pk: student for student in ways if student is not None}.values())


class Cells:
    """What stands in the cells of some students. One query."""

    def __init__(self, offering: Offering, students: Collection[Student]) -> None:
        rows = GradeCell.objects.filter(
            assessment__offering=offering, enrollment__in=[student.enrollment.pk for student in students]
        )
        self._cells = {(row.enrollment_id, row.assessment_id): row for row in rows}

    def of(self, enrollment: int, assessment: int) -> GradeCell | None:
        """Return a cell, or None where nothing was ever graded."""
        return self._cells.get((enrollment, assessment))


def said_by(cell: GradeCell | None) -> str:
    """Return what a cell says, for people to read; nothing where it has no grade."""
    if cell is None:
        return ""
    if cell.mark == Mark.EXCUSED:
        return "EX"
    points = "" if cell.points is None else number_text(cell.points)
    word = {Mark.MISSING: "missing", Mark.ZEROED: "zero", Mark.OVERRIDE: "set"}.get(Mark(cell.mark), "")
    return f"{points} ({word})".strip() if word else points


def assessments_of(offering: Offering) -> list[Assessment]:
    """Return every assessment, in order."""
    return list(Assessment.objects.filter(offering=offering).order_by("order", "pk"))
