"""A31: return a NumPy scalar whose class is a liar that says it comes from NumPy

Stopped by: even so it can only say one value, which is compared as bytes.
"""

import numpy as np


class Liar(np.float64):
    __module__ = "numpy"

    def __array__(self, *_, **__):
        return np.zeros((3, 4))

    def __eq__(self, other):
        return True

    __hash__ = None


def attacked(numbers):
    return Liar(1.0)


def count(numbers):
    return Liar(len(numbers))
