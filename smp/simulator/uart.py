"""The device's UART: console lines with their small buffers, or raw packets.

Console: `rx_line_buffers` of `line_size` bytes each take the line that is being received and
those that wait for the system work queue, which empties them `drain_time` after the first one is
complete. With `lines_wait` (MCUboot's single thread) they also wait while a request is worked
on. What finds no buffer, is too long, or is no frame, is gone without a word. Zephyr's own
answers have lines of 127 bytes first and 123 after it.

Sources: Zephyr drivers/console/uart_mcumgr.c, subsys/mgmt/mcumgr/transport/src/serial_util.c,
smp_uart.c, smp_raw_uart.c.
"""

from __future__ import annotations

import binascii
from collections.abc import Callable

from smp.framing import CONTINUATION, LINE_DATA, START, crc16
from smp.packet import HEADER_SIZE, Header, Op
from smp.simulator.agenda import Agenda, Entry
from smp.simulator.port import Port, Submit
from smp.simulator.worker import BufferPool, Peer

_NEWLINE = 0x0A
_TRIPLE = 3
_LENGTH = 2


class ConsolePort(Port):
    """Base64 lines between console text. `typed` is given what is no frame, line by line."""

    is_stream = True

    def __init__(
        self,
        pool: BufferPool,
        buf_size: int,
        submit: Submit,
        agenda: Agenda,
        *,
        line_buffers: int,
        line_size: int,
        drain_time: float,
        lines_wait: bool = False,
        typed: Callable[[bytes, float], None] | None = None,
    ) -> None:
        super().__init__(pool, buf_size, submit)
        self._agenda = agenda
        self._line_buffers = line_buffers
        self._line_size = line_size
        self._drain_time = drain_time
        self._lines_wait = lines_wait
        self._typed = typed
        self._line: bytearray | None = None
        """The line being received; None while none holds a buffer."""
        self._ignoring = False
        self._waiting: list[bytes] = []
        self._packet: bytearray | None = None
        """What came of a packet; it holds a buffer of the pool."""
        self._expected = 0

    # -- interrupt --------------------------------------------------------------------

    def receive(self, data: bytes, peer: Peer, now: float) -> None:
        at = 0
        while (end := data.find(_NEWLINE, at)) >= 0:
            self._take(data[at : end + 1])
            at = end + 1
            self._end_line(now)
        if at < len(data):
            self._take(data[at:])

    def _take(self, part: bytes) -> None:
        if self._ignoring:
            return
        if self._line is None:
            if len(self._waiting) >= self._line_buffers:
                self._ignoring = True
                return
            self._line = bytearray()
        self._line += part
        if len(self._line) > self._line_size:
            self._line = None
            self._ignoring = True

    def _end_line(self, now: float) -> None:
        line, self._line = self._line, None
        if self._ignoring or line is None:
            self._ignoring = False
            return
        self._waiting.append(bytes(line))
        if len(self._waiting) == 1:
            self._agenda.at(now + self._drain_time, self._drain)

    # -- work queue -------------------------------------------------------------------

    def _drain(self, now: float) -> None:
        while self._waiting:
            if self._lines_wait and self._packet is None and not self._pool.free:
                self._agenda.at(now + self._drain_time, self._drain)
                return
            self._process(self._waiting.pop(0), now)

    def _process(self, line: bytes, now: float) -> None:
        marker = line[:2]
        if marker == START:
            if self._packet is None and not self._pool.take():
                return
            self._packet = bytearray()
        elif marker == CONTINUATION:
            if self._packet is None:
                return
        else:
            if self._typed is not None:
                self._typed(line, now)
            return
        packet = self._packet
        assert packet is not None
        text = line[2:].rstrip(b" \r\n")
        try:
            packet += binascii.a2b_base64(text, strict_mode=True)
        except binascii.Error:
            self._drop()
            return
        if text.endswith(b"==="):
            self._drop()
            return
        # The length stands in the same buffer as the packet and its checksum.
        held = len(packet) if marker == START else len(packet) + _LENGTH
        if held > self._buf_size or held < _LENGTH:
            self._drop()
            return
        if marker == START:
            self._expected = int.from_bytes(packet[:_LENGTH], "big")
            del packet[:_LENGTH]
        self._finish(packet, now)

    def _finish(self, packet: bytearray, now: float) -> None:
        if len(packet) < self._expected:
            return
        if len(packet) > self._expected or len(packet) < 2 or crc16(bytes(packet)) != 0:
            self._drop()
            return
        self._packet = None
        self._submit(bytes(packet[:-2]), None, now)

    def _drop(self) -> None:
        if self._packet is not None:
            self._packet = None
            self._pool.give()

    # -- answers ----------------------------------------------------------------------

    def pieces(self, answer: bytes) -> list[bytes]:
        body = (len(answer) + 2).to_bytes(2, "big") + answer
        checksum = crc16(answer).to_bytes(2, "big")
        lines = []
        marker, room = START, LINE_DATA
        at = 0
        while at < len(body):
            left = len(body) - at
            if left + 2 <= room:
                part = body[at:] + checksum
                at = len(body)
            else:
                # The checksum is never split off its line: a triple moves to the next one.
                size = room if left > room else left - 1
                if left == room:
                    size = room - 1
                size -= size % _TRIPLE
                part = body[at : at + size]
                at += size
            lines.append(marker + binascii.b2a_base64(part))
            marker, room = CONTINUATION, LINE_DATA - _TRIPLE
        return lines


class RawPort(Port):
    """Packets back to back. `input_timeout`: seconds after which half a packet is forgotten."""

    is_stream = True

    def __init__(
        self,
        pool: BufferPool,
        buf_size: int,
        submit: Submit,
        agenda: Agenda,
        *,
        input_timeout: float | None,
    ) -> None:
        super().__init__(pool, buf_size, submit)
        self._agenda = agenda
        self._input_timeout = input_timeout
        self._timer: Entry | None = None
        self._held = bytearray()
        self._has_buffer = False

    def receive(self, data: bytes, peer: Peer, now: float) -> None:
        if not self._has_buffer:
            if not self._pool.take():
                return
            self._has_buffer = True
        self._held += data
        while len(self._held) >= HEADER_SIZE:
            header = Header.from_bytes(self._held)
            size = HEADER_SIZE + header.length
            if size > self._buf_size or header.op > Op.WRITE_ANSWER:
                self._held.clear()
                break
            if len(self._held) < size:
                break
            packet = bytes(self._held[:size])
            del self._held[:size]
            self._submit(packet, None, now)
            self._has_buffer = self._pool.take()
            if not self._has_buffer:
                self._held.clear()
        self._watch(now)

    def pieces(self, answer: bytes) -> list[bytes]:
        return [answer]

    def _watch(self, now: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._held:
            if self._has_buffer:
                self._has_buffer = False
                self._pool.give()
        elif self._input_timeout is not None:
            self._timer = self._agenda.at(now + self._input_timeout, self._forget)

    def _forget(self, now: float) -> None:
        self._held.clear()
        self._watch(now)
