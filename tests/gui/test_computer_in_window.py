"""What the window asks of the computer while it updates a device, and when nobody looks."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import pytest_asyncio
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.controllers.device import DeviceController, LinkState
from app.facts.log import LogLevel
from app.lib.theme import Theme
from app.system.services import Notice, System
from smp.simulator import build_image
from tests.gui.stage import LONGEST, Stage, until
from tests.helpers import images


class FakeSystem(System):
    """Writes down what it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.awake: list[str] = []
        self.fractions: list[float | None] = []
        self.notices: list[Notice] = []
        self.sounds: list[str] = []
        self.withdrawn = 0
        self.closed = 0
        self.can = True
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def stay_awake(self, why: str) -> bool:
        await self.may_answer.wait()
        self.awake.append("held")
        return self.can

    async def may_sleep(self) -> None:
        self.awake.append("free")

    async def show_progress(self, fraction: float | None) -> None:
        self.fractions.append(fraction)

    async def tell(self, notice: Notice) -> bool:
        self.notices.append(notice)
        return self.can

    async def withdraw(self) -> None:
        self.withdrawn += 1

    async def play(self, sound: Path) -> bool:
        self.sounds.append(sound.stem)
        return True

    async def close(self) -> None:
        self.closed += 1


@pytest_asyncio.fixture
async def system() -> FakeSystem:
    return FakeSystem()


@pytest_asyncio.fixture
async def stage(theme: Theme, qtbot: QtBot, tmp_path: Path, system: FakeSystem) -> Stage:
    return await Stage.open(tmp_path, qtbot, system=system)


async def ready(
    stage: Stage, size: int = 60_000, profile: str = "usb", version: str = "1.4.2", words: str = ""
) -> DeviceController:
    """Only Update is left to press."""
    stage.begin(board=profile)
    device = stage.pick("board")
    await until(lambda: device.link is LinkState.CONNECTED)
    data = build_image(version, size, words=words) if words else images.image(version, size)
    stage.drop(stage.file("app.bin", data))
    await until(lambda: device.plan is not None)
    stage.desk.show_now()
    return device


async def put_up(stage: Stage, device: DeviceController, version: str) -> None:
    """The next file."""
    path = stage.file(f"{version}.bin", images.image(version, 9_000))
    stage.drop(path)
    await until(lambda: device.file is not None and device.file.path == path)
    await until(lambda: device.plan is not None)
    stage.desk.show_now()


async def update(stage: Stage, device: DeviceController, *, away: str = "") -> None:
    """To its end; meanwhile the window is not looked at, in this way."""
    stage.press("Update")
    match away:
        case "minimised":
            stage.window.showMinimized()
        case "hidden":
            stage.window.hide()
    await until(lambda: device.is_updating)
    await until(lambda: not device.is_updating)
    stage.desk.show_now()


async def come_back(stage: Stage) -> None:
    stage.window.showNormal()
    await stage.focus()
    stage.desk.show_now()


# -- awake -----------------------------------------------------------------------------------------


async def test_awake_from_the_first_byte_to_the_verdict(stage: Stage, system: FakeSystem) -> None:
    device = await ready(stage, 300_000)
    assert system.awake == []
    stage.press("Update")
    await until(lambda: bool(system.awake))
    assert device.is_updating
    await until(lambda: not device.is_updating)
    await until(lambda: system.awake == ["held", "free"])


async def test_a_cancelled_update_lets_it_sleep(stage: Stage, system: FakeSystem) -> None:
    device = await ready(stage, 300_000)
    stage.press("Update")
    await until(lambda: system.awake == ["held"])
    device.cancel()
    await until(lambda: not device.is_updating)
    await until(lambda: system.awake == ["held", "free"])


async def test_a_device_that_goes_lets_it_sleep(stage: Stage, system: FakeSystem) -> None:
    """Also a failure is an ending."""
    device = await ready(stage, 9_000, version="1.5.0", words="crash 200")
    await update(stage, device)
    assert device.track is not None
    assert device.track.verdict is not None
    assert not device.track.verdict.is_good
    await until(lambda: system.awake == ["held", "free"])


async def test_asking_that_takes_longer_than_the_update_holds_nothing(
    stage: Stage, system: FakeSystem
) -> None:
    system.may_answer.clear()
    device = await ready(stage, 9_000)
    await update(stage, device)
    assert system.awake == []
    system.may_answer.set()
    await until(lambda: system.awake == ["held", "free"])


async def test_what_only_asks_the_device_keeps_nothing_awake(
    stage: Stage, system: FakeSystem
) -> None:
    device = await ready(stage, 9_000)
    await update(stage, device)
    await until(lambda: system.awake == ["held", "free"])
    await put_up(stage, device, "1.4.2")
    stage.press("Update")
    await until(lambda: device.verdict is not None and not device.is_updating)
    assert system.awake == ["held", "free"], "nothing was to do"


async def test_a_computer_that_may_fall_asleep_is_told_of_once(
    stage: Stage, system: FakeSystem
) -> None:
    system.can = False
    device = await ready(stage, 9_000)
    for version in ("1.4.2", "1.4.3"):
        await put_up(stage, device, version)
        await update(stage, device)
    told = [line for line in stage.window.log.shown() if "stay awake" in line.text]
    assert [line.level for line in told] == [LogLevel.INFO]


async def test_closing_the_window_gives_everything_back(stage: Stage, system: FakeSystem) -> None:
    stage.begin(board="usb")
    stage.window.close()
    await asyncio.wait_for(stage.desk.closed.wait(), LONGEST)
    assert system.closed == 1


# -- title and task bar ----------------------------------------------------------------------------


async def test_title_and_task_bar_show_how_far_it_is(stage: Stage, system: FakeSystem) -> None:
    titles: list[str] = []
    stage.window.windowTitleChanged.connect(titles.append)
    device = await ready(stage, 300_000)
    assert stage.window.windowTitle() == "Flashdesk"
    await update(stage, device)
    assert stage.window.windowTitle() == "Flashdesk", "somebody looked all the time"
    assert titles[-1] == "Flashdesk"
    hundredths = [int(title.split(" % · board · ")[0]) for title in titles if "% ·" in title]
    assert hundredths == sorted(hundredths)
    assert len(set(hundredths)) == len(hundredths), "told again only when it is another one"
    assert "Restart · board · Flashdesk" in titles
    await until(lambda: system.fractions[-1] is None)
    shown = [fraction for fraction in system.fractions if fraction is not None]
    assert shown == sorted(shown)
    assert 0.0 < shown[len(shown) // 2] <= 1.0


async def test_of_several_the_title_says_how_many(stage: Stage) -> None:
    titles: list[str] = []
    stage.window.windowTitleChanged.connect(titles.append)
    stage.begin(one="usb", two="usb")
    stage.drop(stage.file("app.bin", images.image("1.4.2", 300_000)))
    await until(lambda: stage.desk.files.file is not None)
    for name in ("one", "two"):
        device = stage.pick(name)
        await until(lambda device=device: device.plan is not None)
        stage.desk.show_now()
        stage.press("Update")
        await until(lambda device=device: device.is_updating)
        stage.hold(name)  # both are updated at the same time
    for name in ("one", "two"):
        stage.hold(name, is_held=False)
    await until(lambda: not stage.desk.fleet.updating)
    assert any(title.endswith(" % · 2 devices · Flashdesk") for title in titles)


# -- an end that nobody sees -----------------------------------------------------------------------


async def test_who_looks_is_not_told(stage: Stage, system: FakeSystem) -> None:
    device = await ready(stage, 9_000)
    await update(stage, device)
    assert (system.notices, system.sounds) == ([], [])


async def test_an_end_that_nobody_sees_is_told_and_heard(stage: Stage, system: FakeSystem) -> None:
    device = await ready(stage, 9_000)
    await update(stage, device, away="minimised")
    await until(lambda: bool(system.notices and system.sounds))
    (notice,) = system.notices
    assert notice.title == "board: updated"
    assert notice.words.startswith("Running 1.4.2")
    assert (notice.key, notice.is_urgent) == (device.key, False)
    assert system.sounds == ["success"]
    assert stage.window.windowTitle() == "board: updated · Flashdesk"
    await come_back(stage)
    await until(lambda: system.withdrawn == 1)
    assert stage.window.windowTitle() == "Flashdesk"


async def test_a_bad_end_sounds_otherwise_and_is_urgent(stage: Stage, system: FakeSystem) -> None:
    device = await ready(stage, 9_000, version="1.5.0", words="crash 200")
    await update(stage, device, away="hidden")
    await until(lambda: bool(system.notices and system.sounds))
    assert system.notices[0].is_urgent
    assert system.sounds == ["failure"]


async def test_another_program_in_front_is_enough(
    stage: Stage, system: FakeSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The window may be there in full: nobody works in it."""
    device = await ready(stage, 9_000)
    elsewhere = Qt.ApplicationState.ApplicationInactive
    monkeypatch.setattr(QGuiApplication, "applicationState", lambda: elsewhere)
    await update(stage, device)
    await until(lambda: bool(system.notices))


async def test_a_dialog_of_the_window_is_the_window(stage: Stage, system: FakeSystem) -> None:
    device = await ready(stage, 9_000)
    dialog = QWidget(stage.window)
    dialog.setWindowFlag(dialog.windowFlags().Dialog)
    dialog.show()
    dialog.activateWindow()
    await until(dialog.isActiveWindow)
    await update(stage, device)
    assert system.notices == []
    dialog.deleteLater()


async def test_what_is_switched_off_is_off(stage: Stage, system: FakeSystem) -> None:
    device = await ready(stage, 9_000)
    stage.settings.sound = stage.settings.notify = False
    await update(stage, device, away="minimised")
    stage.settings.sound = True
    await put_up(stage, device, "1.4.3")
    await device.update()
    await until(lambda: system.sounds == ["success"])
    assert system.notices == []


async def test_pressing_a_notice_shows_its_device(stage: Stage, system: FakeSystem) -> None:
    device = await ready(stage, 9_000)
    await update(stage, device, away="minimised")
    await until(lambda: bool(system.notices))
    system.pressed.tell(system.notices[0].key, "")
    await until(lambda: stage.window.isActiveWindow() and not stage.window.isMinimized())
    assert stage.desk.fleet.chosen is device
    system.pressed.tell("sim:gone-meanwhile", "")
    assert stage.desk.fleet.chosen is device


async def test_several_devices_are_told_of_once_when_all_are_at_their_end(
    stage: Stage, system: FakeSystem
) -> None:
    stage.begin(one="usb", two="usb")
    devices = [stage.device(name) for name in ("one", "two")]
    stage.window.devices.devices_selected.emit(tuple(device.key for device in devices))
    stage.drop(stage.file("app.bin", images.image("1.4.2", 9_000)))
    await until(lambda: all(device.plan is not None for device in devices))
    stage.desk.show_now()
    stage.press("Update")
    stage.window.hide()
    await stage.desk.several.together.ended()
    await until(lambda: bool(system.notices))
    assert [notice.title for notice in system.notices] == ["2 of 2 done"]
    await until(lambda: bool(system.sounds))
    assert system.sounds == ["success"]
