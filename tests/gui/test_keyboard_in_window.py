"""A whole update by keys alone in the real window: device, file, update, verdict, report."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from app.controllers.device import LinkState
from app.lib.question_box import QuestionBox
from app.lib.theme import Theme
from smp.simulator import build_image
from smp.simulator.keys import demo_key
from smp.update.verdict import Outcome
from tests.gui.stage import Stage, until
from tests.gui.walkers import name

Key = Qt.Key


@pytest.fixture
async def stage(theme: Theme, tmp_path: Path, qtbot: QtBot) -> Stage:
    return await Stage.open(tmp_path, qtbot)


def press(key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """A key, to whoever has the keyboard."""
    QTest.keyClick(who(), key, modifier)


def who() -> QWidget:
    focused = QApplication.focusWidget() or QApplication.activeWindow()
    assert focused is not None, "nobody has the keyboard"
    return focused


def write(words: str) -> None:
    QTest.keyClicks(who(), words)


def tab_to(words: str) -> None:
    """Tab until the button with these words has the keyboard."""
    seen: list[str] = []
    for _ in range(60):
        focused = who()
        if isinstance(focused, QAbstractButton) and name(focused) == words:
            return
        seen.append(name(focused))
        press(Key.Key_Tab)
    raise AssertionError(f"Tab does not lead to {words}: {seen}")


async def over_the_window(kind: type[QWidget]) -> QWidget:
    """The dialog of this kind, as soon as it has the keyboard."""
    await until(lambda: isinstance(QApplication.activeModalWidget(), kind))
    dialog = QApplication.activeModalWidget()
    assert dialog is not None
    await until(lambda: dialog.isActiveWindow() and QApplication.focusWidget() is not None)
    return dialog


@pytest.mark.skipif(
    QGuiApplication.platformName() in ("windows", "cocoa"), reason="the system's file dialogs"
)
async def test_a_device_is_updated_and_the_report_saved_by_keys_alone(stage: Stage) -> None:
    firmware = stage.file("app_1.4.2.bin", build_image("1.4.2", 60_000, key=demo_key()))
    report = stage.folder / "report.txt"
    stage.begin(other="usb", board="demo")
    await stage.focus()

    press(Key.Key_F6)
    view = stage.window.devices.view
    assert who() is view
    for _ in range(8):
        row = view.row_at(view.currentIndex())
        if row is not None and row.name == "board":
            break
        press(Key.Key_Down)
    press(Key.Key_Return)
    device = stage.device("board")
    await until(lambda: device.link is LinkState.CONNECTED)

    press(Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    await over_the_window(QFileDialog)
    write(str(firmware))
    press(Key.Key_Return)
    await until(lambda: device.plan is not None)
    await stage.focus()
    await stage.offered("Update")

    tab_to("Update")
    press(Key.Key_Space)
    await until(lambda: device.track is not None and device.track.is_over)
    assert device.track is not None
    assert device.track.verdict is not None
    assert device.track.verdict.outcome is Outcome.UPDATED
    await stage.offered("Save report")
    assert "Running 1.4.2, confirmed" in stage.said()

    tab_to("Save report")
    press(Key.Key_Space)
    await over_the_window(QFileDialog)
    press(Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    write(str(report))
    press(Key.Key_Return)
    saved = await over_the_window(QuestionBox)
    assert "Running 1.4.2, confirmed" in report.read_text("utf-8")
    press(Key.Key_Escape)
    await until(lambda: not saved.isVisible())
    await stage.focus()  # where no window manager gives it back
    assert name(who()) == "Save report", "the keyboard is where it was"
