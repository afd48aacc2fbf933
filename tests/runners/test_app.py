"""A whole runner as a real process: Celery, a ticket through the broker that is a folder, and the way out."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from celery import Celery

from runners.app import celery_settings
from runners.config import read_config
from runners.protocol import folder_digest
from runners.suites import SUITES_FOLDER, load_suite
from tests.runners.fake_site import TOKEN, FakeSite, until, zipped

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow


@contextmanager
def runner(site: FakeSite, folder: Path, **environment: str) -> Iterator[subprocess.Popen]:
    arguments = "-A runners.app worker -P threads -c 2 -Q lane.cpu --without-gossip --without-mingle -l INFO"
    # A timer that never comes round: what is graded was found by its ticket.
    patient = "import runners.slots; runners.slots.POLL_SECONDS = 3600; import celery.__main__ as main; main.main()"
    kept = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONUNBUFFERED": "1"}
    settings = {"RUNNER_TOKEN": TOKEN, "SITE_URL": site.url, "BROKER_DIR": str(folder / "broker")}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", patient, *arguments.split()],
            cwd=ROOT,
            env=kept | settings | environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def site():
    with FakeSite().serving() as running:
        yield running


@pytest.mark.parametrize("broker", ["filesystem://", "redis://127.0.0.1:6379/1"])
def test_tickets_are_acknowledged_early_unlimited_and_json_only(tmp_path, broker):
    """A limit on tickets in flight stops a pool of threads for up to ten seconds at a time."""
    config = read_config({"RUNNER_TOKEN": "t", "LANE_BROKER_URL": broker, "BROKER_DIR": str(tmp_path)})

    settings = celery_settings(config)

    assert settings["worker_prefetch_multiplier"] == 0
    assert settings["task_acks_late"] is False
    assert settings["accept_content"] == ["json"]
    assert settings["broker_connection_max_retries"] is None


def test_without_any_jail_a_runner_stays_up_claims_nothing_and_says_what_to_install(site, tmp_path):
    site.add_job()
    empty = tmp_path / "empty"
    empty.mkdir()

    with runner(site, tmp_path, PATH=str(empty), DOCKER_HOST="tcp://127.0.0.1:1") as process:
        until(lambda: b"grades nothing yet" in (tmp_path / "log").read_bytes(), 30)
        until(lambda: b"ready." in (tmp_path / "log").read_bytes(), 30)

        assert process.poll() is None

    assert "bubblewrap" in (tmp_path / "log").read_text()
    assert site.claims == []


@pytest.mark.bubblewrap
def test_a_ticket_wakes_a_runner_which_grades_in_a_jail_and_goes_when_asked(site, tmp_path):
    suite = load_suite(SUITES_FOLDER / "autodiff")
    site.bundle = zipped(suite.reference_files)
    with runner(site, tmp_path, RUNNER_SANDBOX="bubblewrap") as process:
        until(lambda: site.claims, 60)
        site.add_job(suite_digest=suite.digest, bundle_sha256=folder_digest(suite.reference_files.items()))
        config = read_config({"RUNNER_TOKEN": TOKEN, "BROKER_DIR": str(tmp_path / "broker")})
        sender = Celery(set_as_current=False)
        sender.conf.update(celery_settings(config))
        sender.send_task("runners.tasks.work", args=["cpu"], queue="lane.cpu")

        until(lambda: site.told_of("report"), 120)

        report = site.told_of("report")[0]["report"]
        assert {check["outcome"] for check in report["checks"]} == {"passed"}
        assert site.told_of("events")
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        sender.close()
