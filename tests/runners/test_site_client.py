"""The door to the site, against a real HTTP server that answers, refuses, hangs and hangs up."""

import pytest

from runners import site_client
from runners.bundles import MAX_BUNDLE_BYTES, BundleInvalid
from runners.protocol import (
    MAX_REPORT_BYTES,
    CheckReport,
    ClaimRequest,
    JobEvent,
    Lane,
    Outcome,
    Phase,
    ReportRequest,
    RunReport,
    RunRequest,
    ValueDifference,
)
from runners.site_client import LeaseLost, SiteClient, SiteRefused, SiteUnavailable, shortened
from tests.runners.fake_site import METADATA, TOKEN, FakeSite

ASK = ClaimRequest(lane=Lane.CPU, slots=2, suites={"autodiff": "d1"}, sandbox="bubblewrap")


@pytest.fixture
def site():
    with FakeSite().serving() as running:
        yield running


@pytest.fixture
def client(site):
    door = SiteClient(site.url, TOKEN)
    yield door
    door.close()


def claimed(site: FakeSite, client: SiteClient) -> RunRequest:
    site.add_job()
    job = client.claim(ASK)
    assert job is not None
    return job


def report(*, checks: int = 1, output: str = "") -> RunReport:
    return RunReport(
        suite_name="autodiff",
        suite_digest="d1",
        checks=[
            CheckReport(id=f"c{number}", outcome=Outcome.PASSED, points=1, max_points=1, output=output)
            for number in range(checks)
        ],
        seed="00ff",
        sandbox="bubblewrap",
        machine="here",
    )


def event(job: RunRequest) -> JobEvent:
    return JobEvent(lease_token=job.lease_token, phase=Phase.CLAIMED)


def test_a_claim_says_who_asks_and_for_what_and_brings_the_job(site, client):
    job = claimed(site, client)

    assert job.job_id == 1
    assert site.claims == [ASK.model_dump(mode="json")]
    assert site.requests[0][2]["Authorization"] == f"Runner {TOKEN}"


def test_a_claim_brings_none_when_there_is_nothing_to_do(site, client):
    assert client.claim(ASK) is None


def test_a_lost_answer_to_a_claim_is_not_asked_for_again(site, client):
    site.fail["claim"] = ["cut"]

    with pytest.raises(SiteUnavailable):
        client.claim(ASK)

    assert len(site.requests) == 1


def test_an_event_is_sent_again_over_a_new_connection(site, client):
    job = claimed(site, client)
    site.fail["events"] = ["cut"]

    client.event(job, event(job))

    assert len(site.told_of("events")) == 1


def test_one_connection_serves_a_whole_job(site, client):
    job = claimed(site, client)
    client.bundle(job)
    client.event(job, event(job))

    client.report(job, report())

    assert len(site.connections) == 1


def test_a_bundle_is_fetched_with_the_lease_token(site, client):
    job = claimed(site, client)

    assert client.bundle(job) == site.bundle


def test_a_bundle_with_a_dead_token_is_a_lost_lease(site, client):
    job = claimed(site, client)
    site.live[job.job_id] += 1

    with pytest.raises(LeaseLost):
        client.bundle(job)


def test_metadata_comes_with_the_fields_that_the_site_sent_and_no_others(site, client):
    job = claimed(site, client)

    assert client.metadata(job) == METADATA


def test_metadata_with_a_dead_token_is_a_lost_lease(site, client):
    job = claimed(site, client)
    site.live.clear()

    with pytest.raises(LeaseLost):
        client.metadata(job)


def test_a_bundle_beyond_the_cap_is_refused_while_it_arrives(site, client, monkeypatch):
    monkeypatch.setattr(site_client, "MAX_BUNDLE_BYTES", 100)
    job = claimed(site, client)

    with pytest.raises(BundleInvalid):
        client.bundle(job)
    assert MAX_BUNDLE_BYTES > 1 << 20


def test_an_event_of_a_lost_lease_says_so(site, client):
    job = claimed(site, client)
    del site.live[job.job_id]

    with pytest.raises(LeaseLost):
        client.event(job, event(job))


@pytest.mark.parametrize(
    ("status", "error"), [(500, SiteUnavailable), (503, SiteUnavailable), (429, SiteUnavailable), (404, LeaseLost)]
)
def test_an_answer_that_says_later_can_be_told_from_one_that_says_never(site, client, status, error):
    job = claimed(site, client)
    site.fail["events"] = [status]

    with pytest.raises(error):
        client.event(job, event(job))


@pytest.mark.parametrize("status", [400, 413, 302])
def test_a_refusal_says_what_the_site_said(site, client, status):
    job = claimed(site, client)
    site.fail["report"] = [status]

    with pytest.raises(SiteRefused, match=f"{status}.*as planned"):
        client.report(job, report())


def test_an_unknown_token_is_refused_with_what_to_do(site):
    with pytest.raises(SiteRefused, match="Register the runner again"):
        SiteClient(site.url, "another").claim(ASK)


def test_a_site_that_hangs_is_unavailable_after_the_time_limit(site, client):
    job = claimed(site, client)
    site.fail["events"] = ["hang"]

    with pytest.raises(SiteUnavailable, match="in time"):
        client.event(job, event(job), answer_seconds=0.2)


def test_a_site_that_is_not_there_is_unavailable(free_port):
    with pytest.raises(SiteUnavailable, match="cannot be reached"):
        SiteClient(f"http://127.0.0.1:{free_port}", TOKEN).claim(ASK)


def test_an_answer_of_another_shape_is_refused(site, client):
    site.fail["claim"] = [200]

    with pytest.raises(SiteRefused, match="no RunRequest"):
        client.claim(ASK)


def test_a_report_that_is_too_large_loses_output_and_nothing_else():
    large = report(checks=300, output="x" * 60_000)

    small = shortened(large)

    assert len(ReportRequest(lease_token=1, report=small).model_dump_json()) < MAX_REPORT_BYTES
    assert [check.points for check in small.checks] == [check.points for check in large.checks]
    assert all(check.output for check in small.checks)


@pytest.mark.parametrize(("checks", "field"), [(80, "output"), (500, "message"), (200, "details")])
def test_a_report_of_characters_that_take_three_bytes_each_is_accepted_too(checks, field):
    large = report(checks=checks)
    difference = ValueDifference(name="x", reason="\ufffd" * 900, found="\ufffd" * 400, expected="\ufffd" * 400)
    text = "\ufffd" * (65_000 if field == "output" else 2_000)
    more = {field: [difference] * 20 if field == "details" else text, "hint": "\ufffd" * 2_000}
    large = large.model_copy(update={"checks": [check.model_copy(update=more) for check in large.checks]})

    small = shortened(large)

    assert len(ReportRequest(lease_token=1, report=small).model_dump_json().encode()) <= MAX_REPORT_BYTES
    assert [check.points for check in small.checks] == [check.points for check in large.checks]
    assert all(check.hint for check in small.checks)


def test_a_fault_and_a_release_carry_the_lease(site, client):
    job = claimed(site, client)
    client.fault(job, sentence="Ours.", detail="y" * 30_000)
    site.live[job.job_id] = job.lease_token
    client.release(job)

    assert site.told_of("fault")[0]["sentence"] == "Ours."
    assert len(site.told_of("fault")[0]["detail"]) == 20_000
    assert site.told_of("release") == [{"lease_token": job.lease_token}]
