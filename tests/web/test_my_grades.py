"""My grades on a page: totals in words, what adds up to them, what if, what do I need, and staff looking at it."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from coursehub.accounts.models import User
from coursehub.accounts.services import create_token
from coursehub.common.clock import database_now
from coursehub.courses.models import Cohort, Enrollment, Offering, RoleAssignment
from coursehub.web.words import DASH
from grading.assessments.models import Assessment
from grading.deadlines.models import SlipDayPolicy
from grading.gradebook.models import AuditRead, GradeAdjustment, GradeCell, GradeEvent, GradeNode
from grading.gradebook.projection import project_offering
from tests.factories import make_assessment, make_offering, make_students
from tests.grades import grade_class, make_exam, make_scheme, mark, place
from tests.people import People
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db
SECRET = "7.31"


@pytest.fixture
def exams(offering: Offering, people: People) -> list[Assessment]:
    """Three exams in a scheme of 50, 30 and 20; Ada has 9 of 10 in the first and nothing in the others."""
    found = [make_exam(offering, slug, order=order) for order, slug in enumerate(("first", "second", "third"))]
    make_scheme(offering, first=(50, found[:1]), second=(30, found[1:2]), third=(20, found[2:]))
    mark(found[0], place(offering, people.ada), "scored", "9")
    project_offering(offering)
    return found


def words_of(client: Client, url: str, query: dict[str, object] | None = None, **headers: str) -> str:
    """Return a page's text in one line."""
    answer = client.get(url, query, headers=headers)
    assert answer.status_code == 200
    return " ".join(unescape(strip_tags(answer.content.decode())).split())


def address(offering: Offering) -> str:
    return reverse("my_grades", args=[offering.slug])


def test_three_totals_with_letters_and_what_they_mean(
    sign_in: SignIn, offering: Offering, people: People, exams: list[Assessment]
) -> None:
    page = words_of(sign_in(people.ada), address(offering))
    html = sign_in(people.ada).get(address(offering)).content.decode()

    assert "Current 90.00 A- if nothing changed" in page
    assert "Floor 45.00 F Where you end if everything that is still pending earns nothing." in page
    assert "Ceiling 95.00 A Where you end if everything that is still pending earns full marks." in page
    assert "You stand at 90.00; you will end between 45.00 and 95.00 of 100." in page
    assert 'role="img" aria-label="You stand at 90.00; you will end between 45.00 and 95.00 of 100."' in html


def test_every_digit_can_be_followed(
    sign_in: SignIn, offering: Offering, people: People, exams: list[Assessment]
) -> None:
    ada = place(offering, people.ada)
    GradeAdjustment.objects.create(enrollment=ada, course_points=Decimal("0.5"), reason="A find", made_by=people.ines)
    page = words_of(sign_in(people.ada), address(offering))

    assert "First 100.00 90.00 % 90.00" in page
    assert "A find Extra 0.50 Current 90.50" in page
    assert "It weighs 50 of the 50 that count: 100.00 of 100. 90.00 % of 100.00 course points is 90.00." in page
    assert (
        "9 of 10 points is 90.00 %. It weighs 1 of the 1 that count in First, so full marks would add 100.00 course "
        "points and this adds 90.00."
    ) in page
    floor = words_of(sign_in(people.ada), address(offering), {"total": "floor"})
    assert "First 50.00 90.00 % 45.00" in floor
    assert "Handed in, not graded yet: taken as 0." in floor


def test_once_nothing_is_pending_there_is_one_total(
    sign_in: SignIn, offering: Offering, people: People, exams: list[Assessment]
) -> None:
    for exam in exams[1:]:
        mark(exam, place(offering, people.ada), "scored", "10")
    project_offering(offering)

    page = words_of(sign_in(people.ada), address(offering))

    assert "95.00 A if nothing changed Nothing is pending any more: this is where you stand at the end." in page
    assert "Floor 9" not in page
    assert "What do I need?" not in page


def test_what_stands_in_no_part_is_listed_apart(
    sign_in: SignIn, offering: Offering, people: People, exams: list[Assessment]
) -> None:
    extra = make_exam(offering, "self-check")
    mark(extra, place(offering, people.ada), "scored", "4")
    project_offering(offering)

    page = words_of(sign_in(people.ada), address(offering))

    assert page.index("Do not count") < page.index("Self-Check") < page.index("4 / 10")
    assert "Current 90.00" in page


def test_a_course_that_has_not_said_how_it_grades_shows_the_items_all_the_same(
    sign_in: SignIn, offering: Offering, people: People, exams: list[Assessment]
) -> None:
    GradeNode.objects.filter(key="second").update(weight=None)
    page = words_of(sign_in(people.ada), address(offering))

    assert "What the course has not said yet What Second weighs. Until it has, there is no total." in page
    assert "9 / 10" in page
    assert "What if" not in page
    offering.grading_scheme.delete()
    page = words_of(sign_in(people.ada), address(offering))
    assert "How the grade of this course is made up." in page
    assert "9 / 10" in page


def test_what_if_is_computed_without_javascript_marked_and_not_stored(
    sign_in: SignIn, offering: Offering, people: People, exams: list[Assessment]
) -> None:
    before = (GradeEvent.objects.count(), GradeCell.objects.count(), words_of(sign_in(people.ada), address(offering)))

    page = words_of(
        sign_in(people.ada), address(offering), {f"score-{exams[1].pk}": "10", f"score-{exams[0].pk}": "7.5"}
    )

    assert "Hypothetical With 7.5 on First and 10 on Second: Current 84.38 B if nothing changed now 90.00" in page
    assert "Floor 67.50 F now 45.00" in page
    assert "Ceiling 87.50 B now 95.00" in page
    after = (GradeEvent.objects.count(), GradeCell.objects.count(), words_of(sign_in(people.ada), address(offering)))
    assert after == before


@pytest.mark.parametrize(
    "typed", ["11", "-1", "NaN", "Infinity", "1e99", "x", "9" * 5000, "1.00001", "<script>", "٣٣٣٣"]
)
def test_a_score_that_cannot_be_is_refused_at_its_field(
    sign_in: SignIn, offering: Offering, people: People, exams: list[Assessment], typed: str
) -> None:
    name = f"score-{exams[1].pk}"

    answer = sign_in(people.ada).get(address(offering), {name: typed})

    html = answer.content.decode()
    assert answer.status_code == 200
    assert re.search(rf'<div id="id_{name}_problem">\s*<ul class="errorlist"', html)
    assert f'<a href="#id_{name}">Second</a>' in html
    assert "<script>" not in html.replace('<script src="', "")
    assert "With" not in strip_tags(html).partition("Hypothetical")[2]


def test_htmx_gets_the_answers_and_the_problems_of_each_field_only(
    sign_in: SignIn, offering: Offering, people: People, exams: list[Assessment]
) -> None:
    ada, name = sign_in(people.ada), f"score-{exams[1].pk}"

    good = ada.get(address(offering), {name: "10"}, headers={"HX-Request": "true"}).content.decode()
    bad = ada.get(address(offering), {name: "12"}, headers={"HX-Request": "true"}).content.decode()
    nothing = ada.get(address(offering), {name: ""}, headers={"HX-Request": "true"}).content.decode()

    assert "<html" not in good
    assert "93.75" in good
    assert f'<div id="id_{name}_problem" hx-swap-oob="true"></div>' in good
    assert "errorlist" in bad.partition(f'id="id_{name}_problem"')[2][:200]
    assert "Hypothetical" not in nothing


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"goal_letter": "A-", "assume": "floor"}, "The letter A- is out of reach: the best possible is 75.00"),
        ({"goal_letter": "A-", "assume": "floor"}, "It can be reached with full marks on everything else"),
        ({"goal_letter": "A-", "assume": "ceiling"}, "You need at least 8.34 of 10 points (83.40 %) on Second for the"),
        ({"goal_letter": "A-"}, "You need at least 9 of 10 points (90.00 %) on Second"),
        ({"goal_letter": "A-"}, "goes as well as what counts so far in the same part"),
        ({"goal_total": "40", "assume": "floor"}, "A total of 40 is safe already: even 0 on Second leaves 45.00."),
        ({"goal_total": "99", "assume": "floor"}, "Full marks on everything that is pending make 95.00."),
        ({}, "Choose a letter or enter a total to reach."),
        ({"goal_letter": "Z"}, "Select a valid choice."),
        ({"goal_total": "-4"}, "Ensure this value is greater than or equal to 0."),
    ],
)  # fmt: skip
def test_what_do_i_need(
    sign_in: SignIn, offering: Offering, people: People, exams: list[Assessment], query: dict[str, str], says: str
) -> None:
    page = words_of(sign_in(people.ada), address(offering), {"goal_item": exams[1].pk, **query})

    assert says in page


def test_a_goal_on_something_that_is_settled_is_refused(
    sign_in: SignIn, offering: Offering, people: People, exams: list[Assessment]
) -> None:
    page = words_of(sign_in(people.ada), address(offering), {"goal_item": exams[0].pk, "goal_letter": "A"})

    assert "Select a valid choice." in page


def test_the_class_is_drawn_from_five_graded_students_on(
    sign_in: SignIn, offering: Offering, people: People, exams: list[Assessment]
) -> None:
    grade_class(exams[0], 3)
    assert "The class:" not in words_of(sign_in(people.ada), address(offering))

    grade_class(exams[0], 1, points="3")
    page = words_of(sign_in(people.ada), address(offering))

    assert f"The class: 5 students; most have 5{DASH}6 points, you are in 9{DASH}10." in page
    grade_class(exams[1], 6)
    assert words_of(sign_in(people.ada), address(offering)).count("The class:") == 1


def every_route(user: User, offering: Offering, exams: list[Assessment]) -> Iterator[tuple[str, str]]:
    """Yield the name and text of all that tells a student of their grades."""
    client, url = Client(), address(offering)
    client.force_login(user)
    second = exams[1].pk
    asked = {f"score-{exams[2].pk}": "1", "goal_item": second, "goal_letter": "A-"}
    _, secret = create_token(user, label="t", scopes=["read"])
    api = Client(headers={"Authorization": f"Bearer {secret}"})
    answers = {
        "page": client.get(url), "floor": client.get(url, {"total": "floor"}),
        "asked": client.get(url, asked), "fragment": client.get(url, asked, headers={"HX-Request": "true"}),
        "json": client.get(reverse("my_grades_file", args=[offering.slug, "json"])),
        "csv": client.get(reverse("my_grades_file", args=[offering.slug, "csv"])),
        "api": api.get(reverse("api_my_grades", args=[offering.slug])), "home": client.get(reverse("home")),
    }  # fmt: skip
    for name, answer in answers.items():
        assert answer.status_code == 200, name
        yield name, re.sub(r'"at": ?"[^"]+"', "", answer.content.decode())


def by_hand(exam: Assessment, ada: Enrollment) -> None:
    Assessment.objects.filter(pk=exam.pk).update(grade_release="manual")


def held(exam: Assessment, ada: Enrollment) -> None:
    mark(exam, ada, "held_back")


@pytest.mark.parametrize("way", [by_hand, held])
def test_a_grade_that_is_not_released_leaves_every_route_as_it_was(
    offering: Offering,
    people: People,
    exams: list[Assessment],
    way: Callable[[Assessment, Enrollment], None],
) -> None:
    ada = place(offering, people.ada)
    way(exams[1], ada)
    if way is by_hand:
        grade_class(exams[1], 6)
    project_offering(offering)
    before = dict(every_route(people.ada, offering, exams))

    mark(exams[1], ada, "scored", SECRET, reason="canary4711")
    mark(exams[1], ada, "commented", reason="canary4711")
    project_offering(offering)
    after = dict(every_route(people.ada, offering, exams))

    def plain(text: str) -> str:
        return re.sub(r'csrfmiddlewaretoken" value="[^"]+"|nonce="[^"]+"', "", text)

    assert GradeCell.objects.get(assessment=exams[1], enrollment=ada).points == Decimal(SECRET)
    for name, text in after.items():
        assert plain(text) == plain(before[name]), name
        assert SECRET not in text
        assert "canary" not in text


def test_the_files_and_the_api_say_what_the_page_says(
    offering: Offering, people: People, exams: list[Assessment]
) -> None:
    routes = dict(every_route(people.ada, offering, exams))

    assert '"shown": "90.00"' in routes["json"]
    assert '"current_letter":"A-"' in routes["api"]
    assert routes["csv"].startswith("What,Path,Title")
    assert "A-" not in routes["home"]
    assert "90.00" not in routes["home"]


def test_files_are_mine_alone_and_are_not_kept_by_caches(
    sign_in: SignIn, offering: Offering, people: People, exams: list[Assessment]
) -> None:
    answer = sign_in(people.ben).get(reverse("my_grades_file", args=[offering.slug, "json"]))

    assert json.loads(answer.content)["current"] is None
    assert "no-store" in answer["Cache-Control"]
    assert sign_in(people.ben).get(reverse("my_grades_file", args=[offering.slug, "xml"])).status_code == 404
    assert sign_in(people.otto).get(reverse("my_grades_file", args=[offering.slug, "csv"])).status_code == 404


def test_slip_days_are_summed_up(sign_in: SignIn, offering: Offering, people: People, exams: list[Assessment]) -> None:
    SlipDayPolicy.objects.create(offering=offering, budget=4, per_assessment=2)

    page = words_of(sign_in(people.ada), address(offering))

    assert "You have 4 slip days left. 4 slip days for everybody; none used for work whose grade you know." in page
    assert "At most 2 can go to one assessment." in page
    assert "Your ledger of slip days" in page


def test_staff_read_a_students_slip_days_as_the_students(
    sign_in: SignIn, offering: Offering, people: People, exams: list[Assessment]
) -> None:
    SlipDayPolicy.objects.create(offering=offering, budget=4, per_assessment=2)

    page = words_of(sign_in(people.tariq), student_page(place(offering, people.ada)))

    assert (
        "Ada Okafor has 4 slip days left. 4 slip days for everybody; none used for work whose grade is known." in page
    )
    assert "Your ledger" not in page


def student_page(enrollment: Enrollment) -> str:
    return reverse("student_grades", args=[enrollment.offering.slug, enrollment.pk])


def test_staff_see_it_as_the_student_does_and_with_everything(
    sign_in: SignIn, offering: Offering, people: People, exams: list[Assessment]
) -> None:
    ada = place(offering, people.ada)
    by_hand(exams[1], ada)
    mark(exams[1], ada, "scored", SECRET)
    project_offering(offering)
    tariq = sign_in(people.tariq)

    theirs = words_of(tariq, student_page(ada))
    whole = words_of(tariq, student_page(ada), {"view": "everything"})

    assert "Current 90.00 A- if nothing changed" in theirs
    assert SECRET not in theirs
    assert "What if" not in theirs
    assert "Not released: the student does not see this." in whole
    assert "7.31 / 10" in whole
    assert (
        list(AuditRead.objects.values_list("actor", "enrollment", "what")) == [(people.tariq.pk, ada.pk, "grades")] * 2
    )
    assert words_of(sign_in(people.ada), address(offering))
    assert AuditRead.objects.count() == 2


def test_who_looks_after_a_section_sees_its_students_only(
    sign_in: SignIn, offering: Offering, people: People, exams: list[Assessment]
) -> None:
    ada, ben = place(offering, people.ada), place(offering, people.ben)
    section = Cohort.objects.create(offering=offering, key="a", name="A")
    section.members.add(ada)
    RoleAssignment.objects.get(enrollment__user=people.tariq).cohorts.add(section)
    tariq = sign_in(people.tariq)

    assert tariq.get(student_page(ada)).status_code == 200
    assert tariq.get(student_page(ben)).status_code == 404
    assert AuditRead.objects.count() == 1
    assert sign_in(people.ines).get(student_page(ben)).status_code == 200


def test_nobody_else_sees_a_students_page(
    sign_in: SignIn, offering: Offering, people: People, exams: list[Assessment]
) -> None:
    ada = place(offering, people.ada)
    other = make_offering("other-101")
    elsewhere = reverse("student_grades", args=[other.slug, ada.pk])

    assert sign_in(people.ada).get(student_page(ada)).status_code == 403
    assert sign_in(people.ben).get(student_page(ada)).status_code == 403
    assert sign_in(people.otto).get(student_page(ada)).status_code == 404
    assert sign_in(people.ines).get(elsewhere).status_code == 404
    assert sign_in(people.ines).get(student_page(place(offering, people.tariq))).status_code == 404
    assert Client().get(student_page(ada)).status_code == 302
    assert not AuditRead.objects.exists()


def queries(act: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as seen:
        act()
    return len(seen)


def test_the_page_asks_as_often_with_60_items_and_300_students_as_with_five(
    sign_in: SignIn, offering: Offering, people: People
) -> None:
    exams = [make_exam(offering, f"exam-{number}") for number in range(5)]
    make_scheme(offering, exams=(100, exams))
    ada, client, tariq = place(offering, people.ada), sign_in(people.ada), sign_in(people.tariq)
    for exam in exams:
        mark(exam, ada, "scored", "5")
    grade_class(exams[0], 5)
    asked = {f"score-{exams[0].pk}": "3"}
    acts = (
        lambda: client.get(address(offering)),
        lambda: client.get(address(offering), asked, headers={"HX-Request": "true"}),
        lambda: client.get(reverse("my_grades_file", args=[offering.slug, "csv"])),
        lambda: tariq.get(student_page(ada)),
    )
    small = [queries(act) for act in acts]

    more = [make_exam(offering, f"more-{number}") for number in range(55)]
    GradeNode.objects.get(key="exams").assessments.add(*more)
    for exam in more:
        mark(exam, ada, "scored", "5")
    grade_class(more[0], 295)
    make_students(offering, 4)

    assert [queries(act) for act in acts] == small
    assert max(small) <= 34
    page = client.get(address(offering)).context["page"]
    assert sum(item.histogram is not None for node in page.nodes for item in node.items) == 2


def test_a_late_date_does_not_matter_to_work_that_waits(sign_in: SignIn, offering: Offering, people: People) -> None:
    homework = make_assessment(offering, due_at=database_now() + timedelta(days=1))
    make_scheme(offering, homework=(100, [homework]))

    page = words_of(sign_in(people.ada), address(offering))

    assert "Nothing counts yet; you will end between 0.00 and 100.00 of 100." in page
    assert "Not due yet" in page
    assert "Nothing handed in" in page
