"""Cells follow dates and late policies, in the same transaction."""

from datetime import timedelta
from decimal import Decimal

import pytest

from coursehub.common.clock import database_now
from coursehub.courses.models import Enrollment, Offering
from grading.assessments.models import Assessment
from grading.deadlines import services
from grading.deadlines.changes import announce_for_everybody
from grading.deadlines.models import AssessmentLateness, LatePolicy
from grading.deadlines.services import Given
from grading.gradebook.models import GradeCell, GradeEvent
from grading.gradebook.projection import project_offering
from tests.factories import make_assessment, make_submission
from tests.people import People

pytestmark = pytest.mark.django_db


@pytest.fixture
def late(offering: Offering, people: People) -> Assessment:
    """An assessment with full points for Ada, a day late at two points a day."""
    homework = make_assessment(offering, "late", closes_at=database_now() + timedelta(days=9), max_points=Decimal(10))
    policy = LatePolicy.objects.create(
        offering=offering, key="daily", title="Daily", form=LatePolicy.Form.DEDUCT_OF_MAX, rate=Decimal(20)
    )
    AssessmentLateness.objects.create(assessment=homework, policy=policy)
    submission = make_submission(homework, by=people.ada)
    Assessment.objects.filter(pk=homework.pk).update(due_at=submission.received_at - timedelta(hours=2))
    homework.refresh_from_db()
    ada = Enrollment.objects.get(offering=offering, user=people.ada)
    GradeEvent.objects.create(
        assessment=homework, enrollment=ada, kind=GradeEvent.Kind.AUTO, points=10, max_points=10, submission=submission
    )
    project_offering(offering)
    return homework


def test_an_extension_gives_the_penalty_back_and_revoking_it_takes_it_again(late: Assessment, people: People) -> None:
    ada = Enrollment.objects.get(offering=late.offering, user=people.ada)
    assert GradeCell.objects.get().points == 8

    (extension,) = services.grant([late], to=[ada], given=Given(days=2), by=people.ines)
    assert GradeCell.objects.get().points == 10

    services.revoke(extension, by=people.ines, version=extension.version)
    assert GradeCell.objects.get().points == 8
    assert GradeCell.objects.get().version == 3


def test_another_late_policy_changes_what_was_late(late: Assessment) -> None:
    LatePolicy.objects.update(rate=Decimal(50))

    announce_for_everybody([late])

    assert GradeCell.objects.get().points == 5
