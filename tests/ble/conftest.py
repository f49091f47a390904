"""Fixtures for tests in the Bluetooth VM; outside of it every test here is skipped."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

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


@pytest_asyncio.fixture(autouse=True)
async def bleak_bus() -> AsyncIterator[None]:
    """bleak keeps one connection to the bus for each event loop, and closes none of them."""
    yield
    if INSIDE:
        from bleak.backends.bluezdbus import manager

        mine = manager._global_instances.pop(asyncio.get_running_loop(), None)
        if mine is not None and mine._bus is not None and mine._bus.connected:
            mine._bus.disconnect()
            await mine._bus.wait_for_disconnect()


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
