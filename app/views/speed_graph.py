"""How fast the upload went: rate over time, the line's limit, what happened on the way."""

from __future__ import annotations

from bisect import bisect_left

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QAccessible,
    QEnterEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.facts.run import GraphFacts, Mark, MarkKind
from app.language import say
from app.lib import wording
from app.lib.painting import CENTER_LEFT, rounded
from app.lib.spoken import announce
from app.lib.theme import Type, font, metrics, px, tokens
from app.lib.tokens import faded, mix
from app.lib.tone import Tone
from app.views import axes, graph_words
from app.views.curve import Curve, Frame
from app.views.graph_words import Words
from app.views.hatch import Hatch
from smp.text import Text, listed

_SHORTEST = 5.0
"""Seconds that the time axis spans at least."""
_LOWEST = 100.0
"""B/s that the rate axis reaches at least."""
_MANY = 12
"""From so many resends on, each is a tick at the foot instead of a line over the whole height."""
_TONES = {
    MarkKind.RESENT: Tone.WARN,
    MarkKind.STARTED_OVER: Tone.WARN,
    MarkKind.RECONNECTED: Tone.ACCENT,
    MarkKind.RESTARTED: Tone.ACCENT,
}


class SpeedGraph(QWidget):
    """Paints `GraphFacts`; the pointer or the arrow keys read time and rate off the curve."""

    ROLE = QAccessible.Role.Chart

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._facts = GraphFacts()
        self._curve = Curve()
        self._hatch = Hatch()
        self._span = 0.0
        self._highest = 1.0
        self._reading: int | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(self.tr("Speed over time"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def present(self, facts: GraphFacts) -> None:
        before, self._facts = self._facts, facts
        last = facts.times[-1] if facts.times else 0.0
        last = max(last, facts.elapsed or 0.0)
        self._highest = max(max(facts.rates, default=0.0), facts.limit or 0.0, _LOWEST) * 1.04
        if facts.running:
            wanted = max(facts.expected or 0.0, last * 1.02, _SHORTEST)
            self._span = axes.settled_span(self._span if before.running else 0.0, wanted)
            self._span = max(self._span, last)
        else:
            self._span = max(last, 0.1)
        if self._reading is not None and self._reading >= len(facts.times):
            self._reading = None
        if before.running is not facts.running:
            self.updateGeometry()
        self._describe()
        self.update()

    @property
    def curve(self) -> Curve:
        return self._curve

    def sizeHint(self) -> QSize:
        """A curve that has ended gives way to the verdict, where the window is small."""
        return QSize(px(480), px(112 if self._facts.running else 60))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(240), self.sizeHint().height())

    def reading(self) -> tuple[float, float] | None:
        """Time and rate under the pointer or the cursor."""
        if self._reading is None:
            return None
        return self._facts.times[self._reading], self._facts.rates[self._reading]

    # -- pointer and keys -------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        plot = self._plot()
        inside = plot.left() - 4 <= event.position().x() <= plot.right() + 4
        self._read_at(event.position().x() if inside else None)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._read_at(event.position().x())

    def leaveEvent(self, event: object) -> None:
        self._read_at(None)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._read_at(None)
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        count = len(self._facts.times)
        moves = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Home: -count}
        moves[Qt.Key.Key_End] = count
        move = moves.get(Qt.Key(event.key()))
        if move is None or not count:
            super().keyPressEvent(event)
            return
        # A key press goes one pixel on, or thousands of samples would take thousands of presses.
        stride = max(1, round(count / max(1.0, self._plot().width())))
        start = self._reading if self._reading is not None else count - 1
        self._reading = min(count - 1, max(0, start + move * stride))
        self._describe()
        if (read := self._read()) is not None:
            announce(self, say(read))
        self.update()

    def _read_at(self, x: float | None) -> None:
        times, plot, reading = self._facts.times, self._plot(), None
        if x is not None and times:
            time = (x - plot.left()) / max(1.0, plot.width()) * self._span
            reading = min(len(times) - 1, bisect_left(times, time))
            if reading and time - times[reading - 1] < times[reading] - time:
                reading -= 1
        if reading != self._reading:
            self._reading = reading
            self.update()

    def _describe(self) -> None:
        facts, words = self._facts, list[Text]()
        if (read := self._read()) is not None:
            words.append(read)
        elif facts.rates:
            words.append(Text("now {rate}", rate=wording.rate(facts.rates[-1])))
        if facts.mean is not None:
            words.append(Text("mean {rate}", rate=wording.rate(facts.mean)))
        if facts.limit is not None:
            words.append(Text("line limit {rate}", rate=wording.rate(facts.limit)))
        words += [_at(gap.words, gap.begin) for gap in facts.gaps[-_MANY:]]
        words += [_at(mark.words, mark.at) for mark in facts.marks[-_MANY:]]
        self.setAccessibleDescription(say(listed(words)))

    def _read(self) -> Text | None:
        """What is read off the curve, where something is."""
        if (read := self.reading()) is None:
            return None
        return Text("{time}: {rate}", time=axes.time_label(read[0]), rate=wording.rate(read[1]))

    # -- painting ---------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        plot = self._plot()
        step, top, _ = self._scale()
        self._paint_gaps(painter, plot)
        self._paint_grid(painter, plot, step, top)
        self._paint_curve(painter, plot, top)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._facts.mean is not None:
            self._paint_level(painter, plot, self._facts.mean / top, Tone.NEUTRAL)
        if self._facts.limit is not None:
            self._paint_level(painter, plot, self._facts.limit / top, Tone.OK)
        self._paint_marks(painter, plot)
        if self._facts.times and (self._facts.running or len(self._facts.times) == 1):
            self._dot(painter, plot, top, len(self._facts.times) - 1)
        self._paint_words(painter, self.words())
        self._paint_reading(painter, plot, top)
        if self.hasFocus():
            rounded(painter, QRectF(self.rect()), 6, None, tokens().accent, 2)

    def _heights(self) -> tuple[int, int]:
        """Pixels above and below the plot."""
        height = metrics(Type.AXIS).height()
        return height // 2 + px(4), height + px(6)

    def _scale(self) -> tuple[float, float, float]:
        """The step between two rates, the rate at the upper edge, and the unit, all in B/s."""
        unit = 1_000_000.0 if self._highest >= 1_000_000 else 1_000.0
        most = max(2, (self.height() - sum(self._heights())) // px(42))
        step = axes.rate_step(self._highest / unit, most) * unit
        return step, axes.top_of(self._highest, step), unit

    def _plot(self) -> QRectF:
        """Where the curve is, on whole pixels."""
        step, top, unit = self._scale()
        widest = f"{graph_words.unit_name(unit)} {axes.number(top / unit, step / unit)}"
        left = metrics(Type.AXIS).horizontalAdvance(widest) + px(8)
        above, below = self._heights()
        return QRectF(
            left, above, max(10, self.width() - left - 1), max(10, self.height() - above - below)
        )

    def _paint_grid(self, painter: QPainter, plot: QRectF, step: float, top: float) -> None:
        worn = tokens()
        for number in range(round(top / step) + 1):
            y = round(plot.bottom() - number * step / top * plot.height())
            painter.setPen(QPen(worn.line if number else mix(worn.line, worn.soft, 0.3), 1))
            painter.drawLine(QPointF(plot.left(), y + 0.5), QPointF(plot.right(), y + 0.5))

    def _paint_gaps(self, painter: QPainter, plot: QRectF) -> None:
        """Hatched, where nothing came."""
        worn = tokens()
        warn = worn.front(Tone.WARN)
        ground, line = mix(worn.panel, warn, 0.06), mix(worn.panel, warn, 0.3)
        for gap in self._facts.gaps:
            left, right = self._x(gap.begin, plot), self._x(min(gap.end, self._span), plot)
            place = QRectF(left, plot.top(), max(1.0, right - left), plot.height())
            self._hatch.paint(painter, place, ground, line)

    def _paint_curve(self, painter: QPainter, plot: QRectF, top: float) -> None:
        facts, worn = self._facts, tokens()
        if not facts.times or len(facts.times) != len(facts.rates):
            return
        ratio = self.devicePixelRatioF()
        frame = Frame(
            round(plot.width() * ratio), round(plot.height() * ratio), self._span, top, ratio
        )
        ground = faded(worn.accent, 0.16 if worn.dark else 0.12)
        picture = self._curve.update(facts.times, facts.rates, frame, worn.accent, ground)
        # On whole device pixels, or the picture is blurred.
        left, upper = round(plot.left() * ratio) / ratio, round(plot.top() * ratio) / ratio
        place = QRectF(left, upper, frame.width / ratio, frame.height / ratio)
        painter.drawPixmap(place, picture, QRectF(picture.rect()))

    def _paint_level(self, painter: QPainter, plot: QRectF, share: float, tone: Tone) -> None:
        """A dashed line across."""
        worn, limit = tokens(), tone is Tone.OK
        y = graph_words.level(plot, share)
        pen = QPen(worn.ok if limit else faded(worn.soft, 0.8), 1, Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([5, 4] if limit else [1.5, 3])
        painter.setPen(pen)
        painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))

    def _paint_marks(self, painter: QPainter, plot: QRectF) -> None:
        marks = self._marks()
        small = sum(mark.kind is MarkKind.RESENT for mark in marks) > _MANY
        for mark in marks:
            x = round(self._x(mark.at, plot)) + 0.5
            tick = small and mark.kind is MarkKind.RESENT
            color = tokens().front(_TONES[mark.kind])
            pen = QPen(color, 1, Qt.PenStyle.SolidLine if tick else Qt.PenStyle.CustomDashLine)
            if not tick:
                pen.setDashPattern([1.5, 2.5])
            painter.setPen(pen)
            upper = plot.bottom() - px(7) if tick else plot.top()
            painter.drawLine(QPointF(x, plot.bottom()), QPointF(x, upper))

    def _marks(self) -> list[Mark]:
        return graph_words.marks_within(self._facts, self._span)

    def words(self) -> list[Words]:
        """All words as they stand in the widget now; none covers another."""
        return graph_words.layout(self._facts, self._plot(), self._span, *self._scale())

    def _paint_words(self, painter: QPainter, words: list[Words]) -> None:
        painter.setFont(font(Type.AXIS))
        worn = tokens()
        plate = faded(worn.panel, 0.88)
        for it in words:
            if it.plate:
                rounded(painter, it.place.adjusted(-3, 0, 3, 0), 3, plate)
            painter.setPen(worn.soft if it.tone is None else worn.on_ground(it.tone))
            painter.drawText(it.place.adjusted(0, 0, 2, 0), CENTER_LEFT, it.words)

    def _paint_reading(self, painter: QPainter, plot: QRectF, top: float) -> None:
        read = self.reading()
        if read is None or self._reading is None:
            return
        worn, measure = tokens(), metrics(Type.SMALL)
        x = round(self._x(read[0], plot)) + 0.5
        painter.setPen(QPen(faded(worn.ink, 0.45), 1))
        painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
        self._dot(painter, plot, top, self._reading)
        words = [_moment(read[0], self._span), wording.rate(read[1])]
        near = [m.words for m in self._facts.marks if abs(self._x(m.at, plot) - x) <= 4]
        near += [g.words for g in self._facts.gaps if g.begin <= read[0] <= g.end]
        bubble_words = say(listed([*words, *near[:1]], "   "))
        width, height = measure.horizontalAdvance(bubble_words) + px(16), measure.height() + px(8)
        left = x + px(9) if x + px(9) + width <= plot.right() else x - px(9) - width
        y = self._y(read[1], plot, top)
        upper = min(max(plot.top(), y - height - px(8)), plot.bottom() - height)
        bubble = QRectF(left, upper, width, height)
        rounded(painter, bubble, 6, worn.panel, worn.strong_line())
        painter.setFont(font(Type.SMALL))
        painter.setPen(worn.ink)
        painter.drawText(bubble.adjusted(px(8), 0, 0, 0), CENTER_LEFT, bubble_words)

    def _dot(self, painter: QPainter, plot: QRectF, top: float, at: int) -> None:
        facts, worn = self._facts, tokens()
        center = QPointF(self._x(facts.times[at], plot), self._y(facts.rates[at], plot, top))
        painter.setPen(QPen(worn.panel, 1.5))
        painter.setBrush(worn.accent)
        painter.drawEllipse(center, 4.5, 4.5)

    def _x(self, time: float, plot: QRectF) -> float:
        return plot.left() + time / max(self._span, 1e-9) * plot.width()

    def _y(self, rate: float, plot: QRectF, top: float) -> float:
        return plot.bottom() - min(1.0, rate / top) * plot.height()


def _at(words: Text, seconds: float) -> Text:
    return Text("{what} at {time}", what=words, time=axes.time_label(seconds))


def _moment(seconds: float, span: float) -> Text:
    """A point of the curve: to a tenth of a second where a pixel is less than one."""
    return wording.tenths(seconds) if span < 60 else axes.time_label(seconds)
