"""A15: ship what Python runs when it starts

Stopped by: the interpreter starts with `-I -S` before a submission is there, and forks from then on.
Note: a child interpreter that the submission starts itself runs whatever it likes, with no more rights than itself.
"""

import os
import sys


def attacked(numbers):
    for name in ("sitecustomize", "usercustomize", "startup"):
        if name in sys.modules:
            print("GOT", name)
    if os.environ.get("PYTHONSTARTUP") or sys.flags.isolated != 1 or sys.flags.no_site != 1:
        print("GOT", sys.flags)
    return numbers


# ---- file: sitecustomize.py
print("GOT sitecustomize")
# ---- file: usercustomize.py
print("GOT usercustomize")
# ---- file: evil.pth
#: import os; print("GOT a .pth"); os._exit(0)
# ---- file: pyvenv.cfg
#: home = /job/submission
