"""Asks for the address of a device that is not listed by itself."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIntValidator, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from app.facts.devices import NetworkEntry
from app.lib.buttons import Button, Rank
from app.lib.dialog import finished, is_alive
from app.lib.layouts import answers
from app.lib.text import Label
from app.lib.theme import Type, px
from app.lib.tone import Ink
from app.views.help_link import HelpLink

DEFAULT_PORT = 1337
"""Zephyr's port for SMP."""
PROTOCOLS = ("udp", "tcp")
_HELP = "troubleshooting#network"

Read = Callable[[str, str, str], NetworkEntry]
"""Understands (address, port, protocol) as they were entered."""


async def ask_network_device(
    parent: QWidget, read: Read, explain: Callable[[str], object]
) -> str | None:
    """The address that was entered, in the program's notation, or None when dismissed. `explain`
    opens the help at a place."""
    dialog = NetworkDialog(read, parent)
    dialog.help_requested.connect(explain)
    try:
        accepted = await finished(dialog) == QDialog.DialogCode.Accepted
        return dialog.entry.address if accepted and is_alive(dialog) else None
    finally:
        if is_alive(dialog):
            dialog.deleteLater()


class NetworkDialog(QDialog):
    """The button is enabled as soon as the entry can be used; why it is not, stands there."""

    help_requested = Signal(str)

    def __init__(self, read: Read, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._read = read
        self.entry = NetworkEntry()
        self.setWindowTitle(self.tr("Add a device"))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.host = QLineEdit()
        self.host.setPlaceholderText("192.0.2.7")
        self.host.setAccessibleName(self.tr("Address, host name or port"))
        self.host.setMinimumWidth(px(320))
        self.port = QLineEdit(str(DEFAULT_PORT))
        self.port.setValidator(QIntValidator(1, 65_535, self))
        self.port.setAccessibleName(self.tr("Port"))
        self.port.setMaximumWidth(px(90))
        self._own_port = str(DEFAULT_PORT)
        self._own_protocol = 0
        self._protocols = QButtonGroup(self)
        self.words = Label("", Type.SMALL, Ink.SOFT, wrap=True)
        self.words.setMinimumHeight(3 * self.words.fontMetrics().lineSpacing())
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.help_link = HelpLink()
        self.help_link.pressed_for.connect(self.help_requested)
        help_keys = QShortcut(QKeySequence(QKeySequence.StandardKey.HelpContents), self)
        help_keys.activated.connect(self._explain)
        self.add = Button(self.tr("Add"), Rank.PRIMARY)
        self.add.setDefault(True)
        self.add.clicked.connect(self.accept)
        cancel = Button(self.tr("Cancel"))
        cancel.clicked.connect(self.reject)
        form = QFormLayout()
        form.setHorizontalSpacing(px(14))
        form.setVerticalSpacing(px(10))
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for words, field in ((self.tr("&Address"), self.host), (self.tr("&Port"), self.port)):
            label = Label(words, Type.BODY, Ink.SOFT)
            label.setBuddy(field)
            form.addRow(label, field)
        form.addRow(Label(self.tr("Protocol"), Type.BODY, Ink.SOFT), self._choice())
        column = QVBoxLayout(self)
        column.setContentsMargins(px(20), px(18), px(20), px(18))
        column.setSpacing(px(14))
        column.addLayout(form)
        column.addWidget(self.words)
        column.addLayout(answers(cancel, self.add, first=self.help_link))
        self.host.textChanged.connect(self._weigh)
        self.port.textChanged.connect(self._keep_port)
        self._protocols.idClicked.connect(self._keep_protocol)
        self._weigh()

    def _explain(self) -> None:
        self.help_requested.emit(self.entry.help or _HELP)

    def _choice(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(px(4))
        for at, protocol in enumerate(PROTOCOLS):
            button = Button(protocol.upper(), Rank.QUIET)
            button.setCheckable(True)
            button.setChecked(at == 0)
            self._protocols.addButton(button, at)
            line.addWidget(button)
        line.addStretch(1)
        return line

    def _keep_port(self, text: str) -> None:
        if self.port.isEnabled():
            self._own_port = text
            self._weigh()

    def _keep_protocol(self, at: int) -> None:
        self._own_protocol = at
        self._weigh()

    def _weigh(self) -> None:
        """Read everything anew. What the address itself says is shown in the other fields."""
        text = self.host.text()
        self.entry = entry = self._read(text, self._own_port, PROTOCOLS[self._own_protocol])
        port = str(entry.port) if entry.port is not None else self._own_port
        if not entry.needs_port:
            port = ""
        is_own = entry.port is None and entry.needs_port
        if port != self.port.text():
            self.port.setEnabled(False)  # or it would be taken for one's own
            self.port.setText(port)
        self.port.setEnabled(is_own)
        wanted = PROTOCOLS.index(entry.protocol) if entry.protocol else self._own_protocol
        self._protocols.button(wanted).setChecked(True)
        for button in self._protocols.buttons():
            button.setEnabled(not entry.protocol and entry.needs_port)
        self.add.setEnabled(bool(entry.address))
        self.help_link.present(entry.help)
        self.words.setText(entry.problem or self._hint(entry))
        self.words.dye(Ink.WARN if entry.problem else Ink.SOFT)

    def _hint(self, entry: NetworkEntry) -> str:
        if entry.address:
            return self.tr("Adds {0}").format(entry.address)
        return self.tr(
            "An IP address or a name (udp:192.0.2.7:1337), or a serial port: /dev/ttymxc0, COM12, "
            "usb:1366:1015, /dev/ttyUSB0?baud=57600."
        )
