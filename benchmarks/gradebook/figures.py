"""Each figure of the grade book."""

import math
import statistics
import time
import uuid
from functools import partial
from typing import Any

import numpy as np
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from benchmarks.gradebook import EDITS, GROWTH, ITEMS, PAGE_ITEMS, PAGE_STUDENTS, STUDENTS, TIMES, Say, median_seconds
from benchmarks.gradebook.plain import current_totals, points_of
from benchmarks.gradebook.world import instructor_of, make_offering
from coursehub.courses.models import Offering
from grading.engine.class_totals import totals_of_class
from grading.gradebook.models import GradeCell
from grading.gradebook.reckoning import class_of


def measure(say: Say) -> dict[str, Any]:
    """Return them."""
    say(f"{STUDENTS} students by {ITEMS} items: writing rows")
    large = make_offering("large", students=STUDENTS, items=ITEMS)
    say("recomputation")
    found = {"recomputation": recomputation(large)}
    seconds = {}
    for students in GROWTH:
        say(f"growth: {students} students")
        offering = make_offering(f"of-{students}", students=students, items=ITEMS)
        seconds[students] = median_seconds(partial(_recomputed, offering), TIMES)
    seconds[STUDENTS] = found["recomputation"]["rows_s"]
    found["growth"] = {
        "rows_s": {str(students): round(each, 4) for students, each in seconds.items()},
        "slope": round(slope(seconds), 3),
    }
    say(f"page: {PAGE_STUDENTS} students by {PAGE_ITEMS} items")
    wide = make_offering("wide", students=PAGE_STUDENTS, items=PAGE_ITEMS)
    client = Client(headers={"host": "localhost"})
    client.force_login(instructor_of(wide))
    found["page"] = page(client, wide)
    say(f"{EDITS} edits of a cell")
    found["edit"] = edit(client, wide)
    return found


def page(client: Client, offering: Offering) -> dict[str, Any]:
    """Return how long the server makes the grade book, in its own order and by total, and how often it asks."""
    url = reverse("gradebook", args=[offering.slug])
    found: dict[str, Any] = {"students": PAGE_STUDENTS, "items": PAGE_ITEMS}
    for name, query in {"": "", "by_total_": "?sort=total&falling=1"}.items():
        with CaptureQueriesContext(connection) as queries:
            _check(client.get(url + query), 200)
        found[f"{name}queries"] = len(queries)
        found[f"{name}server_s"] = round(median_seconds(partial(client.get, url + query), TIMES), 3)
    return found


def edit(client: Client, offering: Offering) -> dict[str, Any]:
    """Return how long one change of a grade takes, from the request to the answer that the page's script reads."""
    cells = list(
        GradeCell.objects.filter(assessment__offering=offering, points__isnull=False)
        .select_related("assessment")
        .order_by("pk")[: EDITS + 1]
    )
    seconds = []
    for cell in cells:
        url = reverse("gradebook_cell", args=[offering.slug, cell.enrollment_id, cell.assessment.slug])
        sent = {"action": "typed", "points": "3", "version": str(cell.version), "key": uuid.uuid4().hex}
        began = time.perf_counter()
        answer = client.post(url, sent, headers={"accept": "application/json"})
        seconds.append(time.perf_counter() - began)
        _check(answer, 200)
    return {"p50_s": round(statistics.median(seconds[1:]), 4), "slowest_s": round(max(seconds[1:]), 4)}


def _check(answer: Any, status: int) -> None:
    if answer.status_code != status:
        message = f"The site answered {answer.status_code}: {answer.content[:500]!r}"
        raise RuntimeError(message)


def recomputation(offering: Offering) -> dict[str, Any]:
    """Return how long all totals of a class take, from rows and from memory, and what plain NumPy takes."""
    reckoning = class_of(offering, for_staff=True)
    scheme = reckoning.scheme
    if scheme is None or reckoning.obstacles:
        message = f"The class cannot be computed: {reckoning.obstacles}"
        raise RuntimeError(message)
    exact = totals_of_class(scheme, reckoning.rows)
    points, columns = points_of(scheme, reckoning.rows)
    plain = current_totals(scheme, points, columns)
    ours = np.array([math.nan if each.current is None else float(each.current) for each in exact])
    if not np.allclose(ours, plain, rtol=1e-9, equal_nan=True):
        message = "NumPy's totals are not ours; a comparison of their times would mean nothing."
        raise RuntimeError(message)
    rows = median_seconds(partial(_recomputed, offering), TIMES)
    engine = median_seconds(lambda: totals_of_class(scheme, reckoning.rows), TIMES)
    numpy_seconds = median_seconds(lambda: current_totals(scheme, points, columns), TIMES)
    return {
        "students": STUDENTS, "items": ITEMS, "rows_s": round(rows, 3), "engine_s": round(engine, 3),
        "plain_numpy_s": round(numpy_seconds, 4), "engine_to_numpy": round(engine / numpy_seconds, 1),
        "rows_to_numpy": round(rows / numpy_seconds, 1),
    }  # fmt: skip


def _recomputed(offering: Offering) -> object:
    return class_of(offering, for_staff=True).totals()


def slope(seconds: dict[int, float]) -> float:
    """Return the slope of a straight line through the logarithms of sizes and seconds."""
    sizes = np.log(np.array(list(seconds), dtype=float))
    return float(np.polyfit(sizes, np.log(np.array(list(seconds.values()))), 1)[0])
