"""One place of a station: who is in it, and what can be said of it.

A unit that leaves takes every word, colour and fact with it. A unit that is worked on may vanish
and come back: if it restarts, as an update makes it, it is followed; if not, it was pulled out, or
another one was put in its place, whatever that one says to be.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum

from app.station.places import Spot
from app.station.standing import Phase, PlaceStanding
from app.station.visit import Visit, is_same_stay
from smp.text import NOTHING, Text

_LINGER = 10.0
"""Seconds after its update in which a radio device need not be heard: it has to advertise first."""
_SHORTLY = 60.0
"""Seconds from one loss to the next, for both to have one cause."""


class Seen(Enum):
    """What a look at a place came to."""

    NOTHING = "nothing"
    CAME = "came"
    LEFT = "left"
    LOST = "lost"
    """What is worked on is not there, and does not restart."""
    EXCHANGED = "exchanged"
    """Something else is in the place of what is worked on, or the same one, plugged in anew."""


class Place:
    """See the module. `name`: as the job has it."""

    def __init__(self, name: str, at: str = "") -> None:
        self.name = name
        self.visit: Visit | None = None
        self.spot: Spot | None = None
        """What was seen there last."""
        self.breaks = 0
        """How often in a row a unit that was worked on was lost here, and something was there again
        shortly after."""
        self._broke_at = float("-inf")
        self.is_blind = False
        """What was seen last may be who has left: nobody comes in before somebody looks anew."""
        self._at = at
        self._is_absent = False
        self._lingers_until = 0.0
        self.standing = self._blank()

    # -- who is in it -----------------------------------------------------------------

    def see(self, spot: Spot | None, *, at: str, is_absent: bool, now: float) -> Seen:
        """Take note of what is there. `at`: what the place is bound to; `is_absent`: nothing can
        be, since the hub is away."""
        visit = self.visit
        is_quiet = spot is not None and spot.found.faded and now >= self._lingers_until
        if is_quiet and (visit is None or not visit.is_worked):
            spot = None  # over the air, who is not heard any more has gone
        self.spot = spot
        if (at, is_absent) != (self._at, self._is_absent):
            self._at, self._is_absent = at, is_absent
            self.standing = self._blank() if visit is None else replace(self.standing, at=at)
        if visit is None:
            return self._receive(spot)
        if visit.is_worked:
            return self._see_worked(visit, spot)
        return self._see_idle(visit, spot, now)

    def leave(self) -> None:
        """Nothing of the unit is left."""
        self.visit = None
        self.standing = self._blank()

    def enter(self) -> Seen:
        """What was seen last comes in, as somebody of whom nothing is known."""
        self.leave()
        return self._receive(self.spot)

    def _receive(self, spot: Spot | None) -> Seen:
        if spot is None or self.is_blind:
            return Seen.NOTHING
        self.visit = Visit(spot.found, spot.is_ours)
        self.standing = replace(self._blank(), phase=Phase.PRESENT, words=_greeting(spot))
        return Seen.CAME

    def _see_worked(self, visit: Visit, spot: Spot | None) -> Seen:
        if self.standing.phase is Phase.DONE or visit.has_left:
            return self._see_done(visit, spot)
        if visit.is_followed(self.standing.phase):
            if spot is not None:
                visit.found = spot.found
            return Seen.NOTHING
        if spot is None:
            # What is reached over the air or a network is not listed while it is talked to.
            return Seen.LOST if visit.found.port is not None else Seen.NOTHING
        if not is_same_stay(visit.found, spot.found):
            return Seen.EXCHANGED
        visit.found, visit.is_missing = spot.found, False
        return Seen.NOTHING

    def _see_done(self, visit: Visit, spot: Spot | None) -> Seen:
        """Its result is shown, and only the last things are done that need no unit."""
        is_here = spot is not None and (visit.is_settling or is_same_stay(visit.found, spot.found))
        if is_here and spot is not None and not visit.has_left:
            visit.found = spot.found
        elif not visit.has_left and (spot is not None or not visit.is_missing):
            visit.has_left, self.standing = True, self._blank()
            return Seen.LEFT
        return Seen.NOTHING

    def _see_idle(self, visit: Visit, spot: Spot | None, now: float) -> Seen:
        if spot is not None and (visit.is_settling or is_same_stay(visit.found, spot.found)):
            visit.found, visit.is_ours = spot.found, spot.is_ours
            visit.is_missing = False
            return Seen.NOTHING
        if spot is None:
            lingers = visit.found.port is None and now < self._lingers_until
            # Its end was told with nobody there to be looked at: that is to be read.
            if lingers or visit.is_missing:
                return Seen.NOTHING
            self.leave()
            return Seen.LEFT
        may_be_it = now < visit.returns_until
        seen = self.enter()
        if self.visit is not None:
            self.visit.is_declined = may_be_it
        return seen

    # -- what can be said of it -------------------------------------------------------

    def show(self, standing: PlaceStanding) -> None:
        """Of the unit that is in it."""
        self.standing = replace(standing, name=self.name, at=self._at)

    def say(self, phase: Phase, words: Text = NOTHING) -> None:
        """The unit stands still."""
        self.show(PlaceStanding(self.name, phase=phase, unit=self.standing.unit, words=words))

    def end(self, now: float, *, is_lost: bool) -> None:
        """Its attempt is over. `is_lost`: since the unit was."""
        self._lingers_until = now + _LINGER
        is_again = now - self._broke_at < _SHORTLY
        self.breaks = (self.breaks if is_again else 0) + 1 if is_lost else 0
        self._broke_at = now if is_lost else float("-inf")

    @property
    def is_idle(self) -> bool:
        """A unit is in it to which nothing is done, and nothing was."""
        return self.visit is not None and self.standing.phase is Phase.PRESENT

    def _blank(self) -> PlaceStanding:
        if self._is_absent:
            hub_away = Text("The hub of this place is not plugged in")
            return PlaceStanding(self.name, self._at, Phase.ABSENT, words=hub_away)
        return PlaceStanding(self.name, self._at)


def _greeting(spot: Spot) -> Text:
    if not spot.is_ours:
        return Text("{device} is not what this job is for", device=spot.found.title)
    if spot.found.problem is not None:
        return Text(
            "It cannot be opened: {problem}. {advice}",
            problem=spot.found.problem,
            advice=spot.found.advice,
        )
    return NOTHING
