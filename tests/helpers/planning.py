"""Devices as facts, and the plans made for them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from smp.commands.image import ImageEntry, ImageState, SlotFacts
from smp.commands.os import BootloaderMode
from smp.image import McubootImage, SignatureCheck
from smp.survey import DeviceFacts
from smp.update import plan as plans
from smp.update.job import Job
from smp.update.plan import Check, Mode, Plan, Tone

OLD = b"old image's hash".ljust(32, b"-")


def entry(version: str = "1.3.0", slot: int = 0, image: int = 0, **more: Any) -> ImageEntry:
    """What runs, confirmed, unless it says otherwise."""
    runs = slot == 0
    given = {"hash": OLD, "bootable": True, "active": runs, "confirmed": runs} | more
    return ImageEntry(image, slot, version, **given)


def slots(*sizes: int | None, image: int = 0, largest: int | None = None) -> tuple[SlotFacts, ...]:
    """The sizes of an image's slots, from slot 0 on."""
    return tuple(SlotFacts(image, n, size, None, largest) for n, size in enumerate(sizes))


def device(
    *entries: ImageEntry, mode: BootloaderMode | None = BootloaderMode.SWAP_MOVE, **more: Any
) -> DeviceFacts:
    state = ImageState(entries or (entry(),))
    return DeviceFacts("board", "serial", mode=mode, **({"state": state} | more))


def recovery(*entries: ImageEntry, **more: Any) -> DeviceFacts:
    """MCUboot's own serial recovery: no flags, no mode."""
    plain = [ImageEntry(e.image, e.slot, e.version, e.hash) for e in entries]
    state = ImageState(tuple(plain), has_flags=False)
    return device(mode=None, state=state, in_recovery=True, **more)


def make_plan(
    facts: DeviceFacts,
    image: McubootImage,
    mode: Mode = Mode.CONFIRM,
    *,
    number: int = 0,
    signature: SignatureCheck | None = None,
    forbids: Iterable[str] = (),
    **more: Any,
) -> Plan:
    """Of a job of one image."""
    job = Job.of(image, mode, number=number, signature=signature, forbids=forbids)
    return plans.make_plan(facts, job, **more)


def found(made: Plan, words: str) -> Check:
    """The one line with these words."""
    lines = [check for check in made.checks if words in check.text]
    assert len(lines) == 1, [check.text for check in made.checks]
    return lines[0]


def says(facts: DeviceFacts, image: McubootImage, words: str, **more: Any) -> tuple[Tone, str]:
    check = found(make_plan(facts, image, **more), words)
    return check.tone, check.text
