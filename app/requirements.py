"""What must be true before a window can open, said in words where it is not."""

from __future__ import annotations

import os
import sys

QT_PACKAGES = (
    "libegl1 libgl1 libfontconfig1 libglib2.0-0 libdbus-1-3 libxkbcommon-x11-0 libxcb-cursor0 "
    "libxcb-icccm4 libxcb-keysyms1 libxcb-shape0"
)
HEADLESS = "Without a window: flashdesk update FILE --device ADDRESS (see flashdesk --help)"

NO_FONT = (
    "There is no font on this computer to write with: every letter would be a box.\n"
    "Install one; on Debian and Ubuntu: sudo apt-get install fontconfig fonts-dejavu-core\n"
    f"{HEADLESS}"
)


def trouble() -> str:
    """Why no window can open here, with the next step; empty if one can."""
    if not has_display():
        return (
            "There is no display to open a window on (DISPLAY and WAYLAND_DISPLAY are not set).\n"
            f"Start Flashdesk from a desktop session. {HEADLESS}"
        )
    try:
        import PySide6
        import PySide6.QtWidgets
    except ImportError as error:
        return (
            f"Qt cannot be loaded: {error}\n"
            f"On Debian and Ubuntu install: sudo apt-get install {QT_PACKAGES}"
        )
    if sys.version_info < (3, 12) and _version(PySide6.__version__) >= (6, 12):
        python = ".".join(map(str, sys.version_info[:2]))
        return (
            f"PySide6 {PySide6.__version__} crashes on Python {python}.\n"
            'Install an older one: pip install "PySide6-Essentials<6.12"'
        )
    return ""


def has_display() -> bool:
    """Is there a screen, or a Qt platform that needs none?"""
    if not sys.platform.startswith("linux"):
        return True
    if os.environ.get("QT_QPA_PLATFORM", "") in ("offscreen", "minimal", "vnc", "linuxfb", "eglfs"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:2] if part.isdecimal())
