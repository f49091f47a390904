"""Radio devices in the fleet: which row is which, when addresses and names change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.controllers.device import DeviceController, LinkState
from app.controllers.fleet import Fleet
from smp.address import Address
from smp.client import Client
from smp.connection import Watcher
from smp.discovery import Discovery, Found
from smp.image import read_firmware
from smp.simulator import build_image
from smp.update.acts.kinds import Act, ActKind
from smp.update.verdict import Outcome
from tests.helpers.clock import Clock
from tests.helpers.fake_air import Air, install


@pytest.fixture
def air(monkeypatch: pytest.MonkeyPatch) -> Iterator[Air]:
    made = install(monkeypatch)
    yield made
    made.close()


@pytest.fixture
async def fleet(air: Air, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Fleet]:
    """Listening, without a look at this machine's serial ports."""

    async def look(self: Discovery) -> None:
        return

    monkeypatch.setattr(Discovery, "look", look)
    tasks: set[asyncio.Task[object]] = set()

    def spawn(work: Coroutine[Any, Any, object]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    def client(found: Found) -> Client:
        return Client(found.address.transport())

    made = Fleet(client, spawn)
    made.start()
    made.listen("")
    yield made
    await made.stop()
    assert not air.is_scanning
    await asyncio.gather(*tasks)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(120):
        while not condition():  # noqa: ASYNC110 -- made-up time
            await asyncio.sleep(0.1)


async def chosen(fleet: Fleet, name: str) -> DeviceController:
    await until(lambda: any(d.name == name for d in fleet.devices.values()))
    device = next(d for d in fleet.devices.values() if d.name == name)
    await fleet.choose(device.key)
    assert device.link is LinkState.CONNECTED
    return device


def rows(fleet: Fleet) -> list[str]:
    return [device.name for device in fleet.devices.values()]


async def test_device_opened_by_name_becomes_the_one_that_is_heard(fleet: Fleet, air: Air) -> None:
    sensor = air.add("sensor-7")
    device = fleet.add_host(Address.parse("ble:sensor-7"))
    assert fleet.hosts == [], "what is heard needs no remembering"
    await fleet.choose(device.key)
    assert device.key == f"ble:{sensor.address}"
    await device.disconnect()
    await until(lambda: not fleet.is_gone(device))
    assert rows(fleet) == ["sensor-7"]
    assert not fleet.is_host(device)
    assert fleet.known(Address.parse("ble:sensor-7")) is device
    assert fleet.known(Address.parse(f"ble:{sensor.address}")) is device


async def test_restart_asked_for_by_a_person_is_followed_to_the_new_address(
    fleet: Fleet, air: Air
) -> None:
    sensor = air.add("sensor-7")
    sensor.moves = True
    device = await chosen(fleet, "sensor-7")
    seen: set[int] = set()
    device.watchers.add(Watcher())
    agreed = device.judged(Act(ActKind.RESTART))
    assert agreed is not None
    restarting = asyncio.ensure_future(device.act(agreed))
    while not restarting.done() or device.link is not LinkState.CONNECTED:
        seen.add(rows(fleet).count("sensor-7"))
        await asyncio.sleep(0.1)
    assert device.key == f"ble:{sensor.address}"
    assert seen == {1}
    assert fleet.chosen is device


@pytest.mark.parametrize("updating", [False, True])
async def test_link_whose_loss_is_noticed_late_does_not_make_a_second_row(
    fleet: Fleet, air: Air, tmp_path: Path, updating: bool
) -> None:
    """The device advertises under its new address while the old connection still seems alive."""
    sensor = air.add("sensor-7", image_size=20_000)
    sensor.moves, sensor.late_drop = True, 4.0
    device = await chosen(fleet, "sensor-7")
    await asyncio.sleep(20)
    shown: set[int] = set()
    fleet.changed.listen(lambda: shown.add(len(fleet.devices)))
    if updating:
        file = tmp_path / "app.bin"
        file.write_bytes(build_image("1.4.2", 20_000))
        device.choose(read_firmware(file))
        await device.update()
        assert device.track is not None
        assert device.track.verdict is not None
        assert device.track.verdict.outcome is Outcome.UPDATED
    else:
        sensor.reset()
        await until(lambda: device.link is LinkState.FAILED)
    await until(lambda: device.link is LinkState.CONNECTED)
    assert sensor.connections == 2
    assert device.key == f"ble:{sensor.address}"
    assert rows(fleet) == ["sensor-7"]
    if updating:
        assert shown == {1}


async def test_known_namesake_is_never_taken_for_the_lost_one(fleet: Fleet, air: Air) -> None:
    sensor, other = air.add("sensor-7"), air.add("sensor-7")
    await until(lambda: rows(fleet).count("sensor-7") == 2)
    device = fleet.devices[f"ble:{sensor.address}"]
    await fleet.choose(device.key)
    sensor.switch_off()
    await until(lambda: device.link is LinkState.FAILED)
    third = air.add("sensor-7")
    await asyncio.sleep(60)
    assert device.key == f"ble:{sensor.address}"
    assert rows(fleet).count("sensor-7") == 3, "among several nobody can tell"
    assert other.connections == third.connections == 0
    sensor.switch_on()
    await until(lambda: device.link is LinkState.CONNECTED)
    assert other.connections == 0


async def test_device_that_is_left_is_let_go_and_not_connected_by_itself(
    fleet: Fleet, air: Air
) -> None:
    sensor = air.add("sensor-7")
    air.add("lamp")
    await chosen(fleet, "sensor-7")
    await chosen(fleet, "lamp")
    assert not sensor.is_connected
    sensor.reset()
    await asyncio.sleep(60)
    assert sensor.connections == 1
    assert sorted(rows(fleet)) == ["lamp", "sensor-7"]


async def test_lost_device_is_gone_at_once(fleet: Fleet, air: Air) -> None:
    """Not only when nothing was heard of it for so long."""
    sensor = air.add("sensor-7")
    device = await chosen(fleet, "sensor-7")
    await asyncio.sleep(1)
    assert not fleet.is_gone(device)
    sensor.switch_off()
    await asyncio.sleep(1)
    assert fleet.is_gone(device)


async def test_lost_device_is_tried_once_each_time_it_is_heard_again(
    fleet: Fleet, air: Air
) -> None:
    """Not for ever: it may advertise and refuse."""
    sensor = air.add("sensor-7")
    device = await chosen(fleet, "sensor-7")
    sensor.accepts = False
    sensor.reset()
    await until(lambda: device.link is LinkState.FAILED and sensor.attempts > 1)
    await until(lambda: not device.is_linked and not device.was_lost)
    tried = sensor.attempts
    await asyncio.sleep(60)
    assert sensor.attempts == tried
