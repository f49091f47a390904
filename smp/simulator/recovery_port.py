"""The UART of MCUboot's serial recovery: eight line buffers and one packet.

One thread reads and works, so what comes while it works waits in the line buffers; the line in
hand keeps its own until the next one is taken. What finds no buffer is gone, and the line goes on
with what comes when one is free again. Unlike Zephyr's, its receiver goes on with a packet after a
line that it cannot read, decodes what fits of a line that is too long, and starts anew only at a
start marker. Raw: each interrupt fills a buffer of its own, on a paced line with a single byte.

Sources: mcu-tools/mcuboot boot/zephyr/serial_adapter.c, boot/boot_serial/src/boot_serial.c; Zephyr
lib/utils/base64.c.
"""

from __future__ import annotations

import binascii
import re
import string
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator

from smp.framing import CONTINUATION, START, crc16
from smp.packet import HEADER_SIZE, Header, Op

_NEWLINE = 0x0A
_LENGTH = 2
_FRAME = 93
"""Bytes of a frame in each line of an answer: 124 characters."""
_ALPHABET = frozenset((string.ascii_letters + string.digits + "+/").encode())
_LONGEST_PADDING = 2


class RecoveryPort(ABC):
    """One life. `line_buffers` of `line_size` bytes each."""

    def __init__(self, *, buf_size: int, line_buffers: int, line_size: int) -> None:
        self._buf_size = buf_size
        self._line_size = line_size
        self._line_buffers = line_buffers
        self._waiting: deque[bytes] = deque()
        self._holds = False
        """The reader has a buffer in hand."""

    @abstractmethod
    def interrupts(self, data: bytes) -> Iterator[bytes]:
        """What the line delivers, as the receiver is told of it."""

    @abstractmethod
    def receive(self, part: bytes) -> None:
        """One of these parts."""

    @abstractmethod
    def next_packet(self, now: float) -> bytes | None:
        """What has come is looked at until a packet is whole. None: nothing is left."""

    @abstractmethod
    def pieces(self, answer: bytes) -> list[bytes]:
        """What goes out for one answer, in order."""

    def _has_room(self) -> bool:
        """One more buffer is free."""
        return len(self._waiting) + self._holds < self._line_buffers

    def _take(self) -> bytes | None:
        """The next buffer, and the one in hand is free again."""
        self._holds = bool(self._waiting)
        return self._waiting.popleft() if self._waiting else None


class RecoveryLines(RecoveryPort):
    """Base64 lines."""

    def __init__(self, *, buf_size: int, line_buffers: int, line_size: int) -> None:
        super().__init__(buf_size=buf_size, line_buffers=line_buffers, line_size=line_size)
        self._line: bytearray | None = None
        self._packet = bytearray()

    def interrupts(self, data: bytes) -> Iterator[bytes]:
        yield from re.findall(rb"[^\n]*\n|[^\n]+", data)

    def receive(self, part: bytes) -> None:
        if self._line is None:
            if not self._has_room():
                return
            self._line = bytearray()
        self._line += part[: self._line_size - len(self._line)]
        if part[-1] == _NEWLINE:
            self._waiting.append(bytes(self._line))
            self._line = None

    def next_packet(self, now: float) -> bytes | None:
        while (line := self._take()) is not None:
            if line[:2] == START:
                self._packet.clear()
            elif line[:2] != CONTINUATION:
                continue
            # The last byte is the newline's, whatever stands there in a line that was cut.
            part = decode(line[2:-1], self._buf_size + 1 - len(self._packet))
            if part is None:
                continue
            self._packet += part
            packet = self._whole()
            if packet is not None:
                return packet
        return None

    def pieces(self, answer: bytes) -> list[bytes]:
        length = (len(answer) + 2).to_bytes(2, "big")
        frame = length + answer + crc16(answer).to_bytes(2, "big")
        return [
            (CONTINUATION if at else START) + binascii.b2a_base64(frame[at : at + _FRAME])
            for at in range(0, len(frame), _FRAME)
        ]

    def _whole(self) -> bytes | None:
        """Length and checksum are right; the rest stays where it is until the next start."""
        packet = self._packet
        if len(packet) <= _LENGTH:
            return None
        size = int.from_bytes(packet[:_LENGTH], "big")
        if size != len(packet) - _LENGTH or size <= 2 or crc16(bytes(packet[_LENGTH:])) != 0:
            return None
        del packet[-2:]
        return bytes(packet[_LENGTH:])


class RecoveryRaw(RecoveryPort):
    """Packets back to back. `input_timeout`: seconds after which half a packet is forgotten;
    paced: a slow line interrupts for each byte."""

    def __init__(
        self,
        *,
        buf_size: int,
        line_buffers: int,
        line_size: int,
        input_timeout: float | None,
        paced: bool,
    ) -> None:
        super().__init__(buf_size=buf_size, line_buffers=line_buffers, line_size=line_size)
        self._input_timeout = input_timeout
        self._at_once = 1 if paced else line_size
        self._held = bytearray()
        self._heard = 0.0

    def interrupts(self, data: bytes) -> Iterator[bytes]:
        for at in range(0, len(data), self._at_once):
            yield data[at : at + self._at_once]

    def receive(self, part: bytes) -> None:
        if self._has_room():
            self._waiting.append(part)

    def next_packet(self, now: float) -> bytes | None:
        patience = self._input_timeout
        if patience is not None and now - self._heard >= patience:
            self._held.clear()
        while True:
            packet = self._first()
            if packet is not None:
                return packet
            fragment = self._take()
            if fragment is None:
                return None
            self._heard = now
            self._held += fragment

    def pieces(self, answer: bytes) -> list[bytes]:
        return [answer]

    def _first(self) -> bytes | None:
        held = self._held
        if len(held) < HEADER_SIZE:
            return None
        size = HEADER_SIZE + int.from_bytes(held[2:4], "big")
        if held[0] & 7 not in (Op.READ, Op.WRITE) or size > self._buf_size + 1:
            held.clear()
            return None
        if len(held) < size:
            return None
        packet = bytes(held[:size])
        del held[:size]
        return packet


def decode(text: bytes, room: int) -> bytes | None:
    """Base64 as Zephyr's library reads it: spaces at the end are nothing, what is left of a group
    of four is dropped. None: it is none, or more than there is room for."""
    text = text.rstrip(b" ")
    padding = len(text) - len(text.rstrip(b"="))
    letters = text[: len(text) - padding]
    if padding > _LONGEST_PADDING or not _ALPHABET.issuperset(letters):
        return None
    groups, left = divmod(len(text), 4)
    if groups * 3 + (6 * left + 7) // 8 - padding > room:
        return None
    whole = text[: groups * 4]
    missing = len(whole) - len(whole.rstrip(b"="))
    return binascii.a2b_base64(whole.rstrip(b"=") + b"A" * missing)[: groups * 3 - missing]


def header_of(packet: bytes) -> Header | None:
    """A request that is answered: a header that is no longer than what came with it."""
    if len(packet) < HEADER_SIZE:
        return None
    header = Header.from_bytes(packet)
    if header.op not in (Op.READ, Op.WRITE) or header.length < len(packet) - HEADER_SIZE:
        return None
    return header
