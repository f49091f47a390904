"""Updates that a killed program left behind."""

from __future__ import annotations

from pathlib import Path

from app.memory.cut_off import CutOffs
from smp.address import Address
from smp.discovery import Found
from smp.image import read_firmware
from smp.serial_ports import SerialPort
from smp.simulator import build_image

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


def test_what_else_stands_in_the_file_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "cut_off.json"
    path.write_text('{"a": 1, "b": {"hash": 3}, "c": {"hash": "00", "at": "noon"}, "d": []}')
    memory = CutOffs(path)
    memory.file.load()
    assert not any(memory.file.get(key) for key in "abcd")
