"""Settings files as they were before they had a version: Qt wrote them, in its own notation.

Told by the window's place, which Qt kept as bytes; a file that a person wrote is none of these.
"""

from __future__ import annotations

import base64
from pathlib import Path

_MARK = "@ByteArray("


def is_old(text: str) -> bool:
    return _MARK in text


def values(path: Path) -> dict[str, str]:
    """What is in such a file, in today's notation. Blocking."""
    from PySide6.QtCore import QSettings

    store = QSettings(str(path), QSettings.Format.IniFormat)
    return {key: _today(store.value(key)) for key in store.allKeys()}


def _today(value: object) -> str:
    from PySide6.QtCore import QByteArray

    if isinstance(value, QByteArray):
        return base64.b64encode(bytes(value.data())).decode("ascii")
    if isinstance(value, list):
        return "\n".join(str(item) for item in value)
    return "" if value is None else str(value)
