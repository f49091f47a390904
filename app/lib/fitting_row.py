"""Children in one row; what does not fit is counted in a last "+2" instead of being squeezed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget


class FittingRow(QWidget):
    """`overflow(hidden)` makes the widget that stands for the children that have no room."""

    def __init__(
        self,
        spacing: int,
        overflow: Callable[[Sequence[QWidget]], QWidget | None] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._spacing = spacing
        self._overflow = overflow
        self._items: list[QWidget] = []
        self._rest: QWidget | None = None
        self._rest_from = 0
        # It asks for little and takes what is left, or its neighbours would be squeezed with it.
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def fill(self, items: Sequence[QWidget]) -> None:
        """Show these from now on; the former ones are deleted."""
        for old in self._items:
            old.hide()
            old.deleteLater()
        self._items = list(items)
        for item in self._items:
            item.setParent(self)
        self._drop_rest()
        self._arrange()
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()

    def minimumSizeHint(self) -> QSize:
        first = self._items[0].minimumSizeHint().width() if self._items else 0
        return QSize(first + (self._mark() if len(self._items) > 1 else 0), self._height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.LayoutRequest:
            self._arrange()
            self.updateGeometry()
        return super().event(event)

    def _height(self) -> int:
        return max((item.sizeHint().height() for item in self._items), default=0)

    def _arrange(self) -> None:
        fitting = self._fitting()
        shown = list(self._items[:fitting])
        if fitting != self._rest_from:
            # Only then: a new child asks for a new arrangement, and so on for ever.
            self._drop_rest()
        if fitting < len(self._items) and self._overflow is not None:
            if self._rest is None:
                self._rest = self._overflow(self._items[fitting:])
                self._rest_from = fitting
            if self._rest is not None:
                if self._rest.parent() is not self:
                    self._rest.setParent(self)
                shown.append(self._rest)
        for item in self._items[fitting:]:
            item.hide()
        x, width = 0, self.width()
        for item in shown:
            wanted = item.sizeHint()
            reserved = self._mark() if self._rest in shown and item is not self._rest else 0
            room = max(0, min(wanted.width(), width - x - reserved))
            y = (self.height() - wanted.height()) // 2
            left = x
            if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
                left = width - x - room
            item.setGeometry(left, y, room, wanted.height())
            item.show()
            x += room + self._spacing

    def _drop_rest(self) -> None:
        if self._rest is not None:
            self._rest.hide()
            self._rest.deleteLater()
            self._rest = None

    def _mark(self) -> int:
        """Pixels to keep free for the mark of what is hidden."""
        if self._overflow is None:
            return 0
        return self.fontMetrics().horizontalAdvance("+88") + 20 + self._spacing

    def _fitting(self) -> int:
        """How many children have room, leaving some for the overflow mark; at least one."""
        widths = [item.sizeHint().width() for item in self._items]
        total = sum(widths) + self._spacing * max(0, len(widths) - 1)
        if total <= self.width() or len(widths) <= 1:
            return len(widths)
        mark, used, count = self._mark(), 0, 0
        for width in widths:
            used += width + (self._spacing if count else 0)
            if used + mark > self.width():
                break
            count += 1
        return max(1, count)
