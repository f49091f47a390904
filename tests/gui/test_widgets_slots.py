"""Slots: drawn to scale, filling, told in words."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QGuiApplication, QHelpEvent
from PySide6.QtWidgets import QApplication, QLabel, QToolTip
from pytestqt.qtbot import QtBot

from app.facts.slots import ImageFacts, SlotBarFacts, SlotsFacts
from app.facts.words import ActionFacts, AdviceFacts, ChipFacts
from app.lib.buttons import Button
from app.lib.tokens import LIGHT
from app.lib.tone import Tone
from app.views.slot_bar import Part, SlotBar, describe, received_until, spans
from app.views.slot_view import SlotView
from app.views.slots_card import SlotsCard
from tests.gui.scenes import EMPTY, NEW_HASH, OLD, RECEIVING

pytestmark = pytest.mark.usefixtures("theme")

SIZES = st.integers(0, 2_000_000)


@st.composite
def slots(draw: st.DrawFn) -> SlotBarFacts:
    return SlotBarFacts(
        "Slot 0",
        draw(st.sampled_from(["", "1.2.3"])),
        (),
        draw(st.none() | st.integers(1, 2_000_000)),
        draw(SIZES),
        draw(SIZES),
        draw(SIZES),
        draw(SIZES),
        received=draw(st.none() | SIZES),
    )


@given(slots(), st.integers(60, 2_000))
def test_parts_fill_the_bar_without_gaps(facts: SlotBarFacts, width: int) -> None:
    parts = spans(facts, width)
    assert parts[0].left == 0
    assert parts[-1].right == pytest.approx(width)
    for one, other in pairwise(parts):
        assert one.right == other.left
    assert all(part.right > part.left for part in parts)
    arrived = received_until(facts, width)
    assert arrived is None or 0 <= arrived <= width


def test_parts_are_to_scale() -> None:
    parts = {span.part: span for span in spans(OLD, 4_800)}
    assert parts[Part.TLV].right == pytest.approx(2_143)
    assert parts[Part.TRAILER].left == pytest.approx(4_720)
    assert parts[Part.HEADER].right == pytest.approx(5.12)


def test_small_parts_stay_visible() -> None:
    parts = {span.part: span for span in spans(replace(OLD, header=32, tlv=40), 200)}
    assert parts[Part.HEADER].right - parts[Part.HEADER].left >= 5
    assert parts[Part.TLV].right - parts[Part.TLV].left >= 6


def test_image_of_unknown_size_is_not_drawn_to_a_made_up_scale() -> None:
    parts = [span.part for span in spans(SlotBarFacts("Slot 0", "1.0.0", capacity=480_000), 480)]
    assert parts == [Part.UNMEASURED]


def test_received_share_of_the_image() -> None:
    half = replace(RECEIVING, received=RECEIVING.used // 2)
    end = max(span.right for span in spans(half, 4_800) if span.part is Part.TLV)
    assert received_until(half, 4_800) == pytest.approx(end / 2, rel=1e-4)
    assert received_until(OLD, 4_800) is None


def test_every_part_has_words() -> None:
    said = describe(OLD)
    for words in ("Header: 512", "Program: 209.8", "signature (TLVs): 4", "Free", "Trailer"):
        assert words in said


def test_bar_paints_what_arrived_and_hatches_the_rest(qtbot: QtBot) -> None:
    bar = SlotBar()
    qtbot.addWidget(bar)
    bar.present(RECEIVING)
    bar.resize(480, 20)
    image = bar.grab().toImage()
    assert image.pixelColor(100, 10) == LIGHT.slot_code
    waiting = {image.pixelColor(x, 10).name() for x in range(140, 200)}
    assert LIGHT.slot_code.name() not in waiting
    assert len(waiting) > 3, "hatched"
    assert image.pixelColor(300, 10) == LIGHT.slot_free
    assert image.pixelColor(475, 10) == LIGHT.slot_trailer


def test_pointing_at_a_part_tells_what_it_is(qtbot: QtBot) -> None:
    bar = SlotBar()
    qtbot.addWidget(bar)
    bar.present(OLD)
    bar.resize(480, 20)
    bar.show()
    at = QPoint(100, 10)
    QApplication.sendEvent(bar, QHelpEvent(QEvent.Type.ToolTip, at, bar.mapToGlobal(at)))
    assert QToolTip.text().startswith("Program: 209.8")
    QToolTip.hideText()
    part = bar.part_at(400)
    assert part is not None
    assert part.part is Part.FREE


def labels(view: SlotView | SlotsCard) -> list[str]:
    return [label.text() for label in view.findChildren(QLabel) if not label.isHidden()]


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (OLD, "214.3 of 480\u202fkB"),
        (EMPTY, "0 of 480\u202fkB"),
        (RECEIVING, "131.1 of 214.9\u202fkB written"),
        (SlotBarFacts("Slot 0", "1.0.0"), "size not told"),
        (SlotBarFacts("Slot 0", "1.0.0", capacity=480_000), "size not told, slot of 480\u202fkB"),
        (replace(OLD, capacity=None), "214.3\u202fkB"),
        (SlotBarFacts("Slot 1"), "size not told"),
    ],
)
def test_size_in_words(qtbot: QtBot, facts: SlotBarFacts, words: str) -> None:
    view = SlotView()
    qtbot.addWidget(view)
    view.present(facts)
    assert words in labels(view)


def test_slot_without_an_image_is_called_empty(qtbot: QtBot) -> None:
    view = SlotView()
    qtbot.addWidget(view)
    view.present(EMPTY)
    assert "empty" in labels(view)
    view.present(OLD)
    assert "empty" not in labels(view)
    assert {"1.3.0", "running", "confirmed"} <= set(labels(view))


def test_hash_copies_itself_whole(qtbot: QtBot) -> None:
    view = SlotView()
    qtbot.addWidget(view)
    view.present(RECEIVING)
    view.show()
    (button,) = [it for it in view.findChildren(Button) if it.isVisible()]
    assert button.text() == "sha 51be 07d2 …"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == NEW_HASH
    assert button.text() == "copied"
    view.present(replace(RECEIVING, received=200_000))
    assert button.text() == "copied", "the next progress does not wipe it away"


def test_card_names_images_only_when_there_are_several(qtbot: QtBot) -> None:
    card = SlotsCard()
    qtbot.addWidget(card)
    card.present(SlotsFacts((ImageFacts("image 0", (OLD, EMPTY)),)))
    card.show()
    assert labels(card).count("image 0") == 1
    two = (ImageFacts("application", (OLD, EMPTY)), ImageFacts("network core", (OLD, EMPTY)))
    card.present(SlotsFacts(two))
    assert {"application", "network core"} <= set(labels(card))
    qtbot.waitUntil(lambda: sum(view.isVisible() for view in card.findChildren(SlotView)) == 4)


def test_progress_changes_the_same_widgets(qtbot: QtBot) -> None:
    card = SlotsCard()
    qtbot.addWidget(card)
    for received in (0, 1_000, 200_000):
        slots_now = (OLD, replace(RECEIVING, received=received))
        card.present(SlotsFacts((ImageFacts("image 0", slots_now),)))
        if not received:
            before = card.findChildren(SlotView)
    assert card.findChildren(SlotView) == before


def test_advice_takes_the_place_of_slots_and_asks_for_actions(qtbot: QtBot) -> None:
    card = SlotsCard()
    qtbot.addWidget(card)
    card.show()
    card.present(SlotsFacts((ImageFacts("image 0", (OLD,)),)))
    card.present(
        SlotsFacts(
            advice=AdviceFacts(
                "This user may not open ttyUSB0",
                "It belongs to a group.",
                ("Run this:",),
                "sudo usermod -aG dialout $USER",
                Tone.WARN,
                "lock",
                (ActionFacts("retry", "Try again"), ActionFacts("no", "Not now", enabled=False)),
            )
        )
    )
    assert not any(view.isVisible() for view in card.findChildren(SlotView))
    buttons = {b.words: b for b in card.findChildren(Button) if b.isVisible()}
    with qtbot.waitSignal(card.action_requested) as asked:
        qtbot.mouseClick(buttons["Try again"], Qt.MouseButton.LeftButton)
    assert asked.args == ["retry"]
    assert not buttons["Not now"].isEnabled()
    qtbot.mouseClick(buttons["Copy"], Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "sudo usermod -aG dialout $USER"


def test_chips_tell_their_hint_to_screen_readers(qtbot: QtBot) -> None:
    view = SlotView()
    qtbot.addWidget(view)
    view.present(replace(OLD, chips=(ChipFacts("pending", Tone.WARN, hint="Swaps next"),)))
    chip = next(c for c in view.findChildren(QLabel) if c.text() == "pending")
    assert chip.accessibleDescription() == "Swaps next"


def test_only_steps_in_an_order_are_numbered(qtbot: QtBot) -> None:
    for ordered, marks in ((True, {"1.", "2."}), (False, {"•"})):
        card = SlotsCard()
        qtbot.addWidget(card)
        card.present(
            SlotsFacts(advice=AdviceFacts("What to do", steps=("a", "b"), ordered=ordered))
        )
        assert marks <= set(labels(card))
        assert ("1." in labels(card)) is ordered
