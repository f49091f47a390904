"""A label of two lines, whether or not there are as many words: what is around it never moves."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy

from app.lib.text import Label
from app.lib.theme import Type, grown, px
from app.lib.tips import explain
from app.lib.tone import Ink


class TwoLines(Label):
    """What finds no room is in the tooltip; a screen reader hears all of it."""

    def __init__(self, kind: Type = Type.SMALL) -> None:
        self._whole = ""
        self._kind = kind
        super().__init__("", kind, Ink.SOFT, wrap=True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)

    def setText(self, text: str) -> None:
        self._whole = text
        self._fit()

    def grow(self, scale: float) -> None:
        """So many times as large as its rank."""
        self.setFont(grown(self._kind, scale))
        self.updateGeometry()
        self._fit()

    def sizeHint(self) -> QSize:
        return QSize(px(120), 2 * self.fontMetrics().height() + 2)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def heightForWidth(self, width: int) -> int:
        return self.sizeHint().height()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """As many words as two lines take."""
        flags = Qt.TextFlag.TextWordWrap.value
        room = self.contentsRect()
        words = self._whole.split(" ")
        shown, count = self._whole, len(words)
        while count > 1:
            needed = self.fontMetrics().boundingRect(0, 0, room.width(), 10_000, flags, shown)
            if needed.height() <= room.height() and needed.width() <= room.width():
                break
            count -= 1
            shown = " ".join(words[:count]) + "…"
        super().setText(shown)
        explain(self, self._whole if shown != self._whole else "")
        self.setAccessibleName(self._whole)
