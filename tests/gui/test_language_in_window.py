"""The window in another language: what it says of its own, and what the engine says."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTranslator
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.facts.menu import Entry
from app.language import PSEUDO, TITLES, Language, english, use
from app.lib.translator import Translator
from app.log.device_log import CONSOLE
from app.parts import about
from app.views.main_window import Drawer
from tests.gui.languages import is_english, speak, untranslated
from tests.gui.stage import Stage, until
from tests.helpers.updating import new_image

GERMAN = {
    "Firmware": "Programm",
    "Whole: its hash matches its contents": "Ganz: der Hash stimmt",
}


@pytest.fixture
def german(qapp: QApplication) -> Iterator[Language]:
    language = Language("de", "Deutsch", GERMAN.get)
    use(language)
    translator = Translator(language, qapp)
    qapp.installTranslator(translator)
    yield language
    qapp.removeTranslator(translator)
    use(english)


@pytest.fixture
async def stage(german: Language, tmp_path: Path, qtbot: QtBot) -> Stage:
    return await Stage.open(tmp_path, qtbot)


async def test_views_and_engine_speak_it(stage: Stage) -> None:
    stage.begin(board="demo")
    stage.pick("board")
    stage.desk.open_file(stage.file("new.bin", new_image("9.0.0").data))
    await until(lambda: "Ganz: der Hash stimmt" in stage.shown())
    assert "Whole:" not in stage.shown()
    assert "Programm" in stage.shown()
    assert "On the device" in stage.shown()  # what is not translated is English


@pytest.fixture
def pseudo(qapp: QApplication) -> Iterator[None]:
    before = set(qapp.findChildren(QTranslator))
    speak(PSEUDO, qapp)
    yield
    for translator in set(qapp.findChildren(QTranslator)) - before:
        qapp.removeTranslator(translator)
    use(english)


async def test_no_word_of_a_whole_update_is_left_untranslated(
    pseudo: None, tmp_path: Path, qtbot: QtBot
) -> None:
    """From an empty window to a verdict, its log and its dialogs: all that is not in brackets comes
    from outside."""
    stage = await Stage.open(tmp_path, qtbot)
    window, seen = stage.window, set[str]()
    outside = ("board", "other", "sim", "demo", "Zephyr", "nrf52840dk/nrf52840", "MCUboot", "ttyS")

    def look() -> None:
        stage.desk.show_now()
        seen.update(untranslated(window, (*outside, str(tmp_path / "new.bin"), "new.bin")))

    try:
        look()
        stage.begin(board="demo", other="overwrite-only")
        look()
        device = stage.pick("board")
        await until(lambda: device.facts is not None)
        look()
        stage.desk.open_file(stage.file("new.bin", new_image("9.0.0").data))
        await until(lambda: device.plan is not None)
        look()
        window.open_drawer(Drawer.LOG)
        window.firmware.plan.press()
        await until(lambda: device.is_updating)
        while device.is_updating:
            look()
            await asyncio.sleep(0.02)
        assert device.verdict is not None
        assert device.verdict.is_good
        look()
        lines = [line.text for line in window.log.shown() if not line.text.startswith(CONSOLE)]
        assert len(lines) > 10
        seen |= {line for line in lines if is_english(line, (str(tmp_path / "new.bin"),))}
        stage.pick("other")
        await until(lambda: stage.device("other").plan is not None)
        look()
        assert not seen
    finally:
        await stage.end()


def test_qt_speaks_it_too(qapp: QApplication) -> None:
    before = set(qapp.findChildren(QTranslator))
    speak("de", qapp)
    try:
        assert qapp.translate("QPlatformTheme", "Cancel") == "Abbrechen"
        assert qapp.translate("PlanView", "Cancel") == "Abbrechen"
    finally:
        for translator in set(qapp.findChildren(QTranslator)) - before:
            qapp.removeTranslator(translator)
        use(english)


@pytest.mark.parametrize("entry", list(Entry), ids=lambda entry: entry.value)
async def test_what_the_menu_opens_is_translated(
    pseudo: None, tmp_path: Path, qtbot: QtBot, entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: True)
    monkeypatch.setenv("FLASHDESK_STATE", str(tmp_path))
    monkeypatch.setenv("PATH", "")  # no launcher of this machine is started
    stage = await Stage.open(tmp_path, qtbot)
    before = set(QApplication.topLevelWidgets())
    try:
        assert stage.window.menu.actions_by_entry[entry].isEnabled()
        stage.window.menu.chosen.emit(entry)

        def opened() -> list[QWidget]:
            return [it for it in set(QApplication.topLevelWidgets()) - before if it.isVisible()]

        await until(lambda: entry is Entry.LOGS or bool(opened()))
        for dialog in opened():
            found = list(untranslated(dialog, (str(tmp_path), about(), *TITLES.values())))
            assert not found
            dialog.close()
        await until(lambda: not opened())
    finally:
        await stage.end()
