"""What the page of the settings is made of: a card of rows, a setting, a list of entries."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.facts.settings import EntryFacts
from app.lib.buttons import Button, Rank
from app.lib.icon_view import IconView
from app.lib.layouts import emptied
from app.lib.switch import Switch
from app.lib.text import ElidedLabel, Label
from app.lib.theme import Type, px
from app.lib.tone import Ink, Tone

_INSIDE = 16


class Section(QWidget):
    """A title, and below it a card; a thin line between its rows. `lock`: says above them why they
    cannot be changed, where they may be locked."""

    def __init__(self, title: str, *rows: QWidget, lockable: bool = False) -> None:
        super().__init__()
        self.setAccessibleName(title)
        self.lock = Locked() if lockable else None
        card = QFrame()
        card.setObjectName("card")
        inside = QVBoxLayout(card)
        inside.setContentsMargins(px(_INSIDE), px(4), px(_INSIDE), px(4))
        inside.setSpacing(0)
        if self.lock is not None:
            inside.addWidget(self.lock)
        for at, row in enumerate(rows):
            if at:
                inside.addWidget(line_between())
            inside.addWidget(row)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(7))
        column.addWidget(Label(title, Type.LABEL, Ink.SOFT))
        column.addWidget(card)


class Row(QWidget):
    """What is set, in words, and the control at the right. Pressing the words of a switch is
    pressing it."""

    def __init__(self, title: str, sentence: str, control: QWidget) -> None:
        super().__init__()
        self._control = control
        self._usual = sentence
        self.words = Label(sentence, Type.SMALL, Ink.SOFT, wrap=True)
        self.words.setVisible(bool(sentence))
        words = QVBoxLayout()
        words.setSpacing(px(2))
        words.addWidget(Label(title, Type.MEDIUM, wrap=True))
        words.addWidget(self.words)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, px(10), 0, px(10))
        line.setSpacing(px(18))
        line.addLayout(words, 1)
        line.addWidget(control, 0, Qt.AlignmentFlag.AlignVCenter)
        control.setAccessibleDescription(sentence)

    def say(self, sentence: str = "", ink: Ink = Ink.SOFT) -> None:
        """Another sentence than the usual one; empty: that one."""
        shown = sentence or self._usual
        self.words.setText(shown)
        self.words.setVisible(bool(shown))
        self.words.dye(ink)
        self._control.setAccessibleDescription(shown)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if isinstance(self._control, Switch) and event.button() is Qt.MouseButton.LeftButton:
            self._control.click()


class Entries(QWidget):
    """A list: each entry with what can be done with it, and a button to add one."""

    add_requested = Signal()
    remove_requested = Signal(str)
    change_requested = Signal(str)

    def __init__(self, icon: str, nothing: str, add: str, *, changeable: bool = False) -> None:
        super().__init__()
        self._icon = icon
        self._changeable = changeable
        self._shown: tuple[EntryFacts, ...] | None = None
        self._nothing = Label(nothing, Type.SMALL, Ink.SOFT, wrap=True)
        self.add = Button(add, icon="plus")
        self.add.clicked.connect(self.add_requested)
        self._lines = QVBoxLayout()
        self._lines.setSpacing(px(2))
        foot = QHBoxLayout()
        foot.addWidget(self.add)
        foot.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, px(10), 0, px(12))
        column.setSpacing(px(9))
        column.addWidget(self._nothing)
        column.addLayout(self._lines)
        column.addLayout(foot)

    def present(self, entries: Sequence[EntryFacts]) -> None:
        if tuple(entries) == self._shown:
            return
        had = self.isAncestorOf(self.window().focusWidget()) if self.window().focusWidget() else 0
        self._shown = tuple(entries)
        emptied(self._lines)
        for entry in entries:
            self._lines.addWidget(self._line(entry))
        self._nothing.setVisible(not entries)
        if had:  # what had it is gone
            self.add.setFocus(Qt.FocusReason.OtherFocusReason)

    def _line(self, entry: EntryFacts) -> QWidget:
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(px(10))
        bad = bool(entry.problem)
        line.addWidget(
            IconView("warning" if bad else self._icon, Tone.WARN if bad else Tone.NEUTRAL, px(18))
        )
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(ElidedLabel(entry.name, Type.BODY, middle=True))
        if detail := entry.problem or entry.detail:
            words.addWidget(ElidedLabel(detail, Type.SMALL, Ink.WARN if bad else Ink.SOFT))
        line.addLayout(words, 1)
        if self._changeable and not bad:
            line.addWidget(self._change(entry))
        line.addWidget(self._remove(entry))
        return row

    def _change(self, entry: EntryFacts) -> Button:
        button = Button(self.tr("Change…"), Rank.QUIET)
        button.setAccessibleName(self.tr("Change {0}").format(entry.name))
        button.setEnabled(not entry.lasting)
        button.clicked.connect(lambda: self.change_requested.emit(entry.identity))
        return button

    def _remove(self, entry: EntryFacts) -> Button:
        name = self.tr("Remove {0}").format(entry.name)
        button = Button("", Rank.QUIET, icon="trash", name=name, hint=entry.lasting or name)
        button.setEnabled(not entry.lasting)
        button.clicked.connect(lambda: self.remove_requested.emit(entry.identity))
        return button


class Locked(QWidget):
    """Says why a section cannot be changed, and is there only then."""

    def __init__(self) -> None:
        super().__init__()
        self._words = Label("", Type.SMALL, Ink.SOFT, wrap=True)
        words = QHBoxLayout()
        words.setContentsMargins(0, px(10), 0, px(10))
        words.setSpacing(px(10))
        words.addWidget(IconView("lock", Tone.NEUTRAL, px(18)))
        words.addWidget(self._words, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(words)
        column.addWidget(line_between())

    def say(self, why: str) -> None:
        self._words.setText(why)
        self.setVisible(bool(why))


def line_between() -> QFrame:
    """Thin, between two rows of a card."""
    line = QFrame()
    line.setObjectName("separator")
    line.setFixedHeight(1)
    return line
