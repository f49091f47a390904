"""pytest on a Windows Python under Wine: what runs there, and what cannot, with its reason.

    python windows_pytest.py [pytest arguments]

`windows_cannot.txt` lists what cannot. A listed test that passes fails the run, as does one that
is not listed and fails.
"""

from __future__ import annotations

import importlib
import os
import sys
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIST = Path(__file__).with_name("windows_cannot.txt")
# Wine hands on no variable that begins with QT_, so they are set here.
os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["QT_QPA_FONTDIR"] = r"Z:\usr\share\fonts\truetype\dejavu"

if sys.platform == "win32":
    import _winapi

    # Wine 8 has no CopyFile2 and opens its debugger; without it `shutil` copies by itself.
    del _winapi.CopyFile2

import pytest  # noqa: E402 -- Qt reads the variables when it is first imported


@dataclass(frozen=True)
class Cannot:
    """kind: "import" (a module that cannot be imported), "fail", "hang" (not run at all)."""

    kind: str
    pattern: str
    reason: str


def read(text: str) -> list[Cannot]:
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [Cannot(*line.split(maxsplit=2)) for line in lines]


class List:
    """The plugin that knows the list."""

    def __init__(self, entries: list[Cannot]) -> None:
        self._entries = entries
        self.unused = {entry for entry in entries if entry.kind != "import"}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            for entry in self._entries:
                if entry.kind == "import" or not fnmatchcase(item.nodeid, entry.pattern):
                    continue
                self.unused.discard(entry)
                runs = entry.kind == "fail"
                item.add_marker(pytest.mark.xfail(strict=runs, run=runs, reason=entry.reason))
                break

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """At once: whoever hangs or crashes later takes the summary with it."""
        if report.failed:
            lines = str(report.longrepr).strip().splitlines()
            told = [line for line in lines if line.startswith("E ")][:2] or lines[-1:]
            print(f"\nFAILED {report.when} {report.nodeid}", *told, sep="\n  ", flush=True)


def main(arguments: list[str]) -> int:
    entries = read(LIST.read_text("utf-8"))
    os.chdir(ROOT)
    sys.path[:0] = [str(ROOT)]
    wrong = []
    ignored = []
    for entry in entries:
        if entry.kind == "import":
            ignored.append(f"--ignore={entry.pattern}")
            try:
                importlib.import_module(entry.pattern.removesuffix(".py").replace("/", "."))
            except ImportError:
                continue
            wrong.append(f"listed as not importable, and is: {entry.pattern}")
    plugin = List(entries)
    status = pytest.main([*ignored, *arguments], [plugin])
    if "--whole" in sys.argv:
        wrong += [f"listed, and matches no test: {entry.pattern}" for entry in plugin.unused]
    for line in wrong:
        print(line)
    return int(status) or (1 if wrong else 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
