"""A crash report to be read, with or without what is private in it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QPlainTextEdit, QVBoxLayout, QWidget

from app.lib.buttons import Button
from app.lib.layouts import answers
from app.lib.text import Label
from app.lib.theme import Type, font, px
from app.lib.tone import Ink
from app.lib.wrapping_checkbox import WrappingCheckBox

_WIDTH, _HEIGHT = 760, 560


class CrashDialog(QDialog):
    """Window-modal. `clean` and `whole`: the report without and with what is private. The signals
    carry what is shown."""

    copy_requested = Signal(str)
    save_requested = Signal(str)

    def __init__(self, clean: str, whole: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._clean, self._whole = clean, whole
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle(self.tr("Crash report"))
        self.page = QPlainTextEdit(clean)
        self.page.setReadOnly(True)
        self.page.setTabChangesFocus(True)
        self.page.setFont(font(Type.MONO))
        self.page.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.page.setAccessibleName(self.tr("The report"))
        self.keep = WrappingCheckBox(
            self.tr("Keep names of folders, persons and devices, and serial numbers")
        )
        self.keep.setVisible(clean != whole)
        self.keep.toggled.connect(self._turn)
        self.copy = Button(self.tr("Copy"), icon="copy")
        self.copy.clicked.connect(lambda: self.copy_requested.emit(self.page.toPlainText()))
        self.save = Button(self.tr("Save…"))
        self.save.clicked.connect(lambda: self.save_requested.emit(self.page.toPlainText()))
        close = Button(self.tr("Close"))
        close.clicked.connect(self.reject)
        close.setDefault(True)
        for button in (self.copy, self.save, close):
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        words = self.tr("It is on this computer only; nothing was sent.")
        column = QVBoxLayout(self)
        column.setContentsMargins(px(20), px(18), px(20), px(16))
        column.setSpacing(px(12))
        column.addWidget(Label(words, Type.BODY, Ink.SOFT, wrap=True))
        column.addWidget(self.page, 1)
        column.addWidget(self.keep)
        column.addLayout(answers(self.copy, self.save, close))
        room = self.screen().availableSize()
        self.resize(min(px(_WIDTH), room.width() - 40), min(px(_HEIGHT), room.height() - 80))
        close.setFocus()

    def _turn(self, keep: bool) -> None:
        self.page.setPlainText(self._whole if keep else self._clean)
