"""Group 4: the logs of Apache Mynewt.

A log is read in several answers, each of about 512 bytes; `smp.gathering` puts them together.
Source: apache/mynewt-core sys/log/full/src/log_nmgr.c, sys/log/mgmt.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from smp import codes
from smp.commands.base import Command, Request, maps, number, optional_uint, refusal, texts
from smp.errors import DeviceError
from smp.packet import Body, Group, Op
from smp.plain import plain
from smp.text import Text
from smp.timing import ERASE, Patience

MORE = codes.EUNKNOWN
"""The answer's `rc` where entries are left that did not fit into it."""
_EXCHANGED = {codes.EMSGSIZE: codes.ECORRUPT, codes.ECORRUPT: codes.EMSGSIZE}
"""This group's words for "damaged" and "too long" have each other's numbers."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """`stamp`: microseconds of the device's clock. `kind`: str, cbor or bin, empty if not told.

    `message` is what was logged, as bytes where it is no text.
    """

    log: str
    index: int
    stamp: int
    level: int
    module: int
    kind: str
    message: str | bytes


@dataclass(frozen=True, slots=True)
class LogAnswer:
    """`has_more`: ask again from the entry behind the last one. `next_index`: that of the entry
    that will be logged next."""

    entries: tuple[LogEntry, ...]
    has_more: bool
    next_index: int | None


def _refusal(body: Body, title: Text, *, names_something: bool) -> DeviceError | None:
    code = body.get("rc")
    if isinstance(code, int) and code in _EXCHANGED:
        body = {**body, "rc": _EXCHANGED[code]}
    return refusal(body, title, names_something=names_something)


@dataclass(frozen=True, slots=True)
class ListLogs(Request[tuple[str, ...]]):
    group: ClassVar[int] = Group.LOG
    command: ClassVar[int] = 5
    op: ClassVar[Op] = Op.READ
    title: ClassVar[Text] = Text("the names of its logs")
    repeatable: ClassVar[bool] = True

    def body(self) -> Body:
        return {}

    def read(self, body: Body) -> tuple[str, ...]:
        return texts(body, "log_list")


@dataclass(frozen=True, slots=True)
class ReadLogLevels(Request[dict[str, int]]):
    """The names of the levels, and the numbers that entries carry."""

    group: ClassVar[int] = Group.LOG
    command: ClassVar[int] = 4
    op: ClassVar[Op] = Op.READ
    title: ClassVar[Text] = Text("the levels of its logs")
    repeatable: ClassVar[bool] = True

    def body(self) -> Body:
        return {}

    def read(self, body: Body) -> dict[str, int]:
        return _numbers(body.get("level_map"))


@dataclass(frozen=True, slots=True)
class ReadLogModules(Request[dict[str, int]]):
    """The names of the modules, and the numbers that entries carry."""

    group: ClassVar[int] = Group.LOG
    command: ClassVar[int] = 3
    op: ClassVar[Op] = Op.READ
    title: ClassVar[Text] = Text("the modules of its logs")
    repeatable: ClassVar[bool] = True

    def body(self) -> Body:
        return {}

    def read(self, body: Body) -> dict[str, int]:
        return _numbers(body.get("module_map"))


@dataclass(frozen=True, slots=True)
class ShowLogs(Request[LogAnswer]):
    """Entries of a log, of all with an empty name, from `index` on.

    since: microseconds of the device's clock; None: all; `only_last`: the last entry alone.
    """

    name: str = ""
    index: int = 0
    since: int | None = None
    only_last: bool = False
    group: ClassVar[int] = Group.LOG
    command: ClassVar[int] = 0
    op: ClassVar[Op] = Op.READ
    title: ClassVar[Text] = Text("its log")
    names_something: ClassVar[bool] = True

    def body(self) -> Body:
        body: Body = {}
        if self.name:
            body["log_name"] = self.name
        if self.only_last:
            body["ts"] = -1
        elif self.since is not None:
            body["ts"] = max(self.since, 0)
        if self.index:
            # A negative number here makes the server reset the device.
            body["index"] = max(self.index, 0)
        return body

    def answer(self, body: Body) -> LogAnswer:
        has_more = body.get("rc") == MORE and "logs" in body
        error = None
        if not has_more:
            error = _refusal(body, self.title, names_something=True)
        if error is not None:
            raise error
        return self._read(body, has_more=has_more)

    def read(self, body: Body) -> LogAnswer:
        return self._read(body, has_more=False)

    @staticmethod
    def _read(body: Body, *, has_more: bool) -> LogAnswer:
        entries = []
        for log in maps(body, "logs"):
            name = plain(str(log.get("name", "")))
            told = log.get("entries")
            listed = told if isinstance(told, list) else []
            entries += [_read_entry(name, entry) for entry in listed if isinstance(entry, dict)]
        return LogAnswer(tuple(entries), has_more, optional_uint(body, "next_index"))


@dataclass(frozen=True, slots=True)
class ClearLogs(Command):
    """Of the log with that name; of all of them with an empty one. A name that is not known is no
    error."""

    name: str = ""
    group: ClassVar[int] = Group.LOG
    command: ClassVar[int] = 1
    op: ClassVar[Op] = Op.WRITE
    title: ClassVar[Text] = Text("clearing its log")
    patience: ClassVar[Patience] = ERASE
    measured: ClassVar[bool] = False

    def body(self) -> Body:
        return {"log_name": self.name} if self.name else {}


def _numbers(told: Any) -> dict[str, int]:
    named = told.items() if isinstance(told, dict) else ()
    return {plain(str(name)): value for name, value in named if number(value) is not None}


def _read_entry(log: str, entry: Body) -> LogEntry:
    """Whatever is odd in one is left out: a log is read by people."""
    message, kind = entry.get("msg"), entry.get("type")
    kind = plain(kind) if isinstance(kind, str) else ""
    if isinstance(message, bytes) and kind in ("str", ""):
        message = message.rstrip(b"\0").decode("utf-8", "replace")
    if not isinstance(message, bytes):
        message = plain(message) if isinstance(message, str) else ""
    return LogEntry(
        log,
        number(entry.get("index")) or 0,
        number(entry.get("ts")) or 0,
        number(entry.get("level")) or 0,
        number(entry.get("module")) or 0,
        kind,
        message,
    )
