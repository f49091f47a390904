"""Coroutines started from plain code."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.lib.tasks import Tasks
from tests.gui.stage import LONGEST


class Reports(list[tuple[str, str]]):
    def __call__(self, error: BaseException, name: str) -> None:
        self.append((str(error), name))


async def ended(tasks: Tasks) -> None:
    """Until all that was started is over."""
    for _ in range(1_000):
        if not len(tasks):
            return
        await asyncio.sleep(0)
    raise AssertionError("work that does not end")


async def test_failure_is_reported_with_the_name_of_the_work() -> None:
    reports = Reports()
    tasks = Tasks(reports)

    async def fail() -> None:
        raise ValueError("no good")

    await asyncio.wait([tasks.start(fail()), tasks.start(fail(), "named")])
    assert [error for error, _ in reports] == ["no good", "no good"]
    assert reports[0][1].endswith("fail")
    assert reports[1][1] == "named"
    assert len(tasks) == 0


async def test_cancelled_work_is_no_failure() -> None:
    reports = Reports()
    tasks = Tasks(reports)
    ended: list[bool] = []

    async def wait() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            ended.append(True)

    tasks.start(wait())
    tasks.start(wait())
    await asyncio.sleep(0)
    await tasks.cancel()
    assert ended == [True, True]
    assert reports == []


async def test_whoever_cancels_all_goes_on_himself() -> None:
    tasks = Tasks(Reports())
    done = asyncio.Event()

    async def close() -> None:
        await tasks.cancel()
        done.set()

    tasks.start(close())
    await asyncio.wait_for(done.wait(), LONGEST)


async def test_signal_starts_the_verb(qtbot: QtBot) -> None:
    tasks = Tasks(Reports())
    said: list[str] = []
    release = asyncio.Event()

    async def press() -> None:
        said.append("begun")
        await release.wait()
        said.append("ended")

    button = QPushButton()
    qtbot.addWidget(button)
    button.clicked.connect(tasks.single(press))
    for _ in range(3):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        await asyncio.sleep(0)
    assert said == ["begun"], "a second press while it runs is ignored"
    release.set()
    await ended(tasks)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    await asyncio.sleep(0)
    assert said[:3] == ["begun", "ended", "begun"]
    await tasks.cancel()


async def test_slot_passes_its_arguments_on() -> None:
    tasks = Tasks(Reports())
    heard: list[tuple[str, int]] = []

    async def take(key: str, number: int = 0) -> None:
        heard.append((key, number))

    begin = tasks.slot(take)
    begin("a")
    begin("b", number=2)
    await ended(tasks)
    assert heard == [("a", 0), ("b", 2)]
