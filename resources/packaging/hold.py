"""Run by the frozen program before anything else: its file is held open; on Windows it learns of
the archive that its two programs share.

PyInstaller reads each module from the program's file when it is imported. Where the package is
upgraded beneath an open window, another file has that name by then, and an update of a device
would break off in the middle. What is held stays the one that was started.
"""

import os
import sys
import zlib
from marshal import loads

import pyimod01_archive
import pyimod02_importers

_MODULES = (pyimod01_archive.PYZ_ITEM_MODULE, pyimod01_archive.PYZ_ITEM_PKG)


def _hold(archive):
    held = os.open(archive._filename, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
    extract = archive.extract

    def from_held(name, raw=False):
        entry = archive.toc.get(name)
        if entry is None or entry[0] not in _MODULES:
            return extract(name, raw)
        data = zlib.decompress(os.pread(held, entry[2], archive._start_offset + entry[1]))
        return data if raw else loads(data)

    archive.extract = from_held


if sys.platform == "win32":  # there nobody can replace the file of a running program
    sys.path.append(os.path.join(sys._MEIPASS, "libraries.zip"))  # noqa: PTH118 -- early
else:
    _hold(pyimod02_importers.pyz_archive)
