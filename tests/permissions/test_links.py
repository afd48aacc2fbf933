"""What a page offers to its reader works for them: every link and every button of every page, for each of the eight."""

import pytest

from coursehub.courses.models import Offering
from tests.permissions.asking import IN, LOGIN, Asker, address_of
from tests.permissions.pressing import Press, presses
from tests.permissions.routes import routes
from tests.permissions.world import PEOPLE, World, arguments_of

pytestmark = pytest.mark.django_db

PAGES = [route for route in routes() if "GET" in route.methods and route.name != "admin"]
NOT_PRESSED = ("/static/", "/accounts/", "/admin/")
"""Files, and what ends the session of who asks."""


@pytest.mark.parametrize("person", PEOPLE)
def test_nobody_is_offered_what_is_refused_to_them(world: World, asker: Asker, person: str) -> None:
    assert refused(world, asker, person) == []


@pytest.mark.parametrize("person", ["visitor", "stranger"])
def test_guests_of_an_open_course_are_offered_nothing_that_is_refused_to_them(
    world: World, asker: Asker, person: str
) -> None:
    Offering.objects.filter(pk=world.here.offering.pk).update(visibility=Offering.Visibility.PUBLIC)

    assert refused(world, asker, person) == []


def test_the_pages_are_read() -> None:
    html = '<a href="../b/?x=1#top">b</a><form method="post"><input name="n" value="2"><button name="do" value="it">'

    assert presses(html, at="/a/") == [
        Press(method="GET", address="/b/?x=1", body="", label=""),
        Press(method="POST", address="/a/", body="n=2&do=it", label="do=it"),
    ]


def refused(world: World, asker: Asker, person: str) -> list[str]:
    """Return what a person can press and is refused, each with a page that it stands on."""
    found: dict[tuple[str, str, str], tuple[Press, str]] = {}
    for route in PAGES:
        address = address_of(route, arguments_of(route, world.here))
        page = asker.send(person, "GET", address)
        if page.word != IN or not page.is_page:
            continue
        for press in presses(page.body.decode(), at=address):
            if not press.path.startswith(NOT_PRESSED):
                found.setdefault((press.method, press.path, press.label), (press, route.name))
    allowed = {IN, LOGIN} if person == "visitor" else {IN}
    answers = [
        (press, page, asker.send(person, press.method, press.address, press.body).word)
        for press, page in found.values()
    ]
    return [
        f"{press.method} {press.path} {press.label} on {page}: {word}"
        for press, page, word in answers
        if word not in allowed
    ]
