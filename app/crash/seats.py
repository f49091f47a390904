"""The places of programs that run at once: each has a log and a mark of its own, and whoever comes
later sees who left a place without ending.

A place is a number whose lock a program holds while it lives, however it dies: the system takes the
lock back. So two programs never take each other for dead, and no process number is believed.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from app.crash.report import CrashReport
from smp.file_lock import lock_file

MOST = 8
"""Programs that run at once; further ones have neither log nor mark."""

log = logging.getLogger(__name__)


class Seat:
    """A place that is taken. `fault`: where the fault handler writes; `log`: the log file."""

    def __init__(self, folder: Path, number: int, lock: IO[bytes]) -> None:
        self._lock = lock
        self._began = time.time()
        self._mark = folder / f"running-{number}.json"
        self.fault = folder / f"fault-{number}.txt"
        self.log = folder / _log_name(number)

    def mark(self, versions: str, doing: Iterable[str] = (), private: Iterable[str] = ()) -> None:
        """This program runs, and does this. Blocking. Raises OSError."""
        content = {
            "began": self._began,
            "process": os.getpid(),
            "versions": versions,
            "doing": list(doing),
            "private": list(private),
        }
        beside = self._mark.with_suffix(".new")
        beside.write_text(json.dumps(content), "utf-8")
        beside.replace(self._mark)

    def leave(self) -> None:
        """This program ends by itself."""
        for path in (self._mark, self.fault):
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                log.info("%s stays: %s", path, error)
        self._lock.close()

    def left_behind(self, last_lines: int) -> CrashReport | None:
        """Whoever had this place before, if it crashed. Its mark is taken away."""
        mark, fault = _read(self._mark), _read(self.fault)
        at = _time_of(self.fault)
        for path in (self._mark, self.fault):
            path.unlink(missing_ok=True)
        if not mark or not fault.strip():
            return None
        try:
            told = json.loads(mark)
            return CrashReport.of_json(
                {
                    "at": at,
                    "versions": told["versions"],
                    "trace": fault,
                    "doing": told["doing"],
                    "private": told["private"],
                    "log": _since(_read(self.log), float(told["began"]))[-last_lines:],
                    "went_on": False,
                }
            )
        except (ValueError, KeyError, TypeError) as error:
            log.info("a mark that cannot be read: %s", error)
            return CrashReport(at, "", fault)


def take(folder: Path, last_lines: int) -> tuple[Seat | None, list[CrashReport]]:
    """The first free place, and the crashes of those who had the free ones. Blocking. Raises
    OSError where the folder cannot be used."""
    mine: Seat | None = None
    crashes = []
    for number in range(1, MOST + 1):
        known = (folder / f"running-{number}.lock").exists()
        if mine is not None and not known:
            continue
        try:
            lock = lock_file(folder / f"running-{number}.lock")
        except BlockingIOError:
            continue
        except OSError as error:
            log.warning("the place %d of a running program cannot be used: %s", number, error)
            continue
        seat = Seat(folder, number, lock)
        try:
            if (crash := seat.left_behind(last_lines)) is not None:
                crashes.append(crash)
        finally:
            if mine is None:
                mine = seat
            else:
                lock.close()
    return mine, crashes


def _log_name(number: int) -> str:
    return "flashdesk.log" if number == 1 else f"flashdesk-{number}.log"


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", errors="replace")
    except OSError:
        return ""


def _since(log: str, began: float) -> list[str]:
    """Lines of this run: what is private in those of others is not known any more."""
    first = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(began))
    lines = log.splitlines()
    dated = (at for at, line in enumerate(lines) if line[:1].isdigit() and line[:19] >= first)
    return lines[next(dated, len(lines)) :]


def _time_of(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return time.time()
