"""The steps of an update in one line: which are done, which goes on, which failed."""

from __future__ import annotations

from itertools import compress

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QAccessible, QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.facts.run import StepFacts, StepState
from app.language import say
from app.lib.icons import paint_icon
from app.lib.painting import CENTER, CENTER_LEFT, rounded
from app.lib.spoken import announce
from app.lib.theme import Type, font, metrics, px, tokens
from app.lib.tips import explain
from app.lib.tone import Tone
from smp.text import Text, listed

_DISC = 21
_GAP = 8
_SHORTEST_LINE = 14
_TONES = {
    StepState.PENDING: Tone.NEUTRAL,
    StepState.CURRENT: Tone.ACCENT,
    StepState.DONE: Tone.OK,
    StepState.FAILED: Tone.BAD,
    StepState.STOPPED: Tone.WARN,
    StepState.UNKNOWN: Tone.WARN,
    StepState.SKIPPED: Tone.NEUTRAL,
}


_WORDS = {
    StepState.PENDING: Text("to come"),
    StepState.CURRENT: Text("going on"),
    StepState.DONE: Text("done"),
    StepState.FAILED: Text("failed"),
    StepState.STOPPED: Text("stopped"),
    StepState.UNKNOWN: Text("unknown"),
    StepState.SKIPPED: Text("not needed"),
}
_ICONS = {StepState.DONE: "check", StepState.FAILED: "cross", StepState.STOPPED: "stop"}
_LETTERS = {StepState.SKIPPED: "–", StepState.UNKNOWN: "?"}


class Steps(QWidget):
    """Paints `StepFacts` spread over the width, joined by lines."""

    ROLE = QAccessible.Role.StaticText

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps: tuple[StepFacts, ...] = ()
        self._going_on: list[bool] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def present(self, steps: tuple[StepFacts, ...]) -> None:
        if steps == self._steps:
            return
        self._steps = steps
        said = [
            Text("{step}: {state}", step=step.words, state=listed([_WORDS[step.state], step.note]))
            for step in steps
        ]
        going_on = [step.state is StepState.CURRENT for step in steps]
        if going_on != self._going_on:
            self._going_on = going_on
            announce(self, say(listed(list(compress(said, going_on)), Text("; "))))
        self.setAccessibleName(say(listed(said, Text("; "))))
        explain(self, say(listed(said, "\n")), is_said=True)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._needed(notes=True), px(_DISC) + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(self._needed(notes=False), px(_DISC) + 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._steps:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        notes = self._needed(notes=True) <= self.width()
        widths = [self._width(step, notes) for step in self._steps]
        gaps = max(1, len(widths) - 1)
        between = (self.width() - sum(widths)) / gaps if len(widths) > 1 else 0.0
        x = 0.0
        for at, (step, width) in enumerate(zip(self._steps, widths, strict=True)):
            self._paint_step(painter, x, step, notes)
            if at < len(widths) - 1:
                self._paint_line(painter, x + width, x + width + between)
            x += width + between

    def _needed(self, *, notes: bool) -> int:
        joints = (px(_SHORTEST_LINE) + 2 * px(_GAP)) * max(0, len(self._steps) - 1)
        return sum(self._width(step, notes) for step in self._steps) + joints

    def _width(self, step: StepFacts, notes: bool) -> int:
        width = px(_DISC) + px(_GAP) + metrics(Type.MEDIUM).horizontalAdvance(step.words) + 2
        if notes and step.note:
            width += px(6) + metrics(Type.SMALL).horizontalAdvance(step.note)
        return width

    def _paint_line(self, painter: QPainter, left: float, right: float) -> None:
        y = self.height() // 2 + 0.5
        painter.setPen(QPen(tokens().line, 1))
        painter.drawLine(QPointF(left + px(_GAP), y), QPointF(right - px(_GAP), y))

    def _paint_step(self, painter: QPainter, x: float, step: StepFacts, notes: bool) -> None:
        worn, tone = tokens(), _TONES[step.state]
        front = worn.on_ground(tone) if tone is not Tone.NEUTRAL else worn.soft
        disc = QRectF(x, (self.height() - px(_DISC)) / 2, px(_DISC), px(_DISC))
        self._paint_disc(painter, disc, step, front)
        left = disc.right() + px(_GAP)
        painter.setFont(font(Type.MEDIUM))
        painter.setPen(front)
        width = metrics(Type.MEDIUM).horizontalAdvance(step.words) + 2
        painter.drawText(QRectF(left, 0, width, self.height()), CENTER_LEFT, step.words)
        if notes and step.note:
            painter.setFont(font(Type.SMALL))
            painter.setPen(worn.soft)
            room = QRectF(left + width + px(4), 0, self.width(), self.height())
            painter.drawText(room, CENTER_LEFT, step.note)

    def _paint_disc(self, painter: QPainter, disc: QRectF, step: StepFacts, front: QColor) -> None:
        worn, tone = tokens(), _TONES[step.state]
        plain = tone is Tone.NEUTRAL
        ring = worn.strong_line() if plain else None
        if step.state is StepState.CURRENT:
            ring = worn.accent
        rounded(painter, disc, disc.width() / 2, worn.ground(tone), ring)
        icon = _ICONS.get(step.state, "")
        if icon:
            side = px(13)
            place = QRectF(0, 0, side, side)
            place.moveCenter(disc.center())
            paint_icon(painter, icon, place, front)
        else:
            painter.setFont(font(Type.AXIS))
            painter.setPen(front)
            number = str(self._steps.index(step) + 1)
            painter.drawText(disc, CENTER, _LETTERS.get(step.state, number))
