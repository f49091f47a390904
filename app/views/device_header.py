"""Whose page this is: the device's name, what it is, how the link to it stands."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.facts.devices import HeaderFacts, LinkButton, PortButton
from app.facts.words import ChipFacts
from app.lib.buttons import Button, Rank
from app.lib.text import ElidedLabel
from app.lib.theme import Type, px
from app.lib.tips import tip
from app.lib.tone import Ink
from app.views.chip import Chip, ChipRow
from smp.text import NOTHING


class DeviceHeader(QWidget):
    """Shows `HeaderFacts`, or that no device is chosen."""

    connect_requested = Signal()
    disconnect_requested = Signal()
    port_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._button_kind = LinkButton.NONE
        self._name = ElidedLabel("", Type.NAME)
        self._chips = ChipRow(px(10))
        self._state = Chip(ChipFacts(NOTHING), whole=True)
        self._button = Button("")
        self._button.clicked.connect(self._pressed)
        self._port = Button(self.tr("Port…"), Rank.QUIET, icon="serial")
        self._port.setAccessibleName(self.tr("Baud rate and framing of the port…"))
        self._port.setToolTip(tip(self.tr("Baud rate and framing of the port")))
        self._port.clicked.connect(self.port_requested)
        line = QHBoxLayout(self)
        line.setContentsMargins(px(20), px(12), px(20), px(10))
        line.setSpacing(px(12))
        line.addWidget(self._name)
        line.addWidget(self._chips, 1)
        line.addWidget(self._state)
        line.addWidget(self._port)
        line.addWidget(self._button)
        self.setMinimumHeight(px(60))
        self.present(None)

    def present(self, facts: HeaderFacts | None) -> None:
        shown = facts or HeaderFacts(self.tr("No device chosen"))
        self._name.setText(shown.name)
        self._name.dye(Ink.SOFT if facts is None else Ink.INK)
        self._chips.present(shown.chips)
        self._state.setVisible(shown.state is not None)
        if shown.state is not None and shown.state != self._state.facts:
            self._state.present(shown.state)
        self._port.setVisible(shown.port is not PortButton.NONE)
        self._port.setEnabled(shown.port is PortButton.OPEN)
        self._button_kind = shown.button
        self._button.setVisible(shown.button is not LinkButton.NONE)
        if shown.button is not LinkButton.NONE:
            connect = shown.button is LinkButton.CONNECT
            self._button.setText(self.tr("Connect") if connect else self.tr("Disconnect"))

    def _pressed(self) -> None:
        if self._button_kind is LinkButton.CONNECT:
            self.connect_requested.emit()
        else:
            self.disconnect_requested.emit()
