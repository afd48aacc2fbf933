"""A40: be one module while it is tried, and another one, or none, later

Stopped by: the first import only finds out whether it works; each check imports anew and is judged by itself.
Expect: failed, crashed
Points: 0
"""

import os

if os.path.isdir("/job/compiled/job"):
    print("[100%] all checks passed", flush=True)
    os._exit(0)


def attacked(numbers):
    return 0.0 * numbers
