"""What byte-stream links share: a framing, and packet sizes that suit it."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections import deque
from collections.abc import Callable

from smp.errors import AddressError, LinkError
from smp.family import Family
from smp.framing import (
    ConsoleFraming,
    Framing,
    PacketReceived,
    RawFraming,
    TextReceived,
    packet_in_lines,
)
from smp.packet import Header
from smp.text import Coded, Text
from smp.transport.base import Sink, Transport

FRAMINGS = ("console", "raw")
MYNEWTS_LINES = 5
"""A packet of so many lines holds the 400 bytes of data that are safe with Apache Mynewt."""
GENTLE_WAIT = 5.0
GENTLE_PAUSE = 0.02
"""Seconds: a UART of Apache Mynewt holds one line while it works, and resets the device when a
second one is complete before the first was taken. It erases flash for seconds; between the lines
of a packet its own client waits as long as this, too."""


class StreamTransport(Transport):
    """A link that carries bytes. Subclasses move them (`_write`) and call `_feed` and `_lose`."""

    def __init__(self, framing: str = "console") -> None:
        if framing not in FRAMINGS:
            raise AddressError(
                Coded("address-bad-framing", "{framing!r} is no framing", framing=framing),
                next_step=Text("Use framing=console or framing=raw"),
            )
        self.framing = framing
        self.has_lines = self.is_console = framing != "raw"
        self._framing: Framing = self._new_framing()
        self._sink: Sink | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_mynewts = self._is_gentle = False
        self._lines: deque[bytes] = deque()
        self._free_at = 0.0
        """When the next line may leave, where lines are paced."""
        self._pacer: asyncio.TimerHandle | None = None

    def packet_sizes(self, buf_size: int | None) -> tuple[int, ...]:
        """Console: length and checksum share the server's buffer; many receivers hold two lines."""
        if self.framing == "raw":
            return (buf_size or 256,)
        one, two = packet_in_lines(1), packet_in_lines(2)
        if self._is_gentle:
            return (one,)
        if self._is_mynewts:
            return (packet_in_lines(MYNEWTS_LINES), two, one)
        if buf_size is None:
            return (380, two, one)
        largest = buf_size - 4
        return (largest, *(size for size in (two, one) if size < largest))

    def wire_size(self, packet_size: int) -> int:
        return self._framing.wire_size(packet_size)

    def send_time(self, packet_size: int) -> float:
        pauses = (packet_size - 1) // packet_in_lines(1) if self._is_gentle else 0
        return super().send_time(packet_size) + pauses * GENTLE_PAUSE

    def suit(self, family: Family) -> None:
        """Mynewt's UART ends lines with a line feed alone, its shell with CR LF."""
        framing = self._framing
        is_bare = isinstance(framing, ConsoleFraming) and framing.ends_bare is True
        self._is_mynewts = family.is_mynewt and isinstance(framing, ConsoleFraming)
        self._is_gentle = family.may_be_mynewt and is_bare
        self.least_wait = GENTLE_WAIT if self._is_gentle else 0.0

    def send(self, packet: bytes) -> None:
        lines = self._framing.encode(packet)
        if not self._is_gentle:
            self._write(b"".join(lines))
            return
        if not self._lines:
            # Only lines of one packet need a pause: this one follows an answer, or a long silence.
            self._free_at = 0.0
        self._lines.extend(lines)
        self._send_lines()

    @abstractmethod
    def _write(self, data: bytes) -> None:
        """Put bytes on the link. After a loss it does nothing."""

    def _send_lines(self) -> None:
        """One line, and the next one after a pause."""
        loop = self._loop
        if loop is None or self._pacer is not None:
            return
        while self._lines:
            wait = self._free_at - loop.time()
            if wait > 0:
                self._pacer = loop.call_later(wait, self._go_on_sending)
                return
            line = self._lines.popleft()
            rate = self.bytes_per_second
            self._free_at = loop.time() + GENTLE_PAUSE + (len(line) / rate if rate else 0.0)
            self._write(line)

    def _go_on_sending(self) -> None:
        self._pacer = None
        self._send_lines()

    def _new_framing(self) -> Framing:
        return RawFraming(self._expects) if self.framing == "raw" else ConsoleFraming()

    def _expects(self, header: Header) -> bool:
        return self._sink is not None and self._sink.expects(header)

    def _attach(self, sink: Sink) -> None:
        """A new life begins: nothing of the old one is in the buffers."""
        self._framing = self._new_framing()
        self._sink = sink
        self._loop = asyncio.get_running_loop()

    def _detach(self) -> None:
        self._sink = None
        self._stop_sending()

    def _stop_sending(self) -> None:
        self._lines.clear()
        if self._pacer is not None:
            self._pacer.cancel()
            self._pacer = None

    def _feed(self, data: bytes) -> bool:
        """Bytes arrived: was there a packet's end among them? On the loop's thread."""
        sink, loop = self._sink, self._loop
        if sink is None or loop is None:
            return False
        has_packet = False
        for frame in self._framing.receive(data, loop.time()):
            if isinstance(frame, PacketReceived):
                has_packet = True
                sink.received(frame.data)
            elif isinstance(frame, TextReceived):
                sink.text(frame.data)
            else:
                sink.damaged_frame(frame.reason)
        return has_packet

    def _lose(self, error: LinkError, release: Callable[[], None]) -> None:
        """The link went away: release what is held, then tell, once."""
        sink, self._sink = self._sink, None
        self._stop_sending()
        release()
        if sink is not None:
            sink.lost(error)
