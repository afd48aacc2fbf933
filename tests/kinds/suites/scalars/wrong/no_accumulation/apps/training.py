"""Fit a line."""

import numpy as np


def read_table(path):
    """Return the columns x and y of a text file."""
    table = np.loadtxt(path, dtype=np.float32)
    return table[:, 0], table[:, 1]


def fit(x, y, steps=200, rate=0.1):
    """Return slope and offset after some steps of gradient descent, and the loss before each."""
    slope, offset, losses = 0.0, 0.0, []
    for _ in range(steps):
        error = slope * x + offset - y
        losses.append(float((error**2).mean()))
        slope -= rate * float((2 * error * x).mean())
        offset -= rate * float((2 * error).mean())
    return {"slope": slope, "offset": offset, "losses": losses}
