"""What the program is, what it is made of, and under which licences."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.facts.about import AboutFacts
from app.lib.buttons import Button
from app.lib.icons import application_icon
from app.lib.layouts import answers
from app.lib.text import Label
from app.lib.theme import Type, px
from app.lib.tone import Ink

_WIDTH, _HEIGHT = 540, 530
_ICON = 56


class AboutDialog(QDialog):
    """Window-modal. Copy puts all of it on the clipboard, as text."""

    def __init__(self, facts: AboutFacts, parent: QWidget) -> None:
        super().__init__(parent)
        self._facts = facts
        self.setWindowTitle(self.tr("About Flashdesk"))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self._note = self.tr(
            "Qt and PySide6 are used under the LGPL, version 3: their libraries are files of their "
            "own and may be exchanged for others. The texts of all licences come with Flashdesk."
        )
        self.copy = Button(self.tr("Copy"), icon="copy")
        self.copy.clicked.connect(self._copy)
        close = Button(self.tr("Close"))
        close.clicked.connect(self.accept)
        close.setDefault(True)
        for button in (self.copy, close):
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(22), px(24), px(18))
        column.setSpacing(px(16))
        column.addLayout(self._head())
        column.addWidget(self._table(), 1)
        column.addWidget(Label(self._note, Type.SMALL, Ink.SOFT, wrap=True, selectable=True))
        column.addLayout(answers(close, first=self.copy))
        room = parent.window().height() - px(40)
        self.resize(px(_WIDTH), max(px(360), min(px(_HEIGHT), room)))
        close.setFocus()

    def text(self) -> str:
        """All that it says."""
        facts = self._facts
        lines = [f"Flashdesk {facts.version}", facts.system, ""]
        for part in facts.parts:
            named = f"{part.name} {part.version}".rstrip()
            lines.append(f"{named}   {part.licence}   {part.address}".rstrip())
        return "\n".join([*lines, "", self._note, ""])

    def _head(self) -> QHBoxLayout:
        icon = QLabel()
        icon.setAccessibleName("Flashdesk")
        side = px(_ICON)
        icon.setPixmap(application_icon().pixmap(QSize(side, side), self.devicePixelRatioF()))
        words = QVBoxLayout()
        words.setSpacing(px(2))
        words.addWidget(Label(f"Flashdesk {self._facts.version}", Type.NAME, selectable=True))
        words.addWidget(
            Label(
                self.tr("Firmware updates for devices that speak SMP"),
                ink=Ink.SOFT,
                wrap=True,
            )
        )
        words.addWidget(Label(self._facts.system, Type.SMALL, Ink.SOFT, selectable=True))
        line = QHBoxLayout()
        line.setSpacing(px(16))
        line.addWidget(icon, 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(words, 1)
        return line

    def _table(self) -> QScrollArea:
        inner = QWidget()
        inner.setObjectName("panel")
        grid = QGridLayout(inner)
        grid.setContentsMargins(px(16), px(12), px(16), px(12))
        grid.setHorizontalSpacing(px(18))
        grid.setVerticalSpacing(px(7))
        grid.setColumnStretch(2, 1)
        for row, part in enumerate(self._facts.parts):
            grid.addWidget(Label(part.name, Type.MEDIUM), row, 0)
            grid.addWidget(Label(part.version, Type.SMALL, Ink.SOFT), row, 1)
            grid.addWidget(Label(part.licence, Type.SMALL, Ink.SOFT), row, 2)
        grid.setRowStretch(len(self._facts.parts), 1)
        area = QScrollArea()
        area.setObjectName("card")
        area.setWidget(inner)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setAccessibleName(self.tr("What it is made of"))
        area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # the arrows scroll
        return area

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text())
        self.copy.setText(self.tr("Copied"))
