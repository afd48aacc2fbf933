"""What is written is what is read, whatever a course says: through files, through the database, and from any to any."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings

from coursehub.courses.models import Change
from coursehub.publishing.checks import findings
from coursehub.publishing.content import OfferingContent
from coursehub.publishing.differences import differences
from coursehub.publishing.folders import read_folder, write_folder
from coursehub.publishing.ordering import in_order
from coursehub.publishing.rows import content_of
from coursehub.publishing.services import apply
from tests.publishing.strategies import contents

COURSES = sorted(path.parent for path in (Path(__file__).resolve().parents[2] / "courses").glob("*/offering.yaml"))
SLOW = settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=30)


@contextmanager
def undone() -> Iterator[None]:
    """Undo in the end what was written."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@SLOW
@given(contents())
def test_the_strategy_makes_courses_that_can_be(content: OfferingContent) -> None:
    assert findings(content) == ()


@SLOW
@given(contents())
def test_a_course_that_is_written_to_files_is_read_as_the_same(content: OfferingContent) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_folder(content, folder)

        assert read_folder(folder) == in_order(content)
        assert differences(content, read_folder(folder)) == ()


@SLOW
@given(contents())
def test_putting_in_order_twice_changes_nothing_more(content: OfferingContent) -> None:
    once = in_order(content)

    assert in_order(once) == once


@pytest.mark.django_db
@settings(SLOW, max_examples=12)
@given(contents(), contents())
def test_any_course_can_be_turned_into_any_other(first: OfferingContent, second: OfferingContent) -> None:
    with undone():
        for content in (first, second):
            saved = apply(content, by=None, source=Change.Source.FILES)

            assert content_of(saved.offering) == in_order(content)
            assert apply(content, by=None, source=Change.Source.FILES).differences == ()


@pytest.mark.django_db
@pytest.mark.parametrize("folder", COURSES, ids=lambda path: path.name)
def test_a_course_of_ours_is_the_same_after_loading_and_exporting(folder: Path, tmp_path: Path, suites: None) -> None:
    content = read_folder(folder)

    saved = apply(content, by=None, source=Change.Source.FILES).offering
    write_folder(content_of(saved), tmp_path)

    assert read_folder(tmp_path) == content
    assert apply(read_folder(tmp_path), by=None, source=Change.Source.FILES).differences == ()


@pytest.mark.parametrize("folder", COURSES, ids=lambda path: path.name)
def test_exporting_over_an_export_writes_the_same_files(folder: Path, tmp_path: Path) -> None:
    write_folder(read_folder(folder), tmp_path / "first")
    write_folder(read_folder(tmp_path / "first"), tmp_path / "second")

    def files(path: Path) -> dict[str, str]:
        return {file.relative_to(path).as_posix(): file.read_text() for file in path.rglob("*") if file.is_file()}

    assert files(tmp_path / "first") == files(tmp_path / "second")
