"""The check of this installation, as it goes on: a table with a row for each part."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from app.facts.checkup import CheckupFacts, PartFacts
from app.lib.buttons import Button
from app.lib.icon_view import IconView
from app.lib.layouts import answers
from app.lib.text import Label
from app.lib.theme import Type, px
from app.lib.tone import Ink, Tone

_ICONS = {
    Tone.OK: "check",
    Tone.NEUTRAL: "info",
    Tone.ACCENT: "info",
    Tone.WARN: "warning",
    Tone.BAD: "cross",
}
_INKS = {
    Tone.OK: Ink.OK,
    Tone.NEUTRAL: Ink.SOFT,
    Tone.ACCENT: Ink.ACCENT,
    Tone.WARN: Ink.WARN,
    Tone.BAD: Ink.BAD,
}
_WIDTH, _HEIGHT = 640, 520


class CheckDialog(QDialog):
    """Shows `CheckupFacts`. Window-modal; closing it ends the check. What was found can be copied
    and saved when all was tried."""

    copy_requested = Signal()
    save_requested = Signal()

    help_page = "troubleshooting"

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._facts = CheckupFacts()
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle(self.tr("Check this installation"))
        self.headline = Label(self.tr("Checking…"), Type.HEADLINE, wrap=True)
        self.copy = Button(self.tr("Copy"), icon="copy")
        self.copy.clicked.connect(self.copy_requested)
        self.save = Button(self.tr("Save…"))
        self.save.clicked.connect(self.save_requested)
        close = Button(self.tr("Close"))
        close.clicked.connect(self.reject)
        close.setDefault(True)
        for button in (self.copy, self.save, close):
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        for button in (self.copy, self.save):
            button.setEnabled(False)
        self._rows = QGridLayout()
        self._rows.setHorizontalSpacing(px(12))
        self._rows.setVerticalSpacing(px(9))
        self._rows.setColumnStretch(3, 1)
        self._table = self._scrolled()
        column = QVBoxLayout(self)
        column.setContentsMargins(px(20), px(18), px(20), px(16))
        column.setSpacing(px(14))
        column.addWidget(self.headline)
        column.addWidget(self._table, 1)
        column.addLayout(answers(self.copy, self.save, close))
        room = self.screen().availableSize()
        self.resize(min(px(_WIDTH), room.width() - 40), min(px(_HEIGHT), room.height() - 80))
        close.setFocus()

    @property
    def facts(self) -> CheckupFacts:
        return self._facts

    def present(self, facts: CheckupFacts) -> None:
        """More of the same check: rows are added, none changes."""
        for part in facts.parts[len(self._facts.parts) :]:
            self._add(part)
        self._facts = facts
        if facts.result:
            self.headline.setText(facts.result)
            self.headline.dye(_INKS[facts.tone])
            self.copy.setEnabled(True)
            self.save.setEnabled(True)

    def _scrolled(self) -> QScrollArea:
        inside = QWidget()
        whole = QVBoxLayout(inside)
        whole.setContentsMargins(0, 0, px(8), 0)
        whole.addLayout(self._rows)
        whole.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setObjectName("readable")
        area.setAccessibleName(self.tr("Parts of the program"))
        area.setWidget(inside)
        return area

    def _add(self, part: PartFacts) -> None:
        at = self._rows.rowCount()
        top = Qt.AlignmentFlag.AlignTop
        words = Label(part.words, wrap=True, selectable=True)
        words.setAccessibleName(" ".join((part.name, part.state, part.words, part.next_step)))
        self._rows.addWidget(IconView(_ICONS[part.tone], part.tone, px(16)), at, 0, top)
        self._rows.addWidget(Label(part.name, Type.MEDIUM), at, 1, top)
        self._rows.addWidget(Label(part.state, Type.BODY, _INKS[part.tone]), at, 2, top)
        self._rows.addWidget(words, at, 3)
        if part.next_step:
            step = Label(part.next_step, Type.BODY, Ink.SOFT, wrap=True, selectable=True)
            self._rows.addWidget(step, at + 1, 3)
