"""Files that leave: exact for Canvas, without a formula for spreadsheets, only what is released, and noted down."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils.timezone import now

from coursehub.courses.errors import NotAllowed
from coursehub.courses.models import ExternalIdentity, Offering
from grading.assessments.models import Assessment, AssessmentKind
from grading.deadlines.models import AssessmentLateness, LatePolicy, SlipDayPolicy
from grading.gradebook.exports.canvas import CanvasExport, canvas_columns, canvas_file
from grading.gradebook.exports.grades import explained_file, grades_file
from grading.gradebook.exports.rosters import roster_file
from grading.gradebook.models import AuditRead, GradeNode, GradingScheme
from grading.gradebook.reckoning import person_of
from tests.factories import make_assessment, make_submission
from tests.grading.importing import Kind, apply, effects, upload
from tests.people import People

pytestmark = pytest.mark.django_db
SCORES = "email,midterm\nada@example.edu,18.5\nben@example.edu,EX\n"
MATCH = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Midterm (48220)\n    Points Possible,,,,,20.00\n"
    '"Okafor, Ada",901,00123,ada,001,\n"Lindqvist, Ben",902,00124,ben,001,\n"Tan, Chloe",903,00125,chloe,001,\n'
)


@pytest.fixture
def midterm(offering: Offering, people: People) -> Assessment:
    found = make_assessment(
        offering, "midterm", title="Midterm", suite=None, kind=AssessmentKind.EXAM, max_points=Decimal(20),
        grade_release="manual", grades_released_at=now(),
    )  # fmt: skip
    apply(upload(offering, SCORES, by=people.ines, kind=Kind.GRADES), by=people.ines)
    apply(upload(offering, MATCH, by=people.ines, kind=Kind.CANVAS), by=people.ines)
    return found


def canvas(offering: Offering, people: People, *keys: str, also_unreleased: bool = False) -> CanvasExport:
    return canvas_file(offering, assessments=keys or ("midterm",), also_unreleased=also_unreleased, by=people.ines)


def table(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode())))


def test_the_file_for_canvas_is_exact(offering: Offering, people: People, midterm: Assessment) -> None:
    found = canvas(offering, people)

    assert found.file is not None
    assert found.file.content.decode() == (
        "Student,ID,SIS User ID,SIS Login ID,Section,Midterm (48220)\r\n"
        "    Points Possible,,,,,20.00\r\n"
        '"Lindqvist, Ben",902,00124,ben,,EX\r\n'
        '"Okafor, Ada",901,00123,ada,,18.50\r\n'
        '"Tan, Chloe",903,00125,chloe,,\r\n'
    )


@pytest.mark.parametrize("kind", [Kind.GRADES, Kind.CANVAS, Kind.ROSTER])
def test_what_was_exported_for_canvas_and_read_again_changes_nothing(
    offering: Offering, people: People, midterm: Assessment, kind: str
) -> None:
    found = canvas(offering, people)

    assert found.file is not None
    assert effects(upload(offering, found.file.content, by=people.ines, kind=kind)) == {}


def test_nothing_unreleased_goes_to_canvas_unless_somebody_says_so(
    offering: Offering, people: People, midterm: Assessment
) -> None:
    Assessment.objects.filter(pk=midterm.pk).update(grades_released_at=None)
    assert canvas(offering, people).file is None
    AuditRead.objects.all().delete()

    found = canvas(offering, people, also_unreleased=True)

    assert found.file is not None
    assert "canvas-with-unreleased" in found.file.name
    assert "18.50" in found.file.content.decode()
    assert {row.assessment_id for row in AuditRead.objects.all()} == {None, midterm.pk}


def test_a_title_that_canvas_would_skip_is_refused_with_the_reason(
    offering: Offering, people: People, midterm: Assessment
) -> None:
    make_assessment(offering, "project", title="Final Grade project", suite=None, kind=AssessmentKind.EXAM)
    apply(upload(offering, "email,project\nada@example.edu,5\n", by=people.ines, kind=Kind.GRADES), by=people.ines)

    found = canvas(offering, people, "midterm", "project", also_unreleased=True)

    assert found.file is None
    assert "takes every column that holds “Final Grade” for a total" in found.problems[0]
    choices = {choice.assessment.slug: choice for choice in canvas_columns(offering, by=people.ines)}
    assert choices["project"].refusal == found.problems[0]
    assert not choices["midterm"].refusal


def test_every_file_says_in_its_name_and_in_the_audit_who_took_it(
    offering: Offering, people: People, midterm: Assessment
) -> None:
    AuditRead.objects.all().delete()

    for make in (grades_file, explained_file, roster_file):
        assert make(offering, by=people.ines).name.endswith("-by-ines.csv")

    assert AuditRead.objects.filter(what="export", actor=people.ines).count() == 3


def test_our_own_files_read_again_change_nothing(offering: Offering, people: People, midterm: Assessment) -> None:
    grades, roster = grades_file(offering, by=people.ines), roster_file(offering, by=people.ines)

    assert effects(upload(offering, grades.content, by=people.ines, kind=Kind.GRADES)) == {}
    assert effects(upload(offering, roster.content, by=people.ines, sync=True)) == {}


def test_names_that_are_formulas_are_guarded_for_spreadsheets(
    offering: Offering, people: People, midterm: Assessment
) -> None:
    people.ada.legal_name = "=HYPERLINK(1)"
    people.ada.save()

    rows = table(grades_file(offering, by=people.ines).content)

    assert next(row for row in rows if row[0] == "ada@example.edu")[2] == "'=HYPERLINK(1)"


def test_a_total_is_explained_down_to_each_item(offering: Offering, people: People, midterm: Assessment) -> None:
    scheme = GradingScheme.objects.create(offering=offering)
    node = GradeNode.objects.create(
        scheme=scheme, key="exams", label="Exams", weight=100, aggregation=GradeNode.Aggregation.POINTS
    )
    node.assessments.add(midterm)

    rows = [row for row in table(explained_file(offering, by=people.ines).content) if row[0] == "ada@example.edu"]

    assert [(row[2], row[3], row[6]) for row in rows] == [
        ("Total", "", "92.5"),
        ("Exams", "", "92.5"),
        ("Exams", "Midterm", "92.5"),
    ]
    assert rows[2][4:6] == ["18.5", "20"]


def test_late_work_is_explained_in_the_words_that_its_student_reads(offering: Offering, people: People) -> None:
    work = make_assessment(offering, "hw1", title="Homework 1", suite=None, due_at=now() + timedelta(days=1))
    policy = LatePolicy.objects.create(offering=offering, key="late", title="Late", form="deduct_of_max", rate=10)
    AssessmentLateness.objects.create(assessment=work, policy=policy)
    SlipDayPolicy.objects.create(offering=offering, budget=1)
    scheme = GradingScheme.objects.create(offering=offering)
    node = GradeNode.objects.create(
        scheme=scheme, key="homework", label="Homework", weight=100, aggregation=GradeNode.Aggregation.POINTS
    )
    node.assessments.add(work)
    make_submission(work, by=people.ada)
    Assessment.objects.filter(pk=work.pk).update(due_at=now() - timedelta(days=2, hours=12))
    ada = offering.enrollments.get(user=people.ada)
    apply(upload(offering, "email,hw1\nada@example.edu,9\n", by=people.ines, kind=Kind.GRADES), by=people.ines)

    header, *rows = table(explained_file(offering, by=people.ines).content)

    found = dict(zip(header, next(row for row in rows if row[0] == "ada@example.edu" and row[3]), strict=True))
    trace = person_of(ada).trace()
    assert trace is not None
    (item,) = trace.nodes[0].children
    assert found["why"] == " ".join(item.sentences)
    assert "1 slip day covers 1 of 3 days late." in found["why"]
    assert (found["days_late"], found["slip_days"]) == ("3", "1")
    assert Decimal(found["raw_points"]) - Decimal(found["penalty"]) == Decimal(found["points"])
    assert Decimal(found["penalty"]) == 2


@pytest.mark.parametrize("who", ["ada", "otto"])
def test_students_take_no_file_of_grades(offering: Offering, people: People, midterm: Assessment, who: str) -> None:
    with pytest.raises(NotAllowed):
        grades_file(offering, by=getattr(people, who))
    with pytest.raises(NotAllowed):
        canvas_file(offering, assessments=["midterm"], also_unreleased=False, by=getattr(people, who))


def test_ids_of_canvas_are_numbers(offering: Offering, people: People, midterm: Assessment) -> None:
    assert ExternalIdentity.objects.get(user=people.ada, system="canvas").value == "901"
