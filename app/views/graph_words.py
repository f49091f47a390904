"""The words of a speed graph: what its axes, marks, gaps and levels say, and where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QRectF

from app.facts.run import GraphFacts, Mark
from app.language import say
from app.lib import wording
from app.lib.painting import elided
from app.lib.theme import Type, metrics, px
from app.lib.tone import Tone
from app.views import axes, graph_labels
from smp.text import Text


@dataclass(frozen=True, slots=True)
class Words:
    """Words in the graph. `tone` None: those of an axis. `plate`: on a ground of their own, for
    the curve may cross them."""

    words: str
    place: QRectF
    tone: Tone | None = None
    plate: bool = False


def layout(
    facts: GraphFacts, plot: QRectF, span: float, step: float, top: float, unit: float
) -> list[Words]:
    """All words, none over another. `span` seconds and `top` B/s are at the edges of `plot`;
    `step` B/s lie between two lines, which are labelled in `unit` B/s."""
    return [
        *_of_rates(plot, step, top, unit),
        *_of_times(facts, plot, span),
        *_in_plot(facts, plot, span, top),
    ]


def level(plot: QRectF, share: float) -> float:
    """The height of a line across, at a share of the upper edge's rate."""
    return round(plot.bottom() - min(1.0, share) * plot.height()) + 0.5


def unit_name(unit: float) -> Text:
    return say(wording.rate_unit(of_a_megabyte=unit > 1_000))


def marks_within(facts: GraphFacts, span: float) -> list[Mark]:
    return [mark for mark in facts.marks if 0 <= mark.at <= span]


def _of_rates(plot: QRectF, step: float, top: float, unit: float) -> Iterator[Words]:
    measure = metrics(Type.AXIS)
    height = measure.height()
    for number in range(round(top / step) + 1):
        y = round(plot.bottom() - number * step / top * plot.height())
        words = axes.number(number * step / unit, step / unit)
        width = measure.horizontalAdvance(words)
        yield Words(words, QRectF(plot.left() - px(8) - width, y - height / 2, width, height))
    words = unit_name(unit)
    width = measure.horizontalAdvance(words)
    yield Words(words, QRectF(0, plot.top() - height / 2, width, height))


def _of_times(facts: GraphFacts, plot: QRectF, span: float) -> Iterator[Words]:
    if not span:
        return
    measure, most = metrics(Type.AXIS), max(1, int(plot.width() / px(80)))
    for tick in graph_labels.time_ticks(
        span, plot, measure.horizontalAdvance, ends=not facts.running, most=most
    ):
        place = QRectF(tick.left, plot.bottom() + px(5), tick.width, measure.height())
        yield Words(tick.words, place)


def _in_plot(facts: GraphFacts, plot: QRectF, span: float, top: float) -> list[Words]:
    """The names of what happened, then those of the levels where they have room."""
    measure = metrics(Type.AXIS)
    height = float(measure.height())
    named = graph_labels.names(
        marks_within(facts, span),
        [gap for gap in facts.gaps if gap.begin <= span],
        lambda time: plot.left() + time / max(span, 1e-9) * plot.width(),
        QRectF(plot.left() + 1, plot.top() + 1, plot.width() - 2, height),
        measure.horizontalAdvance,
        lambda words, width: elided(words, measure, width),
    )
    found = [
        Words(name.words, name.place, Tone.WARN if name.is_warning else Tone.ACCENT, plate=True)
        for name in named
    ]
    for rate, words, tone in _levels(facts):
        place = graph_labels.beside_level(
            level(plot, rate / top),
            measure.horizontalAdvance(words),
            plot,
            height,
            [it.place for it in found],
            above=tone is Tone.OK,
        )
        if place is not None:
            found.append(Words(words, place, tone, plate=True))
    return found


def _levels(facts: GraphFacts) -> Iterator[tuple[float, str, Tone]]:
    if facts.limit is not None:
        words = Text("line limit {rate}", rate=wording.exact_rate(facts.limit))
        yield facts.limit, say(words), Tone.OK
    if facts.mean is not None:
        words = Text("mean {rate}", rate=wording.rate(facts.mean))
        yield facts.mean, say(words), Tone.NEUTRAL
