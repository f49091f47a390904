"""Asks for the baud rate and the framing of a serial port."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import QComboBox, QDialog, QFormLayout, QVBoxLayout, QWidget

from app.facts.devices import PortFacts
from app.lib.buttons import Button, Rank
from app.lib.choice import Choice
from app.lib.dialog import finished, is_alive
from app.lib.icon_view import IconView
from app.lib.layouts import answers, fitted, in_dialog
from app.lib.segments import Segments
from app.lib.text import Label
from app.lib.theme import Type, px
from app.lib.tips import explain
from app.lib.tone import Ink, Tone

FASTEST = 20_000_000


class PortWish(Enum):
    USE = "use what was entered"
    TRY = "try all usual rates"


@dataclass(frozen=True, slots=True)
class PortAnswer:
    wish: PortWish
    baud: int
    framing: str


async def ask_port(parent: QWidget, facts: PortFacts) -> PortAnswer | None:
    """What was entered, or None when dismissed."""
    dialog = PortDialog(facts, parent)
    try:
        accepted = await finished(dialog) == QDialog.DialogCode.Accepted
        return dialog.answer() if accepted and is_alive(dialog) else None
    finally:
        if is_alive(dialog):
            dialog.deleteLater()


class PortDialog(QDialog):
    """Its button works while there is a rate."""

    help_page = "troubleshooting"

    def __init__(self, facts: PortFacts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._wish = PortWish.USE
        self._framing = facts.framing
        self.setWindowTitle(self.tr("Baud rate and framing"))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        words = QVBoxLayout()
        words.addWidget(Label(self.tr("Port of {0}").format(facts.name), Type.HEADLINE, wrap=True))
        about = self.tr("As its firmware has them. They are kept for this device.")
        words.addWidget(Label(about, Type.BODY, Ink.SOFT, wrap=True))
        column = in_dialog(self, IconView("serial", Tone.ACCENT, px(28)), words)
        self.rate = Choice({}, self.tr("Baud rate"))
        self.rate.setEditable(True)
        if (line := self.rate.lineEdit()) is not None:
            line.setAccessibleName(self.rate.accessibleName())
        self.rate.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.rate.addItems([str(rate) for rate in facts.rates])
        self.rate.setValidator(QIntValidator(1, FASTEST, self))
        self.rate.setCurrentText(str(facts.baud))
        self.framing = Segments(
            {"console": self.tr("Console"), "raw": self.tr("Raw")}, self.tr("Framing")
        )
        self.framing.choose(facts.framing)
        self.framing.chosen.connect(self._choose)
        form = QFormLayout()
        form.setHorizontalSpacing(px(14))
        form.setVerticalSpacing(px(10))
        label = Label(self.tr("&Baud rate"), Type.BODY, Ink.SOFT)
        label.setBuddy(self.rate)
        form.addRow(label, self.rate)
        form.addRow(Label(self.tr("Framing"), Type.BODY, Ink.SOFT), self.framing)
        column.addLayout(form)
        self.words = Label("", Type.SMALL, Ink.SOFT, wrap=True)
        column.addWidget(self.words)
        self.use = Button(self.tr("Use"), Rank.PRIMARY)
        self.use.setDefault(True)
        self.use.clicked.connect(self.accept)
        self.try_all = Button(self.tr("Try all"), icon="search")
        explain(self.try_all, self.tr("Find out at which of the usual rates the device answers"))
        self.try_all.clicked.connect(self._find)
        cancel = Button(self.tr("Cancel"))
        cancel.clicked.connect(self.reject)
        column.addLayout(answers(cancel, self.use, first=self.try_all))
        self.rate.editTextChanged.connect(self._weigh)
        self._weigh()
        self.rate.setFocus()

    def sizeHint(self) -> QSize:
        return fitted(self, super().sizeHint())

    def answer(self) -> PortAnswer:
        text = self.rate.currentText()
        return PortAnswer(self._wish, int(text) if self._is_rate(text) else 0, self._framing)

    def _choose(self, key: str) -> None:
        self._framing = key
        self._weigh()

    def _find(self) -> None:
        self._wish = PortWish.TRY
        self.accept()

    def _weigh(self) -> None:
        is_rate = self._is_rate(self.rate.currentText())
        self.use.setEnabled(is_rate)
        hint = self.tr("Console: packets go as lines of text, beside a console or a shell.")
        if self._framing == "raw":
            hint = self.tr("Raw: packets go as they are; nothing else shares the port.")
        if not is_rate:
            hint = self.tr("A baud rate is a whole number, for example 115200.")
        self.words.setText(hint)
        self.words.dye(Ink.SOFT if is_rate else Ink.WARN)
        if self.isVisible():
            self.adjustSize()  # they may have become a line more

    def _is_rate(self, text: str) -> bool:
        return text.isascii() and text.isdecimal() and 0 < int(text) <= FASTEST
