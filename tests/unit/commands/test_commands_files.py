"""Group 8: exact bytes out, answers as a real server sent them (spec transcripts B)."""

from __future__ import annotations

from typing import Any

import pytest

from smp.commands.base import Request
from smp.commands.files import CloseFile, FileChunk, FileDigest
from smp.commands.image import UploadAnswer
from smp.errors import DeviceError, MalformedPacket
from smp.packet import Packet, encode_body
from smp.transfer.chunks import FilePayload, chunk_length

NAME = "/lfs1/a.bin"

REQUESTS: list[tuple[str, Request[Any], int, str]] = [
    (
        "B1",
        FileChunk(NAME, 0, bytes(range(8)), 12),
        0,
        "0a00002a00080000a4636f666600646e616d656b2f6c6673312f612e62696e6464617461480001020304050607"
        "636c656e0c",
    ),
    (
        "B2",
        FileChunk(NAME, 3, bytes(range(4))),
        1,
        "0a00002100080100a3636f666603646e616d656b2f6c6673312f612e62696e64646174614400010203",
    ),
    (
        "B3",
        FileChunk(NAME, 8, bytes(range(8, 12))),
        2,
        "0a00002100080200a3636f666608646e616d656b2f6c6673312f612e62696e64646174614408090a0b",
    ),
    ("B5", CloseFile(), 4, "0a00000100080404a0"),
    (
        "B12",
        FileDigest(NAME, "sha256"),
        11,
        "0800001e00080b02a2646e616d656b2f6c6673312f612e62696e647479706566736861323536",
    ),
]


@pytest.mark.parametrize(
    ("request_", "sequence", "packet"),
    [row[1:] for row in REQUESTS],
    ids=[row[0] for row in REQUESTS],
)
def test_requests_are_these_bytes(request_: Request[Any], sequence: int, packet: str) -> None:
    made = Packet(
        request_.op, request_.group, request_.command, sequence, encode_body(request_.body())
    )
    assert made.to_bytes().hex() == packet


def answer(request_: Request[Any], packet: str) -> Any:
    read = Packet.from_bytes(bytes.fromhex(packet))
    assert (read.group, read.command) == (request_.group, request_.command)
    assert read.op == request_.op.answer
    return request_.answer(read.body())


def test_a_chunk_is_taken() -> None:
    first = answer(FileChunk(NAME, 0, b""), "0b00000700080000bf636f666608ff")
    assert first == UploadAnswer(8, None)
    second = answer(FileChunk(NAME, 8, b""), "0b00000700080200bf636f66660cff")
    assert second == UploadAnswer(12, None)


def test_a_wrong_offset_says_where_to_go_on() -> None:
    packet = "0b00001800080100bf63657272bf6567726f7570086272630bff636c656e08ff"
    assert answer(FileChunk(NAME, 3, b""), packet) == UploadAnswer(8, None)


def test_a_wrong_offset_in_version_1_says_nothing() -> None:
    with pytest.raises(DeviceError) as caught:
        FileChunk(NAME, 3, b"").answer({"rc": 1})
    assert caught.value.code == 1


@pytest.mark.parametrize(
    ("body", "group", "code"),
    [
        ({"err": {"group": 8, "rc": 2}}, 8, 2),
        ({"err": {"group": 8, "rc": 10}, "len": 5}, 8, 10),
        ({"err": {"group": 8, "rc": 11}}, 8, 11),
        ({"err": {"group": 8, "rc": 11}, "len": "8"}, 8, 11),
        ({"rc": 5}, None, 5),
    ],
)
def test_refusals(body: dict[str, Any], group: int | None, code: int) -> None:
    with pytest.raises(DeviceError) as caught:
        FileChunk(NAME, 3, b"").answer(body)
    assert (caught.value.group, caught.value.code) == (group, code)


def test_a_negative_length_is_no_offset() -> None:
    with pytest.raises((DeviceError, MalformedPacket)):
        FileChunk(NAME, 3, b"").answer({"err": {"group": 8, "rc": 11}, "len": -4})


def test_a_missing_file_is_told_in_both_versions() -> None:
    request = FileDigest("/lfs1/no")
    for body in ({"err": {"group": 8, "rc": 3}}, {"rc": 5}):
        with pytest.raises(DeviceError) as caught:
            request.answer(body)
        assert caught.value.is_code(8, 3)


def test_digests_are_bytes_or_a_number() -> None:
    packet = (
        "0900003c00080b02bf647479706566736861323536636c656e0c666f75747075745820fff3a9bcdd37363d703c"
        "1c4f9512533686157868f0d4f16a0f02d0f1da24f9a2ff"
    )
    assert answer(FileDigest(NAME), packet) == bytes.fromhex(
        "fff3a9bcdd37363d703c1c4f9512533686157868f0d4f16a0f02d0f1da24f9a2"
    )
    crc = "0900001e00080a02bf6474797065656372633332636c656e0c666f75747075741a9270c965ff"
    assert answer(FileDigest(NAME, "crc32"), crc) == 2456865125


@pytest.mark.parametrize("body", [{}, {"output": "ab"}, {"output": -1}, {"output": None}])
def test_a_digest_of_nonsense_is_malformed(body: dict[str, Any]) -> None:
    with pytest.raises(MalformedPacket, match="output"):
        FileDigest(NAME).answer(body)


@pytest.mark.parametrize("body", [{}, {"off": -1}, {"off": "8"}])
def test_a_chunk_answer_without_offset_is_malformed(body: dict[str, Any]) -> None:
    with pytest.raises(MalformedPacket, match="off"):
        FileChunk(NAME, 0, b"").answer(body)


@pytest.mark.parametrize("room", [89, 182, 380, 1020, 1472])
@pytest.mark.parametrize("offset", [0, 30, 5000, 99_000])
def test_file_chunks_fill_their_packets(room: int, offset: int) -> None:
    payload = FilePayload(bytes(200_000), NAME)
    length = chunk_length(payload, offset, room)
    request = payload.request(offset, bytes(length), room)
    used = 8 + len(encode_body(request.body()))
    assert room - 20 < used <= room
    assert ("len" in request.body()) == (offset == 0)


def test_an_empty_file_is_one_empty_chunk() -> None:
    payload = FilePayload(b"", NAME)
    assert chunk_length(payload, 0, 380) == 0
    assert payload.request(0, b"", 380).body() == {"off": 0, "name": NAME, "data": b"", "len": 0}
