"""The verdict: an icon, a headline, a sentence, and what can be done next."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.facts.window import BannerFacts
from app.lib.buttons import Button, Rank
from app.lib.icon_view import Ground, IconView
from app.lib.painting import rounded
from app.lib.put_away import PutAway
from app.lib.spoken import announce
from app.lib.text import Label
from app.lib.theme import Type, px, tokens
from app.lib.tone import Ink, Tone
from app.views.action_row import ActionRow
from app.views.help_link import HelpLink

_ICONS = {
    Tone.OK: "check",
    Tone.BAD: "cross",
    Tone.WARN: "question",
    Tone.NEUTRAL: "info",
    Tone.ACCENT: "info",
}
_INKS = {Tone.OK: Ink.OK, Tone.BAD: Ink.BAD, Tone.WARN: Ink.WARN, Tone.ACCENT: Ink.ACCENT}


class Banner(PutAway):
    """Shows `BannerFacts`; hidden while there are none. `action_requested` carries a key."""

    ROLE = QAccessible.Role.AlertMessage

    action_requested = Signal(str)
    help_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._facts: BannerFacts | None = None
        self._icon = IconView("info", Tone.NEUTRAL, px(38), Ground.DISC)
        self._headline = Label("", Type.HEADLINE, wrap=True)
        self._sentence = Label("", wrap=True)
        self._sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.help_link = HelpLink()
        self.help_link.pressed_for.connect(self.help_requested)
        self._actions = ActionRow()
        self._actions.action_requested.connect(self.action_requested)
        self._close = Button("", Rank.QUIET, icon="close", name=self.tr("Dismiss"))
        self._close.clicked.connect(self.closed)
        words = QVBoxLayout()
        words.setSpacing(px(2))
        words.addStretch(1)
        words.addWidget(self._headline)
        words.addWidget(self._sentence)
        words.addWidget(self.help_link, 0, Qt.AlignmentFlag.AlignLeft)
        words.addStretch(1)
        self._told = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._told.setSpacing(px(10))
        self._told.addLayout(words, 1)
        self._told.addWidget(self._actions, 0, Qt.AlignmentFlag.AlignVCenter)
        line = QHBoxLayout(self)
        line.setContentsMargins(px(18), px(14), px(16), px(14))
        line.setSpacing(px(14))
        line.addWidget(self._icon)
        line.addLayout(self._told, 1)
        line.addWidget(self._close)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.hide()

    @property
    def facts(self) -> BannerFacts | None:
        return self._facts

    def present(self, facts: BannerFacts | None) -> None:
        if facts == self._facts:
            return
        self._facts = facts
        self.setVisible(facts is not None)
        if facts is None:
            return
        self._icon.present(facts.icon or _ICONS[facts.tone], facts.tone)
        self._headline.setText(facts.headline)
        self._headline.dye(_INKS.get(facts.tone, Ink.INK))
        self._sentence.setText(facts.sentence)
        self._sentence.setVisible(bool(facts.sentence))
        self.help_link.present(facts.help)
        self._close.setVisible(facts.closable)
        self.setAccessibleName(f"{facts.headline}. {facts.sentence}")
        self._actions.present(facts.actions)
        self._arrange()
        self.update()
        if QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))
        announce(self, self.accessibleName(), is_urgent=True)

    def minimumSizeHint(self) -> QSize:
        hint = super().minimumSizeHint()
        return QSize(min(hint.width(), px(420)), hint.height())

    def can_be_put_away(self) -> bool:
        return self._facts is not None and self._facts.closable

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tone = self._facts.tone if self._facts is not None else Tone.NEUTRAL
        worn = tokens()
        line = worn.line if tone is Tone.NEUTRAL else None
        rounded(painter, QRectF(self.rect()), 11, worn.ground(tone), line)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Buttons beside the words, or below where they would leave them too little width."""
        crowded = self._actions.sizeHint().width() > 0.4 * self.width()
        direction = (
            QBoxLayout.Direction.TopToBottom if crowded else QBoxLayout.Direction.LeftToRight
        )
        if self._told.direction() is not direction:
            self._told.setDirection(direction)
