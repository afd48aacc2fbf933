"""bubblewrap as an ordinary user, with the system's own interpreter: user namespaces instead of real users."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy
import pytest

pytestmark = pytest.mark.bubblewrap
HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="module")
def results():
    packages = str(Path(numpy.__file__).parent.parent)
    python = shutil.which("python3.11", path="/usr/bin:/usr/local/bin") or sys.executable
    command = [python, "-B", str(HERE / "ordinary_user.py")]
    if os.geteuid() == 0:
        if not shutil.which("setpriv"):
            pytest.skip("needs setpriv to become an ordinary user")
        command = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", *command]
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": packages, "HOME": "/tmp"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=150, check=False)
    if done.returncode != 0 and ("namespaces here" in done.stderr or "Permission denied" in done.stderr):
        pytest.skip(done.stderr.strip().splitlines()[-1])
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_next_check_and_submission_is_well(results):
    assert {name for name, found in results.items() if found["next_case"] != "done"} == set()
    assert {name for name, found in results.items() if found["next_submission"] != 42} == set()


def test_an_honest_submission_is_answered(results):
    assert results["good"]["answer"] == 42


def test_a_case_has_no_privileges(results):
    status, seen = results["status"]["answer"]

    fields = dict(line.split(":\t") for line in status.splitlines() if ":\t" in line)
    assert {fields[name] for name in ("CapInh", "CapPrm", "CapEff", "CapAmb", "CapBnd")} == {"0" * 16}
    assert fields["NoNewPrivs"] == "1" and fields["Seccomp"] == "2"
    assert len([name for name in seen if name.isdigit()]) == 2


@pytest.mark.parametrize(
    ("name", "ending"), [("fork bomb", "timeout"), ("memory", "memory"), ("memory of many", "memory")]
)
def test_bombs_meet_their_limits_without_a_cgroup(results, name, ending):
    assert results[name]["ending"] == ending


def test_the_session_is_out_of_reach_although_it_is_the_same_user(results):
    assert results["kill"]["answer"] == 42
    assert results["session"]["answer"] == []


def test_nothing_can_be_written_and_no_namespace_made(results):
    assert results["writes"]["answer"] == []
    assert results["namespaces"]["answer"] == [-1, -1, -1]


def test_who_leaves_the_family_is_not_waited_for(results):
    assert results["leaves"]["answer"] == 42
