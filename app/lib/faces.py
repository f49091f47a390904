"""The fonts that the program writes with: its own, and the system's for letters that they lack.

Its own lie in app/resources/fonts: the window looks the same on every system, has letters where
none are installed, and digits of one width, so that figures that change do not tremble. Where they
cannot be loaded, the system's serve, if they have letters.
"""

from __future__ import annotations

from functools import cache

from PySide6.QtGui import QFont, QFontDatabase, QFontInfo

from app.lib.resources import FONTS

SANS, MONO = "Flashdesk Sans", "Flashdesk Mono"
"""As the files name themselves; see resources/fonts.py."""

_SANS = (
    "Segoe UI",
    "Noto Sans",
    "DejaVu Sans",
    "Liberation Sans",
    "Tahoma",
    "Arial",
    "Helvetica",
)
_FIXED = (
    "Consolas",
    "Noto Sans Mono",
    "DejaVu Sans Mono",
    "Liberation Mono",
    "Courier New",
    "Courier",
)


def there_is_one() -> bool:
    """Is there any font? Without one Qt draws a box for each letter. Needs a QGuiApplication."""
    return bool(QFontInfo(general()).family())


def general() -> QFont:
    """The program's own, then the desktop's."""
    face = system()
    if SANS in _carried():
        face.setFamilies([SANS, *face.families()])
    return face


def fixed() -> QFont:
    """With letters of one width: the program's own, then the desktop's."""
    face = _system_fixed()
    if MONO in _carried():
        face.setFamilies([MONO, *face.families(), SANS])  # which has more signs
    return face


def system() -> QFont:
    """The desktop's font; one of its kind where it names a font that is not installed, for which
    Qt would take the next best, with serifs perhaps."""
    face = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    if not _is_there(face.family()):
        _take_first(face, _SANS)
    return face


def _system_fixed() -> QFont:
    """The desktop's font with letters of one width, if there is any such font at all."""
    face = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    if not QFontInfo(face).fixedPitch():
        others = (family for family in QFontDatabase.families() if family != MONO)
        _take_first(face, (*_FIXED, *filter(QFontDatabase.isFixedPitch, others)))
    return face


@cache
def _carried() -> frozenset[str]:
    """The families of the program's own fonts, loaded at the first call."""
    loaded = [QFontDatabase.addApplicationFont(str(path)) for path in sorted(FONTS.glob("*.ttf"))]
    return frozenset(
        family
        for number in loaded
        if number >= 0
        for family in QFontDatabase.applicationFontFamilies(number)
    )


def _is_there(family: str) -> bool:
    """Apple's own begins with a dot and is in no list."""
    return family.startswith(".") or QFontDatabase.hasFamily(family)


def _take_first(face: QFont, families: tuple[str, ...]) -> None:
    found = next((family for family in families if QFontDatabase.hasFamily(family)), None)
    if found is not None:
        face.setFamilies([found])
