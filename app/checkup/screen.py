"""Checks of what is seen: Qt's platform, letters, and the window, painted once."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable

from PySide6.QtGui import QFontInfo, QGuiApplication, QPixmap
from PySide6.QtWidgets import QWidget

from app import requirements as early
from app.checkup.part import INSTALL_AGAIN, Check, Finding, failed, note, ok
from app.lib import faces
from smp.text import Text

_FEW = 8
"""Colours: whatever is painted with a theme and letters has many more."""
_STEP = 7
_UNSEEN = ("offscreen", "minimal")


def checks(window: QWidget, painted: Callable[[], Awaitable[bool]]) -> tuple[Check, ...]:
    """window: as it is shown; painted: waits for its first paint, and whether there was one."""

    async def paint() -> Finding:
        return _painted(window.grab(), was_asked=await painted())

    return (
        Check("platform", Text("Display"), _platform),
        Check("fonts", Text("Letters"), _letters),
        Check("window", Text("Window"), paint),
    )


async def _platform() -> Finding:
    name = QGuiApplication.platformName()
    if name in _UNSEEN:
        if os.environ.get("QT_QPA_PLATFORM", "") and early.has_screen():
            return ok(Text("Qt's platform {name}, which the environment asks for", name=name))
        return note(Text("Qt's platform {name}: there is no display here", name=name))
    screen = QGuiApplication.primaryScreen()
    size = screen.geometry()
    return ok(
        Text(
            "Qt's platform {name}, {width} x {height} at {scale:.2f}",
            name=name,
            width=size.width(),
            height=size.height(),
            scale=screen.devicePixelRatio(),
        )
    )


async def _letters() -> Finding:
    if not faces.there_is_one():
        return failed(early.NO_FONT.what, early.NO_FONT.next_step, early.NO_FONT.command)
    general, fixed = QFontInfo(faces.general()).family(), QFontInfo(faces.fixed()).family()
    return ok(Text("{general}, and {fixed} for the log", general=general, fixed=fixed))


def _painted(picture: QPixmap, *, was_asked: bool) -> Finding:
    image = picture.toImage()
    colours = {
        image.pixel(x, y)
        for x in range(0, image.width(), _STEP)
        for y in range(0, image.height(), _STEP)
    }
    if len(colours) < _FEW:
        return failed(Text("The window stays empty"), INSTALL_AGAIN)
    if not was_asked:
        return note(Text("The window is drawn, but the system did not ask for it"))
    return ok(Text("Painted, {width} x {height}", width=image.width(), height=image.height()))
