"""A picture of the whole X display: `python picture.py FILE.png [--shows window|armed|verdict]`.

With --shows it ends with 1 unless that is to be seen, by the area of a colour that stands for it.
"""

from __future__ import annotations

import sys

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from app.lib.tokens import LIGHT

SIGNS = {
    "window": (LIGHT.background, 200_000),  # the page
    "armed": (LIGHT.accent, 2_000),  # the button Update
    "verdict": (LIGHT.ok_ground, 40_000),  # the banner of a good one
}


def area(picture: QImage, color: int) -> int:
    """How many pixels have exactly this colour, as 0xffRRGGBB."""
    plain = picture.convertToFormat(QImage.Format.Format_RGB32)
    return bytes(plain.constBits()).count(color.to_bytes(4, sys.byteorder))


def main(file: str, sign: str = "") -> str:
    """What is wrong, or nothing."""
    application = QApplication(sys.argv[:1])
    picture = application.primaryScreen().grabWindow(0).toImage()
    if picture.isNull() or not picture.save(file):
        return "no picture of the display"
    if sign:
        color, least = SIGNS[sign]
        seen = area(picture, color.rgba())
        return "" if seen >= least else f"{seen} of {least} pixels of {sign}"
    return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[3] if "--shows" in sys.argv else "") or 0)
