"""Every address and method for each of eight people: who is let in, who is not, and what neither may read."""

import io
import re
import zipfile
from urllib.parse import urlencode

import pytest

from coursehub.courses.models import Offering
from tests.permissions.asking import FORBIDDEN, IN, KEPT_OUT, NOT_FOUND, Answer, Asker
from tests.permissions.routes import Door, doors, routes
from tests.permissions.table import FILE, groups
from tests.permissions.world import FIELDS, PEOPLE, World, arguments_of

pytestmark = pytest.mark.django_db

ROUTES = {route.name: route for route in routes()}
DOORS = doors(list(ROUTES.values()))
GROUPS = {door: group for group in groups() for door in group.doors}
ABSENT = 10**9
NAMES = frozenset({"assessment", "page", "module", "key", "name"})
"""Arguments that name an object of a course by a word; so the other course's is asked for too."""
KNOWS = {
    "student": {"own": ("student",), "never": ()},
    "other_student": {"own": ("other_student",), "never": ()},
    "ta": {"own": ("student",), "never": ("student",)},
    "other_ta": {"own": ("other_student",), "never": ("other_student",)},
    "instructor": {"own": ("student", "other_student"), "never": ("student", "other_student")},
    "stranger": {"own": ("elsewhere",), "never": ("elsewhere",)},
}
"""Whose secrets each person may read; a student may read their own, and never what is not released or for staff."""


STAFF = frozenset({"ta", "other_ta", "instructor"})
SHOWN_TO_ALL_STAFF = {Door(method="GET", route="slots"): 1}
"""Where all staff read the first so many of everybody's secrets: who presents when is told by name."""


@pytest.fixture(scope="module")
def answers() -> dict[tuple[str, Door], Answer]:
    """Keep each answer, so that what several tests look at is asked for once."""
    return {}


def ask(world: World, asker: Asker, answers: dict[tuple[str, Door], Answer], person: str, door: Door) -> Answer:
    if (person, door) not in answers:
        route = ROUTES[door.route]
        fields = FIELDS.get(route.name, {}) if door.method == "POST" else {}
        body = urlencode({field: getattr(world.here, name) for field, name in fields.items()})
        answers[person, door] = asker.ask(person, route, door.method, arguments_of(route, world.here), body)
    return answers[person, door]


def names_an_object(door: Door) -> bool:
    route = ROUTES[door.route]
    return bool(route.numbers or ("offering" in route.arguments and NAMES & set(route.arguments)))


def test_every_route_has_a_name_of_its_own() -> None:
    names = [route.name for route in routes()]

    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_every_row_of_the_table_has_a_route() -> None:
    gone = [str(door) for door in GROUPS if door not in DOORS]

    assert not gone, f"{FILE.name} names what no address takes any more; take it out: {', '.join(gone)}"


def test_no_route_is_in_two_groups() -> None:
    named = [door for group in groups() for door in group.doors]

    assert sorted({str(door) for door in named if named.count(door) > 1}) == []


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_everybody_gets_the_answer_that_the_table_says(
    world: World, asker: Asker, answers: dict[tuple[str, Door], Answer], door: Door
) -> None:
    found = {person: ask(world, asker, answers, person, door) for person in PEOPLE}
    words = {person: answer.word for person, answer in found.items()}

    assert door in GROUPS, (
        f"Nobody has said who may use “{door}”. Decide for each of the eight people, add it to a group of {FILE.name}, "
        f"and write the page again: python -m tests.permissions. Today they get {words}."
    )
    assert words == GROUPS[door].answers
    assert {
        person: answer.written for person, answer in found.items() if answer.word in KEPT_OUT and answer.written
    } == {}


@pytest.mark.parametrize("door", [door for door in DOORS if names_an_object(door)], ids=str)
def test_what_belongs_to_another_course_is_not_there(world: World, asker: Asker, door: Door) -> None:
    route, group = ROUTES[door.route], GROUPS[door]
    mine, theirs = arguments_of(route, world.here), arguments_of(route, world.there)
    objects = route.numbers | (NAMES & set(route.arguments) if "offering" in route.arguments else set())
    if door.method == "PUT":
        objects -= {"key"}  # what is put under a key that there is not is added
    for name in sorted(objects):
        for person in (each for each in PEOPLE[:-1] if group.answers[each] in {IN, FORBIDDEN}):
            found = asker.ask(person, route, door.method, {**mine, name: theirs[name]})

            assert found.word == NOT_FOUND or (found.word == group.answers[person] == FORBIDDEN), (person, name)
            if found.word == FORBIDDEN:
                absent = ABSENT if name in route.numbers else "absent"
                assert asker.ask(person, route, door.method, {**mine, name: absent}).word == FORBIDDEN, (person, name)
        if "offering" in route.arguments:
            at_home = asker.ask("stranger", route, door.method, {**theirs, name: mine[name]})

            assert at_home.word in {NOT_FOUND, *({group.answers["instructor"]} - {IN})}, name


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_a_course_that_everybody_sees_lets_in_nobody_else_but_to_its_open_pages(
    world: World, asker: Asker, door: Door
) -> None:
    route, group = ROUTES[door.route], GROUPS[door]
    if "offering" not in route.arguments and not route.numbers:
        return
    Offering.objects.filter(pk=world.here.offering.pk).update(visibility=Offering.Visibility.PUBLIC)

    found = {
        person: asker.ask(person, route, door.method, arguments_of(route, world.here))
        for person in ("visitor", "stranger")
    }

    for person, answer in found.items():
        assert (answer.word == IN) == (person in group.open_to or group.answers[person] == IN), (person, answer.word)
        assert answer.word == IN or answer.written == ()


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_nobody_reads_what_is_another_s_or_not_released(
    world: World, asker: Asker, answers: dict[tuple[str, Door], Answer], door: Door
) -> None:
    for person in PEOPLE:
        body = unpacked(ask(world, asker, answers, person, door).body)
        told = SHOWN_TO_ALL_STAFF.get(door, 0) if person in STAFF else 0
        shown = {word for secrets in world.secrets.values() for word in secrets.own[:told]}
        read = [word for word in secrets_kept_from(world, person) if word not in shown and is_in(word, body)]

        assert read == [], f"{person} reads {read}"


@pytest.mark.parametrize(
    ("person", "door"),
    [("student", "GET my_grades"), ("other_student", "GET my_grades"), ("instructor", "GET staff_submissions")],
)
def test_the_secrets_are_where_they_belong(
    world: World, asker: Asker, answers: dict[tuple[str, Door], Answer], person: str, door: str
) -> None:
    method, _, name = door.partition(" ")
    body = ask(world, asker, answers, person, Door(method=method, route=name)).body
    whose = world.secrets["student" if person == "instructor" else person]

    assert any(is_in(points, body) for points in whose.own[2:])


def secrets_kept_from(world: World, person: str) -> list[str]:
    """Return the words and points that must not be in any answer to a person."""
    knows = KNOWS.get(person, {"own": (), "never": ()})
    kept = [word for whose, secrets in world.secrets.items() if whose not in knows["own"] for word in secrets.own]
    kept += [word for whose, secrets in world.secrets.items() if whose not in knows["never"] for word in secrets.never]
    if person in {"visitor", "student", "other_student", "auditor", "stranger"}:
        kept.append(f"unreleased-{world.here.key}")
    return kept


def is_in(word: str, body: bytes) -> bool:
    """Whether a word stands in an answer; a number only where it is not part of a longer one, or of a moment."""
    if re.fullmatch(r"[\d.]+", word):
        return re.search(rb"(?<![\d.:])" + re.escape(word.encode()) + rb"(?!\d)", body) is not None
    return word.encode() in body


def unpacked(body: bytes) -> bytes:
    """Return an answer with everything that an archive holds."""
    if not body.startswith(b"PK"):
        return body
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return b"\n".join([*(name.encode() for name in archive.namelist()), *map(archive.read, archive.namelist())])
