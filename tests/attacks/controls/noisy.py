"""Noisy, and legal: a megabyte of output, warnings, eight threads, child processes, temporary files, and is right."""

import logging
import subprocess
import sys
import tempfile
import threading
import warnings

import numpy as np

print("imported", "x" * 1_000)
warnings.warn("this is only a warning", stacklevel=1)


def attacked(numbers):
    print("noise " * 170_000)
    sys.stderr.write("more noise, without an end of line")
    logging.getLogger().warning("a warning with ünïcode \U0001f600 and \x1b[31mcolour\x1b[0m")
    warnings.warn("a deprecated thing", DeprecationWarning, stacklevel=1)
    threads = [threading.Thread(target=np.linalg.svd, args=(np.ones((40, 40)),)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    subprocess.run([sys.executable or "/opt/python/bin/python3", "-I", "-S", "-c", "print(1)"], check=True)
    with tempfile.NamedTemporaryFile(delete=False) as file:
        file.write(bytes(1 << 20))
    with np.errstate(all="warn"):
        np.array([1.0]) / np.array([0.0])
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
