"""``deadlines.yaml``: what is refused, what it becomes, and who is told that deadlines moved."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from coursehub.courses.models import Change, Enrollment, Offering
from coursehub.courses.services import enroll
from coursehub.publishing.checks import findings
from coursehub.publishing.content import OfferingContent
from coursehub.publishing.rows import content_of
from coursehub.publishing.schema import DayMoment, DeadlinesFile
from coursehub.publishing.services import apply
from grading.deadlines.models import AssessmentLateness, LatePolicy
from grading.deadlines.signals import dates_changed
from tests.people import person
from tests.publishing.contents import make_content

pytestmark = pytest.mark.django_db
FILE = {
    "late_policies": [{"key": "daily", "title": "Ten a day", "form": "deduct_of_max", "rate": "10", "cutoff": 5}],
    "slip_days": {"budget": 4, "per_assessment": 2, "locks": "2026-12-01 12:00"},
    "assessments": [{"assessment": "hw1", "policy": "daily", "slip_days": 1}],
}


def with_file(content: OfferingContent, **changes: object) -> OfferingContent:
    file = DeadlinesFile.model_validate({**FILE, **changes})
    return content.model_copy(update={"deadlines": file})


def saved(content: OfferingContent) -> Offering:
    return apply(content, by=None, source=Change.Source.FILES).offering


@pytest.fixture
def told() -> Iterator[list[frozenset[int]]]:
    found: list[frozenset[int]] = []

    def note(assessment_pks: frozenset[int], **_: object) -> None:
        found.append(assessment_pks)

    dates_changed.connect(note)
    yield found
    dates_changed.disconnect(note)


def test_what_was_written_is_read_again() -> None:
    content = with_file(make_content())

    offering = saved(content)

    assert content_of(offering).deadlines == content.deadlines
    assert apply(content, by=None, source=Change.Source.FILES).differences == ()
    assert LatePolicy.objects.get().rate == Decimal(10)


def test_a_policy_goes_with_what_uses_it() -> None:
    saved(with_file(make_content()))

    saved(with_file(make_content(), late_policies=[], assessments=[]))

    assert not LatePolicy.objects.exists()
    assert not AssessmentLateness.objects.exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"assessments": [{"assessment": "hw9", "policy": "daily"}]}, "There is no assessment “hw9”."),
        ({"assessments": [{"assessment": "hw1", "policy": "stairs"}]}, "There is no late policy “stairs”."),
        ({"late_policies": [{"key": "daily", "title": "A", "form": "cap_table"}]}, "A table of caps needs percentages"),
        ({"late_policies": [*FILE["late_policies"], *FILE["late_policies"]]}, "each needs its own"),
        ({"slip_days": {"budget": 1, "locks": "2026-03-08 02:30"}}, "Clocks do not show this time"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said(changes: dict[str, object], sentence: str) -> None:
    assert any(sentence in found.sentence for found in findings(with_file(make_content(), **changes)))


def test_everybody_is_announced_whose_deadline_or_penalty_moved(told: list[frozenset[int]]) -> None:
    offering = saved(make_content())
    enroll(offering, user=person("ada"), role="student")
    homework = offering.assessments.get(slug="hw1")
    due = DayMoment.model_validate({"date": "2026-12-10", "at": "23:59"})
    moved = make_content().assessments["hw1"].model_copy(update={"due": due, "closes": None})

    saved(with_file(make_content()))
    saved(with_file(make_content()).model_copy(update={"assessments": {**make_content().assessments, "hw1": moved}}))

    assert Enrollment.objects.count() == 1
    assert [homework.pk in pks for pks in told] == [True, True]
