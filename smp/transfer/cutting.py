"""The file of one upload, cut into parts; the next one may be made before it is needed."""

from __future__ import annotations

from dataclasses import dataclass

from smp.packet import encode_body
from smp.transfer.chunks import MULTIPLE, ChunkRequest, DataRooms, Payload, chunk_length

_LARGEST_MULTIPLE = 512


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the file, ready to be sent; `cut_for`: offset, packet size, multiple."""

    cut_for: tuple[int, int, int]
    length: int
    request: ChunkRequest
    body: bytes


class Cutter:
    """See the module. `at_most`: data bytes in one part, None for what fits."""

    def __init__(self, payload: Payload, at_most: int | None) -> None:
        self._payload = payload
        self._rooms = DataRooms(payload)
        self._at_most = at_most
        self._multiple = MULTIPLE
        self._ahead: Part | None = None

    def part(self, offset: int, room: int) -> Part:
        """The part at this offset in a packet of `room` bytes, made anew unless it was before."""
        cut_for = offset, room, self._multiple
        if self._ahead is None or self._ahead.cut_for != cut_for:
            length = chunk_length(
                self._payload,
                offset,
                room,
                multiple=self._multiple,
                at_most=self._at_most,
                rooms=self._rooms,
            )
            data = self._payload.data[offset : offset + length]
            request = self._payload.request(offset, data, room)
            self._ahead = Part(cut_for, length, request, encode_body(request.body()))
        return self._ahead

    def cut_coarser(self) -> None:
        """The server wrote less of a part than it had: it writes whole units, larger ones."""
        self._multiple = min(self._multiple * 2, _LARGEST_MULTIPLE)
