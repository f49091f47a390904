"""A line across the page: something about the program itself, which stands until it is put away."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.facts.window import NoticeFacts
from app.lib.buttons import Button, Rank
from app.lib.icon_view import IconView
from app.lib.painting import rounded
from app.lib.put_away import PutAway
from app.lib.text import Label
from app.lib.theme import Type, px, tokens
from app.lib.tone import Tone

_INSET = 20
_ICONS = {
    Tone.NEUTRAL: "info",
    Tone.ACCENT: "info",
    Tone.OK: "check",
    Tone.WARN: "warning",
    Tone.BAD: "warning",
}


class Notice(PutAway):
    """Shows `NoticeFacts`; hidden without. `action_requested` carries the action's key."""

    action_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.facts: NoticeFacts | None = None
        self._icon = IconView("info", Tone.NEUTRAL, px(18))
        self._words = Label("", Type.BODY, wrap=True, selectable=True)
        self._action = Button("", Rank.PLAIN)
        self._action.clicked.connect(self._act)
        close = Button("", Rank.QUIET, icon="close", name=self.tr("Dismiss"))
        close.clicked.connect(self.closed)
        line = QHBoxLayout(self)
        line.setContentsMargins(px(_INSET + 16), px(8), px(_INSET + 8), px(14))
        line.setSpacing(px(11))
        line.addWidget(self._icon)
        line.addWidget(self._words, 1)
        line.addWidget(self._action)
        line.addWidget(close)
        self.hide()

    def present(self, facts: NoticeFacts | None) -> None:
        if facts == self.facts:
            return
        self.facts = facts
        self.setVisible(facts is not None)
        if facts is None:
            return
        self._icon.present(_ICONS[facts.tone], facts.tone)
        self._words.setText(facts.words)
        self.setAccessibleName(facts.words)
        self._action.setVisible(facts.action is not None)
        if facts.action is not None:
            self._action.setText(facts.action.words)
            self._action.set_icon(facts.action.icon)
        self.update()
        if QAccessible.isActive():  # a screen reader says it at once
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def _act(self) -> None:
        if self.facts is not None and self.facts.action is not None:
            self.action_requested.emit(self.facts.action.key)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tone = self.facts.tone if self.facts is not None else Tone.NEUTRAL
        worn = tokens()
        line = worn.line if tone is Tone.NEUTRAL else None
        box = QRectF(self.rect()).adjusted(px(_INSET), 2, -px(_INSET), -px(8))
        rounded(painter, box, 9, worn.ground(tone), line)
