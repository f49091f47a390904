"""A person updates a device in the real window: clicks, drops, keys; simulated devices behind it.

Pictures of the window go to .work/artifacts.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCheckBox, QDialog, QPushButton
from pytestqt.qtbot import QtBot

from app.controllers.device import DeviceController, LinkState
from app.facts.firmware import PlanButton
from app.lib import dialog
from app.lib.question_box import QuestionBox
from app.lib.theme import Scheme, Theme
from smp.simulator import SimulatorHost, build_image, firmware_for, profile
from smp.simulator.keys import demo_key, other_key
from smp.update.recording import Account
from smp.update.verdict import Ending, Outcome
from tests.gui.stage import LONGEST, Stage, agree, until


@pytest.fixture
async def stage(theme: Theme, tmp_path: Path, qtbot: QtBot) -> Stage:
    return await Stage.open(tmp_path, qtbot)


async def with_a_plan(stage: Stage, *, link: str, size: int) -> DeviceController:
    """A device behind a link of this quality; only Update has to be pressed for so many bytes."""
    stage.begin(board="demo")
    stage.hosts["sim:board"].close()
    stage.hosts["sim:board"] = SimulatorHost(profile("demo", speed=50.0), link)
    device = stage.pick("board")
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.drop(stage.file("app.bin", build_image("1.4.2", size)))
    await until(lambda: device.plan is not None)
    stage.desk.show_now()
    return device


async def test_two_actions_reach_update_and_it_ends_in_a_proven_verdict(stage: Stage) -> None:
    stage.begin(board="demo", other="usb")
    stage.photograph("window-start")
    device = stage.pick("board")
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.photograph("window-rest")
    stage.drop(stage.file("app_1.4.2.bin", build_image("1.4.2", 120_000, key=demo_key())))
    await until(lambda: device.plan is not None)
    stage.desk.show_now()
    assert "1.4.2" in stage.said()
    stage.photograph("window-ready")
    stage.press("Update")
    await until(lambda: device.track is not None and len(device.track.times) > 3)
    stage.photograph("window-uploading")
    await until(lambda: device.track is not None and device.track.is_over)
    assert device.track is not None
    assert device.track.verdict is not None
    assert device.track.verdict.outcome is Outcome.UPDATED
    assert "Running 1.4.2, confirmed" in stage.said()
    stage.photograph("window-updated")
    assert stage.button("Update another device").isEnabled()
    assert "Runs already" not in stage.said(), "it has just been sent"
    assert stage.settings.recent[0].name == "app_1.4.2.bin"


async def test_nobody_is_shown_a_verdict_that_is_not_written_down(
    theme: Theme, tmp_path: Path, qtbot: QtBot
) -> None:
    """Also of a device that was found long after the recorder was named."""
    asked, written = asyncio.Event(), asyncio.Event()
    accounts: list[Account] = []

    async def record(account: Account) -> None:
        accounts.append(account)
        asked.set()
        await written.wait()

    stage = await Stage.open(tmp_path, qtbot, recorders=[record])
    try:
        device = await with_a_plan(stage, link="baud=0", size=9_000)
        stage.press("Update")
        await asked.wait()
        assert accounts[0].verdict.headline == "Running 1.4.2, confirmed"
        assert "Running 1.4.2, confirmed" not in stage.said()
        assert device.verdict is None
        assert not device.sheet.done
        assert not [line for line in device.journal.lines if "Verdict" in line.text]
        written.set()
        await until(lambda: device.verdict is not None)
        assert "Running 1.4.2, confirmed" in stage.said()
        assert device.verdict == accounts[0].verdict
        assert [line for line in device.journal.lines if "Verdict" in line.text]
        await device.ended()
    finally:
        written.set()
        await stage.end()


async def test_the_file_waits_for_the_device_if_it_is_dropped_first(stage: Stage) -> None:
    stage.begin(board="demo")
    stage.drop(stage.file("app.bin", build_image("1.4.2", 9_000)))
    await until(lambda: "app.bin" in stage.said())
    device = stage.pick("board")
    await until(lambda: device.plan is not None)
    stage.desk.show_now()
    assert stage.button("Update").isEnabled()


async def test_image_of_another_key_is_refused_and_the_banner_says_why(stage: Stage) -> None:
    stage.begin(board="strict-key")
    device = stage.pick("board")
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.drop(stage.file("wrong.bin", build_image("1.4.2", 9_000, key=other_key())))
    await until(lambda: device.plan is not None)
    stage.desk.show_now()
    stage.press("Update")
    await until(lambda: device.track is not None and device.track.is_over)
    said = stage.said()
    assert "Not updated: still running 1.3.0" in said
    assert "key" in said
    stage.photograph("window-refused")
    assert not stage.button("Update").isEnabled()
    assert "Choose another file first" in said


async def test_an_image_that_does_not_hold_is_not_offered_again(stage: Stage) -> None:
    stage.begin(board="ram-load")
    device = stage.pick("board")
    bad = firmware_for(profile("ram-load"), "1.5.0", 9_000, words="crash 200")
    stage.drop(stage.file("bad.bin", bad))
    await until(lambda: device.plan is not None)
    await device.update(consent=True)
    assert device.verdict is not None
    assert device.verdict.ending is Ending.NOT_HELD
    assert "Choose another file first" in stage.shown()
    assert "Runs already" not in stage.shown()
    assert not stage.button("Update").isEnabled()


async def test_crashing_image_is_rolled_back_and_said_so(stage: Stage) -> None:
    stage.begin(board="demo")
    device = stage.pick("board")
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.drop(stage.file("bad.bin", build_image("1.5.0", 9_000, words="crash 200")))
    await until(lambda: device.plan is not None)
    stage.desk.show_now()
    stage.press("Update")
    await until(lambda: device.track is not None and device.track.is_over)
    assert device.track is not None
    assert device.track.verdict is not None
    assert device.track.verdict.ending is Ending.ROLLED_BACK
    assert "did not hold" in stage.said()
    stage.photograph("window-rolled-back")


async def test_device_that_dies_in_the_upload_ends_lost(stage: Stage) -> None:
    stage.begin(board="usb")
    device = stage.pick("board")
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.drop(stage.file("app.bin", build_image("1.4.2", 300_000)))
    await until(lambda: device.plan is not None)
    stage.desk.show_now()
    stage.press("Update")
    await until(lambda: device.track is not None and device.track.upload is not None)
    stage.hosts["sim:board"].power_off()
    await until(lambda: "Connecting again" in stage.said())
    stage.photograph("window-connecting-again")
    stage.press("Cancel")
    await until(lambda: device.track is not None and device.track.is_over)
    assert "Cancelled" in stage.said()


async def test_cancel_leaves_the_old_image_and_the_next_update_resumes(stage: Stage) -> None:
    device = await with_a_plan(stage, link="baud=921600", size=150_000)
    stage.press("Update")
    await until(
        lambda: (
            device.track is not None
            and device.track.upload is not None
            and device.track.upload.offset > 20_000
        )
    )
    stage.hold("board")
    stage.desk.show_now()
    await stage.focus()
    stage.qtbot.keyClick(stage.window, Qt.Key.Key_Escape)
    await until(lambda: bool(stage.window.findChildren(QDialog)))
    box = stage.window.findChildren(QDialog)[0]
    await until(box.isVisible)
    assert device.track is not None
    assert not device.track.is_cancelling, "Escape alone must not"
    stage.press("Cancel the update", box)
    await until(lambda: device.track is not None and device.track.is_cancelling)
    stage.hold("board", is_held=False)
    await until(lambda: device.track is not None and device.track.is_over)
    assert "Cancelled; not updated: still running 1.3.0" in stage.said()
    stage.photograph("window-cancelled")
    await until(lambda: not device.is_updating)
    stage.desk.show_now()
    before = device.track
    stage.press("Try again")
    await until(lambda: device.track is not before)
    await until(lambda: device.track is not None and device.track.upload is not None)
    assert device.track is not None
    assert device.track.upload is not None
    assert device.track.upload.resumed_from > 0
    await until(lambda: device.track is not None and device.track.is_over)
    assert "Running 1.4.2, confirmed" in stage.said()


@pytest.mark.parametrize(
    ("name", "contents", "words"),
    [
        ("app.hex", b":020000040000FA\n:00000001FF\n", "Intel HEX"),
        ("zephyr.elf", b"\x7fELF" + bytes(300), "ELF"),
        ("photo.png", b"\x89PNG\r\n\x1a\n" + bytes(300), "picture"),
        ("empty.bin", b"", "empty"),
        ("cut.bin", build_image("1.0.0", 9_000)[:4_000], "cut off"),
    ],
)
async def test_wrong_file_is_named_at_once_and_nothing_can_be_started(
    stage: Stage, name: str, contents: bytes, words: str
) -> None:
    stage.begin(board="demo")
    device = stage.pick("board")
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.drop(stage.file(name, contents))
    await until(lambda: device.file is not None)
    assert words.lower() in stage.said().lower()
    shown = [b.text() for b in stage.window.findChildren(QPushButton) if b.isVisible()]
    assert "Update" not in shown
    stage.photograph(f"window-wrong-{name.rpartition('.')[2]}")


async def test_what_cannot_be_taken_back_wants_a_tick_first(stage: Stage) -> None:
    stage.begin(board="overwrite-only")
    device = stage.pick("board")
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.drop(stage.file("app.bin", build_image("1.4.2", 9_000)))
    await until(lambda: device.plan is not None)
    stage.desk.show_now()
    assert not stage.button("Update").isEnabled()
    stage.photograph("window-consent")
    (tick,) = [box for box in stage.window.findChildren(QCheckBox) if box.isVisible()]
    stage.qtbot.keyClick(tick, Qt.Key.Key_Space)
    assert stage.button("Update").isEnabled()
    stage.press("Update")
    await until(lambda: device.track is not None and device.track.is_over)
    assert "Running 1.4.2, confirmed" in stage.said()


async def test_unconfirmed_image_is_offered_a_remedy(stage: Stage) -> None:
    stage.begin(board="demo")
    device = stage.pick("board")
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.drop(stage.file("first.bin", build_image("1.4.2", 9_000)))
    await until(lambda: device.plan is not None)
    client = device._client
    assert client is not None
    assert device.file is not None
    image = device.file.images[0]
    await client.upload(image.data)
    await client.mark_for_test(image.hash)
    await client.reset()
    await device.disconnect()
    for _ in range(20):
        await until_connected(device)
        assert device.facts is not None
        assert device.facts.state is not None
        active = device.facts.state.active()
        if active is not None and active.hash == image.hash:
            break
        await device.disconnect()
    stage.drop(stage.file("second.bin", build_image("1.5.0", 9_000)))
    await until(lambda: device.plan is not None and device.plan.obstacle is not None)
    assert "is not confirmed" in stage.said()
    stage.photograph("window-not-confirmed")
    stage.press(f"Confirm {image.version}…")
    await agree(stage, "Confirm")
    await until(lambda: device.plan is not None and device.plan.obstacle is None)
    await until(lambda: device.act_done is not None)
    assert device.act_done is not None
    assert device.act_done.result.is_good
    assert device.act_done.result.headline in stage.said(), "what is true now, proven"
    assert stage.button("Update").isEnabled(), "at once"
    stage.press("Update")
    await until(lambda: device.verdict is not None)
    assert device.verdict is not None
    assert device.verdict.is_good


async def test_closing_while_a_device_is_written_asks_first(stage: Stage) -> None:
    device = await with_a_plan(stage, link="baud=57600", size=150_000)
    stage.press("Update")
    await until(lambda: device.track is not None and device.track.upload is not None)
    stage.window.close()
    await until(lambda: bool(stage.window.findChildren(QDialog)))
    box = stage.window.findChildren(QDialog)[0]
    await until(box.isVisible)
    stage.press("Go on updating", box)
    await until(lambda: not stage.window.findChildren(QDialog))
    assert device.is_updating
    assert stage.window.isVisible()
    stage.window.close()
    await until(lambda: bool(stage.window.findChildren(QDialog)))
    stage.press("Cancel the update and close", stage.window.findChildren(QDialog)[0])
    await asyncio.wait_for(stage.desk.closed.wait(), LONGEST)
    assert not stage.window.isVisible()
    assert device.track is not None
    assert device.track.verdict is not None
    assert device.track.verdict.ending is Ending.CANCELLED


@pytest.mark.parametrize("asked", [False, True])
async def test_who_ends_the_program_from_outside_is_not_asked(stage: Stage, asked: bool) -> None:
    device = await with_a_plan(stage, link="baud=57600", size=150_000)
    stage.press("Update")
    await until(lambda: device.track is not None and device.track.upload is not None)
    if asked:
        stage.window.close()
        await until(lambda: bool(stage.window.findChildren(QDialog)))
    stage.desk.end()
    await asyncio.wait_for(stage.desk.closed.wait(), LONGEST)
    assert not stage.window.isVisible()
    assert device.track is not None
    assert device.track.verdict is not None
    assert device.track.verdict.ending is Ending.CANCELLED


@pytest.mark.parametrize("question", ["close", "cancel"])
async def test_a_question_about_an_update_goes_away_with_it(stage: Stage, question: str) -> None:
    device = await with_a_plan(stage, link="baud=230400", size=40_000)
    await stage.focus()
    stage.press("Update")
    await until(lambda: device.is_updating)
    stage.hold("board")
    if question == "close":
        stage.window.close()
    else:
        stage.qtbot.keyClick(stage.window, Qt.Key.Key_Escape)
    await until(lambda: bool(stage.window.findChildren(QDialog)))
    assert device.is_updating
    stage.hold("board", is_held=False)
    await until(lambda: device.track is not None and device.track.is_over)
    await until(lambda: not stage.window.findChildren(QDialog))
    assert stage.window.isVisible()
    assert "Running 1.4.2, confirmed" in stage.said()


async def test_the_keyboard_alone_is_enough(stage: Stage) -> None:
    stage.begin(board="demo")
    window, view = stage.window, stage.window.devices.view
    await stage.focus()
    view.setFocus(Qt.FocusReason.TabFocusReason)
    for _ in range(8):
        if stage.desk.fleet.chosen is not None and stage.desk.fleet.chosen.key == "sim:board":
            break
        stage.qtbot.keyClick(view, Qt.Key.Key_Down)
        await asyncio.sleep(0)
    device = stage.desk.fleet.devices["sim:board"]
    assert device.link is LinkState.OFF, "the arrow keys must not connect"
    stage.qtbot.keyClick(view, Qt.Key.Key_Return)
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.desk.open_file(stage.file("app.bin", build_image("1.4.2", 9_000)))
    await until(lambda: device.plan is not None)
    stage.desk.show_now()
    await stage.focus()
    stage.qtbot.keyClick(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    await until(lambda: device.is_updating)
    await until(lambda: device.track is not None and device.track.is_over)
    assert "Running 1.4.2, confirmed" in stage.said()


async def test_a_device_that_falls_silent_is_said_to(stage: Stage) -> None:
    stage.begin(board="demo")
    device = stage.pick("board")
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.drop(stage.file("app.bin", build_image("1.4.2", 400_000)))
    await until(lambda: device.plan is not None)
    stage.desk.show_now()
    stage.press("Update")
    await until(lambda: device.track is not None and device.track.upload is not None)
    stage.hosts["sim:board"].power_off()
    await until(lambda: "No answer for" in stage.said())
    figures = stage.window.run.figures
    await until(lambda: "0.0 kB/s" in figures.accessibleName())
    assert "s left" not in figures.accessibleName()
    stage.photograph("window-silent")
    stage.hosts["sim:board"].power_on()
    await until(lambda: "from the beginning, 2nd time" in stage.said())
    await until(lambda: device.track is not None and device.track.is_over)
    assert "Running 1.4.2, confirmed" in stage.said()
    told = stage.window.run.graph.accessibleDescription()
    assert "no answer for" in told
    assert "2nd beginning" in told
    await until(lambda: not device.is_updating)
    assert device.facts is not None
    address, facts = device.found.address, device.facts
    await until(lambda: stage.desk.experiences.of(address, facts).restart is not None)
    assert device.experience(address, facts).restart is not None, "the next plan is told of it"


async def test_two_devices_are_updated_at_the_same_time(stage: Stage) -> None:
    stage.begin(one="demo", two="demo")
    file = stage.file("app.bin", build_image("1.4.2", 60_000))
    devices = []
    for name in ("one", "two"):
        device = stage.pick(name)
        await until(lambda device=device: device.link is LinkState.CONNECTED)  # type: ignore[misc]
        if not devices:
            stage.drop(file)  # it also goes to the next device
        await until(lambda device=device: device.plan is not None)  # type: ignore[misc]
        await stage.offered("Update")
        await until(lambda: stage.button("Update").isEnabled())
        stage.press("Update")
        await until(lambda device=device: device.is_updating)  # type: ignore[misc]
        devices.append(device)
    assert len(stage.desk.fleet.updating) == 2
    for device in devices:
        await until(lambda device=device: device.track is not None and device.track.is_over)  # type: ignore[misc]
        assert device.track is not None
        assert device.track.verdict is not None
        assert device.track.verdict.outcome is Outcome.UPDATED


async def test_packets_are_written_down_only_while_they_are_wanted(stage: Stage) -> None:
    stage.begin(board="demo")
    device = stage.pick("board")
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.press("Log")
    stage.desk.show_now()
    assert "image state" not in stage.window.log.text()
    await until(lambda: not stage.button("Packets").visibleRegion().isEmpty())
    stage.press("Packets")
    await device.disconnect()
    await until_connected(device)
    stage.desk.show_now()
    assert "image state" in stage.window.log.text()


async def test_dark_looks_right_too(stage: Stage, theme: Theme) -> None:
    theme.force(Scheme.DARK)
    stage.begin(board="demo")
    device = stage.pick("board")
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.drop(stage.file("app.bin", build_image("1.4.2", 60_000, key=demo_key())))
    await until(lambda: device.plan is not None)
    stage.desk.show_now()
    stage.press("Update")
    await until(lambda: device.track is not None and device.track.is_over)
    stage.photograph("window-updated-dark")
    assert stage.window.firmware.plan._facts.button is PlanButton.ANOTHER


async def until_connected(device: DeviceController) -> None:
    for _ in range(20):
        await device.connect()
        if device.link is LinkState.CONNECTED:
            return
    raise AssertionError(f"not connected: {device.problem}")


async def test_a_saved_report_says_where_it_is(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.begin(board="demo")
    device = stage.pick("board")
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.drop(stage.file("app.bin", build_image("1.4.2", 9_000)))
    await until(lambda: device.plan is not None)
    stage.desk.show_now()
    stage.press("Update")
    await until(lambda: device.track is not None and device.track.is_over)
    stage.desk.show_now()
    folder = stage.folder / "reports"
    folder.mkdir()
    proposed: list[Path] = []

    async def choose(_: object, title: str, filters: object, proposal: Path, suffix: str) -> Path:
        proposed.append(proposal)
        return folder / proposal.name

    monkeypatch.setattr(dialog, "choose_target", choose)
    for _ in range(2):
        stage.press("Save report")
        await until(lambda: bool(stage.window.findChildren(QuestionBox)))
        (box,) = stage.window.findChildren(QuestionBox)
        stage.press("Copy the path", box)
        await until(lambda: not stage.window.findChildren(QuestionBox))
    first = folder / proposed[0].name
    assert QGuiApplication.clipboard().text() == str(first.with_stem(first.stem + "-2"))
    assert sorted(path.suffix for path in folder.iterdir()) == [".json", ".json", ".txt", ".txt"]
    assert "Running 1.4.2, confirmed" in first.read_text("utf-8")
    log = stage.window.log.text()
    assert "The update begins: app.bin" in log
    assert "Verdict after" in log
