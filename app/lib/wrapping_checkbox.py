"""A checkbox in the window's own style, whose words wrap over several lines; Qt's cannot."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.lib.icons import paint_icon
from app.lib.painting import rounded
from app.lib.text import Label
from app.lib.theme import Type, metrics, px, tokens
from app.lib.tone import Ink

_BOX = 16
_RING = 3
"""Pixels around the box for the ring of the focus."""


class WrappingCheckBox(QWidget):
    """Pressing the words toggles it too."""

    toggled = Signal(bool)

    def __init__(self, words: str = "", ink: Ink = Ink.INK, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.box = _Box()
        self._words = Label(words, Type.BODY, ink, wrap=True)
        self.box.toggled.connect(self.toggled)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(px(6))
        top = QVBoxLayout()
        first_line = metrics(Type.BODY).height()
        top.setContentsMargins(0, max(0, (first_line - self.box.sizeHint().height()) // 2), 0, 0)
        top.addWidget(self.box)
        top.addStretch(1)
        line.addLayout(top)
        line.addWidget(self._words, 1, Qt.AlignmentFlag.AlignVCenter)
        self.say(words)

    def say(self, words: str) -> None:
        self._words.setText(words)
        self.box.setAccessibleName(words)

    def is_checked(self) -> bool:
        return self.box.isChecked()

    def check(self, checked: bool) -> None:
        self.box.setChecked(checked)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self.isEnabled():
            self.box.toggle()


class _Box(QCheckBox):
    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        side = px(_BOX) + 2 * _RING
        return QSize(side, side)

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        worn = tokens()
        box = QRectF(self.rect()).adjusted(_RING, _RING, -_RING, -_RING)
        if self.hasFocus():
            rounded(painter, QRectF(self.rect()), 6, None, worn.accent, 2)
        if self.isChecked():
            rounded(painter, box, 4, worn.accent)
            paint_icon(painter, "check", box.adjusted(1.5, 1.5, -1.5, -1.5), worn.on_accent)
        else:
            ground = worn.hover(worn.panel) if self.underMouse() else worn.panel
            rounded(painter, box, 4, ground, worn.soft, 1.25)
