"""The program's own menu: reached by hand and by keys, and only with what works in it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.facts.menu import Entry
from app.views.main_window import MainWindow

ALT = Qt.Key.Key_Alt
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def chosen(window: MainWindow) -> list[Entry]:
    """What was chosen, in order; two entries are offered."""
    found: list[Entry] = []
    window.menu.chosen.connect(found.append)
    window.menu.offer(Entry.HELP)
    window.menu.offer(Entry.ABOUT)
    return found


def offered(window: MainWindow) -> list[str]:
    actions = window.menu.menu_shown.actions()
    return [a.text() for a in actions if a.isVisible() and not a.isSeparator()]


def test_nothing_is_there_before_something_is_offered(window: MainWindow, qtbot: QtBot) -> None:
    assert not window.menu.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_F10)
    assert not window.menu.menu_shown.isVisible()
    window.menu.offer(Entry.ABOUT)
    assert window.menu.isVisible()
    assert offered(window) == ["About Flashdesk"]


def test_it_opens_above_its_button_inside_the_window(
    window: MainWindow, qtbot: QtBot, chosen: list[Entry]
) -> None:
    qtbot.mouseClick(window.menu, LEFT)
    menu = window.menu.menu_shown
    assert menu.isVisible()
    assert menu.geometry().bottom() <= window.menu.mapToGlobal(QPoint(0, 0)).y()
    assert window.geometry().contains(menu.geometry())
    menu.close()


@pytest.mark.parametrize("press", ["F10", "Alt", "Enter"])
def test_keys_alone_open_it_and_choose(
    window: MainWindow, qtbot: QtBot, chosen: list[Entry], press: str
) -> None:
    window.devices.filter.setFocus()
    ways: dict[str, Callable[[], None]] = {
        "F10": lambda: qtbot.keyClick(window.devices.filter, Qt.Key.Key_F10),
        "Alt": lambda: _tap_alt(window, qtbot),
        "Enter": lambda: qtbot.keyClick(window.menu, Qt.Key.Key_Space),
    }
    ways[press]()
    menu = window.menu.menu_shown
    assert menu.isVisible()
    qtbot.keyClick(menu, Qt.Key.Key_Down)
    qtbot.keyClick(menu, Qt.Key.Key_Return)
    assert chosen == [Entry.ABOUT]
    assert not menu.isVisible()


def _tap_alt(window: MainWindow, qtbot: QtBot) -> None:
    inside = QApplication.focusWidget()
    qtbot.keyPress(inside, ALT)
    qtbot.keyRelease(inside, ALT)


def test_alt_with_something_else_is_not_alt_alone(
    window: MainWindow, qtbot: QtBot, chosen: list[Entry]
) -> None:
    inside = window.devices.filter
    inside.setFocus()
    qtbot.keyPress(inside, ALT)
    qtbot.keyClick(inside, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    qtbot.keyRelease(inside, ALT)
    assert not window.menu.menu_shown.isVisible(), "a key in between"
    qtbot.keyPress(inside, ALT)
    qtbot.mouseClick(window.devices.view.viewport(), LEFT)
    qtbot.keyRelease(inside, ALT)
    assert not window.menu.menu_shown.isVisible(), "a click in between"
    _tap_alt(window, qtbot)
    assert window.menu.menu_shown.isVisible()
    window.menu.menu_shown.close()


def test_an_entrys_own_keys_work_from_a_text_field_once_it_is_offered(
    window: MainWindow, qtbot: QtBot, chosen: list[Entry]
) -> None:
    inside = window.devices.filter
    inside.setFocus()
    qtbot.keyClick(inside, Qt.Key.Key_F1)
    qtbot.keyClick(inside, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    assert chosen == [Entry.HELP], "nobody does the settings"
    window.menu.offer(Entry.SETTINGS)
    qtbot.keyClick(inside, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    assert chosen == [Entry.HELP, Entry.SETTINGS]


def test_in_a_bar_macos_finds_what_belongs_to_the_program(window: MainWindow) -> None:
    window.offer_menu_bar()
    (bar,) = window.menuBar().actions()
    assert bar.menu() is window.menu.menu_shown
    roles = {entry: action.menuRole() for entry, action in window.menu.actions_by_entry.items()}
    assert roles[Entry.SETTINGS] is QAction.MenuRole.PreferencesRole
    assert roles[Entry.ABOUT] is QAction.MenuRole.AboutRole
    others = {role for entry, role in roles.items() if entry not in _APPLICATIONS}
    assert others == {QAction.MenuRole.NoRole}, "none is guessed by its words"


_APPLICATIONS = (Entry.SETTINGS, Entry.ABOUT)
