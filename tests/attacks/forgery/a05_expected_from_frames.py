"""A05: walk the frames of all callers to the expected value

Stopped by: expected values never enter the jail, so no frame, closure or default holds one.
"""

import sys

import numpy as np


def everything_in_reach():
    frame = sys._getframe()
    while frame is not None:
        yield from list(frame.f_locals.items()) + list(frame.f_globals.items())
        for value in list(frame.f_locals.values()):
            yield from vars(value).items() if hasattr(value, "__dict__") else ()
            for cell in getattr(value, "__closure__", None) or ():
                yield "cell", cell.cell_contents
        frame = frame.f_back


def attacked(numbers):
    for name, value in everything_in_reach():
        is_new = isinstance(value, np.ndarray) and value.shape == numbers.shape and not np.array_equal(value, numbers)
        if is_new or name in ("expected", "reference", "solution"):
            print("GOT", name, value)
            return value
    return numbers
