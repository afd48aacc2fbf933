"""Schemes and grades for tests, with one short call each."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from coursehub.accounts.models import User
from coursehub.common.clock import database_now
from coursehub.courses.models import Enrollment, Offering
from grading.assessments.models import Assessment, AssessmentKind
from grading.gradebook.models import GradeEvent, GradeNode, GradingScheme, LetterCutoff
from grading.gradebook.projection import project_offering
from tests.factories import make_assessment, make_students

LETTERS = (("A", 93), ("A-", 90), ("B", 80), ("C", 70), ("F", 0))


def place(offering: Offering, user: User) -> Enrollment:
    """Return somebody's enrollment, with user and offering; they joined long ago."""
    Enrollment.objects.filter(offering=offering, user=user).update(joined_at=database_now() - timedelta(days=99))
    return Enrollment.objects.select_related("user", "offering").get(offering=offering, user=user)


def make_exam(offering: Offering, slug: str, **fields: Any) -> Assessment:
    """Return an exam of ten points without files, which is over."""
    due = database_now() - timedelta(days=3)
    values = {"title": slug.title(), "kind": AssessmentKind.EXAM, "suite": None, "due_at": due, "closes_at": due}
    return make_assessment(offering, slug, **{**values, **fields})


def make_scheme(offering: Offering, **parts: tuple[int, list[Assessment]]) -> GradingScheme:
    """Return a scheme with letters; each part has a weight and counts the mean of its assessments."""
    scheme = GradingScheme.objects.create(offering=offering)
    for order, (key, (weight, assessments)) in enumerate(parts.items()):
        node = GradeNode.objects.create(
            scheme=scheme, key=key, label=key.title(), weight=weight, aggregation="mean", order=order
        )
        node.assessments.set(assessments)
    for label, bound in LETTERS:
        LetterCutoff.objects.create(scheme=scheme, label=label, lower_bound=bound)
    return scheme


def mark(assessment: Assessment, enrollment: Enrollment, kind: str, points: str | None = None, **fields: Any) -> None:
    """Write an event of a grade; ``project_offering`` makes cells of it."""
    GradeEvent.objects.create(
        assessment=assessment, enrollment=enrollment, kind=kind, max_points=assessment.max_points, source="page",
        points=None if points is None else Decimal(points), **fields,
    )  # fmt: skip


def grade_class(assessment: Assessment, number: int, *, points: str = "5") -> list[Enrollment]:
    """Enrol that many students who all have these points."""
    offering = assessment.offering
    people = [place(offering, user) for user in make_students(offering, number)]
    for person in people:
        mark(assessment, person, "scored", points)
    project_offering(offering)
    return people
