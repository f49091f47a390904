"""Paints one line of the table of devices, in columns."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QTextLayout, QTextOption
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.facts.sheet import SheetRow
from app.language import say
from app.lib import wording
from app.lib.icons import paint_icon
from app.lib.painting import CENTER_LEFT, CENTER_RIGHT, elided, rounded
from app.lib.theme import Type, font, metrics, px, tokens
from app.lib.tokens import mix
from app.lib.tone import Ink, Tone
from app.views.chip import chip_size, paint_chip
from app.views.sheet_rows import Index, Role

_GAP = 12
_X = 16
"""Side of the mark that cancels."""
_INKS = {Tone.WARN: Ink.WARN, Tone.BAD: Ink.BAD, Tone.OK: Ink.OK}


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each column stands in a line."""

    name: QRect
    now: QRect
    then: QRect
    state: QRect
    words: QRect
    cancel: QRect

    @classmethod
    def of(cls, line: QRect) -> Columns:
        """The words take what is left: they are the longest."""
        gap, left = px(_GAP), line.left() + px(_GAP)
        width = line.width() - 2 * px(_GAP)
        version = max(px(56), min(width * 11 // 100, px(120)))
        state = max(px(104), min(width * 16 // 100, px(150)))
        name = max(px(96), min(width * 22 // 100, px(230)))
        found = []
        for taken in (name, version, version, state):
            found.append(QRect(left, line.top(), taken, line.height()))
            left += taken + gap
        right = line.right() - px(_GAP) - px(_X) - px(6)
        words = QRect(left, line.top(), max(px(40), right - left), line.height())
        middle = line.center().y() - px(_X) // 2
        cancel = QRect(right + px(6), middle, px(_X), px(_X))
        return cls(found[0], found[1], found[2], found[3], words, cancel)


class SheetDelegate(QStyledItemDelegate):
    """`keyboard` shows the focus ring: set it when the table is operated by keys."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.keyboard = False

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(px(400), 2 * metrics(Type.SMALL).height() + px(10))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = index.data(Role.ROW)
        if not isinstance(row, SheetRow):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect, state = QRect(option.rect), QStyle.StateFlag(option.state)
        self._paint_ground(painter, rect, state)
        self._paint_row(painter, Columns.of(rect), row)
        painter.restore()

    def _paint_ground(self, painter: QPainter, rect: QRect, state: QStyle.StateFlag) -> None:
        worn = tokens()
        if state & QStyle.StateFlag.State_Selected and state & QStyle.StateFlag.State_Active:
            painter.fillRect(rect, worn.accent_ground)
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, worn.hover(worn.panel))
        painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), worn.line)
        if self.keyboard and state & QStyle.StateFlag.State_HasFocus:
            rounded(painter, QRectF(rect), 4, None, worn.accent, 2)

    def _paint_row(self, painter: QPainter, columns: Columns, row: SheetRow) -> None:
        worn = tokens()
        _line(painter, columns.name, row.name, Type.MEDIUM, Ink.SOFT if row.gone else Ink.INK)
        _line(painter, columns.now, row.now, Type.BODY, Ink.SOFT, middle=True)
        _line(
            painter,
            columns.then,
            row.then,
            Type.BODY,
            Ink.SOFT if row.gone else Ink.INK,
            middle=True,
        )
        if row.progress is not None:
            self._paint_progress(painter, columns.state, row, row.progress)
        elif row.chip is not None:
            size, place = chip_size(row.chip), columns.state
            top = place.center().y() - size.height() // 2
            width = min(size.width(), place.width())
            paint_chip(painter, QRectF(place.left(), top, width, size.height()), row.chip)
        _two_lines(painter, columns.words, row.words, _INKS.get(row.tone, Ink.SOFT))
        if row.can_cancel:
            paint_icon(painter, "close", QRectF(columns.cancel), mix(worn.soft, worn.ink, 0.4))

    def _paint_progress(
        self, painter: QPainter, place: QRect, row: SheetRow, progress: float
    ) -> None:
        worn, small = tokens(), metrics(Type.SMALL)
        words = row.progress_words or say(wording.percent(progress))
        painter.setFont(font(Type.SMALL))
        painter.setPen(worn.soft)
        upper = QRect(
            place.left(), place.center().y() - small.height(), place.width(), small.height()
        )
        painter.drawText(upper, CENTER_RIGHT, elided(words, small, place.width()))
        bar = QRectF(place.left(), place.center().y() + px(4), place.width(), px(4))
        rounded(painter, bar, px(2), worn.strong_line())
        bar.setWidth(max(px(4), place.width() * min(1.0, progress)))
        rounded(painter, bar, px(2), worn.accent)


def _line(
    painter: QPainter, place: QRect, words: str, kind: Type, ink: Ink, *, middle: bool = False
) -> None:
    painter.setFont(font(kind))
    painter.setPen(tokens().text(ink))
    if middle:
        mode = Qt.TextElideMode.ElideMiddle
        shown = metrics(kind).elidedText(words, mode, place.width())
    else:
        shown = elided(words, metrics(kind), place.width())
    painter.drawText(place, CENTER_LEFT, shown)


def _two_lines(painter: QPainter, place: QRect, words: str, ink: Ink) -> None:
    """Over two lines; what does not fit there ends in an ellipsis."""
    painter.setFont(font(Type.SMALL))
    painter.setPen(tokens().text(ink))
    small = metrics(Type.SMALL)
    lines = _wrapped(words, place.width())
    if len(lines) > 2:
        lines = [lines[0], elided(" ".join(lines[1:]), small, place.width())]
    top = place.center().y() - len(lines) * small.height() // 2 + 1
    for at, line in enumerate(lines):
        row = QRect(place.left(), top + at * small.height(), place.width(), small.height())
        painter.drawText(row, CENTER_LEFT, elided(line, small, place.width()))


def _wrapped(words: str, width: int) -> list[str]:
    shown = words.replace("\n", " ")
    units = shown.encode("utf-16-le")  # as Qt counts
    layout = QTextLayout(shown, font(Type.SMALL))
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    layout.beginLayout()
    found = []
    while (line := layout.createLine()).isValid():
        line.setLineWidth(max(1, width))
        begin, end = 2 * line.textStart(), 2 * (line.textStart() + line.textLength())
        found.append(units[begin:end].decode("utf-16-le", "ignore").strip())
    layout.endLayout()
    return found
