"""A08: return an object that is equal to everything

Stopped by: only plain values of exact types are recorded, and what is compared is their bytes.
"""

import numpy as np


class Liar:
    shape, dtype, ndim = (3, 4), np.dtype("f8"), 2

    def __eq__(self, other):
        return True

    __le__ = __ge__ = __ne__ = __eq__
    __hash__ = None

    def __array__(self, *_, **__):
        return np.zeros(self.shape)

    def __bool__(self):
        return True

    def __float__(self):
        return 1.0

    def __getattr__(self, name):
        return self


def attacked(numbers):
    return Liar()
