"""Files that a browser has not yet given their name: they grow, or were never finished.

The only recogniser that goes by the name: half a file looks like whatever it begins with.
"""

from __future__ import annotations

from smp.errors import FileError
from smp.image.kinds import FileKind, Finding
from smp.text import Coded, Text

_OF_BROWSERS = (".crdownload", ".part", ".partial", ".download", ".opdownload", ".!ut", ".aria2")
_OF_ANYBODY = (".tmp", ".temp", ".filepart")
"""Copies that are whole may be called so, too."""


def is_download(name: str, *, whole: bool) -> bool:
    """`whole`: what it holds is a usable firmware file."""
    ending = name.lower()
    return ending.endswith(_OF_BROWSERS) or (not whole and ending.endswith(_OF_ANYBODY))


def unfinished(name: str) -> Finding:
    return Finding(FileKind.DOWNLOAD, problem=unfinished_error(name))


def unfinished_error(name: str) -> FileError:
    return FileError(
        Coded("file-still-downloading", "{name} is a download that has not ended", name=name),
        why=Text("Browsers and copying programs call a file so until all of it has arrived"),
        next_step=Text(
            "Wait until it has ended and choose the file by its final name; if nothing downloads "
            "any more, download it again"
        ),
    )
