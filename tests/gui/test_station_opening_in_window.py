"""A production station, opened from the menu of the window: a process of its own."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.desk import station_desk
from app.facts.menu import Entry
from app.lib import dialog
from app.lib.question_box import QuestionBox
from app.lib.theme import Theme
from smp.simulator import build_image
from tests.gui.stage import Stage, until

_WRITE = """
import json, os, sys
with open(sys.argv[1] + ".part", "w") as file:
    json.dump(sys.argv[2:], file)
os.replace(sys.argv[1] + ".part", sys.argv[1])
"""
"""A program that says with what it was started."""


@pytest_asyncio.fixture
async def stage(theme: Theme, tmp_path: Path, qtbot: QtBot) -> AsyncIterator[Stage]:
    yield await Stage.open(tmp_path, qtbot)


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a station that is opened says with what it was; a job is chosen in every dialog."""
    place = tmp_path / "told.json"

    def command(*arguments: str) -> list[str]:
        return [sys.executable, "-c", _WRITE, str(place), *arguments]

    async def choose(*_: object) -> Path:
        return tmp_path / "line.toml"

    monkeypatch.setattr(station_desk, "own_command", command)
    monkeypatch.setattr(dialog, "choose_file", choose)
    return place


def said_in(told: Path) -> list[str]:
    return list(json.loads(told.read_text())) if told.exists() else []


def boxes(where: QWidget) -> list[QuestionBox]:
    return [box for box in where.findChildren(QuestionBox) if box.isVisible()]


async def told_in(stage: Stage) -> str:
    await until(lambda: bool(boxes(stage.window)))
    (box,) = boxes(stage.window)
    said = "\n".join(label.text() for label in box.findChildren(QLabel))
    stage.press("OK", box)
    return said


async def test_it_runs_the_chosen_job_with_the_settings_of_the_window(
    stage: Stage, told: Path
) -> None:
    stage.begin(one="demo")
    stage.window.menu.chosen.emit(Entry.OPEN_STATION)
    await until(told.exists)
    ini, job = stage.settings.path, stage.folder / "line.toml"
    assert said_in(told) == ["--settings", str(ini), "--station", str(job)]
    assert not boxes(stage.window)


async def test_what_the_window_is_connected_to_is_let_go_first(stage: Stage, told: Path) -> None:
    stage.begin(one="demo")
    device = stage.pick("one")
    await device.connect()
    await until(lambda: device.is_linked and not device.is_busy)
    stage.window.menu.chosen.emit(Entry.OPEN_STATION)
    await until(told.exists)
    assert not device.is_linked


async def test_a_device_that_is_worked_on_is_waited_for(stage: Stage, told: Path) -> None:
    stage.begin(one="demo")
    device = stage.pick("one")
    await device.connect()
    stage.drop(stage.file("app.bin", build_image("1.4.2", 20_000)))
    await until(lambda: stage._buttons("Update", stage.window)[0].isEnabled())
    stage.hold("one")
    stage.press("Update")
    await until(lambda: device.is_busy)
    stage.window.menu.chosen.emit(Entry.OPEN_STATION)
    assert "Open the station when that has ended" in await told_in(stage)
    assert said_in(told) == []
    stage.hold("one", is_held=False)


async def test_why_it_does_not_open_is_said(
    stage: Stage, told: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.begin(one="demo")
    gone = str(stage.folder / "gone")
    monkeypatch.setattr(station_desk, "own_command", lambda *_: [gone])
    stage.window.menu.chosen.emit(Entry.OPEN_STATION)
    said = await told_in(stage)
    assert "The station cannot be opened" in said
    assert "The system says" in said
