"""A link without wires, written against the public contract of `smp.transport.base` alone.

Behind it stands a model server; packets take made-up time on a `clock` loop. What real links do
to a client can be done to this one: it refuses to open, goes away, loses packets.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from smp.errors import LinkError, LinkLost
from smp.packet import Packet
from smp.transport.base import Sink, Transport
from tests.helpers.model_server import Manners, ModelServer
from tests.helpers.network import Fate, Way, scripted


class MemoryTransport(Transport):
    """See the module. The server lives on between connections, as a device does."""

    kind = "memory"
    name = "memory"
    rto_floor = 0.05

    def __init__(
        self,
        manners: Manners | None = None,
        *,
        up: Iterator[Fate] | None = None,
        down: Iterator[Fate] | None = None,
        latency: float = 0.005,
        sizes: tuple[int, ...] = (),
    ) -> None:
        loop = asyncio.get_running_loop()
        self.to_server = Way(loop, up or scripted([]), latency)
        self.to_client = Way(loop, down or scripted([]), latency)
        self.server = ModelServer(loop, self._leave_server, manners)
        self.to_server.deliver = self.server.receive
        self.sent: list[Packet] = []
        self.opened = 0
        self.closed = 0
        self.refuses: list[LinkError] = []
        """Raised by the next attempts to open, one each."""
        self.slow_to_open = 0.0
        self._sizes = sizes
        self._sink: Sink | None = None
        self._life = 0

    @property
    def is_open(self) -> bool:
        return self._sink is not None

    async def open(self, sink: Sink) -> None:
        assert self._sink is None, "opened twice"
        self.opened += 1
        await asyncio.sleep(self.slow_to_open)
        if self.refuses:
            raise self.refuses.pop(0)
        self._life += 1
        self._sink = sink

    def send(self, packet: bytes) -> None:
        if self._sink is not None:
            self.sent.append(Packet.from_bytes(packet))
            self.to_server.carry(packet)

    async def close(self) -> None:
        self.closed += 1
        self._sink = None

    def packet_sizes(self, buf_size: int | None) -> tuple[int, ...]:
        return self._sizes or super().packet_sizes(buf_size)

    def lose(self, what: str = "The cable was pulled") -> LinkLost:
        """The link goes away by itself."""
        sink, self._sink = self._sink, None
        error = LinkLost(what)
        if sink is not None:
            sink.lost(error)
        return error

    def say(self, text: bytes) -> None:
        """Console output of the device."""
        if self._sink is not None:
            self._sink.text(text)

    def inject(self, packet: bytes) -> None:
        """A packet nobody asked for."""
        if self._sink is not None:
            self._sink.received(packet)

    def sent_to(self, group: int, command: int) -> list[Packet]:
        return [p for p in self.sent if (p.group, p.command) == (group, command)]

    def _leave_server(self, packet: bytes) -> None:
        life = self._life

        def arrive(data: bytes) -> None:
            if self._sink is not None and life == self._life:
                self._sink.received(data)

        self.to_client.deliver = arrive
        self.to_client.carry(packet)
