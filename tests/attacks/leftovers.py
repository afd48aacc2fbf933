"""Many jobs, half of them hostile, four at a time, and what is there before and after."""

import gc
import resource
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.attacks.arena import SHORT, Arena, Graded
from tests.attacks.catalogue import attacks
from tests.attacks.invariants import left_over, state_of
from tests.attacks.running import HOW_MANY

HOSTILE = (
    "A01",
    "A17",
    "A18",
    "A19",
    "A25",
    "A37",
    "C01",
    "C03",
    "C05",
    "C06",
    "C07",
    "C12",
    "C21",
    "E02",
    "E08",
    "X09",
)
JOBS = {"sample": 24, "all": {"bubblewrap": 200, "docker": 40}, "soak": 200}[HOW_MANY]
MORE_MEMORY = 64 << 20


def grade_many(arena: Arena, count: int) -> list[tuple[str, Graded]]:
    def grade(number: int) -> tuple[str, Graded]:
        if number % 2:
            return "good", arena.good()
        attack = attacks()[HOSTILE[number // 2 % len(HOSTILE)]]
        seconds = SHORT / 3 if "timeout" in attack.expect else 30.0
        return attack.id, arena.grade(attack.files, seconds=seconds)

    with ThreadPoolExecutor(4) as slots:
        return list(slots.map(grade, range(count)))


def memory_bytes() -> int:
    """Return what of this process, which is the runner here, is in memory."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def check_nothing_is_left(arena: Arena) -> None:
    jobs = JOBS if isinstance(JOBS, int) else JOBS[arena.name]
    grade_many(arena, 8)
    left_over(arena.sandbox, state_of(arena.sandbox))
    before, memory = state_of(arena.sandbox), memory_bytes()

    ended = grade_many(arena, jobs)

    assert len(ended) == jobs
    assert [graded.fault for _, graded in ended if graded.report is None] == []
    assert [graded.shown for name, graded in ended if name == "good" and graded.points != 10] == []
    assert [name for name, graded in ended if name != "good" and graded.points > 2] == []
    assert left_over(arena.sandbox, before) == {}
    assert memory_bytes() - memory < MORE_MEMORY
