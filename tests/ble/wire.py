"""The wire to the VM, seen from the virtual peripheral: adapters and control lines on one socket.

The frames are those of vm/relay.py, which is the other end.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from tests.ble.vm.relay import CLOSE, FRAME, HEAD, HELLO, LINE, OPEN

OnFrame = Callable[[bytes], None]
OnLine = Callable[[int, bytes], None]


class Wire(asyncio.Protocol):
    """`on_line` gets a client's number and what it said. `ended` is set when the VM is gone."""

    def __init__(self, on_line: OnLine) -> None:
        self._on_line = on_line
        self._adapters: dict[int, OnFrame] = {}
        self._held = bytearray()
        self.up = asyncio.Event()
        """The guest has its end open."""
        self.ended = asyncio.Event()

    async def open(self, descriptor: int) -> None:
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: self, sock=socket.socket(fileno=descriptor))
        await self.up.wait()

    def plug(self, number: int, on_frame: OnFrame) -> None:
        """A new adapter for the kernel; frames begin with the H4 packet type."""
        self._adapters[number] = on_frame
        self._send(OPEN, number)

    def unplug(self, number: int) -> None:
        del self._adapters[number]
        self._send(CLOSE, number)

    def send(self, number: int, frame: bytes) -> None:
        if number in self._adapters:
            self._send(FRAME, number, frame)

    def answer(self, client: int, line: bytes) -> None:
        self._send(LINE, client, line + b"\n")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, _error: Exception | None) -> None:
        self.ended.set()

    def data_received(self, data: bytes) -> None:
        held = self._held
        held += data
        while len(held) >= HEAD.size:
            kind, number, size = HEAD.unpack_from(held)
            if len(held) < HEAD.size + size:
                break
            content = bytes(held[HEAD.size : HEAD.size + size])
            del held[: HEAD.size + size]
            if kind == HELLO:
                self.up.set()
            elif kind == LINE:
                self._on_line(number, content)
            elif kind == FRAME and number in self._adapters:
                self._adapters[number](content)

    def _send(self, kind: int, number: int, data: bytes = b"") -> None:
        self._transport.write(HEAD.pack(kind, number, len(data)) + data)
