"""Where everything in a tile stands, at any size of it: from a small part of a small screen to all
of a large one. Text that finds no room is shortened, what matters less is left out first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QFont, QFontMetricsF

from app.facts.station import TileFacts
from app.lib.painting import CENTER, CENTER_LEFT, CENTER_RIGHT
from app.lib.theme import px
from app.lib.tone import Ink
from app.views.fitted_lines import (
    MARK,
    Piece,
    largest,
    one_line,
    placed,
    sized,
    without_all,
    wrapped,
)

_DRAWN = QSizeF(300, 318)
"""The tile for which sizes are drawn."""
_WORD_WIDTH = 0.94
"""Of the tile, that a verdict's word may take with its mark."""
_STOP = 28
"""The side of the button that stops a unit."""


@dataclass(frozen=True, slots=True)
class TileLayout:
    """`pieces`: all text; `moving`: that which changes while a unit is worked on, apart. `mark`:
    where the verdict's symbol is, `bar`: the progress, `button`: the one button."""

    pieces: tuple[Piece, ...]
    moving: tuple[Piece, ...] = ()
    mark: QRectF | None = None
    bar: QRectF | None = None
    strip: QRectF | None = None
    """All that moves; the last row of it has the figures."""
    button: QRectF | None = None

    @property
    def left_out(self) -> bool:
        """Something that is said cannot be read as a whole."""
        return not all(piece.is_whole for piece in self.pieces)


class _Measures:
    """Lengths at one size of a tile."""

    def __init__(self, size: QSize) -> None:
        scale = min(size.width() / px(_DRAWN.width()), size.height() / px(_DRAWN.height()))
        self.margin = _between(scale * px(17), px(7), px(36))
        self.small = _between(scale * px(14.5), px(11), px(30))
        self.name = _between(scale * px(16), px(13), px(36))
        self.doing = _between(scale * px(19), px(12.5), px(52))
        self.gap = _between(scale * px(8), px(3), px(18))
        self.bar = _between(scale * px(10), px(6), px(22))
        self.inner = QRectF(0, 0, size.width(), size.height()).adjusted(
            self.margin, self.margin * 0.8, -self.margin, -self.margin * 0.8
        )


def tile_layout(facts: TileFacts, size: QSize, button: QSize) -> TileLayout:
    """`button`: what the button needs, empty where there is none. Needs a QGuiApplication."""
    at = _Measures(size)
    top, head = _top(facts, at)
    if facts.fraction is not None:
        return _working(facts, at, top, head, button, size)
    floor = at.inner.bottom()
    place = None
    if not button.isEmpty():
        place = QRectF(
            at.inner.right() - button.width(),
            at.inner.bottom() - button.height(),
            button.width(),
            button.height(),
        )
        floor = place.top()
    foot: tuple[Piece, ...] = ()
    if facts.foot:
        small = sized(at.small)
        height = QFontMetricsF(small).height()
        room = at.inner.width() - (button.width() + at.gap if place else 0)
        line = one_line(
            "foot", facts.foot, QRectF(0, 0, room, height), small, Ink.SOFT, CENTER_LEFT
        )
        if line.is_whole or place is None:
            y = place.center().y() - height / 2 if place else at.inner.bottom() - height
            foot = (placed(line, at.inner.left(), y),)
            floor = min(floor, y)
    body = QRectF(at.inner.left(), head, at.inner.width(), max(0.0, floor - at.gap - head))
    if facts.kind.is_verdict:
        pieces, mark = _verdict(facts, at, body)
        return TileLayout((*top, *pieces, *foot), mark=mark, button=place)
    # Where it would be with a bar below: what begins or ends moves no words.
    body.setBottom(min(body.bottom(), _bar_row(at, QSize()).top() - at.gap * 0.5))
    return TileLayout((*top, *_state(facts, at, body), *foot), button=place)


def _top(facts: TileFacts, at: _Measures) -> tuple[tuple[Piece, ...], float]:
    """The place at the left, the unit at the right, and where they end."""
    bold, small = sized(at.name, bold=True), sized(at.small)
    height = QFontMetricsF(bold).height()
    row = QRectF(at.inner.left(), at.inner.top(), at.inner.width(), height)
    wanted = QFontMetricsF(small).horizontalAdvance(facts.unit) + 2 if facts.unit else 0.0
    of_name = QFontMetricsF(bold).horizontalAdvance(facts.name) + 2
    # Both are told apart by their ends; a short one leaves its room to the other.
    room = row.width() - (at.gap if facts.unit else 0)
    name_room = min(of_name, max(room - wanted, room * 0.4)) if facts.unit else room
    left = QRectF(row.left(), row.top(), name_room, height)
    pieces = [one_line("name", facts.name, left, bold, Ink.INK, CENTER_LEFT)]
    if facts.unit:
        right = QRectF(row.right() - (room - name_room), row.top(), room - name_room, height)
        middle = Qt.TextElideMode.ElideMiddle
        pieces.append(one_line("unit", facts.unit, right, small, Ink.SOFT, CENTER_RIGHT, middle))
    return tuple(pieces), row.bottom() + at.gap


def _verdict(facts: TileFacts, at: _Measures, body: QRectF) -> tuple[tuple[Piece, ...], QRectF]:
    """The mark and the word as large as they can be, with at least two lines left for the why."""
    small = sized(at.small)
    line = QFontMetricsF(small).height()
    height = max(line, min(0.46 * body.height(), body.height() - 2 * line - at.gap))
    word = largest(facts.headline, body.width() * _WORD_WIDTH, height)
    measure = QFontMetricsF(word)
    mark_side = measure.capHeight() * MARK
    between = mark_side * 0.34
    width = measure.horizontalAdvance(facts.headline)
    whole = mark_side + between + width
    left = body.center().x() - whole / 2
    y = body.top() + max(0.0, 0.30 * (body.height() - height - 2 * line))
    row = QRectF(left, y, whole, height)
    mark = QRectF(left, row.center().y() - mark_side / 2, mark_side, mark_side)
    text = QRectF(mark.right() + between, y, width + 1, height)
    headline = Piece("headline", text, facts.headline, word, Ink.INK, CENTER_LEFT)
    below = QRectF(body.left(), row.bottom() + at.gap * 0.5, body.width(), 0)
    below.setBottom(body.bottom())
    why = sized(at.small * 1.12)
    if QFontMetricsF(why).height() * 2 > below.height():
        why = small
    lines = wrapped("line", facts.line, below, why, Ink.INK)
    advice: tuple[Piece, ...] = ()
    if facts.advice:
        rest = QRectF(below)
        if lines:
            rest.setTop(lines[-1].rect.bottom() + at.gap * 0.4)
        advice = wrapped("advice", facts.advice, rest, small, Ink.SOFT)
        if not advice:
            lines = tuple(without_all(piece) for piece in lines)
    return (headline, *lines, *advice), mark


def _state(facts: TileFacts, at: _Measures, body: QRectF) -> tuple[Piece, ...]:
    """What goes on, in the middle; what in particular, below it."""
    doing, small = sized(at.doing), sized(at.small)
    of_doing, of_line = QFontMetricsF(doing).height(), QFontMetricsF(small).height()
    below = min(2, int(max(0.0, body.height() - of_doing) // of_line)) * of_line
    above = QRectF(body)
    above.setBottom(body.bottom() - below)
    ink = Ink.SOFT if facts.action is None and not facts.unit and not facts.fraction else Ink.INK
    room = max(1, min(2, int(above.height() // of_doing)))
    # The first line stands where it stood, whether or not there is a second one.
    above.setTop(above.center().y() - room * of_doing / 2 if room > 1 else above.top())
    headline = wrapped("headline", facts.headline, above, doing, ink, most=room)
    foot = headline[-1].rect.bottom() if headline else above.top()
    rest = QRectF(body.left(), foot + at.gap * 0.4, body.width(), body.bottom() - foot)
    rest.setBottom(body.bottom())
    lines = wrapped("line", facts.line, rest, small, Ink.SOFT)
    if facts.line and not lines:
        headline = tuple(without_all(piece) for piece in headline)
    return (*headline, *lines)


def moved(before: TileLayout, facts: TileFacts, size: QSize) -> TileLayout:
    """With other figures: nothing else is measured anew, which many places do ten times a
    second."""
    if before.strip is None:
        return before
    at = _Measures(size)
    small = sized(at.small)
    row = QRectF(before.strip)
    row.setTop(row.bottom() - QFontMetricsF(small).height())
    return replace(before, moving=_figures(facts, row, small, at.gap))


def _working(
    facts: TileFacts,
    at: _Measures,
    top: tuple[Piece, ...],
    head: float,
    button: QSize,
    size: QSize,
) -> TileLayout:
    small = sized(at.small)
    height = QFontMetricsF(small).height()
    left, right = at.inner.left(), at.inner.right()
    figures = QRectF(left, at.inner.bottom() - height, at.inner.width(), height)
    bar_row = _bar_row(at, button)
    # The bar keeps its length, whether or not the unit can still be stopped.
    reserved = max(float(button.width()), px(_STOP)) + at.gap
    bar = QRectF(left, bar_row.center().y() - at.bar / 2, bar_row.width() - reserved, at.bar)
    place = None
    if not button.isEmpty():
        place = QRectF(
            right - button.width(),
            bar_row.center().y() - button.height() / 2,
            button.width(),
            button.height(),
        )
    body = QRectF(left, head, at.inner.width(), max(0.0, bar_row.top() - at.gap * 0.5 - head))
    strip = QRectF(left, bar.top(), at.inner.width(), figures.bottom() - bar.top())
    still = TileLayout((*top, *_state(facts, at, body)), bar=bar, strip=strip, button=place)
    return moved(still, facts, size)


def _bar_row(at: _Measures, button: QSize) -> QRectF:
    """The row of the bar and the button, above that of the figures."""
    figures = QFontMetricsF(sized(at.small)).height()
    height = max(at.bar, float(button.height()), float(px(_STOP)))
    bottom = at.inner.bottom() - figures - at.gap * 0.5
    return QRectF(at.inner.left(), bottom - height, at.inner.width(), height)


def _figures(facts: TileFacts, row: QRectF, small: QFont, gap: float) -> tuple[Piece, ...]:
    """What is left goes before how much is done, which the bar shows too, and that before the
    speed."""
    measure = QFontMetricsF(small)
    pieces: list[Piece] = []
    room = row.width()
    wanted = (("left", facts.left, CENTER_RIGHT), ("percent", facts.percent, CENTER_LEFT))
    for part, words, align in wanted:
        width = measure.horizontalAdvance(words) + 2
        if words and (width <= room or not pieces):
            pieces.append(one_line(part, words, row, small, Ink.SOFT, align))
            room -= width + 2 * gap
    middle = measure.horizontalAdvance(facts.rate) + 2
    sides = [measure.horizontalAdvance(words) + 2 for words in (facts.left, facts.percent)]
    if facts.rate and row.width() - 2 * max(sides) - 4 * gap >= middle:
        pieces.append(one_line("rate", facts.rate, row, small, Ink.SOFT, CENTER))
    return tuple(pieces)


def _between(value: float, low: float, high: float) -> float:
    return max(low, min(high, value))
