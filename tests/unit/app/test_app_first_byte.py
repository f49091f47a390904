"""What lies between a command and the first byte it sends, and how often it asks: each module that
is loaded and each question is time that a person waits, most of all over a slow link."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli import info as info_command
from app.cli.update import update_device
from smp.address import Address
from smp.packet import Group, Op, Packet
from smp.simulator import profile
from smp.simulator.factory import factory_image, firmware_for
from smp.simulator.living import close_simulated
from smp.simulator.loopback import LoopbackTransport
from tests.helpers.clock import run_on_clock
from tests.helpers.programs import ROOT

PROFILE = profile("fast")
DEVICE = Address.parse("sim:fast")
HEAVY = ("PySide6", "qasync", "bleak", "cryptography", "rich", "smp.simulator", "smp.bluetooth")
PLANS = ("smp.update.plan", "smp.update.run", "smp.image")


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import app.cli.info", (*HEAVY, *PLANS)),
        ("import app.cli.update", HEAVY),
        ("from smp.update.record import facts_json", HEAVY),
    ],
)
def test_what_is_not_needed_before_the_first_byte_is_not_loaded(
    code: str, absent: tuple[str, ...]
) -> None:
    loaded = _loaded_by(f"import app.cli.commands; from smp.address import Address; {code}")
    assert "smp.client" in loaded
    assert [name for name in sorted(loaded) if _is_of(name, absent)] == []


def test_a_file_without_a_key_to_check_is_looked_at_without_cryptography(tmp_path: Path) -> None:
    file = tmp_path / "new.bin"
    file.write_bytes(factory_image(profile("demo")))
    code = (
        "from app.cli.commands import main; "
        f"main(['inspect', '--json', {str(file)!r}], standalone_mode=False)"
    )
    loaded = _loaded_by(code)
    assert "smp.image.file" in loaded
    assert [name for name in sorted(loaded) if _is_of(name, (*HEAVY, "asyncio"))] == []


def test_the_simulator_is_not_loaded_to_switch_off_what_was_not_used() -> None:
    code = (
        "from app.cli.running import run\n"
        "async def work(): return 0\n"
        "try: run(work())\n"
        "except SystemExit as end: assert end.code == 0"
    )
    assert [name for name in _loaded_by(code) if _is_of(name, ("smp.simulator",))] == []


def _loaded_by(code: str) -> set[str]:
    """The modules that a fresh interpreter has when it has run the code."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint('loaded:', *sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.partition("loaded:")[2].split())


def _is_of(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == each or name.startswith(f"{each}.") for each in packages)


KNOWN = ["buffers", "system", "bootloader", "bootloader mode", "images", "slots"]
"""What makes a device known: the handshake, then a question for each thing that a plan needs."""
_NAMES: dict[tuple[int, int], str] = {
    (Group.OS, 0): "echo",
    (Group.OS, 2): "threads",
    (Group.OS, 4): "clock",
    (Group.OS, 5): "restart",
    (Group.OS, 6): "buffers",
    (Group.OS, 7): "system",
    (Group.IMAGE, 0): "images",
    (Group.IMAGE, 1): "chunk",
    (Group.IMAGE, 6): "slots",
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[str]]:
    """The questions that went to simulated devices, in order; chunks that follow each other are
    one."""
    monkeypatch.setenv("FLASHDESK_STATE", str(tmp_path))
    told: list[str] = []
    send = LoopbackTransport.send

    def listened(transport: LoopbackTransport, data: bytes) -> None:
        name = _name(Packet.from_bytes(data))
        if not (name == "chunk" and told and told[-1] == name):
            told.append(name)
        send(transport, data)

    monkeypatch.setattr(LoopbackTransport, "send", listened)
    yield told
    close_simulated()


def _name(packet: Packet) -> str:
    body = packet.body()
    if (packet.group, packet.command) == (Group.OS, 8):
        return "bootloader mode" if body.get("query") == "mode" else "bootloader"
    if body.get("format") == "i":
        return "board"
    name = _NAMES.get((packet.group, packet.command), f"{packet.group}:{packet.command}")
    if name == "images" and packet.op == Op.WRITE:
        return "confirm" if body["confirm"] else "mark"
    return name


def test_a_device_is_asked_each_thing_once_to_show_it(
    asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_on_clock(info_command.show_device(DEVICE, as_json=True)) == 0
    assert asked == KNOWN
    assert '"kernel": "Zephyr"' in capsys.readouterr().out


HELD = ["clock", "threads", "echo", "threads", "images", "system"]
"""A watch of a second: how long it runs at the beginning, it lives, it has run on since then, is
still the one that runs, and it is not the bootloader that answers."""


def test_an_image_that_runs_already_is_watched_and_asked_nothing_twice(
    asked: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_on_clock(_update(tmp_path, factory_image(PROFILE))) == 0
    assert asked == [*KNOWN, *HELD]
    assert '"outcome": "already-running"' in capsys.readouterr().out


def test_an_update_asks_what_proves_it_and_nothing_more(
    asked: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = firmware_for(PROFILE, "9.9.9", 20_000)
    assert run_on_clock(_update(tmp_path, image)) == 0
    there = ["images", "system"]  # is it listed, and by the application?
    marked = ["mark", "clock", "threads", "restart"]
    back = ["buffers", "images"]
    same_device = ["board", "bootloader", "bootloader mode"]
    answers = ["system"]  # does the new firmware answer what the bootloader would refuse?
    assert asked == [
        *KNOWN,
        "chunk",
        *there,
        *marked,
        *back,
        *same_device,
        *answers,
        *HELD,
        "confirm",
    ]
    assert '"outcome": "updated"' in capsys.readouterr().out


async def _update(folder: Path, image: bytes) -> int:
    file = folder / "new.bin"
    file.write_bytes(image)
    return await update_device(
        file,
        str(DEVICE),
        "confirm",
        keys=(),
        consent=False,
        number=0,
        first=None,
        watch=1.0,
        forbids=(),
        as_json=True,
    )
