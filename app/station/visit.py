"""One stay of a unit in a place, from the moment that it is seen until it leaves.

All that is known of a unit is kept here, so that nothing of it outlasts its stay. Whether what is
seen now is still the same stay is told by the number that the system gives whatever is plugged in;
where it gives none, by what the device says of itself and by its port.
"""

from __future__ import annotations

import itertools
import secrets
from dataclasses import dataclass, field
from typing import Protocol

from app.records.attempt import Attempt
from app.records.serials import Serial
from app.station.places import location
from app.station.standing import Phase
from smp.discovery import Found
from smp.text import Coded

_numbers = itertools.count(1)


def new_key() -> str:
    """Of an attempt: no two are alike."""
    return secrets.token_hex(12)


class Worker(Protocol):
    """What is done to one unit: an `Attempting`."""

    @property
    def figures(self) -> tuple[int, int, int]:
        """Bytes that the unit has taken so far, bytes sent again, losses."""

    async def run(self) -> Attempt: ...
    def cancel(self, why: Coded = ...) -> None: ...


@dataclass
class Visit:
    """See the module."""

    found: Found
    is_ours: bool
    number: int = field(default_factory=lambda: next(_numbers))
    scanned: str = ""
    """What the scanner has read for it."""
    is_wanted: bool = False
    """It is to begin as soon as it may."""
    is_declined: bool = False
    """A person did not want it to begin."""
    resumes: str = ""
    """The attempt on it that a kill has cut off, by its key."""
    held: Serial | None = None
    """The serial number that it may carry since then."""
    has_passed_before: bool = False
    """In this stay, when the station ran the last time."""
    tries: int = 0
    is_worked: bool = False
    """An attempt goes on."""
    worker: Worker | None = None
    """Who works on it, once somebody does."""
    key: str = ""
    """Of the attempt that runs, or was the last one."""
    phases: list[tuple[str, float]] = field(default_factory=list)
    """What it went through in this attempt, with the moments on the loop's clock."""
    is_missing: bool = False
    """It was gone while it was worked on, and not by a restart."""
    returns_until: float = float("-inf")
    """A person has stopped it while it restarted: what comes to its place before this moment on the
    loop's clock may be it, and is not begun again by itself."""
    has_left: bool = False
    """It went while only the last things were done that need no unit."""
    is_doubtful: bool = False
    """It may have been exchanged while its new firmware was watched."""
    is_settling: bool = False
    """It has restarted, and nobody has looked yet what it is listed as since."""
    who: str = ""
    """As whom the counters know it, once it was tried."""

    def is_followed(self, phase: Phase) -> bool:
        """Whatever is seen at its place now is this unit: it restarts, under whatever name, or is
        watched for whether it does, which is for the engine to judge."""
        return self.is_settling or phase in (Phase.RESTARTING, Phase.WATCHING)

    def went(self, phase: Phase, now: float) -> bool:
        """Note it; False if it is no other phase."""
        if self.phases and self.phases[-1][0] == phase.value:
            return False
        self.phases.append((phase.value, now))
        return True

    def steps(self, now: float) -> tuple[tuple[str, float], ...]:
        """How long each phase took so far, in seconds."""
        ends = [at for _, at in self.phases[1:]] + [now]
        return tuple(
            (name, round(end - at, 3)) for (name, at), end in zip(self.phases, ends, strict=True)
        )


def identity(found: Found) -> str:
    """The same as long as one device stays plugged in: what a journal compares after a kill."""
    port = found.port
    if port is None:
        return str(found.address)
    told = (port.usb_id, port.serial_number or "", port.arrival, location(found))
    if port.arrival is None:
        told = (port.usb_id, port.serial_number or "", None, port.path)
    return "|".join(str(each) for each in told)


def is_same_stay(before: Found, now: Found) -> bool:
    """Whether what is seen now has been there all the time."""
    return identity(before) == identity(now)
