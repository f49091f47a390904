"""A section of a job as a page: a heading, a sentence, cards of fields."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.facts.job import CardFacts, SectionFacts
from app.lib.text import Label
from app.lib.theme import Type, px
from app.lib.tone import Ink
from app.views.job_entries import EntryList
from app.views.job_fields import Field
from app.views.setting_rows import Section

_WIDEST = 720


class JobPage(QScrollArea):
    """Shows `SectionFacts`. What is entered is emitted with the field's key."""

    entered = Signal(str, str)
    acted = Signal(str)
    added = Signal(str)
    removed = Signal(str)

    def __init__(self, facts: SectionFacts, firmware: QWidget | None = None) -> None:
        """`firmware`: stands at the head of the card that has the firmware."""
        super().__init__()
        self.fields: dict[str, Field] = {}
        self.lists: dict[str, EntryList] = {}
        self._firmware = firmware
        self._shape: object = None
        self._made: dict[object, Section] = {}
        self._title = Label(facts.title, Type.NAME, wrap=True)
        self._words = Label(facts.words, Type.BODY, Ink.SOFT, wrap=True)
        self._cards = QVBoxLayout()
        self._cards.setSpacing(px(18))
        page = QWidget()
        page.setMaximumWidth(px(_WIDEST))
        column = QVBoxLayout(page)
        column.setContentsMargins(px(24), px(18), px(24), px(20))
        column.setSpacing(px(4))
        column.addWidget(self._title)
        column.addWidget(self._words)
        column.addSpacing(px(12))
        column.addLayout(self._cards)
        column.addStretch(1)
        inner = QWidget()
        inner.setObjectName("scrolled")
        around = QHBoxLayout(inner)  # a column would reckon heights with more than the page's width
        around.setContentsMargins(0, 0, 0, 0)
        around.addWidget(page, 1)
        around.addStretch(0)
        self.setWidget(inner)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.present(facts, locked=False)

    def present(self, facts: SectionFacts, *, locked: bool) -> None:
        shape = tuple(_shape(card) for card in facts.cards)
        if shape != self._shape:
            self._rebuild(facts)
            self._shape = shape
        for card in facts.cards:
            for each in card.fields:
                self.fields[each.key].present(each)
            if card.entries is not None:
                self.lists[card.entries.key].present(card.entries)
        for field in self.fields.values():
            field.lock(locked=locked)
        for entries in self.lists.values():
            entries.lock(locked=locked)

    def _rebuild(self, facts: SectionFacts) -> None:
        """Cards that stay, and fields that do, are the same widgets: the keyboard stays there."""
        focused = self.window().focusWidget()
        kept, lists, cards = self.fields, self.lists, self._made
        self.fields, self.lists, self._made = {}, {}, {}
        for card in facts.cards:
            shape = _shape(card)
            section = cards.pop(shape, None)
            if section is None:
                section = self._card(card, kept, lists)
            else:
                self.fields |= {each.key: kept[each.key] for each in card.fields}
                if card.entries is not None:
                    self.lists[card.entries.key] = lists[card.entries.key]
            self._made[shape] = section
        for gone in cards.values():
            self._cards.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for at, section in enumerate(self._made.values()):
            self._cards.insertWidget(at, section)
            section.show()
        if focused is not None and self.isAncestorOf(focused) and not focused.hasFocus():
            focused.setFocus(Qt.FocusReason.OtherFocusReason)

    def _card(
        self, card: CardFacts, kept: dict[str, Field], lists: dict[str, EntryList]
    ) -> Section:
        rows: list[QWidget] = []
        if card.has_firmware and self._firmware is not None:
            rows.append(self._firmware)
        for each in card.fields:
            field = kept.get(each.key)
            is_same = field is not None and (field.facts.kind, field.facts.options) == (
                each.kind,
                each.options,
            )
            if field is None or not is_same:
                field = Field(each)
                field.entered.connect(self.entered)
                field.acted.connect(self.acted)
            self.fields[each.key] = field
            rows.append(field)
        if card.entries is not None:
            entries = lists.get(card.entries.key)
            if entries is None:
                entries = EntryList(card.entries)
                entries.entered.connect(self.entered)
                entries.added.connect(self.added)
                entries.removed.connect(self.removed)
            self.lists[card.entries.key] = entries
            rows.append(entries)
        return Section(card.title, *rows)


def _shape(card: CardFacts) -> object:
    """What makes it the same card with other values in it."""
    fields = tuple((each.key, each.kind, each.options) for each in card.fields)
    return card.title, fields, card.entries.key if card.entries else "", card.has_firmware
