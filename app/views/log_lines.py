"""The lines of the log, painted: only what is seen costs anything, however many there are."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QEvent, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from app.facts.log import LogLevel, LogLine
from app.language import say
from app.lib.painting import CENTER_LEFT, elided, rounded
from app.lib.spoken import announce
from app.lib.theme import Type, font, metrics, px, tokens
from app.lib.tone import Ink
from app.views.log_rows import LogRows, pieces
from app.views.log_store import LEVEL_WORDS, LogStore, as_text, clock

_INKS = {
    LogLevel.PACKET: Ink.SOFT,
    LogLevel.INFO: Ink.INK,
    LogLevel.WARNING: Ink.WARN,
    LogLevel.ERROR: Ink.BAD,
}


class LogLines(QAbstractScrollArea):
    """Follows the end until it is scrolled up. Long lines wrap; lines are selected whole, and
    copied as text."""

    ROLE = QAccessible.Role.List

    following_changed = Signal(bool)

    def __init__(self, store: LogStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._rows = LogRows()
        self._following = True
        self._anchor = -1
        self._current = -1
        self.setObjectName("log")
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Log"))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)

    @property
    def following(self) -> bool:
        """Whether new lines scroll into view by themselves."""
        return self._following

    def follow(self) -> None:
        """Go to the end and stay there."""
        bar = self.verticalScrollBar()
        bar.setValue(bar.maximum())
        self._follow(True)

    def appended(self, dropped: int) -> None:
        """The store grew; `dropped` shown lines went away at its beginning."""
        shift = 0
        if dropped:
            self._anchor = max(-1, self._anchor - dropped)
            self._current = max(-1, self._current - dropped)
            # Some of the lines that went away may never have been seen here.
            shift = self._rows.drop(min(dropped, self._rows.lines))
        self._rows.append(self._texts(self._rows.lines))
        self._fit(shift)

    def replaced(self) -> None:
        """The store shows other lines."""
        self._anchor = self._current = -1
        self._wrap()
        self._fit()

    def selected(self) -> range:
        if self._current < 0:
            return range(0)
        first, last = sorted((self._anchor, self._current))
        return range(max(0, first), min(len(self._store), last + 1))

    def text(self, rows: range) -> str:
        return "\n".join(as_text(self._store.line(at)) for at in rows)

    def copy(self) -> None:
        """The selected lines, or all that are shown, to the clipboard."""
        QGuiApplication.clipboard().setText(self.text(self.selected() or range(len(self._store))))

    # -- scrolling --------------------------------------------------------------------

    def _texts(self, begin: int = 0) -> Iterator[str]:
        return (self._store.line(at).text for at in range(begin, len(self._store)))

    def _wrap(self) -> None:
        self._rows.reset(self._texts(), self._room())

    def _room(self) -> int:
        """Characters of a row."""
        wide = self.viewport().width() - self._text_left() - px(12)
        return max(16, wide // metrics(Type.MONO).horizontalAdvance("0"))

    def _row(self) -> int:
        return metrics(Type.MONO).height() + px(4)

    def _page(self) -> int:
        return max(1, self.viewport().height() // self._row())

    def _fit(self, shift: int = 0) -> None:
        following, bar = self._following, self.verticalScrollBar()
        bar.blockSignals(True)
        value = max(0, bar.value() - shift)
        bar.setRange(0, max(0, len(self._rows) - self._page()))
        bar.setPageStep(self._page())
        bar.setValue(bar.maximum() if following else value)
        bar.blockSignals(False)
        self.viewport().update()

    def _scrolled(self, value: int) -> None:
        self._follow(value >= self.verticalScrollBar().maximum())
        self.viewport().update()

    def _follow(self, following: bool) -> None:
        if following != self._following:
            self._following = following
            self.following_changed.emit(following)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._refit()

    def _refit(self) -> None:
        """Another width: what is read stays at the top."""
        if self._room() != self._rows.columns:
            bar = self.verticalScrollBar()
            top = self._rows.line_at(bar.value())
            self._wrap()
            self._fit(bar.value() - self._rows.first(min(top, self._rows.lines)))
        else:
            self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._refit()

    # -- selecting --------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            extend = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._go(self._line_at(event.position().y()), extend=extend)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(self._line_at(event.position().y()), extend=True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
            return
        last = len(self._store) - 1
        if event.matches(QKeySequence.StandardKey.SelectAll):
            self._anchor, self._current = 0, last
            self.viewport().update()
            return
        here = self._current if self._current >= 0 else last + 1
        targets = {
            Qt.Key.Key_Up: here - 1,
            Qt.Key.Key_Down: here + 1,
            Qt.Key.Key_PageUp: here - self._page(),
            Qt.Key.Key_PageDown: here + self._page(),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        target = targets.get(Qt.Key(event.key()))
        if target is None:
            super().keyPressEvent(event)
        else:
            extend = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._go(target, extend=extend)

    def _line_at(self, y: float) -> int:
        return self._rows.line_at(max(0, self.verticalScrollBar().value() + int(y // self._row())))

    def _go(self, line: int, *, extend: bool) -> None:
        if not len(self._store):
            return
        self._current = min(max(0, line), len(self._store) - 1)
        if not extend or self._anchor < 0:
            self._anchor = self._current
        bar = self.verticalScrollBar()
        first, after = self._rows.first(self._current), self._rows.first(self._current + 1)
        if first < bar.value():
            bar.setValue(first)
        elif after > bar.value() + self._page():
            bar.setValue(min(first, after - self._page()))
        words = as_text(self._store.line(self._current))
        self.setAccessibleDescription(words)
        announce(self, words)
        self.viewport().update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    # -- painting ---------------------------------------------------------------------

    def _columns(self) -> tuple[int, int, int]:
        """Where the level, the source and the text begin."""
        measure = metrics(Type.MONO)
        level = px(16) + measure.horizontalAdvance("00:00:00.000") + px(14)
        source = level + max(map(measure.horizontalAdvance, _levels())) + px(14)
        return level, source, source + measure.averageCharWidth() * 14 + px(14)

    def _text_left(self) -> int:
        return self._columns()[2]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setFont(font(Type.MONO))
        top, row = self.verticalScrollBar().value(), self._row()
        chosen = self.selected()
        size = self.viewport().size()
        for at in range(self._rows.line_at(top), len(self._store)):
            place = QRect(0, (self._rows.first(at) - top) * row, size.width(), row)
            if place.top() > size.height():
                break
            if at in chosen:
                rows = self._rows.first(at + 1) - self._rows.first(at)
                painter.fillRect(place.adjusted(0, 0, 0, (rows - 1) * row), tokens().accent_ground)
            self._paint_line(painter, place, self._store.line(at))
        if self.hasFocus() and self._current < 0:
            rounded(painter, QRectF(self.viewport().rect()), 0, None, tokens().accent, 2)

    def _paint_line(self, painter: QPainter, place: QRect, line: LogLine) -> None:
        worn, measure = tokens(), metrics(Type.MONO)
        level, source, text = self._columns()
        ink = worn.text(_INKS[line.level])
        painter.setPen(worn.soft)
        painter.drawText(place.adjusted(px(16), 0, 0, 0), CENTER_LEFT, clock(line.at))
        name = elided(line.source, measure, text - source - px(10))
        painter.drawText(place.adjusted(source, 0, 0, 0), CENTER_LEFT, name)
        painter.setPen(ink)
        painter.drawText(place.adjusted(level, 0, 0, 0), CENTER_LEFT, say(LEVEL_WORDS[line.level]))
        for piece in pieces(line.text, self._rows.columns):
            painter.drawText(place.adjusted(text, 0, 0, 0), CENTER_LEFT, piece)
            place = place.translated(0, place.height())


def _levels() -> list[str]:
    """All words that stand in the second column."""
    return [say(words) for words in LEVEL_WORDS.values()]
