"""What is presented again as it was costs nothing: while an update runs that is ten times a second
for each part of the window, and nearly all of it stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.facts.window import BannerFacts
from app.lib.tone import Tone
from app.views.banner import Banner
from app.views.device_header import DeviceHeader
from app.views.firmware_card import FirmwareCard
from app.views.slot_view import SlotView
from tests.gui.scenes import HEADER, LOADED, LOCKED, PLAN, RECEIVING

Do = Callable[[], None]
pytestmark = pytest.mark.usefixtures("theme")


def header() -> tuple[QWidget, Do, Do]:
    view = DeviceHeader()
    return view, lambda: view.present(HEADER), lambda: view.present(None)


def card() -> tuple[QWidget, Do, Do]:
    view = FirmwareCard()
    return view, lambda: view.present(LOADED, PLAN), lambda: view.present(LOCKED, PLAN)


def slot() -> tuple[QWidget, Do, Do]:
    view, more = SlotView(), replace(RECEIVING, received=200_000)
    return view, lambda: view.present(RECEIVING), lambda: view.present(more)


def banner() -> tuple[QWidget, Do, Do]:
    view, facts = Banner(), BannerFacts(Tone.OK, "Running 1.4.2")
    return view, lambda: view.present(facts), lambda: view.present(replace(facts, sentence="Yes"))


class Work(QObject):
    """Counts what an application has to paint and to lay out anew."""

    def __init__(self) -> None:
        super().__init__()
        self.events = 0

    def is_done(self, application: QApplication) -> bool:
        """Nothing came while the application looked; from here on it counts."""
        self.events = 0
        application.processEvents()
        return self.events == 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 -- Qt calls it
        kinds = (QEvent.Type.Paint, QEvent.Type.LayoutRequest, QEvent.Type.UpdateRequest)
        self.events += event.type() in kinds
        return False


@pytest.mark.parametrize("make", [header, card, slot, banner])
def test_the_same_facts_are_neither_painted_nor_laid_out_again(
    qtbot: QtBot, qapp: QApplication, make: Callable[[], tuple[QWidget, Do, Do]]
) -> None:
    view, same, other = make()
    qtbot.addWidget(view)
    view.resize(600, 400)
    same()
    with qtbot.waitActive(view):
        view.show()
        view.activateWindow()
    work = Work()
    qapp.installEventFilter(work)
    try:
        qtbot.waitUntil(lambda: work.is_done(qapp))
        same()
        qapp.processEvents()
        assert work.events == 0
        other()
        qapp.processEvents()
        assert work.events > 0
    finally:
        qapp.removeEventFilter(work)
