"""The way from something that is said to what the help says of it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.lib.buttons import Button, Rank


class HelpLink(Button):
    """Hidden while there is nothing to explain. `pressed_for` carries the place. Put it into a
    column with an alignment, or the column becomes as narrow as it is."""

    pressed_for = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", Rank.LINK, parent=parent)
        self.setText(self.tr("What does this mean?"))
        self.place = ""
        self.clicked.connect(lambda: self.pressed_for.emit(self.place))
        self.hide()

    def present(self, place: str) -> None:
        """Lead there; empty: nowhere."""
        self.place = place
        self.setVisible(bool(place))
