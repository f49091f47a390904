"""Framing: SMP packets on byte streams, sans-I/O.

`ConsoleFraming` is the base64 line framing of consoles, shells and MCUboot recovery; console text
may stand between its lines. `RawFraming` puts packets back to back. Both turn bytes into frames
(`PacketReceived`, `TextReceived`) and packets into the pieces to write, in order.

Sources: Zephyr doc/services/device_mgmt/smp_transport.rst and
subsys/mgmt/mcumgr/transport/src/serial_util.c; mcu-tools/mcuboot boot_serial.c.

Receiving is linear in the bytes fed: a line is searched once, a packet is joined once. What is
held back is bounded by `LONGEST_LINE` and the largest packet.
"""

from __future__ import annotations

import binascii
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from smp.packet import HEADER_SIZE, Header, Op
from smp.text import Text

START = b"\x06\x09"
CONTINUATION = b"\x04\x14"
NEWLINE = 0x0A
LINE_DATA = 93
"""Binary bytes in a full line: 124 base64 characters, 127 with marker and newline."""
LINE_SIZE = 127
LONGEST_LINE = 4096
"""Text without a newline is delivered in pieces of at most this size."""
HALF_PACKET_LIFE = 2.0
"""Seconds after which a half-received packet is dropped."""
RAW_IDLE = 1.0
"""Seconds of silence after which a half-received raw packet is dropped."""


@dataclass(frozen=True, slots=True)
class PacketReceived:
    """A whole packet, header first; its length has been checked against the header."""

    data: bytes


@dataclass(frozen=True, slots=True)
class TextReceived:
    """Console output of the device that is no SMP: log lines, shell prompts."""

    data: bytes


@dataclass(frozen=True, slots=True)
class DamageSeen:
    """A frame that had to be dropped (checksum, length, base64): the link loses bytes."""

    reason: Text


Frame = PacketReceived | TextReceived | DamageSeen


class Framing(Protocol):
    """What a byte-stream link needs to carry packets."""

    name: str

    def encode(self, packet: bytes) -> list[bytes]:
        """The pieces to write, in order; a slow receiver may want a pause between them."""
        ...

    def receive(self, data: bytes, now: float) -> list[Frame]:
        """Feed bytes as they come; `now` is any monotonic clock in seconds."""
        ...

    def wire_size(self, packet_size: int) -> int:
        """Bytes on the line for a packet of that many bytes."""
        ...

    def reset(self) -> None:
        """Forget everything half received."""
        ...


def crc16(data: bytes) -> int:
    """CRC-16/XMODEM (poly 0x1021, init 0): 0x31C3 over b"123456789"."""
    return binascii.crc_hqx(data, 0)


def console_lines(packet: bytes) -> list[bytes]:
    """The lines, newline included, that carry one packet."""
    body = (len(packet) + 2).to_bytes(2, "big") + packet + crc16(packet).to_bytes(2, "big")
    lines = []
    for at in range(0, len(body), LINE_DATA):
        marker = CONTINUATION if at else START
        lines.append(marker + binascii.b2a_base64(body[at : at + LINE_DATA]))
    return lines


def console_wire_size(packet_size: int) -> int:
    """Bytes on the line for a console-framed packet: markers, base64, newlines included."""
    full, rest = divmod(packet_size + 4, LINE_DATA)
    return full * LINE_SIZE + (3 + (rest + 2) // 3 * 4 if rest else 0)


def packet_in_lines(lines: int) -> int:
    """The largest packet that fits `lines` full lines."""
    return lines * LINE_DATA - 4


class ConsoleFraming:
    """Base64 lines with markers; everything else on the line is console text."""

    name = "console"

    def __init__(self) -> None:
        self._line = bytearray()
        self._body: bytearray | None = None
        self._touched = 0.0
        self._joined = bytearray()
        self.ends_bare: bool | None = None
        """Lines of packets come with a line feed alone at their end; None: none came yet."""

    def reset(self) -> None:
        self._line.clear()
        self._body = None
        self._joined.clear()
        self.ends_bare = None

    def encode(self, packet: bytes) -> list[bytes]:
        return console_lines(packet)

    def wire_size(self, packet_size: int) -> int:
        return console_wire_size(packet_size)

    def receive(self, data: bytes, now: float) -> list[Frame]:
        frames: list[Frame] = []
        if now - self._touched > HALF_PACKET_LIFE:
            self._expire(frames)
        self._touched = now
        at = 0
        while (end := data.find(NEWLINE, at)) >= 0:
            self._line += data[at : end + 1]
            at = end + 1
            self._take_line(frames)
        self._line += data[at:]
        if len(self._line) > LONGEST_LINE:
            self._shorten(frames)
        return frames

    def _expire(self, frames: list[Frame]) -> None:
        """Nothing came for so long that no more will come of what is half received."""
        marker = self._marker(self._line)
        if self._body is not None or marker >= 0:
            frames.append(DamageSeen(Text("the rest of a packet did not come")))
        if self._joined:
            frames.append(DamageSeen(Text("the rest of an answer in several frames did not come")))
        self._body = None
        self._joined.clear()
        if marker >= 0:
            _say(self._line[:marker], frames)
            self._line.clear()

    def _shorten(self, frames: list[Frame]) -> None:
        """A line without end: deliver its text, hold back what may be a packet's line."""
        line = bytes(self._line)
        marker = self._marker(line)
        if marker < 0:
            marker = len(line) - (line[-1:] in (START[:1], CONTINUATION[:1]))
        elif len(line) - marker > LONGEST_LINE:
            frames.append(DamageSeen(Text("a line is too long for a packet")))
            self._body = None
            _say(line[:marker], frames)
            self._line.clear()
            return
        _say(line[:marker], frames)
        del self._line[:marker]

    def _marker(self, line: bytes | bytearray) -> int:
        """Where a packet's line begins in `line`, -1 for text."""
        found = [line.find(START)]
        if self._body is not None:
            found.append(line.find(CONTINUATION))
        return min((at for at in found if at >= 0), default=-1)

    def _take_line(self, frames: list[Frame]) -> None:
        line = bytes(self._line)
        self._line.clear()
        # A line that broke off may stand before the marker of the next one: the last one counts.
        marker = line.rfind(START)
        first = marker >= 0 or self._body is None
        if not first:
            marker = line.rfind(CONTINUATION)
        if marker < 0:
            _say(line, frames)
            return
        broken = self._marker(line[:marker])
        if broken >= 0:
            frames.append(DamageSeen(Text("a line broke off")))
        _say(line[: marker if broken < 0 else broken], frames)
        self.ends_bare = not line.endswith(b"\r\n")
        if first and self._body is not None:
            frames.append(DamageSeen(Text("a new packet began inside another")))
        body = bytearray() if first or self._body is None else self._body
        self._body = None
        try:
            body += binascii.a2b_base64(line[marker + 2 :].strip(), strict_mode=True)
        except binascii.Error as error:
            frames.append(DamageSeen(Text("a line is not base64: {error}", error=str(error))))
            return
        self._take_body(body, frames)

    def _take_body(self, body: bytearray, frames: list[Frame]) -> None:
        if len(body) < 2:
            frames.append(DamageSeen(Text("a packet's first line is too short for its length")))
            return
        need = int.from_bytes(body[:2], "big")
        if need < 2:
            frames.append(
                DamageSeen(Text("a packet announces an impossible length of {need}", need=need))
            )
            return
        if len(body) < 2 + need:
            self._body = body
            return
        if len(body) > 2 + need:
            frames.append(DamageSeen(Text("a packet holds more bytes than it announced")))
            return
        if crc16(bytes(body[2:])) != 0:
            frames.append(DamageSeen(Text("a packet's checksum is wrong")))
            return
        self._deliver(bytes(body[2:-2]), frames)

    def _deliver(self, data: bytes, frames: list[Frame]) -> None:
        """Apache Mynewt cuts long answers into several frames: join by the header's length."""
        if _begins_again(data, self._joined):
            frames.append(DamageSeen(Text("the rest of an answer in several frames did not come")))
            self._joined.clear()
        joined = bytes(self._joined) + data
        self._joined.clear()
        if len(joined) < HEADER_SIZE:
            frames.append(DamageSeen(Text("a frame is shorter than an SMP header")))
            return
        if len(joined) > len(data) and _is_whole(data):
            frames.append(DamageSeen(Text("the rest of an answer in several frames did not come")))
            joined = data
        size = HEADER_SIZE + Header.from_bytes(joined).length
        if len(joined) < size:
            self._joined += joined
            return
        frames.append(PacketReceived(joined[:size]))


class RawFraming:
    """Packets back to back; boundaries come from the header's length alone.

    Stray bytes shift everything, so a header is believed only if `expects` says that it could
    belong here (a client: an answer to a request in flight); otherwise one byte is skipped.
    """

    name = "raw"

    def __init__(self, expects: Callable[[Header], bool] | None = None) -> None:
        self._buffer = bytearray()
        self._expects = expects or _could_be_answer
        self._touched = 0.0

    def reset(self) -> None:
        self._buffer.clear()

    def encode(self, packet: bytes) -> list[bytes]:
        return [packet]

    def wire_size(self, packet_size: int) -> int:
        return packet_size

    def receive(self, data: bytes, now: float) -> list[Frame]:
        frames: list[Frame] = []
        if self._buffer and now - self._touched > RAW_IDLE:
            self._buffer.clear()
            frames.append(DamageSeen(Text("the rest of a packet did not come")))
        self._touched = now
        self._buffer += data
        skipped = at = 0
        view = bytes(self._buffer)
        while len(view) - at >= HEADER_SIZE:
            header = Header.from_bytes(view[at : at + HEADER_SIZE])
            if view[at] & 0xF0 or not self._expects(header):
                at += 1
                skipped += 1
                continue
            size = HEADER_SIZE + header.length
            if len(view) - at < size:
                break
            frames.append(PacketReceived(view[at : at + size]))
            at += size
        del self._buffer[:at]
        if skipped:
            frames.append(DamageSeen(Text("{skipped} stray bytes on the line", skipped=skipped)))
        return frames


def _could_be_answer(header: Header) -> bool:
    return header.op in (Op.READ_ANSWER, Op.WRITE_ANSWER) and header.flags == 0


def _say(text: bytes | bytearray, frames: list[Frame]) -> None:
    pieces = range(0, len(text), LONGEST_LINE)
    frames += [TextReceived(bytes(text[at : at + LONGEST_LINE])) for at in pieces]


def _begins_again(data: bytes, joined: bytearray) -> bool:
    """Is this the first frame of an answer whose beginning is there already? The request was
    repeated: only the sequence number differs."""
    before = bytes(joined[:HEADER_SIZE])
    return len(before) == HEADER_SIZE and (data[:6], data[7:8]) == (before[:6], before[7:])


def _is_whole(data: bytes) -> bool:
    """Is this an answer of its own, exactly as long as its header says?"""
    if len(data) < HEADER_SIZE:
        return False
    header = Header.from_bytes(data)
    return _could_be_answer(header) and len(data) == HEADER_SIZE + header.length
