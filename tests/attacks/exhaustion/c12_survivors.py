"""C12: leave the family by setsid and a double fork, and live on

Stopped by: the pid namespace or container is killed as a whole.
"""

import os
import subprocess
import time


def attacked(numbers):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.closerange(0, 64)
            time.sleep(10_000)
        os._exit(0)
    subprocess.Popen(
        ["/opt/python/bin/python3", "-I", "-S", "-c", "import time; time.sleep(9999)"], start_new_session=True
    )
    return numbers
