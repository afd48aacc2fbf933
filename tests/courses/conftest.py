"""The five courses, as their folders say and as the database says after loading them."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import transaction
from pytest_django import DjangoDbBlocker

from coursehub.courses.models import Offering
from coursehub.publishing.content import OfferingContent
from coursehub.publishing.folders import read_folder
from coursehub.publishing.rows import content_of
from coursehub.publishing.schema import EventEntry, NodeEntry
from tests.factories import make_suite

FOLDER = Path(__file__).resolve().parents[2] / "courses"
LECTURE = "deep-learning-at-scale-lecture"
SEMINAR = "deep-learning-at-scale-seminar"
ONLINE = "deep-learning-ds"
SYSTEMS = "deep-learning-systems"
LARGE = "deep-learning-mit"
COURSES = (LECTURE, SEMINAR, ONLINE, SYSTEMS, LARGE)

Course = Callable[[str], OfferingContent]


@cache
def in_files(slug: str) -> OfferingContent:
    """Return what the folder of a course says."""
    return read_folder(FOLDER / slug)


@pytest.fixture(scope="session")
def in_database(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Mapping[str, OfferingContent]:
    """Load the folders in one transaction, read the courses back, and leave nothing behind."""
    with django_db_blocker.unblock(), transaction.atomic():
        for suite in ("autodiff", "nn", "pytorch"):
            make_suite(suite)
        call_command("load_courses", *(str(FOLDER / slug) for slug in COURSES), verbosity=0)
        found = {slug: content_of(Offering.objects.get(slug=slug)) for slug in COURSES}
        transaction.set_rollback(True)
    return found


@pytest.fixture(params=["files", "database"])
def course(request: pytest.FixtureRequest) -> Course:
    """Where facts come from: by the address of an offering."""
    if request.param == "files":
        return in_files
    found: Mapping[str, OfferingContent] = request.getfixturevalue("in_database")
    return found.__getitem__


def events_of(content: OfferingContent, *kinds: str) -> list[EventEntry]:
    """Return the events of these kinds."""
    return [event for event in content.schedule.events if event.kind in kinds]


def weights_of(content: OfferingContent) -> list[int]:
    """Return the weights of the grading table's own rows."""
    return [int(node.weight) for node in content.grading.nodes if node.weight is not None]


def all_nodes(nodes: list[NodeEntry]) -> Iterator[NodeEntry]:
    """Walk a grading table with the rows inside its rows."""
    for node in nodes:
        yield node
        yield from all_nodes(node.parts)
