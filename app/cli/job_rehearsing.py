"""`flashdesk job check --simulate`: how the job went with a simulated unit."""

from __future__ import annotations

import asyncio
import re

import click

from app.cli.running import print_json, print_text, run
from app.lib.wording import short_hash
from app.records.attempt import Result
from app.station.firmware_of import opened
from app.station.job_file import JobFile
from app.station.rehearsal import Rehearsal, rehearse
from smp.text import Text, outside, stopped
from smp.update.verdict import ExitStatus

_RESULTS = max(len(each.value) for each in Result)
_HASH = re.compile("[0-9a-f]{64,128}")


def rehearse_file(file: JobFile, *, as_json: bool) -> None:
    """Ends the program: 0 if the simulated unit passes, else 1."""
    run(_rehearse(file, as_json=as_json), as_json=as_json)


async def _rehearse(file: JobFile, *, as_json: bool) -> int:
    job = await asyncio.to_thread(opened, file)
    if not as_json:
        click.echo()
        print_text(Text("On a simulated unit:"))
    rehearsal = await rehearse(job)
    if as_json:
        print_json({"event": "job-rehearsal", **rehearsal.to_json()})
    else:
        _print(rehearsal)
    return ExitStatus.OK if rehearsal.is_good else ExitStatus.NOT_UPDATED


def _print(rehearsal: Rehearsal) -> None:
    attempt = rehearsal.attempt
    steps = [(step.name, step.result, f"{step.seconds:.2f} s") for step in attempt.steps]
    asked = [
        (it.name, it.result, f"{_short(it.value)} {it.unit}".strip()) for it in attempt.measurements
    ]
    width = max((len(name) for name, _, _ in [*steps, *asked]), default=0)
    for table in (steps, asked):
        click.echo()
        for name, result, told in table:
            click.echo(f"{result.value:{_RESULTS}} {name:{width}}  {told}".rstrip())
    click.echo()
    print_text(outside(f"{attempt.result.value}: {attempt.reason.rstrip('.')}."))
    if attempt.next_step and not rehearsal.is_good:
        print_text(stopped(outside(attempt.next_step)))
    for remark in rehearsal.remarks:
        print_text(stopped(remark))


def _short(value: str) -> str:
    """A hash by its beginning."""
    return short_hash(value) if _HASH.fullmatch(value) else value
