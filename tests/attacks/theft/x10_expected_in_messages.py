"""X10: make the messages say more than they should: by errors, names and values that quote what they met

Stopped by: messages are made in the runner from values; the reference's text is in no process of the jail.
Note: of a check that students may see, the expected value is shown on purpose, for inputs that never come again.
"""

import sys
import traceback


class Curious:
    def __repr__(self):
        return "".join(traceback.format_stack()) + repr(sys._current_frames())

    __str__ = __format__ = __repr__


def attacked(numbers):
    if numbers.shape == (3, 4):
        return {str(Curious()): 1.0, "%(expected)s {expected} {expected.rule}": [1.0]}
    raise ValueError("{expected} %(reference)s ${reference} {0.__globals__}", Curious())


def name():
    return "{expected} %(expected)s {{expected}} ${expected}"
