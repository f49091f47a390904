"""Which system the program runs on."""

from __future__ import annotations

import sys

from app.system.services import System


def this_system() -> System:
    """The one that the program runs on. Nothing heavy is loaded before it is used."""
    name = str(sys.platform)  # or a type checker sees one of them only
    if name == "win32":
        from app.system.windows import Windows

        return Windows()
    if name == "darwin":
        from app.system.macos import Macos

        return Macos()
    if name.startswith("linux"):
        from app.system.linux import Linux

        return Linux()
    return System()
