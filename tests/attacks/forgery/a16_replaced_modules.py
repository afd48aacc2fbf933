"""A16: replace modules in `sys.modules` by ones that agree with everything

Stopped by: whatever the process believes about NumPy, the runner compares bytes.
Points: 0..2
"""

import sys
import types


class Agreeable(types.ModuleType):
    def __getattr__(self, name):
        return lambda *_, **__: True


for name in ("numpy", "numpy.testing", "gpu_worker.harness.values", "gpu_worker.protocol", "json"):
    sys.modules[name] = Agreeable(name)


def attacked(numbers):
    return numbers
