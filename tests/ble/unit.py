"""A device on the table: what answers SMP, and its radio, life after life.

It is absent while the simulated bootloader works, as a real one is.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections.abc import Coroutine
from typing import Any

from bumble.keys import MemoryKeyStore

from tests.ble.air import Air
from tests.ble.backend import Backend
from tests.ble.gatt import Body, Counts
from tests.ble.settings import Back, Settings

log = logging.getLogger(__name__)


class Unit:
    """`label` is what the air knows it by, whatever name it advertises."""

    def __init__(self, air: Air, label: str, settings: Settings, backend: Backend) -> None:
        self.label = label
        self.settings = settings
        self.backend = backend
        self.counts = Counts()
        self.ready = asyncio.Event()
        """It advertises, or would if it were told to."""
        self._air = air
        self._keys = MemoryKeyStore()
        self._body: Body | None = None
        self._return: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._answers: list[bytes] = []
        self._flush: asyncio.TimerHandle | None = None
        self._notified = 0
        self._written = 0
        self._turn = 0
        backend.on_answer = self._on_answer
        backend.on_gone = self._on_gone
        backend.on_back = self._on_back

    async def open(self) -> None:
        await self.backend.open()
        await self.ready.wait()

    async def close(self) -> None:
        """Out of the air at once; clients see a clean goodbye."""
        if self._return is not None:
            self._return.cancel()
        self.backend.on_gone = self.backend.on_back = lambda: None
        if self._body is not None:
            body, self._body = self._body, None
            body.vanish(0.0, 0x13)
        self.backend.close()
        for task in list(self._tasks):
            task.cancel()

    # -- by hand ----------------------------------------------------------------------

    async def change(self, settings: Settings) -> None:
        """Those that count at once do; what is counted is counted from now on."""
        before, self.settings = self.settings, settings
        self._written = self._notified = 0
        if self._body is not None:
            self._body.set_strengths(settings.rssi)
            if before.advertise != settings.advertise:
                await self._body.advertise()

    async def hang_up(self, reason: int) -> None:
        if self._body is not None:
            await self._body.hang_up(reason)

    def forget(self) -> None:
        """Lose the keys of everybody it is bonded with."""
        self._keys.all_keys.clear()

    def notify(self, value: bytes) -> None:
        """Send exactly this, whatever it is."""
        self._notify(value)

    def status(self) -> dict[str, Any]:
        body = self._body
        return {
            "present": body is not None,
            "connected": body is not None and body.connection is not None,
            "subscribed": body is not None and body.subscribed,
            "mtu": body.mtu if body is not None else None,
            "advertising": body is not None and body.device.is_advertising,
            "bonds": len(self._keys.all_keys),
            "name": self.settings.name,
            "address": self.settings.address,
            **dataclasses.asdict(self.counts),
        }

    # -- life -------------------------------------------------------------------------

    def _on_gone(self) -> None:
        self.ready.clear()
        if self._body is not None:
            body, self._body = self._body, None
            body.vanish(self.settings.supervision, self.settings.reset_reason)

    def _on_back(self) -> None:
        if self.settings.back is Back.NEVER:
            return
        if self.settings.back_after:
            loop = asyncio.get_running_loop()
            self._return = loop.call_later(self.settings.back_after, self._rise)
        else:
            self._rise()

    def _rise(self) -> None:
        self._body = Body(
            self._air,
            self.label,
            lambda: self.settings,
            self.counts,
            self._keys,
            self._on_write,
            self._on_quiet,
            self._accepts,
        )
        self._spawn(self._power_on(self._body))

    async def _power_on(self, body: Body) -> None:
        await body.power_on()
        if self._body is body:
            self.ready.set()

    def _accepts(self) -> bool:
        refuse = self.settings.refuse
        if refuse:
            self.settings = dataclasses.replace(self.settings, refuse=refuse - 1)
        return not refuse

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # -- traffic ----------------------------------------------------------------------

    def _on_write(self, data: bytes) -> None:
        settings = self.settings
        self._written += 1
        if settings.cut_after_writes and self._written == settings.cut_after_writes:
            self._spawn(self.hang_up(settings.cut_reason))
        elif settings.drop_every and self._written % settings.drop_every == 0:
            self.counts.dropped += 1
        else:
            self.backend.write(data)

    def _on_quiet(self) -> None:
        self.backend.hang_up()
        self._answers.clear()

    def _on_answer(self, packet: bytes) -> None:
        if not self.settings.responses:
            return
        self._answers.append(packet)
        if len(self._answers) >= self.settings.together:
            self._send()
        elif self._flush is None:
            self._flush = asyncio.get_running_loop().call_later(self.settings.patience, self._send)

    def _send(self) -> None:
        """The answers as one row of bytes, cut into notifications."""
        if self._flush is not None:
            self._flush.cancel()
            self._flush = None
        data = b"".join(self._answers)
        self._answers.clear()
        at = 0
        while at < len(data) and self._body is not None and self._body.mtu is not None:
            room = self._body.mtu - 3
            pieces = self.settings.pieces
            if pieces:
                room = min(room, pieces[self._turn % len(pieces)])
                self._turn += 1
            for _ in range(2 if self.settings.twice else 1):
                self._notify(data[at : at + room])
            at += room

    def _notify(self, value: bytes) -> None:
        after = self.settings.cut_after_notifications
        if after and self._notified >= after:
            return
        if self._body is None or not self._body.notify(value):
            self.counts.discarded += 1
            return
        self.counts.notifications += 1
        self.counts.bytes_out += len(value)
        self._notified += 1
        if after and self._notified == after:
            self._spawn(self.hang_up(self.settings.cut_reason))
