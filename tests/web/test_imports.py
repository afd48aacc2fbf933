"""The pages of imports and exports: asked once, previewed, applied once, taken back; nothing of others to be seen."""

import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now

from coursehub.courses.models import Cohort, Enrollment, Offering, RoleAssignment
from grading.assessments.models import Assessment, AssessmentKind
from grading.gradebook.models import AuditRead, GradeCell, GradeEvent, ImportBatch
from tests.factories import make_assessment, make_offering, make_students
from tests.grading.importing import Kind, apply, upload
from tests.people import People
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db
WIDE = "email,midterm\nada@example.edu,18.5\nben@example.edu,EX\n"


@pytest.fixture
def midterm(offering: Offering, people: People) -> Assessment:
    return make_assessment(
        offering, "midterm", title="Midterm", suite=None, kind=AssessmentKind.EXAM, max_points=Decimal(20),
        grade_release="manual", grades_released_at=now(),
    )  # fmt: skip


def send(client: Client, offering: Offering, text: str | bytes, kind: str = "grades", name: str = "g.csv") -> str:
    """Upload a file of grades and return where its page is, or the page with the refusal."""
    content = text if isinstance(text, bytes) else text.encode()
    url = reverse("grade_import", args=[offering.slug])
    answer = client.post(url, {"kind": kind, "upload": SimpleUploadedFile(name, content)})
    return answer.url if answer.status_code == 302 else answer.content.decode()


def seen(client: Client, url: str) -> str:
    found = re.search(r'name="seen" value="(\w+)"', client.get(url).content.decode())
    assert found is not None
    return found[1]


def test_a_file_is_previewed_applied_and_taken_back(
    sign_in: SignIn, people: People, offering: Offering, midterm: Assessment
) -> None:
    client = sign_in(people.ines)
    url = send(client, offering, WIDE)
    page = client.get(url).content.decode()
    assert "Ada Okafor" in page
    assert "18.5" in page
    assert not GradeEvent.objects.exists()

    client.post(url, {"action": "apply", "seen": seen(client, url)})
    assert GradeCell.objects.get(enrollment__user=people.ada).points == Decimal("18.5")
    assert "Take this import back" in client.get(url).content.decode()

    client.post(url, {"action": "undo"})
    assert GradeCell.objects.get(enrollment__user=people.ada).points is None


def test_a_replayed_post_changes_nothing_twice(
    sign_in: SignIn, people: People, offering: Offering, midterm: Assessment
) -> None:
    client = sign_in(people.ines)
    url = send(client, offering, WIDE)
    form = {"action": "apply", "seen": seen(client, url)}

    for _ in range(3):
        assert client.post(url, form).status_code == 302
    assert GradeEvent.objects.count() == 2
    for _ in range(2):
        client.post(url, {"action": "undo"})
    assert GradeEvent.objects.count() == 4


def test_an_import_over_a_changed_cell_says_which_and_offers_to_look_again(
    sign_in: SignIn, people: People, offering: Offering, midterm: Assessment
) -> None:
    client = sign_in(people.ines)
    url = send(client, offering, WIDE)
    form = {"action": "apply", "seen": seen(client, url)}
    apply(upload(offering, "email,midterm\nada@example.edu,3\n", by=people.ines, kind=Kind.GRADES), by=people.ines)

    page = client.post(url, form, follow=True).content.decode()

    assert "line 2, Ada Okafor, Midterm" in page
    assert "Look again at what it would change" in page
    assert GradeCell.objects.get(enrollment__user=people.ada).points == 3
    page = client.post(url, {"action": "look"}, follow=True).content.decode()
    assert re.search(r"before:</span>3</del>", page)


def test_what_was_answered_is_not_asked_again(
    sign_in: SignIn, people: People, offering: Offering, midterm: Assessment
) -> None:
    client = sign_in(people.ines)
    url = send(client, offering, "Mail;Punkte\nada@example.edu;18,5\n")
    assert "What each column holds" in client.get(url).content.decode()

    client.post(url, {"action": "look", "column-0": "email", "column-1": "assessment:midterm"})
    page = client.get(url).content.decode()

    assert re.search(r'<option value="assessment:midterm"\s+selected', page)
    client.post(url, {"action": "apply", "seen": seen(client, url)})
    assert GradeCell.objects.get(enrollment__user=people.ada).points == Decimal("18.5")


@pytest.mark.parametrize("meaning", ["nonsense", "assessment:", "assessment:none-such", "points"])
def test_a_forged_answer_is_refused_or_a_problem(
    sign_in: SignIn, people: People, offering: Offering, midterm: Assessment, meaning: str
) -> None:
    client = sign_in(people.ines)
    url = send(client, offering, "Mail;Punkte\nada@example.edu;18,5\n")

    answer = client.post(url, {"action": "look", "column-0": "email", "column-1": meaning}, follow=True)

    assert answer.status_code == 200
    assert 'name="seen"' not in answer.content.decode()


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04zip", b"\xff\xfe\x00", b"%PDF-1.4", b'email,midterm\n"open', b"\0" * 50, b"a\n" * 30_000],
)
def test_hostile_files_are_refused_in_a_sentence(
    sign_in: SignIn, people: People, offering: Offering, midterm: Assessment, content: bytes
) -> None:
    page = send(sign_in(people.ines), offering, content)

    assert "errorlist" in page
    assert not ImportBatch.objects.exists()


def test_a_file_that_is_too_large_is_refused(
    sign_in: SignIn, people: People, offering: Offering, midterm: Assessment
) -> None:
    assert "at most 10,000,000 bytes" in send(sign_in(people.ines), offering, b"email,midterm\n" + b"x" * 10_000_000)


def test_names_and_cells_of_a_file_are_text_on_the_page(
    sign_in: SignIn, people: People, offering: Offering, midterm: Assessment
) -> None:
    client = sign_in(people.ines)
    text = "email,midterm,<script>alert(1)</script>\n<img src=x onerror=1>@example.edu,<b>7</b>,1\n"
    url = send(client, offering, text, name="<script>.csv")

    page = client.get(url).content.decode()

    assert "<script>alert" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize(("who", "status"), [("ines", 200), ("tariq", 200), ("ada", 403), ("otto", 404)])
def test_grades_are_imported_by_who_may_change_them(
    sign_in: SignIn, people: People, offering: Offering, midterm: Assessment, who: str, status: int
) -> None:
    batch = upload(offering, WIDE, by=people.ines, kind=Kind.GRADES)
    client = sign_in(getattr(people, who))

    assert client.get(reverse("grade_import", args=[offering.slug])).status_code == status
    assert client.get(reverse("grade_batch", args=[offering.slug, batch.pk])).status_code == status


def test_a_batch_of_another_course_is_not_there(
    sign_in: SignIn, people: People, offering: Offering, midterm: Assessment
) -> None:
    other = make_offering("other-202")
    batch = upload(offering, WIDE, by=people.ines, kind=Kind.GRADES)

    assert sign_in(people.ines).get(reverse("grade_batch", args=[other.slug, batch.pk])).status_code == 404


def test_an_assistant_of_one_section_sees_and_undoes_nothing_of_others(
    sign_in: SignIn, people: People, offering: Offering, midterm: Assessment
) -> None:
    section = Cohort.objects.create(offering=offering, key="a", name="A")
    section.members.add(Enrollment.objects.get(offering=offering, user=people.ada))
    batch = upload(offering, WIDE, by=people.ines, kind=Kind.GRADES)
    apply(batch, by=people.ines)
    url, client = reverse("grade_batch", args=[offering.slug, batch.pk]), sign_in(people.tariq)
    assert client.get(url).status_code == 200

    RoleAssignment.objects.get(enrollment__user=people.tariq, enrollment__offering=offering).cohorts.add(section)

    assert client.get(url).status_code == 404
    assert client.post(url, {"action": "undo"}).status_code == 404
    assert url not in client.get(reverse("grade_import", args=[offering.slug])).content.decode()


def test_the_preview_of_300_takes_a_fixed_number_of_queries(
    sign_in: SignIn, people: People, offering: Offering, midterm: Assessment, django_assert_max_num_queries: Callable
) -> None:
    rows = [f"{user.email},5" for user in make_students(offering, 300)]
    batch = upload(offering, "\n".join(["email,midterm", *rows]), by=people.ines, kind=Kind.GRADES)
    client = sign_in(people.ines)

    with django_assert_max_num_queries(14):
        page = client.get(reverse("grade_batch", args=[offering.slug, batch.pk])).content.decode()

    assert "Page 1 of 3" in page


def test_a_sync_that_drops_many_asks_and_then_does_it(sign_in: SignIn, people: People, offering: Offering) -> None:
    client = sign_in(people.ines)
    text = b"email,first_name,last_name\nada@example.edu,Ada,Okafor\n"
    url = client.post(
        reverse("roster_import", args=[offering.slug]),
        {"mode": "sync", "upload": SimpleUploadedFile("r.csv", text)},
    ).url
    page = client.get(url).content.decode()
    assert "2 of 3 students would be dropped" in page
    assert 'name="seen"' not in page

    client.post(url, {"action": "look", "options": "1", "mode": "sync", "allow_drops": "1"})
    client.post(url, {"action": "apply", "seen": seen(client, url)})

    assert Enrollment.objects.get(offering=offering, user=people.ben).status == "dropped"


CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Midterm (48220)\n    Points Possible,,,,,20.00\n"
    '"Okafor, Ada",901,1,ada,001,\n"Other, Name",902,2,on9,001,\n"Tan, Chloe",903,3,chloe,001,\n'
)


def test_the_wizard_is_filled_in_and_the_file_for_canvas_is_saved(
    sign_in: SignIn, people: People, offering: Offering, midterm: Assessment
) -> None:
    client = sign_in(people.ines)
    apply(upload(offering, WIDE, by=people.ines, kind=Kind.GRADES), by=people.ines)
    url = send(client, offering, CANVAS, kind="canvas")
    ben = Enrollment.objects.get(offering=offering, user=people.ben).pk
    assert f'name="person-{ben}"' in client.get(url).content.decode()

    client.post(url, {"action": "look", f"person-{ben}": "4"})
    assert re.search(r'<option value="4"\s+selected', client.get(url).content.decode())
    client.post(url, {"action": "apply", "seen": seen(client, url)})
    answer = client.post(reverse("canvas_export", args=[offering.slug]), {"assessment": "midterm"})

    assert '"Lindqvist, Ben",902' in answer.content.decode()
    assert "-by-ines.csv" in answer.headers["Content-Disposition"]
    assert AuditRead.objects.filter(what="export").exists()


def test_why_there_is_no_file_for_canvas_is_told_on_the_page(
    sign_in: SignIn, people: People, offering: Offering, midterm: Assessment
) -> None:
    page = sign_in(people.ines).post(reverse("canvas_export", args=[offering.slug]), follow=True).content.decode()

    assert "choose assessments with grades that are released" in page


@pytest.mark.parametrize(("who", "status"), [("ines", 200), ("tariq", 200), ("ada", 403), ("otto", 404)])
@pytest.mark.parametrize("name", ["grades_export", "explained_export"])
def test_grades_are_saved_by_who_may_see_them(
    sign_in: SignIn, people: People, offering: Offering, midterm: Assessment, name: str, who: str, status: int
) -> None:
    assert sign_in(getattr(people, who)).post(reverse(name, args=[offering.slug])).status_code == status


def test_the_page_of_exports_takes_a_fixed_number_of_queries(
    sign_in: SignIn, people: People, offering: Offering, midterm: Assessment, django_assert_max_num_queries: Callable
) -> None:
    make_students(offering, 300)
    client = sign_in(people.ines)

    with django_assert_max_num_queries(30):
        assert client.get(reverse("exports", args=[offering.slug])).status_code == 200
