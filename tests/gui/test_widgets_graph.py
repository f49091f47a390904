"""The speed graph: decimation, axes, what is painted anew, reading values off."""

from __future__ import annotations

import itertools
import math
import random
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.facts.run import Gap, GraphFacts, Mark, MarkKind
from app.lib.theme import Scheme, Theme
from app.lib.tokens import LIGHT
from app.lib.wording import ELLIPSIS
from app.views import axes, graph_labels
from app.views.curve import Curve, Frame, decimated
from app.views.graph_words import Words
from app.views.speed_graph import SpeedGraph
from tests.gui.scenes import LIMIT, RESENT, graph

FRAME = Frame(200, 100, 20.0, 10_000.0)
BLUE, PALE = QColor("#2563c9"), QColor(37, 99, 201, 30)


@st.composite
def samples(draw: st.DrawFn) -> tuple[list[float], list[float]]:
    steps = draw(st.lists(st.floats(0, 0.3), max_size=300))
    times = list(itertools.accumulate(steps))
    times = [time for time in times if time <= FRAME.seconds]
    rates = draw(st.lists(st.floats(0, 10_000), min_size=len(times), max_size=len(times)))
    return times, rates


@given(samples())
def test_each_column_keeps_its_lowest_and_highest(data: tuple[list[float], list[float]]) -> None:
    times, rates = data
    points = decimated(times, rates, FRAME)
    assert points == sorted(points, key=lambda point: point[0])
    assert set(points) <= set(zip(times, rates, strict=True))

    def columns(pairs: list[tuple[float, float]]) -> dict[int, list[float]]:
        found: dict[int, list[float]] = {}
        for time, rate in pairs:
            found.setdefault(FRAME.column(time), []).append(rate)
        return found

    whole, kept = columns(list(zip(times, rates, strict=True))), columns(points)
    assert whole.keys() == kept.keys()
    for column, values in kept.items():
        assert len(values) <= 2
        assert (min(values), max(values)) == (min(whole[column]), max(whole[column]))


@given(samples(), st.integers(0, 300))
def test_decimation_may_begin_anywhere(data: tuple[list[float], list[float]], first: int) -> None:
    times, rates = data
    first = min(first, len(times))
    assert decimated(times, rates, FRAME, first) == decimated(times[first:], rates[first:], FRAME)


def noisy(count: int, seconds: float) -> tuple[list[float], list[float]]:
    chance = random.Random(5)
    times = [seconds * at / count for at in range(count)]
    return times, [
        7_000 + 900 * math.sin(at / 9) + chance.uniform(-400, 400) for at in range(count)
    ]


@pytest.mark.parametrize(
    ("count", "step", "most"), [(30, 1, 0.01), (150, 1, 0.01), (1_500, 3, 0.08)]
)
def test_growing_curve_looks_like_one_painted_at_once(
    theme: Theme, count: int, step: int, most: float
) -> None:
    """Where several samples share a column, the lines between columns may differ a little."""
    times, rates = noisy(count, 19.0)
    growing = Curve()
    for until in (*range(1, count, step), count):
        picture = growing.update(times[:until], rates[:until], FRAME, BLUE, PALE)
    at_once = Curve().update(times, rates, FRAME, BLUE, PALE)
    assert difference(picture.toImage(), at_once.toImage()) < most
    grown, whole = line_pixels(picture.toImage()), line_pixels(at_once.toImage())
    assert grown == pytest.approx(whole, rel=0.08), "neither bolder nor thinner"


def test_only_new_samples_are_painted(theme: Theme) -> None:
    times, rates = noisy(1_500, 19.0)
    curve = Curve()
    curve.update(times[:1_400], rates[:1_400], FRAME, BLUE, PALE)
    assert curve.painted == 1_400
    curve.update(times[:1_410], rates[:1_410], FRAME, BLUE, PALE)
    assert curve.painted < 30
    curve.update(times[:1_410], rates[:1_410], replace(FRAME, rate=12_000.0), BLUE, PALE)
    assert curve.painted == 1_410, "another scale, another picture"
    curve.update(times[:5], rates[:5], replace(FRAME, rate=12_000.0), BLUE, PALE)
    assert curve.painted == 5, "another run begins anew"


def test_other_samples_are_not_taken_for_a_continuation(theme: Theme) -> None:
    times, rates = noisy(300, 19.0)
    curve = Curve()
    curve.update(times, rates, FRAME, BLUE, PALE)
    picture = curve.update(times, [rate / 2 for rate in rates], FRAME, BLUE, PALE)
    fresh = Curve().update(times, [rate / 2 for rate in rates], FRAME, BLUE, PALE)
    assert picture.toImage() == fresh.toImage()


def pixels(image: QImage, form: QImage.Format) -> bytes:
    converted = image.convertToFormat(form)  # its bits live no longer than it does
    return bytes(converted.constBits())


def line_pixels(image: QImage) -> int:
    alphas = pixels(image, QImage.Format.Format_ARGB32)[3::4]
    return sum(alpha > 160 for alpha in alphas)


def difference(one: QImage, other: QImage) -> float:
    """Share of pixels that differ visibly."""
    assert one.size() == other.size()
    count = 0
    for y, x in itertools.product(range(one.height()), range(one.width())):
        first, second = one.pixelColor(x, y), other.pixelColor(x, y)
        count += abs(first.alpha() - second.alpha()) > 32
    return count / (one.width() * one.height())


# -- axes -----------------------------------------------------------------------------


@given(st.floats(0.001, 1e6), st.integers(1, 8))
def test_rate_axis_is_round_and_reaches(highest: float, most: int) -> None:
    step = axes.rate_step(highest, most)
    top = axes.top_of(highest, step)
    assert top >= highest * (1 - 1e-6)
    assert round(top / step) <= most + 1e-9
    mantissa = step / 10 ** math.floor(math.log10(step) + 1e-9)
    assert min(abs(mantissa - nice) for nice in (1, 2, 2.5, 3, 5, 10)) < 1e-6


def test_axes_of_the_pictures() -> None:
    assert axes.rate_step(7.758 * 1.04, 4) == 3
    assert next(axes.time_steps(31, 9)) == 5
    assert axes.time_label(0) == "0\u202fs"
    assert axes.time_label(31) == "31\u202fs"
    assert axes.time_label(95) == "1\u202fmin\u00a035\u202fs"
    assert axes.time_label(3_900) == "1\u202fh\u00a005\u202fmin"
    assert axes.number(2.5, 2.5) == "2.5"
    assert axes.number(9, 3) == "9"
    assert axes.number(0.005, 0.005) == "0.005"


@given(st.floats(0.05, 1e6), st.integers(2, 8))
def test_numbers_of_the_rate_axis_are_different(highest: float, most: int) -> None:
    step = axes.rate_step(highest, most)
    count = round(axes.top_of(highest, step) / step) + 1
    assert len({axes.number(at * step, step) for at in range(count)}) == count


@given(st.floats(0.1, 1e5), st.integers(1, 12))
def test_time_axis_has_few_labels(seconds: float, most: int) -> None:
    steps = list(axes.time_steps(seconds, most))
    assert steps
    assert steps == sorted(steps)
    assert all(seconds / step <= most + 1e-9 for step in steps)


def test_time_axis_ignores_a_trembling_estimate() -> None:
    assert axes.settled_span(30.0, 31.5) == 30.0
    assert axes.settled_span(30.0, 40.0) == 40.0
    assert axes.settled_span(0.0, 31.0) == 31.0


# -- the widget -----------------------------------------------------------------------


@pytest.fixture
def widget(theme: Theme, qtbot: QtBot) -> Iterator[SpeedGraph]:
    holder = QWidget()
    qtbot.addWidget(holder)
    QLineEdit(holder).setFocus()  # or the graph, alone in a window, has the focus and its ring
    made = SpeedGraph(holder)
    made.resize(900, 400)
    holder.resize(900, 400)
    with qtbot.waitExposed(holder):
        holder.show()
    yield made
    holder.hide()


def hover(widget: SpeedGraph, x: float) -> None:
    at = QPointF(x, 100)
    move = QMouseEvent(
        QEvent.Type.MouseMove,
        at,
        widget.mapToGlobal(at),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(widget, move)


def test_pointer_reads_time_and_rate(widget: SpeedGraph) -> None:
    facts = graph(18.9)
    widget.present(facts)
    seen = []
    for x in range(60, 560, 50):
        hover(widget, x)
        read = widget.reading()
        assert read is not None
        assert read[1] == facts.rates[facts.times.index(read[0])]
        seen.append(read[0])
    assert seen == sorted(seen)
    assert len(set(seen)) == len(seen)
    QApplication.sendEvent(widget, QEvent(QEvent.Type.Leave))
    assert widget.reading() is None


def test_keys_read_along_the_curve(widget: SpeedGraph, qtbot: QtBot) -> None:
    facts = graph(18.9)
    widget.present(facts)
    qtbot.keyClick(widget, Qt.Key.Key_Home)
    assert widget.reading() == (facts.times[0], facts.rates[0])
    qtbot.keyClick(widget, Qt.Key.Key_Right)
    assert widget.reading() == (facts.times[1], facts.rates[1])
    qtbot.keyClick(widget, Qt.Key.Key_End)
    assert widget.reading() == (facts.times[-1], facts.rates[-1])
    assert "kB/s" in widget.accessibleDescription()


def test_everything_is_told_in_words(widget: SpeedGraph) -> None:
    widget.present(graph(18.9))
    said = widget.accessibleDescription()
    for words in ("now 7", "mean 6.9", "line limit 7.8", "2 resent at 11"):
        assert words in said


def test_graph_without_samples_paints(widget: SpeedGraph, qtbot: QtBot) -> None:
    widget.present(GraphFacts())
    widget.grab()
    widget.present(GraphFacts(limit=LIMIT, expected=31.0))
    widget.grab()
    hover(widget, 200)
    qtbot.keyClick(widget, Qt.Key.Key_Right)
    assert widget.reading() is None


@pytest.mark.parametrize("rate", [0.0, 12.0, 900.0, 64_000.0, 1_600_000.0])
def test_any_rate_paints_inside_the_plot(widget: SpeedGraph, rate: float) -> None:
    widget.present(GraphFacts([0.0, 1.0, 2.0], [rate, rate, rate], expected=4.0))
    image = widget.grab().toImage()
    assert image.pixelColor(450, 399) == image.pixelColor(899, 399), "nothing below the axis"
    assert inked(image, LIGHT.accent) > 0


def test_marks_and_limit_are_painted(widget: SpeedGraph) -> None:
    facts = graph(18.9)
    widget.present(replace(facts, marks=(), limit=None))
    bare = widget.grab().toImage()
    widget.present(facts)
    full = widget.grab().toImage()
    assert inked(full, LIGHT.warn) > inked(bare, LIGHT.warn) + 30
    assert inked(full, LIGHT.ok) > inked(bare, LIGHT.ok) + 100


def test_many_resends_do_not_bury_the_curve(widget: SpeedGraph) -> None:
    facts = graph(18.9)
    few = tuple(Mark(n * 1.5, MarkKind.RESENT, "1 resent") for n in range(12))
    many = tuple(Mark(n * 0.1, MarkKind.RESENT, "1 resent") for n in range(180))
    widget.present(replace(facts, marks=few))
    with_few = inked(widget.grab().toImage(), LIGHT.warn)
    widget.present(replace(facts, marks=many))
    with_many = inked(widget.grab().toImage(), LIGHT.warn)
    assert with_many < with_few * 2


def test_scheme_repaints_the_curve(widget: SpeedGraph, theme: Theme) -> None:
    widget.present(graph(18.9))
    light = widget.grab().toImage()
    theme.force(Scheme.DARK)
    assert inked(light, LIGHT.accent) > 100
    assert inked(widget.grab().toImage(), LIGHT.accent) == 0


def test_ended_curve_fills_the_axis(widget: SpeedGraph) -> None:
    widget.present(graph(31.0, running=False))
    hover(widget, 898)
    read = widget.reading()
    assert read is not None
    assert read[0] == pytest.approx(31.0)
    assert RESENT.words in widget.accessibleDescription()


# -- words ----------------------------------------------------------------------------


def layout(facts: GraphFacts, width: int, height: int) -> list[Words]:
    graph = SpeedGraph()
    graph.resize(width, height)
    graph.present(facts)
    return graph.words()


LENGTHS = [0.1, 0.25, 0.41, 1, 1.04, 2, 3, 5, 9.96, 10, 31, 59.8, 60, 95, 600, 601, 3_599, 3_600]


@st.composite
def runs(draw: st.DrawFn) -> GraphFacts:
    """A run of any length with any marks, gaps and levels."""
    length = draw(st.one_of(st.floats(0.1, 3_600), st.sampled_from(LENGTHS)))
    shares = st.floats(0, 1)
    marks = tuple(
        Mark(
            at * length,
            kind,
            {MarkKind.RESENT: f"{count} resent"}.get(kind, f"{count}th {kind.value}"),
            count,
        )
        for at, kind, count in draw(
            st.lists(st.tuples(shares, st.sampled_from(MarkKind), st.integers(1, 999)), max_size=40)
        )
    )
    edges = sorted(draw(st.lists(shares, max_size=8)))
    gaps = tuple(
        Gap(begin * length, end * length, f"no answer for {(end - begin) * length:.0f} s")
        for begin, end in zip(edges[::2], edges[1::2], strict=False)
    )
    rate = draw(st.floats(0, 2_000_000))
    return GraphFacts(
        [0.0, length],
        [rate, rate],
        marks,
        draw(st.none() | st.floats(50, 2_000_000)),
        draw(st.none() | st.just(rate * draw(shares))),
        draw(st.none() | st.floats(0.1, 4_000)),
        draw(st.booleans()),
        gaps,
        length,
    )


@given(runs(), st.sampled_from([(240, 112), (480, 130), (920, 260), (1_500, 500)]))
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_words_ever_cover_others(theme: Theme, facts: GraphFacts, size: tuple[int, int]) -> None:
    placed = layout(facts, *size)
    for it in placed:
        assert it.place.left() >= 0, it.words
        assert it.place.right() <= size[0] + 1, it.words
        assert it.place.top() >= -1, it.words
        assert it.place.bottom() <= size[1], it.words
    for one, other in itertools.combinations(placed, 2):
        assert not one.place.intersects(other.place), (one.words, other.words)


@given(st.floats(0.1, 3_600), st.booleans(), st.sampled_from([240, 480, 920, 1_500]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_time_axis_never_says_the_same_twice(
    theme: Theme, length: float, running: bool, width: int
) -> None:
    facts = GraphFacts([0.0, length], [1.0, 1.0], running=running, elapsed=length)
    said = [it.words for it in layout(facts, width, 200) if it.place.top() > 170]
    assert said
    assert len(said) == len(set(said))
    if not running:
        assert said[-1] == axes.time_label(length), "the axis ends where the run did"


@given(st.floats(0.1, 3_600), st.booleans(), st.floats(2, 30), st.integers(1, 40))
def test_labels_of_the_time_axis_keep_apart_in_any_font(
    length: float, ends: bool, letter: float, most: int
) -> None:
    plot = QRectF(50, 0, 700, 200)
    ticks = graph_labels.time_ticks(
        length, plot, lambda words: letter * len(words), ends=ends, most=most
    )
    assert ticks
    for one, later in itertools.pairwise(ticks):
        assert one.left + one.width < later.left
        assert one.words != later.words


@given(runs())
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_mark_is_named_alone_or_with_others(theme: Theme, facts: GraphFacts) -> None:
    said = " ".join(it.words for it in layout(replace(facts, limit=None), 1_500, 300))
    lost = sum(mark.count for mark in facts.marks if mark.kind is MarkKind.RESENT)
    told = [int(count) for count in re.findall(r"(\d+) resent", said)]
    if ELLIPSIS not in said:
        assert sum(told) == lost
        assert ("no answer" in said) == bool(facts.gaps)


def test_close_marks_are_named_together(theme: Theme) -> None:
    marks = tuple(Mark(10 + n * 0.2, MarkKind.RESENT, "1 resent", 1) for n in range(3))
    words = [it.words for it in layout(replace(graph(18.9), marks=marks), 900, 300)]
    assert "3 resent" in words
    assert "1 resent" not in words


def test_gaps_too_close_to_be_named_apart_are_counted_and_summed(theme: Theme) -> None:
    gaps = tuple(Gap(at, at + 3.0, "no answer for 3 s") for at in (2.0, 6.0, 10.0))
    facts = replace(graph(18.9), marks=(), gaps=gaps)
    assert "no answer for 3 s" in [it.words for it in layout(facts, 1_500, 300)]
    assert "no answer 3 times, 9\u202fs in all" in [it.words for it in layout(facts, 300, 300)]


def test_gaps_are_hatched_and_told(widget: SpeedGraph) -> None:
    facts = graph(18.9)
    widget.present(replace(facts, marks=()))
    bare = widget.grab().toImage()
    widget.present(replace(facts, marks=(), gaps=(Gap(5.0, 12.0, "no answer for 7 s"),)))
    assert widget.grab().toImage() != bare
    assert "no answer for 7 s at 5" in widget.accessibleDescription()
    hover(widget, 450)
    assert widget.reading() is not None


def test_a_single_sample_shows(widget: SpeedGraph) -> None:
    widget.present(GraphFacts([0.4], [9_000.0], running=False, elapsed=0.4))
    assert inked(widget.grab().toImage(), LIGHT.accent) > 20


def test_the_axis_of_a_run_that_fell_silent_reaches_its_end(widget: SpeedGraph) -> None:
    """Not only its last sample."""
    widget.present(GraphFacts([0.0, 5.0], [300.0, 300.0], running=False, elapsed=90.0))
    assert axes.time_label(90) in [it.words for it in widget.words()]


def inked(image: QImage, color: QColor) -> int:
    """Pixels of about this colour."""
    bits = pixels(image, QImage.Format.Format_RGB32)
    red, green, blue = color.red(), color.green(), color.blue()
    return sum(
        abs(r - red) + abs(g - green) + abs(b - blue) < 40
        for b, g, r in zip(bits[0::4], bits[1::4], bits[2::4], strict=True)
    )
