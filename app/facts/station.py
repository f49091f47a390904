"""The production station: its places as tiles, what stands above and below, who works at it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from app.facts.words import ActionFacts
from app.lib.tone import Tone
from smp.text import NOTHING, Text


class TileKind(Enum):
    """How a place looks as a whole, from three metres."""

    AWAY = "away"
    """What the place is bound to is not there."""
    EMPTY = "empty"
    WAITING = "waiting"
    """A unit is in it, and nothing is done to it now."""
    WORKING = "working"
    PASSED = "passed"
    FAILED = "failed"
    STOPPED = "stopped"
    """By a person or by the end of the station: neither good nor bad."""

    @property
    def is_verdict(self) -> bool:
        return self in (TileKind.PASSED, TileKind.FAILED, TileKind.STOPPED)


@dataclass(frozen=True, slots=True)
class TileFacts:
    """A place. Everything that it shows: what is not here is not on the screen."""

    name: str
    kind: TileKind = TileKind.EMPTY
    headline: Text = NOTHING
    """What goes on, or the verdict's one word."""
    unit: str = ""
    line: Text = NOTHING
    """Why, or what in particular."""
    advice: Text = NOTHING
    """What to do about it."""
    foot: Text = NOTHING
    """How long it took, and such."""
    action: ActionFacts | None = None
    """The one button."""
    fraction: float | None = None
    percent: Text = NOTHING
    rate: Text = NOTHING
    left: Text = NOTHING


@dataclass(frozen=True, slots=True)
class CounterFacts:
    figure: Text
    caption: Text
    tone: Tone = Tone.NEUTRAL


@dataclass(frozen=True, slots=True)
class StationHeaderFacts:
    product: str = ""
    details: Text = NOTHING
    """Firmware, job, operator, shift: one line."""
    counters: tuple[CounterFacts, ...] = ()
    scan: Text = NOTHING
    """What the scanner is wanted for; empty: nothing just now."""
    answer: Text = NOTHING
    """What became of the last scan."""
    answer_tone: Tone = Tone.NEUTRAL


@dataclass(frozen=True, slots=True)
class StationFooterFacts:
    is_armed: bool = False
    armed: Text = NOTHING
    status: Text = NOTHING
    tone: Tone = Tone.NEUTRAL
    is_sounding: bool = True


@dataclass(frozen=True, slots=True)
class StationFacts:
    """The whole window while a job is run."""

    header: StationHeaderFacts = StationHeaderFacts()
    tiles: tuple[TileFacts, ...] = ()
    footer: StationFooterFacts = StationFooterFacts()


@dataclass(frozen=True, slots=True)
class StartFacts:
    """Before the first unit: what is about to be made, and by whom."""

    product: str
    firmware: Text
    lock: Text
    """Whether the job is locked, and by whom; a whole sentence."""
    operator: str = ""
    shift: str = ""
    is_armed: bool = True
    """Units start by themselves, unless it is said otherwise."""
    is_change: bool = False
    """Somebody works here already."""


@dataclass(frozen=True, slots=True)
class TrustFacts:
    """A locked job that this computer does not trust yet."""

    file: str
    sentence: Text
    key: str
    """The key's fingerprint, to be compared."""
