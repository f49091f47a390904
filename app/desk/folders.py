"""Folders of the program, opened for the person."""

from __future__ import annotations

import asyncio
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


async def open_folder(window: QWidget, folder: Path) -> None:
    """In the desktop's own program for folders; where there is none, its path is told."""
    await asyncio.to_thread(_make, folder)
    if QGuiApplication.platformName() not in _WITHOUT_DESKTOP and QDesktopServices.openUrl(
        QUrl.fromLocalFile(str(folder))
    ):
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


def _make(folder: Path) -> None:
    """Where it cannot be made, its path is right all the same."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return
