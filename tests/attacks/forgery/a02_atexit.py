"""A02: rewrite the results when the process ends

Stopped by: a case leaves without exit handlers, and nothing that it writes is a result.
"""

import atexit
import json
import os
import threading


def forge():
    for folder in ("/tmp", "/job"):
        try:
            with open(f"{folder}/results.json", "w") as file:
                json.dump({"score": 100}, file)
        except OSError:
            continue
    os.write(3, b'{"score": 100}')


atexit.register(forge)
threading._register_atexit(forge)


def attacked(numbers):
    atexit.register(forge)
    return numbers
