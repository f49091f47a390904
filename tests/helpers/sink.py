"""The other side of a transport: a sink that keeps what it is told and can be waited on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from smp.errors import LinkError
from smp.packet import Header

T = TypeVar("T")

LONGEST = 20.0
"""Real seconds after which something that should have come is missed; never waited in full."""


class RecordingSink:
    """See the module. It expects every answer."""

    def __init__(self) -> None:
        self.packets: list[bytes] = []
        self.texts: list[bytes] = []
        self.damage: list[str] = []
        self.losses: list[LinkError] = []
        self._changed = asyncio.Event()

    @property
    def said(self) -> bytes:
        return b"".join(self.texts)

    def received(self, packet: bytes) -> None:
        self.packets.append(packet)
        self._changed.set()

    def text(self, data: bytes) -> None:
        self.texts.append(data)
        self._changed.set()

    def damaged_frame(self, reason: str) -> None:
        self.damage.append(reason)
        self._changed.set()

    def lost(self, error: LinkError) -> None:
        self.losses.append(error)
        self._changed.set()

    def expects(self, header: Header) -> bool:
        return header.op in (1, 3)

    async def until(self, predicate: Callable[[], object]) -> None:
        """Wait until something has come that makes it true."""
        async with asyncio.timeout(LONGEST):
            while not predicate():
                self._changed.clear()
                await self._changed.wait()

    async def next_packet(self) -> bytes:
        """Wait for one more packet than there are now, and take the oldest."""
        await self.until(lambda: self.packets)
        return self.packets.pop(0)

    async def loss(self) -> LinkError:
        await self.until(lambda: self.losses)
        return self.losses[0]


async def eventually(predicate: Callable[[], T]) -> T:
    """Wait for something no event tells of (a thread that ends, a descriptor that is freed)."""
    async with asyncio.timeout(LONGEST):
        while not (value := predicate()):  # noqa: ASYNC110 -- there is no event
            await asyncio.sleep(0.002)
    return value
