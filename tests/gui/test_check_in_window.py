"""Checking the installation from the window's menu, while everything else goes on."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QLineEdit
from pytestqt.qtbot import QtBot

from app.checkup import course, kept
from app.checkup.part import Check, Finding, failed, note, ok
from app.facts.menu import Entry
from app.lib import dialog
from app.lib.question_box import QuestionBox
from app.lib.theme import Scheme, Theme
from app.lib.tone import Tone
from app.views.check_dialog import CheckDialog
from smp.text import Text
from tests.gui.stage import ARTIFACTS, LEFT, Stage, until

ALL_WORK = f"All {18 if sys.platform == 'linux' else 17} parts work"


@pytest.fixture
async def stage(theme: Theme, tmp_path: Path, qtbot: QtBot) -> Stage:
    return await Stage.open(tmp_path, qtbot, keep=tmp_path / "state")


async def begin(stage: Stage) -> CheckDialog:
    stage.begin(board="demo")
    stage.window.menu.actions_by_entry[Entry.CHECK].trigger()
    await until(lambda: bool(stage.window.findChildren(CheckDialog)))
    (found,) = stage.window.findChildren(CheckDialog)
    return found


def picture(shown: CheckDialog, name: str) -> None:
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    assert shown.grab().save(str(ARTIFACTS / f"{name}.png"))


async def test_every_part_is_tried_and_the_table_can_be_copied_and_saved(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = await begin(stage)
    assert not shown.copy.isEnabled()
    await until(lambda: bool(shown.facts.result))
    assert shown.facts.result.startswith(ALL_WORK)
    assert {part.tone for part in shown.facts.parts} <= {Tone.OK, Tone.NEUTRAL}
    assert shown.headline.text() == shown.facts.result
    picture(shown, "check")
    stage.qtbot.mouseClick(shown.copy, LEFT)
    copied = QGuiApplication.clipboard().text()
    assert ALL_WORK in copied
    assert "PySide6" in copied
    await until(lambda: bool(kept.last(stage.folder / "state")))
    target = stage.folder / "check.txt"

    async def choose(*_: object) -> Path:
        return target

    monkeypatch.setattr(dialog, "choose_target", choose)
    stage.qtbot.mouseClick(shown.save, LEFT)
    await until(lambda: bool(stage.window.findChildren(QuestionBox)))
    (saved,) = stage.window.findChildren(QuestionBox)
    assert saved.findChildren(QLineEdit)[0].text() == str(target)
    assert ALL_WORK in target.read_text("utf-8")
    saved.reject()
    shown.reject()
    await until(lambda: not stage.window.findChildren(QDialog))


async def test_what_failed_stands_there_with_its_next_step(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken() -> Finding:
        return failed(Text("The icon is missing"), Text("Install Flashdesk again"), "detail")

    async def lacking() -> Finding:
        return note(Text("Bluetooth is not available"))

    async def raising() -> Finding:
        raise ValueError("a bug")

    async def slow() -> Finding:
        await asyncio.Event().wait()
        return ok(Text("never"))

    those = (
        Check("a", Text("Icons"), broken),
        Check("b", Text("Bluetooth"), lacking),
        Check("c", Text("Packets"), raising),
        Check("d", Text("Serial ports"), slow, limit=0.01),
    )
    monkeypatch.setattr(course, "checks", lambda _: those)
    shown = await begin(stage)
    await until(lambda: bool(shown.facts.result))
    assert shown.facts.result == "3 parts of 7 failed."
    assert shown.facts.tone is Tone.BAD
    icons, bluetooth, packets, ports = shown.facts.parts[-4:]
    assert (icons.tone, icons.next_step) == (Tone.BAD, "Install Flashdesk again.")
    assert (bluetooth.tone, bluetooth.next_step) == (Tone.NEUTRAL, "")
    assert packets.words == "ValueError: a bug."
    assert ports.words.startswith("No result after")
    picture(shown, "check-failed")
    shown.reject()
    await until(lambda: not stage.window.findChildren(CheckDialog))


async def test_closing_the_dialog_ends_the_check(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[str] = []

    async def slow() -> Finding:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("ended")
        return ok(Text("never"))

    monkeypatch.setattr(course, "checks", lambda _: (Check("d", Text("Ports"), slow),))
    shown = await begin(stage)
    await until(lambda: len(shown.facts.parts) == 3)
    shown.reject()
    await until(lambda: ended == ["ended"])
    await until(lambda: not stage.window.findChildren(CheckDialog))
    assert not kept.last(stage.folder / "state")


@pytest.mark.parametrize("scheme", [Scheme.LIGHT, Scheme.DARK])
async def test_the_table_in_both_schemes(stage: Stage, theme: Theme, scheme: Scheme) -> None:
    theme.force(scheme)
    stage.window.resize(1024, 640)
    shown = await begin(stage)
    await until(lambda: bool(shown.facts.result))
    assert shown.width() <= 1024
    picture(shown, f"check-{scheme.value}")
    shown.reject()
    await until(lambda: not stage.window.findChildren(CheckDialog))
