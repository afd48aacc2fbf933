"""What uses up time, memory, disk, processes or output costs its own check, and nothing else.

Every program runs for real. ``attack`` runs an honest case after it in the same jail, an honest submission in the
next, and looks for processes that are left.
"""

# ruff: noqa: E501 - the programs are easier to read on one line

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from runners.conversation import Ending
from tests.sandboxes.attempts import GOOD, LIMITS, attack, attempt, program, survivors

END_BY_ITSELF = {Ending.DONE, Ending.RAISED, Ending.CRASHED, Ending.TIMEOUT, Ending.MEMORY}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("while True:\n    pass", id="python"),
        pytest.param("time.sleep(1000)", id="sleep"),
        pytest.param("import numpy\nnumpy.ones(1 << 20).repeat(2).cumsum()\n(9 ** 9 ** 9) % 3", id="c"),
        pytest.param("for n in range(1, 65):\n    try: signal.signal(n, signal.SIG_IGN)\n    except OSError: pass\ntime.sleep(99)", id="deaf"),
        pytest.param("os.kill(os.getpid(), signal.SIGSTOP)", id="stopped"),
        pytest.param("os.kill(os.getppid(), signal.SIGSTOP)\nos.kill(1, signal.SIGSTOP)\ntime.sleep(99)", id="stop the parent"),
        pytest.param("import re\nre.match('(a+)+$', 'a' * 64 + 'b')", id="regular expression"),
    ],
)  # fmt: skip
def test_what_does_not_end_is_ended(sandbox, body):
    found = attack(sandbox, body, seconds=1.0)

    # Stopping the session may be refused with an error, which is as good.
    assert found.first.ending in {Ending.TIMEOUT, Ending.RAISED}
    assert found.seconds < 30  # it would never end by itself


def test_the_text_of_an_error_that_never_comes_is_not_waited_for(sandbox):
    found = attack(
        sandbox,
        """
        class Endless(Exception):
            def __str__(self):
                while True: pass
        raise Endless
        """,
        seconds=1.0,
    )

    assert found.first.ending is Ending.TIMEOUT


def test_a_fork_bomb_costs_its_own_check_only(sandbox):
    found = attack(sandbox, "while True:\n    try: os.fork()\n    except OSError: pass", seconds=2.0)

    assert found.first.ending in {Ending.TIMEOUT, Ending.MEMORY, Ending.CRASHED}


def test_a_thread_bomb_meets_a_limit(sandbox):
    found = attack(
        sandbox,
        """
        started = 0
        try:
            for _ in range(100_000):
                threading.Thread(target=time.sleep, args=(99,), daemon=True).start()
                started += 1
        except RuntimeError:
            return started
        """,
        seconds=10,
    )

    assert found.first.ending in END_BY_ITSELF
    assert found.answer is None or found.answer <= LIMITS.processes + 8


def test_a_memory_bomb_ends_as_memory(sandbox):
    found = attack(sandbox, "kept = []\nwhile True: kept.append(bytearray(1 << 24))", seconds=10)

    assert found.first.ending is Ending.MEMORY
    assert "memory" in found.first.message


def test_memory_is_limited_over_all_processes_together(sandbox):
    found = attack(
        sandbox,
        """
        for _ in range(6):
            if os.fork() == 0:
                kept = bytearray(os.urandom(1)) * (300 << 20)
                time.sleep(99)
        kept = bytearray(b"x") * (200 << 20)
        time.sleep(1)
        alive = 0
        while True:
            try: pid, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError: break
            if not pid:
                break
            alive += 1
        return ["died", alive]
        """,
        seconds=15,
    )

    # Six times 300 MB do not fit: the kernel killed at least four, or the whole case.
    assert found.first.ending is Ending.MEMORY or found.answer[1] >= 4


@pytest.mark.parametrize("folder", ["/tmp", "/dev/shm"])
def test_a_full_disk_is_small_and_gone_for_the_next_check(sandbox, folder):
    found = attack(
        sandbox,
        f"""
        written = 0
        try:
            for name in range(100):
                with open(f"{folder}/{{name}}", "wb", buffering=0) as file:
                    for _ in range(64):
                        written += file.write(bytes(1 << 20))
        except OSError as error:
            return [written, error.errno]
        """,
        seconds=20,
    )

    assert found.first.ending in {Ending.DONE, Ending.MEMORY}
    if found.answer is not None:
        assert found.answer[0] <= LIMITS.tmp_bytes


@pytest.mark.parametrize("folder", ["/tmp", "/dev/shm"])
def test_a_million_files_meet_a_limit(sandbox, folder):
    found = attack(
        sandbox,
        f"""
        made = 0
        try:
            for number in range(1_000_000):
                open(f"{folder}/{{number}}", "w").close()
                made += 1
        except OSError:
            pass
        return made
        """,
        seconds=20,
    )

    assert 0 < found.answer <= LIMITS.tmp_inodes


def test_what_is_left_behind_is_wiped_however_it_is_nested(sandbox):
    found = attack(
        sandbox,
        """
        os.chdir("/tmp")
        for _ in range(900):
            os.mkdir("d"); os.chdir("d")
        os.symlink("/etc/passwd", "link"); os.mkfifo("fifo")
        os.chmod("/tmp/d/d", 0)
        return 1
        """,
    )

    assert found.answer == 1


@pytest.mark.parametrize(
    "body",
    [
        "while True: os.write(1, b'x' * 65536)",
        "while True: print('line')",
        "while True: os.write(2, bytes(65536))",
        "import subprocess\nif os.fork() == 0:\n    while True: os.write(1, b'y' * 65536)\ntime.sleep(99)",
    ],
)
def test_a_flood_of_output_is_stopped(sandbox, body):
    found = attack(sandbox, body, seconds=90)

    assert found.first.ending is Ending.OUTPUT
    assert "8 MB" in found.first.message
    assert len(found.first.output) < LIMITS.output_bytes + 200


def test_a_file_that_is_too_big_is_cut(sandbox):
    found = attack(
        sandbox,
        """
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        with open("/dev/shm/big", "wb") as file:
            os.truncate(file.fileno(), 1 << 40)
        """,
    )

    assert found.first.ending in {Ending.RAISED, Ending.CRASHED}


def test_a_process_that_leaves_its_family_is_gone_with_its_check(sandbox):
    found = attack(
        sandbox,
        """
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.closerange(0, 64)
                while True: time.sleep(1)
            os._exit(0)
        return 42
        """,
    )

    assert found.answer == 42
    assert found.seconds < 30  # its process would never end by itself


def test_attacks_side_by_side_do_not_disturb_an_honest_submission(sandbox):
    attacks = [
        "while True:\n    try: os.fork()\n    except OSError: pass",
        "kept = []\nwhile True: kept.append(bytearray(1 << 24))",
        "while True: os.write(1, b'x' * 65536)",
    ]

    with ThreadPoolExecutor(4) as threads:
        hostile = [threads.submit(attempt, sandbox, program(body), seconds=3.0) for body in attacks]
        time.sleep(0.3)
        honest = attempt(sandbox, GOOD, seconds=20)

    assert honest.answer == 42
    assert all(one.result().first.ending is not Ending.DONE for one in hostile)
    assert survivors(sandbox) == []


def test_no_thread_of_the_runner_is_left_after_attacks(sandbox):
    attempt(sandbox, GOOD)
    before = threading.active_count()

    for _ in range(3):
        attempt(sandbox, program("os._exit(0)"))

    assert threading.active_count() <= before
