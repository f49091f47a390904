"""Paints one line of the device list."""

from __future__ import annotations

from typing import assert_never

from PySide6.QtCore import QObject, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.facts.devices import DeviceRow, LinkKind
from app.language import say
from app.lib import wording
from app.lib.icons import paint_icon
from app.lib.painting import CENTER_LEFT, CENTER_RIGHT, elided, rounded
from app.lib.theme import Type, font, metrics, px, tokens
from app.lib.tokens import mix
from app.views.chip import chip_size, paint_chip
from app.views.device_model import Entry, Index, Role, Sort

_SIDE = 16
_TILE = 26
_TEXT = 52
_ICONS = {
    LinkKind.BLUETOOTH: "bluetooth",
    LinkKind.SERIAL: "serial",
    LinkKind.NETWORK: "network",
    LinkKind.SIMULATED: "simulated",
}

_WRAPPED = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
_ARROWS = {Sort.SHOW: "chevron-right", Sort.HIDE: "chevron-down", Sort.CHOICE: "chevron-down"}
_BOTTOM_RIGHT = Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignRight
_BOTTOM_LEFT = Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft


def chip_rect(row: DeviceRow, line: QRect) -> QRect:
    """Where the row's chip is; empty without one."""
    if row.chip is None:
        return QRect()
    size = chip_size(row.chip)
    width = min(size.width(), line.width() // 2)
    right = line.right() - px(_SIDE) + 1
    middle = line.center().y() - (
        metrics(Type.SMALL).height() // 2 if row.note and row.has_second_line else 0
    )
    return QRect(right - width, middle - size.height() // 2 + 1, width, size.height())


class DeviceDelegate(QStyledItemDelegate):
    """`keyboard` shows the focus ring: set it when the list is operated by keys."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.keyboard = False

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        entry = index.data(Role.ENTRY)
        if not isinstance(entry, Entry):
            return QSize(0, 0)
        body, small = metrics(Type.MEDIUM).height(), metrics(Type.SMALL).height()
        match entry.sort:
            case Sort.GROUP:
                return QSize(px(160), small + px(22 if index.row() else 16))
            case Sort.NOTE:
                lines = metrics(Type.SMALL).boundingRect(
                    QRect(0, 0, self._note_width(option), 10_000), _WRAPPED, entry.words
                )
                return QSize(px(160), lines.height() + px(8))
            case Sort.SHOW | Sort.HIDE | Sort.CHOICE:
                return QSize(px(160), small + px(14))
            case Sort.DEVICE:
                row = entry.row
                below = 2 if row is not None and row.note and row.has_second_line else 1
                return QSize(px(160), body + below * small + px(18))
            case _:
                assert_never(entry.sort)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        entry = index.data(Role.ENTRY)
        if not isinstance(entry, Entry):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRect(option.rect)
        match entry.sort:
            case Sort.GROUP:
                self._paint_group(painter, rect.adjusted(px(_SIDE), 0, -px(_SIDE), -px(6)), entry)
            case Sort.SHOW | Sort.HIDE | Sort.CHOICE:
                self._paint_pressable(painter, rect, entry, QStyle.StateFlag(option.state))
            case Sort.NOTE:
                painter.setFont(font(Type.SMALL))
                painter.setPen(tokens().soft)
                line = rect.adjusted(px(_SIDE), px(2), -px(_SIDE), 0)
                painter.drawText(line, _WRAPPED, entry.words)
            case Sort.DEVICE:
                if entry.row is not None:
                    state = QStyle.StateFlag(option.state)
                    self._paint_ground(painter, rect, state)
                    self._paint_device(painter, rect, entry.row, state)
            case _:
                assert_never(entry.sort)
        painter.restore()

    def _paint_group(self, painter: QPainter, line: QRect, entry: Entry) -> None:
        painter.setFont(font(Type.LABEL))
        painter.setPen(tokens().soft)
        painter.drawText(line, _BOTTOM_LEFT, entry.words)
        if entry.aside:
            small = metrics(Type.SMALL)
            room = line.width() - metrics(Type.LABEL).horizontalAdvance(entry.words) - px(10)
            painter.setFont(font(Type.SMALL))
            painter.drawText(line, _BOTTOM_RIGHT, elided(entry.aside, small, room))

    def _paint_pressable(
        self, painter: QPainter, rect: QRect, entry: Entry, state: QStyle.StateFlag
    ) -> None:
        """A word to press, with an arrow that says what will happen."""
        worn = tokens()
        if state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, worn.hover(worn.side))
        if self.keyboard and state & QStyle.StateFlag.State_HasFocus:
            rounded(painter, QRectF(rect), 0, None, worn.accent, 2)
        side = px(14)
        middle = rect.left() + px(_SIDE) + px(_TILE) / 2
        place = QRectF(middle - side / 2, rect.center().y() - side / 2 + 1, side, side)
        paint_icon(painter, _ARROWS[entry.sort], place, worn.soft)
        line = rect.adjusted(px(_TEXT), 0, -px(_SIDE), 0)
        painter.setFont(font(Type.SMALL))
        painter.setPen(worn.accent)
        words = elided(entry.words, metrics(Type.SMALL), line.width())
        painter.drawText(line, CENTER_LEFT, words)

    def _note_width(self, option: QStyleOptionViewItem) -> int:
        view = option.widget
        width = view.viewport().width() if isinstance(view, QAbstractItemView) else px(272)
        return width - 2 * px(_SIDE)

    def _paint_ground(self, painter: QPainter, rect: QRect, state: QStyle.StateFlag) -> None:
        worn = tokens()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, worn.accent_ground)
            painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), worn.accent)
            if self.keyboard and state & QStyle.StateFlag.State_HasFocus:
                rounded(painter, QRectF(rect), 0, None, worn.accent, 2)
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, worn.hover(worn.side))

    def _paint_device(
        self, painter: QPainter, rect: QRect, row: DeviceRow, state: QStyle.StateFlag
    ) -> None:
        worn = tokens()
        if row.gone:
            painter.setOpacity(0.5)
        tile = px(_TILE)
        place = QRectF(rect.left() + px(_SIDE), rect.center().y() - tile / 2 + 1, tile, tile)
        rounded(painter, place, 6, worn.panel, worn.line)
        side = px(16)
        inner = QRectF(place.center().x() - side / 2, place.center().y() - side / 2, side, side)
        paint_icon(painter, _ICONS[row.kind], inner, mix(worn.soft, worn.ink, 0.4))
        right = self._paint_right(painter, rect, row)
        left = rect.left() + px(_TEXT)
        name, small = metrics(Type.MEDIUM), metrics(Type.SMALL)
        lines = int(row.has_second_line) + int(bool(row.note))
        upper = rect.top() + (rect.height() - name.height() - lines * small.height()) // 2
        first = QRect(left, upper, right - left, name.height())
        painter.setFont(font(Type.MEDIUM))
        painter.setPen(worn.ink)
        painter.drawText(first, CENTER_LEFT, elided(row.name, name, first.width()))
        second = QRect(left, upper + name.height(), right - left, small.height())
        if row.note:
            top = second.bottom() + 1 if row.has_second_line else second.top()
            third = QRect(left, top, rect.right() - px(_SIDE) - left, small.height())
            painter.setFont(font(Type.SMALL))
            painter.setPen(mix(worn.soft, worn.ink, 0.4))
            painter.drawText(third, CENTER_LEFT, elided(row.note, small, third.width()))
        if row.progress is not None:
            second.setRight(rect.right() - px(_SIDE))
            self._paint_progress(painter, second, row, row.progress)
            return
        selected = bool(state & QStyle.StateFlag.State_Selected)
        painter.setFont(font(Type.SMALL))
        painter.setPen(worn.soft if not selected else mix(worn.soft, worn.ink, 0.25))
        painter.drawText(second, CENTER_LEFT, elided(row.detail, small, second.width()))

    def _paint_right(self, painter: QPainter, rect: QRect, row: DeviceRow) -> int:
        """Chip or signal at the right; returns where the text has to end."""
        edge = rect.right() - px(_SIDE) + 1
        if row.progress is not None:
            return edge
        if row.chip is not None:
            place = chip_rect(row, rect)
            paint_chip(painter, QRectF(place), row.chip)
            return place.left() - px(8)
        if row.signal is None:
            return edge
        worn, small = tokens(), metrics(Type.SMALL)
        words = say(wording.signal_strength(row.signal))
        width = small.horizontalAdvance(words)
        half = rect.height() // 2
        painter.setFont(font(Type.SMALL))
        painter.setPen(worn.soft)
        below = QRect(edge - width, rect.top() + half - 1, width, small.height() + 2)
        painter.drawText(below, CENTER_RIGHT, words)
        bars = wording.signal_bars(row.signal)
        full = worn.ok if bars > 1 else worn.warn
        base = rect.top() + half - px(5)
        for at in range(3):
            height = px(4 + 4 * at)
            x = edge - px(13) + px(5) * at
            bar = QRectF(x, base - height, px(3), height)
            rounded(painter, bar, 1, full if at < bars else worn.strong_line())
        return edge - width - px(8)

    def _paint_progress(
        self, painter: QPainter, line: QRect, row: DeviceRow, progress: float
    ) -> None:
        worn, small = tokens(), metrics(Type.SMALL)
        words = row.progress_words or say(wording.percent(progress))
        width = min(small.horizontalAdvance(words), line.width() // 2)
        painter.setFont(font(Type.SMALL))
        painter.setPen(worn.soft)
        painter.drawText(line, CENTER_RIGHT, elided(words, small, width + 1))
        room = line.width() - width - px(10)
        bar = QRectF(line.left(), line.center().y() - px(1), room, px(4))
        rounded(painter, bar, px(2), worn.strong_line())
        bar.setWidth(max(px(4), room * min(1.0, progress)))
        rounded(painter, bar, px(2), worn.accent)
