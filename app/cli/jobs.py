"""`flashdesk job new|check|show|pin`."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from dataclasses import replace
from pathlib import Path
from typing import assert_never

import click

from app.cli.running import print_json, print_rows, print_text
from app.language import say
from app.lib.wording import columns, short_hash
from app.station import job_tables, summary
from app.station.checking import Report, check_path
from app.station.firmware_of import read_firmware_of
from app.station.job_check import JobCheck
from app.station.job_faults import as_fault
from app.station.job_file import JobFile, read_job
from app.station.job_template import new_job_text
from app.station.job_writing import job_text, write_job_text
from app.station.trusted_locks import TrustedLocks
from smp.errors import JobError
from smp.image import read_firmware
from smp.text import NOTHING, Coded, Text, sentences, stopped
from smp.update.kinds import Tone
from smp.update.verdict import ExitStatus

_WIDTH = 100
_COLOURS = {Tone.OK: "green", Tone.NEUTRAL: None, Tone.WARN: "yellow", Tone.BAD: "red"}


def new(path: Path, product: str, firmware: Path | None) -> None:
    """Raises `SmpError`."""
    if path.exists():
        raise JobError(
            Coded("job-file-there", "{name} is there already", name=path.name),
            why=Text("What it says would be lost"),
            next_step=Text("Give another name, or move that file away first"),
        )
    command = f"flashdesk job check {path}"
    if firmware is None:
        write_job_text(path, new_job_text(product))
        print_text(Text("{name} is written.", name=path.name))
        print_text(
            Text(
                "Open it in an editor, put the firmware beside it, then run: {command}",
                command=command,
            )
        )
        return
    file = read_firmware(firmware)
    file.require_images()
    folder, where = path.resolve().parent, firmware.resolve()
    inside = where.relative_to(folder).as_posix() if where.is_relative_to(folder) else str(where)
    write_job_text(path, new_job_text(product or firmware.stem, inside, file.sha256.hex()))
    print_text(
        Text(
            "{name} is written, with {firmware} {version} pinned.",
            name=path.name,
            firmware=firmware.name,
            version=file.versions,
        )
    )
    print_text(Text("Say in it which devices are units, then run: {command}", command=command))


def pin(path: Path) -> None:
    """Raises `JobError`."""
    file = read_job(path)
    refuse_locked(file)
    firmware = read_firmware_of(file)
    if firmware.problem is not None:
        raise as_fault(firmware.problem)
    digest = firmware.sha256.hex()
    write_job_text(path, job_text(replace(file.job, sha256=digest), file.text))
    told = {
        "firmware": firmware.name,
        "version": firmware.versions,
        "hash": short_hash(digest),
    }
    print_text(
        Text("It was pinned already: {firmware} {version}, SHA-256 {hash}.", **told)
        if digest == file.job.sha256
        else Text("Pinned: {firmware} {version}, SHA-256 {hash}.", **told)
    )


def refuse_locked(file: JobFile) -> None:
    """Raises `JobError`: what is changed is not what was signed."""
    if file.lock is not None:
        raise JobError(
            Coded("job-is-locked", "{name} is locked", name=file.path.name),
            why=Text("To change it would make its lock void"),
            next_step=Text("Unlock it, change it, then lock it again"),
            command=f"flashdesk job unlock {file.path}",
        )


def show(path: Path, *, as_json: bool) -> None:
    """Raises `JobError`."""
    file = read_job(path)
    if not as_json:
        print_rows(summary.rows(file))
        return
    lock = file.lock
    print_json(
        {
            "event": "job",
            "path": str(path),
            "sha256": file.sha256,
            "lock": None
            if lock is None
            else {"password": lock.is_of_password, "key": lock.fingerprint},
            "job": job_tables.tables_of(file.job),
        }
    )


def check(path: Path, *, simulate: bool, as_json: bool) -> None:
    """Ends the program: 0 if the job can work, 2 if not, 1 where only a simulated unit failed."""
    try:
        report = check_path(path, TrustedLocks.read())
    except JobError as error:
        report = check_path(path)
        fault = as_fault(error)
        told = JobCheck(Tone.WARN, fault.fault, None, fault.why, fault.next_step)
        report = replace(report, checks=(told, *report.checks), is_taken_here=False)
    if as_json:
        print_json({"event": "job-check", **report.to_json()})
    else:
        print_report(report)
    if not report.is_good:
        sys.exit(ExitStatus.USAGE)
    if simulate and report.file is not None:
        from app.cli.job_rehearsing import rehearse_file

        rehearse_file(report.file, as_json=as_json)


def print_report(report: Report) -> None:
    """For a person: what is wrong first, each with its line and what to do."""
    if report.file is not None:
        product, name = report.file.job.product, report.path.name
        print_text(Text("{product}, in {name}", product=product, name=name))
    else:
        print_text(Text("{name}", name=report.path.name))
    click.echo()
    tones = [say(_word(check.tone)) for check in report.checks]
    lines = [say(_line(check)) for check in report.checks]
    widths = [max(map(columns, words), default=0) for words in (tones, lines)]
    for check, tone, line in zip(report.checks, tones, lines, strict=True):
        heads = [f"{_padded(tone, widths[0])}  ", f"{_padded(line, widths[1])}  "]
        _print_check(check, *heads)
    click.echo()
    print_text(stopped(_verdict(report)))


def _line(check: JobCheck) -> Text:
    return Text("line {line}", line=str(check.line)) if check.line else NOTHING


def _padded(text: str, width: int) -> str:
    return text + " " * (width - columns(text))


def _print_check(check: JobCheck, tone: str, line: str) -> None:
    more = sentences(check.why, check.next_step)
    across = min(_WIDTH, shutil.get_terminal_size((_WIDTH, 24)).columns)
    head, indent = tone + line, " " * columns(tone + line)
    for first, words in ((head, check.text), (indent, more)):
        if words:
            told = textwrap.fill(
                say(stopped(words)),
                max(across, len(head) + 30),
                initial_indent=first,
                subsequent_indent=indent,
                break_long_words=False,
                break_on_hyphens=False,
            )
            click.echo(_coloured(told[: len(tone)], check.tone) + told[len(tone) :])


def _coloured(word: str, tone: Tone) -> str:
    """On a terminal, unless somebody wants none."""
    colour = _COLOURS[tone]
    if not word.strip() or colour is None or os.environ.get("NO_COLOR"):
        return word
    return click.style(word, fg=colour, bold=tone is Tone.BAD)


def _word(tone: Tone) -> Text:
    match tone:
        case Tone.OK:
            return Text("ok")
        case Tone.NEUTRAL:
            return Text("note")
        case Tone.WARN:
            return Text("warning")
        case Tone.BAD:
            return Text("problem")
        case _:
            assert_never(tone)


def _verdict(report: Report) -> Text:
    problems, warnings = len(report.of(Tone.BAD)), len(report.of(Tone.WARN))
    if problems:
        return (
            Text("No station takes this job: there is 1 problem")
            if problems == 1
            else Text("No station takes this job: there are {count} problems", count=problems)
        )
    if not report.is_taken_here:
        return Text("The job can work, but the station of this computer does not take it")
    if warnings:
        return (
            Text("The job can work; there is 1 warning")
            if warnings == 1
            else Text("The job can work; there are {count} warnings", count=warnings)
        )
    return Text("The job can work")
