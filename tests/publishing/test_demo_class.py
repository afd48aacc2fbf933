"""The made-up class of `make demo`: what there is to look at in it, and that its grades are grades like any others."""

import shutil
from collections import Counter
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command

from coursehub.accounts.models import User
from coursehub.common.clock import database_now
from coursehub.courses.models import Change, Enrollment, Offering
from coursehub.publishing.demo import read_demo
from coursehub.publishing.demo_class import CLASSMATES, email_of
from coursehub.publishing.folders import read_folder
from coursehub.publishing.rows import content_of
from coursehub.publishing.schemes import problems_of
from coursehub.publishing.services import apply
from grading.deadlines.models import Extension, ExtensionRequest
from grading.engine.items import ItemState
from grading.gradebook.evidence import students_of
from grading.gradebook.models import GradeCell, GradeEvent, GradingScheme
from grading.gradebook.projection import FIELDS
from grading.gradebook.reckoning import class_of, person_of
from grading.gradebook.risk import LOW, MISSING, at_risk
from grading.submissions.models import Submission
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
COURSES = Path(__file__).resolve().parents[2] / "courses"


FOLDER = next(path.parent for path in COURSES.glob("*/demo.yaml") if "\nclassroom:" in path.read_text())


@pytest.fixture
def courses(tmp_path: Path) -> Path:
    """The one course with a class, alone in a folder."""
    shutil.copytree(FOLDER, tmp_path / "course")
    return tmp_path


def load(courses: Path) -> None:
    call_command("load_demo", courses, stdout=StringIO())


@pytest.fixture
def living(courses: Path, db: None) -> Offering:
    """The offering that the class has to itself."""
    load(courses)
    return Offering.objects.get(slug=read_demo(FOLDER).classroom.slug)


def snapshot() -> list[tuple[Any, ...]]:
    return list(GradeCell.objects.order_by("pk").values_list("pk", "version", *FIELDS))


def test_one_course_has_a_class_in_two_sections_and_nobody_signs_in_as_one_of_them(living: Offering) -> None:
    students = list(students_of(living))

    assert len(students) == len(CLASSMATES) + 3 == 31
    sizes = [cohort.members.count() for cohort in living.cohorts.filter(kind="section")]
    assert sorted(sizes) == [15, 16]
    classmates = User.objects.filter(email__in=[email_of(name) for name in CLASSMATES])
    assert not any(user.has_usable_password() for user in classmates)


def test_its_grading_is_published_with_a_reason_and_says_that_it_is_the_demos(living: Offering) -> None:
    version = living.grading_scheme.versions.get()

    assert version.reason.startswith("For the demo:")
    assert version.published_by == person("ines")
    assert problems_of(content_of(living)) == ()
    confirmed = living.assumptions.exclude(confirmed_at=None)
    assert confirmed.count() >= 3
    assert all(row.assumed.startswith("For the demo:") for row in confirmed)


def test_today_lies_in_its_term(living: Offering) -> None:
    today = database_now().astimezone(living.zone).date()

    days = sorted(event.date for event in living.events.exclude(date=None))

    assert days[0] < today < days[-1]
    assert len([day for day in days if day > today]) >= 3


def test_it_shows_every_case_that_staff_and_students_ask_about(living: Offering) -> None:
    found = class_of(living)
    states = Counter(value.state for row in found.rows for value in row.items.values())
    cells = GradeCell.objects.filter(assessment__offering=living)

    for state in (ItemState.MISSING, ItemState.EXCUSED, ItemState.SUBMITTED_UNGRADED, ItemState.OVERRIDDEN):
        assert states[state] >= 1, state
    assert cells.filter(slip_days__gt=0).count() >= 5
    keys = Submission.objects.values_list("idempotency_key", flat=True)
    assert len(keys) == len(set(keys)) > 100
    assert cells.filter(penalty_points__gt=0).exists()
    assert cells.exclude(comment="").count() >= 3
    assert cells.filter(is_held_back=True).count() == 1
    assert GradeEvent.objects.filter(kind="curved").count() > 20
    extension = Extension.objects.get()
    assert extension.reason_shown
    assert extension.reason_private
    assert ExtensionRequest.objects.filter(status="open").count() == 2
    assert len(at_risk(found, below=LOW, missing=MISSING)) >= 2


@pytest.mark.parametrize("key", ["ada", "ben", "chloe"])
def test_each_student_of_the_demo_has_grades_of_their_own_to_look_at(living: Offering, key: str) -> None:
    enrollment = Enrollment.objects.select_related("user", "offering").get(offering=living, user=person(key))

    found = person_of(enrollment, at=database_now())

    graded = [value for value in found.row.items.values() if value.points is not None]
    totals = found.totals()
    assert len(graded) >= 4
    assert totals is not None
    assert totals.floor < totals.ceiling
    assert GradeCell.objects.filter(enrollment=enrollment).exclude(comment="").exists()


def test_the_log_was_written_in_the_order_of_its_moments(living: Offering) -> None:
    moments = list(GradeEvent.objects.order_by("pk").values_list("happened_at", flat=True))

    assert moments == sorted(moments)
    assert moments[-1] < database_now()


def test_its_cells_follow_from_the_log(living: Offering) -> None:
    before = [row[2:] for row in snapshot()]

    GradeCell.objects.all().delete()
    call_command("rebuild_grades", stdout=StringIO())

    assert sorted(map(repr, (row[2:] for row in snapshot()))) == sorted(map(repr, before))
    call_command("audit_grades", stdout=StringIO())


def test_a_second_start_changes_nothing(living: Offering, courses: Path) -> None:
    before = (snapshot(), GradeEvent.objects.count(), Submission.objects.count(), Change.objects.count())

    load(courses)

    assert (snapshot(), GradeEvent.objects.count(), Submission.objects.count(), Change.objects.count()) == before


def test_nobody_is_written_to(courses: Path, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        load(courses)

    assert mail.outbox == []


def test_the_offering_that_the_documents_describe_stays_as_its_files_say(living: Offering) -> None:
    described = living.previous

    assert content_of(described) == read_folder(FOLDER)
    assert described.grading_scheme.status == GradingScheme.Status.DRAFT
    assert not GradeEvent.objects.exclude(assessment__offering=living).exists()
    assert not Enrollment.objects.filter(offering=described, user__email__in=map(email_of, CLASSMATES)).exists()


def test_nobody_needs_the_class(courses: Path) -> None:
    call_command("load_demo", courses, "--without-class", stdout=StringIO())

    assert Offering.objects.count() == 1
    assert not GradeEvent.objects.exists()


def test_what_somebody_changed_in_the_class_is_left_alone_by_the_next_start(living: Offering, courses: Path) -> None:
    content = content_of(living)
    changed = content.model_copy(update={"offering": content.offering.model_copy(update={"units": "12"})})
    apply(changed, by=person("ines"), source=Change.Source.PAGE, reason="They were missing.")

    load(courses)

    living.refresh_from_db()
    assert living.units == "12"
