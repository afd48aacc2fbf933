"""Handing in through the form."""

import io
import json
import tarfile
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now

from coursehub.web import stash
from grading.assessments.models import Assessment
from grading.submissions.models import Submission
from grading.submissions.uploads import Upload
from tests.people import People
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db
KEY = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.fixture
def ada(sign_in: SignIn, people: People) -> Client:
    return sign_in(people.ada)


def hand_in(client: Client, homework: Assessment, *files: tuple[str, bytes], **fields: object) -> HttpResponse:
    """Send the form."""
    uploads = [SimpleUploadedFile(name.rpartition("/")[2], content) for name, content in files]
    url = reverse("assessment", args=[homework.offering.slug, homework.slug])
    return client.post(url, {"idempotency_key": KEY, "files": uploads, **fields})


def paths_of(submission: Submission) -> list[str]:
    return list(submission.files.order_by("path").values_list("path", flat=True))


def test_one_file_becomes_a_submission_and_leads_to_its_page(ada: Client, homework: Assessment) -> None:
    response = hand_in(ada, homework, ("needle.py", b"x = 1\n"))

    submission = Submission.objects.get()
    assert response.headers["Location"] == reverse("submission", args=[submission.pk])
    assert paths_of(submission) == ["needle.py"]


def test_a_folder_keeps_its_paths(ada: Client, homework: Assessment) -> None:
    files = [("hw1/needle.py", b"x = 1\n"), ("hw1/parts/more.py", b"y = 2\n")]

    hand_in(ada, homework, *files, paths=json.dumps([path for path, _ in files]))

    assert paths_of(Submission.objects.get()) == ["needle.py", "parts/more.py"]


@pytest.mark.parametrize("paths", ["", "nonsense", "{}", "[1]", '["a", "b"]'])
def test_paths_that_do_not_fit_the_files_are_ignored(ada: Client, homework: Assessment, paths: str) -> None:
    hand_in(ada, homework, ("needle.py", b"x = 1\n"), paths=paths)

    assert paths_of(Submission.objects.get()) == ["needle.py"]


def test_an_archive_is_unpacked(ada: Client, homework: Assessment) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("needle.py", "x = 1\n")

    hand_in(ada, homework, ("work.zip", packed.getvalue()))

    assert paths_of(Submission.objects.get()) == ["needle.py"]


def test_sending_the_same_form_twice_makes_one_submission(ada: Client, homework: Assessment) -> None:
    first = hand_in(ada, homework, ("needle.py", b"x = 1\n"))
    second = hand_in(ada, homework, ("needle.py", b"x = 1\n"))

    assert first.headers["Location"] == second.headers["Location"]
    assert Submission.objects.count() == 1


def test_an_empty_form_says_what_to_do(ada: Client, homework: Assessment) -> None:
    response = hand_in(ada, homework)

    assert response.status_code == 200
    assert "Choose at least one file" in response.content.decode()


def test_a_hostile_archive_is_refused_by_name_and_leaves_nothing(
    ada: Client, homework: Assessment, tmp_path: Path
) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        entry = tarfile.TarInfo("../../escape.py")
        entry.size = 1
        archive.addfile(entry, io.BytesIO(b"x"))

    response = hand_in(ada, homework, ("work.tar.gz", packed.getvalue()))

    html = response.content.decode()
    assert response.status_code == 200
    assert "../../escape.py" in html
    assert "please choose them once more" in html
    assert not list(tmp_path.rglob("*escape*"))
    assert not list((tmp_path / "files").glob("kept/*"))
    assert Submission.objects.count() == 0


def test_a_missing_signature_loses_neither_the_files_nor_the_words(ada: Client, homework: Assessment) -> None:
    Assessment.objects.update(pledge="This is my own work.")
    refused = hand_in(ada, homework, ("needle.py", b"x = 1\n"), pledge_signature="Somebody Else")
    form = refused.context["page"].form

    assert refused.status_code == 200
    assert 'value="Somebody Else"' in refused.content.decode()
    assert [(file.path, file.is_wanted) for file in form.kept] == [("needle.py", True)]

    accepted = hand_in(ada, homework, kept=form.kept_token, keep=["needle.py"], pledge_signature="Ada Okafor")

    assert accepted.status_code == 302
    assert paths_of(Submission.objects.get()) == ["needle.py"]


def test_a_new_file_takes_the_place_of_a_kept_one(ada: Client, homework: Assessment) -> None:
    Assessment.objects.update(required_files=["needle.py", "report.py"])
    form = hand_in(ada, homework, ("needle.py", b"old\n")).context["page"].form

    files = [("needle.py", b"new\n"), ("report.py", b"r\n")]
    hand_in(ada, homework, *files, kept=form.kept_token, keep=["needle.py"])

    submission = Submission.objects.get()
    assert paths_of(submission) == ["needle.py", "report.py"]
    assert submission.total_bytes == len(b"new\nr\n")


def test_a_kept_file_that_is_ticked_off_is_not_handed_in(ada: Client, homework: Assessment) -> None:
    Assessment.objects.update(required_files=["needle.py", "report.py"])
    form = hand_in(ada, homework, ("needle.py", b"x\n"), ("odd.py", b"x\n")).context["page"].form

    hand_in(ada, homework, ("report.py", b"r\n"), kept=form.kept_token, keep=["needle.py"])

    assert paths_of(Submission.objects.get()) == ["needle.py", "report.py"]


def test_kept_files_are_for_the_same_person_and_assessment_and_not_for_ever(
    people: People, homework: Assessment, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = stash.keep([Upload(path="needle.py", content=b"x")], by=people.ada, assessment=homework)

    assert stash.kept(token, by=people.ada, assessment=homework) == [Upload(path="needle.py", content=b"x")]
    assert stash.kept(token, by=people.ben, assessment=homework) == []
    assert stash.kept(token + "x", by=people.ada, assessment=homework) == []

    monkeypatch.setattr(stash, "KEPT_SECONDS", -1)
    assert stash.kept(token, by=people.ada, assessment=homework) == []


def test_old_kept_files_are_swept_away(people: People, homework: Assessment, monkeypatch: pytest.MonkeyPatch) -> None:
    old = stash.keep([Upload(path="needle.py", content=b"x")], by=people.ada, assessment=homework)
    monkeypatch.setattr(stash, "KEPT_SECONDS", -1)

    stash.keep([Upload(path="needle.py", content=b"y")], by=people.ada, assessment=homework)

    monkeypatch.setattr(stash, "KEPT_SECONDS", 3600)
    assert stash.kept(old, by=people.ada, assessment=homework) == []


def test_a_request_beyond_the_limit_is_drained_and_refused(ada: Client, homework: Assessment) -> None:
    Assessment.objects.update(max_total_bytes=1_000, max_files=1)

    response = hand_in(ada, homework, ("needle.py", b"x" * 400_000), pledge_signature="kept")

    assert response.status_code == 200
    assert "larger than the 1 kB" in response.content.decode()
    assert Submission.objects.count() == 0


def test_the_form_is_gone_once_the_assessment_is_closed(ada: Client, homework: Assessment) -> None:
    past = now() - timedelta(days=1)
    Assessment.objects.update(due_at=past, closes_at=past)

    html = ada.get(reverse("assessment", args=[homework.offering.slug, homework.slug])).content.decode()

    assert "Nothing more is accepted" in html
    assert "Hand in</button>" not in html


def test_a_form_that_was_open_when_it_closed_says_so_and_keeps_the_files(ada: Client, homework: Assessment) -> None:
    past = now() - timedelta(days=1)
    Assessment.objects.update(due_at=past, closes_at=past)

    response = hand_in(ada, homework, ("needle.py", b"x\n"))

    assert response.status_code == 200
    assert "closed on" in response.content.decode()
    assert response.context["page"].form.kept


def test_staff_who_do_not_hand_in_are_told_no(sign_in: SignIn, people: People, homework: Assessment) -> None:
    assert hand_in(sign_in(people.tariq), homework, ("needle.py", b"x\n")).status_code == 403


def test_an_upload_without_its_token_is_refused(people: People, homework: Assessment) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(people.ada)

    response = hand_in(client, homework, ("needle.py", b"x\n"))

    assert response.status_code == 403
    assert Submission.objects.count() == 0


def test_an_upload_with_its_token_is_received(people: People, homework: Assessment) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(people.ada)
    client.get(reverse("assessment", args=[homework.offering.slug, homework.slug]))

    token = client.cookies["csrftoken"].value
    response = hand_in(client, homework, ("needle.py", b"x\n"), csrfmiddlewaretoken=token)

    assert response.status_code == 302


def test_the_page_says_what_is_taken_and_how_many_tries_are_left(ada: Client, homework: Assessment) -> None:
    hand_in(ada, homework, ("needle.py", b"x\n"))

    html = ada.get(reverse("assessment", args=[homework.offering.slug, homework.slug])).content.decode()

    assert "Files named *.py" in html
    assert "It must hold needle.py." in html
    assert "9 tries of 10 left" in html
    assert "Submission 1" in html
