"""Bluetooth in the real window: the list, an update that moves, pairing, a radio that fails.

The air is made up (`tests.helpers.fake_air`), the engine and the window are real. Pictures go to
.work/artifacts.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QMenu
from pytestqt.qtbot import QtBot

from app.controllers.device import DeviceController, LinkState
from app.lib.theme import Scheme, Theme
from app.views.device_model import Entry, Role
from app.views.pairing_dialog import PairingDialog
from smp.client import Client
from smp.simulator import Loader, build_image
from smp.simulator.keys import demo_key
from smp.transport.ble import BleTransport
from smp.update.acts.acting import Acting
from smp.update.acts.kinds import Act, ActKind
from smp.update.verdict import Ending, Outcome
from tests.gui.stage import ARTIFACTS, LONGEST, Stage, until
from tests.helpers.fake_air import PASSKEY, Adapter, Air, Pairing, forbidden, install, no_bus


@pytest.fixture
def air(monkeypatch: pytest.MonkeyPatch) -> Iterator[Air]:
    """Made up, and in a hurry: the engine's patience with real radios is cut short, but not so much
    that a busy processor makes devices fade."""
    made = install(monkeypatch)
    for name, seconds in (("FADES_AFTER", 2.0), ("GONE_AFTER", 5.0), ("RETRY", 0.3), ("STALE", 3)):
        monkeypatch.setattr(f"smp.bluetooth.radio.{name}", seconds)
    monkeypatch.setattr("smp.bluetooth.finder._PATIENCE", 0.5)
    monkeypatch.setattr("smp.discovery._AIR_INTERVAL", 0.05)
    yield made
    assert not made.is_scanning, "closing the window stops listening"
    made.close()


@pytest.fixture
async def stage(theme: Theme, tmp_path: Path, qtbot: QtBot, air: Air) -> Stage:
    return await Stage.open(tmp_path, qtbot)


async def heard(stage: Stage, *names: str) -> None:
    await until(lambda: set(names) <= set(stage.lines()))


def row(stage: Stage, name: str) -> Entry:
    model = stage.window.devices.model
    stage.desk.show_now()
    entry = model.data(model.index(stage.lines().index(name)), Role.ENTRY)
    assert isinstance(entry, Entry)
    return entry


def said_of_bluetooth(stage: Stage) -> str:
    """The group's heading with what stands beside it."""
    return f"{row(stage, 'Bluetooth').words} {row(stage, 'Bluetooth').aside}".strip()


async def ready(stage: Stage, name: str, size: int = 60_000) -> DeviceController:
    """Picked and dropped: only Update is left to press."""
    await heard(stage, name)
    device = stage.pick(name)
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.drop(stage.file("app_1.4.2.bin", build_image("1.4.2", size, key=demo_key())))
    await until(lambda: device.plan is not None)
    stage.desk.show_now()
    return device


async def test_a_firmware_loader_is_named_by_its_device_and_proves_its_application(
    stage: Stage, air: Air
) -> None:
    """Another program has left it there, and its own address and name are all that is heard."""
    small = {"slot_size": 96 * 1024, "image_size": 20_000}
    sensor = air.add("sensor", kind="loader-radio", loader=Loader(is_elsewhere=True), **small)
    home = sensor.address
    other = Client(stage.desk.loaders.tell(BleTransport(home)))
    assert (await Acting(other, Act(ActKind.RECOVERY), consent=True).run()).is_good
    await other.disconnect()
    name = sensor.name
    assert name.startswith("FW-")
    stage.listen()
    await heard(stage, name)
    shown = row(stage, name).row
    assert shown is not None
    assert shown.detail == "Firmware loader of sensor"
    device = await ready(stage, name, size=15_000)
    (tick,) = [box for box in stage.window.findChildren(QCheckBox) if box.isVisible()]
    stage.qtbot.keyClick(tick, Qt.Key.Key_Space)
    stage.press("Update")
    await until(lambda: device.verdict is not None)
    assert device.verdict is not None
    assert device.verdict.ending is Ending.STARTED
    await until(lambda: device.found.address.target == home)
    await until(lambda: "sensor" in stage.lines() and name not in stage.lines())
    stage.photograph("bluetooth-loader")


# -- the list ---------------------------------------------------------------------------------


async def test_devices_come_with_signal_fade_and_go(stage: Stage, air: Air) -> None:
    sensor = air.add("sensor-7", rssi=-52)
    air.add("lamp-3", rssi=-84)
    stage.listen()
    await heard(stage, "sensor-7", "lamp-3")
    assert row(stage, "sensor-7").row is not None
    shown = row(stage, "sensor-7").row
    assert shown is not None
    assert (shown.signal, shown.detail, shown.gone) == (-52, sensor.address, False)
    stage.photograph("bluetooth-list")
    sensor.rssi = -90
    await until(lambda: (r := row(stage, "sensor-7").row) is not None and r.signal == -90)
    sensor.switch_off()
    await until(lambda: (r := row(stage, "sensor-7").row) is not None and r.gone)
    await until(lambda: "sensor-7" not in stage.lines())
    assert "lamp-3" in stage.lines()


async def test_devices_without_smp_wait_behind_a_line(stage: Stage, air: Air) -> None:
    air.add("sensor-7")
    for number in range(3):
        air.add(f"phone-{number}", has_smp=False, rssi=-70)
    stage.listen()
    await heard(stage, "sensor-7", "Show 3 others")
    assert "phone-1" not in stage.lines()
    stage.press_line("Show 3 others")
    await heard(stage, "phone-0", "phone-1", "phone-2", "Hide 3 others")
    stage.photograph("bluetooth-others")
    assert stage.settings.all_shown
    stage.press_line("Hide 3 others")
    await until(lambda: "phone-1" not in stage.lines())
    assert not stage.settings.all_shown
    stage.qtbot.keyClicks(stage.window.devices.filter, "phone-1")
    assert "phone-1" in stage.lines(), "who is asked for by name is shown"


async def test_others_can_be_shown_and_chosen_by_keys_alone(stage: Stage, air: Air) -> None:
    air.add("phone", has_smp=False)
    air.add("odd", has_smp=False)
    stage.listen()
    await heard(stage, "Show 2 others")
    await stage.focus()
    view = stage.window.devices.view
    view.setFocus(Qt.FocusReason.TabFocusReason)
    lines = stage.window.devices.model
    for _ in range(10):
        if lines.data(view.currentIndex()) == "Show 2 others":
            break
        stage.qtbot.keyClick(view, Qt.Key.Key_Up)
    stage.qtbot.keyClick(view, Qt.Key.Key_Return)
    await heard(stage, "odd", "Hide 2 others")
    assert lines.data(view.currentIndex()) == "Hide 2 others", "the keyboard stays where it was"
    stage.qtbot.keyClick(view, Qt.Key.Key_Up)
    stage.qtbot.keyClick(view, Qt.Key.Key_Return)
    device = stage.device("odd")
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.press_line("Hide 1 other")
    await heard(stage, "Show 1 other")
    assert "odd" in stage.lines(), "a device that is connected is not hidden"


async def test_two_devices_of_one_name_are_two_rows(stage: Stage, air: Air) -> None:
    one, two = air.add("sensor-7"), air.add("sensor-7")
    stage.listen()
    await until(lambda: stage.lines().count("sensor-7") == 2)
    devices = [d for d in stage.desk.fleet.devices.values() if d.name == "sensor-7"]
    assert {device.found.subtitle for device in devices} == {one.address, two.address}
    second = next(d for d in devices if d.found.subtitle == two.address)
    await stage.desk.fleet.choose(second.key)
    assert second.link is LinkState.CONNECTED
    assert two.is_connected
    assert not one.is_connected


async def test_connected_device_stays_in_the_list_though_it_is_silent(
    stage: Stage, air: Air
) -> None:
    sensor = air.add("sensor-7")
    air.add("lamp-3")
    stage.listen()
    await heard(stage, "sensor-7")
    device = stage.pick("sensor-7")
    await until(lambda: device.link is LinkState.CONNECTED)
    found = stage.desk.fleet.discovery
    await until(lambda: device.key not in {each.key for each in found.devices})
    shown = row(stage, "sensor-7").row
    assert shown is not None
    assert (shown.gone, shown.signal) == (False, -52)
    stage.desk.show_now()
    chip = stage.desk.window.header.findChildren(type(stage.window.header._state))[0]
    assert chip.facts.words == "Bluetooth"
    for words in (sensor.address, "MTU: 498", "−52\u202fdBm"):
        assert words in chip.facts.hint
    await device.disconnect()
    await until(lambda: device.key in {each.key for each in found.devices})


async def test_lost_device_is_connected_again_when_it_is_heard_again(
    stage: Stage, air: Air
) -> None:
    sensor = air.add("sensor-7")
    stage.listen()
    await heard(stage, "sensor-7")
    device = stage.pick("sensor-7")
    await until(lambda: device.link is LinkState.CONNECTED)
    sensor.switch_off()
    await until(lambda: device.link is LinkState.FAILED)
    assert "dropped" in stage.said()
    assert sensor.connections == 1
    await until(lambda: (r := row(stage, "sensor-7").row) is not None and r.gone)
    sensor.switch_on()
    await until(lambda: device.link is LinkState.CONNECTED)
    assert sensor.connections == 2


# -- what is wrong with the radio ------------------------------------------------------------------


async def test_adapter_switched_off_and_on_is_told_in_the_group(stage: Stage, air: Air) -> None:
    air.add("sensor-7")
    stage.listen()
    await heard(stage, "sensor-7")
    air.switch_off()
    await until(lambda: any(line.startswith("Bluetooth is switched off") for line in stage.lines()))
    assert "sensor-7" not in stage.lines()
    note = next(line for line in stage.lines() if line.startswith("Bluetooth is switched off"))
    assert "Switch it on in the system's settings" in note
    assert "Serial ports and the network go on working" in row(stage, note).hint
    await until(lambda: "rfkill unblock" in stage.said())
    stage.photograph("bluetooth-off")
    air.switch_on()
    await heard(stage, "sensor-7")
    assert not any(line.startswith("Bluetooth is switched off") for line in stage.lines())


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (no_bus(), "Bluetooth is not available"),
        (None, "This computer has no Bluetooth adapter"),
    ],
)
async def test_computer_without_bluetooth_says_so_in_one_line(
    stage: Stage, air: Air, trouble: BaseException | None, words: str
) -> None:
    air.trouble = trouble
    air.unplug()
    stage.begin(board="demo")
    stage.desk.tasks.start(stage.desk.bluetooth.listen())
    await heard(stage, "Bluetooth", words)
    said = stage.said()
    assert words not in said, "nothing of it on the page"
    device = stage.pick("board")
    await until(lambda: device.link is LinkState.CONNECTED)


async def test_missing_permission_says_what_to_do_where_one_looks(stage: Stage, air: Air) -> None:
    air.trouble = forbidden()
    stage.listen()
    await until(lambda: any(line.startswith("This program may not") for line in stage.lines()))
    note = next(line for line in stage.lines() if line.startswith("This program may not"))
    assert "usermod -aG bluetooth" in note
    await until(lambda: "usermod -aG bluetooth" in stage.said())  # the page, while it is empty
    stage.photograph("bluetooth-forbidden")


async def test_one_of_several_adapters_is_chosen_and_remembered(stage: Stage, air: Air) -> None:
    air.adapters.append(Adapter("hci1", address="00:1A:7D:DA:71:14"))
    air.add("sensor-7")
    stage.listen()
    await heard(stage, "sensor-7", "Adapter: as the system chooses")
    stage.press_line("Adapter: as the system chooses")
    menu = stage.window.devices.view.findChildren(QMenu)[0]
    await until(menu.isVisible)
    stage.photograph("bluetooth-adapters")
    words = [action.text() for action in menu.actions()]
    assert words[1:] == ["hci0 · 00:1A:7D:DA:71:13", "hci1 · 00:1A:7D:DA:71:14"]
    menu.actions()[2].trigger()
    menu.close()
    await heard(stage, "Adapter: hci1")
    assert stage.settings.adapter == "hci1"
    await until(lambda: any("adapter=hci1" in key for key in stage.desk.fleet.devices))
    device = stage.pick("sensor-7")
    await until(lambda: device.link is LinkState.CONNECTED)
    assert device.found.address.options == {"adapter": "hci1"}
    await device.disconnect()
    del air.adapters[1]
    await until(lambda: any("There is no Bluetooth adapter hci1" in x for x in stage.lines()))
    assert "Adapter: hci1" in stage.lines(), "or nobody could choose another one"


async def test_one_adapter_is_no_choice_until_another_is_plugged_in(stage: Stage, air: Air) -> None:
    air.add("sensor-7")
    stage.listen()
    await heard(stage, "sensor-7")
    await stage.desk.bluetooth.count_adapters()
    assert not any(line.startswith("Adapter") for line in stage.lines())
    air.adapters.append(Adapter("hci1", address="00:1A:7D:DA:71:14"))
    await heard(stage, "Adapter: as the system chooses")
    del air.adapters[1]
    await until(lambda: not any(line.startswith("Adapter") for line in stage.lines()))


# -- the update -----------------------------------------------------------------------------------


async def test_update_over_the_air_with_another_address_after_the_restart(
    stage: Stage, air: Air
) -> None:
    sensor = air.add("sensor-7", link="rate=20kB/s")
    air.add("lamp-3")
    sensor.moves = True
    before = sensor.address
    stage.listen()
    device = await ready(stage, "sensor-7")
    rows: set[int] = set()
    stage.desk.fleet.changed.listen(lambda: rows.add(stage.lines().count("sensor-7")))
    stage.press("Update")
    await until(lambda: device.track is not None and len(device.track.times) > 1)
    paused = "Bluetooth Paused during the update"
    await until(lambda: said_of_bluetooth(stage) == paused and not air.is_scanning)
    stage.photograph("bluetooth-uploading")
    await until(lambda: device.track is not None and device.track.is_over)
    assert device.track is not None
    assert device.track.verdict is not None
    assert device.track.verdict.outcome is Outcome.UPDATED
    await until(lambda: not device.is_updating)
    await until(lambda: "Running 1.4.2, confirmed" in stage.said())
    stage.photograph("bluetooth-updated")
    assert rows == {1}, "it was one row all the time"
    assert sensor.address != before
    assert device.key == f"ble:{sensor.address}"
    assert row(stage, "sensor-7").row is not None
    assert stage.desk.fleet.chosen is device
    assert stage.window.devices.selected == device.key
    await until(lambda: said_of_bluetooth(stage) == "Bluetooth")
    await until(lambda: stage.desk.packet_sizes.of(device.found.address) == 2475)


async def test_new_name_and_address_of_a_chosen_device_are_the_same_row(
    stage: Stage, air: Air
) -> None:
    """It restarts by itself: nothing is updated."""
    sensor = air.add("sensor-7")
    sensor.moves = True
    stage.listen()
    await heard(stage, "sensor-7")
    device = stage.pick("sensor-7")
    await until(lambda: device.link is LinkState.CONNECTED)
    sensor.reset()
    await until(lambda: device.link is not LinkState.CONNECTED)
    await until(lambda: device.link is LinkState.CONNECTED)
    assert device.key == f"ble:{sensor.address}"
    assert stage.lines().count("sensor-7") == 1


async def test_other_device_in_the_place_of_a_lost_one_is_another_row(
    stage: Stage, air: Air
) -> None:
    sensor = air.add("sensor-7")
    stage.listen()
    await heard(stage, "sensor-7")
    device = stage.pick("sensor-7")
    await until(lambda: device.link is LinkState.CONNECTED)
    before = device.key
    sensor.switch_off()
    await until(lambda: device.link is LinkState.FAILED)
    other = air.add("sensor-7", version="9.9.9", image_size=30_000)
    await until(lambda: stage.lines().count("sensor-7") == 2)
    assert device.key == before
    await until(lambda: "has not come back" in stage.said())
    await until(lambda: not other.is_connected)


# -- pairing --------------------------------------------------------------------------------------


async def wants_pairing(stage: Stage, name: str) -> DeviceController:
    await heard(stage, name)
    device = stage.pick(name)
    await until(lambda: device.wants_pairing and device.link is LinkState.FAILED)
    await stage.offered("Pair…")
    return device


async def pairing(stage: Stage, part: str) -> PairingDialog:
    """Press Pair…, and wait for the part of the dialog: "digits" to read, a "field" to fill."""
    await stage.offered("Pair…")
    stage.press("Pair…")
    await until(lambda: bool(stage.window.findChildren(PairingDialog)))
    dialog = stage.window.findChildren(PairingDialog)[0]
    await until(getattr(dialog, part).isVisible)
    return dialog


async def test_digits_of_the_device_are_entered_and_it_is_connected(stage: Stage, air: Air) -> None:
    sensor = air.add("sensor-7")
    sensor.pairing = Pairing.ENTER
    stage.listen()
    device = await wants_pairing(stage, "sensor-7")
    assert "sensor-7 wants to be paired first" in stage.said()
    stage.photograph("pairing-advice")
    dialog = await pairing(stage, "field")
    stage.qtbot.keyClicks(dialog.field, "12345")
    assert not dialog.yes.isEnabled()
    stage.qtbot.keyClicks(dialog.field, "6")
    assert dialog.grab().save(str(_picture("pairing-enter")))
    stage.qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    await until(lambda: device.link is LinkState.CONNECTED)
    assert sensor.knows_us
    assert not device.wants_pairing
    await until(lambda: not stage.window.findChildren(PairingDialog))


async def test_digits_that_differ_are_refused_and_nothing_is_paired(stage: Stage, air: Air) -> None:
    sensor = air.add("sensor-7")
    sensor.pairing = Pairing.COMPARE
    stage.listen()
    device = await wants_pairing(stage, "sensor-7")
    dialog = await pairing(stage, "digits")
    assert dialog.digits.text().replace("\u202f", "") == str(PASSKEY)
    assert dialog.grab().save(str(_picture("pairing-compare")))
    stage.qtbot.keyClick(dialog, Qt.Key.Key_Return)
    await until(lambda: device.link is not LinkState.PAIRING)
    assert not sensor.bonded, "Enter alone must not say that they are the same"
    assert "wants to be paired first" in stage.said(), "giving up leaves all as it was"
    await until(lambda: not stage.window.findChildren(PairingDialog))
    dialog = await pairing(stage, "digits")
    stage.press("They are the same", dialog)
    await until(lambda: device.link is LinkState.CONNECTED)


async def test_digits_to_be_entered_on_the_device_can_be_cancelled(stage: Stage, air: Air) -> None:
    sensor = air.add("sensor-7")
    sensor.pairing = Pairing.SHOW
    stage.listen()
    device = await wants_pairing(stage, "sensor-7")
    dialog = await pairing(stage, "digits")
    assert dialog.grab().save(str(_picture("pairing-show")))
    stage.qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    await until(lambda: device.link is not LinkState.PAIRING)
    sensor.type(0)
    await until(lambda: not stage.window.findChildren(PairingDialog))
    dialog = await pairing(stage, "digits")
    sensor.type(PASSKEY)
    await until(lambda: device.link is LinkState.CONNECTED)


async def test_failed_pairing_says_why_and_can_be_tried_again(stage: Stage, air: Air) -> None:
    sensor = air.add("sensor-7")
    sensor.pairing = Pairing.IMPOSSIBLE
    stage.listen()
    device = await wants_pairing(stage, "sensor-7")
    stage.press("Pair…")
    await until(lambda: device.link is LinkState.FAILED and device.problem is not None)
    await until(lambda: "Pairing with sensor-7 failed" in stage.said())
    await stage.offered("Pair…")
    stage.photograph("pairing-failed")
    sensor.pairing = Pairing.ENTER
    await pairing(stage, "field")
    sensor.give_up()
    await until(lambda: not stage.window.findChildren(PairingDialog))
    await until(lambda: "Bring the device into its pairing mode" in stage.said())
    assert "Pairing with sensor-7 failed" in stage.said()


async def test_list_and_pairing_in_the_dark(stage: Stage, air: Air, theme: Theme) -> None:
    theme.force(Scheme.DARK)
    for name, rssi in (("sensor-7", -52), ("lamp-3", -70), ("gate", -85), ("far", -95)):
        air.add(name, rssi=rssi).pairing = Pairing.COMPARE
    air.add("phone", has_smp=False)
    stage.listen()
    await wants_pairing(stage, "sensor-7")
    stage.photograph("bluetooth-dark")
    dialog = await pairing(stage, "digits")
    assert dialog.grab().save(str(_picture("pairing-dark")))
    dialog.reject()
    await until(lambda: not stage.window.findChildren(PairingDialog))


# -- start and end --------------------------------------------------------------------------------


async def test_closing_the_window_while_it_pairs_leaves_nothing_behind(
    stage: Stage, air: Air
) -> None:
    sensor = air.add("sensor-7")
    sensor.pairing = Pairing.SHOW
    stage.listen()
    await wants_pairing(stage, "sensor-7")
    await pairing(stage, "digits")
    stage.window.close()
    await asyncio.wait_for(stage.desk.closed.wait(), LONGEST)
    assert not air.is_scanning
    assert not sensor.is_connected
    sensor.type(0)
    await until(lambda: len(asyncio.all_tasks()) == 1)  # nothing but this test


async def test_closing_while_it_connects_leaves_nothing_behind(stage: Stage, air: Air) -> None:
    sensor = air.add("sensor-7")
    stage.listen()
    await heard(stage, "sensor-7")
    air.connect_time = 5.0
    device = stage.pick("sensor-7")
    await until(lambda: device.link is LinkState.CONNECTING)
    stage.window.close()
    await asyncio.wait_for(stage.desk.closed.wait(), LONGEST)
    assert not air.is_scanning
    assert not sensor.is_connected


def test_the_window_opens_without_bluetooths_libraries() -> None:
    """They load when it is there already."""
    code = (
        "import sys, app.desk, app.views.main_window; "
        "sys.exit(' '.join(m for m in ('bleak', 'dbus_fast') if m in sys.modules) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def _picture(name: str) -> Path:
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    return ARTIFACTS / f"{name}.png"
