"""What something is entered into: a line, a choice, a switch, as a field's facts want it."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from PySide6.QtWidgets import QLineEdit

from app.facts.job import YES, FieldFacts, FieldKind
from app.lib.choice import Choice
from app.lib.switch import Switch

Control = QLineEdit | Choice | Switch
_LONGEST = 1000


def control_for(facts: FieldFacts, entered: Callable[[str], None]) -> Control:
    """`entered(value)` is called with whatever a person enters."""
    match facts.kind:
        case FieldKind.LINE | FieldKind.SHORT:
            line = QLineEdit()
            line.setMaxLength(_LONGEST)
            line.textEdited.connect(entered)
            return line
        case FieldKind.CHOICE:
            choice = Choice({each.key: each.words for each in facts.options}, facts.title)
            choice.chosen.connect(entered)
            return choice
        case FieldKind.SWITCH:
            switch = Switch(facts.title)
            switch.clicked.connect(lambda on: entered(YES if on else ""))
            return switch
        case _:
            assert_never(facts.kind)


def fill(control: Control, facts: FieldFacts) -> None:
    """Show the value; a line that has it already keeps its cursor."""
    match control:
        case QLineEdit():
            if control.text() != facts.value:
                control.setText(facts.value)
                control.setCursorPosition(0)
            control.setPlaceholderText(facts.hint)
        case Choice():
            control.choose(facts.value)
        case Switch():
            control.setChecked(facts.value == YES)
        case _:
            assert_never(control)


def lock(control: Control, *, locked: bool) -> None:
    """It can be read, and a line be copied, but not changed."""
    if isinstance(control, QLineEdit):
        control.setReadOnly(locked)
    else:
        control.setEnabled(not locked)
