"""In place of what cannot be shown: what is the matter, what to do, a command to copy, buttons."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.facts.words import AdviceFacts
from app.lib.buttons import Button, Rank
from app.lib.icon_view import IconView
from app.lib.layouts import emptied
from app.lib.text import Label
from app.lib.theme import Type, px
from app.lib.tone import Ink
from app.views.action_row import ActionRow
from app.views.help_link import HelpLink

_COPIED_FOR = 1_500


class AdviceView(QWidget):
    """Shows `AdviceFacts`; `action_requested` carries the pressed action's key."""

    ROLE = QAccessible.Role.Grouping

    action_requested = Signal(str)
    help_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._facts: AdviceFacts | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, px(4), 0, 0)
        self._column.setSpacing(px(8))

    def present(self, facts: AdviceFacts) -> None:
        if facts == self._facts:
            return
        self._facts = facts
        emptied(self._column)
        self.setAccessibleName(facts.headline)
        self.setAccessibleDescription(" ".join((facts.sentence, *facts.steps)))
        self._column.addWidget(self._head(facts))
        if facts.sentence:
            self._column.addWidget(
                Label(facts.sentence, Type.BODY, Ink.SOFT, wrap=True, selectable=True)
            )
        for number, step in enumerate(facts.steps, 1):
            several = len(facts.steps) > 1
            mark = f"{number}." if facts.ordered else "\u2022" if several else ""
            self._column.addWidget(_marked(mark, step))
        if facts.command:
            self._column.addWidget(_Command(facts.command))
        if facts.actions:
            actions = ActionRow(self)  # or it would be a window for a moment, with the keyboard
            actions.action_requested.connect(self.action_requested)
            actions.present(facts.actions)
            self._column.addSpacing(px(4))
            self._column.addWidget(actions)
        if facts.help:
            link = HelpLink(self)
            link.pressed_for.connect(self.help_requested)
            self._column.addWidget(link, 0, Qt.AlignmentFlag.AlignLeft)
            link.present(facts.help)
        self._column.addStretch(1)

    @property
    def help_place(self) -> str:
        """Where the help explains what is shown."""
        return self._facts.help if self._facts is not None else ""

    def _head(self, facts: AdviceFacts) -> QWidget:
        row, line = _row(10)
        line.addWidget(IconView(facts.icon, facts.tone, px(22)))
        line.addWidget(Label(facts.headline, Type.HEADLINE, wrap=True, selectable=True), 1)
        return row


def _row(spacing: int) -> tuple[QWidget, QHBoxLayout]:
    row = QWidget()
    line = QHBoxLayout(row)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(px(spacing))
    return row, line


def _marked(mark: str, words: str) -> QWidget:
    row, line = _row(8)
    if mark:
        column = QVBoxLayout()
        column.addWidget(Label(mark, Type.BODY, Ink.SOFT))
        column.addStretch(1)
        line.addLayout(column)
    line.addWidget(Label(words, Type.BODY, wrap=True, selectable=True), 1)
    return row


class _Command(QFrame):
    """A line for a terminal, and a button that copies it."""

    def __init__(self, command: str) -> None:
        super().__init__()
        self.setObjectName("command")
        self._command = command
        text = Label(command, Type.MONO, wrap=True)
        self._button = Button(self.tr("Copy"), Rank.QUIET, icon="copy")
        self._button.clicked.connect(self._copy)
        self._restore = QTimer(self)
        self._restore.setSingleShot(True)
        self._restore.setInterval(_COPIED_FOR)
        self._restore.timeout.connect(lambda: self._button.setText(self.tr("Copy")))
        line = QHBoxLayout(self)
        line.setContentsMargins(px(10), px(4), px(4), px(4))
        line.addWidget(text, 1)
        line.addWidget(self._button)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._command)
        self._button.setText(self.tr("Copied"))
        self._restore.start()
