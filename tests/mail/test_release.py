"""The mail of a release: one letter to each student who has a grade, and none about what was taken back."""

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from coursehub.courses.models import Offering
from coursehub.mail.models import Letter
from coursehub.mail.tasks import deliver
from grading.assessments.models import Assessment
from grading.gradebook import releasing
from grading.gradebook.models import GradeCell
from tests.factories import make_assessment
from tests.grades import grade_class
from tests.mail.smtp import mail_server
from tests.people import People

pytestmark = pytest.mark.django_db


@pytest.fixture
def graded(offering: Offering) -> Assessment:
    """Work of which three students have grades that wait for their release."""
    homework = make_assessment(offering, grade_release="manual", suite=None)
    grade_class(homework, 3)
    return homework


def test_each_student_gets_one_letter_however_often_the_task_runs(graded: Assessment, people: People) -> None:
    assert releasing.release(graded, by=people.ines) == 3
    assert mail.outbox == []

    for _ in range(3):
        deliver()

    assert len({message.to[0] for message in mail.outbox}) == len(mail.outbox) == 3


def test_what_waits_when_a_release_is_taken_back_is_not_sent_and_the_next_release_is_another_event(
    graded: Assessment, people: People
) -> None:
    releasing.release(graded, by=people.ines)
    releasing.unrelease(graded, by=people.ines)
    deliver()
    assert mail.outbox == []
    assert set(Letter.objects.values_list("state", flat=True)) == {Letter.State.WITHDRAWN}
    assert releasing.letters_of(graded) is None

    releasing.release(graded, by=people.ines)
    deliver()

    assert len(mail.outbox) == 3
    assert releasing.letters_of(graded).sent == 3


def test_a_grade_that_is_held_back_meanwhile_is_not_announced(graded: Assessment, people: People) -> None:
    releasing.release(graded, by=people.ines)
    held = GradeCell.objects.filter(assessment=graded).order_by("pk").first()
    GradeCell.objects.filter(pk=held.pk).update(is_held_back=True)

    deliver()

    assert len(mail.outbox) == 2
    assert held.enrollment.user.email not in {message.to[0] for message in mail.outbox}


def test_staff_read_how_far_the_messages_are(
    graded: Assessment, people: People, client: Client, settings: object
) -> None:
    args = [graded.offering.slug, graded.slug]
    client.force_login(people.ines)
    said = client.post(reverse("gradebook_release", args=args), follow=True).content.decode()
    assert "0 of 3 messages sent, 3 on their way." in said
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with mail_server() as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        refused = Letter.objects.order_by("pk").first().user.email
        server.answers[refused] = "550 Full"
        deliver()

    url = reverse("gradebook_item", args=args)
    shown = client.get(url).content.decode()
    assert "2 of 3 messages sent, 1 could not be delivered." in shown
    assert f"{refused}: 550 Full" in shown
    client.force_login(people.tariq)
    assert refused not in client.get(url).content.decode()
