"""The Qt loop's timers, the known defects it guards against, and what happens on a failure."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app import requirements as early
from app.lib.theme import Theme
from app.loop import QtLoop
from app.memory.settings import Settings
from app.views.main_window import Drawer, MainWindow
from tests.helpers.programs import ROOT, environment


async def test_timers_are_never_early(qapp: QApplication) -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, QtLoop)
    for delay in (0.003, 0.02, 0.05, 0.21):
        due = loop.time() + delay
        await asyncio.sleep(delay)
        assert loop.time() >= due - 0.001


def test_qt_calls_keep_none_alive(qtbot: QtBot) -> None:
    """PySide6 6.12.0 loses a reference to None with each call, until the process aborts."""
    widget = QWidget()
    qtbot.addWidget(widget)
    before = sys.getrefcount(None)
    for _ in range(500):
        widget.setToolTip("x")
    assert abs(sys.getrefcount(None) - before) < 100


async def test_blocking_work_does_not_stop_the_window(qapp: QApplication) -> None:
    import threading

    release = threading.Event()
    waiting = asyncio.ensure_future(asyncio.to_thread(release.wait, 20))
    for _ in range(5):
        await asyncio.sleep(0.001)
    release.set()
    assert await waiting


def test_the_window_reopens_where_it_was(theme: Theme, qtbot: QtBot, tmp_path: Path) -> None:
    def make() -> MainWindow:
        window = MainWindow()
        qtbot.addWidget(window, before_close_func=lambda _: window.finish())
        return window

    first = make()
    size = (900 if first.screen().availableSize().width() > 1000 else 784, 700)
    first.resize(*size)
    first.show()
    first.open_drawer(Drawer.LOG)
    settings = Settings(tmp_path / "flashdesk.ini")
    settings.arrangement = first.arrangement()
    settings.hosts = ["udp:192.0.2.7"]
    settings.save()
    first.finish()
    again = Settings(tmp_path / "flashdesk.ini")
    assert again.hosts == ["udp:192.0.2.7"]
    second = make()
    second.arrange(again.arrangement)
    assert (second.width(), second.height()) == size


def test_settings_survive_a_broken_file(tmp_path: Path) -> None:
    path = tmp_path / "flashdesk.ini"
    path.write_bytes(b"\x00\xff[window\nhosts=@Invalid(\n")
    settings = Settings(path)
    assert settings.hosts == []
    assert settings.recent == ()
    assert settings.arrangement == {}


def test_recent_files_are_the_last_used_that_still_exist(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "flashdesk.ini")
    files = []
    for number in range(10):
        files.append(tmp_path / f"{number}.bin")
        files[-1].write_bytes(b"x")
        settings.used(files[-1])
    files[9].unlink()
    settings.look()
    assert settings.recent == tuple(reversed(files[2:9]))
    settings.save()
    again = Settings(tmp_path / "flashdesk.ini")
    assert again.recent == (), "not looked for yet"
    again.used(files[4])
    assert again.recent == (files[4],), "what is used just now is there"
    again.look()
    assert again.recent == (files[4], files[8], files[7], files[6], files[5], files[3], files[2])
    assert again.last_folder() == tmp_path


def test_two_programs_keep_each_others_settings(tmp_path: Path) -> None:
    one, two = Settings(tmp_path / "flashdesk.ini"), Settings(tmp_path / "flashdesk.ini")
    changes: list[str] = []
    one.changed.listen(lambda: changes.append("one"))
    one.adapter = "hci1"
    one.adapter = "hci1"
    assert changes == ["one"], "no news, nothing to write"
    one.save()
    two.scheme = "dark"
    two.save()
    both = Settings(tmp_path / "flashdesk.ini")
    assert (both.adapter, both.scheme) == ("hci1", "dark")


def test_without_a_display_it_says_what_to_do(tmp_path: Path) -> None:
    kept = {
        k: v
        for k, v in environment(tmp_path).items()
        if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    }
    done = subprocess.run(
        [sys.executable, "-m", "app"], cwd=ROOT, env=kept, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "no display" in done.stderr
    assert "flashdesk update" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_qt_that_is_known_to_crash_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import PySide6
    import shiboken6

    monkeypatch.setattr(PySide6, "__version__", "6.12.0")
    monkeypatch.setattr(shiboken6, "__version__", "6.12.0")
    monkeypatch.setattr(sys, "version_info", (3, 11, 7))
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert "PySide6-Essentials<6.12" in str(early.trouble())
    monkeypatch.setattr(PySide6, "__version__", "6.11.3")
    assert "do not belong together" in str(early.trouble())
    monkeypatch.setattr(shiboken6, "__version__", "6.11.3")
    assert early.trouble() is None
