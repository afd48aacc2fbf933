"""The wire between a runner and the session inside a sandbox.

Theory of operation
-------------------
A frame is a 4-byte little-endian header length, a JSON header, an 8-byte payload length and a payload. The header
is ``{"kind": text, "fields": {name: value}}``. ``null``, booleans, texts, lists and small integers stand for
themselves; everything else is a JSON object with one key that says what it is:

``{"i": "123…"}`` a big integer · ``{"f": "0x1.8p+1"}`` a float · ``{"m": {…}}`` a map ·
``{"a": [dtype, shape, bytes]}`` an array, whose bytes (C order, little-endian) are the next ones of the payload.

Both sides read every byte as if an enemy had sent it. ``FrameReader`` checks each length against a cap before it
waits for what the length announces, and raises nothing but ``ProtocolError``. There is no pickle here.
"""

import hashlib
import json
import math
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

WIRE_VERSION = 1
WARM = b"warm\n"
"""What the session of a container says on standard error when it has done its imports, before anybody spoke to it."""

SMALL_INTEGER = 2**53
MAX_INTEGER_DIGITS = 4_000
MAX_DIMENSIONS = 32
MAX_NESTING = 32

DTYPES: dict[str, np.dtype[Any]] = {
    code: np.dtype(code if code[-1] == "1" else f"<{code}")
    for code in ("b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16")
}
_CODES = {dtype: code for code, dtype in DTYPES.items()}


class ProtocolError(Exception):
    """The bytes are not a frame of this protocol, or more than was agreed on."""


class Unsendable(TypeError):
    """A value that has no form on the wire."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """How much a reader accepts."""

    header_bytes: int = 1 << 20
    payload_bytes: int = 128 << 20
    items: int = 100_000
    """Values in one frame, counting every list, map and entry."""
    frames: int = 100_000
    total_bytes: int = 1 << 30
    total_items: int = 10_000_000
    """Values in all frames together: an empty list takes three bytes on the wire and twenty times that in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One message: what it is, and its named values."""

    kind: str
    fields: dict[str, Any]


def encode(kind: str, **fields: Any) -> bytes:
    """Return a frame's bytes. Raises ``Unsendable`` for a value that the wire has no form for."""
    return b"".join(encode_parts(kind, **fields))


def encode_parts(kind: str, **fields: Any) -> list[bytes | memoryview]:
    """Return a frame's bytes in pieces, to be sent one after another; arrays are not copied.

    Raises ``Unsendable`` for a value that the wire has no form for.
    """
    payload: list[memoryview] = []
    encoded = {name: _encode(value, payload, MAX_NESTING) for name, value in fields.items()}
    try:
        header = json.dumps(
            {"kind": kind, "fields": encoded}, ensure_ascii=False, allow_nan=False, separators=(",", ":")
        ).encode()
    except UnicodeEncodeError as error:
        message = "A text holds half of a surrogate pair, which is no character."
        raise Unsendable(message) from error
    length = sum(map(len, payload))
    return [b"".join([struct.pack("<I", len(header)), header, struct.pack("<Q", length)]), *payload]


def _encode(value: Any, payload: list[memoryview], nesting: int) -> Any:
    # Exact types only: a subclass may lie about itself.
    kind = type(value)
    if value is None or kind is bool or kind is str:
        return value
    if kind is int:
        return _encode_integer(value)
    if kind is float:
        return {"f": value.hex()}
    if kind is np.ndarray:
        return _encode_array(value, payload)
    if nesting == 0:
        message = f"A value is nested more than {MAX_NESTING} deep."
        raise Unsendable(message)
    if kind is list or kind is tuple:
        return [_encode(item, payload, nesting - 1) for item in value]
    if kind is dict:
        if any(type(key) is not str for key in value):
            message = "A map's keys are texts."
            raise Unsendable(message)
        return {"m": {key: _encode(item, payload, nesting - 1) for key, item in value.items()}}
    message = f"A value of type {kind.__name__} cannot be sent."
    raise Unsendable(message)


def _encode_integer(value: int) -> Any:
    if abs(value) < SMALL_INTEGER:
        return value
    if value.bit_length() > MAX_INTEGER_DIGITS * 3:
        message = "A whole number is too big to be sent."
        raise Unsendable(message)
    return {"i": str(value)}


def _encode_array(array: npt.NDArray[Any], payload: list[memoryview]) -> Any:
    code = _CODES.get(array.dtype.newbyteorder("<"))
    if code is None:
        message = f"An array of dtype {array.dtype} cannot be sent."
        raise Unsendable(message)
    flat = array.astype(DTYPES[code], order="C", copy=False).reshape(-1)
    if flat.size:
        payload.append(flat.view(np.uint8).data)
    return {"a": [code, list(array.shape), flat.nbytes]}


def files_digest(files: Mapping[str, bytes]) -> str:
    """Return the SHA-256, as hexadecimal, of a bundle's paths and contents."""
    total = hashlib.sha256()
    for path in sorted(files):
        total.update(f"{path}\0{hashlib.sha256(files[path]).hexdigest()}\n".encode())
    return total.hexdigest()


def as_arrays(files: Mapping[str, bytes]) -> dict[str, npt.NDArray[np.uint8]]:
    """Return files in the form in which they cross the wire: byte arrays."""
    return {path: np.frombuffer(content, np.uint8) for path, content in files.items()}


def as_files(arrays: Any) -> dict[str, bytes]:
    """Return the files of a bundle. Raises ``ProtocolError`` where the value is no map of byte arrays."""
    return {path: bytes(content) for path, content in as_views(arrays).items()}


def as_views(arrays: Any) -> dict[str, memoryview]:
    """Return the files of a bundle without copying them. Raises as ``as_files`` does."""
    if type(arrays) is not dict:
        _refuse("files that are no map")
    for array in arrays.values():
        if type(array) is not np.ndarray or array.dtype != np.uint8 or array.ndim != 1:
            _refuse("a file that is not bytes")
    return {path: array.data for path, array in arrays.items()}


class FrameReader:
    """Turns hostile bytes into frames, however they are cut into pieces."""

    def __init__(self, caps: Caps) -> None:
        self._caps = caps
        self._buffer = bytearray()
        self._header: dict[str, Any] | None = None
        self._payload = bytearray()
        self._payload_length = 0
        self._frames = 0
        self._total = 0
        self._items = caps.total_items

    def feed(self, data: bytes | memoryview) -> Iterator[Frame]:
        """Yield the frames that are now whole. Raises ``ProtocolError``, after which the reader is of no use.

        Every piece that is fed must be exhausted before the next one.
        """
        self._total += len(data)
        if self._total > self._caps.total_bytes:
            _refuse("more bytes than were agreed on")
        if self._header is not None:
            # A large payload grows where it will stay: nothing is copied twice.
            data = self._take_payload(memoryview(data))
        self._buffer += data
        while (frame := self._next()) is not None:
            yield frame

    @property
    def is_between_frames(self) -> bool:
        """Whether nothing of an unfinished frame is waiting."""
        return not self._buffer and self._header is None

    def _next(self) -> Frame | None:
        if self._header is None:
            if not self._take_header():
                return None
            self._payload += self._buffer[: self._payload_length]
            del self._buffer[: self._payload_length]
        if len(self._payload) < self._payload_length:
            return None
        header, self._header = self._header, None
        payload, self._payload = self._payload, bytearray()
        assert header is not None  # noqa: S101 - _take_header has just set it
        decoder = _Decoder(payload, min(self._caps.items, self._items))
        frame = _frame(header, decoder)
        self._items -= decoder.taken
        return frame

    def _take_payload(self, data: memoryview) -> memoryview:
        """Take what is missing; return the rest, which belongs to the next frame."""
        missing = self._payload_length - len(self._payload)
        self._payload += data[:missing]
        return data[missing:]

    def _take_header(self) -> bool:
        if len(self._buffer) < 4:
            return False
        length = int.from_bytes(self._buffer[:4], "little")
        if not 0 < length <= self._caps.header_bytes:
            _refuse("a header of an impossible length")
        if len(self._buffer) < 4 + length + 8:
            return False
        self._payload_length = int.from_bytes(self._buffer[4 + length : 12 + length], "little")
        if self._payload_length > self._caps.payload_bytes:
            _refuse("a payload that is too big")
        self._frames += 1
        if self._frames > self._caps.frames:
            _refuse("more frames than were agreed on")
        self._header = _parse(bytes(self._buffer[4 : 4 + length]))
        del self._buffer[: 12 + length]
        return True


def _parse(text: bytes) -> dict[str, Any]:
    try:
        header = json.loads(
            text.decode(),
            object_pairs_hook=_without_duplicates,
            parse_float=_no_literal,
            parse_constant=_no_literal,
            parse_int=_small_integer,
        )
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        message = "a header that is not JSON"
        raise ProtocolError(message) from error
    if type(header) is not dict or header.keys() != {"kind", "fields"}:
        _refuse("a header without kind and fields")
    if type(header["kind"]) is not str or type(header["fields"]) is not dict or len(header["kind"]) > 40:
        _refuse("a header of another form")
    return header


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        _refuse("a key that is there twice")
    return found


def _no_literal(text: str) -> NoReturn:
    _refuse("a number that is not whole")


def _small_integer(text: str) -> int:
    if len(text) > 17:
        _refuse("a big whole number that is not text")
    value = int(text)
    if abs(value) >= SMALL_INTEGER:
        _refuse("a big whole number that is not text")
    return value


def _frame(header: dict[str, Any], decoder: "_Decoder") -> Frame:
    fields = {decoder.text(name): decoder.value(value, MAX_NESTING) for name, value in header["fields"].items()}
    if not decoder.is_exhausted:
        _refuse("a payload that nothing in the header stands for")
    return Frame(kind=decoder.text(header["kind"]), fields=fields)


class _Decoder:
    """Walks one parsed header, taking each array's bytes off the payload."""

    def __init__(self, payload: bytearray, items: int) -> None:
        self.offset = 0
        self.taken = 0
        self._payload = payload
        self._items = items

    @property
    def is_exhausted(self) -> bool:
        """Whether every byte of the payload belongs to an array."""
        return self.offset == len(self._payload)

    def value(self, value: Any, nesting: int) -> Any:
        self.taken += 1
        if self.taken > self._items:
            _refuse("more values than were agreed on")
        if value is None or type(value) is bool or type(value) is int:
            return value
        if type(value) is str:
            return self.text(value)
        if type(value) is list:
            self._go_deeper(nesting)
            return [self.value(item, nesting - 1) for item in value]
        if len(value) != 1:
            _refuse("an object that is not one tagged value")
        ((tag, content),) = value.items()
        match tag:
            case "i":
                return _integer(content)
            case "f":
                return _float(content)
            case "a":
                return self._array(content)
            case "m":
                self._go_deeper(nesting)
                if type(content) is not dict:
                    _refuse("a map of another form")
                return {self.text(key): self.value(item, nesting - 1) for key, item in content.items()}
        _refuse("an object with an unknown tag")

    def text(self, value: str) -> str:
        if any("\ud800" <= character <= "\udfff" for character in value) if not value.isascii() else False:
            _refuse("half of a surrogate pair")
        return value

    def _go_deeper(self, nesting: int) -> None:
        if nesting == 0:
            _refuse("values nested too deep")

    def _array(self, content: Any) -> npt.NDArray[Any]:
        if type(content) is not list or len(content) != 3:
            _refuse("an array of another form")
        code, shape, length = content
        dtype = DTYPES.get(code) if type(code) is str else None
        if dtype is None:
            _refuse("an array of an unknown dtype")
        if type(shape) is not list or len(shape) > MAX_DIMENSIONS:
            _refuse("an array of an impossible shape")
        if any(type(size) is not int or size < 0 for size in shape) or type(length) is not int:
            _refuse("an array of an impossible shape")
        # An empty array may still claim enormous other dimensions, which NumPy would refuse in its own way.
        if math.prod(size for size in shape if size) * dtype.itemsize > 2**62:
            _refuse("an array of an impossible shape")
        if math.prod(shape) * dtype.itemsize != length or length > len(self._payload) - self.offset:
            _refuse("an array whose shape and bytes disagree")
        flat = np.frombuffer(self._payload, dtype, math.prod(shape), self.offset) if length else np.empty(0, dtype)
        flat.flags.writeable = False
        self.offset += length
        if code == "b1" and flat.size and flat.view(np.uint8).max() > 1:
            _refuse("a boolean that is neither 0 nor 1")
        return flat.reshape(shape)


def _integer(content: Any) -> int:
    if type(content) is not str or len(content) > MAX_INTEGER_DIGITS or not content.isascii():
        _refuse("a whole number of another form")
    if not content.removeprefix("-").isdigit():
        _refuse("a whole number of another form")
    value = int(content)
    if str(value) != content or abs(value) < SMALL_INTEGER:
        _refuse("a whole number of another form")
    return value


def _float(content: Any) -> float:
    if type(content) is not str or len(content) > 40:
        _refuse("a float of another form")
    try:
        value = float.fromhex(content)
    except (ValueError, OverflowError):
        _refuse("a float of another form")
    if value.hex() != content:
        _refuse("a float of another form")
    return value


def _refuse(what: str) -> NoReturn:
    message = f"The sandbox sent {what}."
    raise ProtocolError(message)
