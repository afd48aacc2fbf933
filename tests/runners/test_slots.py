"""Slots: every claimed job ends in exactly one way, whatever breaks, and nothing is claimed that cannot be run."""

import threading
import time
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace

import pytest

from runners import lease, slots
from runners.conversation import Stopped
from runners.protocol import CheckReport, Lane, Outcome, Phase, RunReport
from runners.sandboxes.base import SandboxFault
from runners.site_client import SiteClient
from runners.slots import Slots
from tests.runners.fake_site import FILES, METADATA, TOKEN, FakeSite, until

SUITE = SimpleNamespace(digest="d1", manifest=SimpleNamespace(longest_seconds=4.0))


def check(number: int, *, output: str = "") -> CheckReport:
    return CheckReport(
        id=f"check {number}", outcome=Outcome.PASSED, points=Decimal(1), max_points=Decimal(1), output=output
    )


class ScriptedGrader:
    """Grades as the test says: `script` is called with everything that a real grader gets."""

    def __init__(self) -> None:
        self.seen: list[dict[str, bytes]] = []
        self.at_once = 0
        self.most_at_once = 0
        self.script: Callable[..., None] = lambda **_: None
        self._lock = threading.Lock()

    def grade(self, suite, files, *, metadata, on_phase, on_check, stopped) -> RunReport:
        with self._lock:
            self.seen.append(files)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            on_phase(Phase.SANDBOX_READY)
            self.script(metadata=metadata, on_phase=on_phase, on_check=on_check, stopped=stopped)
        finally:
            with self._lock:
                self.at_once -= 1
        return RunReport(
            suite_name="autodiff", suite_digest="d1", checks=[check(1)], seed="00", sandbox="fake", machine="here"
        )


def wait_for_stop(*, stopped: threading.Event, **_: object) -> None:
    assert stopped.wait(10)
    raise Stopped


@pytest.fixture
def site():
    with FakeSite().serving() as running:
        yield running


@pytest.fixture
def grader():
    return ScriptedGrader()


@pytest.fixture
def host(site, grader):
    made = Slots(SiteClient(site.url, TOKEN), grader, {"autodiff": SUITE}, lane=Lane.CPU, slots=2, sandbox="bubblewrap")
    yield made
    made.stop(0)


def serve(host: Slots, *, tickets: int = 1) -> None:
    """Bring tickets and wait until all that they led to is done."""
    for _ in range(tickets):
        host.wake()
    until(lambda: host.is_idle, 60)


def test_a_slot_works_until_the_site_has_nothing(site, grader, host):
    for number in range(3):
        site.add_job(number)

    serve(host)

    assert len(site.told_of("report")) == 3
    assert grader.seen == [FILES] * 3
    assert host.is_idle


def test_a_grader_may_ask_for_the_metadata_of_its_submission(site, grader, host):
    asked = []
    grader.script = lambda metadata, **_: asked.append(metadata())
    site.add_job()

    serve(host)

    assert asked == [METADATA]


def test_a_claim_names_the_suites_and_slots_of_this_host(site, host):
    serve(host)

    assert site.claims[0] | {"protocol": 1} == {
        "protocol": 1,
        "lane": "cpu",
        "slots": 2,
        "suites": {"autodiff": "d1"},
        "sandbox": "bubblewrap",
        "kinds": [],
        "environments": [],
    }


def test_no_more_jobs_run_at_once_than_there_are_slots(site, grader, host):
    grader.script = lambda **_: time.sleep(0.05)
    for number in range(8):
        site.add_job(number)

    serve(host, tickets=5)

    assert grader.most_at_once == 2
    assert len(site.told_of("report")) == 8


def test_a_ticket_that_finds_no_free_slot_is_not_forgotten(site, host, monkeypatch):
    """The job is queued after the slot's last claim was answered, and its ticket comes before the slot is free."""
    real_claim, late = host._client.claim, []

    def claim(request):
        answer = real_claim(request)
        if answer is None and not late:
            late.append(site.add_job(7))
            with monkeypatch.context() as busy:
                busy.setattr(host, "_free", 0)
                assert not host.wake()
        return answer

    host._client.claim = claim

    serve(host)

    assert [job_id for kind, job_id, _ in site.told if kind == "report"] == [7]


def test_the_report_carries_the_phases_of_this_host_in_order(site, grader, host):
    def script(on_phase, on_check, **_):
        on_phase(Phase.FIRST_CHECK)
        on_phase(Phase.LAST_CHECK)

    grader.script = script
    site.add_job()

    serve(host)

    phases = site.told_of("report")[0]["report"]["phase_seconds"]
    assert list(phases) == [phase.value for phase in Phase]
    assert list(phases.values()) == sorted(phases.values())


def test_the_first_check_is_told_at_once_and_later_ones_together(site, grader, host, monkeypatch):
    monkeypatch.setattr(lease, "PROGRESS_SECONDS", 2.0)

    def script(on_check, **_):
        on_check(check(1, output="x" * 10_000))
        until(lambda: site.told_of("events"), 1.9)
        for number in range(2, 22):
            on_check(check(number))
            time.sleep(0.01)
        until(lambda: len(site.told_of("events")) >= 2)

    grader.script = script
    site.add_job()

    serve(host)

    events = site.told_of("events")
    told = [len(event["checks"]) for event in events]
    assert (told[0], told[-1]) == (1, 21)
    assert len(told) <= 3
    assert len(events[0]["checks"][0]["output"]) == lease.OUTPUT_WHILE_RUNNING


def test_a_slow_site_never_slows_grading(site, grader, host):
    site.fail["events"] = ["hang"] * 3

    def script(on_check, **_):
        for number in range(100):
            on_check(check(number))
        site.hangs_until.set()

    grader.script = script
    site.add_job()

    serve(host)

    assert len(site.told_of("report")) == 1


def test_a_heartbeat_goes_out_three_times_per_lease_where_nothing_happens(site, grader, host):
    grader.script = lambda **_: until(lambda: len(site.told_of("events")) >= 4)
    site.add_job(lease_seconds=1.5)

    serve(host)

    assert len(site.told_of("report")) == 1


def test_a_lost_lease_stops_the_jail_and_writes_nothing(site, grader, host):
    def script(stopped, **_):
        site.live[1] += 1
        wait_for_stop(stopped=stopped)

    grader.script = script
    site.add_job(lease_seconds=1.5)

    serve(host)

    assert {kind for kind, _, _ in site.told} == {"late events"}
    assert host.is_idle


def test_a_report_that_comes_too_late_is_handed_in_once_and_refused(site, grader, host):
    grader.script = lambda **_: site.live.clear()
    site.add_job()

    serve(host)

    assert [kind for kind, _, _ in site.told if "report" in kind] == ["late report"]


def test_a_report_is_tried_until_the_site_answers(site, grader, host):
    site.fail["report"] = [503, "cut", "cut", 502]
    site.add_job()

    serve(host)

    assert len(site.told_of("report")) == 1


def test_a_report_is_given_up_once_the_lease_is_surely_gone(site, grader, host):
    site.fail["report"] = site.fail["fault"] = [503] * 1_000
    site.fail["events"] = [503] * 1_000
    site.add_job(lease_seconds=0.5)
    begin = time.monotonic()

    serve(host)

    assert 0.5 < time.monotonic() - begin < 20
    assert site.told == []


def test_a_broken_sandbox_is_our_fault_and_the_slot_rests(site, grader, host):
    def script(**_):
        raise SandboxFault("The sandbox would not start.", "bwrap: no space left")

    grader.script = script
    site.add_job(1)
    site.add_job(2)

    serve(host)

    fault = site.told_of("fault")
    assert [(body["sentence"], body["detail"]) for body in fault] == [
        ("The sandbox would not start.", "bwrap: no space left")
    ]
    assert len(site.queue) == 1
    assert host.is_idle


def test_a_bug_of_ours_is_a_fault_with_its_traceback_and_the_slot_lives(site, grader, host):
    def script(**_):
        raise ZeroDivisionError

    grader.script = script
    site.add_job()

    serve(host)

    fault = site.told_of("fault")[0]
    assert fault["sentence"] == slots.OUR_FAULT
    assert "ZeroDivisionError" in fault["detail"]
    assert host.is_idle


def test_a_bundle_that_does_not_fit_its_digest_is_our_fault(site, host):
    site.add_job(bundle_sha256="0" * 64)

    serve(host)

    assert "digest" in site.told_of("fault")[0]["detail"]


def test_a_suite_that_this_host_does_not_have_is_our_fault(site, host):
    site.add_job(suite_digest="d2")

    serve(host)

    assert "d2" in site.told_of("fault")[0]["detail"]


def test_a_report_that_the_site_cannot_read_becomes_a_fault(site, host):
    site.fail["report"] = [400]
    site.add_job()

    serve(host)

    assert "400" in site.told_of("fault")[0]["detail"]


def test_progress_that_the_site_cannot_read_does_not_end_the_run(site, grader, host):
    site.fail["events"] = [400]

    def script(on_check, **_):
        on_check(check(1))
        until(lambda: site.told_of("events"))

    grader.script = script
    site.add_job(lease_seconds=1)

    serve(host)

    assert all(event["checks"] == [] for event in site.told_of("events"))
    assert len(site.told_of("report")) == 1


def test_a_run_that_outlasts_all_its_limits_is_ended_as_our_fault(site, grader, host, monkeypatch):
    monkeypatch.setattr(slots, "LONGEST_EXTRA_SECONDS", -3.8)
    grader.script = wait_for_stop
    site.add_job()

    serve(host)

    assert "longer than all its limits" in site.told_of("fault")[0]["detail"]


def test_stopping_lets_a_job_end_that_is_nearly_done(site, grader, host):
    started = threading.Event()

    def script(**_):
        started.set()
        time.sleep(0.3)

    grader.script = script
    site.add_job()
    host.wake()
    assert started.wait(30)

    host.stop(2)

    until(lambda: host.is_idle)
    assert len(site.told_of("report")) == 1
    assert site.told_of("release") == []


def test_stopping_kills_and_gives_back_a_job_that_goes_on(site, grader, host):
    grader.script = wait_for_stop
    site.add_job(1)
    site.add_job(2)
    site.add_job(3)
    host.wake()
    host.wake()
    until(lambda: grader.at_once == 2)
    begin = time.monotonic()

    host.stop(0.2)

    assert time.monotonic() - begin < 8  # a job that is not killed waits for ten
    until(lambda: host.is_idle)
    assert len(site.told_of("release")) == 2
    assert site.told_of("fault") == site.told_of("report") == []
    assert len(site.queue) == 1


def test_a_host_that_stops_claims_nothing(site, host):
    site.add_job()

    host.stop(0)

    assert not host.wake()
    assert site.claims == []


def test_the_timer_finds_work_without_any_ticket(site, host, monkeypatch):
    monkeypatch.setattr(slots, "POLL_SECONDS", 0.1)
    host.start()
    until(lambda: site.claims)

    site.add_job()

    until(lambda: site.told_of("report"))


def test_a_site_that_was_away_is_asked_again_soon_and_not_only_after_ten_seconds(site, host):
    site.fail["claim"] = [503] * 4
    site.add_job()

    host.start()

    until(lambda: site.told_of("report"), 9)


def test_a_site_that_is_away_while_a_bundle_is_read_costs_time_only(site, grader, host):
    site.fail["bundle"] = [503, "cut", "cut"]
    site.add_job()

    serve(host)

    assert len(site.told_of("report")) == 1
