"""The session's end of the line to the runner: two descriptors, blocking, frames in and frames out."""

import os
from collections.abc import Iterator
from typing import Any

from gpu_worker.protocol import Caps, Frame, FrameReader, encode_parts

PIECE_BYTES = 1 << 18
# The runner is to be trusted; it knows what a suite's data and records may take up.
FROM_RUNNER = Caps(payload_bytes=2 << 30, total_bytes=1 << 40)


class Line:
    """Reads and writes frames on descriptors that only the session holds."""

    def __init__(self, read_descriptor: int, write_descriptor: int) -> None:
        self.descriptors = {read_descriptor, write_descriptor}
        self._read = read_descriptor
        self._write = write_descriptor

    def frames(self) -> Iterator[Frame]:
        """Yield what the runner says until it hangs up."""
        reader = FrameReader(FROM_RUNNER)
        while data := os.read(self._read, PIECE_BYTES):
            yield from reader.feed(data)

    def say(self, kind: str, **fields: Any) -> None:
        """Send one frame."""
        send(self._write, kind, **fields)


def send(descriptor: int, kind: str, **fields: Any) -> None:
    """Write one frame, without copying what it holds. Raises ``Unsendable``."""
    for part in encode_parts(kind, **fields):
        write_all(descriptor, part)


def write_all(descriptor: int, data: bytes | memoryview) -> None:
    """Write all of it, waiting where the other side is slow."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
