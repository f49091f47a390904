"""Cutting: a chunk fills its packet and never exceeds it, whatever the offset and the keys."""

from __future__ import annotations

import hashlib

from hypothesis import example, given
from hypothesis import strategies as st

from smp.commands.image import UploadChunk
from smp.packet import HEADER_SIZE, encode_body
from smp.transfer.chunks import (
    FIRST_CHUNK_LEAST,
    MULTIPLE,
    DataRooms,
    FilePayload,
    ImagePayload,
    chunk_length,
    data_room,
)

ROOMS = st.integers(64, 4096)
LARGE = bytes(1 << 17)
"""Long enough that prefixes of 1, 2, 3 and 5 bytes occur in offsets."""


def packet_size(chunk: UploadChunk) -> int:
    return HEADER_SIZE + len(encode_body(chunk.body()))


def smallest_first(payload: ImagePayload) -> int:
    """The least packet that a first chunk can be: no sha, 32 bytes."""
    data = payload.data[:FIRST_CHUNK_LEAST]
    return packet_size(
        UploadChunk(0, data, len(payload.data), None, payload.image, payload.upgrade)
    )


def cut(payload: ImagePayload, offset: int, room: int, multiple: int) -> UploadChunk:
    length = chunk_length(payload, offset, room, multiple=multiple)
    chunk = payload.request(offset, payload.data[offset : offset + length], room)
    assert isinstance(chunk, UploadChunk)
    return chunk


SHA = hashlib.sha256(b"file").digest()
MULTIPLES = st.sampled_from([4, 8, 16, 32, 64, 128, 256, 512])


@given(
    room=ROOMS,
    size=st.integers(1, 5000) | st.integers(1, len(LARGE)),
    offset=st.integers(1, len(LARGE) - 1),
    multiple=MULTIPLES,
)
@example(room=64, size=len(LARGE), offset=65536, multiple=16)
def test_a_later_chunk_fits_and_fills(room: int, size: int, offset: int, multiple: int) -> None:
    offset %= size
    offset = offset or min(1, size - 1)
    payload = ImagePayload(LARGE[:size], SHA)
    if not offset:
        return
    chunk = cut(payload, offset, room, multiple)
    used = packet_size(chunk)
    assert used <= room
    assert len(chunk.data) >= 1
    assert list(chunk.body()) == ["off", "data"]
    if offset + len(chunk.data) == size:
        return  # the rest of the file
    step = multiple if len(chunk.data) >= multiple else 4
    assert len(chunk.data) % step == 0
    # Another step would not fit: 2 bytes may be lost to the byte string's own length.
    assert packet_size(UploadChunk(offset, bytes(len(chunk.data) + step))) > room


@given(
    room=ROOMS,
    size=st.integers(1, 5000) | st.integers(1, len(LARGE)),
    image=st.sampled_from([0, 1, 3, 30]),
    upgrade=st.booleans(),
    multiple=MULTIPLES,
)
@example(room=64, size=len(LARGE), image=30, upgrade=True, multiple=16)
@example(room=84, size=len(LARGE), image=30, upgrade=True, multiple=16)
def test_a_first_chunk_fits_and_holds_the_images_header(
    room: int, size: int, image: int, upgrade: bool, multiple: int
) -> None:
    payload = ImagePayload(LARGE[:size], SHA, image, upgrade)
    chunk = cut(payload, 0, room, multiple)
    assert len(chunk.data) >= min(FIRST_CHUNK_LEAST, size)
    assert packet_size(chunk) <= max(room, smallest_first(payload))
    body = chunk.body()
    assert body["len"] == size
    assert body.get("image", 0) == image
    assert body.get("upgrade", False) == upgrade
    assert SHA.startswith(body.get("sha", b""))


@given(room=ROOMS, size=st.integers(33, len(LARGE)), image=st.integers(0, 3))
def test_the_sha_is_sent_whole_wherever_it_fits(room: int, size: int, image: int) -> None:
    payload = ImagePayload(LARGE[:size], SHA, image)
    whole = UploadChunk(0, LARGE[:FIRST_CHUNK_LEAST], size, SHA, image)
    chunk = cut(payload, 0, room, MULTIPLE)
    assert (chunk.sha == SHA) == (packet_size(whole) <= room)


@given(room=ROOMS, offset=st.integers(0, len(LARGE) - 1), at_most=st.integers(32, 600))
def test_no_chunk_holds_more_than_the_server_may_be_sent(
    room: int, offset: int, at_most: int
) -> None:
    assert chunk_length(ImagePayload(LARGE, SHA), offset, room, at_most=at_most) <= at_most


@given(room=ROOMS, size=st.integers(1, 20_000), multiple=MULTIPLES)
def test_the_chunks_of_a_file_are_the_file(room: int, size: int, multiple: int) -> None:
    data = bytes(n * 7 & 0xFF for n in range(256)) * 80
    payload = ImagePayload(data[:size], SHA)
    out, lengths = b"", []
    while len(out) < size:
        chunk = cut(payload, len(out), room, multiple)
        out += chunk.data
        lengths.append(len(chunk.data))
    assert out == data[:size]
    assert max(lengths[1:-1], default=0) <= room


@given(
    offset=st.integers(0, 1 << 33),
    before=st.integers(0, 1 << 33),
    room=st.integers(64, 2048),
    name=st.sampled_from([None, "/lfs1/a.bin"]),
)
def test_room_for_data_that_was_worked_out_before_is_the_same(
    offset: int, before: int, room: int, name: str | None
) -> None:
    data = bytes(100)
    payload = ImagePayload(data, bytes(32)) if name is None else FilePayload(data, name)
    rooms = DataRooms(payload)
    rooms.at(before, room)
    assert rooms.at(offset, room) == data_room(payload, offset, room)
