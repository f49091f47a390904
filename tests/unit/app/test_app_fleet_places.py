"""Rows of serial devices belong to the place, not to the port's name."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from app.controllers.fleet import Fleet
from smp.client import Client
from smp.discovery import Found


class Bench:
    """A fleet, and what is plugged in as the test says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def no_client(found: Found) -> Client:
            raise AssertionError(found)

        self.ports: list[object] = []
        monkeypatch.setattr("serial.tools.list_ports.comports", lambda: self.ports)
        self.fleet = Fleet(no_client, lambda _: None)

    async def see(self, **places: str) -> None:
        """`places`: where each port is plugged in. All have one serial number."""
        self.ports = [
            SimpleNamespace(
                device=f"/dev/{name}",
                product="bridge",
                description="bridge",
                manufacturer="maker",
                vid=0x10C4,
                pid=0xEA60,
                serial_number="0001",
                location=place,
            )
            for name, place in places.items()
        ]
        await self.fleet.discovery.look()

    @property
    def keys(self) -> list[str]:
        return [key.removeprefix("serial:/dev/") for key in self.fleet.devices]


async def test_rows_stay_with_the_place_when_boards_exchange_their_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = Bench(monkeypatch)
    await bench.see(ttyUSB0="1-1", ttyUSB1="1-2")
    first, second = bench.fleet.devices.values()
    await bench.fleet.show(first.key)
    await bench.see(ttyUSB0="1-2", ttyUSB1="1-1")
    assert list(bench.fleet.devices.values()) == [first, second]
    assert bench.keys == ["ttyUSB1", "ttyUSB0"]
    assert first.found.port is not None
    assert (first.found.port.path, first.found.port.location) == ("/dev/ttyUSB1", "1-1")
    assert bench.fleet.chosen is first


async def test_a_row_takes_the_name_of_one_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch)
    await bench.see(ttyUSB0="1-1", ttyUSB1="1-2")
    first, _ = bench.fleet.devices.values()
    await bench.fleet.show(first.key)
    await bench.see(ttyUSB1="1-1")
    assert list(bench.fleet.devices.values()) == [first]
    assert bench.keys == ["ttyUSB1"]


async def test_its_like_at_another_place_is_another_row(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch)
    await bench.see(ttyUSB0="1-1")
    (first,) = bench.fleet.devices.values()
    await bench.fleet.show(first.key)
    await bench.see(ttyUSB1="1-3")
    assert bench.keys == ["ttyUSB0", "ttyUSB1"]
    assert bench.fleet.chosen is first
    assert bench.fleet.is_gone(first)


async def test_many_hear_of_devices_that_come_and_of_what_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = Bench(monkeypatch)
    came: list[tuple[str, str]] = []
    seen: list[tuple[str, int]] = []
    for name in ("window", "station"):
        bench.fleet.came.listen(lambda device, name=name: came.append((name, device.key)))
        bench.fleet.changed.listen(lambda name=name: seen.append((name, len(bench.fleet.devices))))
    await bench.see(ttyUSB0="1-1")
    key = "serial:/dev/ttyUSB0"
    assert came == [("window", key), ("station", key)]
    assert seen[-2:] == [("window", 1), ("station", 1)]
    await bench.see(ttyUSB1="1-1")
    assert len(came) == 2, "the same device at another name is none that came"
