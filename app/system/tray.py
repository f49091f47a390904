"""Notices where the desktop ties them to an icon in the tray: it comes with them and goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.system.services import Notice
from smp.signal import Signal

if TYPE_CHECKING:
    from PySide6.QtWidgets import QSystemTrayIcon

_STANDS = 10_000
"""Milliseconds; Windows keeps what was not seen in its own list."""


class Tray:
    """`pressed` is told of the notice that is pressed, which is always the last one."""

    def __init__(self, pressed: Signal[str, str]) -> None:
        self._pressed = pressed
        self._icon: QSystemTrayIcon | None = None
        self._key = ""

    def tell(self, notice: Notice) -> bool:
        """Whether it is shown."""
        from PySide6.QtWidgets import QSystemTrayIcon

        from app.lib.icons import application_icon

        if not (QSystemTrayIcon.isSystemTrayAvailable() and QSystemTrayIcon.supportsMessages()):
            return False
        if self._icon is None:
            self._icon = QSystemTrayIcon(application_icon())
            self._icon.messageClicked.connect(self._press)
            self._icon.activated.connect(self._press)
        self._key = notice.key
        kind = QSystemTrayIcon.MessageIcon
        self._icon.show()
        urgent = kind.Warning if notice.is_urgent else kind.Information
        self._icon.showMessage(notice.title, notice.words, urgent, _STANDS)
        return True

    def withdraw(self) -> None:
        """Nothing needs to be told any more."""
        icon, self._icon = self._icon, None
        if icon is not None:
            icon.hide()
            icon.deleteLater()

    def _press(self) -> None:
        self._pressed.tell(self._key, "")
