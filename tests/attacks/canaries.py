"""Secrets that are planted around a sandbox, and looked for in everything that a student can see.

Each is ``canary-KIND-`` and random letters, drawn anew in each session, so no attack can hold one by itself.
"""

import os
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

KINDS = ("environment", "database", "reference", "student", "file", "listener")
PLACES = {
    "environment": ("SECRET_KEY", "RUNNER_TOKEN"),
    "database": ("DATABASE_URL", "LANE_BROKER_URL"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Canaries:
    """What is planted where."""

    words: dict[str, str]
    port: int
    """Where something listens on the loopback and hands out its canary."""
    socket_name: str
    """The same in the abstract namespace of Unix sockets, without the leading null."""
    file: Path
    """A file of this host that everybody may read."""

    def filled(self, content: bytes) -> bytes:
        """Return a file of an attack or a reference with what it could know put in."""
        for mark, text in (
            (b"@CANARY@", self.words["reference"]),
            (b"@STUDENT@", self.words["student"]),
            (b"@PORT@", str(self.port)),
            (b"@SOCKET@", self.socket_name),
            (b"@FILE@", str(self.file)),
        ):
            content = content.replace(mark, text.encode())
        return content

    def seen_in(self, text: str) -> list[str]:
        """Return the kinds of canaries that a text holds, also backwards or as hexadecimal."""
        shapes = {kind: (word, word[::-1], word.encode().hex()) for kind, word in self.words.items()}
        return [kind for kind, words in shapes.items() if any(word in text for word in words)]


@contextmanager
def planted(folder: Path) -> Iterator[Canaries]:
    """Plant all of them."""
    words = {kind: f"canary-{kind}-{secrets.token_hex(8)}" for kind in KINDS}
    file = folder / "secrets.txt"
    file.write_text(words["file"])
    for parent in (file, *file.parents):
        if parent.is_relative_to("/tmp") and parent != Path("/tmp"):
            parent.chmod(0o755 if parent.is_dir() else 0o644)
    before = dict(os.environ)
    for kind, names in PLACES.items():
        os.environ.update(dict.fromkeys(names, f"postgresql://coursehub:{words[kind]}@127.0.0.1/coursehub"))
    with ExitStack() as open_sockets:
        loopback = open_sockets.enter_context(socket.create_server(("127.0.0.1", 0)))
        abstract = open_sockets.enter_context(socket.socket(socket.AF_UNIX))
        name = f"coursehub-attacks-{secrets.token_hex(8)}"
        abstract.bind(f"\0{name}")
        abstract.listen()
        for listener in (loopback, abstract):
            threading.Thread(target=_hand_out, args=(listener, words["listener"]), daemon=True).start()
        try:
            yield Canaries(words=words, port=loopback.getsockname()[1], socket_name=name, file=file)
        finally:
            os.environ.clear()
            os.environ.update(before)
            for listener in (loopback, abstract):
                listener.shutdown(socket.SHUT_RDWR)


def _hand_out(listener: socket.socket, word: str) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            connection.sendall(word.encode())
