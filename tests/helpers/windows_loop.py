"""Datagrams as Windows' event loop handles them: asyncio's own code for it, on this system's
sockets, whose errors become those of Windows."""

from __future__ import annotations

import asyncio
import socket
from asyncio.proactor_events import _ProactorDatagramTransport  # type: ignore[attr-defined]
from collections.abc import Awaitable
from typing import Any, TypeVar

T = TypeVar("T")

PORT_UNREACHABLE = 1234
CONNECTION_RESET = 10054


def windows_error(winerror: int, kind: type[OSError] = OSError) -> OSError:
    """As Windows' Python raises it: EINVAL, unless the number is a socket's."""
    error = kind(winerror if winerror >= 10_000 else 22, f"[WinError {winerror}]")
    error.winerror = winerror  # type: ignore[attr-defined]
    return error


class _Transport(_ProactorDatagramTransport):  # type: ignore[misc]
    def _call_connection_lost(self, exc: Exception | None) -> None:
        try:
            super()._call_connection_lost(exc)
        except OSError:  # of a datagram socket that is not connected, there is nothing to shut down
            self._sock.close()
            self._sock = None


class Proactor:
    """Completes reads and writes, as Windows does."""

    def __init__(self, loop: WindowsLoop) -> None:
        self._loop = loop
        self.reads = 0

    def recv(self, plug: socket.socket, size: int) -> asyncio.Task[bytes]:
        return self._do(self._loop.sock_recv(plug, size))

    def recvfrom(self, plug: socket.socket, size: int) -> asyncio.Task[tuple[bytes, Any]]:
        return self._do(self._loop.sock_recvfrom(plug, size))

    def send(self, plug: socket.socket, data: bytes) -> asyncio.Task[None]:
        return self._loop.create_task(self._loop.sock_sendall(plug, data))

    def sendto(self, plug: socket.socket, data: bytes, addr: Any) -> asyncio.Task[int]:
        return self._loop.create_task(self._loop.sock_sendto(plug, data, addr))

    def _do(self, reading: Awaitable[T]) -> asyncio.Task[T]:
        self.reads += 1

        async def read() -> T:
            try:
                result = await reading
            except ConnectionRefusedError as error:
                raise self._loop.refusal from error
            if self._loop.failures:
                raise self._loop.failures.pop(0)
            return result

        return self._loop.create_task(read())


class WindowsLoop(asyncio.SelectorEventLoop):
    """`refusal`: how it says that nothing listens; `failures`: what the next reads end in."""

    def __init__(self, refusal: OSError | None = None) -> None:
        super().__init__()
        self.refusal = refusal or windows_error(PORT_UNREACHABLE)
        self.failures: list[OSError] = []
        self._proactor = Proactor(self)

    @property
    def reads(self) -> int:
        return self._proactor.reads

    def _make_datagram_transport(
        self,
        sock: socket.socket,
        protocol: asyncio.DatagramProtocol,
        address: Any = None,
        waiter: asyncio.Future[None] | None = None,
        extra: Any = None,
    ) -> _Transport:
        return _Transport(self, sock, protocol, address, waiter, extra)
