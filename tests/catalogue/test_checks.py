"""The life of a check: one runner at a time, fenced by its lease, and a fault of ours never the suite's."""

from datetime import timedelta

import pytest

from coursehub.common.clock import database_now
from coursehub.courses.models import Offering
from grading.assessments.models import SuiteVersion
from grading.catalogue import checks, services
from grading.catalogue.models import SuiteCheck
from grading.submissions.models import JobState, Runner
from runners.protocol import SuiteKind
from runners.suite_protocol import ExampleReport, Role, SuiteCheckEvent, SuiteCheckReportRequest
from tests.catalogue.suites import asking, claim_check, make_draft, renamed, report_on
from tests.factories import make_runner
from tests.people import People

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(offering: Offering, people: People) -> SuiteVersion:
    return make_draft(offering, people)


@pytest.fixture
def runner(db: None) -> Runner:
    return make_runner()[0]


def test_the_oldest_check_goes_first_and_to_one_runner_only(
    offering: Offering, people: People, draft: SuiteVersion, runner: Runner
) -> None:
    make_draft(offering, people, renamed("halving"))

    first, second, third = claim_check(runner), claim_check(make_runner()[0]), claim_check(runner)

    assert first is not None
    assert second is not None
    assert (first.suite_name, second.suite_name, third) == ("doubling", "halving", None)


@pytest.mark.parametrize(
    "changes",
    [{"kinds": []}, {"kinds": [SuiteKind.PYTEST]}, {"environments": ["torch"]}, {"environments": []}],
)
def test_a_host_gets_only_suites_that_it_can_grade_with(
    draft: SuiteVersion, runner: Runner, changes: dict[str, object]
) -> None:
    assert claim_check(runner, **changes) is None
    assert claim_check(runner) is not None


def test_a_drained_runner_gets_none(draft: SuiteVersion, runner: Runner) -> None:
    runner.drained_at = database_now()

    assert claim_check(runner) is None


def test_progress_keeps_the_lease(draft: SuiteVersion, runner: Runner) -> None:
    held = claim_check(runner)
    assert held is not None
    later = database_now() + timedelta(seconds=20)
    event = SuiteCheckEvent(
        lease_token=held.lease_token, total=3, examples=(ExampleReport(role=Role.REFERENCE, passed=("double",)),)
    )

    assert checks.hold(runner, held.check_id, event, at=later)

    check = SuiteCheck.objects.get()
    assert check.progress["total"] == 3
    assert check.lease_until is not None
    assert check.lease_until > later


def test_a_lease_that_ran_out_is_lost_and_the_check_goes_to_another(draft: SuiteVersion, runner: Runner) -> None:
    held = claim_check(runner)
    assert held is not None
    late = database_now() + timedelta(seconds=60)
    other, _ = make_runner()

    again = checks.claim(other, asking(), at=late)

    assert again is not None
    assert again.lease_token > held.lease_token
    assert not checks.hold(runner, held.check_id, SuiteCheckEvent(lease_token=held.lease_token), at=late)
    report = SuiteCheckReportRequest(lease_token=held.lease_token, report=report_on(draft))
    assert not services.accept_check(runner, held.check_id, report).accepted
    draft.refresh_from_db()
    assert draft.digest == ""


def test_the_third_fault_of_ours_ends_it(draft: SuiteVersion, runner: Runner) -> None:
    at = database_now()
    for _ in range(3):
        held = checks.claim(runner, asking(), at=at)
        assert held is not None
        assert checks.fault(runner, held.check_id, held.lease_token, sentence="The disk is full.", detail="", at=at)
        at += timedelta(minutes=5)

    check = SuiteCheck.objects.get()
    assert (check.state, check.fault_sentence) == (JobState.GRADER_ERROR, "The disk is full.")
    assert checks.claim(runner, asking(), at=at) is None


def test_a_host_that_stops_gives_it_back_unharmed(draft: SuiteVersion, runner: Runner) -> None:
    held = claim_check(runner)
    assert held is not None

    assert checks.release(runner, held.check_id, held.lease_token, at=database_now())

    check = SuiteCheck.objects.get()
    assert (check.state, check.runs, check.runner) == (JobState.QUEUED, 0, None)


def test_a_new_upload_takes_the_check_from_its_runner(
    offering: Offering, people: People, draft: SuiteVersion, runner: Runner
) -> None:
    held = claim_check(runner)
    assert held is not None
    make_draft(offering, people, renamed("doubling") | {"README.md": b"new"})

    report = SuiteCheckReportRequest(lease_token=held.lease_token, report=report_on(draft))

    assert not services.accept_check(runner, held.check_id, report).accepted
    assert list(SuiteCheck.objects.order_by("pk").values_list("state", flat=True)) == ["superseded", "queued"]


def test_a_discarded_draft_takes_its_checks_along(draft: SuiteVersion, runner: Runner) -> None:
    held = claim_check(runner)
    assert held is not None

    services.discard(draft)

    report = SuiteCheckReportRequest(lease_token=held.lease_token, report=report_on_nothing())
    with pytest.raises(SuiteCheck.DoesNotExist):
        services.accept_check(runner, held.check_id, report)


def report_on_nothing() -> dict[str, str]:
    return {"problem": "It is gone."}
