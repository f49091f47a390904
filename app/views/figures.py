"""The figures of a run: percent, rate, time left; what it took once it is over."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QProgressBar, QSizePolicy, QWidget

from app.facts.run import DoneFigures, Figures, UploadFigures, WaitFigures
from app.language import say
from app.lib import wording
from app.lib.painting import elided
from app.lib.theme import Type, font, metrics, px, tokens
from app.lib.tips import explain
from app.lib.tone import Tone
from smp.text import Text, listed, outside

_BETWEEN = 28
_DOT = " · "


@dataclass(frozen=True, slots=True)
class Figure:
    """A large number, its small unit, and the widest number that may take its place."""

    number: Text
    unit: Text
    widest: str = ""
    goes_on: bool = False
    """The next figure belongs to it: minutes before seconds."""


def figures_of(facts: Figures) -> tuple[tuple[Figure, ...], Text]:
    """The large figures, and the remark beside them."""
    if isinstance(facts, UploadFigures):
        return _upload(facts)
    if isinstance(facts, WaitFigures):
        return _time(facts.left, at_most=facts.at_most), facts.words
    return _done(facts)


def _time(seconds: float | None, *, at_most: bool = False) -> tuple[Figure, ...]:
    """What is left, in as many figures as it has units."""
    if seconds is None:
        return ()
    *larger, (number, unit) = wording.duration_parts(seconds)
    before = tuple(Figure(n, u, goes_on=True) for n, u in larger)
    words = Text("{unit} at most", unit=unit) if at_most else Text("{unit} left", unit=unit)
    return (*before, Figure(number, words, "00"))


def _upload(facts: UploadFigures) -> tuple[tuple[Figure, ...], Text]:
    number = outside(str(wording.percent_number(facts.fraction)))
    shown = [Figure(number, outside("%"), "00")]
    if facts.rate is not None:
        shown.append(Figure(*wording.rate_parts(facts.rate), "0.0"))
    if facts.trouble:
        return tuple(shown), facts.trouble
    shown += _time(facts.left)
    said = [text for text in (facts.image, facts.after) if text]
    if facts.mean is not None:
        said.append(Text("mean {rate}", rate=wording.rate(facts.mean)))
    said.append(_resent(facts.resent) if facts.resent else Text("none resent"))
    return tuple(shown), listed(said, _DOT)


def _resent(count: int) -> Text:
    return Text("{count} resent", count=count)


def _done(facts: DoneFigures) -> tuple[tuple[Figure, ...], Text]:
    shown = []
    if facts.mean is not None:
        number, unit = wording.rate_parts(facts.mean)
        shown.append(Figure(number, Text("{unit} mean", unit=unit)))
    size, time = wording.size(facts.total), wording.duration(facts.upload)
    said = [Text("{size} in {time}", size=size, time=time)]
    if facts.resent:
        said.append(_resent(facts.resent))
    if facts.restart is not None:
        said.append(Text("restart {time}", time=wording.duration(facts.restart)))
    if facts.verify is not None:
        said.append(Text("verify and confirm {time}", time=wording.duration(facts.verify)))
    return tuple(shown), listed(said, _DOT)


def _is_trouble(facts: Figures) -> bool:
    if isinstance(facts, UploadFigures):
        return bool(facts.trouble)
    return isinstance(facts, WaitFigures) and facts.in_trouble


def _after(figure: Figure) -> int:
    """Pixels between this figure and the next."""
    return px(8 if figure.goes_on else _BETWEEN)


class FiguresView(QProgressBar):
    """Paints `Figures` on one base line. Numbers keep their place while digits change.

    To a screen reader it is the progress bar that it replaces for the eye.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: tuple[Figure, ...] = ()
        self._remark = ""
        self._remark_right = True
        self._in_trouble = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def present(self, facts: Figures) -> None:
        figures, words = figures_of(facts)
        shown = tuple(replace(it, number=say(it.number), unit=say(it.unit)) for it in figures)
        remark = say(words)
        if (shown, remark) == (self._shown, self._remark):
            return
        self._shown, self._remark = shown, remark
        self._in_trouble = _is_trouble(facts)
        if isinstance(facts, UploadFigures):
            self.setValue(wording.percent_number(facts.fraction))
        self._remark_right = isinstance(facts, UploadFigures) and not self._in_trouble
        said = [Text("{number} {unit}", number=figure.number, unit=figure.unit) for figure in shown]
        self.setAccessibleName(say(listed([*said, remark])))
        explain(self, remark, is_said=True)
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
            x += self._width(figure) + _after(figure)
        remark = self.remark_shown()
        painter.setFont(font(Type.SMALL))
        painter.setPen(worn.on_ground(Tone.WARN) if self._in_trouble else worn.soft)
        if self._remark_right:
            x = self.width() - metrics(Type.SMALL).horizontalAdvance(remark)
        painter.drawText(QPointF(x, base), remark)

    def _figures_width(self) -> int:
        widths = [self._width(figure) for figure in self._shown]
        return sum(widths) + sum(_after(figure) for figure in self._shown[:-1])

    def _number_width(self, figure: Figure) -> int:
        measure = metrics(Type.FIGURE)
        widest = max(measure.horizontalAdvance(t) for t in (figure.number, figure.widest))
        return widest + px(5)

    def _width(self, figure: Figure) -> int:
        return self._number_width(figure) + metrics(Type.SMALL).horizontalAdvance(figure.unit)
