"""How many bytes go into one upload request: CBOR arithmetic, and what each kind of upload sends.

A chunk fills its packet exactly: the request is encoded with its real keys and no data, and the
byte string's own prefix (1, 2, 3 or 5 bytes) is counted. Lengths are multiples of `multiple`,
because MCUboot writes whole flash units and cuts what is left over.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from smp.commands.base import Request
from smp.commands.files import CloseFile, FileChunk
from smp.commands.image import UploadAnswer, UploadChunk
from smp.packet import HEADER_SIZE, encode_body
from smp.text import Text

FIRST_CHUNK_LEAST = 32
"""An image's header must be in its first chunk."""
MULTIPLE = 16
"""Covers the flash write alignment of the parts known."""
MYNEWT_SAFE = 256
"""Data bytes per chunk for servers that do not tell their buffers: above 512, an Apache Mynewt
server answers success and writes foreign memory."""
MYNEWT_SURE = 400
"""The same where it is known to be one: its limit is a build setting, mostly 512."""
_NUMBERS = (23, 0xFF, 0xFFFF, 0xFFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFF)
"""CBOR writes the numbers up to each of these in equally many bytes, from the one before on."""
_PREFIXES = ((23, 0), (255, 1), (65535, 2))
"""Bytes that a byte string of at most so many bytes is longer than an empty one besides."""

ChunkRequest = Request[UploadAnswer]


class Payload(Protocol):
    """What is uploaded: makes the request for any part of it."""

    @property
    def data(self) -> bytes: ...

    @property
    def first_least(self) -> int:
        """Bytes the first chunk must hold at least."""
        ...

    @property
    def opening(self) -> Request[None] | None:
        """What has to be asked before each first chunk, None for nothing."""
        ...

    @property
    def begins_at_once(self) -> bool:
        """The first chunk is answered as soon as any other: nothing is erased for it."""
        ...

    @property
    def too_much(self) -> Text:
        """What is probably wrong where the device takes no more of it, and the next step."""
        ...

    def request(self, offset: int, data: bytes, room: int) -> ChunkRequest:
        """The request for `data` at `offset`, to fit a packet of `room` bytes if it can."""
        ...


@dataclass(frozen=True)
class ImagePayload:
    """A firmware image. `sha` is the SHA-256 of the whole file; `image` as in upload requests."""

    data: bytes
    sha: bytes
    image: int = 0
    upgrade: bool = False
    first_least: int = field(default=FIRST_CHUNK_LEAST, init=False)
    opening: None = field(default=None, init=False)
    begins_at_once: bool = field(default=False, init=False)
    too_much: Text = field(
        default=Text(
            "The image is probably larger than its slot: check that it was built for this "
            "device, or use a smaller one"
        ),
        init=False,
    )

    def request(self, offset: int, data: bytes, room: int) -> ChunkRequest:
        if offset:
            return UploadChunk(offset, data)
        sha = self.sha
        while True:
            chunk = UploadChunk(0, data, len(self.data), sha, self.image, self.upgrade)
            spare = _free(chunk, room) + len(data)
            if spare >= min(self.first_least, len(self.data)) or not sha:
                return chunk
            sha = sha[: len(sha) // 2]


@dataclass(frozen=True)
class FilePayload:
    """A file for the device's file system; `name` is its absolute path there.

    A server whose file is open counts on from where it was, also when chunk 1 is repeated: it is
    closed before each beginning.
    """

    data: bytes
    name: str
    first_least: int = field(default=1, init=False)
    opening: CloseFile = field(default_factory=CloseFile, init=False)
    begins_at_once: bool = field(default=True, init=False)
    too_much: Text = field(
        default=Text("The file system is probably full: make room on it, or send less"), init=False
    )

    def request(self, offset: int, data: bytes, room: int) -> ChunkRequest:
        return FileChunk(self.name, offset, data, None if offset else len(self.data))


def _free(request: ChunkRequest, room: int) -> int:
    """Bytes that still fit behind the request in a packet of `room` bytes."""
    return room - HEADER_SIZE - len(encode_body(request.body()))


def data_room(payload: Payload, offset: int, room: int) -> int:
    """Data bytes that fit into a packet of `room` bytes at this offset. It is the same for all
    offsets but the first whose numbers CBOR writes in equally many bytes."""
    free = _free(payload.request(offset, b"", room), room)
    return free - next(length for longest, length in _PREFIXES if free - length <= longest)


class DataRooms:
    """`data_room` of one payload, worked out once for each packet size and length of the offset."""

    def __init__(self, payload: Payload) -> None:
        self._payload = payload
        self._known: dict[tuple[int, int], int] = {}

    def at(self, offset: int, room: int) -> int:
        if not offset:
            return data_room(self._payload, 0, room)
        key = room, next(n for n, most in enumerate(_NUMBERS) if offset <= most)
        if key not in self._known:
            self._known[key] = data_room(self._payload, offset, room)
        return self._known[key]


def chunk_length(
    payload: Payload,
    offset: int,
    room: int,
    *,
    multiple: int = MULTIPLE,
    at_most: int | None = None,
    rooms: DataRooms | None = None,
) -> int:
    """Data bytes for the chunk at `offset` in a packet of `room` bytes, never less than one."""
    left = len(payload.data) - offset
    free = data_room(payload, offset, room) if rooms is None else rooms.at(offset, room)
    if at_most is not None:
        free = min(free, at_most)
    if free >= left:
        return left
    rounded = free // multiple * multiple
    if rounded < (payload.first_least if offset == 0 else multiple):
        rounded = free // 4 * 4
    least = min(payload.first_least if offset == 0 else 1, left)
    return max(rounded, least)
