"""A12: return the right numbers in a shape or dtype that broadcasts or converts

Stopped by: shape and dtype must be those of the reference before anything is compared; nothing is broadcast.
Note: each check gets another disguise; the values themselves are right.
"""

import numpy as np


def attacked(numbers):
    right = 2.0 * np.cumsum(numbers, axis=1)
    if numbers.shape == (3, 4):
        return right[None]
    return right.astype(np.float32).astype(complex)
