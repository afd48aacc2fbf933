"""A33: act when objects die: destructors, weak references, the collector, the fault handler

Stopped by: a check ends by leaving its process at once; nothing that runs afterwards is listened to.
Expect: failed, crashed
"""

import faulthandler
import gc
import os
import weakref

from gpu_worker.protocol import encode

FORGED = encode("record", name="sums", rule={"kind": "exact"}, value=1.0)


class Dying:
    def __del__(self):
        os.write(3, FORGED)


kept = Dying()
kept.itself = kept


def attacked(numbers):
    gc.callbacks.append(lambda phase, info: os.write(3, FORGED) if phase == "stop" else None)
    weakref.finalize(Dying(), os.write, 3, FORGED)
    faulthandler.enable(3)
    faulthandler.dump_traceback_later(0.01, repeat=True, file=3)
    return numbers
