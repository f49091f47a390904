"""Updates that a killed program left behind."""

from __future__ import annotations

from pathlib import Path

from app.memory.cut_off import CutOff, CutOffs
from smp.address import Address
from smp.discovery import Found
from smp.image import McubootImage, read_firmware
from smp.serial_ports import SerialPort
from smp.simulator import build_image
from tests.helpers.packages import in_place, two_cores

LAMP = Found(Address("udp", "lamp", 1337), "lamp")


def left_behind(folder: Path, found: Found) -> CutOffs:
    """What the next program reads after one that was killed in an update."""
    path = folder / "app.bin"
    path.write_bytes(build_image("2.0.1", 2_000))
    first = CutOffs(folder / "cut_off.json")
    first.began(found, read_firmware(path))
    assert first.of(found) is None, "it is going on"
    first.file.save()
    second = CutOffs(folder / "cut_off.json")
    second.file.load()
    return second


def test_it_is_told_until_an_update_has_ended(tmp_path: Path) -> None:
    memory = left_behind(tmp_path, LAMP)
    entry = memory.of(LAMP)
    assert entry is not None
    assert (entry.version, entry.file) == ("2.0.1", "app.bin")
    assert entry.path == str(tmp_path / "app.bin")
    assert memory.of(Found(Address("udp", "other", 1337), "other")) is None
    memory.ended(LAMP)
    memory.file.save()
    third = CutOffs(tmp_path / "cut_off.json")
    third.file.load()
    assert third.of(LAMP) is None


def test_a_unit_is_known_by_its_serial_number_wherever_it_is_plugged(tmp_path: Path) -> None:
    def plugged(path: str, number: str) -> Found:
        port = SerialPort(path, vid=1, pid=2, serial_number=number)
        return Found(Address("serial", path), "board", port=port)

    memory = left_behind(tmp_path, plugged("/dev/ttyACM0", "S1"))
    assert memory.of(plugged("/dev/ttyACM3", "S1")) is not None
    assert memory.of(plugged("/dev/ttyACM0", "S2")) is None


def kept(folder: Path, data: bytes) -> CutOff:
    """What is remembered of an update with that package."""
    path = folder / "dfu_application.zip"
    path.write_bytes(data)
    memory = CutOffs(folder / "cut_off.json")
    memory.began(LAMP, read_firmware(path))
    memory.file.save()
    again = CutOffs(folder / "cut_off.json")
    again.file.load()
    entry = again.of(LAMP)
    assert entry is not None
    return entry


def test_of_several_images_the_application_is_what_shall_run(tmp_path: Path) -> None:
    app, net = build_image("2.0.1", 2_000), build_image("1.4.0", 2_000)
    entry = kept(tmp_path, two_cores(app, net))
    assert (entry.version, entry.also) == ("2.0.1", "")
    assert entry.names(hash_of(app))
    assert not entry.names(hash_of(net))
    assert not entry.names("")


def test_either_file_of_a_pair_is_what_shall_run(tmp_path: Path) -> None:
    first, second = build_image("2.0.1", 2_000), build_image("2.0.1", 2_001)
    entry = kept(tmp_path, in_place(first, second))
    assert entry.names(hash_of(first))
    assert entry.names(hash_of(second))
    assert not entry.names(hash_of(build_image("2.0.1", 2_002)))


def hash_of(image: bytes) -> str:
    return McubootImage.from_bytes(image).hash.hex()


def test_what_else_stands_in_the_file_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "cut_off.json"
    path.write_text('{"a": 1, "b": {"hash": 3}, "c": {"hash": "00", "at": "noon"}, "d": []}')
    memory = CutOffs(path)
    memory.file.load()
    assert not any(memory.file.get(key) for key in "abcd")
