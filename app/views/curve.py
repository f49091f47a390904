"""The curve of a speed graph: samples to pixels, and a picture that only its new end is added to.

A stroke over thousands of jittering points costs tens of milliseconds; a frame has one or two.
So what was painted stays painted in a pixmap while the scale stays, each pixel column holds at
most its lowest and highest sample, and lines are one pixel wide, drawn several times side by side.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap, QPolygonF

_WIDTH = 1.7
"""Of the line, in logical pixels."""
_CLOSE = 0.85
"""Device pixels between two of the lines that make it up: no gap shows."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The plot in device pixels, and the time and rate at its right and upper edge."""

    width: int
    height: int
    seconds: float
    rate: float
    ratio: float = 1.0

    def x(self, time: float) -> float:
        return time / self.seconds * self.width

    def y(self, rate: float) -> float:
        return self.height - min(1.0, rate / self.rate) * self.height

    def column(self, time: float) -> int:
        return int(self.x(time))


def decimated(
    times: Sequence[float], rates: Sequence[float], frame: Frame, first: int = 0
) -> list[tuple[float, float]]:
    """Samples from index `first` on, at most two per pixel column: its lowest and highest.

    In order of time; a column's extremes are kept exactly.
    """
    points: list[tuple[float, float]] = []
    if first >= len(times):
        return points
    per_second = frame.width / frame.seconds
    low = high = first
    column = int(times[first] * per_second)
    for at in range(first + 1, len(times)):
        here = int(times[at] * per_second)
        if here != column:
            _close(points, times, rates, low, high)
            column, low, high = here, at, at
        elif rates[at] < rates[low]:
            low = at
        elif rates[at] > rates[high]:
            high = at
    _close(points, times, rates, low, high)
    return points


def _close(
    points: list[tuple[float, float]],
    times: Sequence[float],
    rates: Sequence[float],
    low: int,
    high: int,
) -> None:
    early, late = (low, high) if low < high else (high, low)
    points.append((times[early], rates[early]))
    if late != early:
        points.append((times[late], rates[late]))


class Curve:
    """Keeps the picture. `update` returns it, brought up to the last sample."""

    def __init__(self) -> None:
        self._picture = QPixmap()
        self._frame: Frame | None = None
        self._line = self._fill = QColor()
        self._settled = 0
        self._joint: tuple[float, float] | None = None
        self.painted = 0
        """Samples looked at by the last update, for those who measure."""

    def update(
        self,
        times: Sequence[float],
        rates: Sequence[float],
        frame: Frame,
        line: QColor,
        fill: QColor,
    ) -> QPixmap:
        """The curve as a transparent picture of the frame's size."""
        fresh = frame != self._frame or line != self._line or fill != self._fill
        if fresh or not self._continues(times, rates):
            self._frame, self._line, self._fill = frame, line, fill
            self._picture = QPixmap(QSize(max(1, frame.width), max(1, frame.height)))
            self._picture.fill(Qt.GlobalColor.transparent)
            self._settled, self._joint = 0, None
        self._extend(times, rates, frame)
        return self._picture

    def _continues(self, times: Sequence[float], rates: Sequence[float]) -> bool:
        """Whether what is painted is still the beginning of these samples."""
        if self._settled > len(times):
            return False
        if self._joint is None:
            return True
        last = self._settled - 1
        return times[last] == self._joint[0] and rates[last] == self._joint[1]

    def _extend(self, times: Sequence[float], rates: Sequence[float], frame: Frame) -> None:
        self.painted = len(times) - self._settled
        if not self.painted:
            return
        points = decimated(times, rates, frame, self._settled)
        painter = QPainter(self._picture)
        left = 0
        if self._joint is not None:
            points.insert(0, self._joint)
            left = frame.column(self._joint[0]) + 1
        # What is left of it is final, and would grow bolder with every time it is painted over.
        painter.setClipRect(left, 0, frame.width - left, frame.height)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
        painter.fillRect(left, 0, frame.width - left, frame.height, Qt.GlobalColor.transparent)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        self._paint_ground(painter, points, left, frame)
        self._paint_line(painter, points, frame)
        painter.end()
        self._settle(times, rates, frame)

    def _paint_ground(
        self, painter: QPainter, points: list[tuple[float, float]], left: int, frame: Frame
    ) -> None:
        """One bar per pixel column under the line; the line hides the bars' blunt tops."""
        tops: dict[int, float] = {}
        xy = [(frame.x(time), frame.y(rate)) for time, rate in points]
        for (x0, y0), (x1, y1) in pairwise(xy):
            first, last = int(x0), min(int(x1), frame.width - 1)
            slope = (y1 - y0) / (x1 - x0) if x1 > x0 else 0.0
            for column in range(max(first, left), last + 1):
                y = y0 + slope * (min(max(column + 0.5, x0), x1) - x0)
                tops[column] = min(y, tops.get(column, y))
        # Fifty times faster than blending, and the same on an empty ground.
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        for column, y in tops.items():
            upper = round(y)
            painter.fillRect(column, upper, 1, frame.height - upper, self._fill)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)

    def _paint_line(
        self, painter: QPainter, points: list[tuple[float, float]], frame: Frame
    ) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(self._line, 1)
        pen.setCosmetic(True)
        painter.setPen(pen)
        line = QPolygonF([QPointF(frame.x(time), frame.y(rate)) for time, rate in points])
        reach = (_WIDTH * frame.ratio - 1) / 2
        times = 1 + math.ceil(2 * reach / _CLOSE)
        for at in range(times):
            aside = reach * (2 * at / (times - 1) - 1)
            painter.drawPolyline(line.translated(0.0, aside))
            painter.drawPolyline(line.translated(aside, 0.0))

    def _settle(self, times: Sequence[float], rates: Sequence[float], frame: Frame) -> None:
        """All but the last column is final; the next sample may still fall into that one."""
        column = frame.column(times[-1])
        at = len(times) - 1
        while at > self._settled and frame.column(times[at - 1]) == column:
            at -= 1
        if at > self._settled or (at and self._joint is None):
            self._settled = at
            self._joint = (times[at - 1], rates[at - 1]) if at else None
