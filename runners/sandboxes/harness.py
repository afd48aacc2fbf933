"""The name of the harness that this code holds, so that an image with another one is noticed.

It is also run as a file, ``python3 runners/sandboxes/harness.py``, by ``deploy/images.sh`` and any Python 3: it
imports nothing but the standard library, and prints the name.
"""

import hashlib
import sys
from pathlib import Path

LABEL = "org.coursehub.harness"

_GPU_WORKER = Path(__file__).resolve().parent.parent.parent / "gpu_worker"


def harness_digest(folder: Path = _GPU_WORKER) -> str:
    """Return a SHA-256, as hexadecimal, over what a sandbox image takes from ``gpu_worker/``."""
    total = hashlib.sha256()
    for path in [folder / "__init__.py", folder / "protocol.py", *sorted((folder / "harness").glob("*.py"))]:
        total.update(
            f"{path.relative_to(folder).as_posix()}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode()
        )
    return total.hexdigest()


if __name__ == "__main__":
    sys.stdout.write(f"{harness_digest()}\n")
