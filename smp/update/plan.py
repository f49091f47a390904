"""The plan: what a file would do to a device, and what forbids it. Pure: facts in, plan out."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from smp.commands.image import ImageEntry
from smp.commands.os import BootloaderMode
from smp.image import HashCheck, McubootImage, Remark, SignatureCheck, Version, remarks
from smp.survey import DeviceFacts


class Mode(Enum):
    """What shall be true in the end."""

    CONFIRM = "confirm"
    """Run it as a test, check that it answers, then keep it. Rolls back by itself otherwise."""
    TEST = "test"
    """Run it as a test and leave it unconfirmed: the next restart returns to the old image."""
    PERMANENT = "permanent"
    """Run it for good from the start, without a way back."""


class Action(Enum):
    """What has to be done to get there."""

    NOTHING = "it already runs, confirmed"
    CONFIRM = "it already runs and only has to be confirmed"
    RESTART = "it is already on the device and marked"
    MARK = "it is already on the device and has to be marked"
    UPLOAD = "it has to be uploaded"
    CLEAR = "it already runs, but another image waits for the next restart and has to go"


class Tone(Enum):
    OK = "ok"
    WARN = "warning"
    BAD = "problem"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the plan in words."""

    tone: Tone
    text: str


class Remedy(Enum):
    """What the program can do about an obstacle."""

    CONFIRM_RUNNING = "confirm the running image"
    RESTART = "restart the device"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What forbids the update, why, and the next step."""

    what: str
    why: str = ""
    next_step: str = ""
    remedies: tuple[Remedy, ...] = ()


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
    consent: str = ""
    """What cannot be taken back, as a sentence to agree to; empty if all can."""
    can_roll_back: bool | None = None
    overwrites_running: bool = False
    """The upload goes over the image that runs: interrupted, nothing is left to start."""
    upload_seconds: float | None = None
    restart_seconds: float | None = None

    @property
    def seconds(self) -> float | None:
        """An estimate of the whole, where one can be made."""
        if self.action is Action.UPLOAD and self.upload_seconds is None:
            return None
        upload = self.upload_seconds if self.action is Action.UPLOAD else 0.0
        restart = 0.0 if self.action in _NO_RESTART else self.restart_seconds
        return (upload or 0.0) + (restart or 0.0)

    @property
    def needs_restart(self) -> bool:
        return self.action not in _NO_RESTART


_NO_RESTART = frozenset({Action.NOTHING, Action.CONFIRM, Action.CLEAR})
_SWAPS = frozenset(
    {BootloaderMode.SWAP_SCRATCH, BootloaderMode.SWAP_MOVE, BootloaderMode.SWAP_OFFSET}
)
_ONE_SLOT = frozenset({BootloaderMode.SINGLE_SLOT, BootloaderMode.SINGLE_SLOT_RAM_LOAD})
_NEWEST_WINS = frozenset({BootloaderMode.DIRECT_XIP, BootloaderMode.RAM_LOAD})
_TRAILER_ROOM = 4096
_REMARKS = {
    Remark.SAMPLE_KEY: "Signed with the sample key that MCUboot publishes: no protection",
    Remark.DEPENDS: "Starts only beside other images of certain versions",
    Remark.COMPRESSED: "Compressed: only a bootloader built for that unpacks it",
    Remark.OTHER_DATA: "Other data follows the image in the file; it is left out",
}
_BOOT = 4.0
_SWAP_RATE = 11_000.0
_COPY_RATE = 30_000.0
"""Bytes of image per second that are swapped or copied in a common flash; for estimates only."""


def make_plan(
    facts: DeviceFacts,
    image: McubootImage,
    mode: Mode = Mode.CONFIRM,
    *,
    number: int = 0,
    signature: SignatureCheck | None = None,
    rate: float | None = None,
) -> Plan:
    """Judge `image` for the device.

    number: image number; signature: the check against the key the user trusts; rate: expected
    bytes per second.
    """
    state = facts.state
    entries = state.of(number) if state is not None else ()
    before = state.active(number) if state is not None else None
    if before is None and facts.in_recovery:
        before = next((entry for entry in entries if entry.slot == 0), None)
    action = Action.UPLOAD if facts.in_recovery else _action(entries, before, image, mode)
    waits_for_good = action is Action.RESTART and any(
        entry.permanent and entry.hash == image.hash for entry in entries
    )
    effective = Mode.PERMANENT if waits_for_good else mode
    data = image.data if facts.mode is BootloaderMode.DIRECT_XIP_REVERT else image.unpadded()
    obstacle = _distrust(signature) or _obstacle(facts, before, image, len(data), action, number)
    return Plan(
        mode=mode,
        action=action,
        image=number,
        data=data,
        before=before,
        version=image.version,
        checks=tuple(
            _checks_of_file(facts, image, signature, len(data), number)
            + _checks_of_device(facts, entries, before, image, action)
            + [_rollback(facts, effective)]
        ),
        obstacle=obstacle,
        consent=_consent(facts, action, effective),
        overwrites_running=action is Action.UPLOAD
        and (facts.in_recovery or facts.mode in _ONE_SLOT),
        can_roll_back=False if effective is Mode.PERMANENT else facts.can_roll_back,
        upload_seconds=len(data) / rate if rate else None,
        restart_seconds=_restart_seconds(facts, image),
    )


def _action(
    entries: tuple[ImageEntry, ...], before: ImageEntry | None, image: McubootImage, mode: Mode
) -> Action:
    others = [entry for entry in entries if entry is not before]
    if before is not None and before.active and before.hash == image.hash:
        if not before.confirmed and mode is not Mode.TEST:
            return Action.CONFIRM
        if any(entry.pending and entry.hash != image.hash for entry in others):
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


def _distrust(signature: SignatureCheck | None) -> Obstacle | None:
    if signature is None or signature.is_from_key:
        return None
    return Obstacle(
        "The file is not signed with the key you trust",
        signature.words,
        "Use a file that is signed with that key, or check which key is the right one",
    )


def _obstacle(
    facts: DeviceFacts,
    before: ImageEntry | None,
    image: McubootImage,
    size: int,
    action: Action,
    number: int,
) -> Obstacle | None:
    if facts.state is None and facts.state_problem is not None:
        problem = facts.state_problem
        return Obstacle(
            "The device does not tell which images it has",
            f"{problem.why} ({problem.detail})" if problem.detail else problem.why,
            problem.next_step,
        )
    if facts.state is None:
        return Obstacle(
            "This device cannot be updated over SMP",
            "Its firmware has no image management",
            "Ask the firmware's author to enable the image group, or use a debugger",
        )
    numbers = {slot.image for slot in facts.slots} or {e.image for e in facts.state.entries} | {0}
    if number not in numbers:
        return Obstacle(
            f"This device has no image number {number}",
            f"It has {', '.join(map(str, sorted(numbers)))}",
            "Choose another image number",
        )
    if image.hash_check is HashCheck.DIFFERS:
        return Obstacle(
            "The file is damaged",
            "Its contents do not match the hash inside it",
            "Get the file again from where it was built",
        )
    if image.hash_check is HashCheck.MISSING:
        return Obstacle(
            "The file cannot be identified",
            "It holds no hash, so nobody can prove that a device runs it",
            "Sign it again with a current imgtool",
        )
    if not image.is_bootable:
        return Obstacle(
            "This image cannot run by itself",
            "It is marked as not bootable",
            "Choose the application's image",
        )
    if action in (Action.NOTHING, Action.CONFIRM, Action.CLEAR):
        return None
    running = before.version if before is not None else ""
    if (
        before is not None
        and before.active
        and not before.confirmed
        and action is not Action.RESTART
    ):
        return Obstacle(
            f"The running image {running} is not confirmed",
            "It runs as a test, and the other slot holds the image to return to",
            "Confirm the running image, or restart the device so that it returns to the old one",
            (Remedy.CONFIRM_RUNNING, Remedy.RESTART),
        )
    room = _room(facts, number)
    if action is Action.UPLOAD and room is not None and size > room:
        return Obstacle(
            "The image is too large for this device",
            f"It has {size:,} bytes, the slot takes {room:,}",
            "Use a smaller image, or check that it was built for this device",
        )
    version = Version.parse_device(running)
    older = version is not None and image.version < version
    if older and facts.no_downgrade:
        return Obstacle(
            f"The device runs {running} and does not go back to {image.version}",
            "Its bootloader was built to refuse older versions",
            "Use a file with a higher version",
        )
    return None


def _room(facts: DeviceFacts, number: int) -> int | None:
    """The most bytes an upload may have."""
    largest = facts.largest_image(number)
    if largest is not None:
        return largest
    return facts.slot_size(number, 0 if facts.in_recovery else 1)


def _checks_of_file(
    facts: DeviceFacts,
    image: McubootImage,
    signature: SignatureCheck | None,
    size: int,
    number: int,
) -> list[Check]:
    found = [_whole(image), _signed(image, signature)]
    found += [Check(Tone.WARN, _REMARKS[r]) for r in remarks(image) if r in _REMARKS]
    room = _room(facts, number)
    if room is not None:
        text = f"{size / 1000:,.1f} of {room / 1000:,.1f} kB"
        if size > room:
            found.append(Check(Tone.BAD, f"Too large: {text}"))
        elif size > room - _TRAILER_ROOM and facts.largest_image(number) is None:
            found.append(Check(Tone.WARN, f"May not fit: {text}, some are the bootloader's"))
        else:
            found.append(Check(Tone.OK, f"Fits: {text}"))
    if size != len(image.data):
        found.append(Check(Tone.OK, "Padding behind the image is left out"))
    return found


def _checks_of_device(
    facts: DeviceFacts,
    entries: tuple[ImageEntry, ...],
    before: ImageEntry | None,
    image: McubootImage,
    action: Action,
) -> list[Check]:
    replaced = [
        Check(Tone.WARN, f"Replaces {entry.version}, which waits for the next restart")
        for entry in entries
        if entry.pending and entry.hash != image.hash
    ]
    return _version_checks(facts, before, image, action) + replaced


def _whole(image: McubootImage) -> Check:
    if image.hash_check is HashCheck.MATCHES:
        return Check(Tone.OK, "Whole: its hash matches its contents")
    if image.hash_check is HashCheck.NOT_CHECKABLE:
        return Check(Tone.WARN, "Encrypted: only the device can check it")
    if image.hash_check is HashCheck.MISSING:
        return Check(Tone.BAD, "It holds no hash and cannot be identified")
    return Check(Tone.BAD, "Damaged: its hash does not match its contents")


def _signed(image: McubootImage, signature: SignatureCheck | None) -> Check:
    if signature is not None:
        return Check(Tone.OK if signature.is_from_key else Tone.BAD, signature.words.rstrip("."))
    if not image.signatures:
        return Check(Tone.WARN, "Not signed: only a bootloader without signature check runs it")
    names = ", ".join(dict.fromkeys(signature.name for signature in image.signatures))
    key = next((s.fingerprint for s in image.signatures if s.fingerprint), "")
    return Check(Tone.OK, f"Signed: {names}" + (f", key {key}" if key else ""))


def _version_checks(
    facts: DeviceFacts, before: ImageEntry | None, image: McubootImage, action: Action
) -> list[Check]:
    running = Version.parse_device(before.version) if before is not None else None
    if running is None or action in (Action.NOTHING, Action.CONFIRM, Action.CLEAR):
        return []
    if image.version < running:
        return [Check(Tone.WARN, f"Older than what runs now ({running})")]
    if not image.version.is_newer_than(running, build=True):
        text = f"Same version number as what runs now ({running}), another build"
        if facts.mode in _NEWEST_WINS:
            text += "; this bootloader may go on running the old one"
        return [Check(Tone.WARN, text)]
    return []


def _rollback(facts: DeviceFacts, mode: Mode) -> Check:
    if mode is Mode.PERMANENT:
        return Check(Tone.WARN, "Permanent: there is no way back")
    rolls_back = facts.can_roll_back
    if facts.in_recovery:
        return Check(Tone.WARN, "Serial recovery: overwrites the firmware, there is no way back")
    if facts.mode is BootloaderMode.OVERWRITE_ONLY:
        return Check(Tone.WARN, "Overwrites the old image: there is no way back")
    if rolls_back is None:
        return Check(Tone.WARN, "The device does not tell whether it can roll back")
    if not rolls_back:
        return Check(Tone.WARN, "Does not roll back by itself")
    return Check(Tone.OK, "Test first, roll back if it fails")


def _consent(facts: DeviceFacts, action: Action, mode: Mode) -> str:
    if action in _NO_RESTART:
        return ""
    if facts.in_recovery:
        return (
            "The firmware is overwritten at once. If the new one does not run, only recovery helps"
        )
    if facts.mode is BootloaderMode.OVERWRITE_ONLY:
        return (
            "The old image is overwritten. If the new one does not run, the device needs recovery"
        )
    if facts.mode in _ONE_SLOT:
        return "There is only one slot. If the new image does not run, the device needs recovery"
    if mode is Mode.PERMANENT:
        return "The new image stays even if it does not run. Then the device needs recovery"
    return ""


def _restart_seconds(facts: DeviceFacts, image: McubootImage) -> float:
    if facts.mode in _SWAPS or facts.mode is None:
        return _BOOT + image.size / _SWAP_RATE
    if facts.mode is BootloaderMode.OVERWRITE_ONLY:
        return _BOOT + image.size / _COPY_RATE
    return _BOOT
