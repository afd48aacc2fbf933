"""A socket between a runner and its container engine that can die or freeze, as an engine can."""

import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ENGINE = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").removeprefix("unix://")


class EngineProxy:
    """Passes on bytes both ways until told otherwise."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._flows = threading.Event()
        self._flows.set()
        self._open: set[socket.socket] = set()
        self._listener = self._listen()

    def freeze(self) -> None:
        """Answer nothing more, and close nothing."""
        self._flows.clear()

    def die(self) -> None:
        """Refuse connections, and break off those that are open."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(
                socket.SHUT_RDWR
            )  # which a thread that waits for a connection notices, unlike a close
        self._acceptor.join()
        self._listener.close()
        self.path.unlink(missing_ok=True)
        for each in list(self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def recover(self) -> None:
        """Work again."""
        self._flows.set()
        if not self.path.exists():
            self._listener = self._listen()

    def close(self) -> None:
        """End."""
        self._flows.set()
        self.die()

    def _listen(self) -> socket.socket:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self.path))
        listener.listen(64)
        self._acceptor = threading.Thread(target=self._accept, args=(listener,), daemon=True)
        self._acceptor.start()
        return listener

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            engine = socket.socket(socket.AF_UNIX)
            self._open |= {client, engine}
            engine.connect(ENGINE)
            for one, other in ((client, engine), (engine, client)):
                threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(1 << 16):
                self._flows.wait()
                other.sendall(data)
        with contextlib.suppress(OSError):
            other.shutdown(socket.SHUT_WR)


@contextmanager
def engine_proxy(path: Path) -> Iterator[EngineProxy]:
    """Stand between, until the end."""
    proxy = EngineProxy(path)
    try:
        yield proxy
    finally:
        proxy.close()
        for each in proxy._open:
            each.close()
