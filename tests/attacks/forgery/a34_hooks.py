"""A34: watch and change the harness from inside: trace, profile and audit hooks, import hooks, excepthooks

Stopped by: all of it happens in the process of one check, which can only send values.
Points: 0..2
"""

import sys
import threading


def meddle(frame, event, argument):
    if frame.f_code.co_name in ("close", "_record", "_send", "plain"):
        frame.f_locals.update(value=None, name="sums", rule={"kind": "close", "rtol": 1e300, "atol": 1e300})
    return meddle


class Finder:
    def find_spec(self, name, path=None, target=None):
        print("looked for", name)


def attacked(numbers):
    sys.addaudithook(lambda event, arguments: None)
    sys.meta_path.insert(0, Finder())
    sys.excepthook = threading.excepthook = lambda *_: None
    sys.settrace(meddle)
    sys.setprofile(meddle)
    frame = sys._getframe()
    while frame:
        frame.f_trace = meddle
        frame = frame.f_back
    return numbers
