"""One file dropped on a window: tells while it hovers, hands it over, or says why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QWidget

from smp.text import NOTHING, Text


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why what is dragged cannot be taken, in a sentence."""

    words: Text


def dragged_file(data: QMimeData) -> Path | Refusal | None:
    """The one file that is dragged; None when files are no part of it. Whether it is there, and
    no folder, is seen when it is read: the disk may be slow, and this is asked at every move."""
    if not data.hasUrls():
        return None
    urls = data.urls()
    if len(urls) > 1:
        return Refusal(Text("One file at a time: these are {count}.", count=len(urls)))
    if not urls or not urls[0].isLocalFile():
        return Refusal(
            Text("That is not a file on this computer. Save it first, then drop it here.")
        )
    return Path(urls[0].toLocalFile())


class FileDrops(QObject):
    """Makes `target` accept files. Also a refused one is let in, to say why it is refused."""

    hovered = Signal(object)
    """Path | Refusal: what would happen if it were dropped now."""
    left = Signal()
    dropped = Signal(object)
    """Path"""
    refused = Signal(object)
    """Text"""

    def __init__(self, target: QWidget, forbidden: Callable[[], Text] = lambda: NOTHING) -> None:
        """`forbidden()` says why no file is taken at the moment; empty: it is."""
        super().__init__(target)
        self._forbidden = forbidden
        target.setAcceptDrops(True)
        target.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QDropEvent):  # entering and moving are kinds of it
            found = self._judge(event.mimeData())
            if found is None:
                return False
            if type(event) is QDragEnterEvent or type(event) is QDragMoveEvent:
                if event.type() is QEvent.Type.DragEnter:
                    self.hovered.emit(found)
            else:
                self._activate(watched)
                if isinstance(found, Refusal):
                    self.refused.emit(found.words)
                else:
                    self.dropped.emit(found)
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            return True
        if event.type() is QEvent.Type.DragLeave:
            self.left.emit()
        return False

    def _activate(self, watched: QObject) -> None:
        """What is typed next is meant for where the file went, not for where it came from."""
        if isinstance(watched, QWidget):
            watched.window().activateWindow()

    def _judge(self, data: QMimeData) -> Path | Refusal | None:
        found = dragged_file(data)
        if found is not None and (why := self._forbidden()):
            return Refusal(why)
        return found
