"""Where the files that are not code lie: in a source checkout, a package or a bundle."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path


def resource(path: str) -> Path:
    """The file or folder `path` under resources/, e.g. "icons/check.svg".

    Raises FileNotFoundError when the installation lacks it.
    """
    found = _root() / path
    if not found.exists():
        raise FileNotFoundError(f"The installation lacks resources/{path}")
    return found


@cache
def _root() -> Path:
    package = Path(__file__).resolve().parent.parent
    bundle = getattr(sys, "_MEIPASS", None)  # PyInstaller unpacks data files there
    candidates = [
        *([Path(bundle) / "resources"] if bundle else []),
        package.parent / "resources",
        package / "resources",
        Path(sys.prefix) / "share" / "flashdesk" / "resources",
    ]
    for candidate in candidates:
        if (candidate / "icons").is_dir():
            return candidate
    raise FileNotFoundError("The installation lacks its resources folder")
