"""The window in another language: what it says of its own, and what the engine says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.language import Language, english, use
from app.lib.translator import Translator
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
