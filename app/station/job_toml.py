"""A job's file as tables: bytes in, values and the lines that they stand in out.

    source = read_source(path)         # blocking; the file, whatever editor wrote it
    table = read_toml(source.text)     # values by their names, as in TOML 1.0
    lines = Lines(source.text)         # where each of them stands

Everything that can be wrong is a `JobFault`. A job is a page or two of text: its size and the
length of its lines are bounded, so that no file can keep the program busy.
"""

from __future__ import annotations

import codecs
import hashlib
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from app.station.job_faults import JobFault, as_fault
from smp.errors import FileError
from smp.image.reading import read_file
from smp.text import NOTHING, Coded, Text, outside

LARGEST_JOB = 256 << 10
"""Bytes."""
LONGEST_LINE = 4_000
"""Characters: a parser's time grows with the square of a line."""
_AT = re.compile(r" ?\(at line ([0-9]{1,9}), column [0-9]{1,9}\)$")
_BREAKS = re.compile(r"\r\n|\r")


@dataclass(frozen=True, slots=True)
class Source:
    """A file's text with the line breaks of TOML, and the SHA-256 of its bytes in hexadecimal."""

    text: str
    sha256: str
    line_break: str = "\n"
    """As the file has them."""


def read_source(path: Path) -> Source:
    """Blocking. Raises `JobFault` for what cannot be read or is no text."""
    try:
        data = read_file(path, LARGEST_JOB)
    except FileError as error:
        raise as_fault(error) from error
    return source_of(data)


def source_of(data: bytes) -> Source:
    """UTF-8, with or without its mark, or UTF-16 with its. Raises `JobFault`."""
    is_wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    encoding = "utf-16" if is_wide else "utf-8"
    try:
        text = data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1 if not is_wide else None
        raise JobFault(
            Coded("job-not-text", "The file is no text in UTF-8"),
            line,
            why=Text("A letter there was written in another encoding, or the file is no job"),
            next_step=Text("Save it as UTF-8 in your editor, or choose the job's file"),
            detail=str(error),
        ) from error
    if "\0" in text:
        raise JobFault(
            Coded("job-not-a-job", "The file is no job: it holds what no text holds"),
            text[: text.index("\0")].count("\n") + 1,
            next_step=Text("Choose the job's own file, which ends in .toml"),
        )
    line_break = "\r\n" if "\r\n" in text else "\n"
    return Source(_BREAKS.sub("\n", text), hashlib.sha256(data).hexdigest(), line_break)


def read_toml(text: str, first: int = 1) -> dict[str, object]:
    """Its tables. `first`: the number of its first line. Raises `JobFault`."""
    for number, line in enumerate(text.split("\n"), first):
        if len(line) > LONGEST_LINE:
            raise JobFault(
                Coded(
                    "job-line-too-long",
                    "The line is longer than {limit} letters",
                    limit=LONGEST_LINE,
                ),
                number,
                next_step=Text("Write it shorter, or check that this is a job's file"),
            )
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise JobFault(
            Coded("job-too-deep", "The file has brackets in brackets without end"),
            next_step=Text("Check that this is a job's file"),
        ) from error
    except (ValueError, OverflowError) as error:  # also for numbers and dates that cannot be
        raise _not_toml(str(error), text, first) from error


def _not_toml(said: str, text: str, first: int) -> JobFault:
    """tomllib's words are for those who know TOML; the usual slips are told as what they are."""
    at = _AT.search(said)
    lines = text.split("\n")
    number = min(int(at[1]), len(lines)) if at else _unclosed(lines)
    while number > 1 and not lines[number - 1].strip():  # it noticed at the end what is missing
        number -= 1
    line = lines[number - 1].strip()
    why, step = _usual_slip(said, line)
    return JobFault(
        Coded("job-not-toml", "This is not written as TOML wants it"),
        number + first - 1 if at or "(at end of document)" in said else None,
        why=why,
        next_step=step,
        detail=said,
    )


def _usual_slip(said: str, line: str) -> tuple[Text, Text]:
    """Why, and the next step. `line`: where it was noticed."""
    name, equals, value = (part.strip() for part in line.partition("="))
    if '"' in line and "\\" in line:
        return (
            Text("In double quotes a backslash begins a special letter"),
            Text("Write paths of Windows in single quotes, or with / instead of \\"),
        )
    if "Cannot overwrite" in said or "twice" in said or "Cannot declare" in said:
        return (
            Text("It says something that was said before"),
            Text("Leave one of the two out; what there may be several of stands in [[…]]"),
        )
    if equals and value and "(at end of document)" in said:
        return (
            Text("A text or a list that begins there does not end"),
            Text("Write the quote or the bracket that ends it"),
        )
    if equals and not value:
        return (
            Text("There is nothing behind the ="),
            Text('Write a value there, or "" for none, or take the line out'),
        )
    if equals and value[0] not in "\"'[{":
        return (
            Text("A text stands in quotes, and a switch is true or false"),
            Text('Write {name} = "…"', name=name),
        )
    if not equals and line and line[0] not in "[#":
        return (
            Text("A line is a name, an = and a value"),
            Text("Begin it with # if it is a remark"),
        )
    return outside(said), NOTHING


class Lines:
    """Where what is in a text that TOML takes."""

    def __init__(self, text: str) -> None:
        self._at: dict[tuple[str, int, str], int] = {}
        table, count = "", 0
        counts: dict[str, int] = {}
        open_ = _Open()
        for number, line in enumerate(text.split("\n"), 1):
            begins = not open_.is_open
            stripped = line.strip()
            if begins and stripped.startswith("["):
                table = stripped.lstrip("[").partition("]")[0].strip().replace('"', "")
                count = counts[table] = counts.get(table, -1) + 1
                self._at.setdefault((table, count, ""), number)
                continue
            if begins and "=" in stripped and not stripped.startswith("#"):
                name = stripped.partition("=")[0].partition(".")[0].strip().strip("\"'")
                self._at.setdefault((table, count, name), number)
            open_.take(line)

    def of(self, table: str, number: int = 0, key: str = "") -> int | None:
        """The line of a key, else of its table; None if that is not told. `number`: which of the
        tables with that name, from 0."""
        return self._at.get((table, number, key)) or self._at.get((table, number, ""))


def _unclosed(lines: list[str]) -> int:
    """The line that begins what does not end; the last one if there is nothing like that."""
    open_, began = _Open(), len(lines)
    for number, line in enumerate(lines, 1):
        was_open = open_.is_open
        open_.take(line)
        if open_.was_torn:
            return number
        if open_.is_open and not was_open:
            began = number
    return began if open_.is_open else len(lines)


class _Open:
    """Whether a value goes on in the next line: a text in three quotes, or brackets."""

    def __init__(self) -> None:
        self._quotes = ""
        self._depth = 0
        self.was_torn = False
        """A text in single marks went past the end of the line before."""

    @property
    def is_open(self) -> bool:
        return bool(self._quotes) or self._depth > 0

    def take(self, line: str) -> None:
        at = 0
        while at < len(line):
            if self._quotes:
                if line[at] == "\\" and self._quotes[0] == '"':
                    at += 2
                elif line.startswith(self._quotes, at):
                    at += len(self._quotes)
                    self._quotes = ""
                else:
                    at += 1
                continue
            letter = line[at]
            if letter == "#":
                break
            if letter in "\"'":
                self._quotes = letter * 3 if line.startswith(letter * 3, at) else letter
                at += len(self._quotes)
                continue
            self._depth += (letter in "[{") - (letter in "]}")
            at += 1
        self.was_torn = len(self._quotes) == 1
        if self.was_torn:
            self._quotes = ""
