"""A window that comes forward because somebody has asked for it elsewhere."""

from __future__ import annotations

import os

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

_TOKEN = "XDG_ACTIVATION_TOKEN"  # noqa: S105 -- the name of a variable


def bring_forward(window: QWidget, token: str = "") -> None:
    """Show the window on top, with the keyboard where the desktop allows that; otherwise it asks
    for attention. `token`: the desktop's allowance, given to whoever was started by a person."""
    if token:
        os.environ[_TOKEN] = token  # where Qt looks for it, on Wayland, and takes it away
    window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
    window.show()
    window.raise_()
    window.activateWindow()
    QApplication.alert(window)
