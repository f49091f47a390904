"""Where this program keeps its things, per user and system."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from app.language import current
from app.streams import say
from smp.text import Text, outside, said, sentences, stopped

APP = "flashdesk"
SETTINGS = "flashdesk.ini"
USABLE = Text(
    "See that it is a folder which can be written to and has room, or name another one in the "
    "environment variable FLASHDESK_STATE. Then start Flashdesk again"
)
"""What to do about a folder that is of no use."""


def state_folder() -> Path:
    """Logs, crash reports, simulated devices. FLASHDESK_STATE overrides it; it may not exist."""
    override = os.environ.get("FLASHDESK_STATE")
    if override:
        return Path(override)
    import platformdirs

    return Path(platformdirs.user_state_dir(APP, appauthor=False))


def usable_state_folder() -> Path:
    """As `state_folder`, made if it is missing; a passing one where it cannot be written to, or its
    disk is full."""
    folder = state_folder()
    try:
        write_something(folder)
    except OSError as error:
        passing = _passing_folder()
        told = Text(
            "{folder} cannot be used ({reason}): nothing will be remembered. Logs and crash "
            "reports are in {logs}, if anywhere.",
            folder=str(folder),
            reason=why(error),
            logs=str(log_folder(passing)),
        )
        say(said(sentences(told, stopped(USABLE)), current()))
        return passing
    return folder


def why(error: OSError) -> Text:
    """Why a folder is of no use."""
    if isinstance(error, FileExistsError | NotADirectoryError):
        return Text("there is a file in its place")
    return outside(error.strerror or "")


def log_folder(state: Path | None = None) -> Path:
    """Logs and crash reports. `state`: the folder in use, if it is another than usual."""
    return (state or state_folder()) / "logs"


def write_something(folder: Path) -> None:
    """Blocking. Raises OSError where nothing can be written: a full disk still takes empty
    files."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        file.write(b"flashdesk")


def _passing_folder() -> Path:
    """One for this run; where there is none, one that does not exist: who writes there is used to
    failing."""
    try:
        return Path(tempfile.mkdtemp(prefix="flashdesk-"))
    except OSError:
        return Path(tempfile.gettempdir() if os.name == "nt" else "/tmp") / "flashdesk-nowhere"  # noqa: S108


def simulated_folder() -> Path:
    """The flash of simulated devices, one file per profile."""
    return state_folder() / "simulated"
