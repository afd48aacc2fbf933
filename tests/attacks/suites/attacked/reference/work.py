"""What is right. No student may ever see this text: @CANARY@."""

import numpy as np

SECRET = "@CANARY@"


def attacked(numbers):
    return 2.0 * np.cumsum(numbers, axis=1)


def honest(values):
    return float(values.sum())


def count(numbers):
    return len(numbers)


def halves(numbers):
    return [number / 2 for number in numbers]


def name():
    return "attacked"


def order(steps):
    return list(steps)
