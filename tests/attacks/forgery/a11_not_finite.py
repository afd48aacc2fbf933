"""A11: return nothing but NaN, the wildcard of sloppy comparisons

Stopped by: where the reference is finite, only a finite value close to it will do.
"""

import numpy as np

turn = iter([np.nan, np.inf])


def attacked(numbers):
    return np.full_like(numbers, next(turn, np.nan))
