"""What is armed is what is shown: files that are refused, cannot be read, change, or vanish."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.controllers import file_watch
from app.controllers.device import DeviceController, LinkState
from app.facts.firmware import PlanButton
from app.lib.theme import Theme
from smp.image import FirmwareFile, read_firmware
from smp.simulator import SimulatorHost, build_image, profile
from tests.gui.stage import Stage, until


@pytest.fixture
async def stage(
    theme: Theme, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> Stage:
    monkeypatch.setattr(file_watch, "EVERY", 0.02)
    return await Stage.open(tmp_path, qtbot)


async def armed(stage: Stage, *, link: str = "") -> tuple[DeviceController, Path]:
    """A device, and a file that only wants Update to be pressed."""
    stage.begin(board="demo")
    if link:
        stage.hosts["sim:board"].close()
        stage.hosts["sim:board"] = SimulatorHost(profile("demo", speed=50.0), link)
    device = stage.pick("board")
    await until(lambda: device.link is LinkState.CONNECTED)
    path = stage.file("app.bin", build_image("1.4.2", 60_000))
    stage.drop(path)
    await until(lambda: device.plan is not None)
    assert can_start(stage)
    return device, path


def can_start(stage: Stage) -> bool:
    """There is a button that starts an update, and it works; nor do the keys start one."""
    stage.desk.show_now()
    plan = stage.window.firmware.plan
    works = [
        button.isEnabled()
        for words in ("Update", "Try again")
        for button in plan.findChildren(QPushButton)
        if button.isVisible() and button.text() == words
    ]
    return any(works)


async def press_update_keys(stage: Stage) -> None:
    await stage.focus()
    stage.qtbot.keyClick(stage.window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    await asyncio.sleep(0)


@pytest.mark.parametrize("has_file", [True, False])
async def test_a_file_that_cannot_be_read_disarms_the_one_before(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, has_file: bool
) -> None:
    if has_file:
        device, _ = await armed(stage)
    else:
        stage.begin(board="demo")
        device = stage.pick("board")
        await until(lambda: device.link is LinkState.CONNECTED)
    monkeypatch.setattr("smp.image.file.LARGEST_FILE", 100_000)
    stage.drop(stage.file("large.bin", bytes(200_000)))
    await until(lambda: "large.bin is far too large" in stage.said())
    stage.photograph(f"window-unreadable-{has_file}")
    assert "app.bin" not in stage.shown()
    assert not can_start(stage)
    await press_update_keys(stage)
    assert not device.is_updating
    assert "large.bin is far too large" in stage.said(), "it does not go away by itself"


async def test_a_file_nobody_may_read_is_named_with_the_reason(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await armed(stage)
    secret = stage.file("secret.bin", build_image("1.5.0", 9_000))
    opened = Path.open

    def guarded(path: Path, *args: str, **options: str) -> object:
        if path == secret:
            raise PermissionError(13, "Permission denied")
        return opened(path, *args, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", guarded)
    stage.drop(secret)
    await until(lambda: "secret.bin cannot be opened" in stage.said())
    assert not can_start(stage)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("two", "One file at a time: these are 2"),
        ("address", "not a file on this computer"),
        ("vanished", "There is no file"),
        ("folder", "is a folder"),
    ],
)
async def test_a_refused_drop_leaves_the_old_file_named_and_says_why(
    stage: Stage, kind: str, words: str
) -> None:
    device, path = await armed(stage)
    match kind:
        case "two":
            stage.drop(path, path)
        case "address":
            stage.drop("https://example.com/other.bin")
        case "vanished":
            stage.drop(path.parent / "vanished.bin")
        case _:
            (path.parent / "build").mkdir()
            stage.drop(path.parent / "build")
    await until(lambda: words in stage.said())
    for _ in range(3):
        stage.desk.show_now()
    assert words in stage.said(), "it stays while the window is shown anew"
    assert "app.bin" in stage.said()
    stage.photograph(f"window-refused-drop-{kind}")
    assert can_start(stage)
    stage.press("Update")
    await until(lambda: device.track is not None and device.track.is_over)
    assert "Running 1.4.2, confirmed" in stage.said()


async def test_a_file_that_is_built_again_is_not_sent_before_it_is_read_again(stage: Stage) -> None:
    device, path = await armed(stage)
    path.write_bytes(build_image("1.5.0", 60_000))
    await until(lambda: "Changed on disk at" in stage.said())
    stage.photograph("window-file-changed")
    assert not can_start(stage)
    await press_update_keys(stage)
    assert not device.is_updating
    stage.press("Read it again")
    await until(lambda: "1.5.0" in stage.said())
    await until(lambda: can_start(stage))
    assert "Changed on disk" not in stage.shown()
    stage.press("Update")
    await until(lambda: device.track is not None and device.track.is_over)
    assert "Running 1.5.0, confirmed" in stage.said()


async def test_the_same_bytes_written_again_are_the_same_file(stage: Stage) -> None:
    _, path = await armed(stage)
    path.unlink()
    await until(lambda: "Not on disk any more" in stage.said())
    assert can_start(stage), "what was read is in memory, and it is what is shown"
    # At once: what is written in part is another file.
    stage.file("new.bin", build_image("1.4.2", 60_000)).replace(path)
    await until(lambda: "Not on disk any more" not in stage.shown())
    assert "Changed on disk" not in stage.shown()
    assert can_start(stage)


async def test_what_is_sent_is_what_was_judged(stage: Stage) -> None:
    """The file is another one after a moment, and nobody could have seen it yet."""
    device, path = await armed(stage)
    assert device.file is not None
    judged = device.file.images[0].hash
    path.write_bytes(build_image("9.9.9", 60_000))
    await device.update()
    assert device.facts is not None
    assert device.facts.state is not None
    active = device.facts.state.active()
    assert active is not None
    assert active.hash == judged


async def test_nothing_can_be_started_while_another_file_is_read(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    device, path = await armed(stage)
    slow = stage.file("slow.bin", build_image("1.6.0", 60_000))
    loop, go_on = asyncio.get_running_loop(), asyncio.Event()

    def read(file: Path) -> FirmwareFile:
        asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result()
        return read_firmware(file)

    monkeypatch.setattr("app.desk.files.read_firmware", read)
    stage.drop(slow)
    await until(lambda: "Reading…" in stage.said())
    assert not can_start(stage)
    assert "Whole" not in stage.shown(), "that is what was found of the file before"
    await press_update_keys(stage)
    assert not device.is_updating
    go_on.set()
    await until(lambda: can_start(stage))
    assert "slow.bin" in stage.said()
    assert path.name not in stage.shown()


async def test_of_two_files_the_later_one_counts_however_slow_the_first_is(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    device, _ = await armed(stage)
    slow = stage.file("slow.bin", build_image("1.6.0", 9_000))
    quick = stage.file("quick.bin", build_image("1.7.0", 9_000))
    loop, go_on = asyncio.get_running_loop(), asyncio.Event()

    def read(file: Path) -> FirmwareFile:
        if file == slow:
            asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result()
        return read_firmware(file)

    monkeypatch.setattr("app.desk.files.read_firmware", read)
    reading = asyncio.ensure_future(stage.desk.files.read(slow))
    await until(lambda: "slow.bin" in stage.said())
    await stage.desk.files.read(quick)
    go_on.set()
    await reading
    assert device.file is not None
    assert device.file.name == "quick.bin"
    assert "quick.bin" in stage.said()


async def test_a_drop_while_an_update_runs_is_answered(stage: Stage) -> None:
    device, path = await armed(stage, link="baud=57600")  # it runs until it is cancelled
    stage.press("Update")
    await until(lambda: device.is_updating)
    stage.drop(stage.file("other.bin", build_image("1.6.0", 9_000)))
    words = "An update is running. Another file can be taken when it has ended"
    await until(lambda: words in stage.said())
    stage.photograph("window-drop-while-updating")
    path.write_bytes(build_image("1.8.0", 60_000))
    await until(lambda: "What is sent is what was read before" in stage.said())
    device.cancel()
    await device.ended()
    assert device.file is not None
    assert device.file.name == "app.bin"
    assert not can_start(stage), "it is another file by now"


async def test_after_a_drop_the_keys_go_to_the_window(stage: Stage) -> None:
    await armed(stage)
    stage.window.clearFocus()
    asked = []
    stage.window.activateWindow = lambda: asked.append(True)  # type: ignore[method-assign]
    stage.drop(stage.file("other.bin", build_image("1.6.0", 9_000)))
    assert asked


async def test_nothing_to_do_is_not_what_to_do_next(stage: Stage) -> None:
    device, _ = await armed(stage)
    await device.update()
    device.put_away()
    stage.desk.show_now()
    assert "already running, nothing to send" in stage.said()
    facts = stage.window.firmware.plan._facts
    assert facts.button is PlanButton.UPDATE
    assert facts.calm


async def test_what_stands_in_the_way_is_said_once(stage: Stage) -> None:
    stage.begin(board="demo")
    device = stage.pick("board")
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.drop(stage.file("large.bin", build_image("1.4.2", 700_000)))
    await until(lambda: device.plan is not None)
    assert device.plan is not None
    assert device.plan.obstacle is not None
    assert stage.shown().count(device.plan.obstacle.what) == 1
    assert not can_start(stage)
    stage.photograph("window-too-large")


def test_a_stamp_tells_files_apart(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"1234")
    first = file_watch.Stamp.of(path)
    assert file_watch.Stamp.of(path) == first
    (tmp_path / "b.bin").write_bytes(b"5678")
    os.utime(tmp_path / "b.bin", ns=(first.changed, first.changed))
    (tmp_path / "b.bin").replace(path)
    assert file_watch.Stamp.of(path) != first, "the same time and size, another file"
