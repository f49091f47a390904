"""Below the places: does anything start by itself, are the records safe, sound, end."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.facts.station import StationFooterFacts
from app.lib.buttons import Button, Rank
from app.lib.spoken import announce
from app.lib.theme import Type, grown, px
from app.lib.tips import explain
from app.lib.tone import Tone
from app.views.main_menu import MainMenu
from app.views.station_header import INKS
from app.views.two_lines import TwoLines

ARM, SHIFT, SCREEN, SOUND, END = "F9", "F8", "F11", "Ctrl+M", "Ctrl+Q"
"""Keys that work in all of the window."""


class StationFooter(QWidget):
    """Shows `StationFooterFacts`. Its signals are what a person wants."""

    arm_switched = Signal(bool)
    sound_switched = Signal(bool)
    shift_requested = Signal()
    """Somebody else works here from now on."""
    end_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._facts: StationFooterFacts | None = None
        self.setObjectName("footer")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.arm = Button("", Rank.QUIET)
        self.arm.setCheckable(True)
        self.arm.clicked.connect(self.arm_switched)
        self.status = TwoLines()
        self.shift = Button(self.tr("Operator…"), Rank.QUIET)
        explain(self.shift, f"{self.tr('Another operator or shift')} ({SHIFT})")
        self.shift.clicked.connect(self.shift_requested)
        self.sound = Button("", Rank.QUIET)
        self.sound.setCheckable(True)
        self.sound.clicked.connect(self.sound_switched)
        self.end = Button(self.tr("End…"), Rank.QUIET)
        explain(self.end, f"{self.tr('End the station')} ({END})")
        self.end.clicked.connect(self.end_requested)
        self.menu = MainMenu(self.tr("Help, keys, about"))
        line = QHBoxLayout(self)
        line.setContentsMargins(px(12), px(3), px(12), px(3))
        line.setSpacing(px(8))
        line.addWidget(self.arm)
        line.addWidget(self.status, 1)
        line.addWidget(self.shift)
        line.addWidget(self.sound)
        line.addWidget(self.end)
        line.addWidget(self.menu)
        self.present(StationFooterFacts())

    def grow(self, scale: float) -> None:
        """As the header does."""
        self.status.grow(scale)
        for button in (self.arm, self.shift, self.sound, self.end):
            button.setFont(grown(Type.BODY, scale))

    def present(self, facts: StationFooterFacts) -> None:
        # A click has switched the button already: it shows what is so, not what was wanted.
        self.arm.setChecked(facts.is_armed)
        self.sound.setChecked(facts.is_sounding)
        if facts == self._facts:
            return
        before, self._facts = self._facts, facts
        self.arm.setText(facts.armed)
        explain(self.arm, f"{facts.armed} ({ARM})")
        sound = self.tr("Sound on") if facts.is_sounding else self.tr("Sound off")
        self.sound.setText(sound)
        explain(self.sound, f"{sound} ({SOUND})")
        self.status.setText(facts.status)
        self.status.dye(INKS[facts.tone])
        if before is not None and facts.tone is Tone.BAD and facts.status != before.status:
            announce(self.status, facts.status, is_urgent=True)
