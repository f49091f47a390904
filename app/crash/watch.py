"""Notices crashes: one hook for whatever Python raises and nobody catches, in slots, tasks, threads
and destructors, and the fault handler for what the system stops."""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from app import VERSION
from app.crash import seats
from app.crash.logs import LAST, Logs
from app.crash.report import CrashReport
from app.crash.seats import Seat
from app.crash.shelf import Shelf, own_folder
from app.streams import say
from app.versions import versions
from smp.signal import Signal

MOST = 5
"""Reports of one run: what fails again and again fails the same way."""

Doing = Callable[[], tuple[Sequence[str], Sequence[str]]]
"""What goes on, a line each, and the words that are private in it."""

_LAST_WORDS = 5

log = logging.getLogger(__name__)


class CrashWatch:
    """`folder` need not exist; where it cannot be written, failures go to stderr and to the window
    only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.shelf = Shelf(folder)
        self.came: Signal[CrashReport] = Signal("crashes")
        """One that happened just now, told in whatever thread it happened in."""
        self.doing: Doing = lambda: ((), ())
        self._seat: Seat | None = None
        self._fault: TextIO | None = None
        self._logs = Logs(None)
        self._seen: set[str] = set()
        self._noting = threading.RLock()
        self._marking = threading.Lock()
        self._before = (sys.excepthook, sys.unraisablehook, threading.excepthook)

    # -- from start to end ------------------------------------------------------------------------

    def start(self) -> None:
        """From now on. Before Qt is imported. Crashes of programs before are put on the shelf."""
        trouble: OSError | None = None
        crashes: list[CrashReport] = []
        try:
            own_folder(self.folder)
            self._seat, crashes = seats.take(self.folder, LAST)
        except OSError as error:
            trouble = error
        self._logs = Logs(self._seat.log if self._seat is not None else None)
        self._logs.start()
        for crash in crashes:
            self.shelf.put(crash)
        try:
            if self._seat is not None:
                self._fault = self._seat.fault.open("w", encoding="utf-8")
                self._seat.mark(_quickly())
        except OSError as error:
            trouble = error
        if trouble is not None:
            log.info("no crash reports are kept: %s", trouble)
        _enable_faults(self._fault)
        self._before = (sys.excepthook, sys.unraisablehook, threading.excepthook)
        sys.excepthook = self.hook
        sys.unraisablehook = self._unraisable_hook
        threading.excepthook = self._thread_hook

    def introduce(self, doing: Sequence[str], private: Sequence[str]) -> None:
        """Write down which program this is, in all detail, which takes too long before the window
        is there, and what goes on. Blocking."""
        log.info("Start of %s", versions())
        self.mark(doing, private)

    def mark(self, doing: Sequence[str], private: Sequence[str]) -> None:
        """Write down what goes on, for a crash that leaves no time to; see `Doing`. Blocking."""
        with self._marking:
            if self._seat is None:
                return
            try:
                self._seat.mark(versions(), doing, private)
            except OSError as error:
                log.info("what goes on is not written down: %s", error)

    def stop(self) -> None:
        """The program ends by itself."""
        log.info("End")
        self._logs.stop()
        faulthandler.disable()
        if self._fault is not None:
            with contextlib.suppress(OSError):  # the disk is full
                self._fault.close()
            self._fault = None
        with self._marking:
            seat, self._seat = self._seat, None
            if seat is not None:
                seat.leave()
        sys.excepthook, sys.unraisablehook, threading.excepthook = self._before

    # -- hooks ------------------------------------------------------------------------------------

    def hook(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """As `sys.excepthook`: slots and virtual functions of Qt come here, too."""
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        self.note("".join(traceback.format_exception(kind, error, trace)))

    def loop_hook(self, _loop: Any, context: dict[str, Any]) -> None:
        """As an event loop's exception handler."""
        error = context.get("exception")
        text = f"{context.get('message', 'error in the event loop')}\n"
        if isinstance(error, BaseException):
            text += "".join(traceback.format_exception(error))
        self.note(text)

    def fatal(self, messages: Sequence[str]) -> None:
        """Qt gives up, and the system stops the program right after: its last words."""
        if self._fault is not None:
            try:
                # Why it gives up may be said just before: the log's thread has no time any more.
                *before, last = messages[-_LAST_WORDS:] or ("",)
                self._fault.write("\n".join([f"Fatal Qt error: {last}", *before[::-1]]) + "\n")
                self._fault.flush()
            except OSError as error:
                log.info("no crash report can be written: %s", error)

    def note(self, text: str, *, went_on: bool = True) -> Path | None:
        """Keep a report of a failure, and tell it. Where it is; None where it cannot be kept, or is
        known."""
        with self._noting:
            say(text.rstrip("\n"))
            signature = _signature(text)
            if signature in self._seen or len(self._seen) >= MOST:
                return None
            self._seen.add(signature)
            report = CrashReport(time.time(), versions(), text, *self._goes_on(), went_on=went_on)
            path = self.shelf.put(report, is_new=True)
        self.came.tell(report)
        return path

    def _goes_on(self) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        log_lines = tuple(self._logs.last)
        try:
            doing, private = self.doing()
        except Exception as error:  # noqa: BLE001 -- a failure while a failure is told
            return (f"not known: {error!r}",), log_lines, ()
        return tuple(doing), log_lines, tuple(private)

    def _thread_hook(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self.hook(args.exc_type, args.exc_value, args.exc_traceback)

    def _unraisable_hook(self, args: sys.UnraisableHookArgs) -> None:
        where = f"{args.err_msg or 'Exception ignored in'}: {args.object!r}\n"
        if args.exc_value is not None:
            trace = traceback.format_exception(args.exc_type, args.exc_value, args.exc_traceback)
            self.note(where + "".join(trace))


def _quickly() -> str:
    """Which program this is, without asking the system much."""
    return f"flashdesk {VERSION}, Python {sys.version.split()[0]}, on {sys.platform}"


def _signature(text: str) -> str:
    """Where it happened, without what was different each time."""
    places = [line.strip() for line in text.splitlines() if line.lstrip().startswith("File ")]
    return "\n".join(places[-3:]) or text


def _enable_faults(file: TextIO | None) -> None:
    """Where even Python's own crash goes, if there is anything to write to."""
    try:
        if file is not None:
            faulthandler.enable(file)
        else:
            faulthandler.enable()
    except (RuntimeError, AttributeError, OSError, ValueError) as error:
        log.info("no fault handler: %s", error)
