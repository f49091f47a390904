"""What can be done to a slot or a device, and the words a judgement of it is made of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from smp.commands.image import ImageEntry
from smp.text import Coded, Text
from smp.update.kinds import Obstacle


class ActKind(Enum):
    TEST = "test"
    """Mark the stored image for one restart."""
    CONFIRM = "confirm"
    """Keep the running image."""
    ERASE = "erase"
    """Empty a slot that nothing runs from."""
    GO_BACK = "go-back"
    """Restart the device with the stored image, and keep that."""
    RESTART = "restart"
    RECOVERY = "recovery"
    """Restart it into its bootloader, or its firmware loader."""


RESTARTING = frozenset({ActKind.GO_BACK, ActKind.RESTART, ActKind.RECOVERY})


@dataclass(frozen=True, slots=True)
class Act:
    """`image`: its number on the device. `slot`: 0 or 1 of this image's own slots; None: the one
    that the act can be about. `force`: a restart that the firmware refuses for now is insisted on.
    """

    kind: ActKind
    image: int = 0
    slot: int | None = None
    force: bool = False


class Way(Enum):
    """How the stored image comes to run."""

    RESTART = "restart"
    """Any restart starts it."""
    TEST = "test"
    """It is marked for one restart, and confirmed when it holds."""
    FOR_GOOD = "for-good"
    """It is marked for good: nobody could confirm it afterwards."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """An act, judged for a device. Nothing is done unless `obstacle` is None.

    `after`: what will be true then, whole sentences. `consents`: what of it cannot be taken back,
    each a sentence that has to be agreed to.
    """

    act: Act
    after: Text
    obstacle: Obstacle | None = None
    consents: tuple[Coded, ...] = ()
    is_done: bool = False
    """It is so already: nothing has to be done."""
    entry: ImageEntry | None = None
    """The image that it is about, as the device lists it; None: none is listed there."""
    slot: int = 0
    """Which of the image's slots it is about."""
    running: ImageEntry | None = None
    """What runs as this image."""
    way: Way = Way.RESTART
    """Of going back."""

    def is_like(self, other: Judgement) -> bool:
        """Who agreed to one of them has agreed to the other."""
        if (self.obstacle is None) != (other.obstacle is None):
            return False
        same = self.after == other.after and self.consents == other.consents
        return same and _hash(self.entry) == _hash(other.entry)


def _hash(entry: ImageEntry | None) -> bytes | None:
    return entry.hash if entry is not None else None
