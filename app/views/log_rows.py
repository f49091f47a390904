"""How lines of the log fall into rows of a width: long ones wrap. No Qt."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate
from unicodedata import combining, east_asian_width


def pieces(text: str, columns: int) -> list[str]:
    """The text in rows of at most `columns` narrow characters, cut at spaces where there are."""
    found, rest = [], text
    while (end := _fitting(rest, columns)) < len(rest):
        space = rest.rfind(" ", 0, end + 1)
        if space > end // 2:
            found.append(rest[:space])
            rest = rest[space + 1 :]
        else:
            found.append(rest[:end])
            rest = rest[end:]
    return [*found, rest]


def _fitting(text: str, columns: int) -> int:
    """How many characters fit; at least one."""
    if text.isascii():
        return min(len(text), max(1, columns))
    taken = 0
    for at, letter in enumerate(text):
        taken += 0 if combining(letter) else 2 if east_asian_width(letter) in "WF" else 1
        if taken > columns:
            return max(1, at)
    return len(text)


class LogRows:
    """Which rows each line takes. Lines are numbered from 0, and so are rows."""

    def __init__(self) -> None:
        self.columns = 80
        self._ends: list[int] = []
        """Row after the last one of each line."""

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    @property
    def lines(self) -> int:
        return len(self._ends)

    def reset(self, texts: Iterable[str], columns: int) -> None:
        """These lines and no others, at this width."""
        self._ends.clear()
        self.columns = columns
        self.append(texts)

    def append(self, texts: Iterable[str]) -> None:
        wide = self.columns
        # Most lines are short; there may be a hundred thousand.
        counts = (
            1 if len(text) <= wide and text.isascii() else len(pieces(text, wide)) for text in texts
        )
        ends = accumulate(counts, initial=len(self))
        next(ends)
        self._ends.extend(ends)

    def drop(self, lines: int) -> int:
        """Take lines away at the beginning; how many rows they had."""
        rows = self.first(lines)
        self._ends = [end - rows for end in self._ends[lines:]]
        return rows

    def first(self, line: int) -> int:
        """The first row of a line; of the one after the last: how many rows there are."""
        return self._ends[line - 1] if line else 0

    def line_at(self, row: int) -> int:
        """The line that has this row; past the end: the number of lines."""
        return bisect_right(self._ends, row)
