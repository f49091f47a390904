"""A job of the production line, as its editor shows it: sections of cards of fields.

What a field is called comes back with what is entered: "product", "recognise.usb", and of a list's
row "places/3/name".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from app.facts.firmware import FirmwareFacts
from app.facts.settings import OptionFacts
from app.facts.window import BannerFacts, NoticeFacts
from app.facts.words import ActionFacts, ChipFacts
from app.lib.tone import Tone
from smp.text import NOTHING, Text

YES = "yes"
"""What a switch that is on has as its value; off: nothing."""


class FieldKind(Enum):
    LINE = "line"
    """A line as wide as the card."""
    SHORT = "short"
    """A line for a number or a word, at the right of its title."""
    CHOICE = "choice"
    SWITCH = "switch"


@dataclass(frozen=True, slots=True)
class FieldFacts:
    key: str
    title: Text
    kind: FieldKind = FieldKind.LINE
    value: str = ""
    words: Text = NOTHING
    """What it means, or what was found."""
    tone: Tone = Tone.NEUTRAL
    """Of the words."""
    problem: Text = NOTHING
    """Takes the place of the words."""
    options: tuple[OptionFacts, ...] = ()
    hint: Text = NOTHING
    """Stands in the line while it is empty."""
    unit: Text = NOTHING
    actions: tuple[ActionFacts, ...] = ()
    """Buttons beside the line; their keys come back."""


@dataclass(frozen=True, slots=True)
class RowFacts:
    """An entry of a list, which has fields of its own. `name`: what a screen reader calls it."""

    key: str
    name: Text
    fields: tuple[FieldFacts, ...]
    problem: Text = NOTHING


@dataclass(frozen=True, slots=True)
class ListFacts:
    key: str
    nothing: Text
    """Said while there is no entry."""
    add: Text
    rows: tuple[RowFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class CardFacts:
    """Its fields, then its list. `has_firmware`: the firmware file stands at its head."""

    title: Text
    fields: tuple[FieldFacts, ...] = ()
    entries: ListFacts | None = None
    has_firmware: bool = False


@dataclass(frozen=True, slots=True)
class SectionFacts:
    key: str
    title: Text
    words: Text
    cards: tuple[CardFacts, ...]
    problems: int = 0
    """How many of its fields have one."""


@dataclass(frozen=True, slots=True)
class JobFacts:
    """The whole editor. `locked`: why nothing can be changed; empty: it can."""

    name: Text
    path: str = ""
    chip: ChipFacts | None = None
    """How it stands: locked, changed, not saved yet."""
    sections: tuple[SectionFacts, ...] = ()
    firmware: FirmwareFacts = field(default_factory=FirmwareFacts)
    locked: Text = NOTHING
    notice: NoticeFacts | None = None
    banner: BannerFacts | None = None
    """How the try on a simulated device went."""
    status: Text = NOTHING
    """Whether a station takes the job as it stands."""
    tone: Tone = Tone.NEUTRAL
    can_save: bool = False
    trying: Text = NOTHING
    """What is tried at the moment; empty: nothing."""
