"""A line without hardware: units are plugged in and pulled out by a command."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.station.job import PlaceRule, Recognition, StationJob
from app.station.places import is_recognised
from app.station.refusal import StationRefusal
from app.station.simulated import SimulatedLine
from smp.commands.image import ImageState
from smp.errors import AddressError, FileError
from smp.simulator import build_image
from smp.simulator.keys import demo_key
from tests.helpers.stationing import refused

pytestmark = pytest.mark.usefixtures("clock")


def a_job(name: str = "fast", **more: object) -> StationJob:
    places = (PlaceRule("left", "1-2.4"), PlaceRule("right"))
    return StationJob("x", "x.bin", places=places, recognise=Recognition("sim", name=name))


async def state(line: SimulatedLine) -> ImageState:
    (found,) = line.discovery.devices
    async with line.client(found) as client:
        return await client.image_state()


async def test_what_is_plugged_in_is_found_in_its_socket_as_what_the_job_is_for() -> None:
    line = SimulatedLine(a_job())
    told: list[int] = []
    line.discovery.changed.listen(lambda: told.append(len(line.discovery.devices)))
    await line.plug("left")
    (found,) = line.discovery.devices
    assert found.port is not None
    assert (found.port.hub_path, found.address.scheme) == ("1-2.4", "sim")
    assert is_recognised(found, a_job().recognise)
    assert line.is_plugged("left")
    await line.plug("right")
    await line.pull("left")
    (other,) = line.discovery.devices
    assert other.key != found.key
    assert told == [1, 2, 1]
    await line.close()


async def test_each_unit_comes_fresh_from_the_factory() -> None:
    line = SimulatedLine(a_job())
    await line.plug("left")
    before = line.discovery.devices
    (found,) = before
    async with line.client(found) as client:
        await client.upload(build_image("1.4.2", 2_000, key=demo_key()))
    await line.plug("left")
    assert line.discovery.devices != before, "another serial number, another arrival"
    assert len((await state(line)).entries) == 1
    await line.close()


async def test_what_is_plugged_in_is_there_again_after_a_restart(tmp_path: Path) -> None:
    line = SimulatedLine(a_job(), keep=tmp_path / "units")
    await line.plug("right")
    (before,) = line.discovery.devices
    flash = line.bays["right"].host
    assert flash is not None
    content = flash.device.flash.content
    await line.close()

    again = SimulatedLine(a_job(), keep=tmp_path / "units")
    await again.start()
    assert again.discovery.devices == (before,)
    host = again.bays["right"].host
    assert host is not None
    assert host.device.flash.content == content
    await again.pull("right")
    await again.close()

    empty = SimulatedLine(a_job(), keep=tmp_path / "units")
    await empty.start()
    assert not empty.discovery.devices, "what was pulled out is gone for good"
    await empty.close()


async def test_what_cannot_be_is_refused_with_words() -> None:
    line = SimulatedLine(a_job())
    for act in (line.plug, line.pull):
        with pytest.raises(StationRefusal) as refusal:
            await act("middle")
        assert refused(refusal.value) == "station-no-such-place"
    with pytest.raises(StationRefusal) as refusal:
        await line.pull("left")
    assert refused(refusal.value) == "station-place-empty"
    with pytest.raises(AddressError):
        SimulatedLine(a_job("toaster"))


async def test_a_unit_whose_flash_cannot_be_kept_is_refused_and_the_next_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = SimulatedLine(a_job(), keep=tmp_path)
    with monkeypatch.context() as full:
        full.setattr("smp.simulator.flash_file.FlashFile._write_whole", _no_room)
        with pytest.raises(FileError, match="cannot be kept"):
            await line.plug("left")
    await line.plug("left")
    assert line.is_plugged("left")
    await line.close()


def _no_room(*_: object) -> None:
    raise OSError(28, "No space left on device")
