"""A settings file: values by name, kept by several programs, and by people with an editor.

    file = IniFile(path)
    file.read()                          # in a thread, or before a loop runs
    file.values["update/mode"]
    file.write({"update/mode": "test"}, lists={})     # the others' changes stay

Nothing that was in it is lost: what this program does not know stays as it is, comments too; a file
that is damaged is kept aside before it is written; one that cannot be read is not written at all.
"""

from __future__ import annotations

import codecs
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from app.memory import ini_text, old_settings
from app.memory.safe_file import alone, replace

VERSION = 1
_VERSION = "flashdesk/version"
_ASIDES = 20

log = logging.getLogger(__name__)


class Trouble(Enum):
    DAMAGED = "damaged"
    """Lines of it are not understood. It was kept aside."""
    UNREADABLE = "unreadable"
    UNWRITABLE = "unwritable"
    """What was changed holds until the program ends."""
    NEWER = "newer"
    """A later version of the program wrote it."""


@dataclass(frozen=True, slots=True)
class Problem:
    """`reason`: the system's words; `aside`: where the damaged file was kept; `lines`: which of
    its lines were not understood."""

    trouble: Trouble
    path: Path
    reason: str = ""
    aside: Path | None = None
    lines: tuple[int, ...] = ()


class IniFile:
    """See the module. `path` need not exist."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.values: Mapping[str, str] = {}
        self.text = ""
        """As it was read last."""
        self.problems: dict[Trouble, Problem] = {}

    def read(self) -> None:
        """Read `values` anew. Blocking."""
        try:
            data = self._data()
        except OSError as error:
            self._note(Trouble.UNREADABLE, error.strerror or str(error))
            return
        found, is_whole = _understood(data)
        self.text = "\n".join(found.lines)
        self.values = found.values
        if old_settings.is_old(self.text):
            self.values = {**found.values, **old_settings.values(self.path)}
        if not is_whole:
            try:
                aside = self._keep(data)
            except OSError:
                aside = None
            self._note(Trouble.DAMAGED, "", aside, found.bad)
        if _number(self.values.get(_VERSION, "")) > VERSION:
            self._note(Trouble.NEWER, self.values[_VERSION])

    def write(self, changes: Mapping[str, str | None], lists: Mapping[str, str]) -> bool:
        """Put the changes in what the file holds by now; whether that is done. Blocking.

        lists: the names whose values are lists, a line an entry, with what they were when they were
        read: of these, what was added and removed is changed, not the whole.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with alone(self.path.with_name(self.path.name + ".lock")):
                self._write(changes, lists)
        except OSError as error:
            self._note(Trouble.UNWRITABLE, error.strerror or str(error))
            return False
        self.problems.pop(Trouble.UNWRITABLE, None)
        return True

    def _write(self, changes: Mapping[str, str | None], lists: Mapping[str, str]) -> None:
        """Raises OSError, also where the file cannot be read, or is damaged and cannot be kept."""
        data = self._data()
        now, is_whole = _understood(data)
        if not is_whole:
            self._keep(data)
        values = dict(now.values)
        final: dict[str, str | None] = {}
        if old_settings.is_old("\n".join(now.lines)):
            old = old_settings.values(self.path)
            final.update((name, old[name]) for name in old.keys() & values.keys())
            values.update(old)
        for name, value in changes.items():
            before, theirs = lists.get(name), values.get(name)
            if value is not None and before is not None and theirs is not None:
                value = merged(before, value, theirs)
            final[name] = value
        if _number(values.get(_VERSION, "")) < VERSION:
            final[_VERSION] = str(VERSION)
        replace(self.path, now.changed(final))

    def _data(self) -> bytes:
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return b""

    def _keep(self, data: bytes) -> Path:
        """A copy beside the file, once. Raises OSError."""
        for number in range(1, _ASIDES):
            aside = self.path.with_name(f"{self.path.name}.damaged-{number}")
            if not aside.exists():
                break
            if aside.read_bytes() == data:
                return aside
        aside.write_bytes(data)
        return aside

    def _note(
        self,
        trouble: Trouble,
        reason: str,
        aside: Path | None = None,
        lines: tuple[int, ...] = (),
    ) -> None:
        log.info("settings in %s: %s %s", self.path, trouble.value, reason or lines)
        self.problems[trouble] = Problem(trouble, self.path, reason, aside, lines)


def merged(before: str, mine: str, theirs: str) -> str:
    """A list, a line an entry, that both have changed: what one has added or removed is so."""
    if theirs == before:
        return mine
    old, own, other = (list(filter(None, text.split("\n"))) for text in (before, mine, theirs))
    kept = [line for line in own if line in other or line not in old]
    return "\n".join([*kept, *(line for line in other if line not in [*old, *own])])


def _understood(data: bytes) -> tuple[ini_text.IniText, bool]:
    """What is in it, and whether that is all; editors of Windows also write UTF-16."""
    marks = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    coding = "utf-16" if data.startswith(marks) else "utf-8-sig"
    try:
        found = ini_text.read(data.decode(coding))
    except UnicodeDecodeError:
        return ini_text.read(data.decode(coding, "replace")), False
    return found, not found.bad


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
