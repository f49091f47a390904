"""Asks which records are to be looked at: this computer's own, a file, a server."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.lib.buttons import Button, Rank
from app.lib.icon_view import IconView
from app.lib.layouts import answers, fitted, in_dialog
from app.lib.text import Label
from app.lib.theme import Type, px
from app.lib.tone import Ink, Tone


class DatabaseDialog(QDialog):
    """`choice` is what was entered; empty: this computer's own."""

    file_requested = Signal()

    help_page = "station"

    def __init__(self, where: str, problem: str, parent: QWidget) -> None:
        """`where`: as it is now; `problem`: why the last one could not be opened."""
        super().__init__(parent)
        self.setWindowTitle(self.tr("Which records?"))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        words = QVBoxLayout()
        words.addWidget(Label(self.tr("Which records?"), Type.HEADLINE, wrap=True))
        words.addWidget(
            Label(
                self.tr(
                    "A file of a station, or the address of a PostgreSQL server, such as {0}. "
                    "Empty: this computer's own."
                ).format("postgresql://reader:password@server/flashdesk"),
                Type.BODY,
                Ink.SOFT,
                wrap=True,
            )
        )
        column = in_dialog(self, IconView("save", Tone.ACCENT, px(28)), words)
        self.field = QLineEdit(where)
        self.field.setAccessibleName(self.tr("File or address"))
        self.field.setPlaceholderText(self.tr("This computer's own"))
        self.field.selectAll()
        choose = Button(self.tr("Choose…"), icon="file")
        choose.clicked.connect(self.file_requested)
        line = QHBoxLayout()
        line.setSpacing(px(10))
        line.addWidget(self.field, 1)
        line.addWidget(choose)
        form = QVBoxLayout()
        form.setSpacing(px(6))
        form.addLayout(line)
        self._problem = Label(problem, Type.SMALL, Ink.WARN, wrap=True, selectable=True)
        self._problem.setVisible(bool(problem))
        form.addWidget(self._problem)
        column.addLayout(form)
        self.done_button = Button(self.tr("Show them"), Rank.PRIMARY)
        self.done_button.setDefault(True)
        self.done_button.clicked.connect(self.accept)
        cancel = Button(self.tr("Cancel"))
        cancel.clicked.connect(self.reject)
        column.addLayout(answers(cancel, self.done_button))
        self.field.setFocus()
        self.resize(self.sizeHint())

    @property
    def choice(self) -> str:
        return self.field.text().strip()

    def sizeHint(self) -> QSize:
        return fitted(self, super().sizeHint())
