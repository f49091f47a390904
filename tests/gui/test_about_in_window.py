"""About, and the keys: what they say is so."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from importlib.metadata import metadata
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app import VERSION
from app.facts.menu import Entry
from app.lib.theme import Theme
from app.parts import FONTS, LICENCE, PACKAGES, about
from app.views.about_dialog import AboutDialog
from app.views.keys_dialog import KeysDialog, native
from app.views.main_window import MainWindow
from tests.gui.stage import LEFT, Stage, until

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def words(box: AboutDialog | KeysDialog) -> list[str]:
    return [label.text() for label in box.findChildren(QLabel)]


# -- about --------------------------------------------------------------------------------


def test_every_package_that_is_shipped_is_named_with_its_licence() -> None:
    needed = {re.split(r"[^A-Za-z0-9-]", line)[0].lower() for line in PROJECT["dependencies"]}
    assert {name.lower() for name in PACKAGES} == needed
    assert PROJECT["license"] == LICENCE
    fonts = {path.stem.removeprefix("OFL-") for path in (ROOT / "app/resources/fonts").glob("OFL*")}
    assert {font.name.replace(" ", "") for font in FONTS} == fonts


@pytest.mark.parametrize("package", PACKAGES)
def test_a_licence_is_what_the_package_says(package: str) -> None:
    said = metadata(package)
    text = said.get("License-Expression") or said.get("License") or ""
    text += " ".join(line for line in said.get_all("Classifier") or () if "License" in line)
    for word in re.findall(r"LGPL|BSD|MIT|Apache", PACKAGES[package][1]):
        assert word in text, text


async def test_about_is_opened_from_the_menu_and_copied(
    theme: Theme, tmp_path: Path, qtbot: QtBot
) -> None:
    stage = await Stage.open(tmp_path, qtbot)
    try:
        stage.window.menu.chosen.emit(Entry.ABOUT)
        await until(lambda: bool(stage.window.findChildren(AboutDialog)))
        (box,) = stage.window.findChildren(AboutDialog)
        await until(box.isVisible)
        said = words(box)
        assert f"Flashdesk {VERSION}" in said
        for part in about().parts:
            assert {part.name, part.version, part.licence} <= set(said)
        assert any("LGPL, version 3" in line for line in said)
        qtbot.mouseClick(box.copy, LEFT)
        copied = QGuiApplication.clipboard().text()
        assert box.copy.words == "Copied"
        assert "https://doc.qt.io/qtforpython-6/" in copied
        assert "LGPL, version 3" in copied
        assert f"Flashdesk {VERSION}" in copied
        qtbot.keyClick(box, Qt.Key.Key_Escape)
        await until(lambda: not stage.window.findChildren(AboutDialog))
    finally:
        await stage.end()


# -- keys ---------------------------------------------------------------------------------


def test_every_key_of_the_window_is_told_in_words(window: MainWindow) -> None:
    window.menu.offer(Entry.HELP)
    told = {key: row.words for row in window.known_keys() for key in row.keys}
    for shortcut in window.findChildren(QShortcut):
        assert shortcut.whatsThis(), shortcut.key().toString()
        assert (native(shortcut.key()) in told) is shortcut.isEnabled()
    for action in window.findChildren(QAction):
        if not action.shortcut().isEmpty() and action.parent() is window.menu.menu_shown:
            assert (native(action.shortcut()) in told) is action.isEnabled()
    assert told["F1"] == "Help"
    assert "Ctrl+," not in told, "nobody does it yet"
    assert "Ctrl+E" not in told, "there are no such pages"
    window.offer_expert(QLabel("pages"), "Expert")
    assert any("Ctrl+E" in row.keys for row in window.known_keys())


def test_no_key_is_bound_twice(window: MainWindow) -> None:
    for entry in Entry:
        window.menu.offer(entry)
    keys = [key for row in window.known_keys() for key in row.keys]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("keys", "seen"),
    [
        ("F5", lambda w: w.devices.scan_requested),
        ("Ctrl+O", lambda w: w.firmware.zone.choose_requested),
        ("Escape", lambda w: w.escape_pressed),
        ("Ctrl+L", lambda w: w.footer.log_toggled),
        ("F1", lambda w: w.menu.chosen),
    ],
)
def test_a_key_that_is_told_works(
    window: MainWindow, qtbot: QtBot, keys: str, seen: Callable[[MainWindow], object]
) -> None:
    window.menu.offer(Entry.HELP)
    assert any(keys.replace("Escape", "Esc") in row.keys for row in window.known_keys())
    window.devices.view.setFocus()
    with qtbot.waitSignal(seen(window)):
        qtbot.keySequence(window.devices.view, QKeySequence(keys))


async def test_the_page_of_keys_shows_what_the_window_has(
    theme: Theme, tmp_path: Path, qtbot: QtBot
) -> None:
    stage = await Stage.open(tmp_path, qtbot)
    try:
        stage.window.menu.chosen.emit(Entry.KEYS)
        await until(lambda: bool(stage.window.findChildren(KeysDialog)))
        (box,) = stage.window.findChildren(KeysDialog)
        assert box.groups["Everywhere"] == stage.window.known_keys()
        said = words(box)
        for rows in box.groups.values():
            for row in rows:
                assert row.words in said
                assert set(row.keys) <= set(said)
        box.reject()
        await until(lambda: not stage.window.findChildren(KeysDialog))
    finally:
        await stage.end()
