"""Labels in the window's type scale; text that does not fit is elided, never clipped."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from app.lib.theme import Type, font, tokens
from app.lib.tips import explain
from app.lib.tone import Ink

_SHORTEST = "mmm…"


class Label(QLabel):
    """Plain text of one rank and ink. `wrap`: over several lines; `selectable`: to be copied."""

    def __init__(
        self,
        text: str = "",
        kind: Type = Type.BODY,
        ink: Ink = Ink.INK,
        *,
        wrap: bool = False,
        selectable: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        if selectable:
            self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(font(kind))
        self.setWordWrap(wrap)
        self._ink = ink
        self.setProperty("ink", ink.value)

    @property
    def ink(self) -> Ink:
        return self._ink

    def dye(self, ink: Ink) -> None:
        """Change the colour."""
        if ink is not self._ink:
            self._ink = ink
            face = self.font()
            self.setProperty("ink", ink.value)
            self.style().unpolish(self)  # also takes the font back to the one that it had first
            self.style().polish(self)
            self.setFont(face)
            self.update()


class ElidedLabel(Label):
    """One line. What does not fit ends in an ellipsis, and the tooltip has all of it."""

    def __init__(
        self,
        text: str = "",
        kind: Type = Type.BODY,
        ink: Ink = Ink.INK,
        *,
        middle: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        # Before Qt's own part, whose font change already asks for it.
        self._mode = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
        self._hint = ""
        super().__init__(text, kind, ink, parent=parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def shown(self) -> str:
        """The text as it is painted now."""
        return self.fontMetrics().elidedText(self.text(), self._mode, self.contentsRect().width())

    def setText(self, text: str) -> None:
        if text != self.text():
            super().setText(text)
            self._explain()

    def set_hint(self, text: str) -> None:
        """What the tooltip says, also while the text fits; empty: the text where it does not."""
        self._hint = text
        self._explain()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self.text()) + 2, metrics.height() + 2)

    def minimumSizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        shortest = metrics.horizontalAdvance(_SHORTEST)
        return QSize(min(self.sizeHint().width(), shortest), metrics.height() + 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._explain()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self.updateGeometry()
            self._explain()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        color = tokens().text(self.ink) if self.isEnabled() else tokens().faint
        painter.setPen(color)
        painter.drawText(
            self.contentsRect(), self.alignment() | Qt.AlignmentFlag.AlignVCenter, self.shown()
        )

    def _explain(self) -> None:
        explain(self, self._hint or (self.text() if self.shown() != self.text() else ""))
