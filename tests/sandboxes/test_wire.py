"""The wire: every value survives the trip, and no bytes do harm."""

import contextlib
import json
import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gpu_worker.protocol import DTYPES, Caps, Frame, FrameReader, ProtocolError, Unsendable, encode

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
arrays = st.sampled_from(sorted(DTYPES.values(), key=str)).flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
)
scalars = st.none() | st.booleans() | st.integers() | st.integers(-(10**300), 10**300) | st.floats() | texts
wire_values = st.recursive(
    scalars | arrays,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
SMALL = Caps(header_bytes=4096, payload_bytes=4096, items=200, frames=20, total_bytes=20_000)


USUAL = Caps()


def read_all(data: bytes, caps: Caps = USUAL) -> list[Frame]:
    return list(FrameReader(caps).feed(data))


def same(left: object, right: object) -> bool:
    if type(left) is not type(right):
        return False
    if isinstance(left, np.ndarray):
        assert isinstance(right, np.ndarray)
        return left.dtype == right.dtype and left.shape == right.shape and left.tobytes() == right.tobytes()
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    return left == right or (left != left and right != right)


def raw(header: str | bytes, payload: bytes = b"", payload_length: int | None = None) -> bytes:
    header = header.encode() if isinstance(header, str) else header
    length = len(payload) if payload_length is None else payload_length
    return struct.pack("<I", len(header)) + header + struct.pack("<Q", length) + payload


def field(value: object) -> str:
    return json.dumps({"kind": "k", "fields": {"v": value}})


@given(wire_values, wire_values)
def test_every_value_comes_back_as_it_was(first, second):
    frames = read_all(encode("record", first=first, second=second))

    assert len(frames) == 1
    assert frames[0].kind == "record"
    assert same(frames[0].fields, {"first": first, "second": second})


@given(st.lists(wire_values, max_size=4), st.data())
def test_frames_survive_being_cut_anywhere(sent, data):
    stream = b"".join(encode("one", value=value) for value in sent)
    reader, got = FrameReader(Caps()), []

    while stream:
        cut = data.draw(st.integers(1, len(stream)))
        got += [frame.fields["value"] for frame in reader.feed(stream[:cut])]
        stream = stream[cut:]

    assert same(got, sent)
    assert reader.is_between_frames


@given(st.binary(max_size=400))
@settings(max_examples=500)
def test_random_bytes_raise_nothing_but_a_protocol_error(data):
    with contextlib.suppress(ProtocolError):
        read_all(data, SMALL)


@given(wire_values, st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=5))
@settings(max_examples=500)
def test_a_damaged_frame_raises_nothing_but_a_protocol_error(value, damage):
    data = bytearray(encode("record", value=value))
    for place, byte in damage:
        data[place % len(data)] = byte

    with contextlib.suppress(ProtocolError):
        read_all(bytes(data), SMALL)


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts | st.sampled_from(["b1", "f8", "nan", "0x1p+0"]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["a", "i", "f", "m", "x"]), inner, max_size=2)
    ),
    max_leaves=12,
)


@given(json_like, st.binary(max_size=64))
@settings(max_examples=500)
def test_well_formed_json_that_means_nothing_raises_nothing_but_a_protocol_error(value, payload):
    with contextlib.suppress(ProtocolError):
        read_all(raw(field(value), payload), SMALL)


@pytest.mark.parametrize(
    ("header", "payload"),
    [
        ('{"kind": "k", "fields": {"v": NaN}}', b""),
        ('{"kind": "k", "fields": {"v": Infinity}}', b""),
        ('{"kind": "k", "fields": {"v": 1.5}}', b""),
        ('{"kind": "k", "fields": {"v": 1, "v": 2}}', b""),
        ('{"kind": "k", "kind": "k", "fields": {}}', b""),
        ('{"kind": "k"}', b""),
        ('{"kind": 3, "fields": {}}', b""),
        ('{"kind": "k", "fields": []}', b""),
        ('{"kind": "k", "fields": {}, "more": 1}', b""),
        ('["kind", "fields"]', b""),
        ('{"kind": "k", "fields": {"v": "\\ud800"}}', b""),
        ('{"kind": "k", "fields": {"v": ' + "9" * 5000 + "}}", b""),
        ('{"kind": "k", "fields": {"v": ' + "[" * 200_000 + "}}", b""),
        (field({"a": ["f8", [-1], -8]}), b""),
        (field({"a": ["f8", [-1, -1], 8]}), bytes(8)),
        (field({"a": ["f8", [2], 8]}), bytes(8)),
        (field({"a": ["f8", [1], 8]}), bytes(4)),
        (field({"a": ["f8", [1], 8]}), bytes(16)),
        (field({"a": ["O", [1], 8]}), bytes(8)),
        (field({"a": ["b1", [1], 1]}), b"\2"),
        (field({"a": ["f8", [True], 8]}), bytes(8)),
        (field({"a": ["f8", [0, 2**52, 2**52], 0]}), b""),
        (field({"a": ["f8", [1] * 33, 8]}), bytes(8)),
        (field({"f": "1.5"}), b""),
        (field({"f": " 0x1p+0"}), b""),
        (field({"f": "0x1p+99999"}), b""),
        (field({"i": "12"}), b""),
        (field({"i": "0" * 20}), b""),
        (field({"i": "٣" * 20}), b""),
        (field({"i": "1" * 4001}), b""),
        (field({"m": {}, "a": []}), b""),
        (field({}), b""),
        (field({"m": []}), b""),
        (field(None), b"payload that nobody asked for"),
        (b"\xff\xfe", b""),
        (b"", b""),
    ],
)
def test_a_frame_that_breaks_a_rule_is_refused(header, payload):
    with pytest.raises(ProtocolError):
        read_all(raw(header, payload))


def test_a_nest_deeper_than_agreed_is_refused_on_both_sides():
    deep: object = 0
    for _ in range(40):
        deep = [deep]

    with pytest.raises(Unsendable):
        encode("k", v=deep)
    with pytest.raises(ProtocolError):
        read_all(raw(field(deep)))


@pytest.mark.parametrize(
    "value",
    [object(), np.array([object()]), np.array(["a"]), np.longdouble(1), {1: 2}, "\ud800", b"x", {1, 2}, 10**5000],
    ids=lambda value: type(value).__name__,
)
def test_what_has_no_form_on_the_wire_is_not_sent(value):
    with pytest.raises(Unsendable):
        encode("k", v=value)


def test_a_subclass_is_not_sent():
    class Liar(np.ndarray):
        pass

    with pytest.raises(Unsendable):
        encode("k", v=np.zeros(2).view(Liar))


@pytest.mark.parametrize(
    ("data", "caps"),
    [
        (struct.pack("<I", 2**32 - 1), Caps()),
        (raw(field(None), payload_length=2**64 - 1), Caps()),
        (raw(field([0] * 300)), SMALL),
        (raw(field(None)) * 21, SMALL),
        (bytes(20_001), SMALL),
    ],
)
def test_more_than_agreed_is_refused_before_it_is_stored(data, caps):
    tracemalloc.start()

    with pytest.raises(ProtocolError):
        read_all(data, caps)

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 << 20


def test_a_header_full_of_tiny_values_costs_no_more_than_its_cap_allows():
    data = raw(field([[]] * 250_000))
    tracemalloc.start()

    with pytest.raises(ProtocolError):
        read_all(data, Caps())

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 80 << 20


def test_many_frames_of_tiny_values_meet_a_limit_of_their_own():
    caps = Caps(total_items=250_000)
    reader, frame = FrameReader(caps), encode("record", value=[[]] * 99_000)

    assert len(list(reader.feed(frame + frame))) == 2
    with pytest.raises(ProtocolError, match="more values"):
        list(reader.feed(frame))


def test_arrays_come_back_read_only():
    (frame,) = read_all(encode("k", v=np.arange(3.0)))

    assert not frame.fields["v"].flags.writeable
