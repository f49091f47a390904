"""One of several, in a list that drops down."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QWidget

from app.lib.icons import paint_icon
from app.lib.theme import font, px, tokens

_ICON = 14


class Choice(QComboBox):
    """`options`: what is shown, by key. `name` is what a screen reader says."""

    chosen = Signal(str)
    """A person chose this key."""

    def __init__(
        self, options: Mapping[str, str], name: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setFont(font())
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        for key, words in options.items():
            self.addItem(words, key)
        self.activated.connect(lambda at: self.chosen.emit(self.itemData(at)))

    def choose(self, key: str) -> None:
        """Show this one as the one that holds; one that is not there, the first."""
        self.setCurrentIndex(max(0, self.findData(key)))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The page scrolls; nothing is chosen by the way."""
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        side = px(_ICON)
        place = QRectF(self.width() - side - px(9), (self.height() - side) / 2, side, side)
        paint_icon(painter, "chevron-down", place, tokens().soft)
