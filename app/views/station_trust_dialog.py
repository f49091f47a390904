"""Asks for the password of a locked job that this computer does not trust yet: once, by whoever has
laid the job down."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QLineEdit, QVBoxLayout, QWidget

from app.facts.station import TrustFacts
from app.lib.buttons import Button, Rank
from app.lib.icon_view import IconView
from app.lib.layouts import answers, fitted, in_dialog
from app.lib.spoken import announce
from app.lib.text import Label
from app.lib.theme import Type, px
from app.lib.tone import Ink, Tone

_LONGEST = 200


class StationTrustDialog(QDialog):
    """`tried` carries the password each time that the button is pressed; whoever tries it answers
    with `refuse`, or accepts the dialog."""

    tried = Signal(str)

    def __init__(self, facts: TrustFacts, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Trust a locked job"))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        what = QVBoxLayout()
        what.addWidget(Label(facts.file, Type.HEADLINE, wrap=True, selectable=True))
        what.addWidget(Label(facts.sentence, Type.BODY, Ink.SOFT, wrap=True, selectable=True))
        what.addWidget(Label(facts.key, Type.MONO, Ink.SOFT, wrap=True, selectable=True))
        column = in_dialog(self, IconView("lock", Tone.ACCENT, px(28)), what)
        self.password = QLineEdit()
        self.password.setMaxLength(_LONGEST)
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.password.setAccessibleName(self.tr("Password of the job"))
        self.password.setPlaceholderText(self.tr("Password of the job"))
        self.problem = Label("", Type.BODY, Ink.BAD, wrap=True)
        form = QVBoxLayout()
        form.setSpacing(px(6))
        form.addWidget(self.password)
        form.addWidget(self.problem)
        column.addLayout(form)
        self.trust_button = Button(self.tr("Trust this job"), Rank.PRIMARY)
        self.trust_button.clicked.connect(self._try)
        cancel = Button(self.tr("Cancel"))
        cancel.clicked.connect(self.reject)
        column.addLayout(answers(cancel, self.trust_button))
        self.password.textChanged.connect(self._look)
        self._look()
        self.password.setFocus()
        self.resize(self.sizeHint())

    def refuse(self, words: str) -> None:
        """It was not the one."""
        self.problem.setText(words)
        announce(self.problem, words, is_urgent=True)
        self.password.setEnabled(True)
        self.password.selectAll()
        self.password.setFocus()
        self._look()
        if (layout := self.layout()) is not None:
            layout.activate()  # or the height would be that of what stood there before
        self.resize(self.sizeHint())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter tries a password: a scanner that writes here is only refused."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.password.hasFocus() and self.trust_button.isEnabled():
                self._try()
            return
        super().keyPressEvent(event)

    def _try(self) -> None:
        self.password.setEnabled(False)  # deriving a key takes a moment
        self.trust_button.setEnabled(False)
        self.tried.emit(self.password.text())

    def _look(self) -> None:
        is_open = self.password.isEnabled()
        self.trust_button.setEnabled(is_open and bool(self.password.text()))

    def sizeHint(self) -> QSize:
        return fitted(self, super().sizeHint())
