"""Out of the application into what takes updates in its place: a firmware loader, or the
bootloader's serial recovery. For updates and for acts.

The device is asked to restart with the boot mode that means that. Firmware without boot modes
restarts all the same: who answers afterwards tells.

A loader over the radio has an address of its own, so it is told a name first, by which it is found:
the setting that devices have for it. It always gets the same one, and that is kept before the
restart is asked for: a program that is killed afterwards finds it again.

Source: nrfconnect/sdk-nrf-bm, "Setting up DFU Device Bluetooth name remotely".
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from smp import codes
from smp.client import Client
from smp.commands.os import BootMode
from smp.commands.settings import SaveSettings, WriteSetting
from smp.errors import (
    DeviceError,
    LinkError,
    LinkForbidden,
    MalformedPacket,
    NoAnswer,
    OtherDevice,
    SmpError,
    Unanswered,
)
from smp.survey import DeviceFacts, survey
from smp.text import Coded, Text
from smp.timing import Patience
from smp.transport.whereabouts import new_name
from smp.update.events import CameBack, UpdateEvent, WentSilent
from smp.update.restart import Pace

log = logging.getLogger(__name__)

_NAME = "fw_loader/adv_name"
"""The setting with the name that the loader shall have on the air."""
_BRIEF = Patience((1.0, 1.0), adaptive=False)
_OTHERS = 5
"""So many looks find another device at its place before it is given up."""


class LoaderLeft(SmpError):
    """The application answers in the place of its firmware loader, which has ended by itself."""

    def __init__(self, name: str) -> None:
        super().__init__(
            Coded("loader-left", "The firmware loader of {device} has ended", device=name),
            why=Text(
                "Its application answers: a loader ends when its client leaves, or when nobody "
                "speaks to it for a while"
            ),
            next_step=Text("Start the update again"),
        )


async def name_loader(client: Client) -> None:
    """Tell the application how its loader shall call itself, and look for that from now on. One
    that takes no name is looked for where it was found before, or where the application is."""
    transport = client.transport
    places = transport.places
    name = places.loader.name if places is not None else ""
    transport.expect_loader(await _give(client, name or new_name()))
    await transport.remember_places()


async def _give(client: Client, name: str) -> str:
    """The name that it has then; empty where the application takes none."""
    try:
        await client.request(WriteSetting(_NAME, name.encode()))
    except (DeviceError, MalformedPacket, Unanswered) as error:
        log.info("the firmware loader is given no name: %s", error)
        return ""
    try:
        await client.request(SaveSettings())
    except (DeviceError, MalformedPacket, Unanswered) as error:
        # Where the setting counts as soon as it is written it has the name all the same.
        log.info("the name of the firmware loader may not be kept: %s", error)
    return name


async def ask(client: Client, *, force: bool = False) -> None:
    """For the restart; with force if it is refused for now. Raises `DeviceError` if it is refused
    all the same."""
    boot_mode = int(BootMode.BOOTLOADER)
    try:
        await client.reset(force=force, boot_mode=boot_mode)
    except DeviceError as error:
        if error.group is None and error.code != codes.EBUSY:
            raise
        await client.reset(force=True, boot_mode=boot_mode)


async def follow(
    client: Client,
    pace: Pace,
    tell: Callable[[UpdateEvent], None],
    *,
    is_there: Callable[[DeviceFacts], bool],
    is_other: Callable[[DeviceFacts], bool] = lambda facts: False,
    limit: float,
) -> DeviceFacts | SmpError:
    """The facts of whoever answers after that restart: what was asked for (`is_there`), or the
    application, which went away or has had the time to. Or what kept the device from being found.

    is_other: what answers disproves that it is the device.
    """
    return await _Follower(client, pace, tell, is_there, is_other).follow(limit)


class _Follower:
    def __init__(
        self,
        client: Client,
        pace: Pace,
        tell: Callable[[UpdateEvent], None],
        is_there: Callable[[DeviceFacts], bool],
        is_other: Callable[[DeviceFacts], bool],
    ) -> None:
        self._client = client
        self._pace = pace
        self._tell = tell
        self._is_there = is_there
        self._is_other = is_other
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._was_gone = False
        self._since: float | None = None
        """When somebody answered who is not what was asked for."""
        self._others = 0

    async def follow(self, limit: float) -> DeviceFacts | SmpError:
        problem: SmpError | None = None
        await asyncio.sleep(self._pace.quiet)
        while self._elapsed < limit:
            try:
                facts = await self._look()
            except LinkForbidden as error:
                return error
            except (LinkError, NoAnswer) as error:
                problem, self._since = error, None
                self._note_gone()
                if isinstance(error, OtherDevice) and self._others >= _OTHERS:
                    return error
            except SmpError as error:
                problem = error
            else:
                if self._is_the_end(facts):
                    self._client.transport.adopt()
                    self._tell(CameBack(self._elapsed))
                    return facts
            await asyncio.sleep(self._pace.poll)
        return problem or self._client.transport.silence()

    @property
    def _elapsed(self) -> float:
        return self._loop.time() - self._began

    def _note_gone(self) -> None:
        if not self._was_gone:
            self._was_gone = True
            self._tell(WentSilent(self._elapsed))

    async def _look(self) -> DeviceFacts:
        """Raises `OtherDevice`, and like `survey`."""
        client = self._client
        if not client.is_connected:
            self._note_gone()
            await client.connect()
        else:
            await client.ask_parameters(_BRIEF)  # whoever answers now has others
        facts = await survey(client)
        if self._is_other(facts):
            self._others += 1
            client.transport.disown()
            await client.disconnect()
            raise OtherDevice(client.transport.name)
        return facts

    def _is_the_end(self, facts: DeviceFacts) -> bool:
        if self._is_there(facts):
            return True
        self._since = self._elapsed if self._since is None else self._since
        return self._was_gone or self._elapsed - self._since >= self._pace.settle
