"""A list that drops down shows each of its lines, with a mark on the one that holds."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView
from pytestqt.qtbot import QtBot

from app.lib.choice import Choice
from app.lib.tokens import LIGHT

pytestmark = pytest.mark.usefixtures("theme")


@pytest.fixture
def opened(qtbot: QtBot) -> Choice:
    choice = Choice({str(at): f"Choice {at}" for at in range(5)}, "Choice")
    qtbot.addWidget(choice)
    choice.choose("2")
    with qtbot.waitExposed(choice):
        choice.show()
    choice.showPopup()
    qtbot.waitUntil(choice.view().isVisible)
    return choice


def line_of(view: QAbstractItemView, at: int) -> QRect:
    return view.visualRect(view.model().index(at, 0))


def test_no_line_of_a_few_is_cut_off_or_scrolled_away(opened: Choice) -> None:
    view = opened.view()
    room = view.viewport().rect()
    assert all(room.contains(line_of(view, at)) for at in range(opened.count()))
    assert room.bottom() == line_of(view, opened.count() - 1).bottom()


def test_the_chosen_line_has_the_ground_of_what_is_selected(opened: Choice) -> None:
    view = opened.view()
    picture = view.viewport().grab().toImage()

    def ground(at: int) -> QColor:
        line = line_of(view, at)
        return picture.pixelColor(line.right() - 3, line.center().y())

    assert ground(2) == QColor(LIGHT.accent_ground)
    assert ground(1) == QColor(LIGHT.panel)
