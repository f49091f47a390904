"""The devices of the table as a model: a line each, changed line by line."""

from __future__ import annotations

from enum import IntEnum
from itertools import takewhile

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from app.facts.sheet import SheetRow
from app.language import say
from app.lib import wording
from app.lib.tips import tip
from smp.text import NOTHING, Text, listed, outside

Index = QModelIndex | QPersistentModelIndex


class Role(IntEnum):
    ROW = Qt.ItemDataRole.UserRole


class SheetRows(QAbstractListModel):
    """What stays as it was is not told, and keeps its place. A line may become another device's:
    one that has another port now."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[SheetRow, ...] = ()

    def present(self, rows: tuple[SheetRow, ...]) -> None:
        if len(rows) != len(self._rows):
            self._exchange(rows)
        before, self._rows = self._rows, rows
        for at, (old, new) in enumerate(zip(before, rows, strict=True)):
            if old != new:
                self.dataChanged.emit(self.index(at), self.index(at))

    def _exchange(self, rows: tuple[SheetRow, ...]) -> None:
        """The lines between those that stay at the beginning and those that stay at the end."""
        old, new = [row.key for row in self._rows], [row.key for row in rows]
        first = _alike(old, new)
        last = _alike(old[first:][::-1], new[first:][::-1])
        nowhere, end = QModelIndex(), len(self._rows) - last
        if first < end:
            self.beginRemoveRows(nowhere, first, end - 1)
            self._rows = self._rows[:first] + self._rows[end:]
            self.endRemoveRows()
        if first < len(rows) - last:
            self.beginInsertRows(nowhere, first, len(rows) - last - 1)
            self._rows = self._rows[:first] + rows[first : len(rows) - last] + self._rows[first:]
            self.endInsertRows()

    def row(self, index: Index) -> SheetRow | None:
        at = index.row()
        return self._rows[at] if 0 <= at < len(self._rows) else None

    def index_of(self, key: str) -> QModelIndex:
        """Invalid when it is not there."""
        found = next((at for at, row in enumerate(self._rows) if row.key == key), -1)
        return self.index(found)

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.row(index)
        if row is None:
            return None
        if role == Role.ROW:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return spoken(row)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(row.hint)
        return None


def _alike(one: list[str], other: list[str]) -> int:
    """How many are the same from the beginning."""
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def spoken(row: SheetRow) -> Text:
    """The whole line for a screen reader."""
    parts = [outside(row.name)]
    if row.now and row.then:
        parts.append(Text("from {now} to {then}", now=row.now, then=row.then))
    elif row.now:
        parts.append(Text("runs {now}", now=row.now))
    if row.progress is not None:
        parts.append(row.progress_words or wording.percent(row.progress))
    if row.chip is not None:
        parts.append(row.chip.words)
    parts.append(row.words)
    parts.append(Text("not seen for a while") if row.gone else NOTHING)
    return say(listed(parts))
