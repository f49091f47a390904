"""Asks who works, before the first unit.

A scanner's Enter goes on to the next field and presses nothing: a code that was meant for a unit
starts no shift under its name. A person's presses a button: no letters come before it, and it is
not the one right after that which brought the keyboard there, as of scanners that send two.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.facts.station import StartFacts
from app.lib.buttons import Button, Rank
from app.lib.dialog import finished, is_alive
from app.lib.icon_view import IconView
from app.lib.layouts import answers, fitted, in_dialog
from app.lib.text import Label
from app.lib.theme import Type, px
from app.lib.tone import Ink, Tone
from app.lib.wrapping_checkbox import WrappingCheckBox

_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Begun:
    """Who works, and whether units start by themselves from now on."""

    operator: str
    shift: str
    is_armed: bool


async def ask_operator(parent: QWidget, facts: StartFacts) -> Begun | None:
    """None when dismissed."""
    dialog = StationStartDialog(facts, parent)
    try:
        accepted = await finished(dialog) == QDialog.DialogCode.Accepted
        return dialog.begun() if accepted and is_alive(dialog) else None
    finally:
        if is_alive(dialog):
            dialog.deleteLater()


class StationStartDialog(QDialog):
    """Its button works while there is an operator."""

    def __init__(self, facts: StartFacts, parent: QWidget) -> None:
        super().__init__(parent)
        self._is_change = facts.is_change
        self._echoes = 0
        self._has_letters = False
        """Since the keyboard came to the button: then whatever Enter comes is a scanner's."""
        self.setWindowTitle(
            self.tr("Another operator or shift")
            if facts.is_change
            else self.tr("Start the station")
        )
        self.setWindowModality(Qt.WindowModality.WindowModal)
        what = QVBoxLayout()
        what.addWidget(Label(facts.product, Type.HEADLINE, wrap=True, selectable=True))
        for words in (facts.firmware, facts.lock):
            what.addWidget(Label(words, Type.BODY, Ink.SOFT, wrap=True, selectable=True))
        column = in_dialog(self, IconView("device", Tone.ACCENT, px(28)), what)
        self.operator = self._field(self.tr("Operator"), facts.operator)
        self.shift = self._field(self.tr("Shift"), facts.shift)
        form = QVBoxLayout()
        form.setSpacing(px(6))
        for name, field in ((self.tr("Operator"), self.operator), (self.tr("Shift"), self.shift)):
            form.addWidget(Label(name, Type.SMALL, Ink.SOFT))
            form.addWidget(field)
            form.addSpacing(px(4))
        self.armed = WrappingCheckBox(self.tr("Units start by themselves when they are put in"))
        self.armed.box.setChecked(facts.is_armed)
        form.addWidget(self.armed)
        column.addLayout(form)
        self.start_button = Button(
            self.tr("Go on") if facts.is_change else self.tr("Start"), Rank.PRIMARY
        )
        self.start_button.clicked.connect(self.accept)
        cancel = Button(self.tr("Cancel"))
        cancel.clicked.connect(self.reject)
        column.addLayout(answers(cancel, self.start_button))
        self.operator.textChanged.connect(self._look)
        self._look()
        self.operator.setFocus()
        self.operator.selectAll()
        self.resize(self.sizeHint())  # or Qt would show it in two thirds of a small screen

    def begun(self) -> Begun:
        """What was entered."""
        return Begun(
            self.operator.text().strip(), self.shift.text().strip(), self.armed.box.isChecked()
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._enter()
            return
        self._has_letters = self._has_letters or bool(event.text().strip())
        if self._is_change or event.key() != Qt.Key.Key_Escape:  # it ends no station, by a slip
            super().keyPressEvent(event)

    def _enter(self) -> None:
        inside = self.focusWidget()
        if inside is self.operator:
            self.shift.setFocus()
        elif inside is self.shift:
            self.start_button.setFocus()
            self._echoes, self._has_letters = 1, False
        elif self._echoes:
            self._echoes -= 1
        elif isinstance(inside, QPushButton) and not self._has_letters:
            inside.click()

    def _field(self, name: str, text: str) -> QLineEdit:
        field = QLineEdit(text)
        field.setMaxLength(_LONGEST)
        field.setAccessibleName(name)
        return field

    def _look(self) -> None:
        self.start_button.setEnabled(bool(self.operator.text().strip()))

    def sizeHint(self) -> QSize:
        return fitted(self, super().sizeHint())
