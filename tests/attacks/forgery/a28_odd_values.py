"""A28: answer with values that break the comparison: huge integers, ragged rows, a text as long as the room for it

Stopped by: every element is looked at before NumPy is; what cannot be compared is wrong, and never a fault of ours.
Note: found with this catalogue; before, each of them was taken for a fault of the runner and the job ran three times.
"""


def attacked(numbers):
    if numbers.shape == (3, 4):
        return [["x" * 200_000, *[""] * 20_000], [10**400], [[[]]], None]
    return 2.0 * numbers.cumsum(axis=1)


def count(numbers):
    return 10**3_000


def halves(numbers):
    return [1.0, [2.0], ["x" * 100_000, *[""] * 10_000], {"": None}]


def name():
    return "\N{REPLACEMENT CHARACTER}" * 50_000


def order(steps):
    return [10**3_000, "sow", "sow", "reap"]
