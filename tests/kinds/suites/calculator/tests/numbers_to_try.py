"""A module of the suite's own, which tests import from their folder."""

MEANS = [([1, 2, 3], 2.0), ([5], 5.0), ([-1, 1], 0.0)]
