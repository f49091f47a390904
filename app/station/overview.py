"""A station as a whole, at one moment: what is counted, what is wanted, what is wrong."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from app.station.admission import Admission
from app.station.bench import Bench
from app.station.place import Place
from app.station.scanning import Scans
from app.station.standing import StationStanding
from smp.discovery import Found
from smp.errors import SmpError
from smp.text import NOTHING, Text, sentences


def overview(
    bench: Bench, admission: Admission, scans: Scans, places: Sequence[Place], trouble: Text
) -> StationStanding:
    """As it is now."""
    figures, job = bench.tally.figures(time.time()), bench.opened.job
    is_open = admission.is_started and not admission.is_stopping and not admission.is_done
    return StationStanding(
        product=job.product,
        version=bench.version,
        job_hash=bench.opened.sha256,
        is_locked=bench.opened.is_locked,
        operator=bench.operator,
        shift=bench.shift,
        station=bench.station,
        is_armed=admission.is_armed,
        is_stopping=admission.is_stopping,
        passed=figures.passed,
        failed=figures.failed,
        yield_=figures.yield_,
        per_hour=figures.per_hour,
        slowest=figures.slowest,
        slowest_seconds=figures.slowest_seconds,
        limit=job.limit,
        saved=bench.records.saved,
        waiting=bench.records.waiting,
        scan=scans.wanted(places) if is_open else NOTHING,
        trouble=trouble,
        places=tuple(place.standing for place in places),
    )


def trouble_of(problems: Iterable[SmpError | None], homeless: Sequence[Found]) -> Text:
    """What is wrong with the station as a whole: the first of it, with the next step."""
    for problem in problems:
        if problem is not None:
            return sentences(problem.what, problem.why, problem.next_step)
    if not homeless:
        return NOTHING
    if len(homeless) == 1:
        return Text("{device} is plugged in and has no place", device=homeless[0].title)
    return Text("{count} devices are plugged in and have no place", count=len(homeless))
