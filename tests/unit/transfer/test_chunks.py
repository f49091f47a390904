"""Chunk lengths worked out by hand."""

from __future__ import annotations

import hashlib

import pytest

from smp.commands.image import UploadChunk
from smp.packet import encode_body
from smp.transfer.chunks import FilePayload, ImagePayload, chunk_length

DATA = bytes(200_000)
SHA = hashlib.sha256(DATA).digest()
PAYLOAD = ImagePayload(DATA, SHA)


def bytes_of(payload: ImagePayload, offset: int, length: int, room: int) -> int:
    data = payload.data[offset : offset + length]
    return 8 + len(encode_body(payload.request(offset, data, room).body()))


@pytest.mark.parametrize(
    ("room", "offset", "length", "size"),
    [
        # 8 header + map 1 + "off" 4 + offset 2/3/5 + "data" 5 + byte string prefix 1/2/3
        (64, 100, 32, 8 + 1 + 4 + 2 + 5 + 2 + 32),
        (89, 100, 64, 8 + 1 + 4 + 2 + 5 + 2 + 64),
        (182, 1000, 144, 8 + 1 + 4 + 3 + 5 + 2 + 144),
        (380, 1000, 352, 8 + 1 + 4 + 3 + 5 + 3 + 352),
        (380, 100_000, 352, 8 + 1 + 4 + 5 + 5 + 3 + 352),
        (1020, 1000, 992, 8 + 1 + 4 + 3 + 5 + 3 + 992),
        (1472, 100_000, 1440, 8 + 1 + 4 + 5 + 5 + 3 + 1440),
        (2471, 100_000, 2432, 8 + 1 + 4 + 5 + 5 + 3 + 2432),
    ],
)
def test_later_chunks(room: int, offset: int, length: int, size: int) -> None:
    assert chunk_length(PAYLOAD, offset, room) == length
    assert bytes_of(PAYLOAD, offset, length, room) == size <= room


@pytest.mark.parametrize("data", [22, 23, 24, 25, 254, 255, 256, 257, 258])
def test_the_byte_strings_own_length_is_counted_at_its_edges(data: int) -> None:
    """A room made for exactly so many bytes takes exactly so many."""
    room = 8 + len(encode_body({"off": 100, "data": bytes(data)}))
    assert chunk_length(PAYLOAD, 100, room, multiple=1) == data


def test_the_rest_of_the_file_is_not_rounded() -> None:
    assert chunk_length(PAYLOAD, len(DATA) - 37, 380) == 37
    assert chunk_length(PAYLOAD, len(DATA) - 1, 380) == 1


def test_a_rest_that_does_not_quite_fit_is_cut_at_the_multiple() -> None:
    assert chunk_length(PAYLOAD, len(DATA) - 360, 380) == 352


def test_a_larger_multiple_is_kept_while_it_fits() -> None:
    assert [chunk_length(PAYLOAD, 1000, 380, multiple=m) for m in (8, 16, 32, 64, 128, 256)] == [
        352,
        352,
        352,
        320,
        256,
        256,
    ]


def test_a_multiple_that_does_not_fit_gives_way_to_four() -> None:
    assert chunk_length(PAYLOAD, 1000, 380, multiple=512) == 356


def test_later_chunks_carry_offset_and_data_only() -> None:
    chunk = ImagePayload(DATA, SHA, 2, upgrade=True).request(64, b"ab", 380)
    assert chunk.body() == {"off": 64, "data": b"ab"}


def test_the_first_chunk_carries_everything() -> None:
    chunk = ImagePayload(DATA, SHA, 2, upgrade=True).request(0, b"ab", 380)
    assert chunk.body() == {
        "off": 0,
        "len": 200_000,
        "sha": SHA,
        "image": 2,
        "upgrade": True,
        "data": b"ab",
    }


def test_image_0_and_no_upgrade_are_left_out() -> None:
    assert set(PAYLOAD.request(0, b"ab", 380).body()) == {"off", "len", "sha", "data"}


@pytest.mark.parametrize("room", [380, 182, 120])
def test_the_first_chunk_holds_the_whole_sha_where_there_is_room(room: int) -> None:
    length = chunk_length(PAYLOAD, 0, room)
    chunk = PAYLOAD.request(0, DATA[:length], room)
    assert isinstance(chunk, UploadChunk)
    assert chunk.sha == SHA
    assert length >= 32
    assert length % 16 == 0


def test_one_line_holds_a_part_of_the_sha_and_the_images_header() -> None:
    length = chunk_length(PAYLOAD, 0, 89)
    chunk = PAYLOAD.request(0, DATA[:length], 89)
    assert isinstance(chunk, UploadChunk)
    assert chunk.sha == SHA[:16]
    assert length >= 32
    assert bytes_of(PAYLOAD, 0, length, 89) <= 89


def test_a_file_shorter_than_an_image_header_is_one_chunk() -> None:
    tiny = ImagePayload(b"12345", hashlib.sha256(b"12345").digest())
    assert chunk_length(tiny, 0, 380) == 5


def test_unknown_servers_get_at_most_256_bytes() -> None:
    assert chunk_length(PAYLOAD, 1000, 2000, at_most=256) == 256
    assert chunk_length(PAYLOAD, 0, 2000, at_most=256) == 256


def test_a_file_says_how_long_it_is_in_its_first_part_alone() -> None:
    payload = FilePayload(DATA, "/lfs/log")
    assert payload.request(0, DATA[:64], 380).body()["len"] == len(DATA)
    assert "len" not in payload.request(64, DATA[64:128], 380).body()
