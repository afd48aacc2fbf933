"""Suites of submitted values, run in the jail: what may be submitted, what scores, and that nothing forges a score."""

from decimal import Decimal

import pytest

from runners.conversation import Stopped
from runners.expected import ReferenceFailed
from runners.grading import Grader
from runners.protocol import Outcome
from runners.suites import SuiteInvalid
from tests.kinds.conftest import by_name, grade

pytestmark = pytest.mark.bubblewrap

TESTS = """
import mugrade
import numpy as np
from work import double, Tensor

def test_double():
    assert double(2) == 4

def submit_double():
    mugrade.submit(double(np.random.standard_normal((3, 4))))
    mugrade.submit(Tensor(np.arange(6.0).reshape(2, 3)))
    mugrade.submit(double(21))

def submit_text():
    mugrade.submit(double("ab"))
"""
REFERENCE = """
import numpy as np

class Tensor:
    def __init__(self, data): self.data = np.asarray(data)
    def detach(self): return Tensor(self.data)
    def numpy(self): return self.data

def double(x):
    return 2 * x
"""
WRONG = REFERENCE.replace("return 2 * x", "return None")
FORGERIES = {
    "an object that equals everything": """
class Yes:
    def __eq__(self, other): return True
    def numpy(self): return self
    detach = numpy
def double(x): return Yes()
""",
    "an array that says it is close to everything": """
class Liar(np.ndarray):
    def __eq__(self, other): return True
    def __array_function__(self, *_, **__): return True
def double(x): return np.zeros((3, 4)).view(Liar)
""",
    "a report of one's own": """
import os
from gpu_worker.protocol import encode
report = {"outcome": "passed", "message": "", "score": 100.0, "tags": [], "leaderboard": None}
def double(x):
    os.write(3, encode("record", name="report", rule={}, value=report))
    os.write(3, encode("finished", ending="done", message=""))
    os._exit(0)
""",
    "a generous rule": """
import os
from gpu_worker.protocol import encode
generous = {"kind": "close", "rtol": 1e300, "atol": 1e300}
def double(x):
    for number in (1, 2, 3):
        os.write(3, encode("record", name=f"value {number}", rule=generous, value=np.zeros((3, 4))))
    return None
""",
    "no submit call": "import mugrade\nmugrade.submit = lambda value: value",
    "every value that one can think of": """
import mugrade
for value in (0, 1, 42, "abab", None, np.zeros((3, 4))): mugrade.submit(value)
""",
    "a patched comparison": "np.allclose = np.isclose = np.array_equal = lambda *_, **__: True",
    "a patched harness": """
from gpu_worker.harness import pytest_work, submitted
pytest_work.outcome_of = lambda reports: pytest_work.TestOutcome(outcome="passed")
submitted._Plain.of = lambda self, value, depth=0: 42
""",
    "leave with success": "import os\ndef double(x): os._exit(0)",
    "a search for the reference": """
import gc
for each in gc.get_objects():
    if type(each) is dict and "double" in each and each is not globals(): globals()["double"] = each["double"]
""",
    "values that are not finite": "def double(x): return np.full((3, 4), np.nan)",
    "a value that changes afterwards": """
class Later:
    count = 0
    def numpy(self):
        Later.count += 1
        return self if Later.count < 100 else np.zeros(3)
def double(x): return Later()
""",
}


@pytest.fixture(scope="module")
def suite(tmp_path_factory, bubblewrap):
    """Two functions that submit, and one test."""
    from tests.kinds.conftest import make_suite as fixture  # noqa: PLC0415 - the same maker, for a whole module

    make = fixture.__wrapped__(tmp_path_factory.mktemp("values"), bubblewrap)
    return make(TESTS, REFERENCE, kind="values", settings="points = 10")


@pytest.mark.parametrize("lines", FORGERIES.values(), ids=FORGERIES)
def test_nothing_forges_a_value(lines, suite, bubblewrap):
    report = grade(bubblewrap, suite, {"work.py": WRONG + lines})

    checks = {check.id.rpartition(".")[2]: check for check in report.checks}
    # The second value is right in each of them: it is the suite's own array in the submission's own class.
    assert checks["submit_double"].points in (0, Decimal("1.66"))
    assert checks["submit_double"].outcome is not Outcome.PASSED
    assert (checks["submit_text"].points, checks["test_double"].points) == (0, 0)


def test_inputs_are_fresh_in_every_run_and_the_same_for_the_reference(suite, bubblewrap):
    report = grade(bubblewrap, suite, {"work.py": REFERENCE.replace("2 * x", "x + x")})
    again = grade(bubblewrap, suite, {"work.py": REFERENCE.replace("2 * x", "3 * x")}, seed=bytes.fromhex(report.seed))
    other = grade(bubblewrap, suite, {"work.py": REFERENCE.replace("2 * x", "3 * x")})

    assert sum(check.points for check in report.checks) == 10
    shown = [run.checks[0].details[0].found for run in (again, other)]
    assert shown[0] != shown[1]


def test_values_of_every_plain_sort_can_be_submitted(make_suite, bubblewrap):
    tests = """
import collections, datetime, mugrade
import numpy as np
import work

def submit_all():
    for value in work.values():
        mugrade.submit(value)

def submit_a_class():
    mugrade.submit(type(work))
    with mugrade.test:
        assert True

class TestIt:
    def submit_a_method(self):
        work.tell(mugrade.submit)
"""
    reference = """
import collections, datetime
import numpy as np

class Tensor:
    def __init__(self, data): self.cached = data
    def numpy(self): return self.cached

Pair = collections.namedtuple("Pair", "a b")

def values():
    yield from (None, True, 3, 2**80, 0.5, 1 + 2j, "ü", b"bytes", [1, (2, {3: "x"})], {1, 2}, Pair(1, 2), range(3))
    yield from (np.float32(2), np.array(["a", "b"]), np.array([1, None], object), np.matrix([[1, 2]]))
    yield from (np.dtype("f4"), datetime.date(2026, 1, 2), Tensor(np.ones(3)), [Tensor(np.ones(2)), Tensor(3.0)])
    yield np.arange(4, dtype=np.longdouble)

def tell(submit):
    submit("from a helper")
"""
    suite = make_suite(tests, reference, kind="values")

    report = grade(bubblewrap, suite, {"work.py": reference})

    assert {name: message for name, (_, message) in by_name(report).items()} == {
        "submit_all": "",
        "submit_a_class": "",
        "TestIt.submit_a_method": "",
    }
    assert sum(check.points for check in report.checks) == 100


def test_tensors_of_pytorch_can_be_submitted(make_suite, bubblewrap):
    pytest.importorskip("torch")
    tests = """
import mugrade
import torch
from work import double

def submit_it():
    x = torch.randn(3, 4, requires_grad=True)
    mugrade.submit(double(x))
    double(x).sum().backward()
    mugrade.submit([x.grad, x.shape, x.dtype, x.device])
    mugrade.submit(torch.tensor([1.5, 2.5], dtype=torch.bfloat16))
    mugrade.submit(torch.eye(2).to_sparse())
"""
    suite = make_suite(tests, kind="values", environment="torch-pytest")

    (right,) = grade(bubblewrap, suite, {"work.py": "def double(x):\n    return x + x\n"}).checks
    (wrong,) = grade(bubblewrap, suite, {"work.py": "def double(x):\n    return 2.02 * x\n"}).checks

    assert (right.outcome, right.message) == (Outcome.PASSED, "")
    assert (wrong.outcome, wrong.points) == (Outcome.PARTIAL, 50)
    assert wrong.hint.startswith("Every value is 1.01 times what it should be")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def values(): return [1]", "It submitted 1 of 2 values."),
        ("def values(): return []", "It submitted 0 of 2 values."),
        ("def values(): return [1, 2, 3]", "It submitted 3 values, the reference submits 2."),
        ("def values(): return [1, [2]]", "Value 2 (line 7) is a list, the reference has a number."),
        ("def values(): return [2, 1]", "Value 1 (line 7) is not what the reference has. 1 more value is wrong."),
        (
            "def values(): yield 1; raise ValueError('on purpose')",
            "It submitted 1 of 2 values.\nValueError: on purpose",
        ),
        ("def values(): return [1, object()]", "It submitted 1 of 2 values.\ngpu_worker.harness.values.Unrecordable: "),
        ("def values(): return [1, [0] * 60_000]", "It submitted 1 of 2 values.\n"),
        ("x = 1", "It submitted 0 of 2 values.\nAttributeError: module 'work' has no attribute 'values'"),
    ],
)
def test_what_is_missing_additional_or_of_another_form_is_said(source, message, counted, bubblewrap):
    (check,) = grade(bubblewrap, counted, {"work.py": source}).checks

    assert check.message.startswith(message)
    assert check.points == (5 if message.startswith(("It submitted 1 of 2", "Value 2")) else 0)


@pytest.fixture(scope="module")
def counted(tmp_path_factory, bubblewrap):
    """One function that submits two values."""
    from tests.kinds.conftest import make_suite as fixture  # noqa: PLC0415 - the same maker, for a whole module

    make = fixture.__wrapped__(tmp_path_factory.mktemp("counted"), bubblewrap)
    tests = (
        "import mugrade\nimport work\n\n\n"
        "def submit_it():\n    for value in work.values():\n        mugrade.submit(value)\n"
    )
    return make(tests, "def values(): return [1, 2]", kind="values", settings="points = 10")


@pytest.mark.parametrize(
    ("tests", "sentence"),
    [
        ("import mugrade\n\ndef submit_it():\n    pass\n", "submit_it: nothing was submitted"),
        ("import mugrade\n\ndef submit_it():\n    assert 1 == 2\n", "submit_it: done: assert 1 == 2"),
        ("import os, mugrade\n\ndef submit_it():\n    os._exit(1)\n", "submit_it: crashed"),
    ],
)
def test_a_reference_that_submits_nothing_is_no_fault_of_the_submission(tests, sentence, make_suite, bubblewrap):
    suite = make_suite(tests, "x = 1\n", kind="values")

    with pytest.raises(ReferenceFailed, match=sentence):
        grade(bubblewrap, suite, {"work.py": "x = 1\n"})


def test_a_suite_that_submits_nothing_gets_no_manifest(make_suite):
    with pytest.raises(SuiteInvalid, match="there is no function submit_\\* in it"):
        make_suite("def test_it():\n    pass\n", kind="values")


def test_a_value_suite_keeps_expected_values_ready_and_stops_when_asked(suite, bubblewrap, stopped):
    grader = Grader(bubblewrap, {"written": suite}, pool_size=1)
    try:
        assert grader.pool.wait_until_full(60)
        arguments = {"on_phase": lambda phase: None, "on_check": lambda check: None}
        report = grader.grade(suite, {"work.py": REFERENCE.encode()}, stopped=stopped, **arguments)
        stopped.set()
        with pytest.raises(Stopped):
            grader.grade(suite, {"work.py": REFERENCE.encode()}, stopped=stopped, **arguments)
    finally:
        grader.close()

    assert sum(check.points for check in report.checks) == 10
