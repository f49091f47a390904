"""The table of several devices: lines that stay where they are, heads over their columns."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPersistentModelIndex
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from app.facts.firmware import PlanButton, PlanFacts
from app.facts.sheet import SheetFacts, SheetRow
from app.views.main_window import MainWindow
from app.views.plan_view import PlanView
from app.views.sheet_rows import SheetRows
from app.views.sheet_view import SheetView
from tests.gui.several import TWENTY
from tests.gui.walkers import bring_up

pytestmark = pytest.mark.usefixtures("theme")

KEYS = st.lists(st.sampled_from("abcdefghij"), unique=True)


@given(st.lists(KEYS, min_size=2, max_size=6))
def test_model_becomes_any_table_by_lawful_changes(turns: list[list[str]]) -> None:
    """Qt's own tester watches every signal of the model."""
    model = SheetRows()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    for at, keys in enumerate(turns):
        rows = tuple(SheetRow(key, f"{key} {at}") for key in keys)
        model.present(rows)
        assert [model.row(model.index(line)) for line in range(model.rowCount())] == list(rows)
    assert tester.model() is model


def test_who_comes_and_goes_moves_nobody_else() -> None:
    model = SheetRows()
    model.present(TWENTY)
    last = QPersistentModelIndex(model.index(19))
    first = QPersistentModelIndex(model.index(0))
    model.present((*TWENTY[:4], *TWENTY[6:]))
    assert (first.row(), last.row()) == (0, 17)
    model.present(TWENTY)
    assert (first.row(), last.row()) == (0, 19)


def test_the_table_stays_where_it_was_scrolled_to(qtbot: QtBot) -> None:
    """Ports have other names after a restart, and devices come to those that are chosen."""
    table = SheetView()
    qtbot.addWidget(table)
    table.present(TWENTY)
    table.resize(700, 200)
    bring_up(table)
    table.setCurrentIndex(table.rows.index(0))
    bar = table.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    before = bar.value()
    assert before > 0
    moved = replace(TWENTY[3], key="serial:other")
    table.present((*TWENTY[:3], moved, *TWENTY[4:]))
    assert bar.value() == before
    assert table.currentIndex().row() == 0
    table.present((*TWENTY, replace(TWENTY[0], key="serial:20")))
    assert bar.value() == before


def test_below_the_buttons_nothing_jumps_when_the_update_begins(qtbot: QtBot) -> None:
    plan = PlanView()
    qtbot.addWidget(plan)
    plan.present(PlanFacts(button=PlanButton.UPDATE, beside="20 devices", compact=True))
    before = plan.sizeHint().height()
    plan.present(PlanFacts(button=PlanButton.CANCEL, beside="20 at work", compact=True))
    assert plan.sizeHint().height() == before


def test_what_has_nothing_to_do_cannot_be_pressed(window: MainWindow) -> None:
    sheet = window.sheet
    window.show_together(True)
    sheet.present(SheetFacts(TWENTY))
    assert not sheet._next.isEnabled()
    sheet.present(SheetFacts(TWENTY, can_exchange=True))
    assert sheet._next.isEnabled()
