"""A place of the station, as large as its room: what goes on in it, and the verdict in colour, mark
and word."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QColor,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from app.facts.station import TileFacts, TileKind
from app.facts.words import ActionFacts
from app.language import say
from app.lib.buttons import Button
from app.lib.painting import rounded
from app.lib.spoken import announce
from app.lib.theme import px, tokens
from app.lib.tips import explain
from app.lib.tokens import mix
from app.lib.tone import Tone
from app.views.station_tile_layout import TileLayout, moved, tile_layout
from smp.text import NOTHING, Text, listed, outside

_RADIUS = 11
TONES = {
    TileKind.AWAY: Tone.NEUTRAL,
    TileKind.EMPTY: Tone.NEUTRAL,
    TileKind.WAITING: Tone.NEUTRAL,
    TileKind.WORKING: Tone.NEUTRAL,
    TileKind.PASSED: Tone.OK,
    TileKind.FAILED: Tone.BAD,
    TileKind.STOPPED: Tone.WARN,
}


def _still(facts: TileFacts) -> TileFacts:
    """Without what moves while a unit is worked on."""
    return replace(facts, fraction=None, percent=NOTHING, rate=NOTHING, left=NOTHING)


class StationTile(QWidget):
    """Shows `TileFacts`; `acted` carries the place's name and the button's key."""

    ROLE = QAccessible.Role.Grouping

    acted = Signal(str, str)
    let_go = Signal()
    """Its button had the keyboard and goes away."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.facts = TileFacts("")
        self._worded = self._made("")
        self._square = self._made("square")
        self.presented = 0
        """How often something was to be drawn: whatever does not change costs nothing."""
        self._layout: TileLayout | None = None

    def present(self, facts: TileFacts) -> None:
        if facts is self.facts or facts == self.facts:
            return
        before, self.facts = self.facts, facts
        self.presented += 1
        only_moved = before.fraction is not None and facts.fraction is not None
        if only_moved and _still(before) == _still(facts):
            self._move()
            return
        self._tell(before)
        self._arrange()
        self.update()

    def layout_now(self) -> TileLayout:
        """Where everything stands."""
        if self._layout is None:
            self._layout = tile_layout(self.facts, self.size(), self._button_size())
        return self._layout

    # -- the one button ---------------------------------------------------------------------------

    @property
    def button(self) -> Button:
        """In words, or an icon where they have no room."""
        return self._square if self._square.isVisibleTo(self) else self._worded

    def _made(self, name: str) -> Button:
        button = Button("", parent=self)
        button.setObjectName(name)
        button.clicked.connect(self._act)
        button.hide()
        return button

    def _act(self) -> None:
        if self.facts.action is not None:
            self.acted.emit(self.facts.name, self.facts.action.key)

    def _offer(self, action: ActionFacts | None) -> None:
        """Show the one that has room, under its name."""
        had_keyboard = self.button.hasFocus()
        chosen = self._chosen(action) if action is not None else None
        if had_keyboard and chosen is None:
            self.let_go.emit()  # or Qt would give it to the button of another place
        for button in (self._worded, self._square):
            button.setVisible(button is chosen)
        if action is None or chosen is None:
            return
        said = action.hint or action.words
        chosen.setAccessibleName(
            say(Text("Place {place}: {what}", place=self.facts.name, what=said))
        )
        shown = action.words if chosen is self._worded else NOTHING
        explain(chosen, action.hint or (NOTHING if shown else action.words))
        if had_keyboard and not chosen.hasFocus():
            chosen.setFocus(Qt.FocusReason.OtherFocusReason)

    def _chosen(self, action: ActionFacts) -> Button:
        self._square.set_icon(action.icon)
        self._worded.setText(action.words)
        face = self._worded.font()
        face.setPixelSize(max(px(12), min(px(22), self.height() // 22)))
        self._worded.setFont(face)
        has_room = self._worded.sizeHint().width() <= self.width() - 2 * px(7)
        return self._worded if action.words and (has_room or not action.icon) else self._square

    def _button_size(self) -> QSize:
        if self.facts.action is None:
            return QSize()
        side = px(28)
        return QSize(side, side) if self.button is self._square else self.button.sizeHint()

    # -- what is told -----------------------------------------------------------------------------

    def _tell(self, before: TileFacts) -> None:
        facts = self.facts
        place = Text("Place {place}", place=facts.name)
        unit = outside(facts.unit) if facts.unit else NOTHING
        whole = say(listed([place, unit, facts.headline, facts.line, facts.advice], ", "))
        self.setAccessibleName(whole)
        if facts.kind.is_verdict and facts.kind is not before.kind:
            announce(self, whole, is_urgent=True)

    # -- drawing ----------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        self._layout = None
        self._offer(self.facts.action)
        now = self.layout_now()
        if now.button is not None:
            self.button.setGeometry(now.button.toRect())
        everything = [self.facts.headline, self.facts.line, self.facts.advice]
        explain(self, say(listed(everything, "\n")) if now.left_out else "", is_said=True)

    def _move(self) -> None:
        """Only figures and bar are drawn again."""
        self._layout = moved(self.layout_now(), self.facts, self.size())
        strip = self._layout.strip
        if strip is not None:
            self.update(strip.toAlignedRect().adjusted(-1, -1, 1, 1))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        worn, tone, now = tokens(), TONES[self.facts.kind], self.layout_now()
        strong = tone is not Tone.NEUTRAL
        strip = now.strip
        if strip is not None and strip.toAlignedRect().adjusted(-1, -1, 1, 1).contains(
            event.rect()
        ):
            painter.fillRect(event.rect(), worn.panel)
        else:
            edge = mix(worn.strong(tone), worn.front(tone), 0.5) if strong else worn.line
            rounded(painter, QRectF(self.rect()), px(_RADIUS), worn.strong(tone), edge)
            for piece in now.pieces:
                painter.setFont(piece.font)
                painter.setPen(worn.on_strong if strong else worn.text(piece.ink))
                painter.drawText(piece.rect, piece.align, piece.words)
        if now.mark is not None:
            _paint_mark(painter, self.facts.kind, now.mark, worn.on_strong)
        if now.bar is not None:
            _paint_bar(painter, now.bar, self.facts.fraction or 0.0)
        for piece in now.moving:
            painter.setFont(piece.font)
            painter.setPen(worn.text(piece.ink))
            painter.drawText(piece.rect, piece.align, piece.words)


def _paint_bar(painter: QPainter, bar: QRectF, fraction: float) -> None:
    worn, radius = tokens(), bar.height() / 2
    rounded(painter, bar, radius, mix(worn.panel, worn.soft, 0.24))
    if fraction > 0:
        done = QRectF(bar)
        done.setWidth(max(bar.height(), bar.width() * min(1.0, fraction)))
        rounded(painter, done, radius, worn.accent)


_MARKS = {
    TileKind.PASSED: (((0.08, 0.55), (0.38, 0.85), (0.94, 0.18)),),
    TileKind.FAILED: (((0.12, 0.12), (0.88, 0.88)), ((0.88, 0.12), (0.12, 0.88))),
    TileKind.STOPPED: (((0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8), (0.2, 0.2)),),
}
"""Of the three verdicts, as lines in a square: no two look alike in grey."""


def _paint_mark(painter: QPainter, kind: TileKind, place: QRectF, color: QColor) -> None:
    pen = QPen(color, max(1.6, place.height() * 0.19))
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for line in _MARKS[kind]:
        points = [
            QPointF(place.left() + x * place.width(), place.top() + y * place.height())
            for x, y in line
        ]
        painter.drawPolyline(QPolygonF(points))
