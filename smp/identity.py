"""Is this still the same device? What image lists can say, and what they cannot.

The place comes first: a socket, an address. Image lists come second, and they only ever disprove:
units of one product hold the same images. So a list decides where another device could be at the
same place (a network address, a needle bed, a radio name), and never makes a device at another
place the one that was picked. One thing does: that the image which was sent runs there on test.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from smp.commands.image import ImageState
from smp.transport.base import Transport


class Sameness(Enum):
    OTHER = "other"
    """It lists none of the images that the device had or was sent."""
    POSSIBLE = "possible"
    """It lists some of them."""
    CANNOT_TELL = "cannot-tell"
    """One of the lists names no hashes."""


def by_images(
    before: ImageState, now: ImageState, *, sent: Iterable[bytes] = (), strict: bool = False
) -> Sameness:
    """Compare a device's image list with the one from before.

    sent: hashes by which the image that was sent may be listed. strict: the image that waited for
    the restart must be among the listed ones, having known another of them is not enough.
    """
    known = {entry.hash for entry in before.entries if entry.hash} | set(sent)
    waiting = {entry.hash for entry in before.entries if entry.hash and entry.pending}
    found = {entry.hash for entry in now.entries if entry.hash}
    if not any(entry.hash for entry in before.entries) or not found:
        return Sameness.CANNOT_TELL
    wanted = (waiting | set(sent)) if strict and waiting else known
    return Sameness.POSSIBLE if found & wanted else Sameness.OTHER


def is_another(
    transport: Transport,
    before: ImageState,
    now: ImageState,
    *,
    sent: Iterable[bytes] = (),
    lenient: bool = False,
) -> bool:
    """Whether what answers now has to be taken for another device.

    At the same place: if its list disproves it. At its place with another identity (`Transport.
    is_another_at_its_place`), and at another place: unless its list holds the image that waited;
    lenient: or any of those before, as a bootloader may have erased the one that waited.
    """
    if transport.is_another_at_its_place:
        return by_images(before, now, sent=sent, strict=True) is not Sameness.POSSIBLE
    if not transport.has_moved:
        return by_images(before, now, sent=sent) is Sameness.OTHER
    return by_images(before, now, sent=sent, strict=not lenient) is not Sameness.POSSIBLE


def runs_on_test(now: ImageState, sent: Iterable[bytes]) -> bool:
    """Whether an image that was sent runs there and is not confirmed: so soon after a restart that
    was asked for, a state that another unit of the product is hardly in."""
    return any(e.active and not e.confirmed and e.hash in tuple(sent) for e in now.entries)
