"""Who may see and do what."""

import pytest

from coursehub.common.clock import database_now
from coursehub.courses.access import capabilities_of, offering_for, offerings_for, require
from coursehub.courses.errors import NotAllowed, RoleUnknown
from coursehub.courses.models import Capability, Enrollment, Offering, Page, Role, RoleCapability
from coursehub.courses.queries import page_for, people_with
from coursehub.courses.services import PRESETS, create_roles, drop, enroll
from grading.assessments.models import Assessment
from grading.assessments.queries import assessment_for, assessments_for
from grading.deadlines.queries import upcoming_for
from tests.factories import make_assessment, make_offering
from tests.people import People

pytestmark = pytest.mark.django_db


def test_capabilities_are_rows(offering: Offering, people: People) -> None:
    for key, (_, capabilities) in PRESETS.items():
        stored = RoleCapability.objects.filter(role__offering=offering, role__key=key)
        assert {row.capability for row in stored} == set(capabilities)
    assert capabilities_of(people.ada, offering) == {Capability.VIEW_COURSE, Capability.SUBMIT}
    assert Capability.EDIT_COURSE not in capabilities_of(people.tariq, offering)
    assert capabilities_of(people.otto, offering) == frozenset()


def test_taking_a_capability_from_a_role_takes_effect_at_once(offering: Offering, people: People) -> None:
    RoleCapability.objects.filter(role__offering=offering, role__key="ta", capability=Capability.REGRADE).delete()

    with pytest.raises(NotAllowed, match="Have submissions graded again"):
        require(people.tariq, offering, Capability.REGRADE)
    require(people.ines, offering, Capability.REGRADE)


def test_two_roles_add_up(offering: Offering, people: People) -> None:
    enroll(offering, user=people.ada, role="grader")

    assert {Capability.SUBMIT, Capability.VIEW_SUBMISSIONS} <= capabilities_of(people.ada, offering)


def test_an_outsider_sees_no_offering(offering: Offering, people: People) -> None:
    assert list(offerings_for(people.ada)) == [offering]
    assert not offerings_for(people.otto).exists()
    with pytest.raises(Offering.DoesNotExist):
        offering_for(people.otto, offering.slug)


def test_who_left_is_an_outsider_and_may_come_back(offering: Offering, people: People) -> None:
    drop(Enrollment.objects.get(offering=offering, user=people.ada))

    assert not offerings_for(people.ada).exists()
    assert capabilities_of(people.ada, offering) == frozenset()
    enroll(offering, user=people.ada, role="student")
    assert offerings_for(people.ada).exists()
    assert Enrollment.objects.filter(user=people.ada).count() == 1


def test_a_draft_is_seen_by_who_may_edit_it(offering: Offering, people: People) -> None:
    Offering.objects.update(status=Offering.Status.DRAFT)

    assert offerings_for(people.ines).exists()
    assert not offerings_for(people.tariq).exists()
    assert not offerings_for(people.ada).exists()


def test_a_role_of_one_offering_gives_nothing_in_another(offering: Offering, people: People) -> None:
    other = make_offering("other", with_people=False)
    enroll(other, user=people.ada, role="instructor")

    assert capabilities_of(people.ada, offering) == {Capability.VIEW_COURSE, Capability.SUBMIT}


def test_an_unknown_role_is_named_with_those_there_are(offering: Offering, people: People) -> None:
    with pytest.raises(RoleUnknown, match="instructor, ta, grader, student, auditor, observer"):
        enroll(offering, user=people.otto, role="emperor")


def test_making_roles_twice_changes_nothing(offering: Offering) -> None:
    before = RoleCapability.objects.count()

    create_roles(offering)

    assert (Role.objects.count(), RoleCapability.objects.count()) == (len(PRESETS), before)


def test_staff_are_named_once_each(offering: Offering, people: People) -> None:
    enroll(offering, user=people.ines, role="ta")

    assert list(people_with(Capability.REGRADE, offering)) == [people.ines, people.tariq]


def test_a_page_is_for_who_may_see_the_course(offering: Offering, people: People) -> None:
    Page.objects.create(offering=offering, slug="intro", title="Introduction")

    assert page_for(people.ada, offering.slug, "intro").title == "Introduction"
    with pytest.raises(Offering.DoesNotExist):
        page_for(people.otto, offering.slug, "intro")


def test_what_is_not_released_is_not_there_for_a_student(offering: Offering, people: People) -> None:
    released = make_assessment(offering, "hw1")
    hidden = make_assessment(offering, "hw2", release_at=None)

    assert list(assessments_for(people.ada, offering)) == [released]
    assert set(assessments_for(people.tariq, offering)) == {released, hidden}
    assert not assessments_for(people.otto, offering).exists()
    with pytest.raises(Assessment.DoesNotExist):
        assessment_for(people.ada, offering.slug, "hw2")
    with pytest.raises(Offering.DoesNotExist):
        assessment_for(people.otto, offering.slug, "hw1")


def test_what_is_due_next_comes_from_all_courses(offering: Offering, people: People) -> None:
    other = make_offering("other")
    make_assessment(other, "a", due_at=offering and None, closes_at=None)
    second = make_assessment(offering, "b")

    assert [row.assessment for row in upcoming_for(people.ada, at=database_now())] == [second]
    assert not upcoming_for(people.otto, at=database_now())
