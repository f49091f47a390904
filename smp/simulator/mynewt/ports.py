"""The two serial ports of Mynewt: the shell's console, and a UART of SMP's own.

The UART has room for one line that waits to be handled, and the reset of an assertion for the
second. It checks no checksum. The shell drops lines that end with CR LF without a word (new), and
prints text between the lines of an answer. Sources: apache/mynewt-core mgmt/smp/transport/smp_uart,
smp_shell; sys/console; sys/shell.
"""

from __future__ import annotations

import binascii
from abc import ABC, abstractmethod
from collections.abc import Callable

from smp.framing import CONTINUATION, START, crc16
from smp.simulator.agenda import Agenda
from smp.simulator.mynewt.memory import Harm, Memory
from smp.simulator.port import Port, Submit
from smp.simulator.worker import BufferPool, Peer

_NEWLINE = 0x0A
_LENGTH, _CHECKSUM = 2, 2
_LINE_DATA = 84
_LONGEST_FRAME = 1024
_LONGEST_LINE = 255
_LONGEST_SHELL_PACKET = 3019
_MOST_LINES = 9
"""Lines of one packet that the UART's buffers bear. With more it is deaf, or answers rc 1 at best:
always deaf here."""


def frames(answer: bytes, *, before: bytes, after: bytes) -> list[bytes]:
    """The lines of an answer; more than 1024 bytes go in several frames, each whole by itself."""
    lines = []
    for start in range(0, max(len(answer), 1), _LONGEST_FRAME):
        part = answer[start : start + _LONGEST_FRAME]
        size = (len(part) + _CHECKSUM).to_bytes(_LENGTH, "big")
        body = size + part + crc16(part).to_bytes(_CHECKSUM, "big")
        for at in range(0, len(body), _LINE_DATA):
            marker = CONTINUATION if at else START
            text = binascii.b2a_base64(body[at : at + _LINE_DATA], newline=False)
            lines.append(before + marker + text + after)
    return lines


class _LinePort(Port, ABC):
    """Lines, however they come, and the packet that is being put together."""

    is_stream = True

    def __init__(self, pool: BufferPool, submit: Submit, *, takes_cr: bool) -> None:
        super().__init__(pool, _LONGEST_SHELL_PACKET, submit)
        self._takes_cr = takes_cr
        self._line = bytearray()
        self._packet: bytearray | None = None
        self._expected = 0

    def receive(self, data: bytes, peer: Peer, now: float) -> None:
        at = 0
        while (end := data.find(_NEWLINE, at)) >= 0:
            line, self._line = bytes(self._line) + data[at:end], bytearray()
            at = end + 1
            if len(line) < _LONGEST_LINE:
                self._end_line(line, now)
        self._line += data[at:]
        del self._line[_LONGEST_LINE + 1 :]

    @abstractmethod
    def _end_line(self, line: bytes, now: float) -> None:
        """A whole line has come."""

    def _take(self, line: bytes) -> bytes | None:
        """What a line, marker first, makes whole; None for nothing yet."""
        is_start = line[:2] == START or self._packet is None
        packet = bytearray() if is_start else self._packet
        assert packet is not None
        text = line[2:]
        if text.endswith(b"\r"):
            if not self._takes_cr:
                return None
            text = text[:-1]
        self._packet = None
        try:
            packet += binascii.a2b_base64(text, strict_mode=True)
        except binascii.Error:
            return None
        if is_start:
            if len(packet) < _LENGTH:
                return None
            self._expected = int.from_bytes(packet[:_LENGTH], "big")
            del packet[:_LENGTH]
        if len(packet) > _LONGEST_SHELL_PACKET:
            return None
        if len(packet) < self._expected:
            self._packet = packet
            return None
        is_whole = len(packet) == self._expected >= _CHECKSUM
        return bytes(packet) if is_whole else None


class ShellPort(_LinePort):
    """`typed` is given what is no line of a packet; the console sends it back."""

    def __init__(
        self,
        pool: BufferPool,
        submit: Submit,
        *,
        takes_cr: bool,
        typed: Callable[[bytes, float], None],
    ) -> None:
        super().__init__(pool, submit, takes_cr=takes_cr)
        self._typed = typed

    def pieces(self, answer: bytes) -> list[bytes]:
        return frames(answer, before=b"\r\n", after=b"\r\n")

    def _end_line(self, line: bytes, now: float) -> None:
        if line[:2] not in (START, CONTINUATION):
            self._typed(line, now)
            return
        packet = self._take(line)
        if packet is not None and crc16(packet) == 0:
            self._deliver(packet[:-_CHECKSUM], None, now)


class UartPort(_LinePort):
    """`is_busy`: a request is being worked on; `crash` resets the device."""

    def __init__(
        self,
        pool: BufferPool,
        submit: Submit,
        agenda: Agenda,
        memory: Memory,
        *,
        takes_cr: bool,
        drain_time: float,
        is_busy: Callable[[], bool],
        crash: Callable[[float], None],
    ) -> None:
        super().__init__(pool, submit, takes_cr=takes_cr)
        self._agenda = agenda
        self._memory = memory
        self._drain_time = drain_time
        self._is_busy = is_busy
        self._crash = crash
        self._held: bytes | None = None
        self._lines = 0
        self._is_deaf = False

    def pieces(self, answer: bytes) -> list[bytes]:
        return frames(answer, before=b"", after=b"\n")

    def _end_line(self, line: bytes, now: float) -> None:
        marker = max(line.rfind(START), line.rfind(CONTINUATION))
        if self._is_deaf or marker < 0:
            return
        if self._held is not None:
            self._memory.harms[Harm.SECOND_LINE] += 1
            self._is_deaf = True
            self._crash(now)
            return
        self._held = line[marker:]
        self._agenda.at(now + self._drain_time, self._drain)

    def _drain(self, now: float) -> None:
        if self._is_busy():
            self._agenda.at(now + max(self._drain_time, 1e-6), self._drain)
            return
        line, self._held = self._held, None
        if line is None or (line[:2] == CONTINUATION and self._packet is None):
            return
        self._lines = 1 if line[:2] == START else self._lines + 1
        packet = self._take(line)
        if self._lines > _MOST_LINES:
            self._memory.harms[Harm.DEAF] += 1
            self._is_deaf = True
        elif packet is not None:
            self._deliver(packet[:-_CHECKSUM], None, now)
