"""What a differential suite may state, in a real jail: every comparator, hidden cases, needs, draws, sizes, data."""

from decimal import Decimal

import numpy as np
import pytest

from runners.expected import ReferenceFailed
from runners.grading import Grader
from runners.protocol import Outcome, Visibility
from runners.suites import SUITES_FOLDER, SuiteInvalid, load_suite
from tests.runners.lab import Lab, points

pytestmark = pytest.mark.bubblewrap


@pytest.fixture
def lab(bubblewrap, tmp_path):
    return Lab(bubblewrap, tmp_path)


SPAN = """
    @case("a basis of the row space", points=4)
    def basis(work, rng, record):
        record.custom("basis", work.basis(rng.standard_normal((2, 5))), comparator="same_span", slack=1e-9)
"""
SAME_SPAN = """
    from gpu_worker.harness.comparators import comparator

    @comparator
    def same_span(found, expected, slack):
        if found.shape != expected.shape:
            return 0.25, "The basis has another number of vectors"
        both = np.linalg.matrix_rank(np.vstack([found, expected]), tol=slack)
        return bool(both == len(expected) == np.linalg.matrix_rank(found, tol=slack)), "It spans another space."
"""
BASIS = "import numpy as np\ndef basis(a):\n    return np.linalg.qr(a.T)[0].T\n"


def test_a_comparator_of_the_suite_accepts_what_only_it_can_tell_to_be_right(lab):
    suite = lab.suite(SPAN, reference=BASIS, compare_py=SAME_SPAN)

    assert lab.check(suite, "def basis(a):\n    return a * 3.0\n").outcome is Outcome.PASSED
    wrong = lab.check(suite, "def basis(a):\n    return a + 1.0\n")
    assert (wrong.outcome, wrong.points, wrong.message) == (Outcome.FAILED, Decimal(0), "It spans another space.")


def test_a_comparator_may_give_a_share_of_the_points(lab):
    suite = lab.suite(SPAN, reference=BASIS, compare_py=SAME_SPAN)

    check = lab.check(suite, "def basis(a):\n    return a[:1]\n")

    assert (check.outcome, check.points) == (Outcome.PARTIAL, Decimal("1.00"))
    assert check.message == "The basis has another number of vectors."


@pytest.mark.parametrize(
    ("work", "message"),
    [
        ("def basis(a):\n    return a.astype('f4')\n", "Basis is float32, the reference is float64."),
        ("def basis(a):\n    return None\n", "Basis is nothing (None), the reference has an array."),
        ("def basis(a):\n    return a * float('nan')\n", "Basis is not finite everywhere."),
        ("def basis(a):\n    return a[:, :3]\n", "The basis has another number of vectors."),
    ],
)
def test_a_comparator_is_not_asked_about_what_can_never_be_right(work, message, lab):
    suite = lab.suite(SPAN, reference=BASIS, compare_py=SAME_SPAN)

    assert lab.check(suite, work).message == message


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("raise ValueError('no such luck')", "could not be compared: ValueError: no such luck"),
        ("while True: pass", "could not be compared: It did not end within 1 s"),
        ("__import__('os')._exit(0)", "could not be compared: It ended the process by itself"),
        ("return [bytearray(1 << 22) for _ in range(10_000)]", "could not be compared: "),
        ("return 'maybe'", "could not be compared: ValueError"),
    ],
)
def test_a_comparator_that_fails_on_a_submissions_value_is_a_failed_check_that_says_so(body, words, lab):
    compare = f"""
    from gpu_worker.harness.comparators import comparator

    @comparator
    def picky(found, expected):
        if found == expected:
            return True
        {body}
    """
    cases = """
    @case("a number", points=1, seconds=1.0)
    def number(work, rng, record):
        record.custom("number", work.number(), comparator="picky")
    """
    suite = lab.suite(cases, reference="def number(): return 1", compare_py=compare)

    check = lab.check(suite, "def number(): return 2")

    assert (check.outcome, check.points) == (Outcome.FAILED, Decimal(0))
    assert check.message.startswith("Number " + words)


@pytest.mark.parametrize(
    ("compare", "words"),
    [
        ("def picky(found, expected): raise ValueError('never')", "never"),
        ("def picky(found, expected):\n        while True: pass", "did not end within 1 s"),
        ("def picky(found, expected): return False", "it does not pass its own check"),
        ("def another(found, expected): return True", "no comparator 'picky'"),
        ("def picky(found expected)", "SyntaxError"),
    ],
)
def test_a_comparator_that_fails_on_the_references_own_value_is_our_fault(compare, words, lab):
    cases = """
    @case("a number", points=1, seconds=1.0)
    def number(work, rng, record):
        record.custom("number", work.number(), comparator="picky")
    """
    source = f"""
    from gpu_worker.harness.comparators import comparator

    @comparator
    {compare}
    """
    suite = lab.suite(cases, reference="def number(): return 1", compare_py=source)

    with pytest.raises(Exception, match=words) as fault:
        lab.expect(suite)

    assert type(fault.value).__name__ in ("ReferenceFailed", "SandboxFault")


def test_comparators_never_come_into_a_submissions_jail(lab):
    suite = lab.suite(SPAN, reference=BASIS, compare_py=SAME_SPAN)
    spy = """
    import sys
    def basis(a):
        raise ValueError(sorted(name for name in sys.modules if name.startswith("this_suite")))
    """

    assert "['this_suite', 'this_suite.cases']" in lab.check(suite, spy).message


TWO = """
    @case("shown", points=1)
    def shown(work, rng, record):
        record.exact("answer", work.answer(1))
"""
HIDDEN = """
    from this_suite.cases import shown

    SECRET = 12345

    @case("kept back", points=2, needs=["shown"])
    def kept_back(work, rng, record):
        record.exact("answer", work.answer(SECRET))

    @case("kept back until it is due", points=3, visibility="after_due_date")
    def until_due(work, rng, record):
        record.exact("answer", work.answer(3))
"""
ANSWER = "def answer(x): return x + 1"


def test_hidden_cases_run_in_another_jail_and_visible_jails_do_not_hold_their_code(lab):
    suite = lab.suite(TWO, reference=ANSWER, hidden_cases_py=HIDDEN)
    spy = """
    import gc, sys, os
    def answer(x):
        modules = [name for name in sys.modules if name.startswith("this_suite.")]
        held = any(type(each) is dict and each.get("SECRET") == 12345 for each in gc.get_objects())
        print(os.listdir("/job"), modules, held)
        return x + 1
    """

    report = lab.grade(suite, spy)

    assert points(report) == {"shown": 1, "kept_back": 2, "until_due": 3}
    assert report.checks[0].output == "['submission', 'compiled'] ['this_suite.cases'] False\n" or (
        "hidden" not in report.checks[0].output and "False" in report.checks[0].output
    )
    assert "this_suite.hidden_cases" in report.checks[1].output
    assert [check.visibility for check in report.checks] == [
        Visibility.VISIBLE,
        Visibility.HIDDEN,
        Visibility.AFTER_DUE_DATE,
    ]


def test_a_submission_that_passes_only_what_it_can_see_gets_only_that(lab):
    suite = lab.suite(TWO, reference=ANSWER, hidden_cases_py=HIDDEN)

    report = lab.grade(suite, "def answer(x): return 2")

    assert points(report) == {"shown": 1, "kept_back": 0, "until_due": 0}


def test_a_submission_that_loads_only_where_it_can_be_seen_gets_only_that(lab):
    suite = lab.suite(TWO, reference=ANSWER, hidden_cases_py=HIDDEN)
    work = "import sys\nassert 'this_suite.hidden_cases' not in sys.modules, 'leak'\ndef answer(x): return x + 1"

    report = lab.grade(suite, work)

    assert points(report) == {"shown": 1, "kept_back": 0, "until_due": 0}
    assert report.message == ""
    assert "leak" in report.checks[1].message and report.checks[1].outcome is Outcome.NOT_RUN


@pytest.mark.parametrize(
    ("cases", "hidden", "sentence"),
    [
        (TWO.replace("points=1", "points=1, visibility='hidden'"), HIDDEN, "belongs into hidden_cases.py"),
        (TWO, HIDDEN.replace("points=2", "points=2, visibility='visible'"), "belongs into cases.py"),
        (TWO, HIDDEN.replace('"after_due_date"', '"later"'), "visibility is one of"),
        (TWO.replace("points=1", "points=1, needs=['kept_back']"), HIDDEN, "is no earlier case"),
        (TWO, HIDDEN.replace('["shown"]', '["nobody"]'), "is no earlier case"),
        (TWO.replace("points=1", "points=1, sizes=[2, 1]"), HIDDEN, "each larger than the one before"),
        (TWO.replace("points=1", "points=1, seeds=0"), HIDDEN, "seeds is a number from 1 to 20"),
    ],
)
def test_a_case_that_is_stated_wrongly_is_named(cases, hidden, sentence, lab):
    with pytest.raises(Exception, match=sentence):
        lab.suite(cases, reference=ANSWER, hidden_cases_py=hidden)


def test_a_case_whose_need_failed_is_not_run_and_says_which_must_pass_first(lab):
    cases = """
    @case("the first", points=1)
    def first(work, rng, record):
        record.exact("answer", work.answer(1))

    @case("the second", points=1, needs=["first"])
    def second(work, rng, record):
        record.exact("answer", work.answer(2))

    @case("the third", points=1, needs=["second"])
    def third(work, rng, record):
        record.exact("answer", work.answer(3))

    @case("apart", points=1)
    def apart(work, rng, record):
        record.exact("answer", 1)
    """
    suite = lab.suite(cases, reference=ANSWER)

    report = lab.grade(suite, "def answer(x): return 0")

    assert [check.outcome for check in report.checks] == [
        Outcome.FAILED,
        Outcome.NOT_RUN,
        Outcome.NOT_RUN,
        Outcome.PASSED,
    ]
    assert report.checks[1].message == "It was not run: “the first” must pass first."
    assert report.checks[2].message == "It was not run: “the second” must pass first."
    assert points(lab.grade(suite, ANSWER)) == {"first": 1, "second": 1, "third": 1, "apart": 1}


def test_a_case_with_several_draws_must_be_right_for_every_one(lab):
    cases = """
    @case("the sign", points=2, seeds=8)
    def sign(work, rng, record):
        record.exact("sign", work.sign(float(rng.standard_normal())))
    """
    suite = lab.suite(cases, reference="def sign(x): return 1 if x > 0 else -1")

    assert lab.check(suite, "def sign(x): return 1 if x > 0 else -1").points == 2
    check = lab.check(suite, "def sign(x): return 1")
    assert (check.outcome, check.points) == (Outcome.FAILED, Decimal(0))
    assert check.message.startswith("Sign is 1, the reference has -1.")


SIZES = """
    @case("the sum of a row", points=2, sizes=[1, 2, 4, 64])
    def total(work, rng, record, size):
        x = rng.standard_normal(size).round(3)
        record.input("x", x)
        record.close("total", work.total(x), rtol=1e-9)
"""


def test_a_failed_check_shows_the_smallest_input_that_fails(lab):
    suite = lab.suite(SIZES, reference="def total(x): return float(x.sum())")

    check = lab.check(suite, "def total(x): return float(x[:-1].sum()) if len(x) > 1 else float(x[0])")

    first, size, inputs = check.message.splitlines()
    assert first.startswith("Total is ")
    assert size == "This is the smallest input that fails (size 2, the check has 64):"
    assert inputs.startswith("  x = [") and inputs.count(",") == 1
    assert (check.outcome, check.points) == (Outcome.FAILED, Decimal(0))


def test_the_autodiff_suite_shows_the_smallest_input_that_fails(bubblewrap, never):
    suite = load_suite(SUITES_FOLDER / "autodiff")
    source = suite.reference_files["needle.py"].decode().replace("np.exp(", "1.01 * np.exp(", 1)
    grader = Grader(bubblewrap, {}, pool_size=0)

    report = grader.grade(
        suite,
        {"needle.py": source.encode()},
        on_phase=lambda phase: None,
        on_check=lambda check: None,
        stopped=never,
    )

    (check,) = (check for check in report.checks if check.id == "exp")
    assert "This is the smallest input that fails (size 1, the check has 3):\n  a = [[" in check.message
    assert "1.01 times" in check.hint


def test_what_is_not_written_yet_needs_no_smaller_input(lab):
    suite = lab.suite(SIZES, reference="def total(x): return float(x.sum())")

    check = lab.check(suite, "def total(x): raise NotImplementedError('total')")

    assert "smallest" not in check.message and "x = [" not in check.message


def test_where_only_the_whole_size_fails_its_own_inputs_are_shown(lab):
    suite = lab.suite(SIZES, reference="def total(x): return float(x.sum())")

    check = lab.check(suite, "def total(x): return float(x[:8].sum())")

    assert check.message.splitlines()[1] == "The inputs:"
    assert "smallest" not in check.message


def test_inputs_are_shown_from_the_references_run_whatever_the_submission_says(lab):
    suite = lab.suite(SIZES, reference="def total(x): return float(x.sum())")
    liar = """
    from gpu_worker.harness.recorder import Recorder
    Recorder.input = lambda self, name, value: self._record(name, {"kind": "input"}, "a lie")
    def total(x): return 0.0
    """

    check = lab.check(suite, liar)

    assert "a lie" not in check.message
    assert "size 1" in check.message


def test_looking_for_a_smaller_input_takes_little_time(lab):
    suite = lab.suite(SIZES, reference="def total(x): return float(x.sum())")

    report = lab.grade(suite, "import time\ndef total(x): time.sleep(60)")

    assert report.checks[0].outcome is Outcome.TIMEOUT
    assert report.checks[0].message.startswith("It did not end within 3 s, and computed for only")
    assert report.phase_seconds["last_check"] < 9


def test_a_case_may_have_less_memory_than_its_suite_and_says_what_was_used(lab):
    cases = """
    @case("little", points=1, memory_bytes=96 << 20)
    def little(work, rng, record):
        record.exact("size", work.take(150))

    @case("as usual", points=1)
    def usual(work, rng, record):
        record.exact("size", work.take(150))

    @case("much", points=1, memory_bytes=512 << 20)
    def much(work, rng, record):
        record.exact("size", work.take(400))
    """
    suite = lab.suite(cases, reference="def take(mb): return mb")

    report = lab.grade(suite, "def take(mb):\n    kept = b'x' * (mb << 20)\n    return len(kept) >> 20")

    assert [check.outcome for check in report.checks] == [Outcome.MEMORY, Outcome.PASSED, Outcome.PASSED]
    assert report.checks[0].message.startswith("It needed more memory than the 96 MiB that it may use")


def test_memory_of_a_smaller_case_counts_over_all_its_processes(lab):
    cases = """
    @case("little", points=1, memory_bytes=64 << 20)
    def little(work, rng, record):
        record.exact("done", work.spread())

    @case("much", points=1, memory_bytes=512 << 20)
    def much(work, rng, record):
        record.exact("done", True)
    """
    spread = """
    import os, time
    def spread():
        for _ in range(4):
            if os.fork() == 0:
                kept = os.urandom(40 << 20)
                time.sleep(99)
        time.sleep(2)
        return True
    """
    suite = lab.suite(cases, reference="def spread(): return True")

    assert lab.grade(suite, spread).checks[0].outcome is Outcome.MEMORY


def test_cases_read_data_files_of_the_suite(lab, tmp_path):
    weights = np.arange(12.0).reshape(3, 4)
    np.save(tmp_path / "weights.npy", weights)
    cases = """
    @case("data", points=1)
    def from_data(work, rng, record):
        record.close("total", work.total(data.array("weights.npy")), rtol=1e-12)
        record.exact("lines", work.lines(data.path("poem.txt")))
        record.exact("text", data.text("poem.txt"))
    """
    reference = """
    def total(x): return float(x.sum())
    def lines(path): return len(path.read_text().splitlines())
    """
    suite = lab.suite(
        cases,
        reference=reference,
        data__weights_npy=(tmp_path / "weights.npy").read_bytes(),
        data__poem_txt=b"one\ntwo\n",
    )

    assert lab.check(suite, reference).outcome is Outcome.PASSED
    vandal = "def total(x):\n    x[:] = 0\n    return 0.0"
    assert "read-only" in lab.check(suite, vandal).message


def test_hidden_data_is_for_hidden_checks_only(lab):
    hidden = """
    @case("secret", points=1)
    def secret(work, rng, record):
        record.exact("text", work.echo(data.text("secret.txt")))
    """
    spy = """
    from gpu_worker.harness import data
    def answer(x):
        try:
            return data.text("secret.txt")
        except LookupError:
            return x + 1
    def echo(x): return x
    """
    suite = lab.suite(
        TWO,
        reference=ANSWER + "\ndef echo(x): return x",
        hidden_cases_py=hidden,
        hidden_data__secret_txt=b"swordfish",
    )

    assert points(lab.grade(suite, spy)) == {"shown": 1, "secret": 1}


def test_a_data_file_with_objects_is_refused(lab):
    objects = b"\x93NUMPY\x01\x00v\x00{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".ljust(128) + b"cos\n"
    cases = """
    @case("data", points=1)
    def from_data(work, rng, record):
        record.exact("x", data.array("bad.npy").tolist())
    """
    suite = lab.suite(cases, reference=ANSWER, data__bad_npy=objects)

    with pytest.raises(ReferenceFailed, match="something other than numbers"):
        lab.expect(suite)


def test_a_record_larger_than_the_suite_allows_costs_its_own_check_only(lab):
    cases = """
    @case("large", points=1)
    def large(work, rng, record):
        record.exact("x", work.large())

    @case("small", points=1)
    def small(work, rng, record):
        record.exact("x", 1)
    """
    suite = lab.suite(cases, reference="def large(): return 1", settings="record_bytes = 1_000_000")

    report = lab.grade(suite, "import numpy\ndef large(): return numpy.zeros(1_000_000)")

    assert [check.outcome for check in report.checks] == [Outcome.CRASHED, Outcome.PASSED]


def test_large_arrays_come_back_whole(lab):
    cases = """
    @case("large", points=1)
    def large(work, rng, record):
        record.close("x", work.double(rng.random(4_000_000)), rtol={"f8": 1e-12})
    """
    settings = "record_bytes = 40_000_000"
    suite = lab.suite(cases, reference="def double(x): return 2 * x", settings=settings)

    assert lab.check(suite, "def double(x): return x + x").outcome is Outcome.PASSED
    wrong = lab.check(suite, "def double(x):\n    x = x + x\n    x[3_999_999] *= 1.01\n    return x")
    assert "differs in 1 of 4000000 values; at [3999999]" in wrong.message


def test_a_tolerance_may_be_stated_per_dtype_with_a_reason_that_students_read(lab):
    cases = """
    @case("single precision", points=1)
    def single(work, rng, record):
        record.close("x", work.cast(rng.random(3)), rtol={"f8": 1e-12, np.float32: 1e-5}, why="float32 has 7 digits.")
    """
    suite = lab.suite(cases, reference="def cast(x): return x.astype('f4')")

    assert lab.check(suite, "def cast(x): return x.astype('f4') * (1 + 5e-6)").outcome is Outcome.PASSED
    check = lab.check(suite, "def cast(x): return (x * 1.001).astype('f4')")
    assert "(allowed is 1e-05 of the value: float32 has 7 digits)" in check.message


def test_a_tolerance_that_leaves_out_the_references_dtype_is_our_fault(lab):
    cases = """
    @case("single precision", points=1)
    def single(work, rng, record):
        record.close("x", work.cast(rng.random(3)), rtol={"f8": 1e-12})
    """
    suite = lab.suite(cases, reference="def cast(x): return x.astype('f4')")

    with pytest.raises(ReferenceFailed, match="states no tolerance for float32"):
        lab.grade(suite, "def cast(x): return x.astype('f4')")


def test_a_random_layer_is_right_by_its_mean_and_variance_whatever_numbers_it_drew(lab):
    cases = """
    @case("initialiser", points=1)
    def initialiser(work, rng, record):
        record.statistic("weights", work.weights(400, rng), mean=0.0, variance=2 / 400)
    """
    reference = "def weights(n, rng): return rng.standard_normal((n, n)) * (2 / n) ** 0.5"
    suite = lab.suite(cases, reference=reference)

    fresh = "import numpy\ndef weights(n, rng): return numpy.random.randn(n, n) * (2 / n) ** 0.5"
    assert lab.check(suite, fresh).outcome is Outcome.PASSED
    wrong = lab.check(suite, fresh.replace("2 / n", "1 / n"))
    assert wrong.message.startswith("The variance of weights is 0.002")


def test_sets_are_compared_without_their_order(lab):
    cases = """
    @case("pairs", points=1)
    def pairs(work, rng, record):
        record.same_set("pairs", work.pairs(rng.permutation(4)))
    """
    suite = lab.suite(cases, reference="def pairs(x): return [(int(i), int(v)) for i, v in enumerate(x)]")

    right = "def pairs(x): return [(int(i), int(v)) for i, v in enumerate(x)][::-1]"
    assert lab.check(suite, right).outcome is Outcome.PASSED
    assert "leaves out [0, " in lab.check(suite, right.replace("[::-1]", "[1:]")).message


def test_too_much_data_is_refused(lab, monkeypatch):
    monkeypatch.setattr("runners.kinds.parts.MAX_DATA_BYTES", 100)

    with pytest.raises(SuiteInvalid, match="data files may have"):
        lab.suite(TWO, reference=ANSWER, data__big_bin=bytes(200))
