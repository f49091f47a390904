"""The header table, transcripts of real servers, and leniency towards what devices send."""

from __future__ import annotations

import pytest

from smp.errors import MalformedPacket, SmpError
from smp.packet import (
    MAX_PAYLOAD,
    Group,
    Header,
    Op,
    Packet,
    Version,
    decode_body,
    encode_body,
)


@pytest.mark.parametrize(
    ("version", "op", "first"),
    [
        (Version.V1, Op.READ, 0x00),
        (Version.V1, Op.READ_ANSWER, 0x01),
        (Version.V1, Op.WRITE, 0x02),
        (Version.V1, Op.WRITE_ANSWER, 0x03),
        (Version.V2, Op.READ, 0x08),
        (Version.V2, Op.READ_ANSWER, 0x09),
        (Version.V2, Op.WRITE, 0x0A),
        (Version.V2, Op.WRITE_ANSWER, 0x0B),
    ],
)
def test_the_first_byte_carries_version_and_operation(version: Version, op: Op, first: int) -> None:
    data = Header(op, 0, 0, 0, 0, version).to_bytes()
    assert data[0] == first
    header = Header.from_bytes(data)
    assert (header.version, header.op) == (version, op)


def test_every_field_stands_at_its_place() -> None:
    header = Header(Op.WRITE, group=0x1234, command=0xCD, sequence=0xAB, length=0x5678, flags=0xEF)
    assert header.to_bytes() == bytes.fromhex("0a ef 5678 1234 ab cd")
    assert Header.from_bytes(header.to_bytes()) == header


@pytest.mark.parametrize("first", [0xE8, 0xF8, 0x28, 0x88])
def test_reserved_bits_are_ignored(first: int) -> None:
    header = Header.from_bytes(bytes([first, 0xFF, 0, 5, 0, 0, 7, 0]))
    assert header.op == Op.READ
    assert header.version in (1, 3)
    assert (header.length, header.sequence) == (5, 7)


def test_operations_nobody_defined_are_told_as_they_are() -> None:
    assert [Header.from_bytes(bytes([n, 0, 0, 0, 0, 0, 0, 0])).op for n in range(8)] == [*range(8)]


def test_an_answer_has_the_operation_of_its_request_plus_one() -> None:
    assert Op.READ.answer is Op.READ_ANSWER
    assert Op.WRITE.answer is Op.WRITE_ANSWER


@pytest.mark.parametrize("size", range(8))
def test_less_than_eight_bytes_are_no_header(size: int) -> None:
    with pytest.raises(MalformedPacket, match="too few"):
        Header.from_bytes(bytes(size))
    with pytest.raises(MalformedPacket):
        Packet.from_bytes(bytes(size))


REQUESTS = [
    ("A1", Op.WRITE, 0, 0, 0, Version.V2, {"d": "hi"}, "0800000600000000a16164626869"),
    ("A2", Op.WRITE, 0, 0, 1, Version.V1, {"d": "hi"}, "0200000600000100a16164626869"),
    ("A4", Op.READ, 0, 7, 3, Version.V2, {"format": "Z"}, "0800000a00000307a166666f726d6174615a"),
    ("A5", Op.READ, 0, 7, 4, Version.V1, {"format": "Z"}, "0000000a00000407a166666f726d6174615a"),
    ("A6", Op.READ, 0, 99, 5, Version.V2, {}, "0800000100000563a0"),
    ("A10", Op.READ, 10, 1, 9, Version.V2, {}, "08000001000a0901a0"),
    ("A11", Op.READ, 10, 2, 10, Version.V2, {"index": 6}, "08000008000a0a02a165696e64657806"),
    (
        "A13",
        Op.READ,
        10,
        3,
        12,
        Version.V2,
        {"groups": [0, 8]},
        "0800000b000a0c03a16667726f757073820008",
    ),
    (
        "A18",
        Op.WRITE,
        9,
        0,
        17,
        Version.V2,
        {"argv": ["nosuch"]},
        "0a00000e00091100a1646172677681666e6f73756368",
    ),
    ("A21", Op.WRITE, 0, 5, 20, Version.V2, {}, "0a00000100001405a0"),
    (
        "C16", Op.WRITE, 0, 5, 15, Version.V2, {"boot_mode": 1},
        "0a00000c00000f05a169626f6f745f6d6f646501",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("label", "op", "group", "command", "sequence", "version", "body", "packet"),
    REQUESTS,
    ids=[row[0] for row in REQUESTS],
)
def test_requests_are_encoded_as_in_the_transcripts(
    label: str,
    op: Op,
    group: int,
    command: int,
    sequence: int,
    version: Version,
    body: dict[str, object],
    packet: str,
) -> None:
    if label == "A1":
        op = Op.READ  # this transcript's echo was sent as a read
    made = Packet(op, group, command, sequence, encode_body(body), version)
    assert made.to_bytes().hex() == packet
    assert Packet.from_bytes(bytes.fromhex(packet)) == made
    assert made.body() == body


ANSWERS = [
    ("A1", "0900000700000000bf6172626869ff", (1, 0, 0, 0), {"r": "hi"}),
    ("A2", "0300000700000100bf6172626869ff", (3, 0, 0, 1), {"r": "hi"}),
    (
        "A3",
        "0900001900000206bf686275665f73697a65190180696275665f636f756e7404ff",
        (1, 0, 6, 2),
        {"buf_size": 384, "buf_count": 4},
    ),
    (
        "A4",
        "0900001300000307bf63657272bf6567726f75700062726302ffff",
        (1, 0, 7, 3),
        {"err": {"group": 0, "rc": 2}},
    ),
    ("A5", "0100000600000407bf62726303ff", (1, 0, 7, 4), {"rc": 3}),
    ("A7", "0900000600000600bf6272630dff", (1, 0, 0, 6), {"rc": 13}),
    (
        "A10",
        "09000013000a0901bf6667726f7570739f0a0800030902183fffff",
        (1, 10, 1, 9),
        {"groups": [10, 8, 0, 3, 9, 2, 63]},
    ),
    (
        "A11",
        "0900000f000a0a02bf6567726f7570183f63656e64f5ff",
        (1, 10, 2, 10),
        {"group": 63, "end": True},
    ),
    (
        "A18",
        "0b00003200091100bf616f78270d0a1b5b313b33316d6e6f737563683a20636f6d6d616e64206e6f7420666f"
        "756e640d0a1b5b6d6372657427ff",
        (3, 9, 0, 17),
        {"o": "\r\n\x1b[1;31mnosuch: command not found\r\n\x1b[m", "ret": -8},
    ),
    ("A21", "0b00000200001405bfff", (3, 0, 5, 20), {}),
    (
        "C19",
        "0b00000c00011201bf62726300636f66661840ff",
        (3, 1, 1, 18),
        {"rc": 0, "off": 64},
    ),
    ("N1 Mynewt", "0300000700000300bf6172626869ff", (3, 0, 0, 3), {"r": "hi"}),
    ("O2 all bits set", "f900000600001e00bf61726178ff", (1, 0, 0, 30), {"r": "x"}),
]


@pytest.mark.parametrize(
    ("packet", "fields", "body"),
    [row[1:] for row in ANSWERS],
    ids=[row[0] for row in ANSWERS],
)
def test_answers_of_real_servers_are_read(
    packet: str, fields: tuple[int, int, int, int], body: dict[str, object]
) -> None:
    read = Packet.from_bytes(bytes.fromhex(packet))
    assert (read.op, read.group, read.command, read.sequence) == fields
    assert read.body() == body


def test_bytes_behind_the_announced_length_are_not_part_of_the_packet() -> None:
    first, second = (bytes.fromhex(row[1]) for row in (ANSWERS[0], ANSWERS[2]))
    assert Packet.from_bytes(first + second) == Packet.from_bytes(first)


def test_a_header_that_announces_more_than_came_is_refused() -> None:
    whole = bytes.fromhex(ANSWERS[2][1])
    for end in range(8, len(whole)):
        with pytest.raises(MalformedPacket, match="announced"):
            Packet.from_bytes(whole[:end])


def test_the_largest_payload_is_one_the_length_field_can_count() -> None:
    packet = Packet(Op.WRITE, Group.IMAGE, 1, 0, bytes(MAX_PAYLOAD))
    assert Packet.from_bytes(packet.to_bytes()) == packet
    with pytest.raises(ValueError, match="65536"):
        Packet(Op.WRITE, Group.IMAGE, 1, 0, bytes(MAX_PAYLOAD + 1)).to_bytes()


# -- CBOR -----------------------------------------------------------------------------------


def test_requests_are_definite_maps_with_minimal_integers() -> None:
    assert encode_body({"off": 23, "data": b"ab"}).hex() == "a2636f6666176464617461426162"
    assert encode_body({"off": 24}).hex() == "a1636f66661818"
    assert encode_body({"off": 65536}).hex() == "a1636f66661a00010000"
    assert encode_body({}).hex() == "a0"


def test_an_empty_payload_is_an_empty_map() -> None:
    assert decode_body(b"") == {}


@pytest.mark.parametrize(
    ("payload", "body"),
    [
        ("a0", {}),
        ("bfff", {}),
        ("a16172626869", {"r": "hi"}),
        ("bf6172626869ff", {"r": "hi"}),
        # zero chunks and two chunks, as Apache Mynewt sends them
        ("bf616f7f626869622121ffff", {"o": "hi!!"}),
        ("bf616f7fffff", {"o": ""}),
        ("bf636d73675f41614162ffff", {"msg": b"ab"}),
        ("bf636d73675fffff", {"msg": b""}),
        # 64-bit lengths, floats, null
        ("a1636c656e1b0000000100000000", {"len": 1 << 32}),
        ("a16166fb3ff8000000000000", {"f": 1.5}),
        ("a1616ef6", {"n": None}),
        # the last of two equal keys counts, as over CoAP
        ("bf6272630062726305ff", {"rc": 5}),
        # bytes behind the map
        ("a0ffff", {}),
        ("a16172626869deadbeef", {"r": "hi"}),
    ],
)
def test_what_servers_send_is_decoded(payload: str, body: dict[str, object]) -> None:
    assert decode_body(bytes.fromhex(payload)) == body


def test_bad_utf8_is_replaced_in_values_and_keys() -> None:
    assert decode_body(bytes.fromhex("a161726361ff62")) == {"r": "a\ufffdb"}
    assert decode_body(bytes.fromhex("a16361ff6201")) == {"a\ufffdb": 1}
    chunked = decode_body(bytes.fromhex("bf616f7f61c361a9ffff"))
    assert list(chunked) == ["o"]
    assert isinstance(chunked["o"], str)


def test_keys_that_are_no_text_are_dropped() -> None:
    assert decode_body(bytes.fromhex("a40102616101f5034102f6")) == {"a": 1}
    assert decode_body(bytes.fromhex("a282010203616104")) == {"a": 4}
    assert decode_body(bytes.fromhex("a2a1010203616104")) == {"a": 4}


@pytest.mark.parametrize(
    "payload",
    [
        "80",  # a list
        "9fff",
        "01",
        "f6",
        "60",
        "a1",  # cut off
        "a16164",
        "bf6164",
        "bf61616161",
        "ff",
        "1c",  # reserved
        "a161615bffffffffffffffff",  # a byte string of 2^64 bytes
        "a161619bffffffffffffffff",  # a list of as many
        "bbffffffffffffffff",
        "81" * 4000,
        "a16161" + "81" * 4000,
        "a16161" + "d8" + "1c" * 100,
    ],
)
def test_anything_else_than_a_map_is_malformed(payload: str) -> None:
    with pytest.raises(MalformedPacket):
        decode_body(bytes.fromhex(payload))


@pytest.mark.parametrize(
    "value",
    [
        "c06161",  # text that is no date
        "c1fb7ff0000000000000",  # an infinite moment
        "c11b7fffffffffffffff",
        "c41a",
        "c4821b7fffffffffffffff01",  # a decimal with an absurd exponent
        "c5821b7fffffffffffffff01",
        "d81e820100",  # a fraction over zero
        "d81e8101",
        "d8236128",  # a regular expression that does not compile
        "d8246161",  # a MIME message
        "d82561ff",  # a UUID of one byte
        "d9010281a0",  # a set with a map in it
        "d9010443010203",  # an IP address of three bytes
        "d81d05",  # a reference to nothing
        "d81c81d81d00",  # a list that holds itself
        "c2" + "5840" + "ff" * 64,
        "d9d9f700",
        "da7fffffff00",
        "fc",
        "f820",
    ],
)
def test_tags_and_oddities_are_read_or_malformed(value: str) -> None:
    try:
        body = decode_body(bytes.fromhex("a26161" + value + "616200"))
    except SmpError as error:
        assert isinstance(error, MalformedPacket)  # noqa: PT017 -- either end is right
    else:
        assert isinstance(body, dict)
