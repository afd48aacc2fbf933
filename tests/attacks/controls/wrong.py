"""An honest mistake: everything is one too much, and nothing counts."""


def attacked(numbers):
    return 2.0 * numbers.cumsum(axis=1) + 1.0


def honest(values):
    return float(values.sum()) + 1.0


def count(numbers):
    return len(numbers) + 1


def halves(numbers):
    return [number / 2 + 1 for number in numbers]


def name():
    return "defended"


def order(steps):
    return list(reversed(steps))
