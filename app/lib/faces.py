"""Which of the fonts that are there the program writes with: the system's, if it has letters."""

from __future__ import annotations

from PySide6.QtGui import QFont, QFontDatabase, QFontInfo

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
    """The desktop's font; one of its kind where it names a font that is not installed, for which
    Qt would take the next best, with serifs perhaps."""
    face = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    if not _is_there(face.family()):
        _take_first(face, _SANS)
    return face


def fixed() -> QFont:
    """The desktop's font with letters of one width, if there is any such font at all."""
    face = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    if not QFontInfo(face).fixedPitch():
        families = QFontDatabase.families()
        _take_first(face, (*_FIXED, *filter(QFontDatabase.isFixedPitch, families)))
    return face


def _is_there(family: str) -> bool:
    """Apple's own begins with a dot and is in no list."""
    return family.startswith(".") or QFontDatabase.hasFamily(family)


def _take_first(face: QFont, families: tuple[str, ...]) -> None:
    found = next((family for family in families if QFontDatabase.hasFamily(family)), None)
    if found is not None:
        face.setFamilies([found])
