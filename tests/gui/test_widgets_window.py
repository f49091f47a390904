"""The whole window: every state at every size, keys, drawers, and the rules of the room."""

from __future__ import annotations

import ast
import dataclasses
from itertools import combinations
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QApplication,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.facts.firmware import PlanButton
from app.facts.window import BannerFacts, NoticeFacts
from app.lib.buttons import Button, Rank
from app.lib.text import ElidedLabel, Label
from app.lib.theme import Scheme, Theme
from app.lib.tone import Tone
from app.views.chip import Chip
from app.views.main_window import Drawer, MainWindow
from smp.text import Text
from tests.gui.scenes import LOADED, PLAN, SCENES, SENSOR
from tests.gui.walkers import has_keyboard

ROOT = Path(__file__).resolve().parents[2]
CTRL = Qt.KeyboardModifier.ControlModifier

SIZES = pytest.mark.parametrize("size", [(1024, 640), (1280, 800), (1920, 1080)], ids=str)
STATES = pytest.mark.parametrize("name", SCENES)


def put_on(window: MainWindow, name: str, size: tuple[int, int] = (1280, 800)) -> None:
    window.resize(*size)
    SCENES[name].put_on(window)
    for _ in range(3):
        QApplication.processEvents()


def inside(widget: QWidget, window: QWidget) -> QRect:
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())


def visible(window: QWidget, kind: type[QWidget]) -> list[QWidget]:
    return [widget for widget in window.findChildren(kind) if widget.isVisible()]


@STATES
@SIZES
def test_layout_holds(window: MainWindow, name: str, size: tuple[int, int]) -> None:
    put_on(window, name, size)
    nothing_is_clipped(window)
    nothing_leaves_its_card(window)
    nothing_overlaps(window)
    area = next(a for a in window.findChildren(QScrollArea) if a.widget() is not None)
    assert area.widget().width() == area.viewport().width(), "nothing scrolls sideways"


def nothing_is_clipped(window: QWidget) -> None:
    for label in visible(window, QLabel):
        assert isinstance(label, QLabel)
        if isinstance(label, ElidedLabel | Chip):
            assert label.width() >= min(30, label.sizeHint().width()), label.text()
        elif isinstance(label, Label) and label.wordWrap():
            assert label.height() >= label.heightForWidth(label.width()), label.text()
            longest = max(label.text().split(), key=len, default="")
            assert label.fontMetrics().horizontalAdvance(longest) <= label.width(), label.text()
        else:
            assert label.width() >= label.sizeHint().width(), label.text()
            assert label.height() >= label.fontMetrics().height(), label.text()
    for button in visible(window, QPushButton):
        assert isinstance(button, QPushButton)
        assert button.width() >= button.sizeHint().width(), button.text()
        assert button.height() >= button.sizeHint().height(), button.text()


def nothing_leaves_its_card(window: MainWindow) -> None:
    for card in (window.slots, window.firmware, window.run, window.header, window.footer):
        for child in card.findChildren(QWidget):
            if child.isVisible():
                assert inside(card, window).contains(inside(child, window)), child


def nothing_overlaps(window: QWidget) -> None:
    for parent in window.findChildren(QWidget):
        if not parent.isVisible() or isinstance(parent, QAbstractScrollArea | QLineEdit):
            continue
        children = [
            child
            for child in parent.children()
            if isinstance(child, QWidget) and child.isVisible() and not child.isWindow()
        ]
        for one, other in combinations(children, 2):
            if "splithandle" not in one.objectName() + other.objectName():
                assert not one.geometry().intersects(other.geometry()), (one, other)


@STATES
def test_at_most_one_primary_button(window: MainWindow, name: str) -> None:
    put_on(window, name)
    buttons = [b for b in visible(window, Button) if isinstance(b, Button)]
    assert sum(button.rank is Rank.PRIMARY for button in buttons) <= 1


@STATES
def test_all_that_can_be_pressed_has_a_name(window: MainWindow, name: str) -> None:
    put_on(window, name)
    for button in visible(window, QAbstractButton):
        assert isinstance(button, QAbstractButton)
        if type(button).__name__ == "QToolButton" and isinstance(button.parent(), QLineEdit):
            continue  # Qt's own clear button
        assert button.accessibleName() or button.text(), button


def test_every_state_looks_different(window: MainWindow) -> None:
    seen: dict[str, object] = {}
    for name in SCENES:
        put_on(window, name)
        image = window.grab().toImage()
        assert image not in seen.values(), name
        seen[name] = image


def test_scheme_reaches_every_corner(window: MainWindow, theme: Theme) -> None:
    """No large area keeps its light ground in the dark."""
    put_on(window, "log")
    theme.force(Scheme.DARK)
    image = window.grab().toImage()
    points = [(x, y) for x in range(5, 1280, 15) for y in range(5, 800, 15)]
    bright = sum(image.pixelColor(x, y).lightness() > 200 for x, y in points)
    assert bright / len(points) < 0.02


def test_curve_takes_the_height_that_is_left(window: MainWindow) -> None:
    put_on(window, "uploading", (1280, 800))
    usual = window.run.graph.height()
    put_on(window, "uploading", (1280, 1000))
    assert window.run.graph.height() == pytest.approx(usual + 200, abs=1)
    assert usual > 200


# -- keys -----------------------------------------------------------------------------


def test_tab_reaches_everything_in_order(window: MainWindow, qtbot: QtBot) -> None:
    put_on(window, "verdict-refused")
    window.devices.filter.setFocus()
    order: list[QWidget] = []
    while (focused := window.focusWidget()) not in order and len(order) < 60:
        order.append(focused)
        qtbot.keyClick(focused, Qt.Key.Key_Tab)
    names = [
        widget.words if isinstance(widget, Button) else widget.accessibleName() for widget in order
    ]
    wanted = [
        "Filter the devices by name or address",
        "Devices",
        "Add a device…",
        "Disconnect",
        "Show the key",
        "Details",
        "Other…",
        "Try again",
        "Log",
    ]
    assert [name for name in names if name in wanted] == wanted
    reachable = {
        widget
        for widget in window.findChildren(QWidget)
        if widget.isVisible()
        and widget.isEnabled()
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.focusProxy() is None
    }
    assert reachable <= set(order)


def test_tab_passes_over_what_is_disabled(window: MainWindow, qtbot: QtBot) -> None:
    put_on(window, "uploading")
    disabled = [b for b in visible(window, Button) if not b.isEnabled()]
    assert disabled
    window.devices.filter.setFocus()
    for _ in range(20):
        before = window.focusWidget()
        qtbot.keyClick(before, Qt.Key.Key_Backtab)
        assert window.focusWidget() not in (*disabled, before)


def test_focus_is_visible(window: MainWindow) -> None:
    put_on(window, "verdict-refused")
    for button in visible(window, Button):
        if not button.isEnabled():
            continue
        window.devices.filter.setFocus()
        before = button.grab().toImage()
        button.setFocus(Qt.FocusReason.TabFocusReason)
        has_keyboard(button)
        assert button.grab().toImage() != before, button


def test_mouse_does_not_leave_a_ring_on_buttons(window: MainWindow, qtbot: QtBot) -> None:
    put_on(window, "ready")
    for button in visible(window, Button):
        assert not button.focusPolicy() & Qt.FocusPolicy.ClickFocus & ~Qt.FocusPolicy.TabFocus


def test_shortcuts(window: MainWindow, qtbot: QtBot) -> None:
    put_on(window, "ready")
    for key, modifier, signal in (
        (Qt.Key.Key_F5, Qt.KeyboardModifier.NoModifier, window.devices.scan_requested),
        (Qt.Key.Key_O, CTRL, window.firmware.zone.choose_requested),
        (Qt.Key.Key_Return, CTRL, window.firmware.plan.update_requested),
        (Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier, window.escape_pressed),
    ):
        with qtbot.waitSignal(signal):
            qtbot.keyClick(window, key, modifier)
    qtbot.keyClick(window, Qt.Key.Key_F, CTRL)
    assert window.focusWidget() is window.devices.filter
    qtbot.keyClick(window, Qt.Key.Key_F6)
    assert window.focusWidget() is window.devices.view


def test_escape_in_a_text_field_belongs_to_the_field(window: MainWindow, qtbot: QtBot) -> None:
    put_on(window, "uploading")
    field = window.devices.filter
    field.setFocus()
    field.setText("lamp")
    with qtbot.assertNotEmitted(window.escape_pressed):
        qtbot.keyClick(field, Qt.Key.Key_Escape)
        assert field.text() == ""
        qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert window.focusWidget() is window.devices.view
    with (
        qtbot.assertNotEmitted(window.firmware.plan.cancel_requested),
        qtbot.waitSignal(window.escape_pressed),
    ):
        qtbot.keyClick(window.devices.view, Qt.Key.Key_Escape)


def test_escape_puts_away_what_the_keyboard_is_in(window: MainWindow, qtbot: QtBot) -> None:
    note = NoticeFacts(Text("The settings cannot be written."), Tone.WARN)
    verdict = BannerFacts(Tone.OK, Text("Running 1.4.2, confirmed"), closable=True)
    window.note.present(note)
    window.banner.present(verdict)
    for part in (window.note, window.banner):
        button = visible(part, Button)[0]
        button.setFocus()
        with qtbot.assertNotEmitted(window.escape_pressed), qtbot.waitSignal(part.closed):
            qtbot.keyClick(button, Qt.Key.Key_Escape)
    window.banner.present(dataclasses.replace(verdict, closable=False))
    with qtbot.assertNotEmitted(window.banner.closed), qtbot.waitSignal(window.escape_pressed):
        qtbot.keyClick(window.banner, Qt.Key.Key_Escape)


# -- drawers, closing, arrangement ----------------------------------------------------


def test_drawers_open_one_at_a_time(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(window, Qt.Key.Key_L, CTRL)
    assert window.drawer is Drawer.LOG
    assert window.log.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_E, CTRL)
    assert window.drawer is Drawer.LOG, "there is nothing expert yet"
    pages = QLabel("files")
    window.offer_expert(pages, "Expert: files")
    qtbot.keyClick(window, Qt.Key.Key_E, CTRL)
    assert window.drawer is Drawer.EXPERT
    assert pages.isVisible()
    assert not window.log.isVisible()
    log = next(b for b in visible(window, Button) if b.accessibleName() == "Log")
    expert = next(b for b in visible(window, Button) if b.accessibleName() == "Expert: files")
    qtbot.mouseClick(log, Qt.MouseButton.LeftButton)
    assert window.log.isVisible()
    assert not expert.isChecked()
    qtbot.mouseClick(expert, Qt.MouseButton.LeftButton)
    assert pages.isVisible()
    assert not log.isChecked()
    qtbot.keyClick(window, Qt.Key.Key_E, CTRL)
    assert window.drawer is Drawer.NONE
    window.open_drawer(Drawer.LOG)
    assert window.log.isVisible()


def test_find_in_the_log_when_that_is_where_one_is(window: MainWindow, qtbot: QtBot) -> None:
    window.open_drawer(Drawer.LOG)
    window.log.lines.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_F, CTRL)
    assert window.focusWidget() is window.log.filter


def test_window_asks_before_it_closes(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.close_requested):
        window.close()
    assert window.isVisible()
    window.finish()
    assert not window.isVisible()


def test_arrangement_is_restored(window: MainWindow, theme: Theme, qtbot: QtBot) -> None:
    window.resize(830, 600)  # the offscreen platform's screen is small
    window.devices.parentWidget().setSizes([260, 570])  # type: ignore[attr-defined]
    wide = window.devices.width()
    saved = window.arrangement()
    other = MainWindow()
    qtbot.addWidget(other, before_close_func=lambda _: other.finish())
    other.arrange(saved)
    with qtbot.waitExposed(other):
        other.show()
    assert other.height() == 600
    other.resize(830, 600)  # the screen was too small for the width
    qtbot.waitUntil(lambda: abs(other.devices.width() - wide) <= 1)
    other.arrange({"geometry": b"garbage", "sides": b"", "drawers": b"\0"})


def test_side_list_has_its_width(window: MainWindow) -> None:
    assert window.devices.width() == 272
    window.resize(1600, 900)
    QApplication.processEvents()
    assert window.devices.width() == 320, "second lines of devices are long: a fifth of a wide one"


def test_plan_appears_with_a_file(window: MainWindow) -> None:
    window.firmware.present(LOADED, PLAN)
    assert window.firmware.plan.isVisible()
    window.firmware.present(LOADED)
    assert not window.firmware.plan.isVisible()
    assert PLAN.button is PlanButton.UPDATE
    window.devices.select(SENSOR)


# -- rules of the room ----------------------------------------------------------------

SOURCES = sorted([*(ROOT / "app" / "views").glob("*.py"), *(ROOT / "app" / "lib").glob("*.py")])


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_no_nested_event_loop_and_no_engine(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            assert node.attr not in {"exec", "exec_", "processEvents", "waitForFinished"}
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        for name in names:
            assert name in ("smp.plain", "smp.text") or not name.startswith(
                ("smp", "app.controllers", "qasync")
            ), name
            if path.parent.name == "lib":
                assert not name.startswith("app.views"), name
            if path.name in {"facts.py", "wording.py", "log_store.py", "tone.py", "axes.py"}:
                assert not name.startswith("PySide6"), name


def test_after_a_verdict_the_curve_is_seen_in_a_small_window(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.resize(1024, 640)
    SCENES["verdict-ok"].put_on(window)
    graph = window.run.graph
    qtbot.waitUntil(lambda: graph.visibleRegion().boundingRect() == graph.rect())
    SCENES["verdict-rolled-back"].put_on(window)
    qtbot.waitUntil(lambda: graph.visibleRegion().boundingRect() == graph.rect())
    window.resize(1280, 900)
    qtbot.waitUntil(lambda: graph.height() > 112)


def test_what_is_not_said_takes_no_room(window: MainWindow) -> None:
    before = window.header.y()
    window.notice.present(BannerFacts(Tone.WARN, Text("It crashed")))
    QApplication.sendPostedEvents()
    assert window.header.y() > before + window.notice.height()
    window.notice.present(None)
    QApplication.sendPostedEvents()
    QApplication.processEvents()
    assert window.header.y() == before == 0
