"""What a submission can forge where tests decide in its own process: said honestly, one by one.

``FORGED`` is what ``docs/explanation/integrity.md`` calls self-reported: each of these gets points that it has not
earned. ``REFUSED`` are attacks that the jail, the manifest and the fork per test stop all the same.
"""

import pytest

from runners.protocol import Outcome
from tests.kinds.conftest import grade

pytestmark = pytest.mark.bubblewrap

TESTS = """
import pytest
from work import double

@pytest.mark.points(4)
def test_double():
    assert double(2) == 4

@pytest.mark.points(4)
def test_nothing_of_the_sort():
    assert double(3) == 6
"""
FORGED = {
    "an object that equals everything": """
class Yes:
    def __eq__(self, other): return True
def double(x): return Yes()
""",
    "a patched hook of pytest": """
import _pytest.runner
_pytest.runner.CallInfo.from_call = classmethod(
    lambda cls, func, when, reraise=None: cls(None, None, 0, 0, 0, when, _ispytest=True))
def double(x): return None
""",
    "a patched outcome of the harness": """
from gpu_worker.harness import pytest_work
pytest_work.outcome_of = lambda reports: pytest_work.TestOutcome(outcome="passed")
def double(x): return None
""",
    "a report and a last word of one's own": """
import os
from gpu_worker.protocol import encode
report = {"outcome": "passed", "message": "", "score": None, "tags": [], "leaderboard": None}
def double(x):
    os.write(3, encode("record", name="report", rule={}, value=report))
    os.write(3, encode("finished", ending="done", message=""))
    os._exit(0)
""",
    "the expected value, read out of the test's own source": """
import sys, re
def double(x):
    line = sys._getframe(1).f_lineno
    with open(sys._getframe(1).f_code.co_filename) as source:
        return int(re.search(r"== (\\d+)", source.read().splitlines()[line - 1])[1])
""",
}
NOTHING = "\ndef double(x):\n    return None\n"
REFUSED = {
    "leave with success": "import os\nos._exit(0)",
    "leave with success in a test": "import os\ndouble = lambda x: os._exit(0)",
    "leave by exit": "raise SystemExit(0)",
    "leave by pytest.exit": "import pytest\ndouble = lambda x: pytest.exit('all passed', returncode=0)",
    "skip": "import pytest\ndouble = lambda x: pytest.skip('passed')",
    "say at exit that all passed": "import atexit\natexit.register(print, '2 passed')\nprint('2 passed in 0.01s')",
    "write a results file": """
import json, os
for folder in ("/autograder/results", "/tmp", "/job", "/job/suite", "."):
    try:
        os.makedirs(folder, exist_ok=True)
        open(f"{folder}/results.json", "w").write(json.dumps({"score": 100}))
    except OSError: pass
""",
    "change the tests": """
import glob, os
for path in glob.glob("/job/suite/**/*.py", recursive=True) + glob.glob("/tmp/work/tests/*"):
    try: open(path, "w").write("def test_double(): pass\\ndef test_nothing_of_the_sort(): pass\\n")
    except OSError: pass
    try: os.unlink(path)
    except OSError: pass
""",
    "leave a file for the next test": """
import os
os.makedirs("/tmp/compiled", exist_ok=True)
open("/tmp/conftest.py", "w").write("raise SystemExit")
os.symlink("/job/suite", "/tmp/compiled/link")
""",
    "report twice": """
import os
from gpu_worker.protocol import encode
report = {"outcome": "passed", "message": "", "score": None, "tags": [], "leaderboard": None}
for _ in range(2):
    try: os.write(3, encode("record", name="report", rule={}, value=report))
    except OSError: pass
""",
    "report a score beyond what there is, of another form": """
import os
from gpu_worker.protocol import encode
def double(x):
    os.write(3, encode("record", name="report", rule={}, value={"outcome": "passed", "score": "100", "points": 100}))
    os.write(3, encode("finished", ending="done", message=""))
    os._exit(0)
""",
    "answer nonsense on every descriptor": """
import os
for descriptor in range(3, 64):
    try: os.write(descriptor, b"\\xff" * 4096)
    except OSError: pass
""",
    "collect a thousand tests": """
import os
from gpu_worker.protocol import encode
item = dict(id="x", node="x", title="", group="", points="9", seconds=None, number="", visibility="", is_skipped=False)
for _ in range(1000):
    try: os.write(3, encode("item", **item))
    except OSError: pass
""",
}


@pytest.fixture(scope="module")
def suite(tmp_path_factory, bubblewrap):
    """Two tests of one function."""
    from tests.kinds.conftest import make_suite as fixture  # noqa: PLC0415 - the same maker, for a whole module

    return fixture.__wrapped__(tmp_path_factory.mktemp("forgeries"), bubblewrap)(TESTS)


@pytest.mark.parametrize("source", FORGED.values(), ids=FORGED)
def test_a_forgery_that_succeeds_because_the_tests_decide_in_the_submissions_process(source, suite, bubblewrap):
    report = grade(bubblewrap, suite, {"work.py": source})

    assert {check.outcome for check in report.checks} == {Outcome.PASSED}


@pytest.mark.parametrize("source", REFUSED.values(), ids=REFUSED)
def test_an_attack_that_earns_nothing_all_the_same(source, suite, bubblewrap):
    source = source if "double" in source else source + NOTHING

    report = grade(bubblewrap, suite, {"work.py": source})

    assert [check.id for check in report.checks if check.points or check.outcome is Outcome.PASSED] == []


def test_no_forgery_earns_more_than_a_test_is_worth(suite, bubblewrap):
    source = FORGED["a report and a last word of one's own"].replace('"score": None', '"score": 1e300')

    report = grade(bubblewrap, suite, {"work.py": source})

    assert [check.points for check in report.checks] == [4, 4]
