"""Fixtures for tests in the Bluetooth VM; outside of it every test here is skipped."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.ble import abilities
from tests.helpers.logwatch import LogWatch

if TYPE_CHECKING:
    from tests.ble.bluez import BlueZ
    from tests.ble.rig import Peripheral

INSIDE = os.environ.get("FLASHDESK_BLE_VM") == "1"
_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not INSIDE:
        lacks = os.environ.get("FLASHDESK_BLE_VM_LACKS")
        skip = pytest.mark.skip(reason=lacks or "runs in the Bluetooth VM (tests/run.sh)")
        for item in items:
            if _HERE in item.path.parents:
                item.add_marker(skip)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    if INSIDE and (why := abilities.death()):
        pytest.skip(why)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test in which the kernel died has not found a fault of the product."""
    report = yield
    if INSIDE and report.failed and (why := abilities.death()):
        report.outcome = "skipped"
        report.longrepr = (str(item.path), 0, f"Skipped: {why}")
    return report


@pytest_asyncio.fixture(autouse=True)
async def bleak_bus(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """bleak keeps one connection to the bus for each event loop, and closes none of them; nobody
    else may leave one."""
    if not INSIDE:
        yield
        return
    from bleak.backends.bluezdbus import manager
    from dbus_fast.aio import MessageBus

    made: list[MessageBus] = []
    connect = MessageBus.connect

    async def noted(bus: MessageBus) -> MessageBus:
        made[:] = [*(each for each in made if not each._disconnected), bus]
        return await connect(bus)

    monkeypatch.setattr(MessageBus, "connect", noted)
    yield
    mine = manager._global_instances.pop(asyncio.get_running_loop(), None)
    left = [bus for bus in made if bus.connected and (mine is None or bus is not mine._bus)]
    for bus in made:
        if bus.connected:
            bus.disconnect()
        if bus._sock is not None:
            with suppress(Exception):
                await bus.wait_for_disconnect()
    if left:
        pytest.fail(f"{len(left)} connections to the system bus were left open", pytrace=False)


@pytest_asyncio.fixture
async def bluez() -> AsyncIterator[BlueZ]:
    """BlueZ by hand, healed before and after: one powered adapter, no devices known."""
    from tests.ble.bluez import BlueZ

    async with BlueZ() as bluez:
        await bluez.heal()
        yield bluez
        await bluez.heal()


@pytest_asyncio.fixture
async def peripheral(bluez: BlueZ) -> AsyncIterator[Peripheral]:
    """The virtual SMP device, fresh: running a new image, advertising, no bonds, no faults."""
    from tests.ble.rig import Peripheral

    device = Peripheral()
    await device.fresh()
    await bluez.heal()
    yield device
    await device.fresh()


@pytest.fixture(autouse=True)
def log_watch() -> Iterator[LogWatch]:
    """As everywhere in tests; the conftest above this one is not loaded in the VM."""
    with LogWatch() as watch:
        yield watch
    if watch.unexpected:
        lines = "\n".join(f"  {line}" for line in watch.unexpected)
        pytest.fail(f"unexpected log records:\n{lines}", pytrace=False)
