"""Who gets in where: every page for each kind of person."""

import pytest
from django.test import Client
from django.urls import reverse

from coursehub.courses.models import Page
from coursehub.courses.services import enroll
from grading.assessments.models import Assessment
from grading.assessments.services import set_handout
from grading.submissions.models import Submission
from tests.factories import make_offering
from tests.people import People
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db

IN_COURSE = ["course", "course_page", "assessment", "handout", "my_grades", "staff_submissions"]
OF_SUBMISSION = ["submission", "receipt", "submission_file", "submission_download"]


def address(name: str, homework: Assessment, submission: Submission) -> str:
    """Return the address of a page by its name."""
    course = homework.offering.slug
    arguments = {
        "home": [],
        "tokens": [],
        "course_page": [course, "late-work"],
        "assessment": [course, homework.slug],
        "handout": [course, homework.slug],
        "submission_file": [submission.pk, "needle.py"],
    }
    of_submission = name in {*OF_SUBMISSION, "cancel", "regrade"} - {"submission_file"}
    return reverse(name, args=arguments.get(name, [submission.pk if of_submission else course]))


@pytest.fixture(autouse=True)
def page_and_handout(homework: Assessment) -> None:
    Page.objects.create(offering=homework.offering, slug="introduction", title="Introduction", body_md="# Welcome")
    Page.objects.create(offering=homework.offering, slug="late-work", title="Late work", body_md="No.", nav_order=2)
    set_handout(homework, contents={"needle.py": b"# begin here\n"})


@pytest.mark.parametrize("name", ["home", "tokens", *IN_COURSE, *OF_SUBMISSION])
def test_a_stranger_is_asked_to_sign_in(client: Client, name: str, homework: Assessment, finished: Submission) -> None:
    response = client.get(address(name, homework, finished))

    assert response.status_code == 302
    assert response.headers["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("name", [*IN_COURSE, *OF_SUBMISSION])
def test_an_outsider_finds_nothing(
    sign_in: SignIn, people: People, name: str, homework: Assessment, finished: Submission
) -> None:
    response = sign_in(people.otto).get(address(name, homework, finished))

    assert response.status_code == 404
    assert "There is nothing here" in response.content.decode()


@pytest.mark.parametrize("name", ["home", "tokens", "course", "course_page", "assessment", "handout", "my_grades"])
@pytest.mark.parametrize("who", ["ada", "tariq", "ines"])
def test_everybody_in_the_course_reads_the_course(
    sign_in: SignIn, people: People, name: str, who: str, homework: Assessment, finished: Submission
) -> None:
    response = sign_in(getattr(people, who)).get(address(name, homework, finished))

    assert response.status_code == 200


@pytest.mark.parametrize("name", OF_SUBMISSION)
@pytest.mark.parametrize(("who", "status"), [("ada", 200), ("ben", 404), ("tariq", 200), ("ines", 200)])
def test_a_submission_is_for_its_author_and_for_staff(
    sign_in: SignIn, people: People, name: str, who: str, status: int, homework: Assessment, finished: Submission
) -> None:
    response = sign_in(getattr(people, who)).get(address(name, homework, finished))

    assert response.status_code == status


@pytest.mark.parametrize(("who", "status"), [("ada", 403), ("tariq", 200), ("ines", 200)])
def test_the_list_of_submissions_is_for_staff(
    sign_in: SignIn, people: People, who: str, status: int, homework: Assessment
) -> None:
    response = sign_in(getattr(people, who)).get(reverse("staff_submissions", args=[homework.offering.slug]))

    assert response.status_code == status


@pytest.mark.parametrize(("who", "status"), [("ada", 403), ("ben", 404), ("otto", 404), ("tariq", 302)])
def test_grading_again_is_for_staff(
    sign_in: SignIn, people: People, who: str, status: int, homework: Assessment, finished: Submission
) -> None:
    response = sign_in(getattr(people, who)).post(address("regrade", homework, finished))

    assert response.status_code == status
    assert finished.jobs.count() == (2 if status == 302 else 1)


@pytest.mark.parametrize("name", ["cancel", "regrade"])
def test_what_changes_something_is_not_done_by_a_link(
    sign_in: SignIn, people: People, name: str, homework: Assessment, waiting: Submission
) -> None:
    assert sign_in(people.ada).get(address(name, homework, waiting)).status_code == 405


def test_staff_of_another_course_are_outsiders_here(
    sign_in: SignIn, people: People, homework: Assessment, finished: Submission
) -> None:
    other = make_offering("elsewhere", with_people=False)
    enroll(other, user=people.otto, role="instructor")

    for name in [*IN_COURSE, *OF_SUBMISSION]:
        assert sign_in(people.otto).get(address(name, homework, finished)).status_code == 404, name


def test_what_is_not_released_is_not_there_for_a_student(
    sign_in: SignIn, people: People, homework: Assessment, finished: Submission
) -> None:
    Assessment.objects.update(release_at=None)

    assert sign_in(people.ada).get(address("assessment", homework, finished)).status_code == 404
    assert "Not released" in sign_in(people.tariq).get(address("assessment", homework, finished)).content.decode()


def test_the_design_page_is_for_site_staff(sign_in: SignIn, people: People) -> None:
    assert sign_in(people.ines).get(reverse("design")).status_code == 403

    people.ines.is_staff = True
    people.ines.save()

    assert sign_in(people.ines).get(reverse("design")).status_code == 200


def test_signing_up_is_closed_and_says_how_to_get_an_account(client: Client) -> None:
    response = client.get(reverse("account_signup"))

    assert "Ask your instructor" in response.content.decode()


def test_signing_in_leads_to_my_courses(client: Client, people: People) -> None:
    response = client.post(
        reverse("account_login"), {"login": "ada@example.edu", "password": "coursehub-demo"}, follow=True
    )

    assert response.redirect_chain[-1][0] == reverse("home")
    assert "Ada Okafor" in response.content.decode()


@pytest.mark.parametrize("name", ["account_reset_password", "account_reset_password_done", "account_login"])
def test_the_account_pages_wear_our_look(client: Client, db: None, name: str) -> None:
    html = client.get(reverse(name)).content.decode()

    assert 'class="bar"' in html
    assert "site.css" in html


def test_a_password_can_be_reset_by_mail(client: Client, people: People, mailoutbox: list) -> None:
    client.post(reverse("account_reset_password"), {"email": "ada@example.edu"})
    link = next(word for word in mailoutbox[0].body.split() if "/password/reset/key/" in word)

    page = client.get(link.replace("http://testserver", ""), follow=True)
    path = page.redirect_chain[-1][0]
    done = client.post(path, {"password1": "sausage-velvet-9", "password2": "sausage-velvet-9"}, follow=True)

    assert "Choose a new password" in page.content.decode()
    assert "Your password is changed" in done.content.decode()
