"""The log's lines: the last hundred thousand, and which of them a filter lets through. No Qt."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from app.facts.log import LogLevel, LogLine
from app.language import say
from smp.text import NOTHING, Text

LIMIT = 100_000
_SURPLUS = LIMIT // 10
"""Old lines are dropped by the block: dropping one at a time moves all others every time."""

LEVEL_WORDS = {
    LogLevel.PACKET: Text("packet"),
    LogLevel.INFO: NOTHING,
    LogLevel.WARNING: Text("warning"),
    LogLevel.ERROR: Text("error"),
}


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Lines from `lowest` on whose text or source contains `words`; packets only if asked for."""

    lowest: LogLevel = LogLevel.INFO
    packets: bool = False
    words: str = ""
    """Lower case."""

    def passes(self, line: LogLine) -> bool:
        if line.level is LogLevel.PACKET:
            if not self.packets or self.lowest.value > LogLevel.INFO.value:
                return False
        elif line.level.value < self.lowest.value:
            return False
        words = self.words
        return not words or words in line.text.lower() or words in line.source.lower()


class LogStore:
    """Append only. `len` and `line` are about what passes the filter."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._surplus = max(1, min(_SURPLUS, limit // 10))
        self._lines: list[LogLine] = []
        self._shown: list[LogLine] = []
        self._filter = LogFilter()

    def __len__(self) -> int:
        return len(self._shown)

    def line(self, at: int) -> LogLine:
        return self._shown[at]

    @property
    def filter(self) -> LogFilter:
        return self._filter

    def append(self, lines: Iterable[LogLine]) -> int:
        """Add lines; returns how many shown ones were dropped at the beginning."""
        added = list(lines)
        self._lines += added
        passing = [line for line in added if self._filter.passes(line)]
        self._shown += passing
        if len(self._lines) < self._limit + self._surplus:
            return 0
        surplus = len(self._lines) - self._limit
        gone = sum(map(self._filter.passes, self._lines[:surplus]))
        del self._lines[:surplus]
        del self._shown[:gone]
        return gone

    def narrow(self, to: LogFilter) -> None:
        """Show what passes this filter from now on."""
        self._filter = to
        self._shown = [line for line in self._lines if to.passes(line)]

    def clear(self) -> None:
        self._lines.clear()
        self._shown.clear()


def as_text(line: LogLine) -> str:
    """One line for the clipboard or a file."""
    parts = (clock(line.at), say(LEVEL_WORDS[line.level]), line.source, line.text)
    return "  ".join(part for part in parts if part)


def clock(at: float) -> str:
    """ "14:03:09.250", local time."""
    whole = int(at)
    return f"{_second(whole)}.{int((at - whole) * 1000):03d}"


@lru_cache(maxsize=256)
def _second(at: int) -> str:
    return time.strftime("%H:%M:%S", time.localtime(at))
