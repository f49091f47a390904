"""Where the words of a speed graph stand, so that none ever covers another. Geometry only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import assert_never

from PySide6.QtCore import QRectF

from app.facts.run import Gap, Mark, MarkKind
from app.language import say
from app.lib import wording
from app.views import axes
from smp.text import Text, listed

Measure = Callable[[str], float]
"""The width of words in pixels."""

_BESIDE = 5.0
"""Pixels from a mark to its words."""
_APART = 8.0
_TICKS_APART = 14.0
_GAP = None
"""Stands for the kind of a gap."""
_WARNINGS = (MarkKind.RESENT, MarkKind.STARTED_OVER)
_BLUR = 16.0
"""Marks closer than this are named together in any case: no word is so short."""


@dataclass(frozen=True, slots=True)
class Tick:
    """One label of the time axis; `left`: where its words begin."""

    at: float
    words: str
    left: float
    width: float


@dataclass(frozen=True, slots=True)
class Name:
    """The words for one mark, or for several that lie too close to be named apart."""

    words: str
    place: QRectF
    is_warning: bool


def time_ticks(
    span: float, plot: QRectF, measure: Measure, *, ends: bool, most: int = 12
) -> list[Tick]:
    """Labels along `plot`, as many as have room; the same words never twice.

    ends: the axis ends where the run did: its length is the last label.
    """
    last = None
    if ends:
        words = axes.time_label(span)
        width = measure(words)
        last = Tick(span, words, plot.right() - width, width)
    for step in axes.time_steps(span, most):
        ticks = _ticks(span, step, plot, measure, last)
        if ticks is not None:
            return ticks
    first = Tick(0.0, axes.time_label(0), plot.left(), measure(axes.time_label(0)))
    return [first] if last is None else [last]


def _ticks(
    span: float, step: float, plot: QRectF, measure: Measure, last: Tick | None
) -> list[Tick] | None:
    """Labels every `step` seconds; None if they would touch."""
    ticks: list[Tick] = []
    number = 0
    while (at := number * step) <= span * (1 + 1e-9):
        words = axes.time_label(at)
        width = measure(words)
        middle = plot.left() + at / span * plot.width()
        left = plot.left() if number == 0 else middle - width / 2
        number += 1
        end = plot.right() if last is None else last.left - _TICKS_APART
        if left + width > end or (last is not None and words == last.words):
            continue
        if ticks and left < ticks[-1].left + ticks[-1].width + _TICKS_APART:
            return None
        ticks.append(Tick(at, words, left, width))
    return ticks if last is None else [*ticks, last]


# -- marks ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Said:
    """What is said of the things of one kind that are named together."""

    words: Text
    count: int = 1
    seconds: float = 0.0
    is_warning: bool = True

    def __add__(self, later: _Said) -> _Said:
        return _Said(
            later.words,
            self.count + later.count,
            self.seconds + later.seconds,
            self.is_warning or later.is_warning,
        )


class _Cluster:
    """Marks that are named together."""

    def __init__(self, x: float) -> None:
        self.x = self.last_x = x
        self._said: dict[MarkKind | None, _Said] = {}

    def add(self, x: float, kind: MarkKind | None, said: _Said) -> None:
        self.last_x = max(self.last_x, x)
        self._said[kind] = self._said[kind] + said if kind in self._said else said

    def swallow(self, later: _Cluster) -> None:
        for kind, said in later._said.items():
            self.add(later.last_x, kind, said)

    @property
    def is_warning(self) -> bool:
        return any(said.is_warning for said in self._said.values())

    @property
    def words(self) -> Text:
        kinds = set(self._said)
        if kinds & {_GAP, MarkKind.STARTED_OVER}:
            kinds.discard(MarkKind.RECONNECTED)  # the others say it
        said = [_together(kind, it) for kind, it in self._said.items() if kind in kinds]
        return say(listed(said))


def _together(kind: MarkKind | None, said: _Said) -> Text:
    match kind:
        case MarkKind.RESENT:
            return Text("{count} resent", count=said.count)
        case MarkKind.RECONNECTED if said.count > 1:
            return Text("{what} {count} times", what=said.words, count=said.count)
        case None if said.count > 1:
            time = wording.whole_seconds(said.seconds)
            return Text("no answer {count} times, {time} in all", count=said.count, time=time)
        case MarkKind.RECONNECTED | MarkKind.RESTARTED | MarkKind.STARTED_OVER | None:
            return said.words
        case _:
            assert_never(kind)


def names(
    marks: Sequence[Mark],
    gaps: Sequence[Gap],
    x_of: Callable[[float], float],
    row: QRectF,
    measure: Measure,
    elide: Callable[[str, float], str],
) -> list[Name]:
    """The names of marks and gaps in one row, each beside its mark as far as there is room."""
    things: list[tuple[float, MarkKind | None, _Said]] = [
        (x_of(gap.begin), _GAP, _Said(gap.words, seconds=gap.end - gap.begin)) for gap in gaps
    ]
    for mark in marks:
        count = mark.count if mark.kind is MarkKind.RESENT else 1
        said = _Said(mark.words, count, is_warning=mark.kind in _WARNINGS)
        things.append((x_of(mark.at), mark.kind, said))
    things.sort(key=lambda thing: thing[0])
    clusters: list[_Cluster] = []
    for x, kind, said in things:
        if not clusters or x - clusters[-1].last_x >= _BLUR:
            clusters.append(_Cluster(x))
        clusters[-1].add(x, kind, said)
    return _apart(clusters, row, measure, elide)


def _apart(
    clusters: list[_Cluster],
    row: QRectF,
    measure: Measure,
    elide: Callable[[str, float], str],
) -> list[Name]:
    """Name each; those whose names would touch are named together."""
    done: list[tuple[_Cluster, Name]] = []
    for cluster in clusters:
        name = _name(cluster, row, measure, elide)
        while done and name.place.left() < done[-1][1].place.right() + _APART:
            before, _ = done.pop()
            before.swallow(cluster)
            cluster = before
            name = _name(cluster, row, measure, elide)
        done.append((cluster, name))
    return [name for _, name in done]


def _name(
    cluster: _Cluster, row: QRectF, measure: Measure, elide: Callable[[str, float], str]
) -> Name:
    words: str = cluster.words
    width = measure(words)
    if width > row.width():
        words = elide(words, row.width())
        width = min(measure(words), row.width())
    left = min(cluster.x + _BESIDE, row.right() - width)
    place = QRectF(max(row.left(), left), row.top(), width, row.height())
    return Name(words, place, cluster.is_warning)


# -- levels -----------------------------------------------------------------------------------


def beside_level(
    y: float, width: float, plot: QRectF, height: float, taken: Sequence[QRectF], *, above: bool
) -> QRectF | None:
    """Where the words of a level line at `y` stand: at the right, as close to the line as other
    words let them. None: nowhere."""
    wanted = y - height - 2 if above else y + 2
    other = y + 2 if above else y - height - 2
    far = sorted(
        (plot.top() + n * 4.0 for n in range(int(max(0.0, plot.height() - height) / 4.0) + 1)),
        key=lambda top: abs(top - wanted),
    )
    for top in (wanted, other, *far):
        if not plot.top() <= top <= plot.bottom() - height:
            continue
        place = QRectF(plot.right() - width - 1, top, width, height)
        if place.left() >= plot.left() and not any(place.intersects(it) for it in taken):
            return place
    return None
