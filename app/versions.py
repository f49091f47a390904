"""Which program this is, and what it runs on: for reports, logs and crashes."""

from __future__ import annotations

import platform
from functools import cache

from app import VERSION

_PACKAGES = ("PySide6_Essentials", "qasync", "bleak", "pyserial", "cbor2")


@cache
def versions() -> str:
    """ "flashdesk 0.1.0, Python 3.12.1, PySide6_Essentials 6.11.3, ..., on Linux-6.1"."""
    from importlib.metadata import PackageNotFoundError, version

    names = [f"flashdesk {VERSION}", f"Python {platform.python_version()}"]
    for package in _PACKAGES:
        try:
            names.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return f"{', '.join(names)}, on {platform.platform()}"
