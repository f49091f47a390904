"""A job that is opened: everything that it names was looked up and is as it has to be.

    opened = open_job(path, TrustedLocks.read())      # blocking
    job = engine_job(opened)                          # for one unit after the other

The files are read once. What is checked is what is used: who changes them afterwards changes
nothing, until the job is opened the next time.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from pathlib import Path

from app.station.contradictions import contradictions
from app.station.job import StationJob
from app.station.job_faults import as_fault, raise_first
from app.station.job_file import JobFile, read_job
from app.station.job_paths import beside
from app.station.trusted_locks import TrustedLocks
from smp.errors import JobError, SmpError
from smp.image import FirmwareFile, NamedKey, read_firmware
from smp.survey import DeviceFacts
from smp.text import Coded, Text
from smp.update.job import Job, parts_of
from smp.update.kinds import Tone

_MOST_NAMES = 500


@dataclass(frozen=True, slots=True)
class OpenedJob:
    """See the module."""

    job: StationJob
    path: Path
    sha256: str
    """Of the job's file, hexadecimal."""
    is_locked: bool
    firmware: FirmwareFile
    engine: Job
    """What is wanted of the update of each unit."""

    @property
    def folder(self) -> Path:
        """Where the job lies, and what belongs to it."""
        return self.path.parent


def open_job(path: Path, trusted: TrustedLocks) -> OpenedJob:
    """For a station. Blocking. Raises `JobError`: a job with faults or contradictions, changed,
    locked by somebody else or not locked where this computer wants that; firmware that is missing,
    changed, not pinned or not signed with the job's key."""
    file = read_job(path)
    trusted.refuse_others(file.lock)
    return opened(file)


def opened(file: JobFile) -> OpenedJob:
    """As `open_job`, whoever has locked it."""
    found = contradictions(file.job, file.lines)
    raise_first([check.fault for check in found if check.tone is Tone.BAD])
    firmware, engine = load(file)
    return OpenedJob(file.job, file.path, file.sha256, file.lock is not None, firmware, engine)


def load(file: JobFile, *, is_pinned: bool = True) -> tuple[FirmwareFile, Job]:
    """The firmware, and what is wanted of an update with it. Blocking. Raises `JobError`.
    `is_pinned`: it has to be the one whose hash the job has."""
    job = file.job
    firmware = read_firmware_of(file)
    if is_pinned:
        refuse_other(job, firmware)
    if firmware.problem is not None:
        raise as_fault(firmware.problem)
    key = read_key(file)
    try:
        engine = Job(
            parts_of(firmware.parts, job.image),
            job.mode,
            key=key.key if key is not None else None,
            watch=job.watch,
            consent=job.consent,
            forbids=job.forbids,
            notes=firmware.notes,
            recovery=job.recovery,
            other_product=job.other_product,
        )
    except SmpError as error:
        raise as_fault(error) from error
    for part in engine.parts:
        if part.signature is not None and not part.signature.is_from_key:
            raise JobError(
                Coded(
                    "job-firmware-of-other-key",
                    "{firmware} is not signed with the key in {key}",
                    firmware=firmware.name,
                    key=job.key,
                ),
                why=part.signature.words,
                next_step=Text("Use firmware that is signed with that key, or check the key"),
            )
    return firmware, engine


def read_firmware_of(file: JobFile) -> FirmwareFile:
    """Whatever it holds. Blocking. Raises `JobError`: not there, not readable, elsewhere."""
    try:
        path = beside(file.path.parent, file.job.firmware)
        return read_firmware(path)
    except JobError:
        raise
    except SmpError as error:
        fault = as_fault(error)
        near = _near(path) if error.what.code == "file-not-found" else ""
        if near:
            fault.next_step = Text("Probably {name} is meant, which lies there", name=near)
        raise fault from error


def _near(path: Path) -> str:
    """What is called much like it in its folder; empty: nothing."""
    try:
        names = [each.name for each in islice(path.parent.iterdir(), _MOST_NAMES)]
    except OSError:
        return ""
    return next(iter(get_close_matches(path.name, names, 1, 0.8)), "")


def refuse_other(job: StationJob, firmware: FirmwareFile) -> None:
    """Raises `JobError` unless it is the file that the job has pinned."""
    if not job.sha256:
        raise JobError(
            Coded("job-not-pinned", "The job does not say which firmware it wants exactly"),
            why=Text("Without its SHA-256, any file with that name would be taken"),
            next_step=Text("Pin the firmware that lies there now, if it is the right one"),
            command="flashdesk job pin FILE",
        )
    if firmware.sha256.hex() != job.sha256:
        raise JobError(
            Coded(
                "job-firmware-changed",
                "{firmware} is not the file that the job was made for",
                firmware=firmware.name,
            ),
            why=Text(
                "Its SHA-256 begins with {found}, the job wants {wanted}",
                found=firmware.sha256.hex()[:12],
                wanted=job.sha256[:12],
            ),
            next_step=Text("Put the right file there; if this is a new version, pin it in the job"),
            command="flashdesk job pin FILE",
        )


def engine_job(opened: OpenedJob, facts: DeviceFacts | None = None) -> Job:
    """What is wanted of the update of one unit; `facts`: what it told, if it was asked before."""
    del facts  # one file for all units: what fits a unit of it is the plan's business
    return opened.engine


def read_key(file: JobFile) -> NamedKey | None:
    """That has to have signed it; None: anybody. Blocking. Raises `JobError`."""
    if not file.job.key:
        return None
    try:
        return NamedKey.load(beside(file.path.parent, file.job.key))
    except JobError:
        raise
    except SmpError as error:
        raise as_fault(error) from error
