"""One file for one device: what every judgement of a plan looks at. Facts only, no judgement."""

from __future__ import annotations

from dataclasses import dataclass

from smp.commands.image import ImageEntry
from smp.commands.os import BootloaderMode
from smp.image import McubootImage, SignatureCheck, Version
from smp.survey import DeviceFacts
from smp.update.kinds import Action

SWAPS = frozenset(
    {BootloaderMode.SWAP_SCRATCH, BootloaderMode.SWAP_MOVE, BootloaderMode.SWAP_OFFSET}
)
ONE_SLOT = frozenset({BootloaderMode.SINGLE_SLOT, BootloaderMode.SINGLE_SLOT_RAM_LOAD})
NEWEST_WINS = frozenset({BootloaderMode.DIRECT_XIP, BootloaderMode.RAM_LOAD})


@dataclass(frozen=True, slots=True)
class Case:
    """`number`: image number. `size`: bytes that would be sent. `signature`: the file checked
    against the key the user trusts."""

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

    @property
    def running_text(self) -> str:
        """The version that runs now as the device tells it; empty if it does not."""
        return self.before.version if self.before is not None else ""

    @property
    def running(self) -> Version | None:
        return Version.parse_device(self.running_text)
