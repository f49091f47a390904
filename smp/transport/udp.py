"""UDP, IPv4 and IPv6: one datagram carries one packet.

Source: Zephyr subsys/mgmt/mcumgr/transport/src/smp_udp.c. A server receives at most 1500 bytes
whatever its buffer size says, and answers a longer datagram rc 9; packets are kept within one
Ethernet frame so that none is fragmented.
"""

from __future__ import annotations

import asyncio
import logging
import socket

from smp.errors import NoAnswer
from smp.text import Coded, Text
from smp.transport.base import Sink, Transport
from smp.transport.tcp import explain
from smp.transport.windows import read_on, says_nobody_listens

DEFAULT_PORT = 1337
LARGEST_IPV4 = 1472
LARGEST_IPV6 = 1452
WITHOUT_PARAMETERS = 512

log = logging.getLogger(__name__)


class UdpTransport(Transport):
    """Datagrams to `host`:`port`. There is no connection: opening sends nothing."""

    kind = "udp"
    usual_rate = 100_000.0
    rto_floor = 0.05

    def __init__(self, host: str, port: int = DEFAULT_PORT) -> None:
        self.host = host
        self.port = port
        self.name = host if port == DEFAULT_PORT else _joined(host, port)
        self._endpoint: asyncio.DatagramTransport | None = None
        self._sink: Sink | None = None
        self._is_ipv6 = ":" in host
        self._refused = False

    async def open(self, sink: Sink) -> None:
        await self.close()
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(self.host, self.port, type=socket.SOCK_DGRAM)
            # UDP cannot tell which of two families a device hears: most hear IPv4.
            family = min(found, key=lambda entry: entry[0] != socket.AF_INET)[0]
            endpoint, _ = await loop.create_datagram_endpoint(
                lambda: _Datagrams(self), remote_addr=(self.host, self.port), family=family
            )
        except (OSError, UnicodeError) as error:
            raise explain(error, self.host, self.name) from error
        plug = endpoint.get_extra_info("socket")
        self._is_ipv6 = plug is not None and plug.family == socket.AF_INET6
        self._endpoint = endpoint
        self._sink = sink

    def send(self, packet: bytes) -> None:
        if self._endpoint is not None and not self._endpoint.is_closing():
            self._endpoint.sendto(packet)

    async def close(self) -> None:
        self._sink = None
        endpoint, self._endpoint = self._endpoint, None
        if endpoint is not None:
            endpoint.abort()

    def packet_sizes(self, buf_size: int | None) -> tuple[int, ...]:
        largest = LARGEST_IPV6 if self._is_ipv6 else LARGEST_IPV4
        return (min(buf_size or WITHOUT_PARAMETERS, largest),)

    def silence(self) -> NoAnswer:
        if self._refused:
            return NoAnswer(
                Coded("no-answer", "No answer from {name}", name=self.name),
                why=Text(
                    "The host is there, but nothing listens on its UDP port {port}", port=self.port
                ),
                next_step=Text("Check the port number, and that the firmware has SMP over UDP"),
                is_explained=True,
            )
        return NoAnswer(
            Coded("no-answer", "No answer from {name}", name=self.name),
            why=Text("Nothing came back from UDP port {port}", port=self.port),
            next_step=Text(
                "Check that the device is powered, that it is in this network, and its "
                "address; a firewall may block the answers"
            ),
        )

    def describe(self) -> dict[str, str]:
        return {
            "host": self.host,
            "udp_port": str(self.port),
            "protocol": "IPv6" if self._is_ipv6 else "IPv4",
        }

    def _arrived(self, data: bytes) -> None:
        self._refused = False
        if self._sink is not None:
            self._sink.received(data)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, owner: UdpTransport) -> None:
        self._owner = owner
        self._endpoint: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._endpoint = transport

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:
        self._owner._arrived(data)  # noqa: SLF001 -- the other half of one class

    def error_received(self, exc: Exception) -> None:
        # ICMP "unreachable": the device restarts, or nobody listens; silence follows.
        log.debug("%s: %s", self._owner.name, exc)
        self._owner._refused = says_nobody_listens(exc)  # noqa: SLF001
        assert self._endpoint is not None
        read_on(self._endpoint)


def _joined(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
