"""A crash is told in the window: to be read, copied, saved or put away; and the log's folder."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from pathlib import Path

import pytest
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QDialog, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from app.crash.report import CrashReport
from app.crash.watch import CrashWatch
from app.desk.folders import open_folder
from app.facts.menu import Entry
from app.lib import dialog
from app.lib.question_box import QuestionBox
from app.lib.theme import Scheme, Theme
from app.lib.tone import Tone
from app.views.crash_dialog import CrashDialog
from tests.gui.stage import ARTIFACTS, LEFT, Stage, until

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="others open folders themselves")
TRACE = "Traceback (most recent call last):\n  File 'x.py', line 3, in y\nValueError: broken\n"


@pytest.fixture
def watch(tmp_path: Path) -> CrashWatch:
    """It notices nothing by itself here: pytest-qt has the hooks."""
    return CrashWatch(tmp_path / "logs")


@pytest.fixture
async def stage(theme: Theme, tmp_path: Path, qtbot: QtBot, watch: CrashWatch) -> Stage:
    report = CrashReport(time.time(), "flashdesk 0.1.0", TRACE, ("sim device",), (), ("sensor-7",))
    watch.shelf.put(CrashReport(0.0, "older", "an older one"))
    watch.shelf.put(
        CrashReport(
            report.at, report.versions, TRACE + "sensor-7\n", report.doing, (), ("sensor-7",)
        )
    )
    return await Stage.open(tmp_path, qtbot, watch=watch)


async def told(stage: Stage) -> None:
    stage.begin(board="demo")
    await until(lambda: stage.window.notice.facts is not None)


def button(stage: Stage, words: str) -> QPushButton:
    (found,) = [
        each for each in stage.window.notice.findChildren(QPushButton) if each.text() == words
    ]
    return found


async def test_the_last_crash_is_told_once_and_hinders_nobody(
    stage: Stage, watch: CrashWatch
) -> None:
    await told(stage)
    facts = stage.window.notice.facts
    assert facts is not None
    assert facts.tone is Tone.WARN
    assert "ended by a fault of its own" in facts.headline
    assert "nothing was sent" in facts.sentence
    assert not stage.window.findChildren(QDialog), "no modal surprise"
    assert watch.shelf.fresh() == []
    stage.photograph("crash")
    closing = [b for b in stage.window.notice.findChildren(QPushButton) if not b.text()]
    stage.qtbot.mouseClick(closing[0], LEFT)
    assert stage.window.notice.facts is None
    assert not stage.window.notice.isVisible()


async def test_it_is_read_with_and_without_what_is_private_and_copied_so(stage: Stage) -> None:
    await told(stage)
    stage.qtbot.mouseClick(button(stage, "Copy"), LEFT)
    await until(lambda: "ValueError: broken" in QGuiApplication.clipboard().text())
    assert "sensor-7" not in QGuiApplication.clipboard().text()
    stage.qtbot.mouseClick(button(stage, "Read…"), LEFT)
    await until(lambda: bool(stage.window.findChildren(CrashDialog)))
    (shown,) = stage.window.findChildren(CrashDialog)
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    assert shown.grab().save(str(ARTIFACTS / "crash-report.png"))
    assert "ValueError: broken" in shown.page.toPlainText()
    assert "sensor-7" not in shown.page.toPlainText()
    shown.keep.check(True)
    assert "sensor-7" in shown.page.toPlainText()
    stage.qtbot.mouseClick(shown.copy, LEFT)
    assert "sensor-7" in QGuiApplication.clipboard().text()
    shown.keep.check(False)
    assert "sensor-7" not in shown.page.toPlainText()
    shown.reject()
    await until(lambda: not stage.window.findChildren(CrashDialog))


@pytest.mark.parametrize("inside", [False, True], ids=["in the banner", "while it is read"])
async def test_it_is_saved_where_the_person_wants(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, inside: bool
) -> None:
    target = stage.folder / "crash.txt"

    async def choose(*_: object) -> Path:
        return target

    monkeypatch.setattr(dialog, "choose_target", choose)
    await told(stage)
    if inside:
        stage.qtbot.mouseClick(button(stage, "Read…"), LEFT)
        await until(lambda: bool(stage.window.findChildren(CrashDialog)))
        (shown,) = stage.window.findChildren(CrashDialog)
        stage.qtbot.mouseClick(shown.save, LEFT)
    else:
        stage.qtbot.mouseClick(button(stage, "Save…"), LEFT)
    await until(lambda: bool(stage.window.findChildren(QuestionBox)))
    (saved,) = stage.window.findChildren(QuestionBox)
    saved.reject()
    assert "ValueError: broken" in target.read_text("utf-8")
    assert "sensor-7" not in target.read_text("utf-8")
    await until(lambda: not stage.window.findChildren(QDialog))


async def test_a_failure_just_now_in_another_thread_is_told_and_the_window_goes_on(
    stage: Stage, watch: CrashWatch
) -> None:
    await told(stage)
    worker = threading.Thread(target=watch.note, args=(TRACE.replace("broken", "fresh"),))
    worker.start()
    await until(lambda: "goes on" in str(stage.window.notice.facts))
    worker.join()
    await until(lambda: any("Internal error: ValueError: fresh" in line for line in log_of(stage)))
    stage.qtbot.mouseClick(button(stage, "Copy"), LEFT)
    await until(lambda: "ValueError: fresh" in QGuiApplication.clipboard().text())
    await until(lambda: not watch.shelf.fresh())


def log_of(stage: Stage) -> list[str]:
    stage.desk.show_now()
    return [line.text for line in stage.window.log.shown()]


def launcher(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """The only program there is, as a desktop's launcher; empty: none."""
    folder = folder / "programs"
    folder.mkdir()
    if script:
        program = folder / "xdg-open"
        program.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


@pytest.mark.parametrize(
    ("platform", "script"),
    [("offscreen", "exit 0"), ("xcb", ""), pytest.param("xcb", "exit 3", marks=LINUX)],
    ids=["no desktop", "no launcher", "a launcher that knows nothing for folders"],
)
async def test_the_folder_of_the_logs_is_told_where_no_desktop_opens_it(
    stage: Stage,
    watch: CrashWatch,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    platform: str,
    script: str,
) -> None:
    launcher(tmp_path, monkeypatch, script)
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: False)
    monkeypatch.setattr(QGuiApplication, "platformName", lambda: platform)
    stage.begin(board="demo")
    stage.window.menu.actions_by_entry[Entry.LOGS].trigger()
    await until(lambda: bool(stage.window.findChildren(QuestionBox)))
    (shown,) = stage.window.findChildren(QuestionBox)
    assert shown.findChildren(QLineEdit)[0].text() == str(watch.folder)
    assert watch.folder.is_dir()
    stage.qtbot.mouseClick(shown.buttons["Copy the path"], LEFT)
    await until(lambda: not stage.window.findChildren(QuestionBox))
    assert QGuiApplication.clipboard().text() == str(watch.folder)


async def test_the_folder_of_the_logs_is_opened_where_there_is_a_desktop(
    stage: Stage, watch: CrashWatch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    launcher(tmp_path, monkeypatch, "")
    opened: list[str] = []

    def open_url(url: object) -> bool:
        opened.append(url.toLocalFile())  # type: ignore[attr-defined]
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", open_url)
    monkeypatch.setattr(QGuiApplication, "platformName", lambda: "xcb")
    stage.begin(board="demo")
    stage.window.menu.actions_by_entry[Entry.LOGS].trigger()
    await until(lambda: opened == [str(watch.folder)])
    await asyncio.sleep(0)
    assert not stage.window.findChildren(QDialog)


@LINUX
async def test_the_folder_of_the_logs_is_given_to_the_desktops_launcher(
    stage: Stage, watch: CrashWatch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "told"
    launcher(tmp_path, monkeypatch, f'echo "$1" >"{told}"')
    monkeypatch.setattr(QGuiApplication, "platformName", lambda: "xcb")
    await open_folder(stage.window, watch.folder)
    assert told.read_text("utf-8").strip() == str(watch.folder)
    assert not stage.window.findChildren(QDialog)


@pytest.mark.parametrize("scheme", [Scheme.LIGHT, Scheme.DARK])
async def test_it_fits_into_the_smallest_window(stage: Stage, theme: Theme, scheme: Scheme) -> None:
    theme.force(scheme)
    stage.window.resize(1024, 640)
    await told(stage)
    stage.photograph(f"crash-{scheme.value}")
    assert stage.window.size().height() == 640
    assert stage.window.notice.height() < 200
