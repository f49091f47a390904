"""When the program itself fails: a file to send, words on stderr, no silence."""

from __future__ import annotations

import faulthandler
import logging
import sys
import threading
import time
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from app.streams import say
from app.versions import versions

NAME = "crash.log"
_LARGEST = 1_000_000

log = logging.getLogger(__name__)


class CrashLog:
    """`folder` need not exist; where it cannot be written, failures go to stderr only."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self._file: TextIO | None = None
        self._told = False

    def install(self) -> None:
        """From now on every unhandled failure is written down. Before Qt is imported."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if self.path.exists() and self.path.stat().st_size > _LARGEST:
                self.path.unlink()
            self._file = self.path.open("a", encoding="utf-8", errors="backslashreplace")
            faulthandler.enable(self._file)
        except OSError as error:
            log.info("no crash log: %s", error)
            _enable_without_file()
        sys.excepthook = self.hook
        threading.excepthook = self._thread_hook

    def hook(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """As `sys.excepthook`."""
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        self.write("".join(traceback.format_exception(kind, error, trace)))

    def loop_hook(self, _loop: Any, context: dict[str, Any]) -> None:
        """As an event loop's exception handler."""
        error = context.get("exception")
        text = f"{context.get('message', 'error in the event loop')}\n"
        if isinstance(error, BaseException):
            text += "".join(traceback.format_exception(error))
        self.write(text)

    def write(self, text: str) -> None:
        """Note a failure with the versions that matter."""
        self._note(text)
        say(text.rstrip("\n"))

    def _note(self, text: str) -> None:
        if self._file is None:
            return
        try:
            if not self._told:
                self._told = True
                self._file.write(f"\n== {time.strftime('%Y-%m-%d %H:%M:%S')} {versions()}\n")
            self._file.write(text)
            self._file.flush()
        except OSError as error:  # a full disk must not hide what failed
            log.info("the crash log cannot be written: %s", error)

    def _thread_hook(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self.hook(args.exc_type, args.exc_value, args.exc_traceback)


def _enable_without_file() -> None:
    """Where even Python's own crash goes, if there is anything to write to."""
    try:
        faulthandler.enable()
    except (RuntimeError, AttributeError, OSError, ValueError) as error:
        log.info("no fault handler: %s", error)
