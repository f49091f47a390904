"""Dialogs that are awaited. Never `exec()`: a nested event loop kills other tasks (qasync #59).

Every coroutine here opens a window-modal dialog and returns when it was answered. A cancelled
coroutine closes its dialog. A dialog whose parent dies counts as dismissed. F1 asks the window
below for help: at the dialog's own `help_page`, if it has one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget
from shiboken6 import isValid

from app.language import say
from app.lib.question_box import Question, QuestionBox
from app.lib.tone import Tone
from smp.text import Text


def is_alive(dialog: QDialog) -> bool:
    """Whether Qt has not deleted it with its parent."""
    return bool(isValid(dialog))


async def finished(dialog: QDialog) -> int:
    """Open the dialog and wait for its result code; Rejected when it dies with its parent."""
    loop = asyncio.get_running_loop()
    result: asyncio.Future[int] = loop.create_future()

    def settle(code: int) -> None:
        if not result.done():
            result.set_result(code)

    def died(_: QObject | None = None) -> None:
        settle(int(QDialog.DialogCode.Rejected))

    _offer_help(dialog)
    dialog.finished.connect(settle)
    dialog.destroyed.connect(died)
    if not dialog.testAttribute(Qt.WidgetAttribute.WA_Resized):
        # Qt makes the window first and then gives it its size, of which a display may tell later:
        # until then its buttons have no height, and who presses one presses nothing.
        dialog.adjustSize()
    dialog.open()
    try:
        return await result
    except asyncio.CancelledError:
        _dismiss(dialog)
        raise


async def ask(
    parent: QWidget, question: Question, until: Coroutine[Any, Any, object] | None = None
) -> str:
    """The answer that was chosen, one of `question.answers` (or `dismissed`).

    until: ends when there is nothing left to ask about; the question then goes away, dismissed.
    """
    box = QuestionBox(question, parent)
    moot = None if until is None else asyncio.ensure_future(until)

    def went_away(done: asyncio.Future[object]) -> None:
        if not done.cancelled():
            _dismiss(box)

    if moot is not None:
        moot.add_done_callback(went_away)
    try:
        await finished(box)
        return box.answer
    finally:
        if moot is not None:
            moot.cancel()
        _discard(box)


async def confirm(
    parent: QWidget,
    headline: Text,
    sentence: Text,
    *,
    yes: Text,
    no: Text,
    tone: Tone = Tone.WARN,
    until: Coroutine[Any, Any, object] | None = None,
) -> bool:
    """Whether the person chose `yes`. Enter and Escape mean `no`: this guards against slips."""
    question = Question(
        headline, sentence, tone=tone, answers=(yes, no), preferred=no, dismissed=no
    )
    return await ask(parent, question, until) == yes


async def tell(parent: QWidget, headline: Text, sentence: Text, *, details: str = "") -> None:
    """Say something that has to be seen."""
    await ask(parent, Question(headline, sentence, details, Tone.NEUTRAL))


async def choose_file(
    parent: QWidget, title: Text, filters: Sequence[Text], folder: Path | None = None
) -> Path | None:
    """An existing file, or None when dismissed. `filters` as Qt has them: "Text (*.txt)"."""
    dialog = QFileDialog(parent, say(title), str(folder) if folder else "")
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    return await _chosen(dialog, filters)


async def choose_target(
    parent: QWidget, title: Text, filters: Sequence[Text], proposal: Path, suffix: str = ""
) -> Path | None:
    """Where to save, or None. The dialog asks before it overwrites. `suffix` without the dot."""
    dialog = QFileDialog(parent, say(title), str(proposal.parent))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(suffix)
    dialog.selectFile(proposal.name)
    return await _chosen(dialog, filters)


async def _chosen(dialog: QFileDialog, filters: Sequence[Text]) -> Path | None:
    dialog.setWindowModality(Qt.WindowModality.WindowModal)
    dialog.setNameFilters([str(say(each)) for each in filters])
    try:
        code = await finished(dialog)
        files = dialog.selectedFiles() if code == QDialog.DialogCode.Accepted else []
        return Path(files[0]) if files else None
    finally:
        _discard(dialog)


@runtime_checkable
class _Explains(Protocol):
    """A window that somebody opens the help for."""

    help_requested: Any

    def help_place(self) -> str: ...


def _offer_help(dialog: QDialog) -> None:
    """Unless it has a way of its own, as the system's have."""
    key = QKeySequence(QKeySequence.StandardKey.HelpContents)
    own = (shortcut.key() for shortcut in dialog.findChildren(QShortcut))
    below = dialog.parentWidget()
    while below is not None and not isinstance(below, _Explains):
        below = below.parentWidget()
    if below is None or isinstance(dialog, QFileDialog) or key in own:
        return
    window: _Explains = below

    def explain() -> None:
        window.help_requested.emit(getattr(dialog, "help_page", "") or window.help_place())

    QShortcut(key, dialog).activated.connect(explain)


def _dismiss(dialog: QDialog) -> None:
    if is_alive(dialog):
        dialog.reject()


def _discard(dialog: QDialog) -> None:
    if is_alive(dialog):
        dialog.deleteLater()
