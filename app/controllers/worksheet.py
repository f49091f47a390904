"""What was done to the devices behind one row of the list: a work sheet, kept until it is cleared.

A verdict belongs to one device at one time. As soon as it cannot be proven any more that the
device is still that one, in that state, the verdict is a line of the sheet with its time of day.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from smp.commands.image import ImageState
from smp.discovery import Found
from smp.text import Text
from smp.update.plan import Action, Plan
from smp.update.verdict import Ending, Outcome, Verdict


class Doubt(Enum):
    """Why the last verdict is not said of what is there now."""

    LEFT = "left"
    SILENT = "silent"
    AGAIN = "again"
    ANSWERS = "answers"
    """Nobody did when the verdict was found."""
    OTHER = "other"
    RESTARTED = "restarted"
    CLOCK_SET = "clock-set"

    @property
    def text(self) -> Text:
        """As a sentence."""
        return _DOUBTS[self]

    @property
    def is_absence(self) -> bool:
        """Nobody else has answered in its place."""
        return self in (Doubt.LEFT, Doubt.SILENT)

    @property
    def is_restart(self) -> bool:
        """It is the same device, which has started anew, or may have."""
        return self in (Doubt.RESTARTED, Doubt.CLOCK_SET)


_DOUBTS = {
    Doubt.LEFT: Text("The device has left since, or its connection has ended"),
    Doubt.SILENT: Text("The device has not answered since"),
    Doubt.AGAIN: Text("Connected anew since: what is there now was asked again"),
    Doubt.ANSWERS: Text("The device answers again: what it has now stands below"),
    Doubt.OTHER: Text("What answers now has other images"),
    Doubt.RESTARTED: Text("The device has restarted since"),
    Doubt.CLOCK_SET: Text("The device's clock has gone back since: it may have restarted"),
}


@dataclass(frozen=True, slots=True)
class Done:
    """One update with its end. `at`: seconds since the epoch; `version`, `file`: what was sent."""

    at: float
    version: str
    file: str
    verdict: Verdict
    unit: str
    """Tells whether two lines are about the same device."""


class Worksheet:
    """`doubt`: None while the last line holds for the device that is connected."""

    def __init__(self) -> None:
        self.done: list[Done] = []
        self.doubt: Doubt | None = None
        self._proven: ImageState | None = None
        self._sessions = 0
        self._exchanges = 0

    @property
    def last(self) -> Done | None:
        return self.done[-1] if self.done else None

    def enter(self, found: Found, version: str, file: str, verdict: Verdict) -> None:
        """An update has ended; its verdict holds."""
        if self._may_be_another():
            self._sessions += 1
        port = found.port
        named = port.serial_number if port is not None and port.serial_number else ""
        if found.address.scheme == "ble":
            named = found.address.scheme  # its row is its own, whatever its address
        unit = named or f"{self._sessions}"
        if self._exchanges:
            unit = f"{unit}#{self._exchanges}"
        self.done.append(Done(time.time(), version, file, verdict, unit))
        self.doubt, self._proven = None, None

    def _may_be_another(self) -> bool:
        """Than the last one. Who was lost in the middle and is back is tried again."""
        if self.doubt is None or self.doubt.is_restart:
            return False
        last = self.last
        was_lost = last is not None and not last.verdict.is_good and last.verdict.ending in _ABSENT
        return self.doubt is Doubt.OTHER or not was_lost

    def settle(self, state: ImageState | None, *, lists_none: bool = False) -> None:
        """What the device listed right after the last verdict; None: it did not answer. lists_none:
        it did, and has no list, only its firmware loader has."""
        if lists_none:
            state = _NO_LIST
        last = self.last
        if last is None or self.doubt is not None:
            return
        self._proven = state
        running = last.verdict.running
        if state is None and last.verdict.is_good:
            self.doubt = Doubt.LEFT
        elif state is not None and _speaks_of_absence(last.verdict):
            self.doubt = Doubt.ANSWERS
        elif running is not None and state is not None:
            listed = {entry.hash for entry in state.entries if entry.active}
            if listed and running.hash not in listed:
                self.doubt = Doubt.OTHER

    def compare(self, state: ImageState | None) -> None:
        """What answers on the same connection lists this by now."""
        if not self.done or self.doubt is not None or self._proven is None or state is None:
            return
        if state.entries != self._proven.entries:
            self.doubt = Doubt.OTHER

    def fold(self, doubt: Doubt) -> None:
        """Something happened that ends the last verdict's time."""
        last = self.last
        if last is None:
            return
        if doubt.is_absence:
            # A verdict on a device that was lost is not ended by its absence.
            if self.doubt is None and self._proven is not None:
                self.doubt = doubt
        elif self.doubt is not Doubt.OTHER:
            self.doubt = doubt

    def exchange(self) -> None:
        """A person has put another device in the place of this one: the adapter between, which has
        a serial number, may be the same."""
        self._exchanges += 1
        if self.done:
            self.doubt = Doubt.OTHER

    def clear(self) -> None:
        """Forget what was done."""
        self.done, self.doubt, self._proven = [], None, None
        self._sessions += 1

    def units(self) -> list[Done]:
        """The last line of every device that was here."""
        return list({done.unit: done for done in self.done}.values())


def needs_another_file(verdict: Verdict, plan: Plan | None) -> bool:
    """The same file would end in the same way, as it has shown. plan: for the file, as the device
    is by now."""
    if verdict.ending is Ending.NOT_HELD:
        return plan is None or plan.action is not Action.CONFIRM
    return verdict.ending in _IS_THE_FILE


_IS_THE_FILE = (
    Ending.ROLLED_BACK,
    Ending.ROLLED_BACK_OR_REFUSED,
    Ending.REFUSED_AT_BOOT,
    Ending.OLD_IMAGE_PREFERRED,
)
_NO_LIST = ImageState(())
_ABSENT = (Ending.LINK_LOST, Ending.SILENT, Ending.NEVER_BACK)


def _speaks_of_absence(verdict: Verdict) -> bool:
    """Nobody answered when it was found. Who answers since is not to be told so."""
    was_absent = verdict.was_silent or verdict.ending in _ABSENT
    is_open = verdict.outcome is Outcome.UNKNOWN and was_absent
    return is_open and all(part.running is None for part in verdict.parts)


def tally(sheets: Iterable[Worksheet]) -> tuple[int, int, int]:
    """How many devices are done, how many were tried in vain, and how many were broken off."""
    units = [done for sheet in sheets for done in sheet.units()]
    good = sum(done.verdict.is_good for done in units)
    cancelled = sum(done.verdict.ending is Ending.CANCELLED for done in units)
    return good, len(units) - good - cancelled, cancelled
