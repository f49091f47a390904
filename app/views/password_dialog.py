"""Asks for the password that locks a job: twice when it is a new one, once to unlock."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QLineEdit, QVBoxLayout, QWidget

from app.lib.buttons import Button, Rank
from app.lib.dialog import finished, is_alive
from app.lib.icon_view import IconView
from app.lib.layouts import answers, fitted, in_dialog
from app.lib.text import Label
from app.lib.theme import Type, px
from app.lib.tone import Ink, Tone

_LONGEST, _LEAST = 200, 8


async def ask_password(parent: QWidget, *, is_new: bool, wrong: str = "") -> str | None:
    """None when dismissed. `wrong`: why the one that was given before did not do."""
    dialog = PasswordDialog(is_new, wrong, parent)
    try:
        accepted = await finished(dialog) == QDialog.DialogCode.Accepted
        if not accepted or not is_alive(dialog):
            return None
        return dialog.field.text()
    finally:
        if is_alive(dialog):
            dialog.deleteLater()


class PasswordDialog(QDialog):
    """Its button works when the password is long enough and, a new one, was written alike twice."""

    help_page = "station"

    def __init__(self, is_new: bool, wrong: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._is_new = is_new
        title = self.tr("Lock this job") if is_new else self.tr("Unlock this job")
        self.setWindowTitle(title)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        meaning = (
            self.tr(
                "Stations then run it exactly as it is, and whoever changes a letter of it is "
                "refused. It opens here for reading; to change it, this password is asked. Keep "
                "the password well: nobody can tell it to you again."
            )
            if is_new
            else self.tr("The password that it was locked with.")
        )
        words = QVBoxLayout()
        words.addWidget(Label(title, Type.HEADLINE, wrap=True))
        words.addWidget(Label(meaning, Type.BODY, Ink.SOFT, wrap=True))
        column = in_dialog(self, IconView("lock", Tone.ACCENT, px(28)), words)
        form = QVBoxLayout()
        form.setSpacing(px(6))
        self.field = self._line(form, self.tr("Password"))
        self.again = self._line(form, self.tr("Once more")) if is_new else None
        self.problem = Label(wrong, Type.SMALL, Ink.WARN, wrap=True)
        form.addWidget(self.problem)
        column.addLayout(form)
        self.done_button = Button(
            self.tr("Lock it") if is_new else self.tr("Unlock it"), Rank.PRIMARY
        )
        self.done_button.setDefault(True)
        self.done_button.clicked.connect(self.accept)
        cancel = Button(self.tr("Cancel"))
        cancel.clicked.connect(self.reject)
        column.addLayout(answers(cancel, self.done_button))
        self._weigh(edited=False)
        self.field.setFocus()
        self.resize(self.sizeHint())

    def sizeHint(self) -> QSize:
        return fitted(self, super().sizeHint())

    def _line(self, form: QVBoxLayout, title: str) -> QLineEdit:
        line = QLineEdit()
        line.setEchoMode(QLineEdit.EchoMode.Password)
        line.setMaxLength(_LONGEST)
        line.setAccessibleName(title)
        line.textEdited.connect(lambda: self._weigh(edited=True))
        form.addWidget(Label(title, Type.SMALL, Ink.SOFT))
        form.addWidget(line)
        return line

    def _weigh(self, *, edited: bool) -> None:
        text = self.field.text()
        if self.again is None:
            self.done_button.setEnabled(bool(text))
            if edited:
                self.problem.setText("")
            return
        again = self.again.text()
        self.done_button.setEnabled(len(text) >= _LEAST and text == again)
        self.problem.setText(self._said(text, again))
        self.problem.dye(Ink.WARN if text else Ink.SOFT)

    def _said(self, text: str, again: str) -> str:
        if len(text) < _LEAST:
            return self.tr("At least {0} characters.").format(_LEAST)
        if again and not text.startswith(again):
            return self.tr("The two are not alike.")
        return ""
