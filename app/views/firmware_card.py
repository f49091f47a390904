"""The card "Firmware": the file, and under it what would happen with it."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.views.card import Card
from app.views.drop_zone import DropZone
from app.views.facts import FirmwareFacts, PlanButton, PlanFacts
from app.views.plan_view import PlanView


class FirmwareCard(Card):
    """Holds `zone` and `plan`; their signals are the card's."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Firmware", parent)
        self.zone = DropZone()
        self.plan = PlanView()
        self.body.addWidget(self.zone)
        self.body.addWidget(self.plan)
        self.body.addStretch(1)
        self.plan.hide()

    def present(self, firmware: FirmwareFacts, plan: PlanFacts | None = None) -> None:
        self.zone.present(firmware)
        shown = plan or PlanFacts()
        self.plan.present(shown)
        self.plan.setVisible(
            bool(shown.then or shown.checks) or shown.button is not PlanButton.NONE
        )
