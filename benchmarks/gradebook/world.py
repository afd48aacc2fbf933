"""A course of any size, written straight into the database: people, items, a scheme, cells."""

import random
from decimal import Decimal
from types import MappingProxyType

from coursehub.accounts.models import User
from coursehub.common.clock import database_now
from coursehub.courses.models import Course, Enrollment, Offering, Organization, Role, RoleAssignment, Term
from coursehub.courses.services import create_roles
from grading.assessments.models import Assessment
from grading.gradebook.models import GradeCell, GradeEvent, GradeNode, GradingScheme, LetterCutoff

NODES = MappingProxyType({"homework": (50, "points", 2), "quizzes": (30, "mean", 2), "exams": (20, "points", 0)})
"""Key -> weight, aggregation, how many of the lowest are dropped."""
LETTERS = (("A", 90), ("B", 80), ("C", 70), ("D", 60), ("F", 0))
SCORED = 0.9
BATCH = 2_000


def make_offering(name: str, *, students: int, items: int) -> Offering:
    """Make an offering of this size; nine of ten cells hold points, the others nothing or an excuse."""
    chance = random.Random(name)
    organization, _ = Organization.objects.get_or_create(slug="here", defaults={"name": "Here", "timezone": "UTC"})
    term, _ = Term.objects.get_or_create(organization=organization, code="now", defaults={"name": "Now"})
    course = Course.objects.create(organization=organization, code=name, title=name)
    offering = Offering.objects.create(
        course=course, term=term, slug=name, timezone="America/New_York", status=Offering.Status.PUBLISHED
    )
    roles = create_roles(offering)
    _people(offering, {"instructor": roles["instructor"]}, [f"staff@{name}.example"])
    _people(offering, {"student": roles["student"]}, [f"s{number}@{name}.example" for number in range(students)])
    assessments = _items(offering, items, chance)
    _cells(offering, assessments, chance)
    return offering


def instructor_of(offering: Offering) -> User:
    """Return who teaches it."""
    return User.objects.get(email=f"staff@{offering.slug}.example")


def _people(offering: Offering, roles: dict[str, Role], emails: list[str]) -> None:
    users = User.objects.bulk_create(
        [User(email=email, legal_name=f"Person {number:05d}", password="!") for number, email in enumerate(emails)],
        batch_size=BATCH,
    )
    enrollments = Enrollment.objects.bulk_create(
        [Enrollment(offering=offering, user=user) for user in users], batch_size=BATCH
    )
    RoleAssignment.objects.bulk_create(
        [RoleAssignment(enrollment=row, role=role) for row in enrollments for role in roles.values()], batch_size=BATCH
    )


def _items(offering: Offering, count: int, chance: random.Random) -> list[Assessment]:
    now = database_now()
    assessments = Assessment.objects.bulk_create(
        Assessment(
            offering=offering,
            slug=f"item-{number}",
            title=f"Item {number}",
            order=number,
            max_points=Decimal(chance.choice((10, 20, 37, 50, 64, 100))),
            release_at=now,
        )
        for number in range(count)
    )
    scheme = GradingScheme.objects.create(offering=offering, status=GradingScheme.Status.PUBLISHED)
    LetterCutoff.objects.bulk_create(
        LetterCutoff(scheme=scheme, label=label, lower_bound=Decimal(bound)) for label, bound in LETTERS
    )
    for at, (key, (weight, aggregation, drops)) in enumerate(NODES.items()):
        node = GradeNode.objects.create(
            scheme=scheme, key=key, label=key.title(), weight=Decimal(weight), aggregation=aggregation,
            drop_lowest=drops, order=at,
        )  # fmt: skip
        node.assessments.set(assessments[at :: len(NODES)])
    return assessments


def _cells(offering: Offering, assessments: list[Assessment], chance: random.Random) -> None:
    students = offering.enrollments.filter(roles__key="student").order_by("pk")
    events, cells = [], []
    for student in students:
        for assessment in assessments:
            if (drawn := chance.random()) >= SCORED:
                if drawn >= 0.98:
                    events.append(_event(assessment, student, GradeEvent.Kind.EXCUSED, None))
                    cells.append(GradeCell(assessment=assessment, enrollment=student, mark=GradeCell.Mark.EXCUSED))
                continue
            points = Decimal(chance.randrange(int(assessment.max_points) * 4 + 1)) / 4
            events.append(_event(assessment, student, GradeEvent.Kind.SCORED, points))
            cells.append(GradeCell(assessment=assessment, enrollment=student, points=points, raw_points=points))
    GradeEvent.objects.bulk_create(events, batch_size=BATCH)
    GradeCell.objects.bulk_create(cells, batch_size=BATCH)


def _event(assessment: Assessment, student: Enrollment, kind: str, points: Decimal | None) -> GradeEvent:
    return GradeEvent(
        assessment=assessment, enrollment=student, kind=kind, points=points, max_points=assessment.max_points,
        source=GradeEvent.Source.PAGE,
    )  # fmt: skip
