"""A24: guess or find the seed, and with it the expected value

Stopped by: the seed gives the inputs only, which the jail may know; the answer still has to be computed.
Note: a check's seed is an HMAC of the run's, 128 bits; it is in the process on purpose. What is sought here is a
generator whose next numbers would be the reference's answer.
"""

import gc

import numpy as np


def attacked(numbers):
    for found in gc.get_objects():
        if isinstance(found, np.random.Generator):
            return found.standard_normal(numbers.shape)
    for seed in range(200):
        if np.array_equal(np.random.default_rng(seed).standard_normal(numbers.shape), numbers):
            print("GOT the seed", seed)
    return numbers
