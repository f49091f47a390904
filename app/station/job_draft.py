"""A job while it is written: what stands in each field, as it was typed.

Half a number is no error of the program: it stays as it is, with a sentence beside it, until it is
one. Fields are called as in the job ("product", "recognise.usb"), those of a list with the number
of their row, which it keeps while others come and go ("places/3/at"). No Qt, no files.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from app.controllers.watch_entry import read_watch
from app.station.draft_fields import LISTS, RELEVANT, YES
from app.station.job import (
    Ask,
    Expectation,
    Hook,
    PlaceRule,
    Recognition,
    SerialRule,
    SerialSource,
    StationJob,
    UnitWrite,
)
from app.station.job_file import MOST_PLACES
from smp.text import Text
from smp.update.kinds import Mode

E = TypeVar("E", bound=Enum)
_LARGEST = 10**12


@dataclass(frozen=True, slots=True)
class Drafted:
    """The job that the fields make, as far as they can be read, and what cannot: a sentence for
    each such field."""

    job: StationJob
    problems: Mapping[str, Text]


class JobDraft:
    """`values`: of fields that stand alone; `rows`: of each list, by number, in their order."""

    def __init__(self, job: StationJob | None = None) -> None:
        self.values: dict[str, str] = {}
        self.rows: dict[str, dict[int, dict[str, str]]] = {name: {} for name in LISTS}
        self._next = 0
        self._forbids: frozenset[str] = frozenset()
        self._fill(job or StationJob("", ""))

    def get(self, key: str) -> str:
        if "/" in key:
            name, number, column = key.split("/")
            return self.rows[name].get(int(number), {}).get(column, "")
        return self.values.get(key, "")

    def is_relevant(self, key: str) -> bool:
        """Whether what stands in the field counts, as the others are."""
        of = "recognise.transport" if key.startswith("recognise.") else "serial.source"
        return key not in RELEVANT or self.values[of] in RELEVANT[key]

    def put(self, key: str, value: str) -> None:
        """What was typed or chosen. A field of a row that is gone is none."""
        if "/" not in key:
            self.values[key] = value
            return
        name, number, column = key.split("/")
        if (row := self.rows[name].get(int(number))) is not None:
            row[column] = value

    def add(self, name: str) -> str:
        """A new row at the end of the list; its key, "places/3"."""
        row = dict(LISTS[name])
        if name == "places":
            row["name"] = self._free_name()
        self._next += 1
        self.rows[name][self._next] = row
        return f"{name}/{self._next}"

    def remove(self, key: str) -> None:
        name, number = key.split("/")
        self.rows[name].pop(int(number), None)

    def count_places(self, count: int) -> None:
        """So many places from now on: new ones are bound to nothing, and the last ones go."""
        places = self.rows["places"]
        for number in [*places][count:]:
            del places[number]
        while len(places) < min(count, MOST_PLACES):
            self.add("places")

    @property
    def forbids(self) -> frozenset[str]:
        """Checks of a plan that forbid an update."""
        return self._forbids

    @forbids.setter
    def forbids(self, codes: Iterable[str]) -> None:
        self._forbids = frozenset(codes)

    def copy(self) -> JobDraft:
        """For another thread. Rows keep their numbers."""
        other = JobDraft()
        other.values = dict(self.values)
        other.rows = {
            name: {number: dict(row) for number, row in rows.items()}
            for name, rows in self.rows.items()
        }
        other._next, other._forbids = self._next, self._forbids
        return other

    def state(self) -> tuple[object, ...]:
        """Everything that can be changed, to be compared."""
        lists = tuple(tuple(map(_frozen, rows.values())) for rows in self.rows.values())
        return (_frozen(self.values), lists, self._forbids)

    # -- reading ------------------------------------------------------------------------------

    def read(self) -> Drafted:
        found: dict[str, Text] = {}
        get = self._text
        job = StationJob(
            product=get("product"),
            firmware=get("firmware"),
            sha256=get("sha256").lower(),
            key=get("key"),
            mode=_one_of(Mode, get("mode"), Mode.CONFIRM),
            watch=self._watch(found),
            consent=self._on("consent"),
            recovery=self._on("recovery"),
            other_product=self._on("other_product"),
            forbids=self._forbids,
            image=self._whole("image", found, least=0),
            recognise=Recognition(
                transport=get("recognise.transport"),
                usb=get("recognise.usb").lower(),
                interface=get("recognise.interface"),
                name=get("recognise.name"),
                board=get("recognise.board"),
                baud=self._whole("recognise.baud", found, least=1),
                framing=get("recognise.framing"),
            ),
            places=tuple(
                PlaceRule(cell(row, "name"), cell(row, "at")) for row in self._all("places")
            ),
            before=tuple(map(_expectation, self._all("before"))),
            after=tuple(map(_expectation, self._all("after"))),
            serial=SerialRule(
                source=_one_of(SerialSource, get("serial.source"), SerialSource.NONE),
                pool=get("serial.pool"),
                format=get("serial.format") or "{number}",
                first=_or(self._whole("serial.first", found, least=0), 1),
                last=self._whole("serial.last", found, least=0),
                pattern=get("serial.pattern"),
                file=get("serial.file"),
                url=get("serial.url"),
            ),
            writes=tuple(
                UnitWrite(
                    cell(row, "setting"),
                    cell(row, "value"),
                    row.get("save") == YES,
                    row.get("restart") == YES,
                )
                for row in self._all("writes")
            ),
            limit=self._whole("limit", found, least=1),
            attempts=self._whole("attempts", found, least=1),
            at_once=self._whole("at_once", found, least=1),
            before_start=self._hook("before_start", found),
            after_result=self._hook("after_result", found),
            records=get("records"),
            duplicates=self._on("duplicates"),
            sound=self._on("sound"),
        )
        return Drafted(job, found)

    def _text(self, key: str) -> str:
        return self.values.get(key, "").strip() if self.is_relevant(key) else ""

    def _on(self, key: str) -> bool:
        return self._text(key) == YES

    def _all(self, name: str) -> Iterable[Mapping[str, str]]:
        return self.rows[name].values()

    def _watch(self, found: dict[str, Text]) -> float | None:
        entry = read_watch(self._text("watch").replace(",", "."))
        if entry.problem:
            found["watch"] = entry.problem
        return entry.seconds

    def _whole(self, key: str, found: dict[str, Text], *, least: int) -> int | None:
        words = self._text(key)
        if not words:
            return None
        if not words.isascii() or not words.isdigit():
            found[key] = Text("Write a whole number, or nothing")
            return None
        if len(words) > 12 or not least <= int(words) <= _LARGEST:
            found[key] = Text("Write a number from {least} on, of at most 12 digits", least=least)
            return None
        return int(words)

    def _hook(self, name: str, found: dict[str, Text]) -> Hook | None:
        if not self._on(name):
            return None
        return Hook(
            url=self._text(f"{name}.url"),
            seconds=self._seconds(f"{name}.seconds", found),
            required=self._on(f"{name}.required"),
            headers=tuple(
                (cell(row, "name"), cell(row, "value")) for row in self._all(f"{name}.headers")
            ),
        )

    def _seconds(self, key: str, found: dict[str, Text]) -> float:
        words = self._text(key).replace(",", ".")
        if not words:
            return 10.0
        try:
            seconds = float(words)
        except ValueError:
            seconds = math.nan
        if not 0 < seconds <= 300:  # not a number is neither
            found[key] = Text("Write the seconds as a number above 0, of at most 300")
            return 10.0
        return seconds

    # -- from a job ---------------------------------------------------------------------------

    def _fill(self, job: StationJob) -> None:
        recognise, serial = job.recognise, job.serial
        self.values = {
            "product": job.product,
            "firmware": job.firmware,
            "sha256": job.sha256,
            "key": job.key,
            "mode": job.mode.value,
            "watch": _number(job.watch),
            "consent": _yes(job.consent),
            "recovery": _yes(job.recovery),
            "other_product": _yes(job.other_product),
            "image": _number(job.image),
            "recognise.transport": recognise.transport,
            "recognise.usb": recognise.usb,
            "recognise.interface": recognise.interface,
            "recognise.name": recognise.name,
            "recognise.board": recognise.board,
            "recognise.baud": _number(recognise.baud),
            "recognise.framing": recognise.framing,
            "serial.source": serial.source.value,
            "serial.pool": serial.pool,
            "serial.format": serial.format,
            "serial.first": _number(serial.first),
            "serial.last": _number(serial.last),
            "serial.pattern": serial.pattern,
            "serial.file": serial.file,
            "serial.url": serial.url,
            "limit": _number(job.limit),
            "attempts": _number(job.attempts),
            "at_once": _number(job.at_once),
            "records": job.records,
            "duplicates": _yes(job.duplicates),
            "sound": _yes(job.sound),
        }
        self._forbids = job.forbids
        for place in job.places:
            self._row("places", name=place.name, at=place.at)
        for name, expected in (("before", job.before), ("after", job.after)):
            for one in expected:
                self._row(
                    name,
                    ask=one.ask.value,
                    what=one.what,
                    low=one.low,
                    high=one.high,
                    equals=one.equals,
                    matches=one.matches,
                    unit=one.unit,
                )
        for write in job.writes:
            self._row(
                "writes",
                setting=write.setting,
                value=write.value,
                save=_yes(write.save),
                restart=_yes(write.restart),
            )
        self._fill_hook("before_start", job.before_start)
        self._fill_hook("after_result", job.after_result)

    def _fill_hook(self, name: str, hook: Hook | None) -> None:
        self.values[name] = _yes(hook is not None)
        held = hook or Hook("", required=name == "before_start")
        self.values[f"{name}.url"] = held.url
        self.values[f"{name}.seconds"] = _number(held.seconds)
        self.values[f"{name}.required"] = _yes(held.required)
        for header, value in held.headers:
            self._row(f"{name}.headers", name=header, value=value)

    def _row(self, name: str, /, **values: str) -> None:
        self._next += 1
        self.rows[name][self._next] = {**LISTS[name], **values}

    def _free_name(self) -> str:
        taken = {row["name"] for row in self.rows["places"].values()}
        return next(str(at) for at in range(1, len(taken) + 2) if str(at) not in taken)


def key_of_row(name: str, number: int, column: str = "") -> str:
    return f"{name}/{number}/{column}" if column else f"{name}/{number}"


def nth_row(draft: JobDraft, name: str, position: int, column: str) -> str:
    """The key of a column of the row at this position, from 0; of the list where it has fewer."""
    numbers = [*draft.rows[name]]
    return key_of_row(name, numbers[position], column) if position < len(numbers) else name


def cell(row: Mapping[str, str], column: str) -> str:
    return row.get(column, "").strip()


def _expectation(row: Mapping[str, str]) -> Expectation:
    return Expectation(
        ask=_one_of(Ask, cell(row, "ask"), Ask.VERSION),
        what=cell(row, "what"),
        low=cell(row, "low"),
        high=cell(row, "high"),
        equals=cell(row, "equals"),
        matches=cell(row, "matches"),
        unit=cell(row, "unit"),
    )


def _one_of(kind: Callable[[str], E], value: str, otherwise: E) -> E:
    try:
        return kind(value)
    except ValueError:
        return otherwise


def _or(value: int | None, otherwise: int) -> int:
    return otherwise if value is None else value


def _yes(on: bool) -> str:
    return YES if on else ""


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _frozen(values: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(values.items()))
