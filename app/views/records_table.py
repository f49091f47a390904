"""The table of attempts. Columns that have no room are left out, the least telling ones first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from PySide6.QtCore import QItemSelection, Qt, Signal
from PySide6.QtGui import QFocusEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from app.facts.records import RecordRow
from app.lib.theme import Type, font, metrics, px
from app.views.records_model import (
    JOB,
    OPERATOR,
    PLACE,
    REASON,
    RESULT,
    TOOK,
    UNIT,
    VERSION,
    WHEN,
    RecordsModel,
)

_WIDTHS = {
    WHEN: "2026-11-27 23:59",
    UNIT: "S2-000042-000",
    RESULT: "ABORTED mm",
    JOB: "sensor-7 outdoor",
    VERSION: "1.4.2+build.77",
    PLACE: "Place 12",
    OPERATOR: "M. Mustermann",
    TOOK: "1 min 12 s",
}
"""What a column has room for."""
_OPTIONAL = (VERSION, TOOK, JOB, PLACE, OPERATOR)
"""Those that may be left out, the ones that are shown first where there is room."""
_REASON = 200
"""Pixels that the reason gets before any of them."""


class Held(NamedTuple):
    """Of a table: the key of what is chosen, and of the row that stands first, whose number is
    `top`; so many rows follow it on the screen."""

    chosen: str
    first: str
    top: int
    shown: int


class RecordsTable(QTableView):
    """Emits `looked_at` with the key of the row that is chosen, as soon as that is there; empty:
    none is."""

    looked_at = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = RecordsModel(self)
        self._told = ""
        self._is_anew = False
        self.setModel(self.rows)
        self.setObjectName("table")
        self.setAccessibleName(self.tr("Attempts"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setCornerButtonEnabled(False)
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(metrics(Type.SMALL).height() + px(15))
        head = self.horizontalHeader()
        head.setFont(font(Type.LABEL))
        head.setSectionsClickable(False)
        head.setHighlightSections(False)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head.setSectionResizeMode(REASON, QHeaderView.ResizeMode.Stretch)
        head.setMinimumSectionSize(px(40))
        title = metrics(Type.LABEL)
        self._widths = {}
        for column, widest in _WIDTHS.items():
            words = str(self.rows.headerData(column, Qt.Orientation.Horizontal))
            room = max(
                metrics(Type.SMALL).horizontalAdvance(widest), title.horizontalAdvance(words)
            )
            self._widths[column] = room + px(26) + (px(22) if column == RESULT else 0)
            head.resizeSection(column, self._widths[column])
        self.rows.dataChanged.connect(lambda *_: self._tell())

    def show_rows(self, total: int) -> None:
        """So many, none of which is here; what was chosen is not any more."""
        self.rows.ratio = self.devicePixelRatioF()
        self.rows.reset(total)
        self._tell()

    def held(self) -> Held:
        """What is looked at."""
        top = max(0, self.rowAt(0))
        row = self.rows.kept(top)
        last = self.rowAt(self.viewport().height() - 1)
        shown = max(0, (last if last >= 0 else self.rows.rowCount() - 1) - top)
        return Held(self._told, row.key if row is not None else "", top, shown)

    def show_again(
        self, total: int, pages: Mapping[int, Sequence[RecordRow]], chosen: int | None, top: int
    ) -> None:
        """So many rows, some of which are here; the same one is chosen, at another place."""
        self.rows.ratio = self.devicePixelRatioF()
        self.rows.reset(total)
        self._is_anew = True
        try:
            for page, rows in pages.items():
                self.rows.put(page, rows)
            self.executeDelayedItemsLayout()
            self.updateGeometries()
            if chosen is not None:
                self.selectRow(chosen)
            self.verticalScrollBar().setValue(top)
        finally:
            self._is_anew = False
        self._tell()

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        self._tell()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Who comes by keyboard has something in hand at once."""
        super().focusInEvent(event)
        is_by_hand = event.reason() is not Qt.FocusReason.MouseFocusReason
        if is_by_hand and self.rows.rowCount() and not self.selectionModel().hasSelection():
            self.selectRow(0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def chosen(self) -> str:
        """The key of the row that is chosen; empty: there is none, or it has not come yet."""
        chosen = self.selectionModel().selectedRows()
        row = self.rows.row(chosen[0].row()) if chosen else None
        return row.key if row is not None else ""

    def _tell(self) -> None:
        if self._is_anew:
            return
        key = self.chosen()
        if key != self._told:
            self._told = key
            self.looked_at.emit(key)

    def _fit(self) -> None:
        room = self.viewport().width() - px(_REASON)
        room -= sum(self._widths[column] for column in (WHEN, UNIT, RESULT))
        for column in _OPTIONAL:
            room -= self._widths[column]
            self.setColumnHidden(column, room < 0)
