"""The tests that rest on the database's own locking, once more on PostgreSQL where the others ran on SQLite."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from tests.conftest import POSTGRES_URL

HERE = Path(__file__).parent


@pytest.mark.postgres
@pytest.mark.slow
def test_races_and_the_job_machine_hold_on_postgresql() -> None:
    if connection.vendor == "postgresql":
        pytest.skip("the whole run is on PostgreSQL already")
    if os.environ.get("TESTED_ON_POSTGRES"):
        pytest.skip("CI has run them there just before")
    names = ("test_races.py", "test_job_machine.py", "test_jobs.py", "test_regrade_races.py", "test_reports.py")
    files = [str(HERE / name) for name in names]
    # A database name of its own: several runs may share one server.
    environment = {**os.environ, "DATABASE_URL": f"{POSTGRES_URL.rpartition('/')[0]}/coursehub_{os.getpid()}"}
    environment.pop("PYTEST_XDIST_WORKER", None)

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--create-db", *files],
        env=environment,
        cwd=HERE.parent.parent,
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
