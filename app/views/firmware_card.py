"""The card "Firmware": the file, and under it what would happen with it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from app.facts.firmware import FirmwareFacts, PlanButton, PlanFacts
from app.lib.theme import px
from app.views.card import Card
from app.views.drop_zone import DropZone
from app.views.plan_view import PlanView

_USUAL_HEIGHT = 300
"""Holds a file, its versions, four lines of checks and the button."""


class FirmwareCard(Card):
    """Holds `zone` and `plan`; their signals are the card's."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("FirmwareCard", "Firmware"), parent)
        self._facts: tuple[FirmwareFacts, PlanFacts | None] | None = None
        self.zone = DropZone()
        self.plan = PlanView()
        self.body.addWidget(self.zone)
        self.body.addWidget(self.plan)
        self.plan.hide()
        self.setMinimumHeight(px(_USUAL_HEIGHT))

    def present(self, firmware: FirmwareFacts, plan: PlanFacts | None = None) -> None:
        if (firmware, plan) == self._facts:
            return
        self._facts = firmware, plan
        self.zone.present(firmware)
        is_empty = firmware.file is None and not firmware.reading
        self.body.setStretchFactor(self.zone, 1 if is_empty else 0)
        self.body.setStretchFactor(self.plan, 0 if is_empty else 1)
        shown = plan or PlanFacts()
        self.plan.present(shown)
        # The button stands at the foot, and stays there while lines come and go above it. With a
        # verdict there are few of them, and the curve has use for the room.
        self.setMinimumHeight(0 if shown.is_over or shown.compact else px(_USUAL_HEIGHT))
        self.plan.setVisible(
            bool(shown.then or shown.checks) or shown.button is not PlanButton.NONE
        )
