"""A question with its answers as buttons, in the window's own style."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from app.language import say
from app.lib.buttons import Button, Rank
from app.lib.icon_view import IconView
from app.lib.layouts import answers, fitted, in_dialog
from app.lib.text import Label
from app.lib.theme import Type, font, px
from app.lib.tone import Ink, Tone
from smp.text import NOTHING, Text

_ICONS = {
    Tone.NEUTRAL: "info",
    Tone.ACCENT: "question",
    Tone.OK: "check",
    Tone.WARN: "warning",
    Tone.BAD: "warning",
}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. `answers` stand from left to right."""

    headline: Text
    sentence: Text = NOTHING
    details: str = ""
    """For the expert, folded away."""
    tone: Tone = Tone.ACCENT
    answers: tuple[Text, ...] = (Text("OK"),)
    preferred: Text = NOTHING
    """The answer that Enter gives; empty: the first."""
    dismissed: Text = NOTHING
    """The answer that Escape and closing give; empty: the last."""
    is_deliberate: bool = False
    """Enter gives no answer: it may be that of a scanner, which is a keyboard to the computer."""
    copyable: str = ""
    """A path or the like, on a line of its own that can be copied."""


class QuestionBox(QDialog):
    """Window-modal. `answer` is the dismissal until a button is pressed."""

    def __init__(self, question: Question, parent: QWidget) -> None:
        super().__init__(parent)
        self.answer: Text = question.dismissed or question.answers[-1]
        headline, sentence = say(question.headline), say(question.sentence)
        self.buttons: dict[str, Button] = {}
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle(headline)
        self.setAccessibleDescription(sentence)
        words = QVBoxLayout()
        words.addWidget(Label(headline, Type.HEADLINE, wrap=True, selectable=True))
        if sentence:
            words.addWidget(Label(sentence, Type.BODY, Ink.SOFT, wrap=True, selectable=True))
        if question.copyable:
            words.addWidget(_Copyable(question.copyable, question.headline))
        icon = IconView(_ICONS[question.tone], question.tone, px(28))
        column = in_dialog(self, icon, words)
        unfold = None
        if question.details:
            details = _Details(question.details)
            column.addWidget(details)
            unfold = self._unfold(details)
        buttons = [self._button(question, answer) for answer in question.answers]
        column.addLayout(answers(*buttons, first=unfold))
        # Answers are never shortened: where they are long the box is as wide as they are.
        self.setFixedWidth(max(self.minimumWidth(), column.minimumSize().width()))
        self.buttons[question.preferred or question.answers[0]].setFocus()

    def sizeHint(self) -> QSize:
        return fitted(self, super().sizeHint())

    def _button(self, question: Question, answer: Text) -> Button:
        button = Button(say(answer))
        self.buttons[answer] = button
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        if not question.is_deliberate:
            button.setAutoDefault(True)  # Enter presses the button that has the focus
            if answer == (question.preferred or question.answers[0]):
                button.setDefault(True)
        button.clicked.connect(lambda: self._give(answer))
        return button

    def _unfold(self, details: QWidget) -> Button:
        button = Button(self.tr("Details"), Rank.QUIET, icon="chevron-right")
        button.setCheckable(True)

        def fold(on: bool) -> None:
            button.set_icon("chevron-down" if on else "chevron-right")
            details.setVisible(on)
            self.adjustSize()

        button.toggled.connect(fold)
        return button

    def _give(self, answer: Text) -> None:
        self.answer = answer
        self.accept()


class _Copyable(QLineEdit):
    def __init__(self, text: str, name: str) -> None:
        super().__init__(text)
        self.setAccessibleName(name)
        self.setReadOnly(True)
        self.setCursorPosition(0)


class _Details(QPlainTextEdit):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.setAccessibleName(self.tr("Details"))
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setFont(font(Type.MONO))
        self.setFixedHeight(px(140))
        self.hide()
