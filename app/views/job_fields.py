"""The fields of a job, each with its title, its sentence and what it is entered into."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from app.facts.job import FieldFacts, FieldKind
from app.facts.words import ActionFacts
from app.lib.buttons import Button
from app.lib.switch import Switch
from app.lib.text import Label
from app.lib.theme import Type, px
from app.lib.tone import Ink, Tone
from app.views.job_controls import control_for, fill, lock

_SHORT, _CELL, _LONG_CELL = 150, 100, 230
_INKS = {
    Tone.NEUTRAL: Ink.SOFT,
    Tone.ACCENT: Ink.ACCENT,
    Tone.OK: Ink.OK,
    Tone.WARN: Ink.WARN,
    Tone.BAD: Ink.BAD,
}


class Field(QWidget):
    """Shows `FieldFacts`. `entered` carries its key and what stands in it now; `acted` the key of
    one of its actions."""

    entered = Signal(str, str)
    acted = Signal(str)

    def __init__(self, facts: FieldFacts) -> None:
        super().__init__()
        self.facts = facts
        self.control = control_for(facts, lambda value: self.entered.emit(self.facts.key, value))
        self.control.setAccessibleName(facts.title)
        self.words = Label("", Type.SMALL, Ink.SOFT, wrap=True)
        self.buttons: dict[str, Button] = {}
        self._actions = QHBoxLayout()
        self._actions.setSpacing(px(10))
        words = QVBoxLayout()
        words.setSpacing(px(2))
        words.addWidget(Label(facts.title, Type.MEDIUM, wrap=True))
        words.addWidget(self.words)
        if facts.kind is FieldKind.LINE:
            self._stand_below(words)
        else:
            self._stand_beside(words)
        self.present(facts)

    def present(self, facts: FieldFacts) -> None:
        """More of the same field: its kind and its options stay."""
        self.facts = facts
        fill(self.control, facts)
        said = facts.problem or facts.words
        self.words.setText(said)
        self.words.setVisible(bool(said))
        self.words.dye(Ink.WARN if facts.problem else _INKS[facts.tone])
        self.control.setAccessibleDescription(said)
        self._offer(facts.actions)

    def lock(self, *, locked: bool) -> None:
        lock(self.control, locked=locked)
        for each in self.facts.actions:
            self.buttons[each.key].setEnabled(each.enabled and not locked)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if isinstance(self.control, Switch) and event.button() is Qt.MouseButton.LeftButton:
            self.control.click()

    def _stand_below(self, words: QBoxLayout) -> None:
        line = QHBoxLayout()
        line.setSpacing(px(10))
        line.addWidget(self.control, 1)
        line.addLayout(self._actions)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, px(10), 0, px(12))
        column.setSpacing(px(7))
        column.addLayout(words)
        column.addLayout(line)

    def _stand_beside(self, words: QBoxLayout) -> None:
        if isinstance(self.control, QLineEdit):
            self.control.setFixedWidth(px(_SHORT))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, px(10), 0, px(10))
        row.setSpacing(px(18))
        row.addLayout(words, 1)
        control = QHBoxLayout()
        control.setSpacing(px(7))
        control.addWidget(self.control)
        if self.facts.unit:
            control.addWidget(Label(self.facts.unit, Type.BODY, Ink.SOFT))
        row.addLayout(control)

    def _offer(self, actions: tuple[ActionFacts, ...]) -> None:
        wanted = {each.key for each in actions}
        for key in [key for key in self.buttons if key not in wanted]:
            gone = self.buttons.pop(key)
            gone.hide()
            gone.deleteLater()
        for each in actions:
            if each.key not in self.buttons:
                button = Button(each.words, icon=each.icon, hint=each.hint)
                button.clicked.connect(lambda _=False, key=each.key: self.acted.emit(key))
                self.buttons[each.key] = button
                self._actions.addWidget(button)
            self.buttons[each.key].setEnabled(each.enabled)


class Cell(QWidget):
    """A field of an entry of a list: its title small above it."""

    entered = Signal(str, str)

    def __init__(self, facts: FieldFacts, entry: str) -> None:
        """`entry`: what it is a field of, for screen readers."""
        super().__init__()
        self.facts = facts
        self._title = Label(facts.title, Type.SMALL, Ink.SOFT)
        self.control = control_for(facts, lambda value: self.entered.emit(self.facts.key, value))
        if isinstance(self.control, QLineEdit):
            width = px(_CELL if facts.kind is FieldKind.SHORT else _LONG_CELL)
            self.control.setFixedWidth(max(width, self._title.sizeHint().width()))
        else:
            self.control.setMinimumHeight(QLineEdit().sizeHint().height())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(3))
        column.addWidget(self._title)
        column.addWidget(self.control)
        column.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.present(facts, entry)

    def present(self, facts: FieldFacts, entry: str) -> None:
        self.facts = facts
        fill(self.control, facts)
        self._title.dye(Ink.WARN if facts.problem else Ink.SOFT)
        self.control.setAccessibleName(f"{entry}, {facts.title}")
        self.control.setAccessibleDescription(facts.problem)

    def lock(self, *, locked: bool) -> None:
        lock(self.control, locked=locked)
