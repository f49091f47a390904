"""The plan: what a file would do to a device, and what forbids it. Pure: facts in, plan out."""

from __future__ import annotations

from dataclasses import dataclass, field

from smp.commands.image import ImageEntry
from smp.commands.os import BootloaderMode
from smp.image import McubootImage, Version
from smp.survey import DeviceFacts
from smp.text import Coded, Text, sentences
from smp.update.beside import Change, changes
from smp.update.beside import consent as consent_beside
from smp.update.case import BY_VERSION, NOT_TOLD, ONE_SLOT, SWAPS, Case
from smp.update.checks import checks
from smp.update.consent import consent, way_back
from smp.update.experience import BOOT, NONE, Experience
from smp.update.job import Job
from smp.update.kinds import NO_RESTART, Action, Check, Mode, Obstacle, Remedy, Tone
from smp.update.obstacles import forbidden, obstacle
from smp.update.seen import Memory

__all__ = ["Action", "Check", "Mode", "Obstacle", "Plan", "Remedy", "Tone", "make_plan"]

_SWAP_RATE = 11_000.0
_COPY_RATE = 30_000.0
"""Bytes of image per second that are swapped or copied in a common flash; for estimates only."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Nothing is done unless `obstacle` is None and, where `consent` asks for it, it is given."""

    mode: Mode
    action: Action
    image: int
    data: bytes = field(repr=False)
    """What is sent: the file without padding, unless the bootloader wants the trailer."""
    before: ImageEntry | None
    version: Version
    checks: tuple[Check, ...]
    obstacle: Obstacle | None = None
    consents: tuple[Coded, ...] = ()
    """What cannot be taken back: what has to be agreed to, each a sentence."""
    beside: tuple[Change, ...] = ()
    """What a restart does to other images of the device."""
    starts_unmarked: bool | None = False
    """The bootloader chooses by version: what lies there may start without a mark. None: it does
    not tell."""
    is_permanent: bool = False
    """It is marked for good, without a test."""
    can_roll_back: bool | None = None
    reverts: bool | None = None
    """Whether the bootloader returns from an image on test, whatever this plan does."""
    returns: bool = False
    """The file is the confirmed image that any restart returns to."""
    overwrites_running: bool = False
    """The upload goes over the only copy of the firmware: interrupted, nothing is left to start
    but recovery or the firmware loader."""
    upload_seconds: float | None = None
    restart_seconds: float | None = None
    swap_seconds: float | None = None
    """The part of the restart that the bootloader takes to put the image in place."""
    verify_seconds: float | None = None
    """For watching and confirming, where that is known from an earlier update."""

    @property
    def consent(self) -> Text:
        """All of `consents`, one after the other; empty if everything can be taken back."""
        return sentences(*self.consents)

    @property
    def seconds(self) -> float | None:
        """An estimate of the whole, where one can be made."""
        if self.action is Action.UPLOAD and self.upload_seconds is None:
            return None
        upload = self.upload_seconds if self.action is Action.UPLOAD else 0.0
        restart = 0.0 if self.action in NO_RESTART else self.restart_seconds
        verify = self.verify_seconds if self.action is not Action.NOTHING else 0.0
        return (upload or 0.0) + (restart or 0.0) + (verify or 0.0)

    @property
    def needs_restart(self) -> bool:
        return self.action not in NO_RESTART


def make_plan(
    facts: DeviceFacts,
    job: Job,
    *,
    rate: float | None = None,
    memory: Memory = lambda digest: None,
    experience: Experience = NONE,
) -> Plan:
    """Judge a job for the device.

    rate: expected bytes per second; memory: what files told that were seen before; experience:
    what earlier updates of this device took, which is believed more than arithmetic.
    """
    part, mode = job.parts[0], job.mode
    image, number = part.file_image, part.number
    state = facts.state
    entries = state.of(number) if state is not None else ()
    before = state.active(number) if state is not None else None
    outside = facts.in_recovery or facts.in_loader
    if facts.in_loader or (before is None and facts.in_recovery):
        before = next((entry for entry in entries if entry.slot == 0), None)
    action = Action.UPLOAD if outside else _action(entries, before, image, mode)
    waits_for_good = action is Action.RESTART and any(
        entry.permanent and entry.hash == image.hash for entry in entries
    )
    # Servers confirm only the application's own image by default: another one on test would return
    # to the old one at the restart after the next.
    stays = number > 0 and mode is Mode.CONFIRM and action in (Action.UPLOAD, Action.MARK)
    effective = Mode.PERMANENT if waits_for_good or stays else mode
    data = image.data if facts.mode is BootloaderMode.DIRECT_XIP_REVERT else image.unpadded()
    seen = memory(before.hash) if before is not None and before.hash else None
    case = Case(facts, image, number, len(data), before, entries, action, part.signature, seen)
    is_final = effective is Mode.PERMANENT or case.returns or case.is_first
    others = () if outside else changes(facts, number)
    restarts = others if action not in NO_RESTART else ()
    asked = consent_beside(restarts)
    found = (
        *checks(case),
        *(Check(Tone.WARN, it.text) for it in restarts),
        way_back(case, effective),
    )
    return Plan(
        mode=mode,
        action=action,
        image=number,
        data=data,
        before=before,
        version=image.version,
        checks=found,
        obstacle=obstacle(case, others) or forbidden(found, job.forbids),
        consents=(*consent(case, effective), *asked),
        beside=others,
        overwrites_running=action is Action.UPLOAD and (outside or facts.mode in ONE_SLOT),
        starts_unmarked=None if facts.mode in NOT_TOLD else facts.mode in BY_VERSION,
        is_permanent=effective is Mode.PERMANENT,
        can_roll_back=False if is_final else facts.can_roll_back,
        reverts=facts.can_roll_back,
        returns=case.returns,
        upload_seconds=experience.upload_of(len(data)) or (len(data) / rate if rate else None),
        restart_seconds=experience.restart_of(len(data)) or BOOT + _swap_seconds(facts, image),
        swap_seconds=_swap_seconds(facts, image),
        verify_seconds=experience.verify,
    )


def _action(
    entries: tuple[ImageEntry, ...], before: ImageEntry | None, image: McubootImage, mode: Mode
) -> Action:
    """What lies in the other slot is this file only by the file's own hash, in the form it was
    sent in; what runs may have been unpacked."""
    others = [entry for entry in entries if entry is not before]
    if before is not None and before.active and image.goes_by(before.hash):
        if not before.confirmed and mode is not Mode.TEST:
            return Action.CONFIRM
        if any(entry.pending and not image.goes_by(entry.hash) for entry in others):
            return Action.CLEAR
        return Action.NOTHING
    waiting = next((entry for entry in others if entry.hash == image.hash), None)
    if waiting is None or before is None:
        return Action.UPLOAD
    if waiting.confirmed and not before.confirmed:
        return Action.RESTART
    if waiting.pending and (waiting.permanent or mode is not Mode.PERMANENT):
        return Action.RESTART
    return Action.MARK if not waiting.pending else Action.RESTART


def _swap_seconds(facts: DeviceFacts, image: McubootImage) -> float:
    size = max(image.size, image.installed_size or 0)
    if facts.mode in SWAPS or facts.mode is None:
        return size / _SWAP_RATE
    if facts.mode is BootloaderMode.OVERWRITE_ONLY:
        return size / _COPY_RATE
    return 0.0
