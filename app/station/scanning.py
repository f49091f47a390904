"""What a scanner reads: whose it is, and whether it can be a serial number of this job."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.station.job import SerialSource, StationJob
from app.station.patterns import fits
from app.station.place import Place
from app.station.refusal import StationRefusal
from smp.plain import plain
from smp.text import NOTHING, Coded, Text, outside

LONGEST = 200
"""Letters of a scan."""


class Scans:
    """See the module. `pending`: what was read before its unit was plugged in."""

    def __init__(self, job: StationJob) -> None:
        self._job = job
        self.pending = ""

    @property
    def is_needed(self) -> bool:
        """No unit begins without one."""
        return self._job.serial.source is SerialSource.SCAN

    def checked(self, text: str, places: Iterable[Place], at: str = "") -> str:
        """As it is written to the unit, which is in the place `at` where that was said. Raises
        `StationRefusal`."""
        text = text.strip()
        if not self.is_needed:
            raise StationRefusal(
                Coded("station-scan-not-wanted", "This job takes no scanned serial numbers"),
                next_step=Text("Start the unit without a scan"),
            )
        pattern = self._job.serial.pattern
        if not text or len(text) > LONGEST or plain(text, LONGEST) != text:
            raise StationRefusal(
                Coded("station-scan-unreadable", "What was scanned is no serial number"),
                why=Text("It is empty, too long, or has signs that cannot be printed"),
                next_step=Text("Scan the code of the serial number once more"),
            )
        if pattern and not fits(pattern, text, digits=True):
            raise StationRefusal(
                Coded("station-scan-format", "{text!r} is no serial number of this job", text=text),
                why=Text("They look like {pattern}", pattern=pattern),
                next_step=Text("Scan the code of the serial number, not another one on the unit"),
            )
        holder = next((it.name for it in places if it.name != at and _has(it, text)), None)
        if holder is not None:
            raise StationRefusal(
                Coded("station-scan-twice", "{text!r} was scanned for another unit", text=text),
                why=Text("The unit in place {place} has it", place=holder),
                next_step=Text("Scan the code of this unit, or take the other one out first"),
            )
        return text

    def refuse_passed(self, text: str) -> StationRefusal:
        """A unit with this serial number has passed."""
        return StationRefusal(
            Coded(
                "station-scan-passed", "A unit with serial number {text!r} has passed", text=text
            ),
            why=Text("The job allows each serial number once"),
            next_step=Text("Look the serial number up in the records, and put the unit aside"),
        )

    def lacks(self, place: Place) -> bool:
        """The unit in it cannot begin, nor be tried again, before it is scanned."""
        visit = place.visit
        if not self.is_needed or visit is None or not visit.is_ours or visit.is_worked:
            return False
        return visit.is_doubtful if visit.scanned else place.is_idle

    def waiting(self, places: Sequence[Place]) -> Place | None:
        """Whose serial number is wanted next: of the unit that has waited for longest."""
        if not self.is_needed:
            return None
        waits = [(it.visit.number, it) for it in places if it.visit and self.lacks(it)]
        return min(waits, key=lambda each: each[0])[1] if waits else None

    def wanted(self, places: Sequence[Place]) -> Text:
        """What the scanner is for now."""
        if not self.is_needed:
            return NOTHING
        place = self.waiting(places)
        if place is not None:
            return Text("Scan the serial number of the unit in place {place}", place=place.name)
        if self.pending:
            return Text("Plug in the unit {serial}", serial=outside(self.pending))
        return Text("Scan the serial number of the next unit")


def _has(place: Place, text: str) -> bool:
    """The unit in it was scanned so, and that is beyond doubt."""
    visit = place.visit
    return visit is not None and visit.scanned == text and not visit.is_doubtful
