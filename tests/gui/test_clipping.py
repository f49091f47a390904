"""Nothing is cut off in any state of the window, at no usual size of window or text."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.lib.theme import Theme
from app.views.main_window import MainWindow
from tests.gui.clipping import findings

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.timeout(330)  # every state there is: a minute, and more where others work
@pytest.mark.parametrize(
    ("options", "scale"),  # colours make nothing wider: one of them is dark
    [
        (("--size", "1024x640", "--size", "820x520"), "1"),
        (("--dark", "--size", "1024x640"), "1"),
        (("--size", "1024x640"), "1.5"),
        (("--size", "1024x640"), "2"),
        (("--text", "1.674", "--size", "1350x700"), "1"),
        (("--lang", "pseudo", "--size", "1024x640"), "1"),
        (("--lang", "pseudo", "--size", "1024x640"), "2"),
        (("--lang", "de", "--size", "1024x640"), "1"),
        (("--lang", "zh_CN", "--size", "1024x640"), "1"),
    ],
    ids=[
        "usual text, also in the smallest window",
        "dark",
        "scale 1.5",
        "scale 2",
        "160 dots per inch on 1366x768",
        "longer words, none of them English",
        "longer words at scale 2",
        "German",
        "Chinese",
    ],
)
def test_nothing_is_cut_off(options: tuple[str, ...], scale: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.gui.clipping", *options],
        cwd=ROOT,
        env={**os.environ, "QT_SCALE_FACTOR": scale},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout or done.stderr


def test_what_is_cut_off_is_found(theme: Theme, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    line = QHBoxLayout(window)
    label = QLabel("a sentence that needs more than its place")
    label.setFixedWidth(60)
    line.addWidget(label)
    beyond = QLabel("out of sight", window)
    beyond.move(190, 10)
    window.resize(200, 60)
    window.show()
    QApplication.sendPostedEvents()
    found = "\n".join(findings(window))
    assert "too narrow: 'a sentence that needs more" in found
    assert "beyond the side of QWidget: 'out of sight'" in found


def test_the_smallest_window_fits_a_small_screen_with_large_text(window: MainWindow) -> None:
    least = window.minimumSize()
    assert least.width() * 1.674 < 1366 - 16
    assert least.height() * 1.674 < 768 - 48


def test_content_is_no_wider_than_can_be_read(window: MainWindow, qtbot: QtBot) -> None:
    window.resize(1920, 1000)
    QApplication.sendPostedEvents()
    assert window.devices.width() > 350, "there is room for the second lines of devices"
    span = window.firmware.geometry().right() - window.slots.geometry().left()
    assert span <= 1210
