"""What pretends to be an answer, or to be the harness, earns nothing."""

# ruff: noqa: E501 - the programs are easier to read on one line

import pytest

from runners.conversation import Ending
from tests.sandboxes.attempts import attack


@pytest.mark.parametrize(
    "body",
    [
        "class E(Exception):\n    def __str__(self): raise ValueError\nraise E",
        "class E(Exception):\n    def __str__(self): return 'x' * 10_000_000\nraise E",
        "raise type('N' * 1_000_000, (Exception,), {})('\\ud800\\0\\x1b[2J')",
        "class S(str):\n    def __getitem__(self, i): return self\nraise ValueError(S('x' * 100_000))",
        "class M(type):\n    @property\n    def __name__(cls): return 7\nraise M('E', (Exception,), {})",
        "def f(): f()\nf()",
        "raise KeyboardInterrupt",
        "raise GeneratorExit",
        "sys.exit(0)",
    ],
)
def test_errors_of_every_kind_are_told_in_bounds(sandbox, body):
    found = attack(sandbox, body)

    assert found.first.ending is Ending.RAISED
    assert 0 < len(found.first.message) <= 2000
    assert "\0" not in found.first.message and "\x1b" not in found.first.message


@pytest.mark.parametrize(
    "body", ["os._exit(0)", "os._exit(1)", "os.abort()", "os.kill(os.getpid(), 9)", "ctypes.string_at(0)"]
)
def test_leaving_early_earns_nothing(sandbox, body):
    found = attack(sandbox, body)

    assert found.first.ending is Ending.CRASHED
    assert found.first.records == ()


def test_an_exit_handler_and_a_patched_harness_change_nothing_that_counts(sandbox):
    found = attack(
        sandbox,
        """
        import atexit, gc
        atexit.register(lambda: os.write(3, b"forged"))
        from gpu_worker.harness import cases, casework
        casework.os._exit = lambda code: None
        cases.Recorder.exact = lambda self, name, value: None
        sys.modules["numpy"] = None
        return 41
        """,
    )

    # All that it can reach is its own answer, and that is compared elsewhere.
    assert [record.value for record in found.first.records] == [41]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            """
            from gpu_worker.protocol import encode
            good = encode("done", case="good", ending="done", message="", seconds=0.1, peak_bytes=1)
            mine = encode("record", name="answer", rule={"kind": "exact"}, value=42)
            last = encode("finished", ending="done", message="")
            for descriptor in range(256):
                for frame in (good, mine, last):
                    try: os.write(descriptor, frame)
                    except OSError: pass
            """,
            id="frames",
        ),
        pytest.param("for n in range(256):\n    try: os.write(n, os.urandom(5000))\n    except OSError: pass", id="noise"),
        pytest.param("os.write(3, b'\\xff' * 4)\ntime.sleep(99)", id="endless header"),
        pytest.param("os.write(3, b'\\x10\\0\\0\\0{')\ntime.sleep(99)", id="half a frame"),
        pytest.param("while True: os.write(3, b'\\x02\\0\\0\\0{}' + bytes(8))", id="flood of frames"),
        pytest.param(
            "from gpu_worker.protocol import encode\nwhile True:\n    os.write(3, encode('record', name=str(time.time_ns()), rule={}, value=1))",
            id="flood of records",
        ),
        pytest.param("os.closerange(0, 256)", id="closed descriptors"),
    ],
)  # fmt: skip
def test_forged_frames_are_no_answer(sandbox, body):
    found = attack(sandbox, body, seconds=2.0)

    assert found.first.ending in {Ending.PROTOCOL, Ending.CRASHED, Ending.TIMEOUT, Ending.DONE}
    assert found.case("good").ending is Ending.DONE
    if found.first.ending is Ending.DONE:
        # It answered with bytes of its own making, which is all that any answer is.
        assert found.answer in (42, None)


def test_a_value_that_is_too_big_is_no_answer(sandbox):
    found = attack(sandbox, "import numpy\nreturn numpy.zeros(10_000_000)", seconds=10)

    assert found.first.ending in {Ending.PROTOCOL, Ending.MEMORY}


@pytest.mark.parametrize(
    "body",
    [
        "return type('Liar', (), {'__eq__': lambda s, o: True, '__array__': lambda s, *a: 1 / 0})()",
        "import numpy\nreturn numpy.ma.masked_array([1.0])",
        "import numpy\nreturn numpy.zeros(2).view(type('Sub', (numpy.ndarray,), {}))",
        "import numpy\nreturn numpy.array([object()])",
        "return type('F', (float,), {'__eq__': lambda s, o: True})(1.0)",
        "return lambda: 42",
        "a = []\na.append(a)\nreturn a",
        "return 10 ** 100_000",
        "return '\\ud800'",
    ],
)
def test_only_plain_values_are_recorded(sandbox, body):
    found = attack(sandbox, body)

    assert found.first.ending is Ending.RAISED
    assert found.first.records == ()


def test_shipped_modules_shadow_nothing(sandbox):
    wicked = b"import os\nopen('/tmp/shadowed', 'w').close()\nraise SystemExit('shadowed')\n"
    names = (
        "numpy.py",
        "torch.py",
        "sitecustomize.py",
        "usercustomize.py",
        "json.py",
        "os.py",
        "gpu_worker.py",
        "random.py",
    )
    files = dict.fromkeys(names, wicked) | {"evil.pth": b"import os; os._exit(0)", "numpy/__init__.py": wicked}

    found = attack(
        sandbox, "import numpy, json, random\nreturn [numpy.__file__, os.path.exists('/tmp/shadowed')]", files=files
    )

    assert found.answer == ["/opt/site/numpy/__init__.py", False]


def test_the_session_cannot_be_killed_stopped_or_traced(sandbox):
    found = attack(
        sandbox,
        """
        for number in map(int, filter(str.isdigit, os.listdir("/proc"))):
            if number == os.getpid(): continue
            for sign in (signal.SIGSTOP, signal.SIGKILL, signal.SIGINT, signal.SIGUSR1):
                try: os.kill(number, sign)
                except OSError: pass
        try: os.kill(-1, signal.SIGKILL)
        except OSError: pass
        return 42
        """,
    )

    assert found.answer == 42
