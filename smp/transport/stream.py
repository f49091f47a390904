"""What byte-stream links share: a framing, and packet sizes that suit it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from smp.errors import AddressError, LinkError
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


class StreamTransport(Transport):
    """A link that carries bytes. Subclasses move them and call `_feed` and `_lose`."""

    def __init__(self, framing: str = "console") -> None:
        if framing not in FRAMINGS:
            raise AddressError(
                Coded("address-bad-framing", "{framing!r} is no framing", framing=framing),
                next_step=Text("Use framing=console or framing=raw"),
            )
        self.framing = framing
        self._framing: Framing = self._new_framing()
        self._sink: Sink | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def packet_sizes(self, buf_size: int | None) -> tuple[int, ...]:
        """Console: length and checksum share the server's buffer; many receivers hold two lines."""
        if self.framing == "raw":
            return (buf_size or 256,)
        one, two = packet_in_lines(1), packet_in_lines(2)
        if buf_size is None:
            return (380, two, one)
        largest = buf_size - 4
        return (largest, *(size for size in (two, one) if size < largest))

    def wire_size(self, packet_size: int) -> int:
        return self._framing.wire_size(packet_size)

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
        release()
        if sink is not None:
            sink.lost(error)
