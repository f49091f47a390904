"""A plugin for pytest on a Windows Python under Wine: what cannot run there, and why.

    python -m pytest -p tests.packages.windows_list ...

`windows_cannot.txt` lists it. A listed test that passes fails the run, as does one that is not
listed and fails.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

LIST = Path(__file__).with_name("windows_cannot.txt")

if sys.platform == "win32":
    import _winapi

    # Wine hands on no variable that begins with QT_.
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ["QT_QPA_FONTDIR"] = r"Z:\usr\share\fonts\truetype\dejavu"
    # Wine 8 has no CopyFile2 and opens its debugger; without it `shutil` copies by itself.
    del _winapi.CopyFile2


@dataclass(frozen=True)
class Cannot:
    """kind: "import" (a module that cannot be imported), "fail", "hang" (not run at all)."""

    kind: str
    pattern: str
    reason: str

    def is_of(self, test: str) -> bool:
        """In a pattern only * means something: brackets are a part of tests' names."""
        return fnmatchcase(test, self.pattern.replace("[", "[[]"))


def entries() -> list[Cannot]:
    found, reason = [], ""
    for line in LIST.read_text("utf-8").splitlines():
        if line.startswith("# "):
            reason = line[2:]
        elif line:
            kind, pattern = line.split(maxsplit=1)
            found.append(Cannot(kind, pattern, reason))
    return found


def pytest_configure() -> None:
    """Which test provokes what was noted on Linux, where chance and some roads are others."""
    from tests.helpers import provoked

    provoked.claimed = dict  # type: ignore[assignment]


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    name = collection_path.relative_to(config.rootpath).as_posix()
    return any(entry.kind == "import" and entry.is_of(name) for entry in entries()) or None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    import pytest  # what only reads the list has none

    listed = [entry for entry in entries() if entry.kind != "import"]
    for item in items:
        for entry in listed:
            if entry.is_of(item.nodeid):
                runs = entry.kind == "fail"
                item.add_marker(pytest.mark.xfail(strict=runs, run=runs, reason=entry.reason))
                break


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """At once: whoever hangs or crashes later takes the summary with it."""
    if report.failed:
        lines = str(report.longrepr).strip().splitlines()
        told = [line for line in lines if line.startswith("E ")][:2] or lines[-1:]
        print(f"\nFAILED {report.when} {report.nodeid}", *told, sep="\n  ", flush=True)
