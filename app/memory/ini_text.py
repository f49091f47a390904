"""The text of a settings file: read as values, and changed without touching what is not ours.

    [update]              a group
    mode=test             a value; a key's full name is "update/mode"
    # or ; begins a line for people

    hosts=                a value of several lines, each of them indented
        udp:192.0.2.7
        "  with spaces "

What stands after the = is taken as it is, backslashes too; quotes around a line guard the spaces
at its ends. Names in square brackets and keys may be anything without a = in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_COMMENTS = ("#", ";")
_INDENT = "    "


@dataclass(frozen=True, slots=True)
class IniText:
    """`values`: by full name; `bad`: the lines that nobody understands, counted from 1."""

    lines: tuple[str, ...]
    values: Mapping[str, str]
    bad: tuple[int, ...] = ()
    _places: Mapping[str, list[int]] = field(default_factory=dict, repr=False)
    """The lines of a key, wherever it was written."""
    _ends: Mapping[str, int] = field(default_factory=dict, repr=False)
    """Where a group ends: behind its last line that says something."""

    def changed(self, changes: Mapping[str, str | None]) -> str:
        """The text with these values in it; None removes one. Without the lines that are bad."""
        gone = {number - 1 for number in self.bad}
        added: dict[int, list[str]] = {}
        fresh: dict[str, list[str]] = {}
        for name, value in changes.items():
            group, _, key = name.rpartition("/")
            written = [] if value is None else _written(key, value)
            gone.update(self._places.get(name, ()))
            at = self._place(name, group, key)
            if at is not None:
                added.setdefault(at, []).extend(written)
            elif written:
                fresh.setdefault(group, []).extend(written)
        lines: list[str] = []
        for at, line in enumerate(self.lines):
            lines += added.get(at, [])
            lines += [] if at in gone else [line]
        lines += added.get(len(self.lines), [])
        for group, written in fresh.items():
            lines += ([""] if lines and lines[-1].strip() else []) + [f"[{group}]", *written]
        return "".join(f"{line}\n" for line in lines)

    def _place(self, name: str, group: str, key: str) -> int | None:
        """Before which line the key is written; None: its group is not there yet."""
        for at in self._places.get(name, ()):
            if self.lines[at].partition("=")[0].strip() == key:
                return at
        return self._ends.get(group)


def read(text: str) -> IniText:
    """Never fails: what nobody understands is in `bad`, and the rest is read."""
    lines = text.replace("\r\n", "\n").split("\n")
    if not lines[-1]:
        lines.pop()
    values: dict[str, str] = {}
    places: dict[str, list[int]] = {}
    ends = {"": 0}
    bad: list[int] = []
    group, open_list = "", ""
    for at, line in enumerate(lines):
        words = line.strip()
        if not words or words.startswith(_COMMENTS):
            continue
        if "\0" in words:
            bad.append(at + 1)
            continue
        if line[0].isspace() and open_list:
            values[open_list] = "\n".join(filter(None, (values[open_list], _unquoted(words))))
            places[open_list].append(at)
        elif words.startswith("[") and words.endswith("]"):
            group, open_list = words[1:-1].strip(), ""
        elif "=" in words and not words.startswith(("=", "[")):
            key, _, value = words.partition("=")
            name = f"{group}/{key.strip()}" if group else key.strip()
            values[name] = _unquoted(value.strip())
            places.setdefault(name, []).append(at)
            open_list = "" if value.strip() else name
        else:
            bad.append(at + 1)
            open_list = ""
            continue
        ends[group] = at + 1
    return IniText(tuple(lines), values, tuple(bad), places, ends)


def _written(key: str, value: str) -> list[str]:
    lines = value.split("\n")
    if len(lines) < 2:
        return [f"{key}={_quoted(value)}"]
    return [f"{key}=", *(f"{_INDENT}{_quoted(line)}" for line in lines if line.strip())]


def _quoted(line: str) -> str:
    is_plain = line == line.strip() and not line.startswith((*_COMMENTS, '"'))
    return line if is_plain else f'"{line}"'


def _unquoted(words: str) -> str:
    is_quoted = len(words) > 1 and words.startswith('"') and words.endswith('"')
    return words[1:-1] if is_quoted else words
