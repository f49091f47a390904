"""What Qt says goes to the program's log; and when Qt gives up, its last words are heard first."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QLibraryInfo, QMessageLogContext, QtMsgType, qInstallMessageHandler

_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}
_LAST = 20

log = logging.getLogger("qt")


def hear(on_fatal: Callable[[Sequence[str]], None], *, is_heard: bool = True) -> Callable[[], None]:
    """From now on. `on_fatal` gets the last messages; Qt aborts the program when it returns.

    Returns what is to be called when Qt has started: what it says before that is for the log only.
    Why it does not start is told in other words, and a locale that it exchanged is no trouble.

    is_heard: False keeps all but the fatal ones to themselves.
    """
    last: deque[str] = deque(maxlen=_LAST)
    has_started = False

    def take(kind: QtMsgType, context: QMessageLogContext, text: str | None) -> None:
        last.append(text or "")
        if is_heard:
            category = context.category or "default"
            level = _LEVELS.get(kind, logging.INFO) if has_started else logging.INFO
            log.log(level, "%s: %s", category, text)
        if kind is QtMsgType.QtFatalMsg:
            on_fatal(tuple(last))

    def started() -> None:
        nonlocal has_started
        has_started = True

    qInstallMessageHandler(take)
    return started


def stop_hearing() -> None:
    """Before Python ends: Qt may have more to say."""
    qInstallMessageHandler(None)


def plugins() -> Path:
    """Where Qt looks for its platforms."""
    return Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath)) / "platforms"
