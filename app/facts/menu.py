"""The program's own menu: what it can hold. Who does an entry offers it (`app.desk.menu`)."""

from __future__ import annotations

from enum import Enum


class Entry(Enum):
    """In the order of the menu."""

    SETTINGS = "settings"
    HELP = "help"
    KEYS = "keys"
    CHECK = "check"
    LOGS = "logs"
    ABOUT = "about"
