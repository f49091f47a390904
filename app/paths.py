"""Where this program keeps its things, per user and system."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from app.streams import say

APP = "flashdesk"


def state_folder() -> Path:
    """Logs, crash reports, simulated devices. FLASHDESK_STATE overrides it; it may not exist."""
    override = os.environ.get("FLASHDESK_STATE")
    if override:
        return Path(override)
    import platformdirs

    return Path(platformdirs.user_state_dir(APP, appauthor=False))


def usable_state_folder() -> Path:
    """As `state_folder`, made if it is missing; a passing one where it cannot be written to."""
    folder = state_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        say(f"{folder} cannot be written to ({error.strerror}): nothing will be remembered.")
        return Path(tempfile.mkdtemp(prefix="flashdesk-"))


def simulated_folder() -> Path:
    """The flash of simulated devices, one file per profile."""
    return state_folder() / "simulated"
