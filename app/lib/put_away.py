"""Parts of a window that Escape puts away."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget


class PutAway(QWidget):
    """While the keyboard is in it, Escape is its own and not the window's. `closed`: it was
    pressed; whoever shows the part takes it away."""

    closed = Signal()

    def can_be_put_away(self) -> bool:
        return True

    def event(self, event: QEvent) -> bool:
        # A shortcut of the window would take the key before it comes here.
        if event.type() is QEvent.Type.ShortcutOverride and self._is_mine(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._is_mine(event):
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def _is_mine(self, event: QEvent) -> bool:
        is_escape = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        return is_escape and self.can_be_put_away()
