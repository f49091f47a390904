"""Pairing with a device: once, with a person's help, before it can be updated.

Linux: BlueZ asks this program for the digits. Windows shows a dialog of its own for them (not
measured). macOS pairs by itself as soon as a protected service is used, and cannot be told to.

    await pair("sensor-7", Terminal())
"""

from __future__ import annotations

import asyncio
import logging
import sys

from bleak import BleakClient
from bleak.backends.device import BLEDevice
from bleak.exc import BleakDBusError

from smp.bluetooth.finder import Finder
from smp.bluetooth.helper import Helper
from smp.bluetooth.radio import CHARACTERISTIC, Radio
from smp.bluetooth.words import explain
from smp.errors import LinkError, LinkForbidden, LinkNeedsPairing
from smp.text import NOTHING, Coded, Text

PAIRING_TIME = 90.0
"""Seconds a person has for it."""
_SEARCH = 15.0

log = logging.getLogger(__name__)


async def pair(target: str, helper: Helper, *, adapter: str = "") -> None:
    """Pair with the device with this address or name, anew if a bond is there already.

    Raises `LinkError`: not found, refused, out of time; with what to do.
    """
    radio = Radio.of(adapter)
    finder = Finder(target, radio)
    device = await finder.find(_SEARCH)
    name = finder.name or target
    try:
        async with asyncio.timeout(PAIRING_TIME):
            if sys.platform == "linux":
                await _pair_bluez(device, finder, radio, helper)
            else:
                with radio.paused():
                    await radio.stopped()
                    await _pair_elsewhere(device)
    except TimeoutError as error:
        raise _failed(name, Text("Nobody answered in time"), repr(error)) from error
    except BleakDBusError as error:
        raise _explain_refusal(error, name) from error
    except LinkError:
        raise
    except Exception as error:
        raise explain(error, name) from error


async def _pair_bluez(device: BLEDevice, finder: Finder, radio: Radio, helper: Helper) -> None:
    from smp.bluetooth import bluez

    if await bluez.is_paired(device.details["path"]):
        await bluez.forget(device.details["path"])
        device = await finder.find(_SEARCH)
    try:
        with radio.paused():
            await radio.stopped()
            await bluez.pair(device.details["path"], helper)
    except BleakDBusError as error:
        if not error.dbus_error.endswith("Error.UnknownObject"):
            raise
        # It was connected when it was forgotten: the system lets it go, then hears it anew.
        device = await finder.find(_SEARCH)
        with radio.paused():
            await radio.stopped()
            await bluez.pair(device.details["path"], helper)


async def _pair_elsewhere(device: BLEDevice) -> None:
    async with BleakClient(device) as client:
        if sys.platform == "darwin":
            # The system asks the user by itself when a protected service is used.
            await client.start_notify(CHARACTERISTIC, lambda *_: None)
            return
        await client.unpair()
        await client.pair()


def _explain_refusal(error: BleakDBusError, name: str) -> LinkError:
    detail = f"{error.dbus_error}: {error.dbus_error_details or ''}".rstrip(": ")
    if error.dbus_error == "org.bluez.Error.AuthenticationFailed":
        return _failed(
            name,
            Text(
                "The digits were wrong, or the device demands a kind of pairing that it cannot do "
                "itself: without display and keys only its firmware's author can help"
            ),
            detail,
        )
    if error.dbus_error == "org.bluez.Error.AuthenticationRejected":
        return _failed(name, Text("The device refused"), detail)
    if error.dbus_error == "org.bluez.Error.AuthenticationCanceled":
        return _failed(name, Text("It was cancelled"), detail)
    if error.dbus_error == "org.bluez.Error.AuthenticationTimeout":
        return _failed(name, Text("The device did not answer in time"), detail)
    found = explain(error, name)
    if isinstance(found, LinkNeedsPairing):
        return _failed(name, NOTHING, detail)
    return found


def _failed(name: str, why: Text, detail: str) -> LinkError:
    return LinkForbidden(
        Coded("bluetooth-pairing-failed", "Pairing with {name} failed", name=name),
        why=why,
        next_step=Text("Bring the device into its pairing mode if it has one, and pair again"),
        detail=detail,
    )
