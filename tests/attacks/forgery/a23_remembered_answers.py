"""A23: hard-code the answers that an earlier run showed

Stopped by: inputs are fresh in every run, from a secret seed, so answers of one run are wrong in the next.
"""

import numpy as np

SHOWN_LAST_TIME = {(3, 4): np.array([[2.0, -1.0, 0.5, 3.0]] * 3), (2, 5): np.array([[1.0, 2.0, 3.0, 4.0, 5.0]] * 2)}


def attacked(numbers):
    return SHOWN_LAST_TIME[numbers.shape]


def count(numbers):
    return 6


def name():
    return "attacked"
