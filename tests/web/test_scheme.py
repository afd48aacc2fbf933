"""The grading scheme: its editor, its checks, what a change does to a class, its versions, and what lateness costs."""

import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from coursehub.courses.models import Offering, RoleCapability
from coursehub.courses.services import enroll
from coursehub.publishing.content import AssessmentContent, OfferingContent
from coursehub.publishing.rows import content_of
from coursehub.publishing.schema import DayMoment, GradingFile, NodeEntry, RuleEntry
from grading.deadlines.models import AssessmentLateness, LatePolicy, SlipDayPolicy
from grading.gradebook import marking
from grading.gradebook.models import AuditRead, GradeCell, GradeNode, GradingScheme, SchemeVersion
from grading.gradebook.reckoning import class_of, person_of
from grading.submissions.models import Submission
from tests.factories import make_students
from tests.people import People, person
from tests.publishing.contents import make_content
from tests.web.conftest import SignIn
from tests.web.editing import Editor, cells, load

pytestmark = pytest.mark.django_db
DUE = DayMoment.model_validate({"date": "2026-09-08", "at": "23:59"})
CLOSES = DayMoment.model_validate({"date": "2026-09-11", "at": "23:59"})
DUE_AT = datetime(2026, 9, 8, 23, 59, tzinfo=ZoneInfo("America/New_York"))
LETTERS = {"A": Decimal(90), "B": Decimal(80), "C": Decimal(0)}


def two_homeworks(**changes: Any) -> OfferingContent:
    """Return a course of two homeworks that are worth 10 and 90 points, and nothing else."""
    one = AssessmentContent(title="Homework 1", max_points=Decimal(10), due=DUE, closes=CLOSES)
    node = NodeEntry(
        key="homework",
        label="Homework",
        weight=Decimal(100),
        aggregation=changes.pop("aggregation", GradeNode.Aggregation.POINTS),
        assessments=["hw1", "hw2"],
    )
    two = one.model_copy(update={"title": "Homework 2", "max_points": Decimal(90)})
    return make_content(
        assessments={"hw1": one, "hw2": two}, grading=GradingFile(nodes=[node], letters=LETTERS, **changes)
    )


@pytest.fixture
def course(people: People) -> Offering:
    return load(two_homeworks())


@pytest.fixture
def editor(course: Offering, sign_in: SignIn, people: People) -> Editor:
    return Editor(sign_in(people.ines), course)


def save(editor: Editor, **more: Any) -> HttpResponse:
    return editor.post("edit_grading", **{**cells(editor, "edit_grading"), **more})


def grade(offering: Offering, name: str, **points: int) -> None:
    """Give somebody points by assessment, as cells hold them."""
    enrollment = offering.enrollments.get(user=person(name))
    for slug, number in points.items():
        assessment = offering.assessments.get(slug=slug)
        GradeCell.objects.create(assessment=assessment, enrollment=enrollment, points=number, raw_points=number)


def score(offering: Offering, name: str, **points: int) -> None:
    """Give somebody points by assessment, as staff do: the log says so."""
    enrollment = offering.enrollments.get(user=person(name))
    for slug, number in points.items():
        marking.score(
            offering.assessments.get(slug=slug), enrollment, points=Decimal(number), by=person("ines"), version=0,
            idempotency_key=uuid.uuid4().hex,
        )  # fmt: skip


def worth(editor: Editor, slug: str, points: str) -> HttpResponse:
    """Let an assessment be worth other points."""
    place = ("edit_entry", "assessments", slug)
    return editor.post(*place, **{**cells(editor, *place), "max_points": points})


def published(editor: Editor) -> None:
    """Publish the course with its scheme."""
    editor.publish()
    assert GradingScheme.objects.get().status == "published"


def nodes_of(offering: Offering) -> list[NodeEntry]:
    return content_of(offering).grading.nodes


def test_saving_the_scheme_as_it_is_changes_nothing(editor: Editor) -> None:
    before = editor.version()

    assert save(editor).status_code == 302
    assert editor.version() == before


def test_everything_of_a_row_is_set_in_one_form(editor: Editor, course: Offering) -> None:
    save(
        editor,
        **{
            "homework:aggregation": "mean",
            "homework:drop_lowest": "1",
            "homework:cap": "100",
            "homework:expected_count": "5",
            "homework:description": "All of them",
            "decimals": "1",
            "letter_on": "rounded",
            "cap": "100",
            "missing_is_pending": "on",
            "letters": "Pass 50\nFail 0",
        },
    )

    file = content_of(course).grading
    assert file.nodes[0] == NodeEntry(
        key="homework",
        label="Homework",
        weight=Decimal(100),
        aggregation=GradeNode.Aggregation.MEAN,
        drop_lowest=1,
        cap=Decimal(100),
        expected_count=5,
        description="All of them",
        assessments=["hw1", "hw2"],
    )
    assert (file.decimals, file.letter_on, file.cap, file.missing_is_pending) == (1, "rounded", 100, True)
    assert file.letters == {"Pass": 50, "Fail": 0}


def test_a_rule_of_taking_part_is_set_and_taken_away(editor: Editor, course: Offering) -> None:
    save(editor, **{"+:label": "Discussions", "+:weight": "10", "+:aggregation": "rule"})
    save(
        editor,
        **{
            "discussions:rule_metric": "discussions",
            "discussions:rule_threshold": "5",
            "discussions:rule_below": "linear",
            "discussions:rule_bonus_top": "5",
            "discussions:rule_bonus_course_points": "1",
            "discussions:rule_ties": "exclude",
        },
    )
    rule = nodes_of(course)[1].rule
    save(editor, **{"discussions:rule_metric": ""})

    assert rule == RuleEntry(
        metric="discussions", threshold=5, below="linear", bonus_top=5, bonus_course_points=1, ties="exclude",
    )  # fmt: skip
    assert nodes_of(course)[1].rule is None


def test_rows_move_in_and_out_and_change_places(editor: Editor, course: Offering) -> None:
    def keys() -> list[tuple[str, list[str]]]:
        return [(node.key, [part.key for part in node.parts]) for node in nodes_of(course)]

    save(editor, **{"+:label": "Exam"})
    save(editor, do="up:exam")
    swapped = keys()
    save(editor, do="inside:homework")
    inside = keys()
    save(editor, do="outside:homework")

    assert swapped == [("exam", []), ("homework", [])]
    assert inside == [("exam", ["homework"])]
    assert keys() == [("exam", []), ("homework", [])]
    assert nodes_of(course)[1].assessments == ["hw1", "hw2"]


def test_a_new_row_inside_another_and_an_assessment_that_counts_there(editor: Editor, course: Offering) -> None:
    save(editor, **{"+:label": "Small ones", "+:inside": "homework"})
    save(editor, **{"=:hw1": "small-ones"})

    assert nodes_of(course)[0].assessments == ["hw2"]
    assert nodes_of(course)[0].parts[0].assessments == ["hw1"]


def test_a_draft_that_does_not_add_up_is_saved_and_says_so_beside_the_row(editor: Editor, course: Offering) -> None:
    save(editor, **{"homework:weight": "90", "homework:aggregation": "unsaid"})

    html = editor.client.get(editor.url("edit_grading")).content.decode()
    assert nodes_of(course)[0].weight == 90
    assert "The weights make 90, not 100" in html
    beside = html.split('id="beside-homework"')[1].split("</div>")[0]
    assert "Homework: say how its items count together" in beside


def test_a_scheme_that_does_not_add_up_is_not_published_and_stays_as_typed(editor: Editor, course: Offering) -> None:
    html = save(editor, **{"homework:weight": "99", "do": "publish"}).content.decode()

    assert 'role="alert"' in html
    assert "The weights make 99, not 100" in html
    assert 'value="99"' in html
    assert nodes_of(course)[0].weight == 100
    assert not SchemeVersion.objects.exists()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"letters": "A 90\nB 80"}, "The lowest letter must start at 0"),
        ({"homework:drop_highest": "1"}, "the highest can be dropped only from a mean"),
        ({"homework:aggregation": "unsaid"}, "say how its items count together"),
        ({"homework:drop_lowest": "2"}, "it drops 2 of 2, which leaves none"),
    ],
)
def test_what_keeps_a_scheme_from_being_published(editor: Editor, typed: dict[str, str], sentence: str) -> None:
    assert sentence in save(editor, **typed, do="publish").content.decode()


def test_publishing_writes_the_first_version(editor: Editor, course: Offering) -> None:
    save(editor, do="publish")

    version = SchemeVersion.objects.get()
    assert (version.number, version.reason, version.effect) == (1, "", {})
    assert GradingFile.model_validate(version.content).letters == LETTERS


def test_publishing_the_course_leaves_an_open_scheme_a_draft(editor: Editor, course: Offering) -> None:
    save(editor, **{"homework:aggregation": "unsaid"})

    warned = editor.client.get(editor.url("edit_publish")).content.decode()
    editor.publish()

    assert "Homework: say how its items count together" in warned
    assert Offering.objects.get().status == "published"
    assert GradingScheme.objects.get().status == "draft"


def test_a_change_of_a_published_scheme_shows_every_student_and_asks_why(editor: Editor, course: Offering) -> None:
    grade(course, "ada", hw1=10, hw2=72)
    grade(course, "ben", hw1=9, hw2=81)
    published(editor)

    shown = save(editor, **{"homework:aggregation": "mean"})

    html = " ".join(shown.content.decode().split())
    assert "1 of 3 current totals changes, and 1 letter." in html
    ada = html.split("Ada Okafor</th>")[1].split("</tr>")[0]
    assert ">82.00<" in ada
    assert ">90.00<" in ada
    assert ">+8.00<" in ada
    assert "B → A" in ada
    assert "Everybody else" in html
    refused = editor.confirm(shown)
    assert "say in a sentence why it changes" in refused.content.decode()
    assert nodes_of(course)[0].aggregation == "points"


def test_what_was_shown_is_what_becomes_of_the_class(editor: Editor, course: Offering) -> None:
    grade(course, "ada", hw1=10, hw2=72)
    grade(course, "ben", hw1=9, hw2=81)
    published(editor)

    editor.confirm(save(editor, **{"homework:aggregation": "mean"}), reason="Small homeworks count too.")

    totals = {total.current for total in class_of(course).totals().values()}
    assert 90 in totals
    version = SchemeVersion.objects.get(number=2)
    assert version.reason == "Small homeworks count too."
    assert version.effect == {"students": 3, "changed": 1, "letters": 1}
    assert version.published_by == person("ines")


def test_students_read_versions_with_reasons_and_not_what_they_did_to_others(
    editor: Editor, course: Offering, sign_in: SignIn, people: People
) -> None:
    grade(course, "ada", hw1=10, hw2=72)
    published(editor)
    editor.confirm(save(editor, **{"homework:aggregation": "mean"}), reason="Small homeworks count too.")
    student = sign_in(people.ben)

    html = student.get(editor.url("scheme_history")).content.decode()
    home = student.get(editor.url("course")).content.decode()

    assert editor.url("scheme_history") in home
    assert "Small homeworks count too." in html
    assert "Version 2" in html
    assert "<del" in html
    assert "It changed" not in html
    assert "Ada" not in html
    assert "It changed 1 of 3 totals, and 1 letter." in editor.client.get(editor.url("scheme_history")).content.decode()


def test_other_points_of_an_assessment_show_every_student_and_ask_why(editor: Editor, course: Offering) -> None:
    score(course, "ada", hw1=10, hw2=72)
    score(course, "ben", hw1=9, hw2=81)
    published(editor)

    shown = worth(editor, "hw1", "90")

    html = " ".join(shown.content.decode().split())
    assert "1 of 3 current totals changes, and 1 letter." in html
    ada = html.split("Ada Okafor</th>")[1].split("</tr>")[0]
    assert ">82.00<" in ada
    assert ">90.00<" in ada
    assert "B → A" in ada
    assert "say in a sentence why it changes" in editor.confirm(shown).content.decode()
    assert course.assessments.get(slug="hw1").max_points == 10


def test_what_other_points_were_shown_to_do_is_what_they_do(editor: Editor, course: Offering) -> None:
    score(course, "ada", hw1=10, hw2=72)
    published(editor)

    editor.confirm(worth(editor, "hw1", "90"), reason="It was much more work.")

    enrollment = course.enrollments.get(user=person("ada"))
    assert class_of(course).totals()[enrollment.pk].current == 90
    assert person_of(enrollment).totals() == class_of(course).totals()[enrollment.pk]
    version = SchemeVersion.objects.get(number=2)
    assert (version.reason, version.published_by) == ("It was much more work.", person("ines"))
    assert version.effect == {"students": 3, "changed": 1, "letters": 1}


def test_a_penalty_is_taken_from_the_new_points_in_what_is_shown(editor: Editor, course: Offering) -> None:
    policy = LatePolicy.objects.create(
        offering=course, key="late", title="Late", form=LatePolicy.Form.CAP_TABLE, table=["50"]
    )  # fmt: skip
    work = course.assessments.get(slug="hw1")
    AssessmentLateness.objects.create(assessment=work, policy=policy)
    Submission.objects.create(
        assessment=work, author=person("ada"), number=1, received_at=DUE_AT + timedelta(hours=1), total_bytes=1,
        sha256="0" * 64, idempotency_key="once",
    )  # fmt: skip
    score(course, "ada", hw1=10, hw2=72)
    published(editor)

    html = " ".join(worth(editor, "hw1", "90").content.decode().split())

    ada = html.split("Ada Okafor</th>")[1].split("</tr>")[0]
    assert ">77.00<" in ada
    assert ">65.00<" in ada


def test_students_read_that_an_assessment_is_worth_other_points_and_why(
    editor: Editor, course: Offering, sign_in: SignIn, people: People
) -> None:
    published(editor)
    editor.confirm(worth(editor, "hw1", "90"), reason="It was much more work.")

    html = " ".join(sign_in(people.ben).get(editor.url("scheme_history")).content.decode().split())

    assert "It was much more work." in html
    newest = html.split("Version 2")[1].split("Version 1")[0]
    assert "Assessment “Homework 1”" in newest
    assert ">10<" in newest
    assert ">90<" in newest
    assert "Homework 2" not in newest


def test_points_of_what_does_not_count_make_no_version(editor: Editor, course: Offering) -> None:
    save(editor, **{"=:hw1": ""})
    published(editor)

    editor.confirm(worth(editor, "hw1", "20"), reason="It is longer.")

    assert course.assessments.get(slug="hw1").max_points == 20
    assert SchemeVersion.objects.count() == 1


def test_a_change_elsewhere_makes_no_version(editor: Editor, course: Offering) -> None:
    published(editor)

    editor.confirm(editor.post("edit_offering", **offering_fields(editor, contact_note="Come by.")), reason="New room.")

    assert SchemeVersion.objects.count() == 1


def offering_fields(editor: Editor, **more: str) -> dict[str, Any]:
    return {**cells(editor, "edit_offering"), **more}


def test_letting_an_assessment_count_elsewhere_shows_what_it_does_too(editor: Editor, course: Offering) -> None:
    grade(course, "ada", hw1=0, hw2=90)
    published(editor)

    html = save(editor, **{"=:hw1": ""}).content.decode()

    assert ">+10.00<" in html


def test_what_is_typed_is_checked_without_being_saved(editor: Editor, course: Offering) -> None:
    typed = {**cells(editor, "edit_grading"), "homework:weight": "80"}

    page = editor.post("edit_grading", **typed, check="1").content.decode()
    fragment = editor.client.post(
        editor.url("edit_grading"), {"version": editor.version(), **typed}, headers={"HX-Request": "true"}
    ).content.decode()

    assert "The rows of the table make 80 of 100." in page
    assert "The rows of the table make 80 of 100." in fragment
    assert 'hx-swap-oob="true"' in fragment
    assert "<html" not in fragment
    assert nodes_of(course)[0].weight == 100


def test_what_cannot_be_read_is_said(editor: Editor) -> None:
    html = save(editor, **{"homework:weight": "many"}, check="1").content.decode()

    assert "Something that was typed cannot be read yet" in html


def test_other_readings_are_tried_on_the_class(editor: Editor, course: Offering) -> None:
    grade(course, "ada", hw1=10, hw2=72)

    html = editor.client.get(editor.url("edit_grading")).content.decode()

    assert "The class as it stands: 3 students" in html
    assert "sum of grades and mean of percentages differ for 1 of 3 students, 1 letter" in html


def test_other_readings_are_tried_on_a_made_up_class_where_there_are_no_grades(editor: Editor) -> None:
    first = editor.client.get(editor.url("edit_grading")).content.decode()
    second = editor.client.get(editor.url("edit_grading")).content.decode()

    assert "A class that is made up: 60 students" in first
    assert "of 60 students" in first
    assert first.split("readings-title")[2] == second.split("readings-title")[2]


def test_other_readings_are_tried_on_the_offering_before(course: Offering, sign_in: SignIn, people: People) -> None:
    grade(course, "ada", hw1=10, hw2=72)
    later = two_homeworks()
    again = {"slug": "tensors-2027f", "section": "2", "previous": course.slug}
    later = later.model_copy(update={"offering": later.offering.model_copy(update=again)})
    editor = Editor(sign_in(people.ines), load(later))

    html = editor.client.get(editor.url("edit_grading")).content.decode()

    assert "The class of the offering before: 3 students" in html
    assert "differ for 1 of 3 students" in html


def test_who_may_not_see_grades_is_told_how_many_change_and_not_whose(editor: Editor, course: Offering) -> None:
    grade(course, "ada", hw1=10, hw2=72)
    published(editor)
    RoleCapability.objects.filter(role__offering=course, role__key="instructor", capability="view_grades").delete()

    shown = save(editor, **{"homework:aggregation": "mean"}).content.decode()
    tried = editor.client.get(editor.url("edit_grading")).content.decode()

    assert "1 of 3 current totals changes, and 1 letter." in " ".join(shown.split())
    assert "Ada" not in shown
    assert "A class that is made up" in tried
    assert not AuditRead.objects.exists()


def test_looking_at_everybodys_change_is_written_down(editor: Editor, course: Offering) -> None:
    published(editor)

    save(editor, **{"homework:aggregation": "mean"})

    assert AuditRead.objects.get().actor == person("ines")


def test_the_queries_of_the_editor_and_the_history_do_not_grow(
    editor: Editor, course: Offering, django_assert_max_num_queries: Any
) -> None:
    grade(course, "ada", hw1=10, hw2=72)
    published(editor)

    def asked(name: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            editor.client.get(editor.url(name))
        return len(captured)

    before = asked("edit_grading"), asked("scheme_history")
    for student in make_students(course, 20):
        enrollment = course.enrollments.get(user=student)
        for assessment in course.assessments.all():
            GradeCell.objects.create(assessment=assessment, enrollment=enrollment, points=5)
    for number in range(4):
        editor.confirm(save(editor, **{"+:label": f"More {number}", "+:weight": "0"}), reason="More.")

    assert (asked("edit_grading"), asked("scheme_history")) == before
    assert max(before) <= 50


def test_a_student_may_not_edit_and_a_stranger_finds_nothing(
    course: Offering, sign_in: SignIn, people: People, client: Client
) -> None:
    for name in ("edit_grading", "try_lateness"):
        url = Editor(client, course).url(name)
        assert sign_in(people.otto).get(url).status_code == 404
        course_of_all = Offering.objects.filter(pk=course.pk)
        course_of_all.update(status="published")
        assert sign_in(people.ada).get(url).status_code == 403
        course_of_all.update(status="draft")


def lateness(course: Offering, **values: Any) -> None:
    policy = LatePolicy.objects.create(
        offering=course, key="ten", title="Ten percent a day", **{"form": "deduct_of_max", "rate": 10, **values}
    )
    AssessmentLateness.objects.create(assessment=course.assessments.get(slug="hw1"), policy=policy)


def ask(editor: Editor, **more: str) -> str:
    asked = {"assessment": "hw1", "points": "9", "on": "2026-09-10", "at": "12:00", **more}
    return " ".join(editor.client.get(editor.url("try_lateness"), asked).content.decode().split())


def test_lateness_is_told_in_words_with_a_table_of_days(editor: Editor, course: Offering) -> None:
    lateness(course)

    html = ask(editor)

    assert "7 of 10 points" in html
    assert "2 days late at 10 % of the maximum per day: 9 became 7." in html
    assert "3 days late at 10 % of the maximum per day: 9 became 6." in html
    assert "Ten percent a day" in html


def test_slip_days_cover_what_they_can(editor: Editor, course: Offering) -> None:
    lateness(course)
    SlipDayPolicy.objects.create(offering=course, budget=3)

    html = ask(editor, slip_days="1")

    assert "8 of 10 points" in html
    assert "1 slip day covers 1 of 2 days late." in html


def test_work_in_time_keeps_its_points(editor: Editor, course: Offering) -> None:
    lateness(course)

    assert "In time: no penalty." in ask(editor, on="2026-09-08", at="23:59")


def test_work_after_the_cutoff_counts_as_nothing(editor: Editor, course: Offering) -> None:
    lateness(course, cutoff=1)

    assert "2 days late: work this late counts as 0." in ask(editor)


def test_work_that_is_not_taken_any_more_gets_nothing(editor: Editor, course: Offering) -> None:
    lateness(course)

    html = ask(editor, on="2026-09-12")

    assert "Nothing. If it were taken: 5 of 10 points." in html
    assert "look at its closing date" in html
    assert html.count("Not taken any more.") == 4


def test_lateness_is_counted_in_hours_where_its_policy_says_so(editor: Editor, course: Offering) -> None:
    lateness(course, interval="hour", form="multiply", rate=1)

    assert "12 hours late at 1 % of the points earned per hour: 9 became 7.92." in ask(
        editor, on="2026-09-09", at="11:30"
    )


def test_late_work_that_no_slip_day_covers_may_be_refused(editor: Editor, course: Offering) -> None:
    SlipDayPolicy.objects.create(offering=course, budget=3, on_empty="reject")

    assert "It would not count." in ask(editor, slip_days="1")


def test_a_time_that_clocks_skip_is_refused(editor: Editor) -> None:
    assert "the clocks go forward" in ask(editor, on="2027-03-14", at="02:30")


def test_before_anything_is_asked_the_page_offers_a_question(editor: Editor) -> None:
    html = editor.client.get(editor.url("try_lateness")).content.decode()

    assert 'value="2026-09-09"' in html
    assert "No late policy: nothing is taken off." in html


def test_the_table_says_how_rows_count_and_totals_are_read(editor: Editor, course: Offering, client: Client) -> None:
    save(editor, **{"homework:drop_lowest": "1", "decimals": "1"})
    published(editor)

    html = client.get(editor.url("scheme_history")).content.decode()

    assert "All points earned, of all points possible" in html
    assert "One is dropped: the one without which the rest is worth most." in html
    assert "rounded once, to 1 decimal; a half is rounded up" in html
    assert "read from the total before it is rounded" in html
    assert "What is not handed in counts as 0 once it cannot be handed in any more." in html


def test_a_draft_says_nothing_that_nobody_has_said(editor: Editor, course: Offering, client: Client) -> None:
    save(editor, **{"homework:aggregation": "unsaid"})
    editor.publish()

    html = client.get(editor.url("scheme_history")).content.decode()

    assert "How these count together is TBD." in html
    assert "rounded" not in html


def test_a_person_of_another_course_learns_nothing_of_the_scheme(
    editor: Editor, course: Offering, sign_in: SignIn, people: People
) -> None:
    assert sign_in(people.otto).get(editor.url("scheme_history")).status_code == 404
    enroll(course, user=people.otto, role="student")
    assert sign_in(people.otto).get(editor.url("scheme_history")).status_code == 404
