"""A simulated device on the network: SMP over UDP, or a serial line over TCP.

UDP answers whoever asks, on IPv4 or IPv6. TCP carries the bytes of the device's UART, as
emulators do, for one connection at a time.
"""

from __future__ import annotations

import asyncio
import errno
from typing import Any, cast

from smp.errors import LinkBusy, LinkError, LinkForbidden
from smp.simulator.host import HostPort, SimulatorHost
from smp.text import Coded, Text, outside
from smp.transport.windows import number_of, read_on

_MOST_PEERS = 64
_HIGH_WATER = 1024


class UdpServer(asyncio.DatagramProtocol):
    """One UDP socket. `address` is what it is bound to."""

    def __init__(self, host: SimulatorHost, address: str, port: int) -> None:
        self._host = host
        self._wanted = (address, port)
        self._transport: asyncio.DatagramTransport | None = None
        self._peers: dict[Any, HostPort] = {}

    async def open(self) -> None:
        """Raises `LinkError`."""
        self._host.start()
        loop = asyncio.get_running_loop()
        try:
            await loop.create_datagram_endpoint(lambda: self, local_addr=self._wanted)
        except OSError as error:
            raise _refused("UDP", *self._wanted, error) from error

    def close(self) -> None:
        for peer in self._peers.values():
            peer.close()
        self._peers.clear()
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    @property
    def address(self) -> tuple[str, int]:
        return _name_of(self._transport) if self._transport else self._wanted

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Loops' own classes do not all derive from the abstract ones.
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        peer = self._peers.pop(addr, None) or self._host.attach(
            lambda answer: self._send(answer, addr)
        )
        self._peers[addr] = peer
        if len(self._peers) > _MOST_PEERS:
            self._peers.pop(next(iter(self._peers))).close()
        peer.write(data)

    def error_received(self, exc: Exception) -> None:
        """Somebody asked and is gone: the others are heard still."""
        if self._transport is not None:
            read_on(self._transport)

    def _send(self, answer: bytes, addr: Any) -> None:
        if self._transport is not None:
            self._transport.sendto(answer, addr)


class TcpServer:
    """One listening TCP socket."""

    def __init__(self, host: SimulatorHost, address: str, port: int) -> None:
        self._host = host
        self._wanted = (address, port)
        self._server: asyncio.Server | None = None
        self._lines: set[_TcpLine] = set()

    async def open(self) -> None:
        """Raises `LinkError`."""
        self._host.start()
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(
                lambda: _TcpLine(self._host, self._lines), *self._wanted
            )
        except OSError as error:
            raise _refused("TCP", *self._wanted, error) from error

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for line in list(self._lines):
            line.hang_up()

    @property
    def address(self) -> tuple[str, int]:
        if self._server is None:
            return self._wanted
        name: tuple[str, int] = self._server.sockets[0].getsockname()[:2]
        return name


class _TcpLine(asyncio.Protocol):
    """One connection: the far end of the device's serial line."""

    def __init__(self, host: SimulatorHost, lines: set[_TcpLine]) -> None:
        self._host = host
        self._lines = lines
        self._transport: asyncio.Transport | None = None
        self._port: HostPort | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = line = cast(asyncio.Transport, transport)
        self._lines.add(self)
        try:
            self._port = self._host.attach(line.write, self.hang_up)
        except LinkBusy:
            self.hang_up()

    def data_received(self, data: bytes) -> None:
        if self._port is None or self._transport is None:
            return
        self._port.write(data)
        rate = self._host.linked.quality.bytes_per_second
        excess = self._port.backlog - _HIGH_WATER
        if rate and excess > 0:
            self._transport.pause_reading()
            asyncio.get_running_loop().call_later(excess / rate, self._read_on)

    def connection_lost(self, exc: Exception | None) -> None:
        self._lines.discard(self)
        self._transport = None
        if self._port is not None:
            self._port.close()
            self._port = None

    def hang_up(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _read_on(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()


def _name_of(transport: asyncio.BaseTransport) -> tuple[str, int]:
    name: tuple[str, int] = transport.get_extra_info("sockname")[:2]
    return name


def _refused(kind: str, address: str, port: int, error: OSError) -> LinkError:
    what = Coded(
        "simulated-no-port",
        "The simulated device cannot listen on {kind} port {port} of {address}",
        kind=kind,
        port=port,
        address=address,
    )
    if number_of(error) == errno.EADDRINUSE:
        return LinkBusy(
            what, why=Text("Another program uses it"), next_step=Text("Choose another port")
        )
    return LinkForbidden(
        what,
        why=outside(error.strerror or ""),
        next_step=Text("Choose another port, or an address of this computer"),
        detail=str(error),
    )
