"""Asking for the restart and following it, as often as it takes.

A request that is lost with the link, or that a firmware agrees to and forgets, leaves the image
waiting: it is sent again. A device that was seen to restart is not asked again, whatever its
bootloader then did.

A bootloader that answers is restarted once more and left alone (see `bootloader`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Protocol

from smp import codes
from smp.client import Client
from smp.commands.image import ImageState
from smp.errors import DeviceError, LinkError
from smp.text import Text
from smp.update.boot_log import BootLog
from smp.update.bootloader import is_bootloaders
from smp.update.events import CameBack, Restarting, UpdateEvent, WentSilent
from smp.update.experience import BOOT
from smp.update.persistence import Persistence
from smp.update.restart import Pace, Return, follow_restart, lacks_running
from smp.update.vitals import Vitals

_SWAP_SLACK = 5
_ASKS = 3
_LONGEST_BOOT = 60.0


class Prospect(Protocol):
    """What is expected of a restart. A `Plan` is one."""

    @property
    def numbers(self) -> tuple[int, ...]:
        """Of the images that it is about."""

    @property
    def restart_seconds(self) -> float | None:
        """All of it, about; None: not known."""

    @property
    def swap_seconds(self) -> float:
        """The part that the bootloader takes to put images in place."""

    @property
    def starts_a_test(self) -> bool:
        """One of these images runs on test afterwards, for certain."""


class Restarter:
    """For one update. Raises what the device refuses the restart with, and `NeverBack`."""

    def __init__(
        self,
        client: Client,
        link: Persistence,
        pace: Pace,
        tell: Callable[[UpdateEvent], None],
        ask: Callable[[], Awaitable[bool]] | None = None,
    ) -> None:
        """ask: for the restart, in place of what an update does. It returns whether the device has
        answered, and raises what it refuses it with."""
        self.asks = 0
        """How often the restart was asked for."""
        self.departures = 0
        """After how many of these requests the device went away."""
        self.heard = False
        """The device said that it would."""
        self.agreed = False
        """Each time it was asked it said that it would."""
        self.is_under_way = False
        """A restart was asked for, and the device was not seen back since."""
        self.ends_in_bootloader = False
        """The bootloader still answers."""
        self.stood_aside = 0
        """So many times the bootloader answered and was restarted and left alone."""
        self.log = BootLog()
        """What the device printed since."""
        self.passages: list[tuple[ImageState, ImageState | None]] = []
        """The image lists before and after each restart; None: not read yet."""
        self._met_bootloader = False
        self._began_anew = False
        """Its threads' run times began anew."""
        self._client = client
        self._link = link
        self._pace = pace
        self._tell = tell
        self._ask = ask or self._insist

    async def restart(self, plan: Prospect, before: ImageState, *, asks: int = _ASKS) -> Return:
        """Until it has restarted, or was asked often enough. `before` is the image list now."""
        self.asks = self.departures = 0
        vitals = Vitals(self._client)
        await self._look_at(vitals)
        while True:
            back = await self.once(plan, before)
            if back.state == before and not self.has_restarted(back):
                await self._look_at(vitals)
            in_vain = back.state == before and not self.has_restarted(back)
            if not in_vain or self.asks >= asks:
                return back

    async def _look_at(self, vitals: Vitals) -> None:
        """What the device's run times say of a restart since the look before, if it has any."""
        self._began_anew = False
        try:
            await vitals.show_restart()
        except LinkError:
            return
        self._began_anew = vitals.is_certain

    def has_restarted(self, back: Return) -> bool:
        """It shows that it started anew, or agreed and then went away; more than a lost link."""
        shown = self.log.seen_boot or self._met_bootloader or self._began_anew
        return shown or (self.heard and back.was_gone)

    async def once(self, plan: Prospect, before: ImageState) -> Return:
        """Ask, listening from now on to what the device prints, and follow it."""
        await asyncio.sleep(0)  # who cancelled meanwhile is heard before the request leaves
        if not self._client.is_connected:
            state = await self._link.persist(self._link.images)
            if state != before:
                # It restarted by itself: once more would undo a test.
                self.heard = True
                self.passages.append((before, state))
                return Return(0.0, True, state)
        self.log = BootLog()
        self._met_bootloader = self._began_anew = False
        self._client.watchers.add(self.log)
        self.is_under_way = True
        try:
            self.heard = await self._ask()
            self.agreed = self.heard and (self.agreed or not self.asks)
            self.asks += 1
            back = await self._follow(plan, before, self.log)
            self.departures += back.was_gone
            self.is_under_way = False
            if self.log.starts > 1:
                self._link.remark(
                    Text(
                        "Its console shows that firmware was started {count} times after it was "
                        "asked to restart: it restarted by itself since",
                        count=self.log.starts,
                    )
                )
            return back
        except DeviceError:
            self.is_under_way = False
            raise
        finally:
            self._client.watchers.remove(self.log)

    async def follow(self, plan: Prospect, before: ImageState) -> ImageState:
        """Follow a device that restarts by itself."""
        self.heard, self._met_bootloader, self._began_anew = True, False, False
        return (await self._follow(plan, before, BootLog())).state

    def boot_took(self, plan: Prospect, back: Return) -> float:
        """Seconds that the new firmware took from its start to its first answer, about."""
        if self.log.started_at is not None:
            took = asyncio.get_running_loop().time() - self.log.started_at
        else:
            took = back.seconds - plan.swap_seconds
        return min(max(took, 0.0), _LONGEST_BOOT)

    async def _follow(self, plan: Prospect, before: ImageState, boot_log: BootLog) -> Return:
        expected = plan.restart_seconds or 0.0
        # What was measured once is an estimate; the device gets the time that arithmetic gives.
        limit = self._pace.limit + _SWAP_SLACK * max(expected, BOOT + plan.swap_seconds)
        asked, quiet, began = self.heard, None, asyncio.get_running_loop().time()
        if self._client.transport.least_wait:
            # Each look at what does not answer yet takes long: the first one is to be answered.
            quiet = max(self._pace.quiet, expected)
            limit += self._pace.limit
        self.passages.append((before, None))
        while True:
            self._tell(Restarting(expected, limit))
            back = await follow_restart(
                self._client,
                before,
                limit=limit,
                pace=self._pace,
                log=boot_log,
                on_silent=lambda after: self._tell(WentSilent(after)),
                asked=asked,
                sent=self._link.sent,
                numbers=plan.numbers,
                on_test=plan.starts_a_test,
                quiet=quiet,
                unlisted=self._link.unlisted,
            )
            self.ends_in_bootloader = await self._is_bootloader(plan, before, back.state)
            if not self.ends_in_bootloader or self._met_bootloader:
                break
            self._met_bootloader = True
            if not await self._link.bootloader.leave():
                break
            self.stood_aside += 1
            asked, quiet = True, self._pace.bootloader
        if self._met_bootloader and not self.ends_in_bootloader:
            self._link.remark(
                Text(
                    "Its bootloader answered at first, in serial recovery; it was restarted once "
                    "more and left alone"
                )
            )
        if back.is_elsewhere:
            self._link.remark(
                Text(
                    "It came back at another address: that it is the same device is known from "
                    "its images alone"
                )
            )
        seconds = asyncio.get_running_loop().time() - began
        back = replace(back, seconds=seconds, was_gone=back.was_gone or self._met_bootloader)
        self.passages[-1] = (before, back.state)
        self._tell(CameBack(back.seconds))
        return back

    async def _is_bootloader(self, plan: Prospect, before: ImageState, now: ImageState) -> bool:
        """A list that has changed, and names what runs, is the application's."""
        if now == before or lacks_running(before, now, plan.numbers):
            return await self._link.bootloader.answers(before, now)
        return is_bootloaders(before, now)

    async def _insist(self) -> bool:
        """With force if it is refused for now. False: no answer."""
        try:
            return await self._client.reset()
        except DeviceError as error:
            if error.group is None and error.code != codes.EBUSY:
                raise
            return await self._client.reset(force=True)
