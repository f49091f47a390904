"""What lies between client and device, and can be lost: a proxy of this process for each.

The device listens on TCP (a serial line) or UDP. Its client sees a pseudo-terminal, a TCP port or
a UDP port here, at one address whatever happens behind it.
"""

from __future__ import annotations

import asyncio
import os
import pty
import tty
from pathlib import Path
from typing import Any, Protocol

_AGAIN = 0.05
_SETTLED = 0.1
"""Seconds after which a connection to a device stays: one without a port hangs up at once."""


class Line(Protocol):
    """`lost`: nothing comes through."""

    lost: bool
    address: str

    async def open(self) -> None: ...
    def unplug(self) -> None: ...
    async def plug(self) -> None: ...
    async def close(self) -> None: ...


class UdpLine(asyncio.DatagramProtocol):
    """Datagrams to and from the device at `port`."""

    def __init__(self, port: int) -> None:
        self.lost = False
        self.address = ""
        self._device = ("127.0.0.1", port)
        self._outer: asyncio.DatagramTransport | None = None
        self._inner: dict[Any, asyncio.DatagramTransport] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self._outer, _ = await loop.create_datagram_endpoint(
            lambda: self, local_addr=("127.0.0.1", 0)
        )
        self.address = f"udp:127.0.0.1:{self._outer.get_extra_info('sockname')[1]}"

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if not self.lost:
            task = asyncio.ensure_future(self._pass_on(data, addr))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass_on(self, data: bytes, addr: Any) -> None:
        if addr not in self._inner:
            back = _Back(self, addr)
            loop = asyncio.get_running_loop()
            made, _ = await loop.create_datagram_endpoint(lambda: back, remote_addr=self._device)
            self._inner[addr] = made
        self._inner[addr].sendto(data)

    def answer(self, data: bytes, addr: Any) -> None:
        if not self.lost and self._outer is not None:
            self._outer.sendto(data, addr)

    def unplug(self) -> None:
        self.lost = True

    async def plug(self) -> None:
        self.lost = False

    async def close(self) -> None:
        for transport in (self._outer, *self._inner.values()):
            if transport is not None:
                transport.close()


class _Back(asyncio.DatagramProtocol):
    def __init__(self, line: UdpLine, addr: Any) -> None:
        self._line = line
        self._addr = addr

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._line.answer(data, self._addr)


class TcpLine:
    """Connections to the device's port, held back while the link is lost."""

    def __init__(self, port: int, *, raw: bool) -> None:
        self.lost = False
        self._framing = "?framing=raw" if raw else ""
        self.address = ""
        self._device = port
        self._port = 0
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]
        self.address = f"tcp:127.0.0.1:{self._port}{self._framing}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._device)
        except OSError:
            writer.close()
            self._open.discard(writer)
            return
        self._open.add(back)
        try:
            await asyncio.wait(
                {
                    asyncio.ensure_future(self._copy(reader, back)),
                    asyncio.ensure_future(self._copy(there, writer)),
                },
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            for end in (writer, back):
                end.close()
                self._open.discard(end)

    async def _copy(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(4096):
                while self.lost:  # noqa: ASYNC110 -- a flag that anybody sets
                    await asyncio.sleep(_AGAIN)
                target.write(data)
                await target.drain()
        except OSError:
            return

    def unplug(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._open):
            writer.close()

    async def plug(self) -> None:
        if self._server is None:
            await self.open()

    async def close(self) -> None:
        self.unplug()


class PtyLine:
    """A pseudo-terminal under a name that stays. `vanishes`: it goes away with the device's port,
    as USB does; else it is an adapter, which stays plugged in."""

    def __init__(self, port: int, link: Path, *, vanishes: bool, raw: bool) -> None:
        self.lost = False
        self.address = f"serial:{link}" + ("?framing=raw" if raw else "")
        self._device = port
        self._link = link
        self._vanishes = vanishes
        self._master: int | None = None
        self._slave: int | None = None
        self._back: asyncio.StreamWriter | None = None
        self._held = False
        self._work: asyncio.Task[None] | None = None

    async def open(self) -> None:
        if not self._vanishes:
            self._appear()
        self._work = asyncio.ensure_future(self._carry())

    def _appear(self) -> None:
        if self._master is not None or self._held:
            return
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self._link.unlink(missing_ok=True)
        self._link.symlink_to(os.ttyname(self._slave))
        asyncio.get_running_loop().add_reader(self._master, self._from_client)

    def _vanish(self) -> None:
        if self._master is None or self._slave is None:
            return
        asyncio.get_running_loop().remove_reader(self._master)
        self._link.unlink(missing_ok=True)
        os.close(self._slave)
        os.close(self._master)
        self._master = self._slave = None

    def _from_client(self) -> None:
        assert self._master is not None
        try:
            data = os.read(self._master, 4096)
        except OSError:
            return
        if self._back is not None and not self.lost:
            self._back.write(data)

    async def _carry(self) -> None:
        while True:
            try:
                there, self._back = await asyncio.open_connection("127.0.0.1", self._device)
            except OSError:
                await asyncio.sleep(_AGAIN)
                continue
            try:
                await self._from_device(there)
            except OSError:
                pass
            self._back.close()
            self._back = None
            if self._vanishes:
                self._vanish()
            await asyncio.sleep(_AGAIN)

    async def _from_device(self, there: asyncio.StreamReader) -> None:
        read = asyncio.ensure_future(there.read(4096))
        done, _ = await asyncio.wait({read}, timeout=_SETTLED)
        if not done or read.result():
            self._appear()
        while data := await read:
            if self._master is not None and not self.lost:
                try:
                    os.write(self._master, data)
                except BlockingIOError:
                    pass  # nobody reads: as on a line
            read = asyncio.ensure_future(there.read(4096))

    def unplug(self) -> None:
        self._held = True
        self._vanish()

    async def plug(self) -> None:
        self._held = False
        self._appear()

    async def close(self) -> None:
        if self._work is not None:
            self._work.cancel()
            await asyncio.wait({self._work})
        self._held = True
        self._vanish()
