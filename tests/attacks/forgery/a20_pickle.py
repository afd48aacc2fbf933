"""A20: send a pickle that runs code where it is read

Stopped by: no side of the wire unpickles; object arrays and bytes have no form on it.
"""

import os
import pickle

import numpy as np


class Bomb:
    def __reduce__(self):
        return os.system, ("touch /tmp/attacked-by-pickle",)


def attacked(numbers):
    if numbers.shape == (3, 4):
        return np.array([Bomb()], dtype=object)
    os.write(3, pickle.dumps(Bomb()))
    return numbers
