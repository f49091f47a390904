"""What each check of the installation says when its part does not work."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections import namedtuple
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.checkup import course, engine, kept, links, places, program
from app.checkup.part import Check, Finding, Part, State, failed, is_good, note, ok, result
from smp import discovery
from smp.discovery import Found
from smp.errors import LinkError
from smp.text import NOTHING, Coded, Text

Usage = namedtuple("Usage", "total used free")


@pytest.mark.parametrize(
    ("states", "words", "good"),
    [
        ([State.OK] * 3, "All 3 parts work", True),
        ([State.OK, State.NOTE], "All 2 parts work, with one note", True),
        ([State.NOTE, State.NOTE], "All 2 parts work, with 2 notes", True),
        ([State.OK, State.FAILED], "One part of 2 failed", False),
        ([State.NOTE, State.FAILED, State.FAILED], "2 parts of 3 failed", False),
    ],
)
def test_the_sentence_about_all_parts(states: list[State], words: str, good: bool) -> None:
    parts = [Part("key", Text("Part"), Finding(state, Text("words"))) for state in states]
    assert result(parts) == words
    assert is_good(parts) is good


def test_a_table_is_kept_and_read_again(tmp_path: Path) -> None:
    parts = [
        Part("a", Text("Icons"), failed(Text("One is missing"), Text("Do this"), "one\ntwo")),
        Part("b", Text("Radio"), note(Text("There is none"), detail="why")),
        Part("c", Text("Qt"), Finding(State.OK, Text("fine"), NOTHING, "not told")),
    ]
    assert kept.last(tmp_path / "state") == ""
    kept.keep(tmp_path / "state", parts)
    text = kept.last(tmp_path / "state")
    for wanted in ("One part of 3 failed.", "One is missing", "Do this.", "two", "why", "fine"):
        assert wanted in text
    assert "not told" not in text
    (tmp_path / "file").write_text("")
    kept.keep(tmp_path / "file", parts)
    assert kept.last(tmp_path / "file") == ""


async def test_whatever_a_check_raises_is_a_part_that_failed() -> None:
    async def unloadable() -> Finding:
        raise ImportError("No module named 'winrt'")

    async def refused() -> Finding:
        raise LinkError(Coded("ports-not-listed", "The ports cannot be listed"), detail="why")

    checks = [Check("a", Text("A"), unloadable), Check("b", Text("B"), refused)]
    one, two = [part async for part in course.parts(checks)]
    assert one.finding.words == ("A part of the program cannot be loaded: No module named 'winrt'")
    assert "Traceback" in one.finding.detail
    assert two.finding == failed(Text("The ports cannot be listed"), LinkError.usual_step, "why")


# -- folders and room ------------------------------------------------------------------------------


async def test_a_folder_that_cannot_be_used_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = await places.folders(tmp_path / "file" / "state")
    assert found.state is State.FAILED
    assert str(tmp_path / "file" / "state") in found.words
    assert "FLASHDESK_STATE" in found.next_step
    assert (await places.folders(tmp_path / "state")).state is State.OK


@pytest.mark.parametrize(
    ("free", "state"),
    [(3_000_000, State.FAILED), (50_000_000, State.NOTE), (10**9, State.OK)],
)
async def test_room_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, state: State
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 0, free))
    found = await places.disk(tmp_path / "not" / "there" / "yet")
    assert found.state is state
    assert str(tmp_path) in found.words
    assert bool(found.next_step) is (state is not State.OK)


# -- the program -----------------------------------------------------------------------------------


async def test_a_package_says_that_it_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "as a package" not in (await program.itself()).words
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert "as a package" in (await program.itself()).words


async def test_icons_that_are_missing_or_damaged_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.lib.resources._ROOT", tmp_path)
    assert (await program.resources()).state is State.FAILED
    icons = tmp_path / "icons"
    icons.mkdir()
    for name in program._ESSENTIAL:
        (icons / f"{name}.svg").write_text("<svg/>")
    assert "lacks app/resources/fonts" in (await program.resources()).words
    for folder, pattern in program._FOLDERS.items():
        (tmp_path / folder).mkdir()
        found = await program.resources()
        assert found.words == f"The folder {folder} is empty"
        (tmp_path / folder / pattern.replace("*", "file")).write_bytes(b"x")
        if folder != "sounds":
            assert (await program.resources()).state is State.FAILED
    assert (await program.resources()).state is State.OK
    (icons / "odd.svg").write_text("<svg")
    assert (await program.resources()).words == "The icon odd is damaged"
    (icons / "check.svg").unlink()
    assert (await program.resources()).words == "The icon check is missing"


async def test_a_language_that_cannot_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log_watch: Any
) -> None:
    log_watch.expect("cannot be used")
    monkeypatch.setattr(program, "LANGUAGES", tmp_path)
    found = await program.languages()
    assert found.state is State.FAILED
    assert "Deutsch" in found.words


async def test_parts_of_qt_of_different_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await program.qt()).state is State.OK
    monkeypatch.setattr("PySide6.QtCore.qVersion", lambda: "6.0.0")
    found = await program.qt()
    assert found.state is State.FAILED
    assert "do not belong together" in found.words


# -- links -----------------------------------------------------------------------------------------


def port(name: str, *, barred: bool = False) -> Found:
    from smp.address import Address

    address = Address("serial", f"/dev/{name}")
    if not barred:
        return Found(address, Text("board"))
    return Found(
        address,
        Text("board"),
        problem=Coded("no-permission", "no permission"),
        advice=Text("Join the group dialout"),
        command="sudo usermod -aG dialout $USER",
    )


@pytest.mark.parametrize(
    ("ports", "state", "words"),
    [
        ((), State.OK, "no port is plugged in"),
        ((port("ttyACM0"),), State.OK, "One port: /dev/ttyACM0"),
        ((port("ttyACM0"), port("ttyACM1")), State.OK, "2 ports: /dev/ttyACM0, /dev/ttyACM1"),
        ((port("a"), port("b", barred=True)), State.NOTE, "no permission to open /dev/b"),
    ],
)
async def test_serial_ports(
    monkeypatch: pytest.MonkeyPatch, ports: tuple[Found, ...], state: State, words: str
) -> None:
    monkeypatch.setattr(discovery, "serial_devices", lambda: ports)
    found = await links.serial()
    assert found.state is state
    assert words in found.words
    if state is State.NOTE:
        assert found.next_step == "Join the group dialout"
        assert found.detail == "sudo usermod -aG dialout $USER"


@dataclass
class Air:
    """A radio as it may stand."""

    problem: LinkError | None = None
    is_paused: bool = False
    devices: tuple[int, ...] = (1, 2)

    async def listen(self, seconds: float) -> None: ...
    async def close(self) -> None: ...


def _radio_words() -> list[tuple[Air, State, str, bool]]:
    from smp.bluetooth.words import NoRadio, switched_off

    none = NoRadio(Coded("no-bluetooth", "Bluetooth is not available"))
    broken = LinkError(Coded("x", "It failed"), detail="ModuleNotFoundError: winrt")
    return [
        (Air(), State.OK, "2 devices heard", False),
        (Air(is_paused=True), State.OK, "works for an update now", False),
        (Air(none), State.NOTE, "not available", False),
        (Air(switched_off("why")), State.NOTE, "switched off", True),
        (Air(broken), State.FAILED, "It failed", True),
    ]


@pytest.mark.parametrize("at", range(5))
async def test_bluetooth_in_words(monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    air, state, words, has_step = _radio_words()[at]
    monkeypatch.setattr(discovery, "BluetoothList", lambda *_: air)
    found = await links.bluetooth()
    assert (found.state, bool(found.next_step)) == (state, has_step)
    assert words in found.words


async def test_a_network_that_does_not_reach_this_computer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def refused(*_: object, **__: object) -> object:
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(asyncio, "open_connection", refused)
    found = await links.tcp()
    assert found.state is State.FAILED
    assert "Connection refused" in found.words
    assert "firewall" in found.next_step
    monkeypatch.undo()
    assert (await links.tcp()).state is State.OK
    assert (await links.udp()) == ok(Text("Datagrams go out and arrive"))


async def test_an_update_that_is_not_proven_is_no_working_part(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from smp.simulator import builder

    honest = builder.build_image

    def crashing(version: str, size: int) -> bytes:
        return honest(version, size, words="crash 10")

    monkeypatch.setattr(builder, "build_image", crashing)
    found = await engine.update()
    assert found.state is State.FAILED
    assert found.next_step
