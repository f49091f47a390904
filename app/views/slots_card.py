"""The card "On the device": the slots of its images, or the advice why there are none to see."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.facts.slots import ImageFacts, SlotsFacts
from app.lib.text import Label
from app.lib.theme import Type, px
from app.lib.tone import Ink
from app.views.advice_view import AdviceView
from app.views.card import Card
from app.views.slot_view import SlotView
from smp.text import Text


class SlotsCard(Card):
    """Shows `SlotsFacts`; `action_requested` carries the key of the advice's action,
    `act_requested` that of an act on a slot."""

    action_requested = Signal(str)
    act_requested = Signal(str)
    help_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            parent=parent, title=QCoreApplication.translate("SlotsCard", "On the device")
        )
        self._images: list[_ImageView] = []
        self._advice = AdviceView()
        self._advice.action_requested.connect(self.action_requested)
        self._advice.help_requested.connect(self.help_requested)
        self._note = Label("", Type.SMALL, Ink.SOFT, wrap=True)
        self._column = QVBoxLayout()
        self._column.setSpacing(px(22))
        self.body.addLayout(self._column)
        self.body.addWidget(self._advice)
        self.body.addWidget(self._note)
        self.body.addStretch(1)
        self.present(SlotsFacts())

    @property
    def help_place(self) -> str:
        """Where the help explains the advice that is shown."""
        return "" if self._advice.isHidden() else self._advice.help_place

    def present(self, facts: SlotsFacts) -> None:
        images = () if facts.advice is not None else facts.images
        if [len(image.slots) for image in images] != [view.count for view in self._images]:
            self._rebuild(images)
        for view, image in zip(self._images, images, strict=True):
            view.present(
                image, dimmed=facts.dimmed, titled=len(images) > 1, locked=facts.acts_locked
            )
        if facts.advice is not None:
            self._advice.present(facts.advice)
        self._advice.setVisible(facts.advice is not None)
        self._note.setText(facts.note)
        self._note.setVisible(bool(facts.note))
        self.remark(images[0].title if len(images) == 1 else "")

    def _rebuild(self, images: tuple[ImageFacts, ...]) -> None:
        for view in self._images:
            view.hide()
            view.deleteLater()
        self._images = [_ImageView(len(image.slots)) for image in images]
        for view in self._images:
            view.act_requested.connect(self.act_requested)
            self._column.addWidget(view)


class _ImageView(QWidget):
    """The slots of one image, under its name when there are several images."""

    act_requested = Signal(str)

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count
        self._title = Label("", Type.LABEL, Ink.SOFT)
        self._slots = [SlotView() for _ in range(count)]
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(12))
        column.addWidget(self._title)
        for slot in self._slots:
            slot.act_requested.connect(self.act_requested)
            column.addWidget(slot)

    def present(self, facts: ImageFacts, *, dimmed: bool, titled: bool, locked: Text) -> None:
        self._title.setText(facts.title)
        self._title.setVisible(titled)
        for view, slot in zip(self._slots, facts.slots, strict=True):
            view.present(slot, dimmed=dimmed, locked=locked)
