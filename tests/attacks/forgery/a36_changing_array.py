"""A36: return an array that changes while it is looked at, and subclasses that lie about what they are made of

Stopped by: an array is copied once and sent as bytes; subclasses are not recorded.
"""

import threading

import numpy as np


class Chameleon(np.ndarray):
    def __array_finalize__(self, other):
        self.__class__ = np.ndarray if other is None else Chameleon

    def __array_ufunc__(self, *_, **__):
        return True

    def __array_function__(self, *_, **__):
        return True


def attacked(numbers):
    if numbers.shape != (3, 4):
        return numbers.view(Chameleon)
    changing = numbers.copy()

    def change():
        while True:
            changing[:] = np.nan
            changing[:] = 0.0

    threading.Thread(target=change, daemon=True).start()
    return changing
