"""A13: ship modules that are called like the frameworks

Stopped by: packages are imported before the submission's folder comes on the path, and it comes last.
"""

import sys

import gpu_worker
import numpy
import json


def attacked(numbers):
    for module in (gpu_worker, numpy, json):
        if module.__file__.startswith("/job"):
            print("GOT", module.__file__)
    print("shadow" in sys.modules)
    return numbers


# ---- file: numpy.py
print("GOT imported as numpy")
raise SystemExit
# ---- file: gpu_worker.py
print("GOT imported as gpu_worker")
raise SystemExit
# ---- file: json.py
print("GOT imported as json")
raise SystemExit
# ---- file: torch.py
print("GOT imported as torch")
# ---- file: pytest.py
print("GOT imported as pytest")
# ---- file: encodings/utf_8.py
print("GOT imported as a codec")
