"""How things stand beside each other wherever they do so: in a dialog, in a row of answers."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import QBoxLayout, QDialog, QHBoxLayout, QLayout, QVBoxLayout, QWidget

from app.lib.icon_view import IconView
from app.lib.theme import px

_DIALOG_WIDTH = 440


def emptied(layout: QLayout) -> None:
    """Take all widgets out of it for good, at once for the eye."""
    while (item := layout.takeAt(0)) is not None:
        if (old := item.widget()) is not None:
            old.hide()
            old.deleteLater()


class Margins(QWidget):
    """A widget with room around it, in pixels of the base size; without it, no room either."""

    def __init__(self, inner: QWidget, left: int, top: int, right: int, bottom: int) -> None:
        super().__init__()
        self._inner = inner
        line = QVBoxLayout(self)
        line.setContentsMargins(px(left), px(top), px(right), px(bottom))
        line.addWidget(inner)
        inner.installEventFilter(self)
        self.setVisible(inner.isVisibleTo(self))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.ShowToParent, QEvent.Type.HideToParent):
            self.setVisible(self._inner.isVisibleTo(self))
        return super().eventFilter(watched, event)


def in_dialog(dialog: QDialog, icon: IconView, words: QBoxLayout) -> QVBoxLayout:
    """An icon beside words; what else there is goes below, into the column that is returned."""
    words.setSpacing(px(6))
    top = QHBoxLayout()
    top.setSpacing(px(14))
    top.addWidget(icon, 0, Qt.AlignmentFlag.AlignTop)
    top.addLayout(words, 1)
    column = QVBoxLayout(dialog)
    column.setContentsMargins(px(20), px(18), px(20), px(16))
    column.setSpacing(px(16))
    column.addLayout(top)
    dialog.setFixedWidth(px(_DIALOG_WIDTH))
    return column


def fitted(dialog: QDialog, hint: QSize) -> QSize:
    """The size for a dialog whose words wrap: Qt counts their lines at a width that is narrower
    than the dialog's, and spreads what is too much between them. `hint`: Qt's own."""
    layout = dialog.layout()
    if layout is None or not layout.hasHeightForWidth():
        return hint
    width = max(hint.width(), dialog.minimumWidth())
    return QSize(width, layout.totalHeightForWidth(width))


def answers(*buttons: QWidget, first: QWidget | None = None) -> QHBoxLayout:
    """The last line of a dialog: its buttons at the right, `first` at the left."""
    line = QHBoxLayout()
    line.setSpacing(px(10))
    if first is not None:
        line.addWidget(first)
    line.addStretch(1)
    for button in buttons:
        line.addWidget(button)
    return line
