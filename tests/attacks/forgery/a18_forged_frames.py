"""A18: write forged answers, in the wire's own form, to every descriptor

Stopped by: one pipe carries one check's values; ids of other checks and repeated or odd frames end the conversation.
Expect: failed, crashed
Points: 0..2
"""

import os

from gpu_worker.protocol import encode

FRAMES = [
    encode("done", case="again", ending="done", message="", seconds=0.1, peak_bytes=1),
    encode("record", case="attacked", name="sums", rule={"kind": "exact"}, value=1.0),
    encode("record", name="sums", rule={"kind": "close", "rtol": 1e300, "atol": 1e300}, value=1.0),
    encode("loaded", seconds=0.0),
    encode("fault", sentence="The runner is to blame."),
]


def attacked(numbers):
    for descriptor in range(256):
        for frame in FRAMES:
            try:
                os.write(descriptor, frame)
            except OSError:
                continue
    return numbers
