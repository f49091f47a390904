"""Text and rows that do not fit: elided, counted or wrapped, never clipped."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.facts.words import ChipFacts
from app.lib.buttons import Button, Rank
from app.lib.flow import Flow
from app.lib.text import ElidedLabel, Label
from app.lib.tone import Ink
from app.lib.wrapping_checkbox import WrappingCheckBox
from app.views.chip import Chip, ChipRow

pytestmark = pytest.mark.usefixtures("theme")

LONG = "a name that is certainly longer than the space there is for it"


def shown(qtbot: QtBot, widget: QWidget, width: int, height: int = 40) -> None:
    qtbot.addWidget(widget)
    widget.resize(width, height)
    with qtbot.waitExposed(widget):
        widget.show()


def test_label_that_fits_is_whole_and_needs_no_tooltip(qtbot: QtBot) -> None:
    label = ElidedLabel("sensor-7")
    shown(qtbot, label, 200)
    assert label.shown() == "sensor-7"
    assert label.toolTip() == ""


def test_label_that_does_not_fit_ends_in_an_ellipsis(qtbot: QtBot) -> None:
    label = ElidedLabel(LONG)
    shown(qtbot, label, 120)
    assert label.shown().endswith("…")
    assert label.fontMetrics().horizontalAdvance(label.shown()) <= 120
    assert label.toolTip() == LONG
    label.resize(900, 40)
    assert label.shown() == LONG
    assert label.toolTip() == ""


def test_middle_elision_keeps_both_ends(qtbot: QtBot) -> None:
    label = ElidedLabel("customer_board_1.4.2.zip", middle=True)
    shown(qtbot, label, 110)
    assert label.shown().startswith("cus")
    assert label.shown().endswith(".zip")


def test_text_is_never_markup(qtbot: QtBot) -> None:
    label = Label("<b>bold</b>")
    qtbot.addWidget(label)
    assert label.sizeHint().width() > Label("bold").sizeHint().width()


def test_dyeing_changes_the_colour(qtbot: QtBot) -> None:
    label = Label("words", ink=Ink.INK)
    shown(qtbot, label, 100)
    before = label.grab().toImage()
    label.dye(Ink.BAD)
    assert label.grab().toImage() != before


def test_chips_without_room_are_counted_and_named(qtbot: QtBot) -> None:
    row = ChipRow()
    row.present(tuple(ChipFacts(f"quite a long chip {n}") for n in range(4)))
    shown(qtbot, row, 250)
    visible = [chip for chip in row.findChildren(Chip) if chip.isVisible()]
    words = [chip.facts.words for chip in visible]
    assert words == ["quite a long chip 0", "+3"]
    assert visible[-1].toolTip().splitlines() == [f"quite a long chip {n}" for n in (1, 2, 3)]
    assert visible[-1].geometry().right() <= row.width()
    row.resize(1200, 40)
    words = [chip.facts.words for chip in row.findChildren(Chip) if chip.isVisible()]
    assert words == [f"quite a long chip {n}" for n in range(4)]


def test_arranging_chips_comes_to_rest(qtbot: QtBot) -> None:
    """A new "+2" asks for a layout; that must not make a new one again and again."""
    row = ChipRow()
    row.present(tuple(ChipFacts(f"quite a long chip {n}") for n in range(4)))
    shown(qtbot, row, 250)
    for _ in range(3):
        QApplication.processEvents()
    first = [chip for chip in row.findChildren(Chip) if chip.facts.words == "+3"]
    for _ in range(10):
        QApplication.processEvents()
    assert [chip for chip in row.findChildren(Chip) if chip.facts.words == "+3"] == first


def test_long_chip_is_elided_within_itself(qtbot: QtBot) -> None:
    chip = Chip(ChipFacts(LONG))
    shown(qtbot, chip, 100, chip.sizeHint().height())
    assert chip.minimumSizeHint().width() <= 140
    assert Chip(ChipFacts(LONG), whole=True).minimumSizeHint() == chip.sizeHint()


def test_flow_goes_on_in_the_next_line(qtbot: QtBot) -> None:
    holder = QWidget()
    flow = Flow(8, holder)
    buttons = [Button(f"button number {n}") for n in range(3)]
    for button in buttons:
        flow.addWidget(button)
    one = buttons[0].sizeHint()
    shown(qtbot, holder, one.width() * 2 + 10, 200)
    assert [button.x() for button in buttons] == [0, one.width() + 8, 0]
    assert buttons[2].y() == one.height() + 8
    assert flow.heightForWidth(one.width() * 2 + 10) == 2 * one.height() + 8
    assert flow.heightForWidth(2000) == one.height()


def test_button_without_words_has_a_name(qtbot: QtBot) -> None:
    button = Button("", Rank.QUIET, icon="close", name="Dismiss")
    qtbot.addWidget(button)
    assert button.accessibleName() == "Dismiss"
    assert button.toolTip() == "Dismiss"
    button.setText("3 new")
    assert button.accessibleName() == "3 new"
    button.setText("")
    assert button.accessibleName() == "Dismiss"


def test_ampersand_in_a_name_is_no_mnemonic(qtbot: QtBot) -> None:
    button = Button("a&b.bin")
    qtbot.addWidget(button)
    assert button.shortcut().isEmpty()
    assert button.words == "a&b.bin"
    assert button.accessibleName() == "a&b.bin"


def test_words_of_the_checkbox_wrap_and_toggle_it(qtbot: QtBot) -> None:
    from PySide6.QtCore import Qt

    box = WrappingCheckBox(LONG)
    shown(qtbot, box, 200, 80)
    words = box.findChildren(QLabel)[0]
    assert words.height() > 2 * words.fontMetrics().height()
    with qtbot.waitSignal(box.toggled):
        qtbot.mouseClick(words, Qt.MouseButton.LeftButton)
    assert box.is_checked()
    assert box.box.accessibleName() == LONG
