"""Before a station works: what it will make, whose lock the job has, why it does not begin."""

from __future__ import annotations

from pathlib import Path

from app.facts.station import StartFacts, TrustFacts
from app.facts.words import ActionFacts, AdviceFacts
from app.lib import wording
from app.lib.tone import Tone
from app.station.firmware_of import OpenedJob
from app.station.job_faults import JobFault
from app.station.locking import Lock
from app.station.standing import StationStanding
from smp.errors import SmpError
from smp.text import Text, outside, sentences, stopped

AGAIN, CLOSE = "again", "close"
"""Keys of what can be done about a job that does not begin."""
_MOST = 4
"""Faults of a job that are told besides the first."""


def start_facts(opened: OpenedJob, standing: StationStanding) -> StartFacts:
    """Whoever starts first finds the station armed; who comes later, as it is."""
    job = wording.short_hash(opened.sha256).removesuffix(wording.ELLIPSIS).rstrip()
    firmware = Text(
        "Firmware {version}, {file}", version=standing.version, file=opened.firmware.name
    )
    lock = (
        Text("Job {hash}, locked: nobody has changed it", hash=job)
        if opened.is_locked
        else Text("Job {hash}, not locked: anybody may have changed it", hash=job)
    )
    return StartFacts(
        opened.job.product,
        firmware,
        lock,
        standing.operator,
        standing.shift,
        standing.is_armed or not standing.operator,
        is_change=bool(standing.operator),
    )


def trust_facts(path: Path, lock: Lock) -> TrustFacts:
    return TrustFacts(
        path.name,
        stopped(
            sentences(
                Text("This computer does not know yet who has locked the job"),
                Text("The engineer who made it gives its password here, once"),
            )
        ),
        lock.fingerprint,
    )


def refused(error: SmpError, path: Path) -> AdviceFacts:
    """What stands in the window in place of the station, which was to run the job in `path`."""
    others = error.others[:_MOST] if isinstance(error, JobFault) else ()
    left = len(error.others) - len(others) if isinstance(error, JobFault) else 0
    more = (Text("{count} more", count=left),) if left else ()
    why = sentences(error.why, outside(error.detail)) if error.detail else error.why
    return AdviceFacts(
        error.what,
        stopped(why),
        (*(stopped(other.what) for other in others), *more, stopped(error.next_step)),
        error.command.replace("FILE", f'"{path}"'),
        Tone.BAD,
        "warning",
        (
            ActionFacts(AGAIN, Text("Try again"), "refresh"),
            ActionFacts(CLOSE, Text("Close")),
        ),
    )


def reading(path: Path) -> AdviceFacts:
    return AdviceFacts(Text("Reading {file}", file=path.name), icon="clock")


def ready(opened: OpenedJob) -> AdviceFacts:
    """Behind the question who works."""
    return AdviceFacts(outside(opened.job.product), icon="device")
