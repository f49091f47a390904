"""What must be true before a window can open, said in words where it is not."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from smp.text import Catalogue, Text, outside, said, stopped

QT_PACKAGES = (
    "libegl1 libgl1 libfontconfig1 libglib2.0-0 libdbus-1-3 libxkbcommon-x11-0 libxcb-cursor0 "
    "libxcb-icccm4 libxcb-keysyms1 libxcb-shape0"
)
_PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libX11.so.6": "libx11-6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
}
"""Of Debian 12 and of Ubuntu, where a library that Qt is linked to is in."""
_INSTALL = "sudo apt-get install {packages}"
_MISSING = re.compile(r"\b(lib[\w.+-]*\.so[\w.]*): cannot open shared object file")
_INSTALL_AGAIN = Text("Install Flashdesk again")
_DISPLAYLESS = ("offscreen", "minimal", "vnc", "linuxfb", "eglfs")


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong, whole sentences without the last dot. `command`: what a terminal can do."""

    what: Text
    next_step: Text
    command: str = ""
    detail: str = ""
    is_of_display: bool = False
    """All else is well: what needs no display works."""

    def __str__(self) -> str:
        return self.said(str)

    def said(self, catalogue: Catalogue, headless: Text | None = None) -> str:
        """All of it, a line each, in the language of the catalogue. `headless`: what does the same
        without a window; None: as most do."""
        lines = [said(stopped(text), catalogue) for text in (self.what, self.next_step)]
        if self.command:
            lines.append("  " + self.command)
        return "\n".join([*lines, said(stopped(headless or HEADLESS), catalogue)])


HEADLESS = Text("Without a window: flashdesk update FILE --device ADDRESS (see flashdesk --help)")

NO_FONT = Trouble(
    Text("There is no font to write with: every letter would be a box"),
    Text(
        "Install Flashdesk again, which brings its own, or any font: on Debian and Ubuntu with "
        "this command"
    ),
    _INSTALL.format(packages="fontconfig fonts-dejavu-core"),
)


def trouble() -> Trouble | None:
    """Why no window can open here; None if one can, as far as is seen without opening one."""
    return display_trouble() or qt_trouble()


def display_trouble() -> Trouble | None:
    if has_display():
        return None
    return Trouble(
        Text("There is no display to open a window on (DISPLAY and WAYLAND_DISPLAY are not set)"),
        Text("Start Flashdesk from a desktop session"),
        is_of_display=True,
    )


def qt_trouble() -> Trouble | None:
    """Qt cannot be loaded, or what was installed of it does not belong together."""
    try:
        import PySide6
        import PySide6.QtWidgets
        import shiboken6
    except ImportError as error:
        return _not_loaded(error)
    if PySide6.__version__ != shiboken6.__version__:
        return Trouble(
            Text(
                "PySide6 {pyside} and shiboken6 {shiboken} do not belong together",
                pyside=PySide6.__version__,
                shiboken=shiboken6.__version__,
            ),
            Text("Install both in the same version"),
            "pip install --force-reinstall PySide6-Essentials shiboken6",
        )
    if sys.version_info < (3, 12) and _version(PySide6.__version__) >= (6, 12):
        return Trouble(
            Text(
                "PySide6 {version} crashes on Python {python}",
                version=PySide6.__version__,
                python=_python(),
            ),
            Text("Install an older one"),
            'pip install "PySide6-Essentials<6.12"',
        )
    return None


def _not_loaded(error: ImportError) -> Trouble:
    said = str(error)
    if found := _MISSING.search(said):
        return missing_library(found[1], said)
    if isinstance(error, ModuleNotFoundError):
        return Trouble(
            Text("A part of Flashdesk is missing: {name}", name=error.name or said),
            _INSTALL_AGAIN,
            detail=said,
        )
    if sys.platform == "win32":
        return Trouble(
            Text("Qt cannot be loaded: {reason}", reason=outside(said)),
            Text(
                "Install the Microsoft Visual C++ Redistributable for Visual Studio 2015-2022, "
                "then Flashdesk again"
            ),
            detail=said,
        )
    return Trouble(
        Text("Qt cannot be loaded: {reason}", reason=outside(said)), _INSTALL_AGAIN, detail=said
    )


def missing_library(name: str, detail: str = "") -> Trouble:
    """A library of the system that Qt is linked to is not there."""
    package = _PACKAGES.get(name)
    return Trouble(
        Text("The system library {name} is missing, which the window needs", name=name),
        Text("Install it; on Debian and Ubuntu with this command"),
        _INSTALL.format(packages=package or QT_PACKAGES),
        detail,
    )


_NO_PLATFORM = ("no Qt platform plugin", "Could not find the Qt platform plugin")


def platform_trouble(messages: Sequence[str], plugins: Path) -> Trouble | None:
    """Why Qt gives up when it is to open its first window, from what it said; None for whatever
    else it gave up for. plugins: its folder of platforms."""
    said = "\n".join(messages)
    if not any(words in said for words in _NO_PLATFORM):
        return None
    if found := re.search(r"could not connect to display ?(\S*)", said):
        return Trouble(
            Text("The display {name} cannot be reached", name=found[1] or "?"),
            Text("Start Flashdesk from a desktop session, or set DISPLAY to a display that runs"),
            detail=said,
            is_of_display=True,
        )
    if found := re.search(r'Could not load the Qt platform plugin "(\w+)"', said):
        import ctypes

        try:
            ctypes.CDLL(str(plugins / f"libq{found[1].removesuffix('-egl')}.so"))
        except OSError as error:
            if missing := _MISSING.search(str(error)):
                return missing_library(missing[1], said)
    wanted = os.environ.get("QT_QPA_PLATFORM", "")
    if wanted:
        return Trouble(
            Text("Qt has no platform {name}, which QT_QPA_PLATFORM asks for", name=wanted),
            Text("Remove QT_QPA_PLATFORM from the environment"),
            detail=said,
            is_of_display=True,
        )
    return Trouble(
        Text("Qt finds no way to open a window on this system"), _INSTALL_AGAIN, detail=said
    )


def has_display() -> bool:
    """Is there a screen, or a Qt platform that needs none?"""
    if not sys.platform.startswith("linux"):
        return True
    if os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0] in _DISPLAYLESS:
        return True
    return has_screen()


def has_screen() -> bool:
    """Does the session have a display, whatever Qt is told to use?"""
    if not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _python() -> str:
    return ".".join(map(str, sys.version_info[:2]))


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:2] if part.isdecimal())
