"""Crash reports that are kept: a text to be mailed each, and what it was made from beside it. The
last few stay; one that nobody was shown yet is new."""

from __future__ import annotations

import json
import logging
import os
import time
from pathlib import Path

from app.crash.report import CrashReport

MOST = 10
_NEW = ".new.json"
_SEEN = ".json"

log = logging.getLogger(__name__)


class Shelf:
    """In one folder. All of it is blocking; what cannot be written or read is only told."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, report: CrashReport, *, is_new: bool = True) -> Path | None:
        """Keep it. Where its text is; None where it cannot be kept. is_new: nobody has seen it."""
        when = time.strftime("%Y%m%d-%H%M%S", time.localtime(report.at))
        try:
            own_folder(self._folder)
            stem = self._free(f"crash-{when}")
            text = self._folder / f"{stem}.txt"
            _write(text, report.text())
            data = self._folder / f"{stem}{_NEW if is_new else _SEEN}"
            try:
                _write(data, json.dumps(report.to_json(), indent=1))
            except OSError as error:  # the text is there, and told of
                log.info("%s cannot be kept: %s", data, error)
            self._thin()
        except OSError as error:
            log.info("a crash report cannot be kept: %s", error)
            return None
        return text

    def fresh(self) -> list[CrashReport]:
        """Those that nobody has seen, the newest first; from now on they are seen."""
        found = []
        for path in self._sorted(f"crash-*{_NEW}"):
            report = _read(path)
            try:
                path.replace(path.with_name(path.name.removesuffix(_NEW) + _SEEN))
            except OSError as error:
                log.info("%s stays new: %s", path, error)
            if report is not None:
                found.append(report)
        return found

    def last(self) -> CrashReport | None:
        """The newest, seen or not."""
        for path in self._sorted("crash-*.json"):
            if (report := _read(path)) is not None:
                return report
        return None

    def _sorted(self, pattern: str) -> list[Path]:
        return sorted(self._folder.glob(pattern), key=lambda path: path.name, reverse=True)

    def _free(self, stem: str) -> str:
        number, name = 1, stem
        while any(self._folder.glob(f"{name}.*")):
            number += 1
            name = f"{stem}-{number}"
        return name

    def _thin(self) -> None:
        """The oldest go."""
        for path in self._sorted("crash-*.txt")[MOST:]:
            for each in self._folder.glob(f"{path.stem}.*"):
                each.unlink(missing_ok=True)


def own_folder(folder: Path) -> None:
    """Make it, for this user only: whoever else uses the computer has no business in reports and
    logs. Blocking; raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    if os.name == "posix":
        try:
            folder.chmod(0o700)
        except OSError as error:  # somebody else made it, or the disk knows no such thing
            log.info("%s may be read by others: %s", folder, error)


def _write(path: Path, text: str) -> None:
    """All of it or nothing."""
    file = path.open("x", encoding="utf-8", errors="backslashreplace")
    try:
        with file:
            if os.name == "posix":
                os.fchmod(file.fileno(), 0o600)
            file.write(text)
    except OSError:
        path.unlink(missing_ok=True)
        raise


def _read(path: Path) -> CrashReport | None:
    try:
        return CrashReport.of_json(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError) as error:
        log.info("%s cannot be read: %s", path, error)
        return None
