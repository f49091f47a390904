"""The table of devices that are chosen beside each other: its lines, and the heads over them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QListView, QMenu, QSizePolicy, QWidget

from app.facts.sheet import SheetRow
from app.lib.painting import CENTER_LEFT, elided
from app.lib.theme import Type, font, metrics, px, tokens
from app.views.sheet_delegate import Columns, SheetDelegate
from app.views.sheet_rows import Index, SheetRows

_KEY_FOCUS = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)
_ROWS = 3
"""That are seen at least."""


class SheetView(QListView):
    """Keys in the signals are those of the rows."""

    cancel_requested = Signal(str)
    alone_requested = Signal(str)
    """This device shall be shown by itself."""
    width_changed = Signal()
    """The columns stand elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = SheetRows(self)
        self._delegate = SheetDelegate(self)
        self._pressed = ""
        self.setAccessibleName(self.tr("The chosen devices"))
        self.setItemDelegate(self._delegate)
        self.setModel(self.rows)
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._offer)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setMinimumHeight(_ROWS * self._row_height())

    def present(self, rows: tuple[SheetRow, ...]) -> None:
        self.rows.present(rows)

    def row_at(self, index: Index) -> SheetRow | None:
        return self.rows.row(index)

    def sizeHint(self) -> QSize:
        return QSize(px(400), self.rows.rowCount() * self._row_height())

    def dataChanged(self, first: Index, last: Index, roles: Sequence[int] = ()) -> None:
        # Qt's own lays the whole list out anew.
        area = self.visualRect(self.rows.index(first.row()))
        self.viewport().update(area.united(self.visualRect(self.rows.index(last.row()))))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._by_keys(True)
        row = self.row_at(self.currentIndex())
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and row is not None:
            self.alone_requested.emit(row.key)
        elif event.key() == Qt.Key.Key_Delete and row is not None and row.can_cancel:
            self.cancel_requested.emit(row.key)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._by_keys(event.reason() in _KEY_FOCUS)
        super().focusInEvent(event)
        if not self.currentIndex().isValid() and self.rows.rowCount():
            self.setCurrentIndex(self.rows.index(0))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._by_keys(False)
        self._pressed = self._mark_under(event.position().toPoint())
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        key = self._mark_under(event.position().toPoint())
        if key and key == self._pressed:
            self.cancel_requested.emit(key)
        self._pressed = ""

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        row = self.row_at(self.indexAt(point))
        if row is not None and not self._mark_under(point):
            self.alone_requested.emit(row.key)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.width_changed.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.StyleChange:
            self.viewport().update()

    def mark_of(self, key: str) -> QRect:
        """Where the mark is that cancels this one."""
        return Columns.of(self.visualRect(self.rows.index_of(key))).cancel

    def _row_height(self) -> int:
        return 2 * metrics(Type.SMALL).height() + px(10)

    def _by_keys(self, keys: bool) -> None:
        if keys != self._delegate.keyboard:
            self._delegate.keyboard = keys
            self.viewport().update()

    def _mark_under(self, point: QPoint) -> str:
        row = self.row_at(self.indexAt(point))
        if row is None or not row.can_cancel:
            return ""
        place = self.mark_of(row.key).adjusted(-px(5), -px(8), px(8), px(8))
        return row.key if place.contains(point) else ""

    def _offer(self, point: QPoint) -> None:
        row = self.row_at(self.indexAt(point))
        if row is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        alone = menu.addAction(self.tr("Show this device alone"))
        alone.triggered.connect(lambda: self.alone_requested.emit(row.key))
        if row.can_cancel:
            cancel = menu.addAction(self.tr("Cancel this one"))
            cancel.triggered.connect(lambda: self.cancel_requested.emit(row.key))
        copy = menu.addAction(self.tr("Copy what is said of it"))
        copy.triggered.connect(lambda: QGuiApplication.clipboard().setText(row.hint))
        menu.popup(self.viewport().mapToGlobal(point))


class SheetHeads(QWidget):
    """What the columns are."""

    def __init__(self, over: SheetView) -> None:
        super().__init__()
        self._over = over
        over.width_changed.connect(self.update)
        self._words = (
            self.tr("Device"),
            self.tr("Runs now"),
            self.tr("Becomes"),
            self.tr("State"),
            self.tr("Notes"),
        )
        self.setAccessibleName(", ".join(self._words))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(px(400), metrics(Type.SMALL).height() + px(8))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, worn = QPainter(self), tokens()
        columns = Columns.of(QRect(0, 0, self._over.viewport().width(), self.height()))
        painter.setFont(font(Type.SMALL))
        painter.setPen(worn.soft)
        places = (columns.name, columns.now, columns.then, columns.state, columns.words)
        for place, words in zip(places, self._words, strict=True):
            painter.drawText(place, CENTER_LEFT, elided(words, metrics(Type.SMALL), place.width()))
        painter.fillRect(QRect(0, self.height() - 1, self.width(), 1), worn.line)
