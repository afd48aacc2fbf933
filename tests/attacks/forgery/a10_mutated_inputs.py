"""A10: change the inputs in place, so that a reference which comes later agrees

Stopped by: the reference draws inputs of its own from the same seed, in another jail, beforehand.
"""


def attacked(numbers):
    numbers[:] = 0.0
    return numbers
