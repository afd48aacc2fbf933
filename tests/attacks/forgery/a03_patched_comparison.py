"""A03: patch everything that compares

Stopped by: values are compared in the runner, which has its own NumPy.
"""

import builtins
import sys
import unittest

import numpy as np


def yes(*_, **__):
    return True


for module in (np, np.testing, np.core.numeric, sys.modules.get("torch")):
    for name in ("allclose", "isclose", "array_equal", "assert_allclose", "assert_array_equal", "assert_equal"):
        if hasattr(module, name):
            setattr(module, name, yes)
unittest.TestCase.assertEqual = unittest.TestCase.assertTrue = yes
builtins.abs = lambda value: 0


def attacked(numbers):
    return numbers
