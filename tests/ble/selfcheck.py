"""python -m tests.ble.selfcheck FILE, in the VM: what the rig can not do on this kernel.

Writes JSON, ability -> reason (see `abilities`). Without bleak and the product: what fails here is
theirs in no case.
"""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import suppress
from pathlib import Path

from tests.ble.abilities import EARLY_LOSS, death
from tests.ble.bluez import ADAPTER, DEVICE, BlueZ, Failed, until
from tests.ble.rig import ADDRESS, LONGEST, Peripheral

HCI0 = "/org/bluez/hci0"
TRIES = 3
"""A crash in which the kernel's threads race may wait for its chance."""


async def lose_early(bluez: BlueZ, peripheral: Peripheral) -> str:
    """Why links cannot be lost early on; nothing if they can."""
    for _ in range(TRIES):
        await bluez.heal()
        await peripheral.fresh(refuse=1)
        device = await heard(bluez)
        # It fails, or BlueZ tries again by itself; or it is gone, and answers no more.
        with suppress(Failed):
            await bluez.call(device, DEVICE, "Connect")
        await bluez.objects()
        if why := death():
            return why
    return ""


async def heard(bluez: BlueZ) -> str:
    """The peripheral's path, once BlueZ knows it."""
    path = f"{HCI0}/dev_{ADDRESS.replace(':', '_')}"

    async def known() -> bool:
        return path in await bluez.devices()

    await bluez.call(HCI0, ADAPTER, "StartDiscovery")
    await until(known)
    await bluez.call(HCI0, ADAPTER, "StopDiscovery")
    return path


async def check() -> dict[str, str]:
    lacking = {}
    async with BlueZ() as bluez:
        try:
            async with asyncio.timeout(3 * LONGEST):
                why = await lose_early(bluez, Peripheral())
        except (TimeoutError, Failed) as error:
            why = death() or f"the Bluetooth VM's check of itself failed: {error!r}"
    if why:
        lacking[EARLY_LOSS] = why
    return lacking


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(asyncio.run(check())))
