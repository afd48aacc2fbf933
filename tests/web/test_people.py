"""The pages about people: who sees them, what they cost, drop and restore, invitations that work once."""

import re
from collections.abc import Callable

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from coursehub.accounts.models import User
from coursehub.courses.models import Cohort, Enrollment, Offering, RoleAssignment
from coursehub.mail.tasks import deliver
from tests.factories import make_offering, make_students
from tests.grading.importing import apply, upload
from tests.mail.smtp import mail_server
from tests.markup import complaints_about
from tests.people import People
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db
DINA = "email,first_name,last_name,student_id,section\ndina@example.edu,Dina,Novak,00123,001\n"


def place(offering: Offering, user: User) -> Enrollment:
    return Enrollment.objects.get(offering=offering, user=user)


@pytest.mark.parametrize(("who", "status"), [("ines", 200), ("tariq", 403), ("ada", 403), ("otto", 404)])
@pytest.mark.parametrize("name", ["people", "people_add", "roster_import"])
def test_people_are_for_who_manages_them(
    sign_in: SignIn, people: People, offering: Offering, name: str, who: str, status: int
) -> None:
    assert sign_in(getattr(people, who)).get(reverse(name, args=[offering.slug])).status_code == status


def test_somebody_of_another_course_is_not_there(sign_in: SignIn, people: People, offering: Offering) -> None:
    other = make_offering("other-202", with_people=False)
    stranger = make_students(other, 1)[0]
    client = sign_in(people.ines)

    assert client.get(reverse("person", args=[offering.slug, place(other, stranger).pk])).status_code == 404
    assert client.post(reverse("person_status", args=[offering.slug, place(other, stranger).pk])).status_code == 404
    assert (
        client.post(reverse("people_invite", args=[offering.slug]), {"person": place(other, stranger).pk}).status_code
        == 404
    )
    assert client.post(reverse("people_invite", args=[offering.slug]), {"person": "9" * 30}).status_code == 404


def test_the_list_of_300_takes_a_fixed_number_of_queries(
    sign_in: SignIn, people: People, offering: Offering, django_assert_max_num_queries: Callable
) -> None:
    make_students(offering, 300)
    client = sign_in(people.ines)

    with django_assert_max_num_queries(14):
        answer = client.get(reverse("people", args=[offering.slug]))

    assert "303 students" in answer.content.decode()
    assert "Page 1 of 4" in answer.content.decode()


def test_the_list_is_searched_by_name_address_and_id(sign_in: SignIn, people: People, offering: Offering) -> None:
    apply(upload(offering, DINA, by=people.ines), by=people.ines)
    client, url = sign_in(people.ines), reverse("people", args=[offering.slug])

    for text in ("novak", "dina@", "0123"):
        page = client.get(url, {"text": text}).content.decode()
        assert "Dina Novak" in page
        assert "Ben Lindqvist" not in page
    assert "Nobody fits" in client.get(url, {"text": "nobody here"}).content.decode()
    assert "Dina Novak" in client.get(url, {"section": "001"}).content.decode()


def test_somebody_is_dropped_and_taken_back(sign_in: SignIn, people: People, offering: Offering) -> None:
    url = reverse("person_status", args=[offering.slug, place(offering, people.ada).pk])
    client = sign_in(people.ines)

    client.post(url, {"status": "dropped"})
    client.post(url, {"status": "dropped"})
    assert place(offering, people.ada).status == "dropped"
    assert sign_in(people.ada).get(reverse("my_grades", args=[offering.slug])).status_code == 404

    client.post(url, {"status": "active"})
    assert place(offering, people.ada).status == "active"


def test_nobody_drops_themselves(sign_in: SignIn, people: People, offering: Offering) -> None:
    url = reverse("person_status", args=[offering.slug, place(offering, people.ines).pk])

    page = sign_in(people.ines).post(url, {"status": "dropped"}, follow=True).content.decode()

    assert "Another person has to drop you" in page
    assert place(offering, people.ines).status == "active"


def test_the_sections_of_an_assistant_are_chosen(sign_in: SignIn, people: People, offering: Offering) -> None:
    section = Cohort.objects.create(offering=offering, key="a", name="Section A")
    foreign = Cohort.objects.create(offering=make_offering("other-202", with_people=False), key="x", name="X")
    url = reverse("person", args=[offering.slug, place(offering, people.tariq).pk])
    client = sign_in(people.ines)

    assert "Section A" in client.get(url).content.decode()
    client.post(url, {"cohorts": [section.pk]})
    assignment = RoleAssignment.objects.get(enrollment=place(offering, people.tariq))
    assert list(assignment.cohorts.all()) == [section]
    assert "not one of the available choices" in client.post(url, {"cohorts": [foreign.pk]}).content.decode()


def test_an_invitation_leads_to_a_password_and_works_once(sign_in: SignIn, people: People, offering: Offering) -> None:
    new = apply(upload(offering, DINA, by=people.ines), by=people.ines)
    sign_in(people.ines).post(reverse("people_invite", args=[offering.slug]), {"person": new[0].pk})
    deliver()
    (message,) = mail.outbox
    link = re.search(r"http://testserver(/accounts/password/reset/key/\S+)", message.body)
    assert link is not None
    assert message.to == ["dina@example.edu"]

    client = Client()
    page = client.get(link[1], follow=True)
    client.post(page.redirect_chain[-1][0], {"password1": "correct horse 7", "password2": "correct horse 7"})

    assert client.login(email="dina@example.edu", password="correct horse 7")
    assert "no longer works" in Client().get(link[1], follow=True).content.decode()


def test_everybody_gets_a_message_of_their_own_and_a_replay_sends_nothing(
    sign_in: SignIn, people: People, offering: Offering
) -> None:
    text = DINA + "eve@example.edu,Eve,Ito,00124,001\n"
    batch = upload(offering, text, by=people.ines)
    client, url = sign_in(people.ines), reverse("roster_batch", args=[offering.slug, batch.pk])
    seen = re.search(r'name="seen" value="(\w+)"', client.get(url).content.decode())
    assert seen is not None

    for _ in range(2):
        client.post(url, {"action": "apply", "seen": seen[1], "invite": "1"})
    assert mail.outbox == []
    deliver()

    assert sorted(message.to for message in mail.outbox) == [["dina@example.edu"], ["eve@example.edu"]]
    client.post(
        reverse("people_invite", args=[offering.slug]),
        {"person": place(offering, User.objects.get(email="eve@example.edu")).pk},
    )
    deliver()
    assert len(mail.outbox) == 2


def test_who_has_a_password_gets_no_link_to_change_it(sign_in: SignIn, people: People, offering: Offering) -> None:
    sign_in(people.ines).post(
        reverse("people_invite", args=[offering.slug]), {"person": place(offering, people.ada).pk}
    )
    deliver()

    assert "Sign in with the password that you have" in mail.outbox[0].body
    assert "reset/key" not in mail.outbox[0].body


def test_staff_read_how_far_the_invitations_of_an_import_are(
    sign_in: SignIn, people: People, offering: Offering, settings: object
) -> None:
    text = DINA + "eve@example.edu,Eve,Ito,00124,001\n"
    batch = upload(offering, text, by=people.ines)
    client, url = sign_in(people.ines), reverse("roster_batch", args=[offering.slug, batch.pk])
    pages = (url, reverse("people", args=[offering.slug]))
    seen = re.search(r'name="seen" value="(\w+)"', client.get(url).content.decode())
    assert seen is not None

    page = client.post(url, {"action": "apply", "seen": seen[1], "invite": "1"}, follow=True).content.decode()
    assert "Invitations by e-mail are on their way: 2 people." in page
    for page in pages:
        assert "0 of 2 invitations sent, 2 on their way." in client.get(page).content.decode()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with mail_server() as server:
        server.answers["eve@example.edu"] = "550 No such user"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        deliver()

    for page in pages:
        shown = client.get(page).content.decode()
        assert "1 of 2 invitations sent, 1 could not be delivered." in shown
        assert "eve@example.edu: 550 No such user" in shown
        assert complaints_about(shown) == []


def test_a_mail_server_that_is_dead_is_told_and_mail_leaves_later(
    sign_in: SignIn, people: People, offering: Offering, settings: object, free_port: int
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port
    client, url = sign_in(people.ines), reverse("people", args=[offering.slug])

    client.post(reverse("people_invite", args=[offering.slug]), {"person": place(offering, people.ada).pk})
    deliver()

    page = client.get(url).content.decode()
    assert "0 of 1 invitation sent, 1 on its way." in page
    assert "tried again by itself. The mail server cannot be used" in page


def test_one_person_is_added_by_a_form_that_is_previewed(sign_in: SignIn, people: People, offering: Offering) -> None:
    client = sign_in(people.ines)

    answer = client.post(
        reverse("people_add", args=[offering.slug]),
        {"email": "Dina@example.edu", "first_name": "Dina", "last_name": "Novak", "role": "student"},
        follow=True,
    )

    assert "dina@example.edu" in answer.content.decode()
    assert not User.objects.filter(email="dina@example.edu").exists()
