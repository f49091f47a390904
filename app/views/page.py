"""The page of a device: its cards beside each other, or below where that is too narrow."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from app.lib.theme import px

MARGIN = 20
BETWEEN = 14
WIDEST = 1_200
"""Wider lines are hard to read, and what belongs together would stand far apart."""
_BESIDE_FROM = 700


def side_margin(width: int) -> int:
    """Pixels at both sides of what a page of this width holds."""
    return max(px(MARGIN), (width - px(WIDEST)) // 2)


class Page(QScrollArea):
    """Scrolls down only: what it holds is never wider than what is seen of it."""

    def __init__(
        self, above: QWidget, beside: tuple[QWidget, QWidget], table: QWidget, below: QWidget
    ) -> None:
        super().__init__()
        self._inner = QWidget()
        self._inner.setObjectName("scrolled")
        self._column = QVBoxLayout(self._inner)
        self._column.setSpacing(px(BETWEEN))
        self._column.addWidget(above)
        self._cards = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._cards.setSpacing(px(BETWEEN))
        for card in beside:
            card.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            card.setMinimumWidth(px(240))
            self._cards.addWidget(card, 1)
        self._column.addLayout(self._cards)
        self._column.addWidget(table, 1000)
        # All to the run while it has a curve; else the cards keep their height, above nothing.
        self._column.addWidget(below, 1000)
        self._column.addStretch(1)
        self._inner.installEventFilter(self)
        self.setWidget(self._inner)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()
        super().resizeEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.LayoutRequest:
            self._fit()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        width = self.viewport().width()
        is_narrow = width < px(_BESIDE_FROM)
        direction = QBoxLayout.Direction
        wanted = direction.TopToBottom if is_narrow else direction.LeftToRight
        if self._cards.direction() is not wanted:
            self._cards.setDirection(wanted)
        side = side_margin(width)
        margins = self._column.contentsMargins()
        if (margins.left(), margins.right()) != (side, side):
            self._column.setContentsMargins(side, px(2), side, px(MARGIN))
        # A scroll area asks for the least height at any width, but lines wrap at this one.
        self._inner.setMinimumHeight(max(0, self._column.totalMinimumHeightForWidth(width)))
