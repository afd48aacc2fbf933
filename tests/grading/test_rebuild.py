"""The log is the truth: for the whole demo programme, cells built again from it are the cells that there were."""

import random
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from coursehub.common.clock import database_now
from coursehub.courses.models import Cohort, Enrollment, Offering
from coursehub.courses.services import enroll
from grading.assessments.models import Assessment
from grading.assessments.services import publish_suites
from grading.deadlines.models import AssessmentLateness, Extension, LatePolicy, SlipDayPolicy
from grading.engine.curves import LinearCurve
from grading.gradebook import class_changes, marking
from grading.gradebook.errors import MarkingRefused
from grading.gradebook.models import GradeCell, GradeEvent
from grading.gradebook.projection import FIELDS, project_offering
from grading.gradebook.reckoning import class_of, person_of
from grading.gradebook.wanted import WITH_POINTS, Wanted
from grading.submissions.models import Submission
from tests.people import People, everybody

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
COURSES = Path(__file__).resolve().parents[2] / "courses"
KINDS = (
    "scored",
    "scored",
    "scored",
    "override",
    "excused",
    "missing",
    "zeroed",
    "cleared",
    "commented",
    "held_back",
    "let_go",
)
Snapshot = dict[tuple[int, int], tuple[object, ...]]


@pytest.fixture
def programme(db: None) -> Iterator[list[Offering]]:
    """The five courses of ``courses/`` with the demo people in each, late work, and every kind of event."""
    publish_suites(settings.SUITES_DIR)
    call_command("load_courses", *sorted(path.parent for path in COURSES.glob("*/offering.yaml")), stdout=StringIO())
    chance, people = random.Random(5), everybody()
    found = list(Offering.objects.order_by("pk"))
    for offering in found:
        for key, role in (("ines", "instructor"), ("ada", "student"), ("ben", "student"), ("chloe", "student")):
            enroll(offering, user=getattr(people, key), role=role)
        live_a_term(offering, people, chance)
    yield found


def live_a_term(offering: Offering, people: People, chance: random.Random) -> None:
    at = database_now()
    students = list(
        Enrollment.objects.filter(offering=offering, user__in=[people.ada, people.ben, people.chloe]).select_related(
            "user"
        )
    )
    SlipDayPolicy.objects.create(offering=offering, budget=3, per_assessment=2)
    policy = LatePolicy.objects.create(offering=offering, key="late", title="Late", form="multiply", rate=7)
    section = Cohort.objects.create(offering=offering, key="demo-section", name="Section")
    section.members.add(students[0])
    for number, assessment in enumerate(Assessment.objects.filter(offering=offering).order_by("pk")):
        assessment.offering = offering
        assessment.due_at, assessment.closes_at = at - timedelta(days=20 - number), at + timedelta(days=9)
        assessment.save()
        AssessmentLateness.objects.get_or_create(assessment=assessment, defaults={"policy": policy})
        if number % 4 == 0:
            Extension.objects.create(assessment=assessment, cohort=section, due_at=at - timedelta(days=18 - number))
        for student in students:
            for handed in range(chance.randrange(3)):
                Submission.objects.create(
                    assessment=assessment, author=student.user, number=handed + 1, sha256="0" * 64, total_bytes=1,
                    idempotency_key=f"s{handed}", received_at=at - timedelta(days=chance.randrange(25), hours=handed),
                )  # fmt: skip
            act(assessment, student, people, chance)
        if number == 1:
            curve = LinearCurve(slope=Decimal("1.05"), add=Decimal("0.3333"), cap=assessment.max_points)
            seen = class_changes.preview_curve(assessment, curve).seen
            class_changes.apply_curve(assessment, curve, by=people.ines, reason="Hard", seen=seen)


def act(assessment: Assessment, student: Enrollment, people: People, chance: random.Random) -> None:
    for step in range(chance.randrange(6)):
        cell = GradeCell.objects.filter(assessment=assessment, enrollment=student).first()
        version, key = cell.version if cell else 0, f"act-{step}"
        kind = chance.choice(KINDS)
        points = Decimal(chance.randrange(int(assessment.max_points * 7))) / 7
        try:
            if chance.random() < 0.2:
                marking.undo(assessment, student, by=people.ines, version=version, idempotency_key=key)
                continue
            one = Wanted(
                assessment=assessment, enrollment=student, kind=kind, version=version, reason="Because",
                points=round(points, 4) if kind in WITH_POINTS else None,
            )  # fmt: skip
            marking.write(assessment.offering, [one], by=people.ines, idempotency_key=key)
        except MarkingRefused:
            continue


def snapshot(*names: str) -> Snapshot:
    return {
        (cell.assessment_id, cell.enrollment_id): tuple(getattr(cell, name) for name in names)
        for cell in GradeCell.objects.all()
    }


def test_cells_built_again_are_the_cells_that_there_were(programme: list[Offering]) -> None:
    assert len(programme) == 5
    assert {row["kind"] for row in GradeEvent.objects.values("kind")} >= {*KINDS, "curved"}
    assert GradeCell.objects.filter(slip_days__gt=0).exists()
    assert GradeCell.objects.filter(penalty_points__gt=0).exists()
    assert [project_offering(offering).total() for offering in programme] == [0] * 5
    before, whole = snapshot(*FIELDS), snapshot(*FIELDS, "version", "updated_at", "pk")
    out = StringIO()

    call_command("rebuild_grades", stdout=out)
    untouched = snapshot(*FIELDS, "version", "updated_at", "pk")
    GradeCell.objects.all().delete()
    call_command("rebuild_grades", stdout=StringIO())

    assert untouched == whole
    assert " 1 cells" not in out.getvalue()
    assert len(before) > 50
    assert snapshot(*FIELDS) == before
    call_command("audit_grades", stdout=StringIO())


def test_a_class_and_each_of_its_people_come_to_the_same(programme: list[Offering]) -> None:
    for offering in programme:
        found = class_of(offering)
        for row, enrollment in zip(found.rows, found.enrollments, strict=True):
            enrollment.offering = offering
            person = person_of(enrollment, at=found.at)
            for key, value in row.items.items():
                other = person.row.items[key]
                assert (value.state, value.points) == (other.state, other.points)
                assert value.is_released == other.is_released
            assert person.totals() == found.totals().get(enrollment.pk)
