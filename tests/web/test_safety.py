"""Hostile text stays text, nothing inline, nothing from elsewhere, no change without a token."""

import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from coursehub.courses.models import Page
from grading.assessments.models import Assessment
from grading.submissions import services
from grading.submissions.models import CheckResult, GradingResult, Submission
from grading.submissions.uploads import Upload
from tests.people import People
from tests.web.conftest import SignIn, grade

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'",
    "{{ 7|add:7 }}{% now 'Y' %}",
    "</textarea></pre><svg onload=alert(1)>",
]
TAG = re.compile(r"<(\w+)((?:\s+[^\s=>]+(?:=(?:\"[^\"]*\"|'[^']*'|[^\s>]+))?)*)\s*/?>")
ATTRIBUTE = re.compile(r"([^\s=\"'>]+)(?:=(?:\"[^\"]*\"|'[^']*'|[^\s>]+))?")


def assert_inert(html: str) -> None:
    """Fail where a page holds a script body, a style, a handler, or something from elsewhere."""
    assert "alert(1)</script" not in html
    for name, attributes in TAG.findall(html):
        names = {attribute.lower() for attribute in ATTRIBUTE.findall(attributes)}
        assert not any(attribute.startswith("on") for attribute in names), (name, attributes)
        assert "style" not in names, (name, attributes)
        assert name.lower() not in {"style", "iframe", "object", "embed", "base"}
    assert not re.search(r"<script(?![^>]*\ssrc=\"/static/)", html)
    assert not re.search(r"(?:src|href|action|hx-get)=[\"']?\s*(?:javascript:|data:text)", html, re.IGNORECASE)
    assert not re.search(r"<(?:script|link|img)[^>]*(?:src|href)=\"(?:https?:)?//", html)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_results_stay_text(sign_in: SignIn, people: People, finished: Submission, payload: str) -> None:
    CheckResult.objects.update(
        message=payload,
        hint=payload,
        output=payload * 20,
        title=payload[:120],
        details=[{"name": payload[:120], "reason": payload, "found": payload, "expected": payload}],
    )
    GradingResult.objects.update(
        message=payload, provenance={"machine": payload, "image": payload, "packages": {payload: payload}}
    )

    for person in (people.ada, people.tariq):
        html = sign_in(person).get(reverse("submission", args=[finished.pk])).content.decode()
        assert_inert(html)
        assert "&lt;" in html or "&#x27;" in html


@pytest.mark.parametrize("name", ["a<script>.py", "a'onload=alert(1)'.py", "é {{ x }} &amp;.py", "a&b#c?d.py"])
def test_hostile_file_names_and_contents_stay_text(
    sign_in: SignIn, people: People, homework: Assessment, name: str
) -> None:
    uploads = [Upload(path="needle.py", content=PAYLOADS[0].encode()), Upload(path="x.py", content=b"")]
    submission = services.submit(homework, by=people.ada, uploads=uploads, idempotency_key="k")
    submission.files.filter(path="x.py").update(path=name)
    ada = sign_in(people.ada)

    html = ada.get(reverse("submission", args=[submission.pk])).content.decode()
    linked = ada.get(reverse("submission_file", args=[submission.pk, name]))

    assert_inert(html)
    assert_inert(linked.content.decode())
    assert_inert(ada.get(reverse("submission_file", args=[submission.pk, "needle.py"])).content.decode())
    assert linked.status_code == 200


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_names_and_words_stay_text(sign_in: SignIn, people: People, finished: Submission, payload: str) -> None:
    people.ada.preferred_name = payload
    people.ada.save()
    Submission.objects.update(pledge_text=payload, pledge_signature=payload)
    course = finished.assessment.offering.slug

    pages = [
        sign_in(people.tariq).get(reverse("staff_submissions", args=[course]), {"text": payload}),
        sign_in(people.tariq).get(reverse("staff_submissions", args=[course])),
        sign_in(people.tariq).get(reverse("submission", args=[finished.pk])),
        sign_in(people.ada).get(reverse("home")),
        sign_in(people.ada).post(reverse("tokens"), {"label": payload[:100], "scopes": ["read"]}),
        sign_in(people.ada).get(f"/{payload}"),
    ]

    for page in pages:
        assert_inert(page.content.decode())


@pytest.mark.parametrize("payload", [*PAYLOADS, "[x](javascript:alert(1))", "![x](data:text/html,x)", "<b onclick=x>"])
def test_hostile_markdown_stays_text(sign_in: SignIn, people: People, homework: Assessment, payload: str) -> None:
    Assessment.objects.update(instructions_md=payload)
    Page.objects.create(offering=homework.offering, slug="introduction", title=payload[:200], body_md=payload)
    ada = sign_in(people.ada)

    assert_inert(ada.get(reverse("course", args=[homework.offering.slug])).content.decode())
    assert_inert(ada.get(reverse("assessment", args=[homework.offering.slug, homework.slug])).content.decode())


def test_every_page_carries_the_strict_policy(client: Client, sign_in: SignIn, people: People) -> None:
    for response in (client.get(reverse("account_login")), sign_in(people.ada).get("/"), client.get("/nothing")):
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy


def test_no_form_is_taken_without_its_token(people: People, waiting: Submission) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(people.ada)
    homework = waiting.assessment
    addresses = [
        reverse("cancel", args=[waiting.pk]),
        reverse("regrade", args=[waiting.pk]),
        reverse("tokens"),
        reverse("token_revoke", args=[1]),
        reverse("assessment", args=[homework.offering.slug, homework.slug]),
        reverse("account_logout"),
        reverse("account_login"),
    ]

    for address in addresses:
        response = client.post(address, {"label": "x", "scopes": ["read"]})
        assert response.status_code == 403, address
        assert "This form has expired" in response.content.decode()


def test_templates_hold_no_inline_script_style_or_handler() -> None:
    for path in (ROOT / "templates").rglob("*.html"):
        source = path.read_text()
        assert not re.search(r"\sstyle=|<style|\son\w+=|https?://|\|safe|autoescape off", source), path
        assert not re.search(r"<script(?![^>]*\ssrc=)", source), path
        if not {"parts", "elements"} & set(path.parts):
            assert "{% extends" in source or path.name == "base.html", path


def test_our_script_stays_small() -> None:
    script = ROOT / "coursehub/static/coursehub/hub.js"

    assert len(script.read_text().splitlines()) < 80
    assert "innerHTML" not in script.read_text()


def test_a_page_that_breaks_says_that_it_is_our_fault(
    sign_in: SignIn, people: People, waiting: Submission, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("coursehub.web.views.submissions.submission_for", broken)
    ada = sign_in(people.ada)
    ada.raise_request_exception = False

    response = ada.get(reverse("submission", args=[waiting.pk]))

    assert response.status_code == 500
    assert "This is our fault, not yours" in response.content.decode()


def test_output_with_control_characters_and_long_lines_does_no_harm(
    sign_in: SignIn, people: People, waiting: Submission
) -> None:
    grade(waiting)
    CheckResult.objects.update(output="\x1b[31m" + "x" * 50_000 + "\u202e")

    assert sign_in(people.ada).get(reverse("submission", args=[waiting.pk])).status_code == 200
