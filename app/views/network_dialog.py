"""Asks for the address of a device in the network."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import Qt
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from app.lib.buttons import Button, Rank
from app.lib.dialog import finished, is_alive
from app.lib.text import Label
from app.lib.theme import Type, px
from app.lib.tone import Ink

DEFAULT_PORT = 1337
"""Zephyr's port for SMP."""


class Protocol(StrEnum):
    UDP = "udp"
    TCP = "tcp"


@dataclass(frozen=True, slots=True)
class NetworkAnswer:
    host: str
    port: int
    protocol: Protocol


async def ask_network_device(parent: QWidget) -> NetworkAnswer | None:
    """The address that was entered, or None when dismissed."""
    dialog = NetworkDialog(parent)
    try:
        accepted = await finished(dialog) == QDialog.DialogCode.Accepted
        return dialog.answer() if accepted and is_alive(dialog) else None
    finally:
        if is_alive(dialog):
            dialog.deleteLater()


class NetworkDialog(QDialog):
    """The button enabled as soon as there is a host and a port that can be one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Add network device"))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.host = QLineEdit()
        self.host.setPlaceholderText("192.0.2.7")
        self.host.setAccessibleName(self.tr("Address or host name"))
        self.host.setMinimumWidth(px(260))
        self.port = QLineEdit(str(DEFAULT_PORT))
        self.port.setValidator(QIntValidator(1, 65_535, self))
        self.port.setAccessibleName(self.tr("Port"))
        self.port.setMaximumWidth(px(90))
        self._protocols = QButtonGroup(self)
        self.add = Button(self.tr("Add"), Rank.PRIMARY)
        self.add.setDefault(True)
        self.add.clicked.connect(self.accept)
        cancel = Button(self.tr("Cancel"))
        cancel.clicked.connect(self.reject)
        for field in (self.host, self.port):
            field.textChanged.connect(self._weigh)
        form = QFormLayout()
        form.setHorizontalSpacing(px(14))
        form.setVerticalSpacing(px(10))
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for words, field in ((self.tr("&Address"), self.host), (self.tr("&Port"), self.port)):
            label = Label(words, Type.BODY, Ink.SOFT)
            label.setBuddy(field)
            form.addRow(label, field)
        form.addRow(Label(self.tr("Protocol"), Type.BODY, Ink.SOFT), self._choice())
        buttons = QHBoxLayout()
        buttons.setSpacing(px(10))
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(self.add)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(20), px(18), px(20), px(18))
        column.setSpacing(px(16))
        column.addLayout(form)
        column.addLayout(buttons)
        self._weigh()

    def answer(self) -> NetworkAnswer:
        protocol = list(Protocol)[self._protocols.checkedId()]
        return NetworkAnswer(self.host.text().strip(), int(self.port.text()), protocol)

    def _choice(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(px(4))
        for at, protocol in enumerate(Protocol):
            button = Button(protocol.value.upper(), Rank.QUIET)
            button.setCheckable(True)
            button.setChecked(at == 0)
            self._protocols.addButton(button, at)
            line.addWidget(button)
        line.addStretch(1)
        return line

    def _weigh(self) -> None:
        host = self.host.text().strip()
        good = bool(host) and not any(letter.isspace() for letter in host)
        self.add.setEnabled(good and self.port.hasAcceptableInput())
