"""One file for one device: what every judgement of a plan looks at. Facts only, no judgement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from smp.commands.image import ImageEntry
from smp.commands.os import BootloaderMode
from smp.image import FilePart, McubootImage, SignatureCheck, Signer, Version
from smp.survey import DeviceFacts
from smp.text import Text
from smp.update.deeds import name_of
from smp.update.kinds import Action
from smp.update.seen import Seen

SWAPS = frozenset(
    {BootloaderMode.SWAP_SCRATCH, BootloaderMode.SWAP_MOVE, BootloaderMode.SWAP_OFFSET}
)
ONE_SLOT = frozenset({BootloaderMode.SINGLE_SLOT, BootloaderMode.SINGLE_SLOT_RAM_LOAD})
IN_PLACE = frozenset({BootloaderMode.DIRECT_XIP, BootloaderMode.DIRECT_XIP_REVERT})
HIGHEST_WINS = IN_PLACE | {BootloaderMode.RAM_LOAD}
"""They start the image with the higher version, and the one in slot 0 of two equal ones."""
BY_VERSION = frozenset({BootloaderMode.DIRECT_XIP, BootloaderMode.RAM_LOAD})
"""Nothing has to be marked there."""
FROM_RAM = frozenset({BootloaderMode.RAM_LOAD, BootloaderMode.SINGLE_SLOT_RAM_LOAD})
NOT_TOLD = frozenset({None, BootloaderMode.UNKNOWN})
"""Nothing may be concluded from them: RAM-load, for one, is told as unknown."""


def upload_slot(facts: DeviceFacts, entries: Iterable[ImageEntry]) -> int:
    """Where an upload goes: the slot that nothing runs from, or the only one there is. entries:
    what the device lists for this image number."""
    if facts.in_recovery or facts.mode in ONE_SLOT:
        return 0
    if facts.mode is BootloaderMode.FIRMWARE_LOADER:
        return 0
    active = next((entry.slot for entry in entries if entry.active), 0)
    return 0 if active == 1 else 1


@dataclass(frozen=True, slots=True)
class Case:
    """`number`: image number. `size`: bytes that would be sent. `signature`: the file checked
    against the key the user trusts. `signer`: which known key has signed it."""

    facts: DeviceFacts
    image: McubootImage
    number: int
    size: int
    before: ImageEntry | None
    """What runs now, or stands where it would run."""
    entries: tuple[ImageEntry, ...]
    """What the device lists for this image number."""
    action: Action
    signature: SignatureCheck | None
    seen: Seen | None = None
    """What the file of the running image told, where that was seen."""
    signer: Signer | None = None
    arriving: Mapping[int, McubootImage] = field(default_factory=dict)
    """The other images of the same update, by their numbers."""
    told: FilePart | None = None
    """What the file around the image says of it."""
    built_for: int | None = None
    """The slot, 0 or 1, that it is built for alone, as the file around it says."""
    is_of_pair: bool = False
    """It was chosen of two that are built for one slot each."""

    @property
    def running_text(self) -> str:
        """The version that runs now as the device tells it; empty if it does not."""
        return self.before.version if self.before is not None else ""

    @property
    def running(self) -> Version | None:
        return Version.parse_device(self.running_text)

    @property
    def returns(self) -> bool:
        """What runs is on test, and this file is the confirmed image that a restart returns to."""
        before = self.before
        return (
            self.action is Action.RESTART
            and before is not None
            and not before.confirmed
            and any(e.confirmed and e.hash == self.image.hash for e in self.entries)
        )

    @property
    def is_first(self) -> bool:
        """The device has no image of this number where it would run, so that nothing can be
        returned to. Of image 0, and in a recovery, a list without it only says that it is not
        told."""
        told = self.number > 0 and not self.facts.in_recovery
        return told and self.before is None and self.action is Action.UPLOAD

    @property
    def is_running(self) -> bool:
        """What is compared with runs; in a recovery or a loader it only lies there."""
        return self.before is not None and self.before.active

    @property
    def is_wanted(self) -> bool:
        """The device has images, and one of this number. MCUboot's recovery lists only what is
        whole and checks the number itself."""
        facts = self.facts
        if facts.state is None:
            return facts.behind_loader and self.number == 0
        return self.number in facts.image_numbers or (facts.in_recovery and not facts.slots)

    @property
    def newly_listed(self) -> list[Version]:
        """By which images the device's list grows with all that is sent; this one is."""
        state = self.facts.state
        assert state is not None
        others = (
            image.version
            for number, image in self.arriving.items()
            if not any(image.goes_by(it.hash) or not it.active for it in state.of(number))
        )
        return [self.image.version, *others]

    @property
    def upload_slot(self) -> int:
        """Where an upload goes."""
        return upload_slot(self.facts, self.entries)

    @property
    def home_slot(self) -> int:
        """Where the image will run, or be read from to run; a guess where the mode is not told."""
        facts = self.facts
        stays = facts.in_recovery or facts.mode in IN_PLACE | FROM_RAM
        return self.upload_slot if stays else 0

    def name_of(self, slot: int) -> Text:
        """A slot in words."""
        return name_of(slot, self.number)
