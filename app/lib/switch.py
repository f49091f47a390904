"""A switch: a checkbox that takes effect at once, as a thumb in a groove."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QCheckBox, QSizePolicy, QWidget

from app.lib.painting import rounded
from app.lib.theme import px, tokens
from app.lib.tokens import mix

_WIDTH, _HEIGHT = 34, 20
_RING = 3
"""Pixels around it for the ring of the focus."""


class Switch(QCheckBox):
    """`name` is what a screen reader says."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(px(_WIDTH) + 2 * _RING, px(_HEIGHT) + 2 * _RING)

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        worn = tokens()
        groove = QRectF(self.rect()).adjusted(_RING, _RING, -_RING, -_RING)
        if self.hasFocus():
            rounded(painter, QRectF(self.rect()), self.height() / 2, None, worn.accent, 2)
        ground = worn.accent if self.isChecked() else mix(worn.soft, worn.panel, 0.25)
        if self.underMouse():
            ground = mix(ground, worn.ink, 0.12)
        if not self.isEnabled():
            ground = worn.line
        rounded(painter, groove, groove.height() / 2, ground)
        side = groove.height() - 6
        left = groove.right() - side - 3 if self.isChecked() else groove.left() + 3
        thumb = QRectF(left, groove.top() + 3, side, side)
        rounded(painter, thumb, side / 2, worn.on_accent if self.isChecked() else worn.panel)
