"""An .icns file of the program's icon, on any system: PNG pictures of the drawing in a container.

    python icns.py OUT [SVG]

Apple's format is a list of entries, each a type of four letters, its length with these eight bytes
(big-endian) and the data; the types used hold a PNG. Needs Qt, which draws the pictures.
"""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Mapping
from pathlib import Path

SVG = Path(__file__).resolve().parents[3] / "app" / "resources" / "icons" / "flashdesk.svg"
TYPES = {
    b"ic11": 32,  # 16 points on a screen of double density
    b"ic12": 64,
    b"ic07": 128,
    b"ic13": 256,
    b"ic08": 256,
    b"ic14": 512,
    b"ic09": 512,
    b"ic10": 1024,
}
"""Type to pixels. Those for 16 and 32 points at single density hold no PNG; these are scaled."""


def container(pictures: Mapping[int, bytes]) -> bytes:
    """The file. pictures: a PNG for each size in `TYPES`."""
    entries = b"".join(
        kind + struct.pack(">I", 8 + len(pictures[size])) + pictures[size]
        for kind, size in TYPES.items()
    )
    return b"icns" + struct.pack(">I", 8 + len(entries)) + entries


def drawn(svg: Path, size: int) -> bytes:
    """The drawing as a PNG, square. Needs a QGuiApplication."""
    from PySide6.QtCore import QBuffer, QIODevice, Qt
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    renderer = QSvgRenderer(str(svg))
    if not renderer.isValid():
        raise OSError(f"{svg} holds no drawing")
    picture = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    renderer.render(painter)
    painter.end()
    held = QBuffer()
    held.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(held, "PNG")  # type: ignore[call-overload]
    return bytes(held.data().data())


def main(arguments: list[str]) -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtGui import QGuiApplication

    application = QGuiApplication.instance() or QGuiApplication(["icns"])
    svg = Path(arguments[1]) if len(arguments) > 1 else SVG
    pictures = {size: drawn(svg, size) for size in set(TYPES.values())}
    Path(arguments[0]).write_bytes(container(pictures))
    del application


if __name__ == "__main__":
    main(sys.argv[1:])
