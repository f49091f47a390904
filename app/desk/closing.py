"""Closing the window, after asking if a device is being written."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from app.controllers.device import DeviceController
from app.controllers.fleet import Fleet
from app.controllers.turns import Turns
from app.lib import dialog
from app.presenters.cancelling import what_is_left
from app.views.main_window import MainWindow
from smp.text import Text, sentences


async def may_close(window: MainWindow, fleet: Fleet, turns: Turns) -> bool:
    """No update runs any more: none did, or the person wanted them cancelled. `turns`: who waits
    for one then gets none."""
    if not await _acts_may_end(window, fleet):
        return False
    busy = fleet.updating
    if not busy:
        return True
    names = ", ".join(device.name for device in busy)
    left = sentences(*(what_is_left(device.name, device.track) for device in busy))
    go_on = await dialog.confirm(
        window,
        Text("An update is running"),
        sentences(
            Text("If Flashdesk is closed now, the update of {names} is cancelled.", names=names),
            left,
        ),
        yes=Text("Cancel the update and close"),
        no=Text("Go on updating"),
        until=_all_ended(busy),
    )
    if not go_on:
        return False
    turns.shut()
    busy = fleet.updating
    for device in busy:
        device.cancel()
    await _all_ended(busy)
    return True


async def give_up(fleet: Fleet, turns: Turns) -> None:
    """Nothing runs any more, and nobody was asked: the system ends the program."""
    turns.shut()
    acting, updating = fleet.acting, fleet.updating
    for device in acting:
        device.cancel_act()
    for device in updating:
        device.cancel()
    await _acts_ended(acting)
    await _all_ended(updating)


async def _acts_may_end(window: MainWindow, fleet: Fleet) -> bool:
    """Nothing is done to a device by hand any more."""
    busy = fleet.acting
    if not busy:
        return True
    names = ", ".join(device.name for device in busy)
    close = await dialog.confirm(
        window,
        Text("Something is done to a device"),
        Text(
            "It takes a moment until it is proven what came of it. If Flashdesk is closed now, "
            "nobody sees how that ends on {names}.",
            names=names,
        ),
        yes=Text("Close"),
        no=Text("Wait"),
        until=_acts_ended(busy),
    )
    if not close and fleet.acting:
        return False
    for device in busy:
        device.cancel_act()
    await _acts_ended(busy)
    return True


async def _acts_ended(devices: Sequence[DeviceController]) -> None:
    await asyncio.gather(*(device.act_ended() for device in devices))


async def _all_ended(devices: Sequence[DeviceController]) -> None:
    await asyncio.gather(*(device.ended() for device in devices))
