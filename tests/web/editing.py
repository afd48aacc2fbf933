"""An instructor at the editor: loads a small course, posts forms with the version they were made from, confirms."""

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from coursehub.accounts.models import User
from coursehub.courses.models import Change, Offering
from coursehub.courses.services import enroll
from coursehub.publishing.content import OfferingContent
from coursehub.publishing.schema import AssumptionEntry, AssumptionsFile
from coursehub.publishing.services import apply
from tests.people import ROLES, everybody
from tests.publishing.contents import make_content


def load(content: OfferingContent | None = None) -> Offering:
    """Return a draft of the small course with the five people in it."""
    questions = AssumptionsFile(
        assumptions=[AssumptionEntry(key="hw0-weight", about="assessment:hw1", question="How much does it count?")]
    )
    content = content or make_content(assumptions=questions)
    offering = apply(content, by=None, source=Change.Source.FILES).offering
    people = everybody()
    for key, role in ROLES.items():
        enroll(offering, user=getattr(people, key), role=role)
    return offering


class Editor:
    """A client of somebody who edits one offering."""

    def __init__(self, client: Client, offering: Offering) -> None:
        self.client = client
        self.offering = offering

    @property
    def user(self) -> User:
        return User.objects.get(pk=self.client.session["_auth_user_id"])

    def url(self, name: str, *args: str) -> str:
        return reverse(name, args=[self.offering.slug, *args])

    def version(self) -> int:
        return Offering.objects.get(pk=self.offering.pk).version

    def post(self, page: str, /, *args: str, **typed: Any) -> HttpResponse:
        return self.client.post(self.url(page, *args), {"version": self.version(), **typed})

    def publish(self) -> HttpResponse:
        return self.client.post(self.url("edit_publish"))

    def confirm(self, shown: HttpResponse, **more: str) -> HttpResponse:
        """Press “Save this” on the page that shows what would change."""
        return self.client.post(shown.request["PATH_INFO"], {**hidden_in(shown), "confirmed": "1", **more})

    def back(self, shown: HttpResponse) -> HttpResponse:
        """Press “Back to the form”."""
        return self.client.post(shown.request["PATH_INFO"], {**hidden_in(shown), "back": "1"})


def cells(editor: Editor, page: str = "edit_schedule", *args: str) -> dict[str, Any]:
    """Return the fields of a form as a browser would send them back."""
    form = editor.client.get(editor.url(page, *args)).context["page"].form
    found = {}
    for name, field in form.fields.items():
        value = form[name].value()
        if form[name].widget_type == "checkbox":
            if value:
                found[name] = "on"
            continue
        shown = field.widget.format_value(value) if hasattr(field.widget, "format_value") else value
        found[name] = (shown[0] if isinstance(shown, list) else shown) or ""
    return found


def hidden_in(response: HttpResponse) -> dict[str, list[str]]:
    """Return the hidden fields of a page, as a browser would send them."""
    found: dict[str, list[str]] = {}
    for name, value in _Hidden.of(response.content.decode()):
        found.setdefault(name, []).append(value)
    return found


class _Hidden(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.fields: list[tuple[str, str]] = []

    @classmethod
    def of(cls, html: str) -> Iterator[tuple[str, str]]:
        parser = cls()
        parser.feed(html)
        return iter(parser.fields)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "input" and values.get("type") == "hidden":
            self.fields.append((str(values["name"]), values.get("value") or ""))
