"""Submissions that try to get points without computing anything: none does.

Each of them is the starter, in which nothing is written yet, with a few lines in front or behind.
"""

import pytest

from runners.protocol import Outcome
from runners.suites import SUITES_FOLDER, load_suite
from tests.suites.test_shipped_suites import grade

pytestmark = pytest.mark.bubblewrap

AUTODIFF = load_suite(SUITES_FOLDER / "autodiff")
STARTER = (AUTODIFF.folder / "starter" / "needle.py").read_text(encoding="utf-8")
GIVE_ANYTHING_BACK = """
class Anything:
    shape = (3, 4)
    def __init__(self, *_, **__): self.grad = self
    def __getattr__(self, name): return self
    def __call__(self, *_, **__): return self
    def numpy(self): return VALUE
    def backward(self, *_): pass

def __getattr__(name): return lambda *_, **__: Anything()
for each in "add multiply divide power negate log exp relu transpose reshape broadcast_to summation matmul".split():
    globals()[each] = lambda *_, **__: Anything()
logsumexp = softmax_loss = add
train_epoch = lambda *_, **__: (Anything(), Anything())
topological_order = lambda root: []
Tensor = Anything
"""

ATTACKS = {
    "leave before the checks": "import os; os._exit(0)",
    "exit with success": "raise SystemExit(0)",
    "say that all passed": "import atexit; atexit.register(print, '27 passed')\nprint('27 passed in 0.01s')",
    "patch the comparison": "np.allclose = np.array_equal = np.testing.assert_allclose = lambda *_, **__: True",
    "state a generous rule": """
from gpu_worker.harness.cases import Recorder
generous = {"kind": "close", "rtol": 1e300, "atol": 1e300}
Recorder.close = lambda self, name, value, **_: self._record(name, generous, np.zeros((3, 4)))
""",
    "record nothing": "from gpu_worker.harness.cases import Recorder\nRecorder.close = lambda *_, **__: None",
    "replace the cases": """
from gpu_worker.harness import casework
casework.load_cases = lambda suite: []
""",
    "say done from a descriptor": """
import os
from gpu_worker.protocol import encode
for descriptor in range(64):
    try: os.write(descriptor, encode("finished", ending="done", message=""))
    except OSError: pass
""",
    "answer nonsense on every descriptor": """
import os
for descriptor in range(64):
    try: os.write(descriptor, b"\\xff" * 4096)
    except OSError: pass
""",
    "find the reference": """
import gc, sys
for each in gc.get_objects():
    if type(each) is dict and "topological_order" in each and each is not globals():
        globals().update({k: v for k, v in each.items() if not k.startswith("__")})
""",
    "shadow numpy's generator": "np.random.default_rng = lambda seed=None: np.random.RandomState(0)",
}
VALUES = {
    "nan": "np.full((3, 4), np.nan)",
    "zero": "np.zeros((3, 4))",
    "one that stretches": "np.zeros(())",
    "none": "None",
    "infinity": "np.full((3, 4), np.inf)",
    "always equal": "type('Liar', (np.ndarray,), {'__eq__': lambda *_: True})((3, 4))",
    "an object that converts": "type('Liar', (), {'__array__': lambda *_: np.zeros((3, 4)), 'dtype': np.float64})()",
    "an object array": "np.array([object()])",
}


@pytest.mark.parametrize("lines", ATTACKS.values(), ids=ATTACKS)
def test_an_attack_earns_nothing(lines, bubblewrap):
    report = grade(bubblewrap, AUTODIFF, {"needle.py": f"{STARTER}\n{lines}\n".encode()})

    assert [check.id for check in report.checks if check.points or check.outcome is Outcome.PASSED] == []


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_a_value_that_was_not_computed_earns_nothing(value, bubblewrap):
    source = f"{STARTER}\nVALUE = {value}\n{GIVE_ANYTHING_BACK}"

    report = grade(bubblewrap, AUTODIFF, {"needle.py": source.encode()})

    assert report.message == ""
    assert [check.id for check in report.checks if check.points or check.outcome is Outcome.PASSED] == []


def test_a_module_of_the_submissions_own_does_not_replace_numpy_or_the_harness(bubblewrap):
    files = {
        "needle.py": STARTER.encode(),
        "numpy.py": b"raise SystemExit",
        "sitecustomize.py": b"raise SystemExit",
        "gpu_worker.py": b"raise SystemExit",
        "conftest.py": b"raise SystemExit",
    }

    report = grade(bubblewrap, AUTODIFF, files)

    assert report.message == ""
    assert {check.outcome for check in report.checks} == {Outcome.FAILED}
    assert all("is not written yet" in check.message for check in report.checks)
