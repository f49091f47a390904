"""Rows of records as a table that fetches what is looked at: a hundred thousand are no more work
than a screenful."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QIcon

from app.facts.records import PAGE, RecordRow
from app.lib.icons import icon
from app.lib.theme import Type, font, px, tokens
from app.lib.tone import Tone

WHEN, UNIT, RESULT, REASON, JOB, VERSION, PLACE, OPERATOR, TOOK = range(9)
_KEPT = 40
"""Pages that are kept: who scrolls back a little waits for nothing."""
_ICONS = {
    Tone.OK: "check",
    Tone.BAD: "cross",
    Tone.WARN: "warning",
    Tone.NEUTRAL: "stop",
    Tone.ACCENT: "info",
}
Index = QModelIndex | QPersistentModelIndex
_NONE = QModelIndex()


class RecordsModel(QAbstractTableModel):
    """`page_wanted` carries the number of a page that is looked at and is not here; each is wanted
    once, until everything is reset."""

    page_wanted = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.ratio = 1.0
        """Of the screen, for sharp icons."""
        self._total = 0
        self._pages: OrderedDict[int, Sequence[RecordRow]] = OrderedDict()
        self._wanted: set[int] = set()
        self._titles = (
            self.tr("When"),
            self.tr("Unit"),
            self.tr("Result"),
            self.tr("Why"),
            self.tr("Job"),
            self.tr("Runs"),
            self.tr("Place"),
            self.tr("Operator"),
            self.tr("Took"),
        )

    def reset(self, total: int) -> None:
        """So many rows, of which none is here."""
        self.beginResetModel()
        self._total = total
        self._pages.clear()
        self._wanted.clear()
        self.endResetModel()

    def put(self, page: int, rows: Sequence[RecordRow]) -> None:
        """A page has come."""
        self._pages[page] = rows
        self._pages.move_to_end(page)
        while len(self._pages) > _KEPT:
            gone, _ = self._pages.popitem(last=False)
            self._wanted.discard(gone)
        first = page * PAGE
        last = min(first + PAGE, self._total) - 1
        if last >= first:
            self.dataChanged.emit(self.index(first, 0), self.index(last, TOOK))

    def row(self, at: int) -> RecordRow | None:
        """None: it is not here yet. Then it is wanted."""
        page, offset = divmod(at, PAGE)
        rows = self._pages.get(page)
        if rows is None:
            if page not in self._wanted and 0 <= at < self._total:
                self._wanted.add(page)
                self.page_wanted.emit(page)
            return None
        self._pages.move_to_end(page)
        return rows[offset] if offset < len(rows) else None

    def kept(self, at: int) -> RecordRow | None:
        """None: it is not here, and is not wanted for that."""
        rows = self._pages.get(at // PAGE, ())
        return rows[at % PAGE] if at % PAGE < len(rows) else None

    def find(self, key: str) -> int:
        """The number of the row with this key, among those that are here; -1: it is not."""
        for page, rows in self._pages.items():
            for offset, row in enumerate(rows):
                if row.key == key:
                    return page * PAGE + offset
        return -1

    def rowCount(self, parent: Index = _NONE) -> int:
        return 0 if parent.isValid() else self._total

    def columnCount(self, parent: Index = _NONE) -> int:
        return 0 if parent.isValid() else len(self._titles)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Vertical:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._titles[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row, column = self.row(index.row()), index.column()
        if row is None:
            return "…" if role == Qt.ItemDataRole.DisplayRole and column == WHEN else None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return _words(row, column)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self._titles[column]}: {_words(row, column)}"
        if role == Qt.ItemDataRole.FontRole:
            return font(Type.STRONG if column == RESULT else Type.SMALL)
        if role == Qt.ItemDataRole.ForegroundRole:
            return tokens().front(row.tone) if column == RESULT else None
        if role == Qt.ItemDataRole.DecorationRole and column == RESULT:
            return _icon(row.tone, self.ratio)
        return None


def _icon(tone: Tone, ratio: float) -> QIcon:
    ink = tokens().front(tone)
    return icon(_ICONS[tone], ink, ink, px(16), ratio)


def _words(row: RecordRow, column: int) -> str:
    return (
        row.when,
        row.unit,
        row.result,
        row.reason,
        row.job,
        row.version,
        row.place,
        row.operator,
        row.took,
    )[column]
