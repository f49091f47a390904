"""Words that window, terminal and report share: steps, bootloader modes, flags of an image."""

from __future__ import annotations

from typing import assert_never

from app.lib.wording import about, short_hash
from smp.commands.image import ImageEntry
from smp.commands.os import BootloaderMode
from smp.family import Family
from smp.survey import DeviceFacts
from smp.text import Text, outside
from smp.update.kinds import Awaited, Step

STEPS = {
    Step.CHECK: Text("Check"),
    Step.UPLOAD: Text("Upload"),
    Step.RESTART: Text("Restart"),
    Step.VERIFY: Text("Verify"),
    Step.CONFIRM: Text("Confirm"),
}
WHY_AWAKE = Text("A device is being updated")
"""Why a computer must not fall asleep, for the system to show."""
MODES = {
    BootloaderMode.SINGLE_SLOT: Text("one slot: no way back"),
    BootloaderMode.SWAP_SCRATCH: Text("swap with a scratch area: can roll back"),
    BootloaderMode.OVERWRITE_ONLY: Text("overwrite: no way back"),
    BootloaderMode.SWAP_MOVE: Text("swap by moving: can roll back"),
    BootloaderMode.DIRECT_XIP: Text("runs the slot with the higher version"),
    BootloaderMode.DIRECT_XIP_REVERT: Text("runs the slot with the higher version: can roll back"),
    BootloaderMode.RAM_LOAD: Text("copies the newest image to RAM"),
    BootloaderMode.FIRMWARE_LOADER: Text("a small loader takes the update"),
    BootloaderMode.SINGLE_SLOT_RAM_LOAD: Text("one slot, copied to RAM: no way back"),
    BootloaderMode.SWAP_OFFSET: Text("swap using an offset: can roll back"),
    BootloaderMode.UNKNOWN: Text("mode not told, or not known here"),
}
SHORT_MODES = {
    BootloaderMode.SINGLE_SLOT: Text("one slot: no way back"),
    BootloaderMode.SWAP_SCRATCH: Text("swap: can roll back"),
    BootloaderMode.OVERWRITE_ONLY: Text("overwrites: no way back"),
    BootloaderMode.SWAP_MOVE: Text("swap: can roll back"),
    BootloaderMode.DIRECT_XIP: Text("runs the higher version"),
    BootloaderMode.DIRECT_XIP_REVERT: Text("runs the higher version, can roll back"),
    BootloaderMode.RAM_LOAD: Text("runs the newest from RAM"),
    BootloaderMode.FIRMWARE_LOADER: Text("updates through a loader"),
    BootloaderMode.SINGLE_SLOT_RAM_LOAD: Text("one slot: no way back"),
    BootloaderMode.SWAP_OFFSET: Text("swap: can roll back"),
}
"""The same where there is little room."""


RUNNING = Text("running")
CONFIRMED = Text("confirmed")
ON_TEST = Text("on test")
FALLBACK = Text("fallback")
FIRMWARE_LOADER = Text("firmware loader")
APPLICATION = Text("application")
AWAITED = {
    Awaited.APPLICATION: Text("its firmware"),
    Awaited.LOADER: Text("its firmware loader"),
    Awaited.RECOVERY: Text("its serial recovery"),
}
"""What is waited for, as the object of a sentence."""


def restarts(expected: float, into: Awaited) -> Text:
    """The device restarts, into what, and how long that takes."""
    time = about(expected)
    if into is Awaited.APPLICATION:
        return Text("The device restarts, this takes {time}", time=time)
    return Text("The device restarts into {what}, this takes {time}", what=AWAITED[into], time=time)


def flag_words(entry: ImageEntry, *, in_loader: bool = False) -> list[Text]:
    """The flags of an image as words: running, confirmed, waits for the next restart.

    in_loader: the firmware loader tells them; then slot 1 is that one, and no flag means a test.
    """
    if in_loader:
        return [FIRMWARE_LOADER, RUNNING] if entry.active else [APPLICATION]
    words = []
    if entry.active:
        words.append(RUNNING)
        words.append(CONFIRMED if entry.confirmed else ON_TEST)
    elif entry.confirmed:
        words.append(FALLBACK)
    if entry.pending:
        permanent, once = Text("for good at the next restart"), Text("next restart")
        words.append(permanent if entry.permanent else once)
    return words


def slot_words(image: int, slot: int, *, several: bool) -> Text:
    """A slot as the head of a row; of several images it says whose."""
    if several:
        return Text("Image {image} slot {slot}", image=image, slot=slot)
    return Text("Slot {slot}", slot=slot)


NOT_LISTED = Text("not listed")


def hash_words(digest: bytes) -> Text:
    return Text("hash {digest}", digest=short_hash(digest))


MYNEWT = outside("Apache Mynewt")


def system_words(facts: DeviceFacts) -> Text:
    """Its kernel and version, as it tells them or is known by; empty where it does not."""
    match facts.family:
        case Family.MYNEWT:
            return MYNEWT
        case Family.OLD_MYNEWT:
            return Text("Apache Mynewt, 1.7 or older")
        case Family.OTHER | Family.UNSURE:
            pass
        case _:
            assert_never(facts.family)
    return outside(" ".join(word for word in (facts.kernel, facts.kernel_version) if word))
