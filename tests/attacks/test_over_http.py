"""Uploads that are hostile as requests: a real web server, and the pages that show what was sent."""

import contextlib
import http.client
import json
import socket
import uuid
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from grading.assessments.models import Assessment
from grading.submissions.models import Submission
from tests.attacks import results
from tests.people import People

KEY = "0f8fad5b-d9cb-469f-a165-70867728950e"
ACTING = ['"><script>alert(1)</script>.py', "x\r\nSet-Cookie: a=b.py", "<img src=x onerror=alert(1)>.py"]
INERT = ["=cmd().py", "'; drop table x; --.py", "javascript&colon;alert(1).py", "{{ 7 }}{% now %}.py", "%0d%0aX y.py"]


def note(id: str, outcome: str) -> None:
    for column in results.COLUMNS:
        results.note(id, column, outcome)


def start_of_form(name: str) -> bytes:
    return (
        f'--x\r\nContent-Disposition: form-data; name="idempotency_key"\r\n\r\n{KEY}\r\n--x\r\nContent-Disposition: '
        f'form-data; name="files"; filename="{name}"\r\nContent-Type: application/octet-stream\r\n\r\n'
    ).encode()


@pytest.mark.django_db(transaction=True)
def test_b11_a_body_that_is_too_large_or_has_no_length_is_not_stored(
    live_server, people: People, homework: Assessment, tmp_path
):
    Assessment.objects.update(max_total_bytes=100_000, max_file_bytes=100_000)
    client = Client()
    client.force_login(people.ada)
    path = reverse("assessment", args=[homework.offering.slug, homework.slug])
    client.get(path)
    token = client.cookies["csrftoken"].value
    cookies = f"sessionid={client.cookies[settings.SESSION_COOKIE_NAME].value}; csrftoken={token}"
    headers = {"Cookie": cookies, "X-CSRFToken": token, "Content-Type": "multipart/form-data; boundary=x"}
    host, port = urlsplit(live_server.url).hostname, urlsplit(live_server.url).port

    body = start_of_form("needle.py") + b"x" * 30_000_000 + b"\r\n--x--\r\n"
    connection = http.client.HTTPConnection(host, port, timeout=60)
    connection.request("POST", path, body, {**headers, "Referer": live_server.url})
    answer = connection.getresponse()
    assert answer.status == 200
    assert b"larger than" in answer.read()
    connection.close()

    connection = http.client.HTTPConnection(host, port, timeout=60)
    # Without a length there is nothing to read, as far as the server is concerned.
    with contextlib.suppress(ConnectionError):
        connection.request("POST", path, (b"x" * 65_536 for _ in range(20)), headers, encode_chunked=True)
        assert connection.getresponse().status in (200, 400, 403, 411)
    connection.close()

    with socket.create_connection((host, port), timeout=60) as slow:
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        slow.sendall(f"POST {path} HTTP/1.1\r\nHost: {host}\r\n{head}Content-Length: 2000000000\r\n\r\n".encode())
        slow.sendall(start_of_form("needle.py"))

    assert Submission.objects.count() == 0
    assert not [each for each in tmp_path.rglob("*") if each.is_file() and each.stat().st_size > 1_000_000
                and "sqlite" not in each.name]  # fmt: skip
    note("B11", "refused, nothing stored")


@pytest.mark.django_db
def test_b14_a_name_is_inert_in_pages_and_headers(people: People, homework: Assessment):
    client = Client()
    client.force_login(people.ada)
    path = reverse("assessment", args=[homework.offering.slug, homework.slug])

    def hand_in(name: str):
        file = SimpleUploadedFile("x.py", b"x = 1\n")
        file._name = name
        needle = SimpleUploadedFile("needle.py", b"x = 1\n")
        return client.post(
            path,
            {"idempotency_key": str(uuid.uuid4()), "files": [needle, file], "paths": json.dumps(["needle.py", name])},
        )

    for name in ACTING:
        page = hand_in(name).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page
    assert Submission.objects.count() == 0

    for name in INERT:
        hand_in(name)
        submission = Submission.objects.latest("pk")
        assert {file.path for file in submission.files.all()} == {"needle.py", name}
        page = client.get(reverse("submission", args=[submission.pk]))
        assert page.status_code == 200
        for answer in (page, client.get(reverse("api_submission", args=[submission.pk]))):
            assert all("\n" not in value and "\r" not in value for value in answer.headers.values())
    note("B14", "refused, or shown as text")
