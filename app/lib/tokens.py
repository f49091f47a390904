"""The colours of the window, light and dark, by what they are for."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor

from app.lib.tone import Ink, Tone


@dataclass(frozen=True, slots=True)
class Tokens:
    """One scheme. `x` and `x_ground` are a text colour and the ground it stands on."""

    dark: bool
    background: QColor
    panel: QColor
    side: QColor
    line: QColor
    ink: QColor
    soft: QColor
    faint: QColor
    accent: QColor
    accent_ground: QColor
    on_accent: QColor
    """Text and icons on a surface filled with accent."""
    ok: QColor
    ok_ground: QColor
    warn: QColor
    warn_ground: QColor
    bad: QColor
    bad_ground: QColor
    ok_strong: QColor
    warn_strong: QColor
    bad_strong: QColor
    """A verdict that fills a whole surface, to be seen from afar."""
    on_strong: QColor
    """Words on such a surface."""
    slot_header: QColor
    slot_code: QColor
    slot_tlv: QColor
    slot_free: QColor
    slot_trailer: QColor

    def text(self, ink: Ink) -> QColor:
        color: QColor = getattr(self, ink.value)
        return color

    def front(self, tone: Tone) -> QColor:
        """The colour of words and icons in this tone."""
        if tone is Tone.NEUTRAL:
            return self.soft
        color: QColor = getattr(self, tone.value)
        return color

    def on_ground(self, tone: Tone) -> QColor:
        """The same on its own ground, where it needs a little more ink to be read (4.5:1)."""
        return mix(self.front(tone), self.ink, 0.12)

    def ground(self, tone: Tone) -> QColor:
        """The surface such words may stand on."""
        if tone is Tone.NEUTRAL:
            return self.panel
        color: QColor = getattr(self, f"{tone.value}_ground")
        return color

    def strong(self, tone: Tone) -> QColor:
        """The surface of a verdict that is seen from afar; a panel where there is none."""
        if tone in (Tone.NEUTRAL, Tone.ACCENT):
            return self.panel
        color: QColor = getattr(self, f"{tone.value}_strong")
        return color

    def strong_line(self) -> QColor:
        """Borders of things that are operated, and hints of inactive steps."""
        return mix(self.line, self.soft, 0.4)

    def edge(self) -> QColor:
        """Borders without which nobody would see what they are around: fields, what is switched
        on, scroll bars (3:1 on every surface)."""
        return mix(self.line, self.soft, 0.5 if self.dark else 0.75)

    def hint(self) -> QColor:
        """What a field says while it is empty (4.5:1)."""
        return mix(self.faint, self.soft, 0.8)

    def hover(self, surface: QColor) -> QColor:
        return mix(surface, self.ink, 0.07 if self.dark else 0.045)

    def pressed(self, surface: QColor) -> QColor:
        return mix(surface, self.ink, 0.14 if self.dark else 0.09)


def mix(one: QColor, other: QColor, share: float) -> QColor:
    """`share` of `other` in `one`, 0 to 1, opaque."""
    keep = 1.0 - share
    return QColor(
        round(one.red() * keep + other.red() * share),
        round(one.green() * keep + other.green() * share),
        round(one.blue() * keep + other.blue() * share),
    )


def faded(color: QColor, alpha: float) -> QColor:
    result = QColor(color)
    result.setAlphaF(alpha)
    return result


LIGHT = Tokens(
    dark=False,
    background=QColor("#f5f6f8"),
    panel=QColor("#ffffff"),
    side=QColor("#eef0f4"),
    line=QColor("#dfe3ea"),
    ink=QColor("#1b2330"),
    soft=QColor("#5b6677"),
    faint=QColor("#8b95a5"),
    accent=QColor("#2460c4"),
    accent_ground=QColor("#d8e5fb"),
    on_accent=QColor("#ffffff"),
    ok=QColor("#187a48"),
    ok_ground=QColor("#e3f5ea"),
    warn=QColor("#9a5b00"),
    warn_ground=QColor("#fdf1da"),
    bad=QColor("#b3261e"),
    bad_ground=QColor("#fce8e6"),
    ok_strong=QColor("#187a48"),
    warn_strong=QColor("#8a5200"),
    bad_strong=QColor("#b3261e"),
    on_strong=QColor("#ffffff"),
    slot_header=QColor("#22406f"),
    slot_code=QColor("#2f6fde"),
    slot_tlv=QColor("#5f90e8"),
    slot_free=QColor("#e9ecf1"),
    slot_trailer=QColor("#8791a3"),
)

DARK = Tokens(
    dark=True,
    background=QColor("#15181e"),
    panel=QColor("#1d2129"),
    side=QColor("#191c23"),
    line=QColor("#2d333e"),
    ink=QColor("#e8ecf3"),
    soft=QColor("#a7b0bf"),
    faint=QColor("#778193"),
    accent=QColor("#6ea0ff"),
    accent_ground=QColor("#223353"),
    on_accent=QColor("#0f141d"),
    ok=QColor("#5fd18f"),
    ok_ground=QColor("#16301f"),
    warn=QColor("#f0b85a"),
    warn_ground=QColor("#352a14"),
    bad=QColor("#ff8a80"),
    bad_ground=QColor("#3a1b1a"),
    ok_strong=QColor("#17683a"),
    warn_strong=QColor("#6b4a12"),
    bad_strong=QColor("#8f221c"),
    on_strong=QColor("#f4f6fa"),
    slot_header=QColor("#9fc0ff"),
    slot_code=QColor("#5b8ff0"),
    slot_tlv=QColor("#4a6fb8"),
    slot_free=QColor("#272d37"),
    slot_trailer=QColor("#687286"),
)
