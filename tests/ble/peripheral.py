"""The virtual Bluetooth LE peripheral: adapters for the kernel, and SMP devices in their air.

    python -m tests.ble.peripheral --wire DESCRIPTOR [NAME=VALUE...]

Runs outside the VM, which it reaches over a socket that it inherits: with bumble, in an environment
of its own. What it can do is in `control`.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import gc
import logging
import sys
from typing import Any

from bumble import hci
from bumble.core import UUID, AdvertisingData

from tests.ble.adapter import Adapter
from tests.ble.air import Air, Radio
from tests.ble.backend import Backend, RealServer, Simulated, Udp
from tests.ble.control import ControlPort, Json
from tests.ble.settings import Settings
from tests.ble.unit import Unit
from tests.ble.wire import Wire

ADDRESSES = ("00:DE:AD:BE:EF:01", "00:DE:AD:BE:EF:02")
USUAL = ("profile=ble-like", "image_size=20000", "speed=20")
"""A device without long waits."""
SECOND = ("name=SMP-TWO", "address=C0:DE:00:00:00:22")

log = logging.getLogger(__name__)


class Table:
    """Everything that is in the air: the computer's adapters, and the devices around it."""

    def __init__(self) -> None:
        self.air = Air()
        self.wire = Wire(self._on_line)
        self.adapters: dict[int, Adapter] = {}
        self.units: dict[str, Unit] = {}
        self.others: list[Radio] = []
        self._control = ControlPort(self.handle)
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self, descriptor: int, settings: list[str]) -> None:
        await self.wire.open(descriptor)
        self.plug(0)
        await self.place("first", settings)

    def _on_line(self, client: int, line: bytes) -> None:
        task = asyncio.get_running_loop().create_task(self._answer(client, line))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, client: int, line: bytes) -> None:
        self.wire.answer(client, await self._control.answer(line))

    async def handle(self, words: list[str]) -> Json:
        label = "first"
        if words[0].startswith("@"):
            label = words.pop(0)[1:]
        verb, *rest = words
        method = getattr(self, f"do_{verb}", None)
        if method is None:
            raise ValueError(f"{verb}: see control.py for what can be said")
        answer = await method(label, rest)
        return answer if answer is not None else self.status(label)

    # -- things on the table ----------------------------------------------------------

    async def place(self, label: str, changes: list[str]) -> None:
        """A new device instead of the one of that label."""
        if old := self.units.pop(label, None):
            await old.close()
        settings, others = Settings().changed(changes)
        self.units[label] = unit = Unit(self.air, label, settings, _backend(others))
        await asyncio.wait_for(unit.open(), 90)

    def plug(self, number: int) -> None:
        if number not in self.adapters:
            self.adapters[number] = Adapter(self.wire, self.air, number, ADDRESSES[number])

    def unplug(self, number: int) -> None:
        if adapter := self.adapters.pop(number, None):
            adapter.unplug()

    def set_others(self, *, on: bool) -> None:
        for radio in self.others:
            radio.leave()
        self.others.clear()
        if on:
            battery = UUID.from_16_bits(0x180F).to_bytes()
            kinds = AdvertisingData
            lamp = [(kinds.COMPLETE_LOCAL_NAME, b"LAMP")]
            lamp.append((kinds.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS, battery))
            whisper = [(kinds.COMPLETE_LOCAL_NAME, b"WHISPER")]
            self.others.append(_advertiser(self.air, "lamp", "C0:DE:00:00:00:31", lamp, []))
            self.others.append(_advertiser(self.air, "whisper", "C0:DE:00:00:00:32", [], whisper))

    def status(self, label: str) -> Json:
        adapters = {f"hci{n}": adapter.index for n, adapter in self.adapters.items()}
        return {"adapters": adapters, "units": list(self.units), **self._unit(label).status()}

    def _unit(self, label: str) -> Unit:
        if label not in self.units:
            raise ValueError(f"there is no {label} device")
        return self.units[label]

    # -- verbs ------------------------------------------------------------------------

    async def do_status(self, label: str, _words: list[str]) -> None: ...

    async def do_flash(self, label: str, _words: list[str]) -> Json:
        return self._unit(label).backend.facts()

    async def do_fresh(self, label: str, words: list[str]) -> None:
        self.air.latency = self.air.rate = 0.0
        self.set_others(on=False)
        if second := self.units.pop("second", None):
            await second.close()
        self.unplug(1)
        self.plug(0)
        self.adapters[0].radio.audience = None
        await self.place("first", words)
        gc.collect()

    async def do_set(self, label: str, words: list[str]) -> None:
        unit = self._unit(label)
        settings, others = unit.settings.changed(words)
        if others:
            raise ValueError(f"{others[0]}: only a fresh device can be given that")
        await unit.change(settings)

    async def do_reset(self, label: str, _words: list[str]) -> None:
        self._unit(label).backend.press_reset()

    async def do_power(self, label: str, words: list[str]) -> None:
        self._unit(label).backend.set_power(on=words == ["on"])

    async def do_disconnect(self, label: str, words: list[str]) -> None:
        await self._unit(label).hang_up(int(words[0], 0) if words else 0x13)

    async def do_notify(self, label: str, words: list[str]) -> None:
        self._unit(label).notify(bytes.fromhex(words[0]))

    async def do_forget(self, label: str, _words: list[str]) -> None:
        self._unit(label).forget()

    async def do_air(self, _label: str, words: list[str]) -> None:
        for word in words:
            name, _, value = word.partition("=")
            if name not in ("latency", "rate"):
                raise ValueError(f"{word}: latency=SECONDS or rate=BYTES is meant")
            setattr(self.air, name, float(value))

    async def do_adapter(self, _label: str, words: list[str]) -> None:
        number, switch = int(words[0]), words[1] if words[1:] else "on"
        if switch == "off":
            self.unplug(number)
            return
        self.plug(number)
        for word in words[2:]:
            labels = word.removeprefix("hears=")
            audience = None if labels == "all" else set(labels.split(","))
            self.adapters[number].radio.audience = audience

    async def do_others(self, _label: str, words: list[str]) -> None:
        self.set_others(on=words != ["off"])

    async def do_second(self, _label: str, words: list[str]) -> Json | None:
        if words == ["off"]:
            if unit := self.units.pop("second", None):
                await unit.close()
            return None
        await self.place("second", [*SECOND, *words])
        return self.status("second")


def _backend(changes: list[str]) -> Backend:
    """From NAME=VALUE; what is not the rig's own changes the simulator's profile."""
    own: dict[str, str] = {}
    others = []
    for change in [*USUAL, *changes]:
        name, _, value = change.partition("=")
        if name in ("profile", "link", "seed", "image", "udp", "server"):
            own[name] = value
        else:
            others.append(change)
    if "server" in own:
        target, _, config = own["server"].partition(":")
        return RealServer(target, config)
    if "udp" in own:
        host, _, port = own["udp"].rpartition(":")
        return Udp(host.strip("[]"), int(port))
    image = base64.b64decode(own["image"]) if "image" in own else None
    link, seed = own.get("link", ""), int(own.get("seed", "0"))
    return Simulated(own["profile"], others, image=image, link=link, seed=seed)


def _advertiser(air: Air, label: str, address: str, data: list[Any], response: list[Any]) -> Radio:
    """Somebody who only advertises."""
    radio = Radio(label, air)
    radio.random_address = hci.Address(address, hci.Address.RANDOM_DEVICE_ADDRESS)
    radio.accepts = lambda: False
    advertiser = radio.le_legacy_advertiser
    advertiser.own_address_type = hci.Address.RANDOM_DEVICE_ADDRESS
    advertiser.advertising_interval_min = 100
    advertiser.advertising_data = bytes(
        AdvertisingData([(AdvertisingData.FLAGS, bytes([0x06])), *data])
    )
    advertiser.scan_response_data = bytes(AdvertisingData(response))
    advertiser.start()
    return radio


async def run(options: argparse.Namespace) -> None:
    table = Table()
    await table.open(options.wire, options.settings)
    await table.wire.ended.wait()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.ble.peripheral", description=__doc__)
    add = parser.add_argument
    add("settings", nargs="*", metavar="NAME=VALUE")
    add("--wire", type=int, required=True, metavar="DESCRIPTOR")
    add("--verbose", action="store_true")
    options = parser.parse_args()
    logging.basicConfig(
        level=logging.DEBUG if options.verbose else logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    asyncio.run(run(options))
    return 0


if __name__ == "__main__":
    sys.exit(main())
