"""The order of Tab, and that walking it leaves nothing behind."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLayout, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import dump

from app.lib.flow import Flow
from app.lib.tab_order import focus_order
from app.views.main_window import MainWindow
from tests.gui.scenes import SCENES


def test_layouts_are_gone_through_as_they_lie_whatever_was_made_first(qtbot: QtBot) -> None:
    root = QWidget()
    qtbot.addWidget(root)
    last, first, third, second, fourth = (QPushButton(str(at)) for at in range(5))
    hidden = QPushButton("hidden")
    column = QVBoxLayout(root)
    column.addWidget(first)
    line = QHBoxLayout()
    line.addStretch(1)
    line.addWidget(second)
    line.addSpacing(3)
    line.addWidget(third)
    column.addLayout(line)
    column.addWidget(hidden)
    box = QWidget()
    flow = Flow(2, box)
    flow.addWidget(fourth)
    column.addWidget(box)
    grid = QGridLayout()
    grid.addWidget(last, 1, 1)
    column.addLayout(grid)
    hidden.hide()
    root.show()
    assert focus_order(root) == [first, second, third, fourth, last]


def _kept(window: MainWindow) -> list[str]:
    """What Python has hold of that is each layout's own."""
    lines = (line for layout in window.findChildren(QLayout) for line in dump(layout).splitlines())
    return [line for line in lines if line.startswith("children") and "QWidgetItem" in line]


def test_nothing_more_is_kept_of_what_qt_deletes_by_itself(window: MainWindow) -> None:
    """See `tab_order`: a kept item of a layout would end the program later."""
    SCENES["slot-acts"].put_on(window)
    before = _kept(window)
    assert len(focus_order(window)) > 5
    assert _kept(window) == before
    flat = next(layout for layout in window.findChildren(QLayout) if "children" not in dump(layout))
    flat.itemAt(0)
    assert _kept(window) != before, "else this shows nothing"
