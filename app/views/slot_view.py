"""One slot: its name, the version in it, its states as chips, the bar, its size and hash."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.facts.slots import SlotBarFacts
from app.language import say
from app.lib import wording
from app.lib.buttons import Button, Rank
from app.lib.text import ElidedLabel, Label
from app.lib.theme import Type, font, px
from app.lib.tips import explain
from app.lib.tone import Ink
from app.views.chip import ChipRow
from app.views.slot_bar import SlotBar
from app.views.slot_menu import SlotMenu
from smp.text import NOTHING, Text

_COPIED_FOR = 1_500


class SlotView(QWidget):
    """Shows `SlotBarFacts`. The hash copies itself in full when it is pressed; the menu's
    `act_requested` carries the key of what was chosen."""

    ROLE = QAccessible.Role.Grouping
    act_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._facts = SlotBarFacts(NOTHING)
        self._title = Label("", Type.STRONG)
        self._version = ElidedLabel("", Type.VERSION, middle=True)
        self._chips = ChipRow(px(8))
        self.menu = SlotMenu()
        self.menu.chosen.connect(self.act_requested)
        self._bar = SlotBar()
        self._words = ElidedLabel("", Type.SMALL, Ink.SOFT)
        self._digest = Button("", Rank.LINK)
        plain = font(Type.SMALL)
        plain.setUnderline(False)
        self._digest.setFont(plain)
        self._digest.clicked.connect(self._copy)
        self._restore = QTimer(self)
        self._restore.setSingleShot(True)
        self._restore.setInterval(_COPIED_FOR)
        self._restore.timeout.connect(self._name_digest)

        head = QHBoxLayout()
        head.setSpacing(px(8))
        head.addWidget(self._title)
        head.addWidget(self._version)
        head.addWidget(self._chips, 1)
        head.addWidget(self.menu)
        foot = QHBoxLayout()
        foot.setSpacing(px(8))
        foot.addWidget(self._words, 1)
        foot.addWidget(self._digest)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(5))
        column.addLayout(head)
        column.addWidget(self._bar)
        column.addLayout(foot)

    def present(self, facts: SlotBarFacts, *, dimmed: bool = False, locked: Text = NOTHING) -> None:
        """locked: why nothing can be done to it now."""
        self._facts = facts
        self.menu.present(facts.acts, facts.title, locked)
        self.setAccessibleName(facts.title)
        self._title.setText(facts.title)
        self._title.dye(Ink.SOFT if dimmed else Ink.INK)
        self._version.setText(facts.version or self.tr("empty"))
        self._version.dye(Ink.SOFT if dimmed or not facts.version else Ink.INK)
        self._chips.present(facts.chips)
        self._chips.fade(dimmed)
        self._bar.present(facts, dimmed=dimmed)
        self._words.setText(say(self._size_words(facts)))
        self._digest.setVisible(bool(facts.digest))
        if not self._restore.isActive():
            self._name_digest()

    def _size_words(self, facts: SlotBarFacts) -> Text:
        if facts.received is not None and facts.used:
            words = wording.size_of(min(facts.received, facts.used), facts.used)
            return Text("{size} written", size=words)
        if facts.version and not facts.used:
            if facts.capacity is None:
                return Text("size not told")
            return Text("size not told, slot of {size}", size=wording.size(facts.capacity))
        if facts.capacity is None:
            return wording.size(facts.used) if facts.used else Text("size not told")
        return wording.size_of(facts.used, facts.capacity)

    def _name_digest(self) -> None:
        facts = self._facts
        if facts.digest:
            digest = wording.short_hash(facts.digest)
            self._digest.setText(
                say(Text("{name} {digest}", name=facts.digest_name, digest=digest))
            )
            whole = wording.short_hash(facts.digest, groups=64)
            explain(self._digest, self.tr("{0}\nPress to copy").format(whole))
            self._digest.setAccessibleDescription(whole)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._facts.digest)
        self._digest.setText(self.tr("copied"))
        self._restore.start()
