"""The device list: groups, changes line by line, selection, filter, keys, chips."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPersistentModelIndex, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from app.facts.devices import Choice, DeviceListFacts, DeviceRow, GroupFacts, LinkKind, TallyFacts
from app.facts.words import ActionFacts, ChipFacts
from app.lib.buttons import Button
from app.lib.tone import Tone
from app.views.device_delegate import chip_rect
from app.views.device_list import DeviceList
from app.views.device_model import DeviceModel, Entry, Role, Sort, entries, spoken
from tests.gui.scenes import DEVICES, PORT, SENSOR
from tests.gui.walkers import bring_up

pytestmark = pytest.mark.usefixtures("theme")

LEFT = Qt.MouseButton.LeftButton

KEYS = st.lists(st.sampled_from("abcdefghij"), unique=True)


@pytest.fixture
def side(qtbot: QtBot) -> DeviceList:
    made = DeviceList()
    qtbot.addWidget(made)
    made.resize(272, 800)
    made.present(DEVICES)
    bring_up(made)
    return made


def place(side: DeviceList, key: str) -> QPoint:
    return side.view.visualRect(side.model.index_of(key)).center()


def lines(model: DeviceModel) -> list[str]:
    return [str(model.data(model.index(at))) for at in range(model.rowCount())]


# -- lines ----------------------------------------------------------------------------


def test_devices_are_grouped_in_a_fixed_order() -> None:
    mixed = replace(DEVICES, rows=DEVICES.rows[::-1])
    groups = [entry.words for entry in entries(mixed) if entry.sort is Sort.GROUP]
    assert groups == ["Bluetooth", "Serial", "Network", "Simulated"]
    names = [entry.words for entry in entries(mixed)]
    assert names[:3] == ["Bluetooth", "lamp-3", "sensor-7"], "within a group as given"


def test_empty_group_says_why_or_is_not_there() -> None:
    facts = DeviceListFacts(empty={LinkKind.BLUETOOTH: "Bluetooth is switched off"})
    assert [entry.words for entry in entries(facts)] == ["Bluetooth", "Bluetooth is switched off"]
    full = replace(DEVICES, empty={LinkKind.BLUETOOTH: "Bluetooth is switched off"})
    assert "Bluetooth is switched off" not in [entry.words for entry in entries(full)]


def test_group_says_what_is_wrong_with_it_and_what_goes_on() -> None:
    group = GroupFacts("paused", "Bluetooth is off. Switch it on", "The whole of it")
    facts = DeviceListFacts(groups={LinkKind.BLUETOOTH: group})
    head, note = entries(facts)
    assert (head.words, head.aside, head.hint) == ("Bluetooth", "paused", "The whole of it")
    assert (note.words, note.hint) == ("Bluetooth is off. Switch it on", "The whole of it")
    silent = replace(facts, groups={LinkKind.BLUETOOTH: GroupFacts("paused")})
    assert entries(silent) == [], "a group without anything in it is not there"


def test_minor_devices_are_hidden_until_asked_for() -> None:
    minor = tuple(replace(row, minor=row.kind is LinkKind.BLUETOOTH) for row in DEVICES.rows)
    facts = DeviceListFacts(minor, empty={LinkKind.BLUETOOTH: "None with SMP"})
    words = [entry.words for entry in entries(facts)]
    assert words[:4] == ["Bluetooth", "None with SMP", "Show 2 others", "Serial"]
    shown = [entry.words for entry in entries(replace(facts, all_shown=True))]
    assert shown[:4] == ["Bluetooth", "sensor-7", "lamp-3", "Hide 2 others"]
    assert [entry.words for entry in entries(facts, "lamp")] == ["Bluetooth", "lamp-3"]


def test_lines_to_press_keep_the_choice_of_the_device(side: DeviceList, qtbot: QtBot) -> None:
    options = (ActionFacts("a", "hci0"), ActionFacts("b", "hci1"))
    group = GroupFacts(choice=Choice("Adapter: hci0", options, "a"))
    rows = (*DEVICES.rows, DeviceRow("ble:x", LinkKind.BLUETOOTH, "phone", minor=True))
    side.present(replace(DEVICES, rows=rows, groups={LinkKind.BLUETOOTH: group}))
    side.select(SENSOR)
    at = lines(side.model).index("Show 1 other")
    place_of = side.view.visualRect(side.model.index(at)).center()
    with (
        qtbot.assertNotEmitted(side.device_selected),
        qtbot.assertNotEmitted(side.device_activated),
        qtbot.waitSignal(side.all_shown_toggled) as toggled,
    ):
        qtbot.mouseClick(side.view.viewport(), LEFT, pos=place_of)
    assert toggled.args == [True]
    assert side.selected == SENSOR
    assert side.view.selectionModel().isSelected(side.model.index_of(SENSOR))
    qtbot.keyClick(side.view, Qt.Key.Key_Up)
    assert side.view.selectionModel().isSelected(side.model.index_of("ble:C0:DE:00:00:00:09"))
    at = lines(side.model).index("Adapter: hci0")
    qtbot.mouseClick(
        side.view.viewport(), LEFT, pos=side.view.visualRect(side.model.index(at)).center()
    )
    menu = side.view.findChildren(QMenu)[0]
    assert [action.isChecked() for action in menu.actions()] == [True, False]
    with qtbot.waitSignal(side.option_chosen) as chosen:
        menu.actions()[1].trigger()
    assert chosen.args == ["b"]
    menu.close()


def test_note_can_be_copied_whole(side: DeviceList, qtbot: QtBot) -> None:
    group = GroupFacts(note="Off. Switch it on", hint="Off. It matters. Switch it on.")
    side.present(DeviceListFacts(groups={LinkKind.BLUETOOTH: group}))
    side.view.customContextMenuRequested.emit(side.view.visualRect(side.model.index(1)).center())
    menu = side.view.findChildren(QMenu)[0]
    menu.actions()[0].trigger()
    assert QGuiApplication.clipboard().text() == "Off. It matters. Switch it on."
    menu.close()


def test_filter_looks_at_names_and_addresses() -> None:
    assert [e.words for e in entries(DEVICES, "LAMP")] == ["Bluetooth", "lamp-3"]
    assert [e.words for e in entries(DEVICES, "1366 nrf")] == ["Serial", "nRF52840 DK"]
    assert [e.words for e in entries(DEVICES, "nowhere")] == ["No device matches “nowhere”"]


def test_row_is_spoken_whole() -> None:
    assert spoken(DEVICES.rows[0]) == (
        "sensor-7, Bluetooth, C0:DE:00:00:00:02, signal strong, −52\u202fdBm"
    )
    updating = replace(DEVICES.rows[0], progress=0.61, gone=True, signal=None)
    assert spoken(updating) == (
        "sensor-7, Bluetooth, C0:DE:00:00:00:02, 61\u202f%, not seen for a while"
    )


@given(st.lists(KEYS, min_size=2, max_size=6), st.data())
def test_model_becomes_any_list_by_lawful_changes(
    turns: list[list[str]], data: st.DataObject
) -> None:
    """Qt's own tester watches every signal of the model."""
    model = DeviceModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    for keys in turns:
        detail = data.draw(st.sampled_from(["near", "far"]))
        rows = tuple(
            DeviceRow(key, list(LinkKind)[ord(key) % 4], f"device {key}", detail) for key in keys
        )
        facts = DeviceListFacts(rows)
        kept = {
            entry.key: QPersistentModelIndex(model.index(at))
            for at in range(model.rowCount())
            if isinstance(entry := model.data(model.index(at), Role.ENTRY), Entry)
        }
        model.present(facts)
        for key, index in kept.items():
            entry = model.entry(index) if index.isValid() else None
            assert entry is None or entry.key == key, "whoever holds on to a line keeps it"
        expected = entries(facts)
        assert [
            model.data(model.index(at), Role.ENTRY) for at in range(model.rowCount())
        ] == expected
    assert tester.model() is model


def test_unchanged_lines_are_left_alone(qtbot: QtBot) -> None:
    model = DeviceModel()
    model.present(DEVICES)
    changed: list[int] = []
    model.dataChanged.connect(lambda first, last: changed.append(first.row()))
    with qtbot.assertNotEmitted(model.rowsInserted), qtbot.assertNotEmitted(model.rowsRemoved):
        model.present(
            replace(DEVICES, rows=(replace(DEVICES.rows[0], signal=-60), *DEVICES.rows[1:]))
        )
    assert changed == [1]


# -- selection ------------------------------------------------------------------------


def test_click_selects(side: DeviceList, qtbot: QtBot) -> None:
    with qtbot.waitSignal(side.device_selected) as chosen:
        qtbot.mouseClick(side.view.viewport(), LEFT, pos=place(side, SENSOR))
    assert chosen.args == [SENSOR]
    assert side.selected == SENSOR
    with qtbot.assertNotEmitted(side.device_selected):
        qtbot.mouseClick(side.view.viewport(), LEFT, pos=place(side, SENSOR))


def test_selecting_from_outside_is_silent(side: DeviceList, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(side.device_selected):
        side.select(PORT)
    assert side.view.currentIndex() == side.model.index_of(PORT)
    with qtbot.assertNotEmitted(side.device_selected):
        side.select("")
    assert not side.view.currentIndex().isValid()


def test_headings_cannot_be_selected(side: DeviceList, qtbot: QtBot) -> None:
    heading = side.view.visualRect(side.model.index(0)).center()
    with qtbot.assertNotEmitted(side.device_selected):
        qtbot.mouseClick(side.view.viewport(), LEFT, pos=heading)


def test_arrow_keys_skip_the_headings(side: DeviceList, qtbot: QtBot) -> None:
    side.select("ble:C0:DE:00:00:00:09")
    side.view.setFocus()
    with qtbot.waitSignal(side.device_selected) as chosen:
        qtbot.keyClick(side.view, Qt.Key.Key_Down)
    assert chosen.args == ["serial:1"]


def test_enter_and_a_click_activate(side: DeviceList, qtbot: QtBot) -> None:
    side.select(SENSOR)
    with qtbot.waitSignal(side.device_activated) as activated:
        qtbot.keyClick(side.view, Qt.Key.Key_Return)
    assert activated.args == [SENSOR]
    with qtbot.waitSignal(side.device_activated) as activated:
        qtbot.mouseClick(side.view.viewport(), LEFT, pos=place(side, PORT))
    assert activated.args == [PORT]


def test_arrow_keys_and_focus_only_show_a_device(side: DeviceList, qtbot: QtBot) -> None:
    """Going past a port with the arrow keys must not open it."""
    with qtbot.assertNotEmitted(side.device_activated):
        with qtbot.assertNotEmitted(side.device_selected):
            side.view.setFocus(Qt.FocusReason.ActiveWindowFocusReason)
        side.select(SENSOR)
        qtbot.keyClick(side.view, Qt.Key.Key_Down)


def test_selection_survives_changes_above_it(side: DeviceList, qtbot: QtBot) -> None:
    side.select("udp:192.0.2.7")
    with qtbot.assertNotEmitted(side.device_selected):
        side.present(replace(DEVICES, rows=DEVICES.rows[2:]))
        assert side.view.currentIndex() == side.model.index_of("udp:192.0.2.7")
        side.present(DEVICES)
        side.present(replace(DEVICES, rows=DEVICES.rows[::-1]))
    assert side.view.currentIndex() == side.model.index_of("udp:192.0.2.7")


def test_device_that_disappears_stays_the_chosen_one(side: DeviceList, qtbot: QtBot) -> None:
    """No other device slips into its place: an update must not go to a neighbour."""
    side.select(SENSOR)
    with qtbot.assertNotEmitted(side.device_selected):
        side.present(replace(DEVICES, rows=DEVICES.rows[1:]))
    assert side.selected == SENSOR
    assert not side.view.selectionModel().hasSelection()
    side.present(DEVICES)
    assert side.view.currentIndex() == side.model.index_of(SENSOR)


def test_filtering_keeps_the_chosen_device(side: DeviceList, qtbot: QtBot) -> None:
    side.select(SENSOR)
    with qtbot.assertNotEmitted(side.device_selected):
        qtbot.keyClicks(side.filter, "demo")
        assert lines(side.model) == ["Simulated", "demo board"]
        assert side.selected == SENSOR
        qtbot.keyClick(side.filter, Qt.Key.Key_Escape)
    assert side.filter.text() == ""
    assert side.view.currentIndex() == side.model.index_of(SENSOR)


def test_down_leads_from_the_filter_into_the_list(side: DeviceList, qtbot: QtBot) -> None:
    side.filter.setFocus()
    qtbot.keyClicks(side.filter, "lamp")
    with qtbot.waitSignal(side.device_selected) as chosen:
        qtbot.keyClick(side.filter, Qt.Key.Key_Down)
    assert chosen.args == ["ble:C0:DE:00:00:00:09"]
    assert side.focusWidget() is side.view


# -- what else can be pressed ---------------------------------------------------------


def test_pressing_the_chip_asks_for_the_fix(side: DeviceList, qtbot: QtBot) -> None:
    index = side.model.index_of(PORT)
    entry = side.model.entry(index)
    assert isinstance(entry, Entry)
    assert entry.row is not None
    chip = chip_rect(entry.row, side.view.visualRect(index)).center()
    with qtbot.waitSignals([side.chip_pressed, side.device_selected]):
        qtbot.mouseClick(side.view.viewport(), LEFT, pos=chip)
    with qtbot.assertNotEmitted(side.chip_pressed):
        qtbot.mouseClick(side.view.viewport(), LEFT, pos=place(side, PORT) - QPoint(60, 0))


def test_only_what_was_added_can_be_removed(side: DeviceList, qtbot: QtBot) -> None:
    side.select("udp:192.0.2.7")
    with qtbot.waitSignal(side.remove_requested) as removed:
        qtbot.keyClick(side.view, Qt.Key.Key_Delete)
    assert removed.args == ["udp:192.0.2.7"]
    side.select(SENSOR)
    with qtbot.assertNotEmitted(side.remove_requested):
        qtbot.keyClick(side.view, Qt.Key.Key_Delete)


def test_a_row_without_details_has_no_empty_line(side: DeviceList) -> None:
    bare = DeviceRow("serial:/tmp/tty", LinkKind.SERIAL, "/tmp/tty", note="20:18 updated to 2.0.1")
    told = replace(bare, key="serial:2", detail="ttyUSB2")
    side.present(DeviceListFacts((bare, told)))
    heights = [side.view.visualRect(side.model.index_of(row.key)).height() for row in (bare, told)]
    assert heights[0] < heights[1]
    side.present(DeviceListFacts((replace(bare, progress=0.5), told)))
    QApplication.sendPostedEvents()
    side.view.doItemsLayout()
    assert side.view.visualRect(side.model.index_of(bare.key)).height() == heights[1]


def test_a_button_forgets_the_chosen_device_if_it_was_added(side: DeviceList, qtbot: QtBot) -> None:
    (button,) = [b for b in side.findChildren(Button) if "Forget" in b.accessibleName()]
    side.select(SENSOR)
    assert not button.isVisible()
    qtbot.mouseClick(side.view.viewport(), LEFT, pos=place(side, "udp:192.0.2.7"))
    assert button.isVisible()
    assert button.accessibleName() == "Forget 192.0.2.7 (Delete)" == button.toolTip()
    button.setFocus()
    with qtbot.waitSignal(side.remove_requested) as removed:
        qtbot.keyClick(button, Qt.Key.Key_Space)
    assert removed.args == ["udp:192.0.2.7"]
    side.filter.setText("sensor")
    assert not button.isVisible(), "what is not shown is not removed"
    side.filter.clear()
    assert button.isVisible()
    rows = tuple(row for row in DEVICES.rows if not row.removable)
    side.present(replace(DEVICES, rows=rows))
    assert not button.isVisible()


def test_context_menu_copies_and_forgets(side: DeviceList, qtbot: QtBot) -> None:
    side.view.customContextMenuRequested.emit(place(side, "udp:192.0.2.7"))
    menu = side.view.findChildren(QMenu)[0]
    assert menu.isVisible()
    actions = {action.text(): action for action in menu.actions()}
    actions["Copy address"].trigger()
    assert QGuiApplication.clipboard().text() == "udp:192.0.2.7"
    with qtbot.waitSignal(side.remove_requested):
        actions["Forget this device"].trigger()
    menu.close()


def test_scanning_is_told_and_asked_for(side: DeviceList, qtbot: QtBot) -> None:
    rescan = next(b for b in side.findChildren(Button) if "Look for devices" in b.accessibleName())
    assert not rescan.isVisible(), "it scans already"
    side.present(replace(DEVICES, scanning=False))
    assert rescan.isVisible()
    with qtbot.waitSignal(side.scan_requested):
        qtbot.mouseClick(rescan, LEFT)


def test_network_device_can_be_added(side: DeviceList, qtbot: QtBot) -> None:
    add = next(b for b in side.findChildren(Button) if b.words == "Add a device…")
    with qtbot.waitSignal(side.add_network_requested):
        qtbot.mouseClick(add, LEFT)


# -- painting -------------------------------------------------------------------------


def test_states_of_a_row_look_different(side: DeviceList, qtbot: QtBot) -> None:
    row = DEVICES.rows[0]
    seen = []
    for state in (
        row,
        replace(row, gone=True),
        replace(row, signal=-81),
        replace(row, progress=0.3),
        replace(row, progress=0.6),
        replace(row, progress=0.6, progress_words="restarting"),
        replace(row, chip=ChipFacts("updated", Tone.OK)),
    ):
        side.present(DeviceListFacts((state,)))
        image = side.view.grab().toImage()
        assert image not in seen
        seen.append(image)


def test_five_hundred_devices_are_listed_and_scrolled(side: DeviceList, qtbot: QtBot) -> None:
    rows = tuple(
        DeviceRow(f"ble:{n}", LinkKind.BLUETOOTH, f"sensor {n}", f"C0:{n:04d}", -40 - n % 60)
        for n in range(500)
    )
    side.present(DeviceListFacts(rows))
    assert side.model.rowCount() == 501
    side.select("ble:499")
    qtbot.waitUntil(lambda: side.view.viewport().rect().contains(place(side, "ble:499")))
    assert side.view.horizontalScrollBar().maximum() == 0


def test_ring_shows_only_when_keys_are_used(side: DeviceList, qtbot: QtBot) -> None:
    qtbot.mouseClick(side.view.viewport(), LEFT, pos=place(side, SENSOR))
    by_mouse = side.view.grab().toImage()
    qtbot.keyClick(side.view, Qt.Key.Key_Down)
    qtbot.keyClick(side.view, Qt.Key.Key_Up)
    assert side.view.grab().toImage() != by_mouse


# -- how many are done ----------------------------------------------------------------


@pytest.mark.parametrize("failed", [False, True])
def test_the_tally_is_never_cut_off(qtbot: QtBot, failed: bool) -> None:
    # Within another widget: a window of its own gets its size from the window system, later.
    around = QWidget()
    qtbot.addWidget(around)
    around.resize(400, 800)
    side = DeviceList(around)
    around.show()
    tally = TallyFacts("11 of 18 done", "11/18", "11 of 18 done, 2 failed", failed)
    side.present(replace(DEVICES, tally=tally))
    (button,) = [b for b in side.findChildren(Button) if b.words in (tally.words, tally.short)]
    for width in (320, 272, 240, 200, 180, 272, 320):
        side.resize(width, 800)
        QApplication.processEvents()
        assert side.width() == width
        if button.isVisible():
            assert button.width() >= button.sizeHint().width(), f"at {width}: {button.words}"
            assert button.geometry().right() < width
    assert button.isVisible()
    assert button.words == tally.words, "there is room again"
    assert button.accessibleName() == tally.hint
    side.present(replace(DEVICES, tally=tally, scanning=False))
    side.resize(230, 800)
    assert button.isVisible()
    assert button.words == tally.short, "in a narrow list, while nothing is looked for"
