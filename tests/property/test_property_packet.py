"""Packets: every field survives the round trip, and no bytes bring out anything but our errors."""

from __future__ import annotations

import cbor2
from hypothesis import example, given, settings
from hypothesis import strategies as st

from smp.errors import MalformedPacket
from smp.packet import Header, Packet, decode_body, encode_body

BYTE = st.integers(0, 0xFF)
WORD = st.integers(0, 0xFFFF)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(1 << 64), (1 << 64) - 1)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.binary()
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text("abc"), inner), max_leaves=12
)
BODIES = st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), VALUES, max_size=6)


@given(
    op=st.integers(0, 7),
    group=WORD,
    command=BYTE,
    sequence=BYTE,
    payload=st.binary(max_size=2000),
    version=st.integers(0, 3),
    flags=BYTE,
)
def test_a_packet_survives_the_round_trip(
    op: int, group: int, command: int, sequence: int, payload: bytes, version: int, flags: int
) -> None:
    packet = Packet(op, group, command, sequence, payload, version, flags)
    data = packet.to_bytes()
    assert Packet.from_bytes(data) == packet
    header = Header.from_bytes(data)
    assert header.length == len(payload)
    assert header.to_bytes() == data[:8]


@settings(max_examples=40)
@given(BODIES)
def test_a_body_survives_the_round_trip(body: dict[str, object]) -> None:
    assert decode_body(encode_body(body)) == body


@settings(max_examples=40)
@given(BODIES, st.binary(max_size=20))
def test_bytes_behind_the_map_change_nothing(body: dict[str, object], tail: bytes) -> None:
    assert decode_body(encode_body(body) + tail) == body


@settings(max_examples=40)
@given(BODIES)
def test_indefinite_maps_are_the_same_maps(body: dict[str, object]) -> None:
    payload = b"\xbf" + b"".join(cbor2.dumps(k) + cbor2.dumps(v) for k, v in body.items()) + b"\xff"
    assert decode_body(payload) == body


@given(st.binary(max_size=200))
@example(bytes.fromhex("d81e820100"))
@example(bytes.fromhex("c4821b7fffffffffffffff01"))
def test_no_payload_brings_out_foreign_errors(payload: bytes) -> None:
    for data in (payload, b"\xa1\x61a" + payload, b"\xbf\x61a" + payload + b"\xff"):
        try:
            body = decode_body(data)
        except MalformedPacket:
            continue
        assert all(isinstance(key, str) for key in body)


@given(st.integers(0, 0xFFFF), st.binary(max_size=60))
def test_no_tag_brings_out_foreign_errors(tag: int, content: bytes) -> None:
    try:
        decode_body(b"\xa1\x61a\xd9" + tag.to_bytes(2, "big") + content)
    except MalformedPacket:
        pass


@settings(max_examples=40)
@given(BODIES, st.data())
def test_a_damaged_map_brings_out_no_foreign_errors(
    body: dict[str, object], data: st.DataObject
) -> None:
    payload = bytearray(encode_body(body))
    at = data.draw(st.integers(0, len(payload) - 1))
    payload[at] = data.draw(BYTE)
    try:
        decode_body(bytes(payload))
    except MalformedPacket:
        pass


@given(st.binary(max_size=40))
def test_no_bytes_make_a_wrong_packet(data: bytes) -> None:
    try:
        packet = Packet.from_bytes(data)
    except MalformedPacket:
        assert len(data) < 8 or len(data) < 8 + int.from_bytes(data[2:4], "big")
    else:
        assert len(packet.payload) == int.from_bytes(data[2:4], "big")
        assert data[8:].startswith(packet.payload)
