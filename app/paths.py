"""Where this program keeps its things, per user and system."""

from __future__ import annotations

import os
from pathlib import Path

APP = "flashdesk"


def state_folder() -> Path:
    """Logs, crash reports, simulated devices. FLASHDESK_STATE overrides it; it may not exist."""
    override = os.environ.get("FLASHDESK_STATE")
    if override:
        return Path(override)
    import platformdirs

    return Path(platformdirs.user_state_dir(APP, appauthor=False))


def simulated_folder() -> Path:
    """The flash of simulated devices, one file per profile."""
    return state_folder() / "simulated"
