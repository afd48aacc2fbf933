"""Grades over the API: who reads what, and how one is changed."""

from decimal import Decimal
from typing import Any

import pytest

from coursehub.courses.models import Enrollment, Offering
from grading.assessments.models import Assessment
from grading.gradebook.models import AuditRead, GradeCell, GradeEvent
from tests.api.test_v1 import api
from tests.factories import make_assessment
from tests.grading.test_reckoning import make_scheme
from tests.people import People

pytestmark = pytest.mark.django_db


@pytest.fixture
def essay(offering: Offering) -> Assessment:
    found = make_assessment(offering, "essay", suite=None, grade_release="manual")
    make_scheme(offering, found)
    return found


@pytest.fixture
def ada(offering: Offering, people: People) -> Enrollment:
    return Enrollment.objects.get(offering=offering, user=people.ada)


def change(client: Any, essay: Assessment, who: Enrollment, key: str = "k", **fields: Any) -> Any:
    return client.post(
        f"/api/v1/offerings/{essay.offering.slug}/grades/{who.pk}/{essay.slug}/",
        {"kind": "scored", "points": "8", "version": 0, **fields},
        content_type="application/json",
        headers={"Idempotency-Key": key},
    )


def test_a_grade_is_written_once_however_often_it_is_sent(essay: Assessment, ada: Enrollment, people: People) -> None:
    client = api(people.tariq)

    first, again = change(client, essay, ada), change(client, essay, ada)
    stale = change(client, essay, ada, key="other", points="3")
    other = change(client, essay, ada, points="3")
    undone = change(client, essay, ada, key="u", kind="undo", version=1, points=None)

    assert (first.status_code, Decimal(first.json()["points"]), first.json()["version"]) == (200, 8, 1)
    assert again.json() == first.json()
    assert (stale.status_code, other.status_code) == (412, 422)
    assert "Tariq Aziz" in stale.json()["detail"]
    assert (undone.json()["points"], undone.json()["state"]) == (None, "not_due")
    assert set(GradeEvent.objects.values_list("source", flat=True)) == {"api"}


def test_what_does_not_fit_is_refused(essay: Assessment, ada: Enrollment, people: People) -> None:
    client = api(people.tariq)

    assert change(client, essay, ada, key="").status_code == 422
    assert change(client, essay, ada, points="11").status_code == 422
    assert change(client, essay, ada, kind="auto").status_code == 400
    assert change(client, essay, ada, kind="excused").status_code == 422
    assert change(api(people.tariq, "read"), essay, ada).status_code == 403
    assert change(api(people.ada), essay, ada).status_code == 403
    assert change(api(people.otto), essay, ada).status_code == 404
    assert not GradeCell.objects.exists()


def test_staff_read_the_class_and_students_only_what_is_released(
    offering: Offering, essay: Assessment, ada: Enrollment, people: People
) -> None:
    change(api(people.tariq), essay, ada)
    change(api(people.tariq), essay, ada, key="c", kind="commented", points=None, reason="Well done", version=1)
    theirs, mine = f"/api/v1/offerings/{offering.slug}/grades/", f"/api/v1/offerings/{offering.slug}/my-grades/"

    listed = api(people.tariq).get(theirs).json()
    before = api(people.ada).get(mine).json()
    Assessment.objects.update(grades_released_at="2026-01-01T00:00Z")
    after = api(people.ada).get(mine).json()

    assert [row["name"] for row in listed["results"]] == ["Ada Okafor", "Ben Lindqvist", "Chloe Tan"]
    assert (listed["results"][0]["total"]["current"], listed["results"][0]["total"]["letter"]) == ("80.00", "B")
    assert (before["grades"][0]["points"], before["grades"][0]["comment"]) == (None, "")
    assert before["total"]["current"] is None
    assert (Decimal(after["grades"][0]["points"]), after["grades"][0]["comment"]) == (8, "Well done")
    assert after["total"]["current"] == "80.00"
    assert AuditRead.objects.filter(what="export", actor=people.tariq).count() == 1
    assert api(people.ada).get(theirs).status_code == 403
    assert api(people.tariq).get(mine).status_code == 403
    assert api(people.otto).get(mine).status_code == 404
