"""What honest work gets from a sandbox."""

import threading
import time
from dataclasses import replace

import numpy as np
import pytest

from runners.conversation import Ending, Stopped, list_cases
from runners.sandboxes.base import SandboxFault
from tests.sandboxes.attempts import CASES, GOOD, LIMITS, attempt


def test_values_come_back_as_they_were_recorded(sandbox):
    found = attempt(sandbox, GOOD, cases=("attack", "array", "good"))

    assert found.refusal is None
    assert [case.ending for case in found.run.cases] == [Ending.DONE] * 3
    assert found.answer == 42
    (record,) = found.case("array").records
    assert record.rule == {"kind": "close", "rtol": 1e-9, "atol": 0.0}
    assert record.value.shape == (3, 4) and record.value.dtype == np.float64
    assert [record.rule["kind"] for record in found.case("good").records] == ["exact", "close", "ordering"]
    assert found.seen == list(found.run.cases)


def test_the_same_seed_gives_the_same_inputs_and_numbers(sandbox):
    source = "import random, numpy\ndef numbers(rng):\n    return [random.random(), numpy.random.rand(), rng.random()]"

    first, second = (attempt(sandbox, source, cases=("array",)) for _ in range(2))

    assert first.first.records[0].value == second.first.records[0].value


def test_what_is_printed_is_kept_and_cleaned(sandbox):
    source = (
        "import sys, os\n"
        "def attack():\n"
        "    print('\\x1b[31mred\\x1b[0m', 'nul\\0', 'ünïcode')\n"
        "    print('to stderr', file=sys.stderr)\n"
        "    os.write(1, b'\\xff\\xfe raw\\r\\n')\n"
        "    return 42\n"
    )

    found = attempt(sandbox, source)

    assert found.first.output == "red nul\ufffd ünïcode\nto stderr\n\ufffd\ufffd raw\n"
    assert found.case("good").output == ""


def test_much_output_keeps_its_beginning_and_its_end(sandbox):
    source = "def attack():\n    print('BEGIN' + 'x' * 2_000_000 + 'END')\n    return 42"

    found = attempt(sandbox, source)

    assert found.first.ending is Ending.DONE
    assert found.first.output.startswith("BEGIN") and found.first.output.rstrip().endswith("END")
    assert "bytes left out" in found.first.output
    assert len(found.first.output) < LIMITS.output_bytes + 200


def test_an_exception_says_where_in_the_submission_it_happened(sandbox):
    source = "def attack():\n    return inner(3)\n\n\ndef inner(x):\n    return x / 0\n"

    found = attempt(sandbox, source)

    assert found.first.ending is Ending.RAISED
    assert found.first.message == (
        "ZeroDivisionError: division by zero\n"
        "  work.py, line 2, in attack\n    return inner(3)\n"
        "  work.py, line 6, in inner\n    return x / 0"
    )
    assert found.case("good").ending is Ending.DONE


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def attack(:\n", ["work could not be imported: SyntaxError", "work.py, line 1"]),
        ("raise ValueError('no')", ["ValueError: no", "work.py, line 1"]),
        ("import torch", ["ModuleNotFoundError: No module named 'torch'"]),
        ("import os\nos._exit(0)", ["ended the process by itself"]),
        ("import sys\nsys.exit(0)", ["sys.exit()"]),
        ("import ctypes\nctypes.string_at(0)", ["It crashed"]),
        (b"\xff\xfe", ["work could not be imported: SyntaxError"]),
        ("x = bytearray(1 << 40)", ["more memory"]),
    ],
)
def test_a_submission_that_does_not_import_is_refused_with_the_reason(sandbox, source, words):
    found = attempt(sandbox, source)

    assert found.run.cases == ()
    assert all(word in found.refusal for word in words), found.refusal


def test_an_import_without_an_end_is_refused_in_time(sandbox):
    limits = type(LIMITS)(load_seconds=1.0)

    found = attempt(sandbox, "while True:\n    pass", limits=limits)

    assert "did not end within 1 s" in found.refusal
    assert found.seconds < 30  # it would never end by itself


def test_a_missing_module_is_refused(sandbox):
    found = attempt(sandbox, GOOD, module="layers")

    assert "No module named 'layers'" in found.refusal


@pytest.mark.parametrize("name", ["../up.py", "/root.py", "a/../b.py", "a\\b.py", "./a.py", "a//b.py", "x" * 300, ""])
def test_file_names_are_checked_again_inside(sandbox, name):
    found = attempt(sandbox, GOOD, files={name: b""})

    assert "no plain relative path" in found.refusal


def test_a_name_that_is_both_file_and_folder_is_refused(sandbox):
    found = attempt(sandbox, GOOD, files={"a": b"", "a/b": b""})

    assert "there twice" in found.refusal


def test_a_package_with_folders_can_be_imported(sandbox):
    files = {"work/__init__.py": b"from work.inner.deep import attack", "work/inner/deep.py": GOOD.encode()}

    found = attempt(sandbox, GOOD, files=files)

    assert found.answer == 42


def test_a_case_that_the_suite_does_not_have_is_missing(sandbox):
    found = attempt(sandbox, GOOD, cases=("nobody", "good"))

    assert [case.ending for case in found.run.cases] == [Ending.MISSING, Ending.DONE]


def test_many_threads_and_warnings_are_no_crime(sandbox):
    source = (
        "import threading, warnings\n"
        "def attack():\n"
        "    warnings.warn('careful')\n"
        "    threads = [threading.Thread(target=sum, args=(range(1000),)) for _ in range(8)]\n"
        "    [thread.start() for thread in threads]; [thread.join() for thread in threads]\n"
        "    return 42\n"
    )

    found = attempt(sandbox, source)

    assert found.answer == 42
    assert "careful" in found.first.output


def test_the_addresses_that_threads_reserve_do_not_use_up_the_memory_limit(sandbox):
    source = (
        "import ctypes, threading\n"
        "def attack():\n"
        "    done, end = threading.Barrier(2), threading.Event()\n"
        "    def work():\n"
        "        ctypes.CDLL(None).malloc(1000); done.wait(); end.wait()\n"
        "    for _ in range(8):\n"
        "        threading.Thread(target=work).start(); done.wait()\n"
        "    end.set()\n"
        "    return 42\n"
    )

    found = attempt(sandbox, source, limits=replace(LIMITS, memory_bytes=256 << 20))

    assert found.answer == 42, found.first.message


def test_a_suite_says_which_cases_it_has(sandbox):
    cases = list_cases(sandbox, environment="numpy", limits=LIMITS, suite_files={"cases.py": CASES})

    assert [case["id"] for case in cases] == ["attack", "array", "good"]
    assert cases[2] == {
        "id": "good", "title": "good", "points": "1", "hint": "a hint", "group": "a group", "seconds": 3,
        "partial": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    "source", [b"1 / 0", b"def", b"from gpu_worker.harness.cases import case\ncase('a', points='x')"]
)
def test_a_broken_suite_is_our_fault(sandbox, source):
    with pytest.raises(SandboxFault, match=r"The suite's cases\.py"):
        list_cases(sandbox, environment="numpy", limits=LIMITS, suite_files={"cases.py": source})


def test_a_run_that_nobody_wants_any_more_is_stopped_at_once(sandbox):
    stopped = threading.Event()
    threading.Timer(1.0, stopped.set).start()
    started = time.monotonic()

    with pytest.raises(Stopped):
        attempt(sandbox, "def attack():\n    while True: pass", seconds=60, stopped=stopped)

    assert time.monotonic() - started < 30  # of the sixty that it may take


def test_an_unknown_environment_is_our_fault(sandbox):
    with pytest.raises(SandboxFault, match="environment"):
        attempt(sandbox, GOOD, environment="jax")


def test_what_torch_imports_late_is_there_before_the_submission(sandbox):
    sandbox.start(["torch"])
    source = (
        "import sys, torch\n"
        "def attack():\n"
        "    before = set(sys.modules)\n"
        "    x = torch.ones(3, requires_grad=True)\n"
        "    (2 * x).backward(torch.ones(3))\n"
        "    return len(set(sys.modules) - before)\n"
    )

    found = attempt(sandbox, source, environment="torch")

    assert found.answer < 10


def test_torch_works_where_the_environment_has_it(sandbox):
    sandbox.start(["torch"])
    source = (
        "import torch\n"
        "def attack():\n"
        "    x = torch.randn(64, 64, requires_grad=True)\n"
        "    (x @ x).sum().backward()\n"
        "    return [x.grad.shape == (64, 64), torch.get_num_threads()]\n"
        "def numbers(rng):\n"
        "    return torch.from_numpy(rng.standard_normal(3)).requires_grad_()\n"
    )

    found = attempt(sandbox, source, cases=("attack", "array", "good"), environment="torch", seconds=20)

    assert [case.ending for case in found.run.cases] == [Ending.DONE] * 3, found.run
    assert found.answer == [True, 1]
    assert found.case("array").records[0].value.shape == (3,)
    assert {"python", "numpy", "torch"} <= found.run.packages.keys()
