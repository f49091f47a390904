"""Whose work is inside, under which licences: what About tells. A test compares it with what the
packages say of themselves; the texts of the licences come with the packages of the program."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from app import VERSION
from app.facts.about import AboutFacts, PartFacts

PACKAGES = {
    "PySide6-Essentials": ("Qt, PySide6", "LGPL-3.0", "https://doc.qt.io/qtforpython-6/"),
    "qasync": ("qasync", "BSD-2-Clause", "https://github.com/CabbageDevelopment/qasync"),
    "bleak": ("Bleak", "MIT", "https://github.com/hbldh/bleak"),
    "cbor2": ("cbor2", "MIT", "https://github.com/agronholm/cbor2"),
    "cryptography": ("cryptography", "Apache-2.0 OR BSD-3-Clause", "https://cryptography.io"),
    "intelhex": ("IntelHex", "BSD-3-Clause", "https://github.com/python-intelhex/intelhex"),
    "pyserial": ("pySerial", "BSD-3-Clause", "https://github.com/pyserial/pyserial"),
    "click": ("Click", "BSD-3-Clause", "https://click.palletsprojects.com"),
    "platformdirs": ("platformdirs", "MIT", "https://github.com/tox-dev/platformdirs"),
    "rich": ("Rich", "MIT", "https://github.com/Textualize/rich"),
    "SQLAlchemy": ("SQLAlchemy", "MIT", "https://www.sqlalchemy.org"),
    "alembic": ("Alembic", "MIT", "https://alembic.sqlalchemy.org"),
    "pg8000": ("pg8000", "BSD-3-Clause", "https://codeberg.org/tlocke/pg8000"),
    "tomlkit": ("TOML Kit", "MIT", "https://github.com/python-poetry/tomlkit"),
}
"""By distribution: what it is called, its licence, where it is from."""
FONTS = (
    PartFacts("Inter", "", "OFL-1.1", "https://rsms.me/inter/"),
    PartFacts("JetBrains Mono", "", "OFL-1.1", "https://www.jetbrains.com/lp/mono/"),
)
LICENCE = "Apache-2.0"
"""Flashdesk's own."""


def about() -> AboutFacts:
    """Blocking."""
    system = f"{platform.system()} {platform.release()}, {platform.machine()}"
    python = PartFacts("Python", platform.python_version(), "PSF-2.0", "https://www.python.org")
    packages = (
        PartFacts(name, _version(package), licence, address)
        for package, (name, licence, address) in PACKAGES.items()
    )
    return AboutFacts(VERSION, system, (python, *packages, *FONTS))


def _version(package: str) -> str:
    """A bundle may lack it."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
