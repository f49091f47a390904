"""What GUI tests share: the theme, and a way to see what was painted."""

from __future__ import annotations

import functools
import gc
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.lib.theme import Scheme, Theme
from app.views.main_window import MainWindow
from tests.gui.walkers import LONGEST, bring_up


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    """The application dressed in light; whatever a test forces is taken off again."""
    qapp.setQuitOnLastWindowClosed(False)  # or a closed dialog ends the test's loop
    worn = qapp.findChild(Theme) or Theme(qapp, Scheme.LIGHT)
    if worn.scheme is not Scheme.LIGHT:
        worn.force(Scheme.LIGHT)
    yield worn
    # Rows and buttons that were replaced must not live on into the next test.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


_HERE = Path(__file__).parent
_after_widgets = False
"""The test before may have left some behind."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Garbage stays in this thread: else a worker's may collect the widgets of the test before, and
    Qt crashes. Every test of the process comes by here; those that can have seen no widget, which
    are most, do not pay for it."""
    global _after_widgets
    uses = set(getattr(item, "fixturenames", ()))
    has_widgets = item.path.is_relative_to(_HERE) or bool(uses & {"qapp", "qtbot"})
    if not (has_widgets or _after_widgets):
        return (yield)
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()  # by now pytest has let go of what the test had
        gc.enable()
        _after_widgets = has_widgets


class PatientBot(QtBot):
    """It waits longer than five seconds: a machine that is slow, or busy, is not wrong."""

    def waitActive(self, widget: QWidget, *, timeout: int = LONGEST) -> Any:  # noqa: N802
        return super().waitActive(widget, timeout=timeout)

    def waitExposed(self, widget: QWidget, *, timeout: int = LONGEST) -> Any:  # noqa: N802
        return super().waitExposed(widget, timeout=timeout)

    def waitUntil(self, callback: Callable[[], Any], *, timeout: int = LONGEST) -> None:  # noqa: N802
        super().waitUntil(callback, timeout=timeout)


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    return PatientBot(request)


@pytest.fixture
def window(theme: Theme, qtbot: QtBot) -> MainWindow:
    """The main window, shown, with nothing in it."""
    made = MainWindow()
    qtbot.addWidget(made, before_close_func=lambda _: made.finish())
    made.resize(1280, 800)
    bring_up(made)  # keys and focus go to active windows only
    return made


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A stage is ended by its test."""
    for item in items:
        if Path(__file__).parent not in item.path.parents:
            continue
        if isinstance(item, pytest.Function) and "stage" in item.fixturenames:
            item.obj = _ended_within(item.obj)


def _ended_within(test: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """The test, with its stage ended while its loop still runs: after a test pytest-qt lets Qt's
    events happen, and tasks that go on then find no running loop."""

    @functools.wraps(test)
    async def run(**fixtures: Any) -> None:
        try:
            await test(**fixtures)
        finally:
            await fixtures["stage"].end()

    return run
