"""Slow, and legal: it sleeps, recurses and computes for a good part of its time, and is right."""

import time

import numpy as np


def deep(number):
    return number if number == 0 else 1 + deep(number - 1)


def attacked(numbers):
    time.sleep(0.5)
    for _ in range(20):
        np.linalg.svd(np.ones((60, 60)))
    assert deep(800) == 800
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
