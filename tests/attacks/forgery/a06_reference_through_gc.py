"""A06: find the reference solution among all objects of the process

Stopped by: the reference runs in a jail of its own and is never sent to a student's.
"""

import gc
import types


def attacked(numbers):
    for found in gc.get_objects():
        if isinstance(found, types.FunctionType) and found.__name__ == "attacked":
            home = found.__code__.co_filename
            # Its own, and the case of the same name, which is in the jail on purpose.
            if found is not attacked and home != "cases.py":
                print("GOT a function from", home)
                return found(numbers)
        if isinstance(found, dict) and "SECRET" in found and found is not globals():
            print("GOT", found["SECRET"])
    return numbers
