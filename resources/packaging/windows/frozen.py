"""What the Windows executables have beside the program: icon and version resource.

Read by flashdesk.spec, in the Python that freezes, and by build.py.
"""

from __future__ import annotations

import struct
import tempfile
from pathlib import Path
from typing import Any

from PyInstaller.utils.win32 import versioninfo
from PySide6.QtCore import QBuffer, QIODevice, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from windows.build import numbers

ROOT = Path(__file__).resolve().parents[3]
ICON_SIZES = (16, 20, 24, 32, 40, 48, 64, 128, 256)
ENGLISH, UNICODE = 0x409, 1200
DESCRIPTIONS = {"flashdesk": "Flashdesk, command line", "flashdeskw": "Flashdesk"}
"""The Task Manager shows the description as the program's name."""


def executable(name: str, version: str) -> dict[str, Any]:
    icon = Path(tempfile.gettempdir()) / "flashdesk.ico"
    write_icon(icon)
    return {"icon": str(icon), "version": version_resource(name, version)}


def version_resource(name: str, version: str) -> versioninfo.VSVersionInfo:
    words = {
        "CompanyName": "Flashdesk",
        "FileDescription": DESCRIPTIONS[name],
        "FileVersion": version,
        "InternalName": name,
        "LegalCopyright": "Apache License 2.0",
        "OriginalFilename": f"{name}.exe",
        "ProductName": "Flashdesk",
        "ProductVersion": version,
    }
    strings = [versioninfo.StringStruct(key, value) for key, value in words.items()]
    table = versioninfo.StringTable(f"{ENGLISH:04x}{UNICODE:04x}", strings)
    language = versioninfo.VarStruct("Translation", [ENGLISH, UNICODE])
    return versioninfo.VSVersionInfo(
        ffi=versioninfo.FixedFileInfo(filevers=numbers(version), prodvers=numbers(version)),
        kids=[versioninfo.StringFileInfo([table]), versioninfo.VarFileInfo([language])],
    )


def write_icon(path: Path) -> None:
    """The program's icon in every size that Windows asks for, as pictures in one .ico."""
    drawing = QSvgRenderer(str(ROOT / "app" / "resources" / "icons" / "flashdesk.svg"))
    pictures = [_picture(drawing, size) for size in ICON_SIZES]
    place = 6 + 16 * len(pictures)
    entries = b""
    for size, picture in zip(ICON_SIZES, pictures, strict=True):
        entries += struct.pack(
            "<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(picture), place
        )
        place += len(picture)
    path.write_bytes(struct.pack("<HHH", 0, 1, len(pictures)) + entries + b"".join(pictures))


def _picture(drawing: QSvgRenderer, size: int) -> bytes:
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    drawing.render(painter)
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(buffer.data().data())
