"""A word on a coloured ground: the smallest thing that tells a state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from app.facts.words import ChipFacts
from app.lib.fitting_row import FittingRow
from app.lib.icons import paint_icon
from app.lib.painting import CENTER_LEFT, elided, rounded
from app.lib.theme import Type, font, metrics, px, tokens
from app.lib.tips import explain
from app.lib.tone import Tone
from smp.text import listed, outside

_PADDING = 10
_DOT = 8
_ICON = 14
_GAP = 5
_SHORTEST = 140


def chip_size(facts: ChipFacts) -> QSize:
    """How large the chip is when all of its word shows."""
    measure = metrics(Type.SMALL)
    width = measure.horizontalAdvance(facts.words) + 2 * px(_PADDING) + 1 + _lead(facts)
    return QSize(width, measure.height() + px(7))


def paint_chip(painter: QPainter, rect: QRectF, facts: ChipFacts) -> None:
    """Draw the chip into `rect`; a word too long for it is elided."""
    worn = tokens()
    neutral = facts.tone is Tone.NEUTRAL
    rounded(
        painter,
        rect,
        rect.height() / 2,
        worn.ground(facts.tone),
        worn.line if neutral else None,
    )
    front = worn.soft if neutral else worn.on_ground(facts.tone)
    x = rect.left() + px(_PADDING)
    if facts.dot:
        size = px(_DOT)
        dot = QRectF(x, rect.center().y() - size / 2, size, size)
        rounded(painter, dot, size / 2, worn.front(facts.tone))
    elif facts.icon:
        size = px(_ICON)
        place = QRectF(x - 2, rect.center().y() - size / 2, size, size)
        paint_icon(painter, facts.icon, place, front)
    x += _lead(facts)
    painter.setFont(font(Type.SMALL))
    painter.setPen(front)
    room = rect.right() - px(_PADDING) + 2 - x
    words = elided(facts.words, metrics(Type.SMALL), room)
    painter.drawText(QRectF(x, rect.top(), room, rect.height()), CENTER_LEFT, words)


def _lead(facts: ChipFacts) -> int:
    """Room for the dot or the icon before the word."""
    if facts.dot:
        return px(_DOT + _GAP)
    return px(_ICON + _GAP - 2) if facts.icon else 0


class Chip(QLabel):
    """One chip. The screen reader reads its word, and its hint as the description."""

    def __init__(
        self, facts: ChipFacts, *, whole: bool = False, parent: QWidget | None = None
    ) -> None:
        """A `whole` one is never shortened."""
        super().__init__(parent)
        self._facts = facts
        self._whole = whole
        self._faded = False
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.present(facts)

    @property
    def facts(self) -> ChipFacts:
        return self._facts

    def present(self, facts: ChipFacts) -> None:
        self._facts = facts
        self.setText(facts.words)
        explain(self, facts.hint)
        self.setAccessibleDescription(facts.hint)
        self.updateGeometry()
        self.update()

    def fade(self, faded: bool) -> None:
        """Draw it without its colour, as something that was true a moment ago."""
        if faded != self._faded:
            self._faded = faded
            self.update()

    def sizeHint(self) -> QSize:
        return chip_size(self._facts)

    def minimumSizeHint(self) -> QSize:
        whole = chip_size(self._facts)
        return whole if self._whole else QSize(min(whole.width(), px(_SHORTEST)), whole.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        facts = replace(self._facts, tone=Tone.NEUTRAL) if self._faded else self._facts
        paint_chip(painter, QRectF(self.rect()), facts)


class ChipRow(FittingRow):
    """Chips in a row; those that find no room are named in the tooltip of a "+2"."""

    def __init__(self, spacing: int = 8, parent: QWidget | None = None) -> None:
        super().__init__(spacing, _sum_up, parent)
        self._shown: tuple[ChipFacts, ...] = ()

    def present(self, chips: tuple[ChipFacts, ...]) -> None:
        if chips != self._shown:
            self._shown = chips
            self.fill([Chip(facts) for facts in chips])

    def fade(self, faded: bool) -> None:
        for chip in self.findChildren(Chip):
            chip.fade(faded)


def _sum_up(hidden: Sequence[QWidget]) -> Chip:
    words = [item.facts.words for item in hidden if isinstance(item, Chip)]
    return Chip(ChipFacts(outside(f"+{len(words)}"), hint=listed(words, "\n")))
