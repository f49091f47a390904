"""The log file: bounded in size and number, written beside the event loop, its last lines at hand
for a report."""

from __future__ import annotations

import contextlib
import logging
import queue
import sys
from collections import deque
from logging.handlers import QueueHandler, QueueListener, RotatingFileHandler
from pathlib import Path

from app.language import current
from app.streams import say
from smp.plain import LONGEST_SENTENCE, plain
from smp.text import Text, said

LARGEST = 1_000_000
"""Bytes of one file."""
KEPT = 3
"""Files before the one that is written."""
LAST = 100
"""Lines in a report."""
_FORMAT = "%(asctime)s %(levelname)-7s %(name)s  %(message)s"
_UNMOVED = 4
"""How many times its size a file may have where the system does not let it be renamed."""


class Logs:
    """Writes what the program logs from `start` to `stop`. `path` None: only the last lines are
    kept, for reports."""

    def __init__(self, path: Path | None) -> None:
        self.last: deque[str] = deque(maxlen=LAST)
        self._path = path
        self._queue: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
        self._listener: QueueListener | None = None
        self._handlers: list[logging.Handler] = []
        self._level = logging.WARNING

    def start(self) -> None:
        """From now on."""
        formatter = _Formatter(_FORMAT)
        root = logging.getLogger()
        self._level = root.level
        root.setLevel(min(root.level, logging.INFO))
        remembering = _Remembering(self.last)
        remembering.setFormatter(formatter)
        aloud = _Aloud(logging.WARNING)
        self._handlers = [remembering]
        if not any(getattr(each, "stream", None) is sys.stderr for each in root.handlers):
            self._handlers.append(aloud)  # else --verbose tells it already
        if self._path is not None:
            file = _File(self._path)
            file.setFormatter(formatter)
            self._listener = QueueListener(self._queue, file)
            self._listener.start()
            self._handlers.append(QueueHandler(self._queue))
        for handler in self._handlers:
            handler.addFilter(_is_for_all)
            root.addHandler(handler)

    def stop(self) -> None:
        """Everything that was logged is written."""
        root = logging.getLogger()
        for handler in self._handlers:
            root.removeHandler(handler)
        root.setLevel(self._level)
        if self._listener is not None:
            self._listener.stop()
            for handler in self._listener.handlers:
                with contextlib.suppress(OSError):  # it was told already
                    handler.close()
            self._listener = None


def _is_for_all(record: logging.LogRecord) -> bool:
    """What others say below a warning is of no use to anybody."""
    ours = record.name.partition(".")[0] in ("app", "smp", "qt")
    return ours or record.levelno >= logging.WARNING


class _Formatter(logging.Formatter):
    """Devices speak in it, too: no line breaks and no control letters from outside."""

    def format(self, record: logging.LogRecord) -> str:
        whole = super().format(record)
        return "\n".join(plain(line, LONGEST_SENTENCE) for line in whole.splitlines())


class _Remembering(logging.Handler):
    def __init__(self, lines: deque[str]) -> None:
        super().__init__()
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.extend(self.format(record).splitlines())


class _Aloud(logging.Handler):
    """On stderr, as it would be without any log."""

    def emit(self, record: logging.LogRecord) -> None:
        say(self.format(record))


class _File(RotatingFileHandler):
    """A disk that is full or a folder that went away is told once, and disturbs nobody."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            path,
            maxBytes=LARGEST,
            backupCount=KEPT,
            encoding="utf-8",
            errors="backslashreplace",
            delay=True,
        )
        self._told = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 -- logging's name
        if not self._told:
            self._told = True
            words = Text("The log {path} cannot be written.", path=self.baseFilename)
            say(said(words, current()))

    def doRollover(self) -> None:  # noqa: N802 -- logging's name
        """Windows renames no file that somebody reads."""
        try:
            super().doRollover()
        except OSError:
            self.stream = self._open()
            if self.stream.tell() > _UNMOVED * LARGEST:
                self.stream.truncate(0)
