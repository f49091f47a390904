"""The figures of a run: percent, rate, time left; what it took once it is over."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.lib import wording
from app.lib.painting import elided
from app.lib.theme import Type, font, metrics, px, tokens
from app.views.facts import DoneFigures, Figures, UploadFigures, WaitFigures

_BETWEEN = 28
_DOT = " · "


@dataclass(frozen=True, slots=True)
class Figure:
    """A large number, its small unit, and the widest number that may take its place."""

    number: str
    unit: str
    widest: str = ""


def figures_of(facts: Figures) -> tuple[tuple[Figure, ...], str]:
    """The large figures, and the remark beside them."""
    if isinstance(facts, UploadFigures):
        return _upload(facts)
    if isinstance(facts, WaitFigures):
        if facts.left is None:
            return (), facts.words
        number, unit = wording.duration_parts(facts.left)
        unit = f"{unit} at most" if facts.at_most else f"{unit} left"
        return (Figure(number, unit, "00"),), facts.words
    return _done(facts)


def _upload(facts: UploadFigures) -> tuple[tuple[Figure, ...], str]:
    shown = [Figure(str(wording.percent_number(facts.fraction)), "%", "00")]
    if facts.rate is not None:
        shown.append(Figure(*wording.rate_parts(facts.rate), "0.0"))
    if facts.left is not None:
        number, unit = wording.duration_parts(facts.left)
        shown.append(Figure(number, f"{unit} left", "00"))
    said = []
    if facts.mean is not None:
        said.append(f"mean {wording.rate(facts.mean)}")
    if facts.in_flight is not None:
        said.append(f"{facts.in_flight} in flight")
    said.append(f"{facts.resent} resent" if facts.resent else "none resent")
    return tuple(shown), _DOT.join(said)


def _done(facts: DoneFigures) -> tuple[tuple[Figure, ...], str]:
    shown = []
    if facts.mean is not None:
        number, unit = wording.rate_parts(facts.mean)
        shown.append(Figure(number, f"{unit} mean"))
    said = [f"{wording.size(facts.total)} in {wording.duration(facts.upload)}"]
    if facts.resent:
        said.append(f"{facts.resent} resent")
    if facts.restart is not None:
        said.append(f"restart {wording.duration(facts.restart)}")
    if facts.verify is not None:
        said.append(f"verify and confirm {wording.duration(facts.verify)}")
    return tuple(shown), _DOT.join(said)


class FiguresView(QWidget):
    """Paints `Figures` on one base line. Numbers keep their place while digits change."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: tuple[Figure, ...] = ()
        self._remark = ""
        self._remark_right = True
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def present(self, facts: Figures) -> None:
        shown, remark = figures_of(facts)
        if (shown, remark) == (self._shown, self._remark):
            return
        self._shown, self._remark = shown, remark
        self._remark_right = isinstance(facts, UploadFigures)
        said = [f"{figure.number} {figure.unit}" for figure in shown]
        self.setAccessibleName(", ".join([*said, remark]))
        self.update()

    def remark_shown(self) -> str:
        """The remark as far as it has room."""
        room = self.width() - self._figures_width() - px(_BETWEEN)
        return elided(self._remark, metrics(Type.SMALL), room if self._shown else self.width())

    def sizeHint(self) -> QSize:
        remark = metrics(Type.SMALL).horizontalAdvance(self._remark)
        return QSize(self._figures_width() + px(_BETWEEN) + remark, metrics(Type.FIGURE).height())

    def minimumSizeHint(self) -> QSize:
        return QSize(px(200), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        worn = tokens()
        base = (self.height() + metrics(Type.FIGURE).capHeight()) / 2
        x = 0.0
        for figure in self._shown:
            painter.setFont(font(Type.FIGURE))
            painter.setPen(worn.ink)
            painter.drawText(QPointF(x, base), figure.number)
            painter.setFont(font(Type.SMALL))
            painter.setPen(worn.soft)
            painter.drawText(QPointF(x + self._number_width(figure), base), figure.unit)
            x += self._width(figure) + px(_BETWEEN)
        remark = self.remark_shown()
        painter.setFont(font(Type.SMALL))
        painter.setPen(worn.soft)
        if self._remark_right:
            x = self.width() - metrics(Type.SMALL).horizontalAdvance(remark)
        painter.drawText(QPointF(x, base), remark)

    def _figures_width(self) -> int:
        widths = [self._width(figure) for figure in self._shown]
        return sum(widths) + px(_BETWEEN) * max(0, len(widths) - 1)

    def _number_width(self, figure: Figure) -> int:
        measure = metrics(Type.FIGURE)
        widest = max(measure.horizontalAdvance(t) for t in (figure.number, figure.widest))
        return widest + px(5)

    def _width(self, figure: Figure) -> int:
        return self._number_width(figure) + metrics(Type.SMALL).horizontalAdvance(figure.unit)
