"""What the application wears: a scheme's colours, Fusion under one style sheet, the type scale.

`Theme` follows the system's light or dark scheme or is forced to one. Widgets that paint themselves
read `tokens()` and `font()` when they paint: a new scheme repaints every one of them.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QFont, QFontInfo, QFontMetrics, QPalette
from PySide6.QtWidgets import QApplication

from app.lib import faces
from app.lib.stylesheet import stylesheet
from app.lib.tokens import DARK, LIGHT, Tokens, faded, mix

_USUAL_LARGEST = 15.5
"""Desktops ship fonts of 12 to 15 px; a larger one is a person's wish for larger text."""


class Scheme(StrEnum):
    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"

    @classmethod
    def called(cls, text: str) -> Scheme:
        """The one of this name; the system's for a name that nobody knows."""
        return next((scheme for scheme in cls if scheme.value == text), cls.SYSTEM)


class Type(StrEnum):
    """The type scale: pixels, weight, tabular digits."""

    BODY = "body"
    MEDIUM = "medium"
    STRONG = "strong"
    SMALL = "small"
    LABEL = "label"
    HEADLINE = "headline"
    NAME = "name"
    VERSION = "version"
    PLAN = "plan"
    FIGURE = "figure"
    AXIS = "axis"
    MONO = "mono"


_REGULAR, _MEDIUM, _STRONG = QFont.Weight.Normal, QFont.Weight.Medium, QFont.Weight.DemiBold
_SCALE: dict[Type, tuple[int, QFont.Weight, bool]] = {
    Type.BODY: (13, _REGULAR, False),
    Type.MEDIUM: (13, _MEDIUM, False),
    Type.STRONG: (13, _STRONG, False),
    Type.SMALL: (12, _REGULAR, True),
    Type.LABEL: (12, _STRONG, False),
    Type.HEADLINE: (17, _STRONG, False),
    Type.NAME: (20, _STRONG, False),
    Type.VERSION: (17, _STRONG, True),
    Type.PLAN: (22, _STRONG, True),
    Type.FIGURE: (20, _STRONG, True),
    Type.AXIS: (11, _REGULAR, True),
    Type.MONO: (12, _REGULAR, True),
}

_worn = LIGHT
_family = ""


def tokens() -> Tokens:
    """The colours of the scheme that is worn now."""
    return _worn


def font(kind: Type = Type.BODY) -> QFont:
    """The font of this rank, scaled with the system's text size. Needs a QGuiApplication."""
    return QFont(_font(kind))  # a copy: whoever underlines it underlines only his own


def grown(kind: Type, scale: float) -> QFont:
    """The font of this rank, so many times as large: for what is read from afar."""
    result = font(kind)
    result.setPixelSize(round(result.pixelSize() * scale))
    return result


@cache
def _font(kind: Type) -> QFont:
    size, weight, tabular = _SCALE[kind]
    if kind is Type.MONO:
        result = faces.fixed()
    else:
        result = faces.general()
        if _family:
            result.setFamilies([_family])
    result.setPixelSize(px(size))
    result.setWeight(weight)
    if tabular:
        result.setFeature(QFont.Tag("tnum"), 1)
    return result


@cache
def metrics(kind: Type = Type.BODY) -> QFontMetrics:
    return QFontMetrics(font(kind))


def px(length: float) -> int:
    """A length drawn for the base size, in pixels of the text size in use."""
    return round(length * _text_scale())


@cache
def _text_scale() -> float:
    system = QFontInfo(faces.system()).pixelSize()
    return system / _USUAL_LARGEST if system > _USUAL_LARGEST else 1.0


class Theme(QObject):
    """Dresses the application; one per process. Emits `changed` after a scheme was put on."""

    changed = Signal()

    def __init__(
        self, application: QApplication, scheme: Scheme = Scheme.SYSTEM, *, family: str = ""
    ) -> None:
        """`family` takes the place of the program's font."""
        global _family
        super().__init__(application)
        _family = family
        self._application = application
        self._scheme = scheme
        for cached in (_font, metrics, _text_scale):
            cached.cache_clear()
        application.setStyle("Fusion")
        application.setFont(font())
        application.styleHints().colorSchemeChanged.connect(self._system_changed)
        self.force(scheme)

    @property
    def scheme(self) -> Scheme:
        """What was asked for."""
        return self._scheme

    def force(self, scheme: Scheme) -> None:
        """Wear this scheme from now on; SYSTEM follows the desktop."""
        self._scheme = scheme
        hints = self._application.styleHints()
        # Title bars and native dialogs follow; platforms without a theme ignore it, hence
        # our own palette and style sheet.
        hints.setColorScheme(
            {
                Scheme.SYSTEM: Qt.ColorScheme.Unknown,
                Scheme.LIGHT: Qt.ColorScheme.Light,
                Scheme.DARK: Qt.ColorScheme.Dark,
            }[scheme]
        )
        system = hints.colorScheme() is Qt.ColorScheme.Dark
        self._dress(dark=scheme is Scheme.DARK or (scheme is Scheme.SYSTEM and system))

    def _system_changed(self, scheme: Qt.ColorScheme) -> None:
        if self._scheme is Scheme.SYSTEM:
            self._dress(dark=scheme is Qt.ColorScheme.Dark)

    def _dress(self, *, dark: bool) -> None:
        global _worn
        _worn = DARK if dark else LIGHT
        self._application.setPalette(_palette(_worn))
        self._application.setStyleSheet(stylesheet(_worn))
        self.changed.emit()


def wear(scheme: Scheme) -> None:
    """Dress the application anew; without effect where it was never dressed."""
    application = QApplication.instance()
    theme = application.findChild(Theme) if application is not None else None
    if isinstance(theme, Theme):
        theme.force(scheme)


def _palette(worn: Tokens) -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette()
    for which, color in (
        (role.Window, worn.background),
        (role.WindowText, worn.ink),
        (role.Base, worn.panel),
        (role.AlternateBase, worn.side),
        (role.Text, worn.ink),
        (role.PlaceholderText, worn.hint()),
        (role.Button, worn.panel),
        (role.ButtonText, worn.ink),
        (role.BrightText, worn.on_accent),
        (role.ToolTipBase, worn.panel),
        (role.ToolTipText, worn.ink),
        (role.Highlight, worn.accent),
        (role.HighlightedText, worn.on_accent),
        (role.Accent, worn.accent),
        (role.Link, worn.accent),
        (role.LinkVisited, worn.accent),
        (role.Light, mix(worn.panel, worn.ink, 0.03)),
        (role.Midlight, worn.side),
        (role.Mid, worn.line),
        (role.Dark, mix(worn.line, worn.soft, 0.5)),
        (role.Shadow, faded(worn.ink, 0.4)),
    ):
        palette.setColor(which, color)
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, worn.faint)
    return palette
