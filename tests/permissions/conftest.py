"""One world for each module of these tests, in a transaction that is rolled back once the module is done."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from tests.permissions.asking import Asker
from tests.permissions.world import World, make_world


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the files of the world lie."""
    return tmp_path_factory.mktemp("world")


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker, folder: Path) -> Iterator[World]:
    """Both courses and the eight people; every test of the module may use the database."""
    fast = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with (
        django_db_blocker.unblock(),
        override_settings(MEDIA_ROOT=folder, PASSWORD_HASHERS=fast, LANE_BROKER_URL="memory://"),
        transaction.atomic(),
    ):
        yield make_world()
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def asker(world: World) -> Asker:
    """Sends requests as each of them."""
    return Asker(world)


@pytest.fixture(scope="module", autouse=True)
def silence() -> Iterator[None]:
    """Keep thousands of refusals, each with its traceback, out of the log: that is most of the time they take."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(autouse=True)
def files_of_the_world(own_folders: None, settings: object, folder: Path) -> None:
    """Let each test read the files that the world was made with."""
    settings.MEDIA_ROOT = folder
