"""A draft looked at: what a station would say of it, field by field, and the firmware it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.controllers.file_watch import Stamp
from app.station.checking import check_file
from app.station.contradictions import contradictions
from app.station.job import StationJob
from app.station.job_check import JobCheck
from app.station.job_draft import JobDraft
from app.station.job_faults import JobFault, as_fault
from app.station.job_file import JobFile, job_of_text
from app.station.job_paths import beside, is_absolute
from app.station.job_spots import spots
from app.station.job_tables import text_of
from app.station.job_toml import Lines
from app.station.locking import Lock
from smp.errors import FileError, JobError, SmpError
from smp.image import FirmwareFile, read_firmware
from smp.update.kinds import Tone

_NOT_ASKED = ("job-open",)
"""The editor shows it in another way."""
_OF_FOLDERS = ("job-firmware-elsewhere",)
"""Of a job that has no folder yet nothing lies outside: it is saved beside its firmware."""
_OF_OTHERS = {"job-list-missing": "serial.file", "job-service-missing": "serial.url"}
"""The field that is missing, where the file has no line for it."""


@dataclass(frozen=True, slots=True)
class Remark:
    """`key`: of the field or the row that it is about; empty: of none."""

    key: str
    check: JobCheck

    @property
    def is_serious(self) -> bool:
        """A station refuses the job for it."""
        return self.check.tone is Tone.BAD


@dataclass(frozen=True, slots=True)
class ReadFirmware:
    """A file with what tells that it is still the same. `error`: why it cannot be read."""

    path: Path
    stamp: Stamp | None
    file: FirmwareFile | None = None
    error: SmpError | None = None


@dataclass(frozen=True, slots=True)
class Looked:
    """`is_readable`: it can be written so that it is read as the same."""

    job: StationJob | None = None
    remarks: tuple[Remark, ...] = ()
    is_readable: bool = False
    firmware: ReadFirmware | None = None
    is_beside: bool = True
    """The firmware lies in the job's folder or below, or the job has no folder yet."""


def look(
    draft: JobDraft, path: Path | None, lock: Lock | None, before: ReadFirmware | None
) -> Looked:
    """Blocking. `path`: of the job's file, None where it has none yet; `before`: the firmware as it
    was read the last time, which is not read again while it is the same."""
    drafted = draft.read()
    job, text = drafted.job, text_of(drafted.job)
    folder = path.parent if path is not None else None
    firmware = _firmware(job.firmware, folder, before)
    is_beside = path is None or not is_absolute(job.firmware)
    where = spots(draft, text)
    try:
        job_of_text(text)
    except JobFault as error:
        faults = {fault.line: JobCheck.of(fault) for fault in error.all}
        others = [it for it in contradictions(job, Lines(text)) if it.line not in faults]
        remarks = tuple(_placed(check, where) for check in (*faults.values(), *others))
        return Looked(job, remarks, False, firmware, is_beside)
    except JobError as error:
        remarks = (Remark("", JobCheck.of(as_fault(error))),)
        return Looked(job, remarks, False, firmware, is_beside)
    at = path or Path.cwd() / "job.toml"
    report = check_file(JobFile(job, at, "", lock, text))
    not_said = _NOT_ASKED if path is not None else (*_NOT_ASKED, *_OF_FOLDERS)
    remarks = tuple(
        _placed(check, where)
        for check in report.checks
        if check.tone in (Tone.BAD, Tone.WARN) and check.text.code not in not_said
    )
    return Looked(job, remarks, not drafted.problems, firmware, is_beside)


def _placed(check: JobCheck, where: Mapping[int, str]) -> Remark:
    key = where.get(check.line, "") if check.line else ""
    return Remark(_OF_OTHERS.get(check.text.code, key), check)


def _firmware(text: str, folder: Path | None, before: ReadFirmware | None) -> ReadFirmware | None:
    if not text or (folder is None and not is_absolute(text)):
        return None
    try:
        path = beside(folder or Path.cwd(), text)
    except JobError:  # said at its field
        return None
    try:
        stamp = Stamp.of(path)
    except OSError:
        stamp = None
    if before is not None and before.path == path and before.stamp == stamp and stamp is not None:
        return before
    try:
        return ReadFirmware(path, stamp, read_firmware(path))
    except FileError as error:
        return ReadFirmware(path, stamp, error=error)
