"""The card of several devices: their table, and what can be taken along of it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QSize, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.facts.sheet import SheetFacts
from app.lib.buttons import Button, Rank
from app.lib.theme import px
from app.lib.tips import explain
from app.views.card import Card
from app.views.sheet_view import SheetHeads, SheetView


class SheetCard(Card):
    """Shows `SheetFacts`; hidden while one device is shown, or none."""

    copy_requested = Signal(bool)
    """Whether as CSV."""
    next_requested = Signal()
    ask_requested = Signal()
    """Those that did not answer shall be asked again."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("SheetCard", "Chosen devices"), parent)
        self._facts: SheetFacts | None = None
        self.view = SheetView()
        self._heads = SheetHeads(self.view)
        self._next = Button(self.tr("Next units"), Rank.QUIET, icon="plug")
        explain(self._next, self.tr("Forget these units, wait for the next ones (Ctrl+N)"))
        self._next.clicked.connect(self.next_requested)
        self._ask = Button(self.tr("Ask again"), Rank.QUIET, icon="refresh")
        explain(self._ask, self.tr("Connect again to those that did not answer"))
        self._ask.clicked.connect(self.ask_requested)
        self._text = Button(self.tr("Copy as text"), Rank.QUIET, icon="copy")
        self._text.clicked.connect(lambda: self.copy_requested.emit(False))
        self._csv = Button(self.tr("Copy as CSV"), Rank.QUIET, icon="copy")
        self._csv.clicked.connect(lambda: self.copy_requested.emit(True))
        foot = QHBoxLayout()
        foot.setSpacing(px(2))
        foot.setContentsMargins(0, px(4), 0, 0)
        foot.addWidget(self._ask)
        foot.addWidget(self._next)
        foot.addStretch(1)
        foot.addWidget(self._text)
        foot.addWidget(self._csv)
        self.body.setSpacing(px(4))
        self.body.addWidget(self._heads)
        self.body.addWidget(self.view, 1)
        self.body.addLayout(foot)
        self.hide()

    def minimumSizeHint(self) -> QSize:
        return QSize(px(240), super().minimumSizeHint().height())

    def present(self, facts: SheetFacts | None) -> None:
        if facts == self._facts:
            return
        self._facts = facts
        self.setVisible(facts is not None)
        if facts is None:
            return
        self.view.present(facts.rows)
        self.remark(facts.tally)
        for button in (self._text, self._csv):
            button.setEnabled(facts.has_lines)
        self._ask.setEnabled(facts.can_ask)
        self._next.setEnabled(facts.can_exchange)
