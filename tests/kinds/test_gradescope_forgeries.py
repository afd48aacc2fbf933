"""What a hostile submission can do to a Gradescope autograder here, and what it cannot.

Self-reported is what the word says: the submission and the autograder are root in one container, so whoever writes
``results.json`` last decides. The first tests state that honestly. The others show what stays out of reach all the
same: the host, the network, other submissions, points beyond the most there are, and the time after the end.
"""

import json
from collections.abc import Callable
from decimal import Decimal

import pytest

from runners.autograders import reading
from runners.protocol import Outcome
from runners.suite import Suite
from tests.kinds.autograding import autograders as autograders
from tests.kinds.autograding import graded
from tests.kinds.autograding import suites as suites

pytestmark = [pytest.mark.autograders, pytest.mark.timeout(600)]

PERFECT = """{"tests": [
  {"name": "Evaluates 1 + 1", "number": "1.1", "score": 2, "max_score": 2},
  {"name": "Evaluates 7 / 2", "number": "1.2", "score": 2, "max_score": 2},
  {"name": "Evaluates 2 + 3 * 4", "number": "1.10", "score": 3, "max_score": 3},
  {"name": "Evaluates three more", "number": "2", "score": 3, "max_score": 3}]}"""
FORGERIES = {
    "rewrites the results at exit": f"""
import atexit
atexit.register(lambda: open("/autograder/results/results.json", "w").write('''{PERFECT}'''))
""",
    "writes the results and leaves": f"""
import os
open("/autograder/results/results.json", "w").write('''{PERFECT}''')
os._exit(0)
""",
    "patches the test runner": """
import unittest
unittest.TestCase.assertEqual = lambda *_: None
class Calculator:
    def evaluate(self, text):
        class Right(int):
            __eq__ = lambda self, other: True
        return Right()
""",
    "writes something else than it is given": f"""
import json
json.dump = lambda found, file, **_: file.write('''{PERFECT}''')
""",
}
# Runs at import; what it finds comes out in the leaderboard's place, as the output of a test of its own.
REPORTS = """
import json, os
def attempt(what):
    try:
        return str(what())
    except BaseException as error:
        return type(error).__name__
{attempt}
json.dump({{"score": 0, "output": json.dumps(found)}}, open("/autograder/results/results.json", "w"))
os._exit(0)
"""


@pytest.fixture(scope="module")
def suite(suites: Callable[[str], Suite]) -> Suite:
    return suites("python_unittest")


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_succeeds_because_the_autograder_decides_next_to_the_submission(suite: Suite, name: str) -> None:
    report = graded(suite, {"calculator.py": FORGERIES[name].encode()})

    assert report.score == 10
    assert {check.outcome for check in report.checks if check.counts} == {Outcome.PASSED}
    assert suite.manifest.kind.is_self_reported


def test_no_forgery_gives_more_than_the_suite_allows(suite: Suite) -> None:
    script = 'import os\nopen("/autograder/results/results.json", "w").write(\'{"score": 1000000}\')\nos._exit(0)\n'

    report = graded(suite, {"calculator.py": script.encode()})

    assert report.score == 11
    assert report.message == reading.TOO_MUCH.format(given=1000000, most=11)
    assert report.flags


@pytest.mark.parametrize(
    "place",
    [
        "os.symlink('/etc/passwd', path)",
        "os.rmdir(folder), os.symlink('/etc', folder)",
        "os.mkdir(path), [open(f'{path}/{n}', 'w').write('{}') for n in range(2000)]",
    ],
)
def test_what_is_no_plain_file_in_the_place_of_the_results_is_not_followed(suite: Suite, place: str) -> None:
    script = f"""
import os
folder = "/autograder/results"
path = f"{{folder}}/results.json"
for name in os.listdir(folder):
    os.unlink(f"{{folder}}/{{name}}")
{place}
os._exit(0)
"""

    report = graded(suite, {"calculator.py": script.encode()})

    assert report.score == 0
    assert "root:" not in report.model_dump_json() and "ELF" not in report.message


def test_results_of_a_gigabyte_are_refused(suite: Suite) -> None:
    script = """
import os
os.truncate(os.open("/autograder/results/results.json", os.O_CREAT | os.O_WRONLY), 1 << 30)
os._exit(0)
"""

    report = graded(suite, {"calculator.py": script.encode()})

    assert report.score == 0 and "larger than" in report.flags[0]


def test_a_flood_of_output_is_cut(suite: Suite) -> None:
    script = "import os\nfor _ in range(200):\n    os.write(1, b'flood' * 200_000)\n"

    report = graded(suite, {"calculator.py": script.encode()})

    assert len(report.console) <= 100_000 and "[...(truncated)...]" in report.console


def test_root_inside_reaches_nothing_of_the_host(suite: Suite) -> None:
    attempt = """
import socket
import ctypes
mount = ctypes.CDLL(None, use_errno=True).mount
found = {
    "owner of the host's kernel settings": attempt(lambda: open("/proc/sys/kernel/hostname", "w").write("taken")),
    "memory": attempt(lambda: open("/dev/mem", "rb").read(1)),
    "devices": attempt(lambda: os.mknod("/tmp/disk", 0o60600, os.makedev(254, 0))),
    "mount": attempt(lambda: mount(b"none", b"/mnt", b"tmpfs", 0, None)),
    "network": attempt(lambda: socket.create_connection(("192.0.2.1", 80), 2)),
    "engine": attempt(lambda: os.listdir("/run/coursehub")),
    "token": attempt(lambda: [name for name in os.environ if "TOKEN" in name or "SECRET" in name]),
    "processes": attempt(lambda: len([pid for pid in os.listdir("/proc") if pid.isdigit()]) < 10),
}
"""

    report = graded(suite, {"calculator.py": REPORTS.format(attempt=attempt).encode()})

    assert json.loads(report.output) == {
        "owner of the host's kernel settings": "OSError",
        "memory": "FileNotFoundError",
        "devices": "PermissionError",
        "mount": "-1",
        "network": "OSError",
        "engine": "FileNotFoundError",
        "token": "[]",
        "processes": "True",
    }


def test_a_fork_bomb_ends_with_its_container_and_the_next_submission_is_graded(suite: Suite) -> None:
    bomb = "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass\n"

    report = graded(suite, {"calculator.py": bomb.encode()}, run_seconds=3)

    assert report.score == 0 and "timed out" in report.message
    assert graded(suite, suite.reference_files).score == 10


def test_what_one_submission_leaves_the_next_does_not_find(suite: Suite) -> None:
    leaves = f"""
import os
for path in ("/autograder/run_autograder", "/autograder/source/run_tests.py", "/etc/left-behind"):
    open(path, "w").write("echo taken over")
open("/autograder/results/results.json", "w").write('''{PERFECT}''')
os._exit(0)
"""
    assert graded(suite, {"calculator.py": leaves.encode()}).score == 10

    attempt = 'found = os.path.exists("/etc/left-behind")'
    report = graded(suite, {"calculator.py": REPORTS.format(attempt=attempt).encode()})

    assert report.output == "false"
    assert report.score == Decimal(0)
