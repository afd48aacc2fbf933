"""What another grading scheme, or other points possible, do to the totals of a class, before anybody saves it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from coursehub.courses.models import Offering
from coursehub.publishing.class_rows import class_rows
from coursehub.publishing.content import OfferingContent
from coursehub.publishing.differences import Difference
from coursehub.publishing.schemes import problems_of
from coursehub.publishing.writing_grading import alters_grades
from grading.engine.class_totals import totals_of_class
from grading.engine.rows import StudentRow
from grading.engine.scheme import Scheme
from grading.engine.totals import Totals
from grading.gradebook.models import GradingScheme


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """A class and a scheme that it is graded by."""

    scheme: Scheme
    rows: tuple[StudentRow, ...]

    def totals(self) -> list[Totals]:
        """Return the totals of the class. Raises ``SchemeCannotBeComputed``."""
        return totals_of_class(self.scheme, self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentEffect:
    """One student's current total and letter, by both schemes. A total is None before anything counts."""

    name: str
    before: Fraction | None
    after: Fraction | None
    before_letter: str | None
    after_letter: str | None
    is_changed: bool
    """Whether the total, as it is shown, or the letter differs."""

    @property
    def change(self) -> Fraction:
        """By how much the total grows; 0 where there is none on one side."""
        return Fraction(0) if self.after is None or self.before is None else self.after - self.before


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemeEffect:
    """What becomes of a class, the biggest changes first."""

    students: tuple[StudentEffect, ...]
    before: Scheme
    after: Scheme

    @property
    def changed(self) -> int:
        """How many totals are shown otherwise."""
        return sum(1 for one in self.students if one.is_changed)

    @property
    def letters(self) -> int:
        """How many letters change."""
        return sum(1 for one in self.students if one.before_letter != one.after_letter)

    @property
    def summary(self) -> dict[str, int]:
        """The three numbers that are kept with the version."""
        return {"students": len(self.students), "changed": self.changed, "letters": self.letters}


def effect_on(
    offering: Offering, before: OfferingContent, after: OfferingContent, made: Sequence[Difference]
) -> SchemeEffect | None:
    """Return what a change does to the class; None where no published scheme changes, or nobody's total could."""
    published = GradingScheme.Status.PUBLISHED
    if before.grading.status is not published or not alters_grades(after, made):
        return None
    if any(problem.stops_totals for content in (before, after) for problem in problems_of(content)):
        return None
    found = class_rows(offering)
    if not found.rows:
        return None
    old, new = (Graded(scheme=found.scheme_of(one), rows=found.rows_for(one)) for one in (before, after))
    return compared(old, new, names=found.names)


def compared(before: Graded, after: Graded, *, names: Sequence[str]) -> SchemeEffect:
    """Return every student's totals by both schemes. Raises ``SchemeCannotBeComputed``."""
    students = [
        StudentEffect(
            name=name,
            before=one.current,
            after=two.current,
            before_letter=one.current_letter,
            after_letter=two.current_letter,
            is_changed=_shown(before.scheme, one.current) != _shown(after.scheme, two.current)
            or one.current_letter != two.current_letter,
        )
        for name, one, two in zip(names, before.totals(), after.totals(), strict=True)
    ]
    students.sort(key=lambda one: (-abs(one.change), not one.is_changed, one.name))
    return SchemeEffect(students=tuple(students), before=before.scheme, after=after.scheme)


def _shown(scheme: Scheme, total: Fraction | None) -> Decimal | None:
    return None if total is None else scheme.shown(total)
