"""The window comes back where it was, and always where it can be reached."""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QApplication, QSplitter
from pytestqt.qtbot import QtBot

from app.lib.theme import Theme
from app.memory.settings import Settings
from app.views.main_window import Drawer, MainWindow

Make = Callable[[], MainWindow]


@pytest.fixture
def make(theme: Theme, qtbot: QtBot) -> Make:
    def made() -> MainWindow:
        window = MainWindow()
        qtbot.addWidget(window, before_close_func=lambda _: window.finish())
        return window

    return made


def stored(geometry: bytes, normal: QRect, screen: int = 0) -> bytes:
    """As Qt saves it, with another place: see QWidget.saveGeometry (version 3)."""
    magic, major, _ = struct.unpack_from(">IHH", geometry)
    assert (magic, major) == (0x1D9D0CB, 3)
    frame = struct.pack(">4i", normal.left(), normal.top() - 30, normal.right(), normal.bottom())
    inner = struct.pack(">4i", normal.left(), normal.top(), normal.right(), normal.bottom())
    after = bytearray(geometry[8 + 32 :])
    after[0:4] = struct.pack(">i", screen)
    after[-16:] = inner
    return geometry[:8] + frame + inner + bytes(after)


def test_all_of_it_comes_back(make: Make, tmp_path: Path) -> None:
    first = make()
    first.resize(784, 620)
    first.move(8, 60)
    first.show()
    first.open_drawer(Drawer.LOG)
    for splitter in first.findChildren(QSplitter):
        splitter.moveSplitter(230, 1)
    QApplication.sendPostedEvents()
    settings = Settings(tmp_path / "flashdesk.ini")
    settings.arrangement = first.arrangement()
    settings.save()
    second = make()
    second.arrange(Settings(tmp_path / "flashdesk.ini").arrangement)
    second.show()
    QApplication.sendPostedEvents()
    assert second.geometry() == first.geometry()
    assert second.drawer is Drawer.LOG
    assert second.log.isVisible()
    assert [s.sizes() for s in second.findChildren(QSplitter)] == [
        s.sizes() for s in first.findChildren(QSplitter)
    ]


def test_maximised_comes_back_maximised(make: Make) -> None:
    first = make()
    first.showMaximized()
    second = make()
    second.arrange(first.arrangement())
    assert second.isMaximized()


@pytest.mark.parametrize(
    "place",
    [
        QRect(5_000, 4_000, 900, 600),
        QRect(-3_000, 100, 900, 600),
        QRect(100, -2_000, 900, 600),
        QRect(0, 0, 9_000, 7_000),
        QRect(500, 400, 700, 500),
    ],
    ids=["right below", "left", "above", "larger than any screen", "half beyond"],
)
@pytest.mark.parametrize("screen", [0, 3])
def test_a_screen_that_is_gone_is_not_looked_for(make: Make, place: QRect, screen: int) -> None:
    first = make()
    first.show()
    second = make()
    second.arrange({"geometry": stored(first.arrangement()["geometry"], place, screen)})
    second.show()
    room = second.screen().availableGeometry()
    assert room.contains(second.geometry().topLeft())
    assert second.width() <= max(room.width(), second.minimumWidth())
    assert second.height() <= max(room.height(), second.minimumHeight())
    reach = room.intersected(second.geometry())
    assert reach.width() >= min(room.width(), second.width()) - 1


@pytest.mark.parametrize("junk", [b"", b"\0", b"junk" * 40, base64.b64decode("AdnQywAD")])
def test_junk_is_ignored(make: Make, junk: bytes) -> None:
    window = make()
    before = window.size()
    window.arrange(dict.fromkeys(("geometry", "sides", "drawers", "drawer", "later"), junk))
    assert window.size() == before
    assert window.drawer is Drawer.NONE
