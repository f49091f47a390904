"""A table of a job's file, read value by value: each has its kind and its bounds, each fault its
line. What nobody has asked for is unknown, and refused with the name that was probably meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import TypeVar

from app.station.job_faults import JobFault
from app.station.job_toml import Lines
from smp.plain import LONGEST_TEXT, plain
from smp.text import NOTHING, Coded, Text

E = TypeVar("E", bound=Enum)
LONGEST_VALUE = 2_000
"""Characters of an address of a service, or of a path."""
LARGEST_NUMBER = 10**15
MOST_FAULTS = 50


class Reading:
    """A file that is being read: where everything stands, and what is wrong so far."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self.faults: list[JobFault] = []

    def add(self, fault: JobFault) -> None:
        if not self.is_full:
            self.faults.append(fault)

    @property
    def is_full(self) -> bool:
        """So much is wrong that nobody reads on."""
        return len(self.faults) >= MOST_FAULTS


class Section:
    """See the module. `name`: the table's, empty for the file's beginning; `number`: which of the
    tables of that name. Every reader gives its default where nothing is said, or nothing good."""

    def __init__(
        self, reading: Reading, values: Mapping[str, object], name: str = "", number: int = 0
    ) -> None:
        self._reading = reading
        self._values = values
        self.name = name
        self.number = number
        self._asked: list[str] = []

    def has(self, key: str) -> bool:
        return key in self._values

    def raw(self, key: str) -> object:
        self._asked.append(key)
        return self._values.get(key)

    def line(self, key: str = "") -> int | None:
        """Where it is said, or the table begins, or the line that has all of the table in it."""
        lines = self._reading.lines
        if self.name:
            return lines.of(self.name, self.number, key) or lines.of("", 0, self.name)
        return lines.of("", 0, key) or lines.of(key)

    def fault(self, key: str, fault: Coded, why: Text = NOTHING, next_step: Text = NOTHING) -> None:
        self._reading.add(JobFault(fault, self.line(key), why=why, next_step=next_step))

    def text(self, key: str, default: str = "", *, most: int = LONGEST_TEXT) -> str:
        value = self.raw(key)
        if value is None:
            return default
        if not isinstance(value, str):
            self._wrong_kind(key, value, Text('a text in quotes, such as {key} = "…"', key=key))
            return default
        return self._checked(key, value, most)

    def needed(self, key: str) -> str:
        """A text that has to be there."""
        there = self._values.get(key, "")
        if isinstance(there, str) and not there.strip():
            self._asked.append(key)
            self._is_missing(key)
            return ""
        return self.text(key, most=LONGEST_VALUE)

    def value(self, key: str) -> str:
        """A text, or a number or switch as it would be written."""
        value = self.raw(key)
        if value is None:
            return ""
        if isinstance(value, str):
            return self._checked(key, value, LONGEST_TEXT)
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float) and _is_fair(value):
            return str(value)
        self._wrong_kind(key, value, Text("a number or a text in quotes"))
        return ""

    def whole(self, key: str, least: int, most: int = LARGEST_NUMBER) -> int | None:
        value = self.raw(key)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool):
            self._wrong_kind(key, value, Text("a whole number"))
            return None
        return value if self._is_within(key, value, least, most) else None

    def seconds(self, key: str, least: float, most: float) -> float | None:
        value = self.raw(key)
        if value is None:
            return None
        if not isinstance(value, int | float) or isinstance(value, bool):
            self._wrong_kind(key, value, Text("a number of seconds"))
            return None
        return float(value) if self._is_within(key, value, least, most) else None

    def switch(self, key: str, *, default: bool) -> bool:
        value = self.raw(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            self._wrong_kind(key, value, Text("true or false, without quotes"))
            return default
        return value

    def choice(self, key: str, kind: type[E], default: E) -> E:
        """One of an enum's values."""
        return kind(self.word(key, [str(each.value) for each in kind], str(default.value)))

    def word(self, key: str, words: Iterable[str], default: str) -> str:
        """One of these."""
        there = list(words)
        value = self.text(key, default)
        if value in there:
            return value
        if self.has(key) and isinstance(self._values[key], str):
            self.fault(
                key,
                Coded("job-word-unknown", "{key} cannot be {value!r}", key=key, value=value),
                why=meant(value, there),
                next_step=Text("Write one of these: {words}", words=", ".join(filter(None, there))),
            )
        return default

    def words(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        value = self.raw(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            self._wrong_kind(key, value, Text('a list of texts: {key} = ["…", "…"]', key=key))
            return ()
        return tuple(self._checked(key, each, LONGEST_TEXT) for each in value)

    def table(self, key: str) -> Section | None:
        """A table of its own; None: there is none."""
        value = self.raw(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            self._wrong_kind(key, value, Text("a table, which begins with [{key}]", key=key))
            return None
        return Section(self._reading, value, key)

    def tables(self, key: str, most: int) -> list[Section]:
        """Tables of which there may be several."""
        value = self.raw(key)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            self._wrong_kind(key, value, Text("a table, which begins with [[{key}]]", key=key))
            return []
        if len(value) > most:
            self.fault(
                key,
                Coded(
                    "job-too-many",
                    "There are {count} tables {key!r}, more than {most}",
                    count=len(value),
                    key=key,
                    most=most,
                ),
                next_step=Text("Leave some of them out"),
            )
        return [
            Section(self._reading, each, key, number) for number, each in enumerate(value[:most])
        ]

    def finish(self) -> None:
        """Refuses what nobody has asked for."""
        possible = tuple(dict.fromkeys(self._asked))
        for key in self._values:
            if key in self._asked or self._reading.is_full:
                continue
            if self.name:
                fault = Coded(
                    "job-key-unknown",
                    "{key!r} is nothing that {table!r} has",
                    key=key,
                    table=self.name,
                )
            else:
                fault = Coded("job-entry-unknown", "{key!r} is nothing that a job has", key=key)
            self.fault(
                key,
                fault,
                why=meant(key, possible),
                next_step=Text("Possible here: {keys}", keys=", ".join(possible)),
            )

    def _checked(self, key: str, value: str, most: int) -> str:
        if len(value) > most:
            self.fault(
                key,
                Coded(
                    "job-value-too-long",
                    "{key} is longer than {most} letters",
                    key=key,
                    most=most,
                ),
                next_step=Text("Write it shorter"),
            )
            return ""
        if any(ord(letter) < 32 or 0x7F <= ord(letter) < 0xA0 for letter in value):
            self.fault(
                key,
                Coded("job-value-unprintable", "{key} has letters that nobody can see", key=key),
                why=Text("In double quotes, \\n, \\t, \\b and others mean special letters"),
                next_step=Text("Write it in single quotes"),
            )
            return ""
        return value

    def _is_within(self, key: str, value: float, least: float, most: float) -> bool:
        if least <= value <= most:  # of what is no number both are false
            return True
        self.fault(
            key,
            Coded(
                "job-number-out-of-range",
                "{key} has to be from {least} to {most}",
                key=key,
                least=f"{least:g}" if isinstance(least, float) else str(least),
                most=f"{most:g}" if isinstance(most, float) else str(most),
            ),
        )
        return False

    def _wrong_kind(self, key: str, value: object, wanted: Text) -> None:
        self.fault(
            key,
            Coded("job-value-of-wrong-kind", "{key} has to be {wanted}", key=key, wanted=wanted),
            next_step=(
                Text("Take the quotes away")
                if isinstance(value, str) and _is_bare(value)
                else NOTHING
            ),
        )

    def _is_missing(self, key: str) -> None:
        if self.name:
            fault = Coded(
                "job-key-missing", "{table!r} does not say its {key}", table=self.name, key=key
            )
        else:
            fault = Coded("job-entry-missing", "The job does not say its {key}", key=key)
        self.fault(key, fault, next_step=Text('Write a line {key} = "…" at its beginning', key=key))


def _is_fair(value: float) -> bool:
    return -LARGEST_NUMBER <= value <= LARGEST_NUMBER


def _is_bare(value: str) -> bool:
    """Only the quotes are wrong with it."""
    return value in ("true", "false") or (value.isascii() and value.isdigit())


def meant(word: str, there: Iterable[str]) -> Text:
    """What was probably meant, as a sentence; nothing: no idea."""
    from difflib import get_close_matches

    names = list(filter(None, there))
    near = get_close_matches(plain(word, 40).lower().replace("_", "-"), names, 1, 0.6)
    return Text("Probably {name} is meant", name=near[0]) if near else NOTHING
