"""Saving what the window knows: a report of an update, the log. Says where it was saved."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from app.checkup import kept
from app.controllers.device import DeviceController
from app.desk.folders import open_folder
from app.lib import dialog
from app.lib.question_box import Question
from app.lib.tone import Tone
from app.memory.safe_file import write_whole
from app.paths import state_folder
from app.report import log_text, make_report, write_report
from app.views.main_window import MainWindow
from smp.image import FirmwareFile
from smp.plain import LONGEST_SENTENCE, plain
from smp.text import Text, outside, sentences

_OPEN = Text("Open the folder")
_COPY = Text("Copy the path")
_CLOSE = Text("Close")
_FILTERS = {"txt": Text("Text (*.txt)"), "log": Text("Log (*.log)")}
_ALL_FILES = Text("All files (*)")


async def save_report(window: MainWindow, device: DeviceController) -> None:
    """Ask where, and write the device's last update as text, with JSON beside it."""
    report = make_report(device, await last_checkup())
    if report is None:
        return
    proposal = Path.home() / f"{report.name}.txt"
    title = Text("Save the report")
    await _save(window, title, proposal, lambda path: write_report(report, path))


async def last_checkup() -> str:
    """What the last check of the installation found, for a report."""
    return await asyncio.to_thread(kept.last, state_folder())


async def save_log(
    window: MainWindow, devices: Iterable[DeviceController], file: FirmwareFile | None
) -> None:
    """Ask where, and write the log as it is shown."""
    proposal = Path.home() / time.strftime("flashdesk-%Y%m%d-%H%M%S.log")
    named = [(device.name, str(device.found.address)) for device in devices]
    path = str(file.path or file.name) if file is not None else ""
    text = log_text(window.log.shown(), named, plain(path, LONGEST_SENTENCE), await last_checkup())

    def write(target: Path) -> Path:
        write_whole(target, text)
        return target

    await _save(window, Text("Save the log"), proposal, write)


async def save_text(window: QWidget, text: str, name: str) -> None:
    """Ask where, and write a text of the program's own. `name`: proposed, without moment and
    suffix."""
    proposal = Path.home() / time.strftime(f"{name}-%Y%m%d-%H%M%S.txt")

    def write(target: Path) -> Path:
        write_whole(target, text)
        return target

    await _save(window, Text("Save the text"), proposal, write)


async def _save(
    window: QWidget, title: Text, proposal: Path, write: Callable[[Path], Path]
) -> None:
    suffix = proposal.suffix.removeprefix(".")
    filters = (_FILTERS[suffix], _ALL_FILES)
    path = await dialog.choose_target(window, title, filters, proposal, suffix)
    if path is None:
        return
    try:
        path = await asyncio.to_thread(write, path)
    except OSError as error:
        await dialog.tell(
            window,
            Text("{name} cannot be saved", name=path.name),
            sentences(outside(str(error.strerror)), Text("Choose another folder.")),
            details=str(error),
        )
        return
    await tell_saved(window, path)


async def tell_saved(window: QWidget, path: Path) -> None:
    """Where it is, with ways to get there."""
    question = Question(
        Text("Saved"),
        tone=Tone.OK,
        copyable=plain(str(path), LONGEST_SENTENCE),
        answers=(_OPEN, _COPY, _CLOSE),
        preferred=_CLOSE,
        dismissed=_CLOSE,
    )
    answer = await dialog.ask(window, question)
    if answer == _OPEN:
        await open_folder(window, path.parent)
    elif answer == _COPY:
        QGuiApplication.clipboard().setText(str(path))
