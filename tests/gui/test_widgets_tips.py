"""Tooltips: wrapped where they are long; a device's name is never markup."""

from __future__ import annotations

import ast
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextDocument

from app.facts.devices import DeviceListFacts, DeviceRow, LinkKind
from app.lib.theme import Theme
from app.lib.tips import tip
from app.views.device_model import DeviceModel

APP = Path(__file__).resolve().parents[2] / "app"


def is_rich(shown: str) -> bool:
    """Qt takes a text for rich exactly if there is a tag in it."""
    return shown.startswith("<p ")


def seen(text: str) -> str:
    """What a reader of the tooltip sees."""
    shown = tip(text)
    if not is_rich(shown):
        return shown
    document = QTextDocument()
    document.setHtml(shown)
    return document.toPlainText()


def test_short_ones_stay_as_they_are() -> None:
    assert tip("Check & go\nnow") == "Check & go\nnow"
    assert tip("") == ""


def test_long_ones_wrap() -> None:
    words = "The bootloader does not tell whether it can roll back. " * 6
    assert is_rich(tip(words))
    assert seen(words).split() == words.split()


def test_markup_of_others_is_text() -> None:
    for text in ("<b>bold</b>", '<img src="file:///etc/passwd">', "<h1>Updated</h1>\nno"):
        assert seen(text) == text


@given(st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), max_size=200))
def test_everything_is_seen_as_it_is(text: str) -> None:
    assert seen(text).split() == text.split()


def test_a_device_cannot_paint_in_the_lists_tooltip(theme: Theme) -> None:
    model = DeviceModel()
    name = "<h1>sensor</h1>"
    model.present(DeviceListFacts((DeviceRow("ble:1", LinkKind.BLUETOOTH, name, "x"),)))
    shown = str(model.data(model.index_of("ble:1"), Qt.ItemDataRole.ToolTipRole))
    assert "&lt;h1&gt;" in shown


def test_no_tooltip_goes_round() -> None:
    for path in sorted(APP.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "setToolTip"
            ):
                (given_,) = node.args
                assert isinstance(given_, ast.Call), f"{path.name}:{node.lineno}"
                assert isinstance(given_.func, ast.Name)
                assert given_.func.id == "tip"
