"""Grades, counts and Canvas by files: what is previewed is what is written, and nothing is silently overwritten."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from coursehub.courses.errors import NotAllowed
from coursehub.courses.models import Cohort, Enrollment, ExternalIdentity, Offering, RoleAssignment
from grading.assessments.models import Assessment, AssessmentKind
from grading.gradebook import marking
from grading.gradebook.imports import batches
from grading.gradebook.imports.errors import CellsChanged, FileUnreadable, NothingToApply
from grading.gradebook.models import GradeCell, GradeEvent, ImportBatch, LineItemLink, ParticipationCount
from tests.factories import make_assessment, make_students
from tests.grading.importing import Kind, apply, choose, effects, plan, sentences, upload
from tests.people import People

pytestmark = pytest.mark.django_db
WIDE = "email,midterm\nada@example.edu,18.5\nben@example.edu,EX\nchloe@example.edu,\n"


@pytest.fixture
def midterm(offering: Offering) -> Assessment:
    return make_assessment(
        offering, "midterm", title="Midterm", suite=None, kind=AssessmentKind.EXAM, max_points=Decimal(20)
    )


def cell(assessment: Assessment, user: object) -> GradeCell:
    return GradeCell.objects.get(assessment=assessment, enrollment__user=user)


def grades(offering: Offering, text: str | bytes, people: People, **options: object) -> ImportBatch:
    return upload(offering, text, by=people.ines, kind=Kind.GRADES, **options)


def score(assessment: Assessment, user: object, points: str, people: People, key: str) -> None:
    enrollment = Enrollment.objects.get(user=user, offering=assessment.offering)
    found = GradeCell.objects.filter(assessment=assessment, enrollment=enrollment).first()
    marking.score(
        assessment, enrollment, points=Decimal(points), by=people.ines, version=found.version if found else 0,
        idempotency_key=key,
    )  # fmt: skip


def test_a_wide_file_gives_points_and_excuses_and_a_blank_says_nothing(
    offering: Offering, people: People, midterm: Assessment
) -> None:
    batch = grades(offering, WIDE, people)
    assert not GradeEvent.objects.exists()

    apply(batch, by=people.ines)

    assert (cell(midterm, people.ada).points, cell(midterm, people.ben).mark) == (Decimal("18.5"), "excused")
    assert not GradeCell.objects.filter(enrollment__user=people.chloe).exists()
    assert {(event.source, event.batch_id, event.actor_id) for event in GradeEvent.objects.all()} == {
        ("file", batch.pk, people.ines.pk)
    }


def test_a_long_file_with_comments(offering: Offering, people: People, midterm: Assessment) -> None:
    batch = grades(offering, "email,assessment,points,comment\nada@example.edu,midterm,85%,'=well done\n", people)
    apply(batch, by=people.ines)

    assert (cell(midterm, people.ada).points, cell(midterm, people.ada).comment) == (Decimal(17), "=well done")
    assert (
        effects(grades(offering, "email,assessment,points,comment\nada@example.edu,midterm,17,=well done\n", people))
        == {}
    )


def test_the_same_file_again_changes_nothing(offering: Offering, people: People, midterm: Assessment) -> None:
    apply(grades(offering, WIDE, people), by=people.ines)

    again = grades(offering, WIDE, people)

    assert effects(again) == {}
    with pytest.raises(NothingToApply):
        apply(again, by=people.ines)


def test_a_replay_of_applying_writes_no_second_event(offering: Offering, people: People, midterm: Assessment) -> None:
    batch = grades(offering, WIDE, people)
    apply(batch, by=people.ines)
    apply(batch, by=people.ines)

    assert GradeEvent.objects.count() == 2


def test_an_import_over_a_changed_cell_writes_nothing_and_says_which(
    offering: Offering, people: People, midterm: Assessment
) -> None:
    batch = grades(offering, WIDE, people)
    score(midterm, people.ada, "12", people, "by-hand")

    with pytest.raises(CellsChanged, match="line 2, Ada Okafor, Midterm") as refusal:
        apply(batch, by=people.ines)

    assert refusal.value.changed == ("line 2, Ada Okafor, Midterm",)
    assert cell(midterm, people.ada).points == 12
    assert not GradeCell.objects.filter(enrollment__user=people.ben).exists()
    choose(batch, by=people.ines)
    assert effects(batch) == {"added": 1, "changed": 1}
    apply(batch, by=people.ines)
    assert cell(midterm, people.ada).points == Decimal("18.5")


def test_who_left_since_the_preview_stops_the_file(offering: Offering, people: People, midterm: Assessment) -> None:
    batch = grades(offering, WIDE, people)
    Enrollment.objects.filter(user=people.ben).update(status="dropped")

    with pytest.raises(CellsChanged, match="Ben Lindqvist"):
        apply(batch, by=people.ines)

    assert not GradeEvent.objects.exists()


def test_points_count_for_who_was_excused(offering: Offering, people: People, midterm: Assessment) -> None:
    apply(grades(offering, WIDE, people), by=people.ines)
    apply(grades(offering, "email,midterm\nben@example.edu,11\n", people), by=people.ines)

    assert (cell(midterm, people.ben).mark, cell(midterm, people.ben).points) == ("", 11)


def test_more_than_is_possible_is_set(offering: Offering, people: People, midterm: Assessment) -> None:
    apply(grades(offering, "email,midterm\nben@example.edu,22\n", people), by=people.ines)

    assert (cell(midterm, people.ben).mark, cell(midterm, people.ben).points) == ("override", 22)


def test_undo_takes_back_what_nothing_came_after_and_lists_the_rest(
    offering: Offering, people: People, midterm: Assessment
) -> None:
    score(midterm, people.ben, "3", people, "first")
    batch = grades(offering, WIDE, people)
    apply(batch, by=people.ines)
    score(midterm, people.ada, "19", people, "later")

    left = batches.undo(batch, by=people.ines)

    assert left == ("Ada Okafor, Midterm: changed since, and stays as it is.",)
    assert cell(midterm, people.ada).points == 19
    assert (cell(midterm, people.ben).points, cell(midterm, people.ben).mark) == (3, "")
    assert batches.undo(batch, by=people.ines) == ()


def test_undo_takes_back_comment_and_mark_together(offering: Offering, people: People, midterm: Assessment) -> None:
    apply(grades(offering, WIDE, people), by=people.ines)
    batch = grades(offering, "email,assessment,points,comment\nben@example.edu,midterm,9,Fine\n", people)
    apply(batch, by=people.ines)

    batches.undo(batch, by=people.ines)

    found = cell(midterm, people.ben)
    assert (found.mark, found.comment, found.points) == ("excused", "", None)


def test_two_lines_that_only_matching_shows_to_be_one_person_stop_the_file(
    offering: Offering, people: People, midterm: Assessment
) -> None:
    ExternalIdentity.objects.create(
        organization=offering.course.organization, user=people.ada, system="sis", value="007"
    )
    batch = grades(offering, "email,student_id,midterm\nada@example.edu,,5\n,7,6\n", people)

    assert "Lines 2 and 3 are of Ada Okafor for “Midterm”" in sentences(batch)
    with pytest.raises(NothingToApply, match="contradict"):
        apply(batch, by=people.ines)


def test_strangers_and_numbers_below_nothing_are_told_with_their_lines(
    offering: Offering, people: People, midterm: Assessment
) -> None:
    batch = grades(offering, "email,midterm\notto@example.edu,5\nada@example.edu,-1\nben@example.edu,much\n", people)

    assert effects(batch) == {}
    assert "Line 2 is of “otto@example.edu”" in sentences(batch)
    assert "Line 3 has -1 points" in sentences(batch)
    assert "Line 4" in sentences(batch)


def test_headings_of_others_are_mapped(offering: Offering, people: People, midterm: Assessment) -> None:
    batch = grades(offering, "Mail;Punkte\nada@example.edu;18,5\n", people)
    assert {question.heading for question in plan(batch).questions} == {"Mail", "Punkte"}

    choose(batch, by=people.ines, columns={"Mail": "email", "Punkte": "assessment:midterm"})
    apply(batch, by=people.ines)

    assert cell(midterm, people.ada).points == Decimal("18.5")


GRADESCOPE = (
    "First Name,Last Name,SID,Email,Sections,Exam,Exam - Max Points,Exam - Submission Time,Exam - Lateness (H:M:S)\n"
    "Ada,Okafor,007,ada@example.edu,A,40,50,2026-09-30 23:58:01 -0400,00:00:00\n"
    "Ben,Lindqvist,008,ben@example.edu,A,,50,,\n"
)


def test_gradescope_points_are_scaled_only_on_request(offering: Offering, people: People, midterm: Assessment) -> None:
    batch = upload(offering, GRADESCOPE, by=people.ines, kind=Kind.GRADESCOPE)
    assert plan(batch).titles == ("Exam",)
    assert effects(batch) == {}

    choose(batch, by=people.ines, assessments={"Exam": "midterm"})
    assert plan(batch).scales == ("Midterm: 50 points in the file, 20 here",)
    assert [change.after for change in plan(batch).changes] == ["40"]
    choose(batch, by=people.ines, scale=True)
    apply(batch, by=people.ines)

    assert cell(midterm, people.ada).points == 16
    assert GradeCell.objects.count() == 1


def test_an_assistant_of_one_section_imports_grades_of_that_section_only(
    offering: Offering, people: People, midterm: Assessment
) -> None:
    section = Cohort.objects.create(offering=offering, key="a", name="A")
    section.members.add(Enrollment.objects.get(offering=offering, user=people.ada))
    RoleAssignment.objects.get(enrollment__user=people.tariq, enrollment__offering=offering).cohorts.add(section)

    batch = upload(offering, WIDE, by=people.tariq, kind=Kind.GRADES)

    assert effects(batch) == {"added": 1}
    assert "Line 3 is of “ben@example.edu”" in sentences(batch)


@pytest.mark.parametrize("who", ["ada", "otto"])
def test_only_who_edits_grades_imports_them(offering: Offering, people: People, midterm: Assessment, who: str) -> None:
    with pytest.raises(NotAllowed):
        upload(offering, WIDE, by=getattr(people, who), kind=Kind.GRADES)


def test_grades_of_300_take_a_fixed_number_of_queries(
    offering: Offering, people: People, midterm: Assessment, django_assert_max_num_queries: Callable
) -> None:
    rows = [f"{user.email},{n % 21}" for n, user in enumerate(make_students(offering, 300))]
    text = "\n".join(["email,midterm", *rows])

    with django_assert_max_num_queries(14):
        batch = grades(offering, text, people)
    with django_assert_max_num_queries(60):
        apply(batch, by=people.ines)
    with django_assert_max_num_queries(40):
        batches.undo(batch, by=people.ines)

    assert not GradeCell.objects.exclude(points=None).exists()


COUNTS = "email,metric,count,total,excused\nada@example.edu,discussions,7,10,1\nben@example.edu,polls,2.5,,\n"


def test_counts_are_written_and_taken_back(offering: Offering, people: People) -> None:
    batch = upload(offering, COUNTS, by=people.ines, kind=Kind.PARTICIPATION)
    apply(batch, by=people.ines)

    row = ParticipationCount.objects.get(enrollment__user=people.ada)
    assert (row.count, row.total, row.excused, row.updated_by) == (7, 10, 1, people.ines)
    assert effects(upload(offering, COUNTS, by=people.ines, kind=Kind.PARTICIPATION)) == {}

    ParticipationCount.objects.filter(enrollment__user=people.ben).update(count=9)
    left = batches.undo(batch, by=people.ines)
    assert left == ("Ben Lindqvist, polls: changed since, and stays as it is.",)
    assert [row.count for row in ParticipationCount.objects.all()] == [9]


def test_counts_changed_since_the_preview_are_not_overwritten(offering: Offering, people: People) -> None:
    batch = upload(offering, COUNTS, by=people.ines, kind=Kind.PARTICIPATION)
    enrollment = Enrollment.objects.get(user=people.ada, offering=offering)
    ParticipationCount.objects.create(enrollment=enrollment, metric="discussions", count=3)

    with pytest.raises(CellsChanged, match="Ada Okafor, discussions"):
        apply(batch, by=people.ines)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("ada@example.edu,naps,7", "metric “naps”"),
        ("ada@example.edu,polls,-7", "no number from 0"),
        ("ada@example.edu,polls,9999999", "no number from 0"),
        ("otto@example.edu,polls,1", "no student of yours"),
    ],
)
def test_bad_counts_are_told(offering: Offering, people: People, line: str, told: str) -> None:
    batch = upload(offering, f"email,metric,count\n{line}\n", by=people.ines, kind=Kind.PARTICIPATION)

    assert told in sentences(batch)
    assert effects(batch) == {}


CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Midterm (48220),Current Score\n"
    ",,,,,Manual Posting,\n"
    "    Points Possible,,,,,20.00,(read only)\n"
    '"Okafor, Ada",901,00123,ada,001,18.50,90\n'
    '"Lindquist, B.",902,00124,zzz,001,EX,90\n'
    '"Tan, Chloe",903,00125,ct1,001,,90\n'
    '"Tan, Chloe",904,00126,ct2,002,,90\n'
    '"Student, Test",999,,,001,,\n'
)


@pytest.fixture
def wizard(offering: Offering, people: People, midterm: Assessment) -> ImportBatch:
    return upload(offering, CANVAS, by=people.ines, kind=Kind.CANVAS)


def test_the_wizard_says_who_is_who_and_asks_about_the_rest(people: People, wizard: ImportBatch) -> None:
    outcomes = {change.who: change.outcome for change in plan(wizard).changes}

    assert outcomes == {"Ada Okafor": "matched", "Ben Lindqvist": "unmatched", "Chloe Tan": "ambiguous"}
    assert len(plan(wizard).rows) == 4


def test_what_is_chosen_is_kept_and_taken_back(
    offering: Offering, people: People, midterm: Assessment, wizard: ImportBatch
) -> None:
    lines = {change.who: str(change.enrollment) for change in plan(wizard).changes}
    choose(wizard, by=people.ines, people={lines["Ben Lindqvist"]: 5, lines["Chloe Tan"]: 7})
    apply(wizard, by=people.ines)

    ids = dict(ExternalIdentity.objects.filter(system="canvas").values_list("user__email", "value"))
    assert ids == {"ada@example.edu": "901", "ben@example.edu": "902", "chloe@example.edu": "904"}
    link = LineItemLink.objects.get(assessment=midterm)
    assert (link.value, link.title) == ("48220", "Midterm")
    assert effects(upload(offering, CANVAS, by=people.ines, kind=Kind.CANVAS)) == {}

    ExternalIdentity.objects.filter(system="canvas", user=people.ada).update(value="777")
    left = batches.undo(wizard, by=people.ines)
    assert left == ("The ids of Ada Okafor were changed since, and stay.",)
    assert not LineItemLink.objects.exists()


def test_one_row_of_two_people_stops_the_wizard(people: People, wizard: ImportBatch) -> None:
    lines = {change.who: str(change.enrollment) for change in plan(wizard).changes}
    choose(wizard, by=people.ines, people={lines["Ben Lindqvist"]: 4})

    assert "Line 4 is said to be Ada Okafor and Ben Lindqvist" in sentences(wizard)
    with pytest.raises(NothingToApply):
        apply(wizard, by=people.ines)


def test_scores_of_canvas_are_read_as_grades(
    offering: Offering, people: People, midterm: Assessment, wizard: ImportBatch
) -> None:
    apply(wizard, by=people.ines)
    batch = grades(offering, CANVAS, people)
    apply(batch, by=people.ines)

    assert cell(midterm, people.ada).points == Decimal("18.5")
    assert effects(grades(offering, CANVAS, people)) == {}


def test_a_gradebook_as_another_locale_writes_it_is_read_right(
    offering: Offering, people: People, midterm: Assessment, wizard: ImportBatch
) -> None:
    apply(wizard, by=people.ines)
    text = (
        "\ufeffStudent;ID;SIS User ID;SIS Login ID;Section;Midterm (48220);Quiz (9);Final Score\r\n"
        ";;;;;Manual Posting;;\r\n    Points Possible;;;;;20,00;(read only);(read only)\r\n"
        '"Okafor, Ada";901;00123;ada;001;17,25;3;88,1\r\n"Tan, Chloe";903;00125;ct1;001;ex;3;88,1\r\n;;;;;;;\r\n'
    )
    ExternalIdentity.objects.create(
        organization=offering.course.organization, user=people.chloe, system="canvas", value="903"
    )
    batch = grades(offering, text, people)
    apply(batch, by=people.ines)

    assert cell(midterm, people.ada).points == Decimal("17.25")
    assert cell(midterm, people.chloe).mark == "excused"
    assert "Final Score" in plan(batch).ignored


HOSTILE = (
    "email,midterm\n" + "ada@example.edu," + "9" * 400,
    "email,midterm\nada@example.edu,1e9999\n",
    "email,midterm\nada@example.edu,=1+1\n",
    "email,midterm\nada@example.edu,NaN\n",
    "email,midterm\nada@example.edu,Infinity\n",
    "email,midterm\n\u202eada@example.edu,1\n",
    "email,midterm,midterm\nada@example.edu,1,2\n",
    "email,email,midterm\nada@example.edu,ben@example.edu,2\n",
    "email,midterm\nada@example.edu,1\nada@example.edu,2\n",
    "student_id,midterm\n' OR 1=1 --,5\n",
    "email,midterm\n" + "x" * 20_001 + ",1\n",
)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("kind", [Kind.GRADES, Kind.ROSTER, Kind.PARTICIPATION, Kind.CANVAS, Kind.GRADESCOPE])
def test_no_file_of_another_kind_or_with_odd_cells_breaks_or_changes_anything(
    offering: Offering, people: People, midterm: Assessment, text: str, kind: str
) -> None:
    try:
        batch = upload(offering, text, by=people.ines, kind=kind)
    except FileUnreadable as refusal:
        assert refusal.sentence.endswith(".")
        return
    found = plan(batch)

    assert found.is_stopped or effects(batch) == {}
    with pytest.raises(NothingToApply):
        apply(batch, by=people.ines)
    assert not GradeEvent.objects.exists()


def test_two_who_apply_the_same_batch_write_it_once(offering: Offering, people: People, midterm: Assessment) -> None:
    batch = grades(offering, WIDE, people)
    theirs = ImportBatch.objects.get(pk=batch.pk)
    apply(batch, by=people.ines)

    assert apply(theirs, by=people.tariq) == []
    assert GradeEvent.objects.count() == 2


def test_lines_with_problems_are_left_out_only_if_somebody_says_so(
    offering: Offering, people: People, midterm: Assessment
) -> None:
    batch = grades(offering, "email,midterm\notto@example.edu,5\nada@example.edu,7\n", people)

    with pytest.raises(NothingToApply, match="say that they are to be left out"):
        apply(batch, by=people.ines, leaves_out=False)

    assert not GradeEvent.objects.exists()
    apply(batch, by=people.ines)
    assert cell(midterm, people.ada).points == 7
