"""What is on the device: its slots and the images in them."""

from __future__ import annotations

from dataclasses import dataclass

from app.facts.words import AdviceFacts, ChipFacts
from smp.text import NOTHING, Text

HASH = Text("hash")


@dataclass(frozen=True, slots=True)
class SlotAct:
    """What can be done to a slot, as an entry of its menu. `key` comes back in the view's signal.
    `forbidden`: why it cannot be done now, a sentence; empty: it can."""

    key: str
    words: Text
    forbidden: Text = NOTHING


@dataclass(frozen=True, slots=True)
class SlotBarFacts:
    """One slot, to scale. An image has a version; its parts are known only from its file."""

    title: Text
    version: Text = NOTHING
    """Empty: no image in it."""
    chips: tuple[ChipFacts, ...] = ()
    capacity: int | None = None
    """Bytes of the slot; None when the device does not tell."""
    header: int = 0
    code: int = 0
    tlv: int = 0
    trailer: int = 0
    """The last bytes of the slot, which the bootloader needs for itself."""
    digest: str = ""
    """The image's hash as hex."""
    digest_name: Text = HASH
    received: int | None = None
    """While it is being written: bytes the device has; header, code and tlv are the whole."""

    acts: tuple[SlotAct, ...] = ()
    """Behind its button; none: it has no button."""

    @property
    def used(self) -> int:
        """Bytes of the image, 0 when unknown."""
        return self.header + self.code + self.tlv


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """The slots of one image; `title` is "image 0"."""

    title: Text
    slots: tuple[SlotBarFacts, ...]


@dataclass(frozen=True, slots=True)
class SlotsFacts:
    """The card "On the device"."""

    images: tuple[ImageFacts, ...] = ()
    advice: AdviceFacts | None = None
    """Shown in place of the images."""
    dimmed: bool = False
    """The device restarts: what is drawn was true a moment ago."""
    note: Text = NOTHING
    """One line under the slots."""
    acts_locked: Text = NOTHING
    """Why nothing can be done to any slot just now."""
