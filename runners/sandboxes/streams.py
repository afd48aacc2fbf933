"""A stream over a socket, with deadlines."""

import socket
import time

PIECE_BYTES = 1 << 18


class SocketStream:
    """The runner's end of the line to a session."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def send(self, data: bytes | memoryview, *, deadline: float) -> None:
        """Send all of it. Raises ``TimeoutError`` at the deadline and ``OSError`` when the jail is gone."""
        self._connection.settimeout(_left(deadline))
        self._connection.sendall(data)

    def recv(self, *, deadline: float) -> bytes:
        """Return what has arrived, or nothing when the jail closed it. Raises ``TimeoutError`` at the deadline."""
        self._connection.settimeout(_left(deadline))
        try:
            return self._connection.recv(PIECE_BYTES)
        except ConnectionResetError:
            return b""

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        message = "The deadline has passed."
        raise TimeoutError(message)
    return left
