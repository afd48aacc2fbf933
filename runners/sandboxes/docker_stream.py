"""The attached stream of a container: the engine mixes standard output and standard error into one, in pieces."""

import contextlib
import socket
from typing import Any

from gpu_worker.protocol import WARM
from runners.sandboxes.streams import SocketStream

HEADER_BYTES = 8
STDOUT, STDERR = 1, 2
KEPT_STDERR_BYTES = 8_000
# The engine cuts its pieces at 32 KiB; far more than that is not the engine.
MAX_PIECE_BYTES = 16 << 20


class Demultiplexer:
    """Takes the mixed stream apart."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._errors = bytearray()

    def feed(self, data: bytes) -> bytes:
        """Take a piece of the mixed stream; return what of it was standard output. Raises ``ConnectionError``."""
        self._buffer += data
        output = bytearray()
        while len(self._buffer) >= HEADER_BYTES:
            kind, length = self._buffer[0], int.from_bytes(self._buffer[4:HEADER_BYTES], "big")
            if kind not in (STDOUT, STDERR) or length > MAX_PIECE_BYTES:
                message = "The container engine sent a stream of an unknown form."
                raise ConnectionError(message)
            if len(self._buffer) < HEADER_BYTES + length:
                break
            piece = self._buffer[HEADER_BYTES : HEADER_BYTES + length]
            del self._buffer[: HEADER_BYTES + length]
            if kind == STDOUT:
                output += piece
            else:
                self._errors = (self._errors + piece)[-KEPT_STDERR_BYTES:]
        return bytes(output)

    @property
    def errors(self) -> str:
        """The end of what came on standard error."""
        return self._errors.decode(errors="replace")


class DockerStream:
    """The runner's end of the line to the session in a container."""

    def __init__(self, attached: Any) -> None:
        # docker-py hands out a wrapper whose response must live as long as the socket.
        self._attached = attached
        self._socket: socket.socket = getattr(attached, "_sock", attached)
        self._stream = SocketStream(self._socket)
        self._demultiplexer = Demultiplexer()

    @property
    def errors(self) -> str:
        """The end of what the harness said on standard error."""
        return self._demultiplexer.errors

    def send(self, data: bytes | memoryview, *, deadline: float) -> None:
        """Send all of it. Raises ``TimeoutError`` at the deadline and ``OSError`` when the container is gone."""
        self._stream.send(data, deadline=deadline)

    def recv(self, *, deadline: float) -> bytes:
        """Return what has arrived, or nothing when the container closed it. Raises ``TimeoutError``."""
        while True:
            data = self._stream.recv(deadline=deadline)
            if not data:
                return b""
            if output := self._demultiplexer.feed(data):
                return output

    @property
    def is_warm(self) -> bool:
        """Whether the session has said that it has done its imports. Only what ``has_ended`` has read counts."""
        return WARM.decode() in self._demultiplexer.errors

    def has_ended(self) -> bool:
        """Whether the container has hung up although nobody asked it anything yet."""
        self._socket.settimeout(0)
        try:
            data = self._socket.recv(1 << 16)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError:
            return True
        # Before the first question a session says nothing, so any output is a sign of trouble as well.
        return not data or bool(self._demultiplexer.feed(data))

    def close(self) -> None:
        """Hang up; the session ends when its input does."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        # From the outside in: a response complains when what it reads from is closed under it.
        if (response := getattr(self._attached, "_response", None)) is not None:
            with contextlib.suppress(OSError, ValueError):
                response.close()
        with contextlib.suppress(OSError):
            self._attached.close()
        with contextlib.suppress(OSError):
            self._socket.close()
