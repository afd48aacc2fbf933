"""A message broker that is a folder: the embedded default, where no Redis is installed.

Theory of operation
-------------------
Kombu ships a filesystem transport whose producer opens the final file name and then writes. A consumer that
lists the folder in between reads half a message, and dies of it or drops it. Here a message is written to a
hidden file and renamed into place, so that it is seen whole or not at all; and a consumer takes a message by
renaming it into a folder for taken messages, which exactly one of several consumers can do. The table of
bindings is replaced in the same way, under a lock.

File names begin with the time of sending, so the folder is read oldest first. Celery names this transport by
the setting ``broker_transport="runners.broker:Transport"`` next to the address ``filesystem://``. The options
``data_folder_in`` and ``data_folder_out`` (the same folder) say where; the two others are made inside it.
There is no remote control and no result on this transport: ``--without-gossip --without-mingle``.
"""

import fcntl
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from queue import Empty
from typing import Any, ClassVar

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.transport.filesystem import exchange_queue_t
from kombu.transport.virtual import BrokerState
from kombu.utils.json import dumps, loads

POLLING_SECONDS = 0.02


class Channel(filesystem.Channel):
    """Messages as files that appear whole and are taken once."""

    @cached_property
    def data_folder_in(self) -> str:
        return self._folder("data_folder_in")

    @cached_property
    def data_folder_out(self) -> str:
        return self._folder("data_folder_out")

    @cached_property
    def processed_folder(self) -> str:
        return self._folder("processed_folder", Path(self.data_folder_in) / "taken")

    @cached_property
    def control_folder(self) -> Path:
        return Path(self._folder("control_folder", Path(self.data_folder_in) / "control"))

    # The stubs of Kombu contradict themselves here: what fits one base does not fit the other.
    def get_table(self, exchange: str) -> list[exchange_queue_t]:  # type: ignore[override]
        """Return the bindings of an exchange."""
        try:
            content = self._table_file(exchange).read_text()
        except FileNotFoundError:
            return []
        return [exchange_queue_t(*line) for line in loads(content)]

    def _queue_bind(self, exchange: str, routing_key: str | None, pattern: str | None, queue: str | None) -> None:
        binding = exchange_queue_t(routing_key or "", pattern or "", queue or "")
        with self._table_lock(exchange):
            table = self.get_table(exchange)
            if binding not in table:
                _write_whole(self._table_file(exchange), dumps([binding, *table]))

    def _put(self, queue: str, payload: Any, **_: Any) -> None:  # type: ignore[override]
        name = f"{time.time_ns():020d}-{uuid.uuid4().hex}.{queue}.msg"
        try:
            _write_whole(Path(self.data_folder_out) / name, dumps(payload))
        except OSError as error:
            message = f"Cannot write a message into {self.data_folder_out}: {error}."
            raise ChannelError(message) from error

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        for name in self._waiting(queue):
            taken = Path(self.processed_folder) / name
            try:
                (Path(self.data_folder_in) / name).rename(taken)
            except FileNotFoundError:
                continue  # Another consumer was faster.
            content = taken.read_text()
            if not self.store_processed:
                taken.unlink(missing_ok=True)
            return loads(content)
        raise Empty

    def _size(self, queue: str) -> int:
        return len(self._waiting(queue))

    def _purge(self, queue: str) -> int:
        purged = 0
        for name in self._waiting(queue):
            try:
                (Path(self.data_folder_in) / name).unlink()
            except FileNotFoundError:
                continue
            purged += 1
        return purged

    def _waiting(self, queue: str) -> list[str]:
        ending = f"{queue}.msg"
        with os.scandir(self.data_folder_in) as entries:
            return sorted(entry.name for entry in entries if entry.name.partition(".")[2] == ending)

    def _table_file(self, exchange: str) -> Path:
        return self.control_folder / f"{exchange}.exchange"

    @contextmanager
    def _table_lock(self, exchange: str) -> Iterator[None]:
        with (self.control_folder / f"{exchange}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _folder(self, option: str, default: Path | None = None) -> str:
        value = self.transport_options.get(option) or default
        if value is None:
            message = f"The broker needs the transport option {option}: the folder of its messages."
            raise ChannelError(message)
        Path(value).mkdir(parents=True, exist_ok=True)
        return os.fspath(value)


class Transport(filesystem.Transport):
    """Kombu's name for this broker."""

    Channel = Channel
    polling_interval = POLLING_SECONDS
    _states: ClassVar[dict[str, BrokerState]] = {}

    def __init__(self, client: Any, **kwargs: Any) -> None:
        super().__init__(client, **kwargs)
        # Kombu keeps one memory of declared queues per process. The site speaks with two folders.
        folder = str(client.transport_options.get("data_folder_in"))
        self.state = self._states.setdefault(folder, BrokerState())


def _write_whole(path: Path, content: str) -> None:
    aside = path.with_name(f".{uuid.uuid4().hex}.part")
    aside.write_text(content)
    aside.replace(path)
