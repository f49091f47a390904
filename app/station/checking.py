"""Whether a job can work, line by line: the file, its contradictions, its lock, its firmware, its
key, its list of serial numbers, and what this computer has to have for it. No device is asked; what
`rehearsal` does is to try it out.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.lib.wording import size
from app.station.contradictions import contradictions
from app.station.expectations import judge
from app.station.firmware_of import load, read_firmware_of, read_key, refuse_other
from app.station.job import Ask, Expectation, SerialSource, StationJob
from app.station.job_check import Findings, JobCheck
from app.station.job_faults import JobFault, as_fault
from app.station.job_file import JobFile, read_job
from app.station.job_paths import beside, is_absolute
from app.station.patterns import fits
from app.station.serial_sources import read_list
from app.station.trusted_locks import TrustedLocks
from smp.errors import FileError, JobError
from smp.image import FirmwareFile
from smp.text import Coded, Text
from smp.update.kinds import Tone


@dataclass(frozen=True, slots=True)
class Report:
    """What was found. `file`: None where it could not be read as a job; `firmware`: None where
    there is none."""

    path: Path
    file: JobFile | None
    firmware: FirmwareFile | None
    checks: tuple[JobCheck, ...]
    is_taken_here: bool = True
    """Whether this computer's station takes its lock, or that it has none."""

    @property
    def is_good(self) -> bool:
        """A station takes it; what is only a warning may stay."""
        return not self.of(Tone.BAD)

    def of(self, tone: Tone) -> tuple[JobCheck, ...]:
        return tuple(check for check in self.checks if check.tone is tone)

    def to_json(self) -> dict[str, object]:
        return {
            "path": str(self.path),
            "ok": self.is_good,
            "taken_here": self.is_taken_here,
            "sha256": self.file.sha256 if self.file is not None else "",
            "checks": [check.to_json() for check in self.checks],
        }


def check_path(
    path: Path, trusted: TrustedLocks | None = None, environ: Mapping[str, str] = os.environ
) -> Report:
    """Of a job's file. Blocking; raises nothing of what is wrong with it. `trusted`: whose locks
    this computer takes; None: nobody asks."""
    try:
        file = read_job(path)
    except JobFault as error:
        return Report(path, None, None, tuple(map(JobCheck.of, error.all)))
    except JobError as error:
        return Report(path, None, None, (JobCheck.of(as_fault(error)),))
    return check_file(file, trusted, environ)


def check_file(
    file: JobFile, trusted: TrustedLocks | None = None, environ: Mapping[str, str] = os.environ
) -> Report:
    """Of one that was read, or that is being written. Blocking."""
    found = Findings(file.lines)
    found.checks += contradictions(file.job, file.lines)
    is_taken_here = _lock(file, trusted, found)
    firmware = _firmware(file, found)
    if firmware is not None:
        _versions(file.job, firmware, found)
    _list(file, found)
    _environment(file.job, environ, found)
    problems = sorted(found.checks, key=lambda check: (_order(check), check.line or 0))
    return Report(file.path, file, firmware, tuple(problems), is_taken_here)


def _order(check: JobCheck) -> int:
    return [Tone.BAD, Tone.WARN, Tone.NEUTRAL, Tone.OK].index(check.tone)


def _lock(file: JobFile, trusted: TrustedLocks | None, found: Findings) -> bool:
    """Whether this computer takes it."""
    lock = file.lock
    if lock is not None:
        text = (
            Coded(
                "job-has-password", "It is locked with a password, key {key}", key=lock.fingerprint
            )
            if lock.is_of_password
            else Coded("job-has-key", "It is locked with the key {key}", key=lock.fingerprint)
        )
        found.checks.append(JobCheck(Tone.OK, text))
    try:
        if trusted is not None:
            trusted.refuse_others(lock)
    except JobError as error:
        fault = as_fault(error)
        check = JobCheck(Tone.WARN, fault.fault, None, fault.why, fault.next_step)
        found.checks.append(check)
        return False
    if lock is None:
        found.warn(
            None,
            Coded("job-open", "The job is not locked: whoever may write the file may change it"),
            next_step=Text("When it is ready, lock it: `flashdesk job lock FILE`"),
        )
    return True


def _firmware(file: JobFile, found: Findings) -> FirmwareFile | None:
    """Each of its faults, where `open_job` ends at the first."""
    lines = file.lines
    at, pin, key = (lines.of("", 0, name) for name in ("firmware", "sha256", "key"))
    try:
        firmware = read_firmware_of(file)
    except JobError as error:
        found.checks.append(JobCheck.of(as_fault(error, at)))
        return None
    try:
        refuse_other(file.job, firmware)
        is_pinned = True
    except JobError as error:
        found.checks.append(JobCheck.of(as_fault(error, pin or at)))
        is_pinned = False
    try:
        read_key(file)
    except JobError as error:
        found.checks.append(JobCheck.of(as_fault(error, key)))
        return firmware
    try:
        load(file, is_pinned=False)
    except JobError as error:
        is_key = error.what.code == "job-firmware-of-other-key"
        found.checks.append(JobCheck.of(as_fault(error, key if is_key else at)))
        return firmware
    told = {"firmware": firmware.name, "version": firmware.versions, "size": size(firmware.size)}
    found.checks.append(
        JobCheck(
            Tone.OK,
            Coded(
                "job-firmware-pinned",
                "{firmware} is {version}, {size}, and the file that was pinned",
                **told,
            )
            if is_pinned
            else Coded("job-firmware-there", "{firmware} is {version}, {size}", **told),
        )
    )
    if is_absolute(file.job.firmware):
        found.warn(
            ("", 0, "firmware"),
            Coded("job-firmware-elsewhere", "The firmware lies outside of the job's folder"),
            why=Text("Another computer that gets a copy of the folder does not have it there"),
            next_step=Text("Put it beside the job"),
        )
    if file.job.key:
        text = Coded("job-firmware-signed", "It is signed with the key in {key}", key=file.job.key)
        found.checks.append(JobCheck(Tone.OK, text))
    elif not any(image.signatures for image in firmware.images):
        found.warn(
            ("", 0, "firmware"),
            Coded("job-firmware-unsigned", "The firmware is not signed"),
            why=Text("Only a bootloader that checks no signature runs it"),
        )
    return firmware


def _versions(job: StationJob, firmware: FirmwareFile, found: Findings) -> None:
    """What has to hold of the version, against the one that is written."""
    if len(firmware.parts) != 1:
        return
    version = str(firmware.parts[0].image.version)
    for number, each in enumerate(job.after):
        if each.ask is Ask.VERSION and (why := _unlike(each, version)):
            found.bad(
                ("after", number, ""),
                Coded(
                    "job-version-never",
                    "No unit would pass: the firmware is {version}, which is not wanted after",
                    version=version,
                ),
                why=why,
                next_step=Text("Change one of the two"),
            )
    for number, each in enumerate(job.before):
        if each.ask is Ask.VERSION and (why := _unlike(each, version)):
            found.warn(
                ("before", number, ""),
                Coded(
                    "job-no-second-try",
                    "A unit that fails late cannot be tried again: it has {version} then",
                    version=version,
                ),
                why=why,
                next_step=Text("Let what has to hold before allow the new version, too"),
            )


def _unlike(each: Expectation, version: str) -> Text:
    """As a device that tells a build number of 0 or leaves it away."""
    return judge(each, version)


def _list(file: JobFile, found: Findings) -> None:
    rule = file.job.serial
    if rule.source is not SerialSource.LIST or not rule.file:
        return
    line = file.lines.of("serial", 0, "file")
    try:
        numbers = read_list(beside(file.path.parent, rule.file))
    except (FileError, JobError) as error:
        found.checks.append(JobCheck.of(as_fault(error, line)))
        return
    unlike = [
        text for text in numbers if rule.pattern and not fits(rule.pattern, text, digits=True)
    ]
    if unlike:
        found.bad(
            ("serial", 0, "pattern"),
            Coded(
                "job-list-unlike",
                "{text} in the list does not look like {pattern}",
                text=unlike[0],
                pattern=rule.pattern,
            ),
            next_step=Text("Change the list or the pattern"),
        )
    wanted = file.job.limit
    if not numbers or (wanted is not None and len(numbers) < wanted):
        found.warn(
            ("serial", 0, "file"),
            Coded(
                "job-list-short",
                "The list has {count} serial numbers, the job is for {limit} units",
                count=len(numbers),
                limit=wanted,
            )
            if wanted is not None
            else Coded("job-list-empty", "The list has no serial number"),
            next_step=Text("Get a longer one"),
        )
    elif not unlike:
        text = Coded("job-list-good", "The list has {count} serial numbers", count=len(numbers))
        found.checks.append(JobCheck(Tone.OK, text))


def _environment(job: StationJob, environ: Mapping[str, str], found: Findings) -> None:
    for key, hook in (("before-start", job.before_start), ("after-result", job.after_result)):
        for name, value in hook.headers if hook is not None else ():
            if value.startswith("$") and value[1:] not in environ:
                found.warn(
                    (key, 0, "headers"),
                    Coded(
                        "job-variable-missing",
                        "The variable {name} is not set on this computer",
                        name=value[1:],
                    ),
                    why=Text("The header {header} is made of it", header=name),
                    next_step=Text("Set it on the station's computer"),
                )
