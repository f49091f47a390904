"""One of our icons as a widget, in a tone, alone or on a round or square ground."""

from __future__ import annotations

from enum import Enum
from typing import assert_never

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QAccessible, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.lib.icons import paint_icon
from app.lib.painting import rounded
from app.lib.theme import tokens
from app.lib.tone import Tone


class Ground(Enum):
    NONE = "none"
    DISC = "disc"
    """Filled with the tone's own colour, the icon in the panel's."""
    TILE = "tile"
    """A small bordered square."""


class IconView(QWidget):
    """Decoration: the words beside it say the same, so screen readers pass over it."""

    ROLE = QAccessible.Role.Whitespace

    def __init__(
        self,
        name: str,
        tone: Tone = Tone.NEUTRAL,
        size: int = 16,
        ground: Ground = Ground.NONE,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._name, self._tone, self._size, self._ground = name, tone, size, ground
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def present(self, name: str, tone: Tone) -> None:
        if (name, tone) != (self._name, self._tone):
            self._name, self._tone = name, tone
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._size, self._size)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        worn = tokens()
        whole = QRectF(self.rect())
        front = worn.front(self._tone)
        match self._ground:
            case Ground.DISC:
                rounded(painter, whole, self._size / 2, front)
                front, share = (worn.panel if not worn.dark else worn.background), 0.6
            case Ground.TILE:
                rounded(painter, whole, 6, worn.panel, worn.line)
                share = 0.62
            case Ground.NONE:
                share = 1.0
            case _:
                assert_never(self._ground)
        side = round(self._size * share)
        inner = QRectF((whole.width() - side) / 2, (whole.height() - side) / 2, side, side)
        paint_icon(painter, self._name, inner, front)
