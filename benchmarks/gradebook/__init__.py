"""The grade book: all totals of a class, its page, and one edit.

What is measured
----------------
`recomputation`: all totals of 5,000 students by 40 items, once from rows in the database to totals (`rows_s`) and once
from values in memory (`engine_s`), the median of five each; `plain_numpy_s` is the same current totals by vectorised
NumPy on floats with no trace, from the same values, and the ratios are to it.

`growth`: `rows_s` for 100 to 5,000 students, and the slope of a straight line through the logarithms: 1 is linear.

`page`: the grade book of 1,000 students by 60 items, as the server makes it: queries, and the median seconds.

`edit`: one grade changed through the form of its cell, from request to answer, the median.

`peak_memory_mib`: the most that this process had resident.
"""

import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

STUDENTS, ITEMS = 5_000, 40
PAGE_STUDENTS, PAGE_ITEMS = 1_000, 60
GROWTH = (100, 300, 1_000, 2_500)
TIMES = 5
EDITS = 20
Say = Callable[[str], None]


def measure(say: Say) -> dict[str, Any]:
    """Return all figures, from a database of its own."""
    with tempfile.TemporaryDirectory(prefix="coursehub-benchmark-") as name:
        _set_up(Path(name))
        # Nothing of the site can be imported before Django knows its settings.
        from benchmarks.gradebook import figures  # noqa: PLC0415

        found = figures.measure(say)
    found["peak_memory_mib"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return found


def _set_up(folder: Path) -> None:
    os.environ |= {
        "COURSEHUB_STATE": str(folder),
        "DATABASE_URL": f"sqlite:///{folder / 'coursehub.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "coursehub.settings",
    }
    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    # The page names its style sheets by what is in them.
    call_command("collectstatic", interactive=False, verbosity=0)


def median_seconds(what: Callable[[], object], times: int) -> float:
    """Return the median of so many runs."""
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        what()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)
