"""A slot drawn to scale: header, code, TLVs, free space, trailer; filling while it is written."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QAccessible, QColor, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.facts.slots import SlotBarFacts
from app.language import say
from app.lib import wording
from app.lib.painting import rounded_path
from app.lib.theme import px, tokens
from app.lib.tokens import faded
from smp.text import NOTHING, Text, listed

_HEIGHT = 20
_RADIUS = 4.0
_THINNEST = {"header": 5.0, "tlv": 6.0, "trailer": 7.0}
"""Pixels that these parts get at least: to scale they would often be invisible."""


class Part(Enum):
    HEADER = "header"
    CODE = "code"
    TLV = "tlv"
    FREE = "free"
    TRAILER = "trailer"
    UNMEASURED = "unmeasured"
    """An image whose size nobody knows."""


@dataclass(frozen=True, slots=True)
class Span:
    """A part from `left` to `right` in pixels, and what to say about it."""

    part: Part
    left: float
    right: float
    words: Text


def spans(facts: SlotBarFacts, width: float) -> list[Span]:
    """The parts from left to right, gapless, over `width` pixels."""
    trailer = _at_least("trailer", facts, facts.trailer, width)
    body = width - trailer
    found: list[Span] = []

    def add(part: Part, right: float, words: Text) -> None:
        left = found[-1].right if found else 0.0
        if right > left:
            found.append(Span(part, left, right, words))

    if facts.used:
        header = _at_least("header", facts, facts.header, width)
        tlv = _at_least("tlv", facts, facts.tlv, width)
        end = min(body, max(_scaled(facts, facts.used, width), header + tlv + 2))
        add(Part.HEADER, header, Text("Header: {size}", size=wording.size(facts.header)))
        add(Part.CODE, end - tlv, Text("Program: {size}", size=wording.size(facts.code)))
        add(Part.TLV, end, Text("Hash and signature (TLVs): {size}", size=wording.size(facts.tlv)))
    elif facts.version:
        words = Text("An image; the device does not tell how much of the slot it fills")
        add(Part.UNMEASURED, body, words)
    add(Part.FREE, body, _free_words(facts))
    kept = Text("Trailer, for the bootloader: {size}", size=wording.size(facts.trailer))
    add(Part.TRAILER, width, kept)
    return found


def received_until(facts: SlotBarFacts, width: float) -> float | None:
    """Up to which pixel the image has arrived; None when it is not being written."""
    if facts.received is None or not facts.used:
        return None
    parts = [span for span in spans(facts, width) if span.part is not Part.FREE]
    end = max((s.right for s in parts if s.part is not Part.TRAILER), default=0.0)
    return end * min(1.0, facts.received / facts.used)


def describe(facts: SlotBarFacts) -> Text:
    """All parts in one sentence, for the screen reader."""
    return listed((span.words for span in spans(facts, 10_000)), Text("; "))


def _scaled(facts: SlotBarFacts, count: int, width: float) -> float:
    # Without a capacity the image itself is the scale; some free space is drawn behind it.
    whole = facts.capacity or max(1, round(facts.used * 1.15) + facts.trailer)
    return width * min(1.0, count / whole)


def _at_least(name: str, facts: SlotBarFacts, count: int, width: float) -> float:
    if not count:
        return 0.0
    if facts.capacity is None:
        return _THINNEST[name]
    return min(width / 8, max(_THINNEST[name], _scaled(facts, count, width)))


def _free_words(facts: SlotBarFacts) -> Text:
    if facts.capacity is None:
        return Text("Free; the device does not tell the size of the slot")
    free = max(0, facts.capacity - facts.used - facts.trailer)
    return Text("Free: {size}", size=wording.size(free))


class SlotBar(QWidget):
    """Paints `SlotBarFacts`; each part says what it is when the pointer rests on it."""

    ROLE = QAccessible.Role.Graphic

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._facts = SlotBarFacts(NOTHING)
        self._dimmed = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def present(self, facts: SlotBarFacts, *, dimmed: bool = False) -> None:
        if facts != self._facts or dimmed != self._dimmed:
            self._facts, self._dimmed = facts, dimmed
            self.setAccessibleName(say(Text("{slot}, drawn to scale", slot=facts.title)))
            self.setAccessibleDescription(say(describe(facts)))
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(260), px(_HEIGHT))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(120), px(_HEIGHT))

    def part_at(self, x: float) -> Span | None:
        return next((s for s in spans(self._facts, self.width()) if s.left <= x < s.right), None)

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            span = self.part_at(event.pos().x())
            if span is not None:
                area = QRectF(span.left, 0, span.right - span.left, self.height()).toRect()
                QToolTip.showText(event.globalPos(), say(span.words), self, area)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._dimmed:
            painter.setOpacity(0.45)
        whole = QRectF(self.rect())
        painter.setClipPath(rounded_path(whole, _RADIUS))
        worn = tokens()
        painter.fillRect(whole, worn.slot_free)
        arrived = received_until(self._facts, whole.width())
        if arrived is not None:
            # A full pixel edge, or the edge shimmers while it moves.
            arrived = round(arrived * self.devicePixelRatioF()) / self.devicePixelRatioF()
        for span in spans(self._facts, whole.width()):
            if span.part is Part.FREE:
                continue
            left, right = span.left, span.right
            if arrived is not None and span.part is not Part.TRAILER:
                if right > arrived:
                    coming = QRectF(max(left, arrived), 0, right - max(left, arrived), 0)
                    coming.setHeight(whole.height())
                    line = faded(worn.slot_code, 0.38)
                    self._hatch(painter, coming, worn.accent_ground, line)
                right = min(right, arrived)
            if right > left:
                rect = QRectF(left, 0, right - left, whole.height())
                if span.part is Part.UNMEASURED:
                    self._hatch(painter, rect, worn.slot_free, faded(worn.soft, 0.45))
                    continue
                painter.fillRect(rect, self._color(span.part))
            if left:  # parts are told apart without telling their colours apart
                painter.fillRect(QRectF(left, 0, 1, whole.height()), worn.panel)

    def _color(self, part: Part) -> QColor:
        worn = tokens()
        return {
            Part.HEADER: worn.slot_header,
            Part.CODE: worn.slot_code,
            Part.TLV: worn.slot_tlv,
            Part.TRAILER: worn.slot_trailer,
            Part.FREE: worn.slot_free,
            Part.UNMEASURED: worn.slot_free,
        }[part]

    def _hatch(self, painter: QPainter, rect: QRectF, ground: QColor, line: QColor) -> None:
        """What is still to come, or not known: thin slanted lines."""
        painter.save()
        painter.setClipRect(rect, Qt.ClipOperation.IntersectClip)
        painter.fillRect(rect, ground)
        painter.setPen(QPen(line, 2.0))
        height, step = rect.height(), 7.0
        x = rect.left() - rect.left() % step - height
        while x < rect.right():
            painter.drawLine(QPointF(x, height), QPointF(x + height, 0))
            x += step
        painter.restore()
