"""What a case prints: the beginning and the end are kept, the middle is counted."""

FLOOD_BYTES = 8 << 20


class BoundedOutput:
    """Keeps the first and the last half of what it is fed, and its length."""

    def __init__(self, kept_bytes: int) -> None:
        self._half = max(kept_bytes // 2, 1)
        self._first = bytearray()
        self._last = bytearray()
        self.total = 0

    def feed(self, data: bytes) -> None:
        """Take a piece."""
        self.total += len(data)
        room = self._half - len(self._first)
        self._first += data[:room]
        self._last += data[max(room, 0) :]
        if len(self._last) > 2 * self._half:
            del self._last[: -self._half]

    @property
    def is_flood(self) -> bool:
        """Whether this is so much that its writer should be stopped."""
        return self.total > FLOOD_BYTES

    def text(self) -> str:
        """Return what was kept, as text, with a line that says what was left out."""
        last = self._last[-self._half :]
        dropped = self.total - len(self._first) - len(last)
        if not dropped:
            return (self._first + last).decode(errors="replace")
        first = self._first.decode(errors="replace")
        return f"{first}\n… {dropped} bytes left out …\n{last.decode(errors='replace')}"
