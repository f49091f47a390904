"""TCP with serial framing: serial device servers, emulators with a socket as their UART."""

from __future__ import annotations

import asyncio
import errno
import re
import socket

from smp.errors import LinkError, LinkForbidden, LinkLost, LinkNotFound
from smp.text import Coded, Text, outside
from smp.transport.base import Sink
from smp.transport.stream import StreamTransport
from smp.transport.windows import number_of

CONNECT_TIMEOUT = 5.0
RECONNECT_PAUSE = 0.1
"""Servers with one line refuse a second client until they have seen the first one go."""
_UNREACHABLE = (
    errno.ENETUNREACH,
    errno.ENETDOWN,
    errno.EHOSTUNREACH,
    errno.EHOSTDOWN,
    errno.EADDRNOTAVAIL,
)


class TcpTransport(StreamTransport):
    """Connects to `host`:`port`. Console framing by default, as on the port behind the server."""

    kind = "tcp"
    usual_rate = 40_000.0
    rto_floor = 0.25

    def __init__(self, host: str, port: int, *, framing: str = "console") -> None:
        super().__init__(framing)
        self.host = host
        self.port = port
        self.name = f"{host}:{port}"
        self._stream: asyncio.Transport | None = None
        self._left_at = float("-inf")

    async def open(self, sink: Sink) -> None:
        await self.close()
        loop = asyncio.get_running_loop()
        if loop.time() - self._left_at < RECONNECT_PAUSE:
            await asyncio.sleep(RECONNECT_PAUSE)
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                stream, protocol = await loop.create_connection(
                    lambda: _Bytes(self), self.host, self.port
                )
        except (OSError, TimeoutError, UnicodeError) as error:
            raise explain(error, self.host, self.name) from error
        self._stream = stream
        self._attach(sink)
        protocol.deliver()
        plug = stream.get_extra_info("socket")
        if plug is not None:
            plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _write(self, data: bytes) -> None:
        if self._stream is not None and not self._stream.is_closing():
            self._stream.write(data)

    async def close(self) -> None:
        self._detach()
        self._release()

    def describe(self) -> dict[str, str]:
        return {"host": self.host, "tcp_port": str(self.port), "framing": self.framing}

    def _release(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.abort()
            self._left_at = asyncio.get_running_loop().time()

    def _closed(self, stream: asyncio.BaseTransport | None, error: Exception | None) -> None:
        if stream is not self._stream:
            return
        self._lose(
            LinkLost(
                Coded("connection-closed", "{name} closed the connection", name=self.name),
                next_step=Text("Check the device server and the network, then connect again"),
                detail=str(error or ""),
            ),
            self._release,
        )


class _Bytes(asyncio.Protocol):
    """One connection. What comes before its owner knows of it is kept; after its end, dropped."""

    def __init__(self, owner: TcpTransport) -> None:
        self._owner = owner
        self._stream: asyncio.BaseTransport | None = None
        self._early: bytearray | None = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._stream = transport

    def deliver(self) -> None:
        early, self._early = self._early, None
        if early:
            self.data_received(bytes(early))

    def data_received(self, data: bytes) -> None:
        if self._early is not None:
            self._early += data
        elif self._stream is self._owner._stream:  # noqa: SLF001 -- the other half of one class
            self._owner._feed(data)  # noqa: SLF001

    def connection_lost(self, exc: Exception | None) -> None:
        self._owner._closed(self._stream, exc)  # noqa: SLF001


def explain(error: BaseException, host: str, name: str) -> LinkError:
    """Why a host cannot be reached, in words."""
    detail = str(error)
    if isinstance(error, socket.gaierror | UnicodeError):
        return LinkNotFound(
            Coded("host-not-found", "There is no host {host!r}", host=host),
            why=Text("Its name cannot be resolved"),
            next_step=Text("Check the spelling, or use the IP address"),
            detail=detail,
        )
    number = _most_telling(error)
    if isinstance(error, TimeoutError) or number == errno.ETIMEDOUT:
        return LinkNotFound(
            Coded("connection-timeout", "{name} does not react", name=name),
            next_step=Text("Check that the device is switched on and in this network"),
            detail=detail,
        )
    if number in (errno.EACCES, errno.EPERM):
        return LinkForbidden(
            Coded(
                "connection-forbidden",
                "The system forbids the connection to {name}",
                name=name,
            ),
            next_step=Text("Check the firewall on this computer"),
            detail=detail,
        )
    if number == errno.ECONNREFUSED:
        return LinkNotFound(
            Coded("connection-refused", "{name} refuses the connection", name=name),
            why=Text("Nothing listens there"),
            next_step=Text("Check the port number, and that the server is running"),
            detail=detail,
        )
    if number in _UNREACHABLE:
        return LinkNotFound(
            Coded("network-unreachable", "{name} cannot be reached from this network", name=name),
            next_step=Text("Check the network connection and the address"),
            detail=detail,
        )
    if number == errno.EINVAL:
        return LinkError(
            Coded("address-not-usable", "The system cannot use {host} as an address", host=host),
            why=Text("It belongs to no network interface of this computer"),
            next_step=Text("Check the address; an IPv6 one may need its interface: fe80::1%eth0"),
            detail=detail,
        )
    reason = (error.strerror if isinstance(error, OSError) else "") or detail
    return LinkError(
        Coded("connection-failed", "No connection to {name}", name=name),
        why=Text("The system says: {reason}", reason=outside(reason)),
        next_step=Text("Check the address"),
        detail=repr(error),
    )


def _most_telling(error: BaseException) -> int | None:
    """Of a host with several addresses asyncio tells what each one failed of in words only."""
    number = number_of(error)
    if number is not None:
        return number
    told = [
        number_of(OSError(int(digits), ""))
        for digits in re.findall(r"\[(?:Errno|WinError) (\d+)\]", str(error))
    ]
    return errno.ECONNREFUSED if errno.ECONNREFUSED in told else told[-1] if told else None
