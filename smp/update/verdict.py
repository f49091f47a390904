"""How an update ended: one outcome, one sentence, one next step.

"Updated" is only said of a device that was asked after its restart and runs exactly the file's
image, in the state the mode wants, with nothing pending.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, IntEnum
from typing import assert_never

from smp.commands.image import ImageEntry
from smp.errors import SmpError
from smp.text import NOTHING, Text, sentences
from smp.update.kinds import Remedy


class Outcome(Enum):
    UPDATED = "updated"
    ALREADY_RUNNING = "already-running"
    NOT_UPDATED = "not-updated"
    UNKNOWN = "unknown"


class ExitStatus(IntEnum):
    """What a script gets."""

    OK = 0
    NOT_UPDATED = 1
    USAGE = 2
    LOST = 3
    CANCELLED = 4
    UNKNOWN = 5


class Ending(Enum):
    """Why, as a stable code for scripts and records."""

    PROVEN = "proven"
    NOTHING_TO_DO = "nothing-to-do"
    CONFIRMED_ONLY = "confirmed-only"
    STARTED = "started"
    """By its firmware loader's list; the application has none."""
    BAD_INPUT = "bad-input"
    FORBIDDEN = "forbidden"
    CANCELLED = "cancelled"
    LINK_LOST = "link-lost"
    SILENT = "silent"
    REFUSED_BY_DEVICE = "refused-by-device"
    UPLOAD_DAMAGED = "upload-damaged"
    OTHER_DEVICE = "other-device"
    NOT_MARKED = "not-marked"
    RESTART_REFUSED = "restart-refused"
    LOADER_NOT_STARTED = "loader-not-started"
    RECOVERY_NOT_STARTED = "recovery-not-started"
    NOT_RESTARTED = "not-restarted"
    NOT_SWAPPED = "not-swapped"
    NOT_RESTARTED_OR_NOT_SWAPPED = "not-restarted-or-not-swapped"
    NOT_HELD = "not-held"
    REFUSED_AT_BOOT = "refused-at-boot"
    OLD_IMAGE_PREFERRED = "old-image-preferred"
    ROLLED_BACK = "rolled-back"
    ROLLED_BACK_OR_REFUSED = "rolled-back-or-refused"
    NEVER_BACK = "never-back"
    NOT_CONFIRMED = "not-confirmed"
    OTHER_IMAGE = "other-image"
    NO_IMAGE_STATE = "no-image-state"
    CORE_NOT_LISTED = "core-not-listed"
    """All that can be proven is; what one core runs, the device does not list."""


@dataclass(frozen=True, slots=True)
class Running:
    """What a device runs, or ran."""

    version: str
    hash: bytes | None
    confirmed: bool | None
    """None: not known, or the firmware has no such notion."""
    is_active: bool = True
    """False: it only lies there, as a bootloader in recovery or a firmware loader tells."""
    number: int = 0
    """As which image."""

    @classmethod
    def of(cls, entry: ImageEntry | None) -> Running | None:
        if entry is None:
            return None
        return cls(entry.version, entry.hash, entry.confirmed, entry.active, entry.image)

    def to_json(self) -> dict[str, object]:
        return {
            "version": self.version,
            "hash": self.hash.hex() if self.hash else None,
            "confirmed": self.confirmed,
        }


class Fate(Enum):
    """What became of one of several images of an update, as a stable code."""

    NOT_SENT = "not-sent"
    SENT_IN_PART = "sent-in-part"
    STORED = "stored"
    """The device has it, and it is not marked."""
    WAITS = "waits"
    """It is marked for the next restart."""
    RUNS = "runs"
    TAKEN_OUT = "taken-out"
    """The restart took it out of its slot; what runs as that image, the device does not list."""
    GONE = "gone"
    """The device had it, and does not list it any more."""
    NOT_KNOWN = "not-known"


@dataclass(frozen=True, slots=True)
class PartVerdict:
    """One image of the update: what runs as that number now, and what ran before; None: nobody
    knows. `fate`: of the new image, told where there are several."""

    number: int
    running: Running | None = None
    was: Running | None = None
    fate: Fate | None = None
    name: Text = field(default=NOTHING, compare=False)
    """What it is called, under the same condition."""

    def to_json(self) -> dict[str, object]:
        fate = {"fate": self.fate.value} if self.fate is not None else {}
        name = {"name": self.name} if self.name else {}
        return {
            "number": self.number,
            **name,
            "running": self.running.to_json() if self.running else None,
            "was": self.was.to_json() if self.was else None,
            **fate,
        }


def only_part(running: Running | None, was: Running | None) -> tuple[PartVerdict, ...]:
    """The parts of an update of one image; none where nothing is known of it."""
    known = running or was
    return (PartVerdict(known.number, running, was),) if known is not None else ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The end of an update. `headline` and `reason` are whole sentences without a final dot."""

    outcome: Outcome
    ending: Ending
    headline: Text
    reason: Text = NOTHING
    next_step: Text = NOTHING
    parts: tuple[PartVerdict, ...] = ()
    """In the order of the job."""
    seconds: float = 0.0
    error: SmpError | None = None
    remedies: tuple[Remedy, ...] = ()
    """What the program can do before the next try."""
    unrecorded: tuple[SmpError, ...] = ()
    """Why it was not written down where it should be; nothing of the device is wrong."""
    was_silent: bool = False
    """It was cancelled, and the device had no word on what it runs: who answers later may."""

    @property
    def running(self) -> Running | None:
        """What an update of one image left running; None, too, where it had several `parts`."""
        return self.parts[0].running if len(self.parts) == 1 else None

    @property
    def was(self) -> Running | None:
        """What ran before, under the same condition."""
        return self.parts[0].was if len(self.parts) == 1 else None

    @property
    def is_good(self) -> bool:
        return self.outcome in (Outcome.UPDATED, Outcome.ALREADY_RUNNING)

    @property
    def exit_status(self) -> ExitStatus:
        match self.outcome:
            case Outcome.UPDATED | Outcome.ALREADY_RUNNING:
                return ExitStatus.OK
            case Outcome.UNKNOWN:
                status = _exit_status(self.ending)
                is_plain = status in (ExitStatus.LOST, ExitStatus.NOT_UPDATED)
                return ExitStatus.UNKNOWN if is_plain else status
            case Outcome.NOT_UPDATED:
                return _exit_status(self.ending)
            case _:
                assert_never(self.outcome)

    def to_json(self) -> dict[str, object]:
        """The last object of `--json`."""
        return {
            "event": "verdict",
            "outcome": self.outcome.value,
            "ending": self.ending.value,
            "headline": self.headline,
            "reason": self.reason,
            "next_step": self.next_step,
            "running": self.running.to_json() if self.running else None,
            "was": self.was.to_json() if self.was else None,
            "parts": [part.to_json() for part in self.parts],
            "seconds": round(self.seconds, 1),
            "detail": self.error.detail if self.error else "",
            "error": self.error.to_json() if self.error else None,
        }


def _exit_status(ending: Ending) -> ExitStatus:
    """Of an update that is known not to have come about."""
    match ending:
        case Ending.BAD_INPUT:
            return ExitStatus.USAGE
        case Ending.CANCELLED:
            return ExitStatus.CANCELLED
        case Ending.LINK_LOST | Ending.SILENT | Ending.OTHER_DEVICE:
            return ExitStatus.LOST
        case (
            Ending.PROVEN
            | Ending.NOTHING_TO_DO
            | Ending.CONFIRMED_ONLY
            | Ending.STARTED
            | Ending.FORBIDDEN
            | Ending.REFUSED_BY_DEVICE
            | Ending.UPLOAD_DAMAGED
            | Ending.NOT_MARKED
            | Ending.RESTART_REFUSED
            | Ending.LOADER_NOT_STARTED
            | Ending.RECOVERY_NOT_STARTED
            | Ending.NOT_RESTARTED
            | Ending.NOT_SWAPPED
            | Ending.NOT_RESTARTED_OR_NOT_SWAPPED
            | Ending.NOT_HELD
            | Ending.REFUSED_AT_BOOT
            | Ending.OLD_IMAGE_PREFERRED
            | Ending.ROLLED_BACK
            | Ending.ROLLED_BACK_OR_REFUSED
            | Ending.NEVER_BACK
            | Ending.NOT_CONFIRMED
            | Ending.OTHER_IMAGE
            | Ending.NO_IMAGE_STATE
            | Ending.CORE_NOT_LISTED
        ):
            return ExitStatus.NOT_UPDATED
        case _:
            assert_never(ending)


def completed(
    verdict: Verdict,
    seconds: float,
    remarks: Sequence[Text] = (),
    parts: Sequence[PartVerdict] = (),
) -> Verdict:
    """remarks: what else was seen, whole sentences; parts: of the job, as they are told where the
    verdict does not tell more."""
    called = {part.number: part.name for part in parts}
    told = {part.number: part for part in parts}
    told |= {
        part.number: replace(part, name=called.get(part.number, NOTHING)) for part in verdict.parts
    }
    return replace(
        verdict,
        parts=tuple(_only_running(part) for part in told.values()),
        seconds=seconds,
        reason=sentences(verdict.reason, *remarks),
    )


def _only_running(part: PartVerdict) -> PartVerdict:
    """What only lies there does not run."""
    running = part.running
    return replace(part, running=running if running is None or running.is_active else None)
