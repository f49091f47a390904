"""What comes to the window from outside: a second start, a file that the system gives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.arrivals import Arrivals
from app.controllers.device import DeviceController, LinkState
from app.lib.theme import Theme
from app.system.instance import Request
from tests.gui.stage import Stage, until
from tests.helpers import images


@pytest_asyncio.fixture
async def stage(theme: Theme, qtbot: QtBot, tmp_path: Path) -> Stage:
    return await Stage.open(tmp_path, qtbot)


@pytest.fixture
def arrivals(qapp: QApplication) -> Iterator[Arrivals]:
    made = Arrivals(qapp)
    yield made
    qapp.removeEventFilter(made)
    made.deleteLater()


async def test_a_second_start_brings_its_file_and_its_device(
    stage: Stage, arrivals: Arrivals
) -> None:
    stage.begin(one="fast", two="fast")
    arrivals.serve(stage.desk)
    file = stage.file("app.bin", images.image("1.4.2", 5_000))
    arrivals.take(Request(str(file), "sim:two"))
    device = stage.device("two")
    await until(lambda: device.file is not None and device.plan is not None)
    assert stage.desk.fleet.chosen is device
    assert "1.4.2" in stage.said()


async def test_a_second_start_brings_the_window_forward(stage: Stage, arrivals: Arrivals) -> None:
    arrivals.serve(stage.desk)
    stage.window.showMinimized()
    await until(stage.window.isMinimized)
    arrivals.take(Request())
    await until(lambda: stage.window.isVisible() and not stage.window.isMinimized())
    await until(stage.window.isActiveWindow)
    stage.window.hide()
    arrivals.take(Request())
    await until(stage.window.isVisible)


async def test_a_maximised_window_stays_maximised(stage: Stage, arrivals: Arrivals) -> None:
    arrivals.serve(stage.desk)
    stage.window.showMaximized()
    stage.window.setWindowState(stage.window.windowState() | Qt.WindowState.WindowMinimized)
    arrivals.take(Request())
    await until(lambda: not stage.window.isMinimized())
    assert stage.window.isMaximized()


async def test_a_file_that_is_gone_is_told(stage: Stage, arrivals: Arrivals) -> None:
    arrivals.serve(stage.desk)
    arrivals.take(Request(str(stage.folder / "gone.bin")))
    await until(lambda: "There is no file" in stage.shown())


async def test_an_address_that_is_none_is_told_in_the_log(stage: Stage, arrivals: Arrivals) -> None:
    """An older program knew fewer kinds of addresses than the one that was started."""
    arrivals.serve(stage.desk)
    arrivals.take(Request("", "carrier-pigeon:7"))
    stage.desk.show_now()
    assert "carrier-pigeon" in "\n".join(str(line) for line in stage.window.log.shown())


async def ready(stage: Stage, size: int) -> DeviceController:
    """Only Update is left to press."""
    stage.begin(board="usb")
    device = stage.pick("board")
    await until(lambda: device.link is LinkState.CONNECTED)
    stage.drop(stage.file("app.bin", images.image("1.4.2", size)))
    await until(lambda: device.plan is not None)
    stage.desk.show_now()
    return device


async def test_while_an_update_runs_a_file_waits_and_disturbs_nothing(
    stage: Stage, arrivals: Arrivals
) -> None:
    arrivals.serve(stage.desk)
    device = await ready(stage, 300_000)
    stage.press("Update")
    await until(lambda: device.is_updating)
    stage.hold("board")
    arrivals.take(Request(str(stage.file("next.bin", images.image("1.5.0", 5_000)))))
    await until(lambda: "Next: next.bin. It can be taken when" in stage.shown())
    stage.hold("board", is_held=False)
    assert device.file is not None
    assert device.file.name == "app.bin"
    await until(lambda: not device.is_updating)
    assert "Running 1.4.2" in stage.shown(), "the verdict stays"
    await stage.offered("Take it")
    assert device.file.name == "app.bin"
    stage.press("Take it")
    await until(lambda: device.file is not None and device.file.name == "next.bin")
    assert "Next:" not in stage.shown()


async def test_after_an_update_a_file_is_taken_as_if_it_were_dropped(
    stage: Stage, arrivals: Arrivals
) -> None:
    arrivals.serve(stage.desk)
    device = await ready(stage, 5_000)
    stage.press("Update")
    await until(lambda: device.verdict is not None and not device.is_updating)
    arrivals.take(Request(str(stage.file("next.bin", images.image("1.5.0", 5_000)))))
    await until(lambda: device.file is not None and device.file.name == "next.bin")


async def test_another_file_takes_the_place_of_the_one_that_waits(
    stage: Stage, arrivals: Arrivals
) -> None:
    arrivals.serve(stage.desk)
    device = await ready(stage, 300_000)
    stage.press("Update")
    await until(lambda: device.is_updating)
    stage.hold("board")
    for name in ("second.bin", "third.bin"):
        arrivals.take(Request(str(stage.file(name, images.image("1.5.0", 5_000)))))
    await until(lambda: "Next: third.bin" in stage.shown())
    stage.hold("board", is_held=False)
    assert "second.bin" not in stage.shown()
    await until(lambda: not device.is_updating)
    stage.desk.show_now()
    stage.drop(stage.file("fourth.bin", images.image("1.6.0", 5_000)))
    await until(lambda: device.file is not None and device.file.name == "fourth.bin")
    assert "Next:" not in stage.shown()


async def test_a_file_of_the_system_is_put_on_the_desk(stage: Stage, arrivals: Arrivals) -> None:
    """macOS tells of a file in an event: also before there is a desk."""
    early = stage.file("early.bin", images.image("1.4.2", 5_000))
    QApplication.sendEvent(QApplication.instance(), QFileOpenEvent(QUrl.fromLocalFile(str(early))))
    assert stage.desk.files.file is None
    arrivals.serve(stage.desk)
    await until(lambda: _name(stage) == "early.bin")
    later = stage.file("later.bin", images.image("1.5.0", 5_000))
    QApplication.sendEvent(QApplication.instance(), QFileOpenEvent(QUrl.fromLocalFile(str(later))))
    await until(lambda: _name(stage) == "later.bin")


def _name(stage: Stage) -> str:
    return stage.desk.files.file.name if stage.desk.files.file is not None else ""


async def test_a_window_that_closes_says_so_before_it_puts_things_away(
    theme: Theme, qtbot: QtBot, tmp_path: Path
) -> None:
    """From then on who comes opens a window of his own, instead of one that goes."""
    stage = await Stage.open(tmp_path, qtbot)
    stage.window.close()
    await stage.desk.closing.wait()
    assert not stage.desk.closed.is_set()
    await stage.desk.closed.wait()
    await stage.end()
