"""A white card with a title, a remark at its right, and a body."""

from __future__ import annotations

from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.lib.text import ElidedLabel, Label
from app.lib.theme import Type, px
from app.lib.tone import Ink

INSIDE = 16
"""Pixels between a card's border and what it holds."""


class Card(QFrame):
    """Fill `body`. Without a title there is no title line."""

    ROLE = QAccessible.Role.Grouping

    def __init__(self, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.body = QVBoxLayout(self)
        inside = px(INSIDE)
        self.body.setContentsMargins(inside, inside - 2, inside, inside)
        self.body.setSpacing(px(10))
        self._remark: ElidedLabel | None = None
        if title:
            self.setAccessibleName(title)
            line = QHBoxLayout()
            line.setSpacing(px(12))
            self._remark = ElidedLabel("", Type.LABEL, Ink.SOFT)
            line.addWidget(Label(title, Type.LABEL, Ink.SOFT))
            line.addStretch(1)
            line.addWidget(self._remark)
            self.body.addLayout(line)

    def remark(self, words: str) -> None:
        """What stands at the right of the title."""
        if self._remark is not None:
            self._remark.setText(words)
