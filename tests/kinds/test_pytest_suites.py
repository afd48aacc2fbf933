"""An unchanged pytest suite, run test by test: what passes, what does not, and what the report says."""

import json
from decimal import Decimal

import pytest

from runners.protocol import Outcome, SuiteKind
from runners.suites import SuiteInvalid, load_suite, make_manifest
from tests.kinds.conftest import by_name, grade

pytestmark = pytest.mark.bubblewrap

RIGHT = {"work.py": "def double(x):\n    return 2 * x\n"}


def test_every_way_to_end_is_told_apart(make_suite, bubblewrap):
    suite = make_suite("""
import pytest
import work

def test_passes():
    assert work.double(1) == 2

def test_fails():
    assert work.double(1) == 3

def test_skips():
    pytest.skip("not today")

@pytest.mark.xfail(reason="a known mistake")
def test_fails_as_expected():
    assert work.double(1) == 3

@pytest.mark.xfail(reason="a known mistake")
def test_passes_though_not_expected():
    pass

@pytest.mark.xfail(reason="a known mistake", strict=True)
def test_passes_and_must_not():
    pass

@pytest.fixture
def broken():
    raise OSError("no such thing")

def test_has_a_broken_fixture(broken):
    pass

@pytest.fixture
def messy():
    yield
    raise OSError("cannot clear up")

def test_leaves_a_mess(messy):
    pass

def test_has_no_such_fixture(nowhere):
    pass

def test_ends_everything():
    pytest.exit("enough")

def test_leaves():
    raise SystemExit(0)

def test_with_subtests(subtests):
    for number in (1, 2, 3):
        with subtests.test(number=number):
            assert number != 2
""")

    ended = by_name(grade(bubblewrap, suite, RIGHT))

    assert {name: outcome for name, (outcome, _) in ended.items()} == {
        "test_passes": "passed",
        "test_fails": "failed",
        "test_skips": "not_run",
        "test_fails_as_expected": "passed",
        "test_passes_though_not_expected": "passed",
        "test_passes_and_must_not": "failed",
        "test_has_a_broken_fixture": "failed",
        "test_leaves_a_mess": "failed",
        "test_has_no_such_fixture": "failed",
        "test_ends_everything": "failed",
        "test_leaves": "failed",
        "test_with_subtests": "failed",
    }
    assert ended["test_fails"][1].startswith("assert 2 == 3\n +  where 2 = <function double at ")
    assert "tests/test_it.py, line 9\n    assert work.double(1) == 3" in ended["test_fails"][1]
    assert ended["test_skips"][1] == "It was skipped: not today"
    assert ended["test_fails_as_expected"][1] == "It failed, as expected: a known mistake"
    assert ended["test_passes_and_must_not"][1].startswith("[XPASS(strict)] a known mistake")
    assert ended["test_has_a_broken_fixture"][1].startswith("It failed before it began: OSError: no such thing")
    assert ended["test_leaves_a_mess"][1].startswith("It failed while it was cleared up: OSError: cannot clear up")
    assert "fixture 'nowhere' not found" in ended["test_has_no_such_fixture"][1]
    assert "assert 2 != 2" in ended["test_with_subtests"][1]


def test_fixtures_classes_and_parameters_work_and_every_test_starts_anew(make_suite, bubblewrap):
    suite = make_suite(
        {
            "conftest.py": "import pytest\n\n@pytest.fixture(scope='session')\ndef whole():\n    return ['session']\n",
            "tests/conftest.py": (
                "import pytest\n\n@pytest.fixture(autouse=True)\ndef always(whole):\n    whole.append(1)\n"
            ),
            "pytest.ini": "[pytest]\npython_functions = check_*\nmarkers = slow: takes long\n",
            "tests/deep/helper.py": "NUMBERS = [1, 2]\n",
            "tests/deep/test_more.py": """
import pytest
from helper import NUMBERS
from work import double

@pytest.fixture(scope="module", params=NUMBERS)
def number(request):
    return request.param

@pytest.mark.slow
class TestIt:
    seen = []

    @pytest.mark.parametrize("other", ["a/b", "ü", "x" * 150])
    def check_it(self, number, other, whole, monkeypatch, tmp_path, caplog):
        assert double(number) == 2 * number
        assert whole == ["session", 1]
        assert self.seen == []
        self.seen.append(number)
        (tmp_path / "here").write_text("x")
""",
        }
    )

    report = grade(bubblewrap, suite, RIGHT)

    assert [check.message for check in report.checks if check.outcome is not Outcome.PASSED] == []
    ids = [case.id for case in suite.manifest.cases]
    assert len(ids) == len(set(ids)) == 6
    assert all(len(each) <= 120 and each.startswith("deep.test_more.TestIt.check_it[") for each in ids)
    assert sum(case.points for case in suite.manifest.cases) == 100


def test_what_a_test_prints_is_shown_even_if_it_never_ends(make_suite, bubblewrap):
    suite = make_suite("""
import time
import pytest
import work

@pytest.mark.timeout(1)
def test_it():
    print("from the test")
    work.double(1)
    time.sleep(30)
""")

    (check,) = grade(
        bubblewrap, suite, {"work.py": "def double(x):\n    print('from the submission', flush=True)\n"}
    ).checks

    assert suite.manifest.cases[0].seconds == 1
    assert check.outcome is Outcome.TIMEOUT
    assert check.output == "from the test\nfrom the submission\n"


def test_files_of_the_submission_steer_nothing(make_suite, bubblewrap):
    suite = make_suite("from work import double\n\ndef test_it():\n    assert double(1) == 2\n")
    steering = {
        "conftest.py": "import os\nos._exit(0)\n",
        "pytest.ini": "[pytest]\npython_files = nothing.py\n",
        "tox.ini": "[pytest]\naddopts = --collect-only\n",
        "setup.cfg": "[tool:pytest]\naddopts = --collect-only\n",
        "pyproject.toml": "[tool.pytest.ini_options]\naddopts = '--collect-only'\n",
        "tests/conftest.py": "import os\nos._exit(0)\n",
        "tests/test_it.py": "def test_it():\n    pass\n",
        "pytest.py": "raise SystemExit\n",
        "gradescope_utils.py": "raise SystemExit\n",
        "sitecustomize.py": "raise SystemExit\n",
    }

    (check,) = grade(bubblewrap, suite, {**steering, "work.py": "def double(x):\n    return 3 * x\n"}).checks

    assert check.outcome is Outcome.FAILED
    assert check.message.startswith("assert 3 == 2")


def test_a_file_that_cannot_be_collected_costs_its_own_tests(make_suite, bubblewrap):
    suite = make_suite(
        {
            "tests/test_it.py": "from work import double\n\ndef test_double():\n    assert double(1) == 2\n",
            "tests/test_other.py": "from work import half\n\ndef test_half():\n    assert half(2) == 1\n",
        },
        reference="def double(x):\n    return 2 * x\n\ndef half(x):\n    return x / 2\n",
    )

    report = grade(bubblewrap, suite, RIGHT)

    double, half = report.checks
    assert report.message == ""
    assert (double.outcome, half.outcome) == (Outcome.PASSED, Outcome.NOT_RUN)
    assert half.message.startswith("It could not be collected: ImportError: cannot import name 'half' from 'work'")
    assert "tests/test_other.py, line 1\n    from work import half" in half.message


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import nowhere\n", "No module named 'nowhere'"),
        ("def double(x:\n", "work.py, line 1"),
        ("import os\nos._exit(0)\n", "It ended the process by itself"),
        ("raise SystemExit\n", "The submission left with sys.exit() or exit()."),
        ("x = 1\n", "cannot import name 'double' from 'work'"),
    ],
)
def test_a_submission_that_cannot_be_imported_is_told_so_once(source, reason, make_suite, bubblewrap):
    suite = make_suite("from work import double\n\ndef test_it():\n    assert double(1) == 2\n")

    report = grade(bubblewrap, suite, {"work.py": source})

    assert report.message.startswith("The suite's tests could not be imported")
    assert reason in report.message
    assert [(check.outcome, check.points, check.message) for check in report.checks] == [
        (Outcome.NOT_RUN, Decimal(0), "")
    ]


def test_a_conftest_that_needs_more_of_the_submission_says_what(make_suite, bubblewrap):
    suite = make_suite(
        {"tests/conftest.py": "from work import double\n", "tests/test_it.py": "def test_it():\n    pass\n"}
    )

    report = grade(bubblewrap, suite, {"work.py": "x = 1\n"})

    assert "ImportError: cannot import name 'double' from 'work'" in report.message
    assert "tests/conftest.py, line 1\n    from work import double" in report.message


def test_tests_that_the_manifest_does_not_name_are_not_run(make_suite, bubblewrap):
    suite = make_suite(
        """
import work

for name in work.NAMES:
    def test(name=name):
        print(name)
    globals()[f"test_{name}"] = test
del test
""",
        reference="NAMES = ['a', 'b']\n",
    )

    report = grade(bubblewrap, suite, {"work.py": "NAMES = ['a', 'c', 'd']\n"})

    assert by_name(report) == {
        "test_a": ("passed", ""),
        "test_b": ("not_run", "It was not collected with this submission."),
    }


def test_the_manifest_says_that_the_verdict_is_self_reported(make_suite):
    suite = make_suite("def test_it():\n    pass\n")

    assert suite.manifest.kind is SuiteKind.PYTEST
    assert suite.manifest.kind.is_self_reported
    assert "module" not in json.loads((suite.folder / "manifest.json").read_text())


@pytest.mark.parametrize(
    ("tests", "toml", "sentence"),
    [
        ("import nowhere\n", "", "with the reference solution, .*No module named 'nowhere'"),
        ("import work\n\ndef test_it(:\n", "", "with the reference solution, .*SyntaxError"),
        ("def test_it():\n    pass\n", 'environment = "numpy"', "environment must be one with pytest"),
        ("x = 1\n", "", "tests: pytest finds no test in it"),
        ("def test_it():\n    pass\n", "[case_points]\nnowhere = 3", "case_points names 'nowhere', which is none"),
        (
            "import pytest\n@pytest.mark.points(3)\ndef test_it():\n    pass\n",
            "points = 2",
            "say themselves .* worth 3",
        ),
    ],
)
def test_a_suite_that_cannot_be_graded_with_gets_no_manifest(tests, toml, sentence, make_suite):
    arguments = {"environment": "numpy"} if "environment" in toml else {"settings": toml}

    with pytest.raises(SuiteInvalid, match=sentence):
        make_suite(tests, **arguments)


def test_a_suite_without_tests_is_named(tmp_path, bubblewrap):
    folder = tmp_path / "empty"
    folder.mkdir()
    (folder / "suite.toml").write_text('name = "empty"\nkind = "pytest"\nenvironment = "numpy-pytest"\n')

    with pytest.raises(SuiteInvalid, match="tests: there is no Python file in it"):
        make_manifest(folder, bubblewrap)
    with pytest.raises(SuiteInvalid, match=r"manifest\.json is missing"):
        load_suite(folder)
