"""The program's own menu: what it can hold. Who does an entry offers it (`app.desk.menu`)."""

from __future__ import annotations

from enum import Enum


class Entry(Enum):
    """In the order of the menu."""

    SETTINGS = "settings"
    NEW_JOB = "new-job"
    EDIT_JOB = "edit-job"
    OPEN_STATION = "open-station"
    RECORDS = "records"
    HELP = "help"
    KEYS = "keys"
    CHECK = "check"
    LOGS = "logs"
    ABOUT = "about"
