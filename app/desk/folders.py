"""Folders of the program, opened for the person."""

from __future__ import annotations

import asyncio
import logging
import shutil
import subprocess
import sys
import threading
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QWidget

from app.language import current
from app.lib import dialog
from app.lib.question_box import Question
from app.lib.tone import Tone
from smp.plain import LONGEST_SENTENCE, plain
from smp.text import Text

_WITHOUT_DESKTOP = ("offscreen", "minimal", "vnc", "linuxfb", "eglfs")
_PATIENCE = 5.0
"""Seconds after which a launcher that has not ended has opened something."""

log = logging.getLogger(__name__)


async def open_folder(window: QWidget, folder: Path) -> None:
    """In the desktop's own program for folders; where there is none, its path is told."""
    await asyncio.to_thread(_make, folder)
    if QGuiApplication.platformName() not in _WITHOUT_DESKTOP and await _is_opened(folder):
        return
    speak = current().spoken
    copy, close = speak(Text("Copy the path")), speak(Text("Close"))
    question = Question(
        speak(Text("The folder is here")),
        tone=Tone.NEUTRAL,
        copyable=plain(str(folder), LONGEST_SENTENCE),
        answers=(copy, close),
        preferred=close,
        dismissed=close,
    )
    if await dialog.ask(window, question) == copy:
        QGuiApplication.clipboard().setText(str(folder))


async def _is_opened(folder: Path) -> bool:
    # Qt is content with a launcher that starts, be it that it finds nothing to open folders with.
    launcher = shutil.which("xdg-open") if sys.platform == "linux" else None
    if launcher is None:
        return QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
    return await asyncio.to_thread(_launch, launcher, folder)


def _launch(launcher: str, folder: Path) -> bool:
    try:
        process = subprocess.Popen(  # noqa: S603 -- the desktop's own, and a folder of ours
            [launcher, str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except OSError as error:
        log.info("%s cannot be started: %s", launcher, error)
        return False
    try:
        status = process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:  # it stays as long as what it opened
        threading.Thread(target=process.wait, name="launcher", daemon=True).start()
        return True
    if status:
        log.info("%s opens no folder: status %d", launcher, status)
    return status == 0


def _make(folder: Path) -> None:
    """Where it cannot be made, its path is right all the same."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return
