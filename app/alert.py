"""Telling somebody why the program does not start, also where nobody reads what it prints: who
started it from a menu sees nothing of that, and Qt may be just what does not work."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys

from app.streams import say

_TITLE = "Flashdesk"
_ERROR_IN_FRONT = 0x10 | 0x10000
"""MB_ICONERROR | MB_SETFOREGROUND"""
_BOXES = (
    ("zenity", "--error", "--no-markup", f"--title={_TITLE}", "--text={text}"),
    ("kdialog", "--title", _TITLE, "--error", "{text}"),
    ("xmessage", "-center", "-title", _TITLE, "{text}"),
    ("notify-send", "--urgency=critical", _TITLE, "{text}"),
)
"""What shows a text on the desktops of Linux, the best first."""


def alert(text: str) -> None:
    """On stderr, and in a box of the system's own where nobody reads that. Waits for nobody on
    Linux and macOS; on Windows the box waits for its button."""
    say(text)
    if _is_read():
        return
    try:
        _show(text)
    except OSError:
        return  # then nobody can be told


def _is_read() -> bool:
    """Does a person at a terminal, or another program, read what is printed?"""
    if sys.platform == "win32":
        return getattr(sys.stderr, "name", "") != os.devnull
    for number in (0, 2):
        try:
            if os.isatty(number) or stat.S_ISFIFO(os.fstat(number).st_mode):
                return True
        except OSError:
            continue
    return False


def _show(text: str) -> None:
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.user32.MessageBoxW(None, text, _TITLE, _ERROR_IN_FRONT)
        return
    if sys.platform == "darwin":
        script = "on run words\ndisplay alert item 1 of words message item 2 of words\nend run"
        _start(["osascript", "-e", script, _TITLE, text])
        return
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return
    for box in _BOXES:
        if shutil.which(box[0]) is not None:
            _start([part.format(text=text) for part in box])
            return


def _start(command: list[str]) -> None:
    nowhere = subprocess.DEVNULL
    subprocess.Popen(  # noqa: S603 -- lives longer than this program
        command, stdin=nowhere, stdout=nowhere, stderr=nowhere, start_new_session=True
    )
