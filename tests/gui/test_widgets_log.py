"""The log: filtered, bounded, followed, copied."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.facts.log import LogLevel, LogLine
from app.lib.buttons import Button
from app.views.log_pane import LogPane
from app.views.log_rows import LogRows, pieces
from app.views.log_store import LogFilter, LogStore, as_text, clock
from tests.gui.walkers import bring_up

LEFT = Qt.MouseButton.LeftButton
LEVELS = st.sampled_from(list(LogLevel))


def line(number: int, level: LogLevel = LogLevel.INFO, source: str = "sensor-7") -> LogLine:
    return LogLine(1_767_265_200.25 + number, level, f"line {number}", source)


def lines(count: int, level: LogLevel = LogLevel.INFO) -> list[LogLine]:
    return [line(n, level) for n in range(count)]


# -- the store ------------------------------------------------------------------------


@given(
    st.lists(st.lists(LEVELS, max_size=30), max_size=12),
    LEVELS,
    st.booleans(),
    st.sampled_from(["", "1", "line 2"]),
    st.integers(0, 12),
)
def test_what_is_shown_is_the_end_of_what_passes(
    batches: list[list[LogLevel]], lowest: LogLevel, packets: bool, words: str, when: int
) -> None:
    store, every, dropped = LogStore(limit=50), list[LogLine](), 0
    narrowed = LogFilter(lowest, packets, words)
    shown: list[LogLine] = []
    for turn, batch in enumerate(batches):
        if turn == when:
            store.narrow(narrowed)
            shown = [store.line(at) for at in range(len(store))]
        new = [line(len(every) + at, level) for at, level in enumerate(batch)]
        every += new
        dropped = store.append(new)
        shown += [one for one in new if store.filter.passes(one)]
        shown = shown[dropped:]
        assert [store.line(at) for at in range(len(store))] == shown
    passing = [one for one in every if store.filter.passes(one)]
    assert shown == passing[len(passing) - len(shown) :]
    assert len(shown) <= 55


def test_old_lines_are_dropped_by_the_block() -> None:
    store = LogStore(limit=100)
    assert store.append(lines(109)) == 0
    assert store.append([line(109)]) == 10
    assert len(store) == 100
    assert store.line(0).text == "line 10"


def test_levels_and_packets() -> None:
    packet, info, error = (
        line(0, level) for level in (LogLevel.PACKET, LogLevel.INFO, LogLevel.ERROR)
    )
    assert not LogFilter().passes(packet)
    assert LogFilter(packets=True).passes(packet)
    assert not LogFilter(LogLevel.WARNING, packets=True).passes(packet)
    assert not LogFilter(LogLevel.WARNING).passes(info)
    assert LogFilter(LogLevel.WARNING).passes(error)
    assert LogFilter(words="sensor").passes(info)


def test_line_as_text() -> None:
    text = as_text(line(3, LogLevel.WARNING))
    assert text.endswith("  warning  sensor-7  line 3")
    assert clock(1_767_265_200.25).endswith(".250")


# -- the pane -------------------------------------------------------------------------


@pytest.fixture
def pane(theme: object, qtbot: QtBot) -> LogPane:
    made = LogPane()
    qtbot.addWidget(made)
    made.resize(900, 260)
    bring_up(made)  # Ctrl+C and Ctrl+A work in active windows only
    return made


def button(pane: LogPane, name: str) -> Button:
    return next(b for b in pane.findChildren(Button) if b.accessibleName() == name)


def test_end_is_followed_until_scrolled_up(pane: LogPane, qtbot: QtBot) -> None:
    bar = pane.lines.verticalScrollBar()
    pane.append(lines(200))
    assert bar.value() == bar.maximum() > 0
    bar.setValue(20)
    assert not pane.lines.following
    pane.append(lines(5))
    assert bar.value() == 20, "what is being read stays where it is"
    assert button(pane, "5 new").isVisible()
    qtbot.mouseClick(button(pane, "5 new"), LEFT)
    assert bar.value() == bar.maximum()
    assert pane.lines.following
    pane.append(lines(5))
    assert bar.value() == bar.maximum()


def test_what_is_read_stays_while_old_lines_are_dropped(qtbot: QtBot, pane: LogPane) -> None:
    pane.store.__init__(limit=1_000)  # type: ignore[misc]
    pane.append(lines(1_050))
    pane.lines.verticalScrollBar().setValue(500)
    top = pane.store.line(500)
    pane.append(lines(60))
    assert pane.store.line(pane.lines.verticalScrollBar().value()) == top


def test_filter_by_words_and_level(pane: LogPane, qtbot: QtBot) -> None:
    pane.append([line(1), line(2, LogLevel.WARNING), line(3, LogLevel.ERROR), line(22)])
    qtbot.keyClicks(pane.filter, "line 2")
    qtbot.waitUntil(lambda: len(pane.store) == 2)
    pane.filter.clear()
    qtbot.waitUntil(lambda: len(pane.store) == 4)
    qtbot.mouseClick(button(pane, "Warnings"), LEFT)
    assert [pane.store.line(at).text for at in range(len(pane.store))] == ["line 2", "line 3"]
    qtbot.mouseClick(button(pane, "Errors"), LEFT)
    assert len(pane.store) == 1
    qtbot.mouseClick(button(pane, "All"), LEFT)
    assert len(pane.store) == 4


def test_packets_are_shown_when_asked_for(pane: LogPane, qtbot: QtBot) -> None:
    pane.append(lines(3, LogLevel.PACKET))
    assert len(pane.store) == 0
    with qtbot.waitSignal(pane.packets_toggled) as toggled:
        qtbot.mouseClick(button(pane, "Packets"), LEFT)
    assert toggled.args == [True]
    assert len(pane.store) == 3


def test_selected_lines_are_copied(pane: LogPane, qtbot: QtBot) -> None:
    pane.append(lines(5))
    row = pane.lines.fontMetrics().height() + 4
    view = pane.lines.viewport()
    qtbot.mouseClick(view, LEFT, pos=QPoint(100, row + 4))
    qtbot.mouseClick(view, LEFT, Qt.KeyboardModifier.ShiftModifier, QPoint(100, 3 * row - 4))
    chosen = list(pane.lines.selected())
    assert len(chosen) >= 2
    qtbot.keyClick(pane.lines, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    copied = QGuiApplication.clipboard().text().splitlines()
    assert copied == [as_text(line(at)) for at in chosen]


def test_without_a_selection_all_is_copied(pane: LogPane, qtbot: QtBot) -> None:
    pane.append(lines(5))
    qtbot.mouseClick(button(pane, "Copy"), LEFT)
    assert len(QGuiApplication.clipboard().text().splitlines()) == 5
    assert pane.text() == QGuiApplication.clipboard().text()


def test_keys_walk_and_select(pane: LogPane, qtbot: QtBot) -> None:
    pane.append(lines(100))
    pane.lines.setFocus()
    qtbot.keyClick(pane.lines, Qt.Key.Key_Up)
    assert list(pane.lines.selected()) == [99]
    assert "line 99" in pane.lines.accessibleDescription()
    qtbot.keyClick(pane.lines, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert list(pane.lines.selected()) == [98, 99]
    qtbot.keyClick(pane.lines, Qt.Key.Key_Home)
    assert list(pane.lines.selected()) == [0]
    assert pane.lines.verticalScrollBar().value() == 0
    qtbot.keyClick(pane.lines, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert len(pane.lines.selected()) == 100
    qtbot.keyClick(pane.lines, Qt.Key.Key_PageDown)
    assert len(pane.lines.selected()) == 1


def test_saving_is_asked_for_and_clearing_done(pane: LogPane, qtbot: QtBot) -> None:
    pane.append(lines(5))
    with qtbot.waitSignal(pane.save_requested):
        qtbot.mouseClick(button(pane, "Save…"), LEFT)
    qtbot.mouseClick(button(pane, "Clear the log"), LEFT)
    assert len(pane.store) == 0
    assert pane.text() == ""


def test_long_lines_wrap_and_are_copied_whole(pane: LogPane, qtbot: QtBot) -> None:
    text = "the device said " + "word " * 80 + "x" * 400
    pane.append([LogLine(0.0, LogLevel.INFO, text), line(1)])
    assert pane.lines.horizontalScrollBar().maximum() == 0
    pane.lines.setFocus()
    qtbot.keyClick(pane.lines, Qt.Key.Key_Home)
    row = pane.lines.fontMetrics().height() + 4
    qtbot.mouseClick(pane.lines.viewport(), LEFT, pos=QPoint(100, 2 * row + 4))
    assert list(pane.lines.selected()) == [0], "its second row is the same line"
    pane.lines.copy()
    assert QGuiApplication.clipboard().text().endswith("x" * 400)
    qtbot.keyClick(pane.lines, Qt.Key.Key_Down)
    assert list(pane.lines.selected()) == [1]


def test_a_narrower_log_keeps_what_is_read_at_its_top(pane: LogPane) -> None:
    pane.append(LogLine(0.0, LogLevel.INFO, f"{n} " + "word " * 40) for n in range(100))
    rows, bar = pane.lines._rows, pane.lines.verticalScrollBar()
    bar.setValue(rows.first(40))
    before = len(rows)
    pane.resize(600, 260)
    QApplication.sendPostedEvents()
    assert len(rows) > before
    assert bar.value() == rows.first(40)
    pane.lines.follow()
    pane.resize(900, 260)
    QApplication.sendPostedEvents()
    assert bar.value() == bar.maximum() > 0


@given(
    st.text(st.sampled_from("ab  \u4e2d\u0301"), max_size=60),
    st.integers(1, 20),
)
def test_rows_hold_every_character(text: str, columns: int) -> None:
    rows = pieces(text, columns)
    assert "".join(rows).replace(" ", "") == text.replace(" ", "")
    for each in rows:
        wide = sum(2 if c == "\u4e2d" else 0 if c == "\u0301" else 1 for c in each)
        assert wide <= columns or len(each) == 1 or columns == 1


@given(st.lists(st.lists(st.text("ab ", max_size=30), max_size=8), max_size=6), st.integers(0, 9))
def test_rows_of_lines_that_come_and_go(batches: list[list[str]], dropped: int) -> None:
    rows, texts = LogRows(), list[str]()
    rows.reset([], 10)
    for batch in batches:
        texts += batch
        rows.append(batch)
    gone = min(dropped, len(texts))
    before = len(rows)
    assert before - rows.drop(gone) == len(rows)
    wanted = [at for at, text in enumerate(texts[gone:]) for _ in pieces(text, 10)]
    assert [rows.line_at(row) for row in range(len(rows))] == wanted
    assert rows.line_at(len(rows)) == rows.lines == len(texts) - gone


def test_hundred_thousand_lines_paint_as_few(pane: LogPane) -> None:
    """Only what is seen is looked at: a store that counts."""
    looked: list[int] = []
    real = pane.store.line

    def counting(at: int) -> LogLine:
        looked.append(at)
        return real(at)

    pane.append(lines(100_000))
    pane.store.line = counting  # type: ignore[method-assign]
    pane.lines.viewport().grab()
    assert 0 < len(looked) < 60
