"""A place of the station as a tile: what it is about, the verdict, the one thing that can be done.

What is here is made of the place as it stands, and of nothing that it was before.
"""

from __future__ import annotations

from typing import assert_never

from app.facts.station import TileFacts, TileKind
from app.facts.words import ActionFacts
from app.lib import wording
from app.records.attempt import Result
from app.station.standing import Phase, PlaceStanding
from app.station.unit_progress import WORDS
from smp.plain import plain
from smp.text import NOTHING, Text, listed, outside

BEGIN, RETRY, STOP, PLUG, PULL = "begin", "retry", "stop", "plug", "pull"
"""Keys of a tile's one button; the last two of a line without hardware."""
_BETWEEN = " · "


def tile(place: PlaceStanding, *, is_simulated: bool = False) -> TileFacts:
    """A place as it is now, and nothing of what it was."""
    match place.phase:
        case Phase.ABSENT:
            return TileFacts(
                place.name,
                TileKind.AWAY,
                Text("Not connected"),
                line=place.words or outside(place.at),
            )
        case Phase.EMPTY:
            return TileFacts(
                place.name,
                TileKind.EMPTY,
                Text("Put a unit in"),
                line=place.words,
                action=ActionFacts(PLUG, Text("Plug in"), "plug") if is_simulated else None,
            )
        case Phase.PRESENT:
            return TileFacts(
                place.name,
                TileKind.WAITING,
                Text("A unit is in it"),
                plain(place.unit),
                place.words,
                # Where there are words they say why it does not begin.
                action=(_pull() if is_simulated else None)
                if place.words
                else ActionFacts(BEGIN, Text("Start"), "chevron-right"),
            )
        case Phase.HELD:
            return TileFacts(
                place.name,
                TileKind.WAITING,
                Text("Waits for its turn"),
                plain(place.unit),
                place.words,
                action=_stop(place),
            )
        case Phase.DONE:
            return _ended(place, is_simulated=is_simulated)
        case (
            Phase.CHECKING
            | Phase.UPLOADING
            | Phase.RESTARTING
            | Phase.WATCHING
            | Phase.WRITING
            | Phase.VERIFYING
            | Phase.RECORDING
            | Phase.STOPPING
        ):
            return _at_work(place)
        case _:
            assert_never(place.phase)


def _at_work(place: PlaceStanding) -> TileFacts:
    may_stop = place.phase not in (Phase.STOPPING, Phase.RECORDING)
    return TileFacts(
        place.name,
        TileKind.WORKING,
        doing(place.phase),
        plain(place.unit),
        # The usual words of a phase say once more what the headline does.
        NOTHING if place.words == WORDS[place.phase] else place.words,
        action=_stop(place) if may_stop else None,
        fraction=round(place.fraction, 3),
        percent=wording.percent(place.fraction),
        rate=NOTHING if place.rate is None else wording.rate(place.rate),
        left=NOTHING if place.left is None else wording.left(place.left),
    )


def _stop(place: PlaceStanding) -> ActionFacts:
    hint = Text("Stop the unit in place {place}…", place=place.name)
    return ActionFacts(STOP, NOTHING, "stop", hint)


def _pull() -> ActionFacts:
    return ActionFacts(PULL, Text("Pull out"), "unplugged")


def doing(phase: Phase) -> Text:
    """What is done to a unit, in two or three words."""
    match phase:
        case Phase.CHECKING:
            return Text("Checking the unit")
        case Phase.UPLOADING:
            return Text("Uploading")
        case Phase.RESTARTING:
            return Text("Restarting")
        case Phase.WATCHING:
            return Text("Watching it run")
        case Phase.WRITING:
            return Text("Writing its settings")
        case Phase.VERIFYING:
            return Text("Proving what runs")
        case Phase.RECORDING:
            return Text("Writing the record")
        case Phase.STOPPING:
            return Text("Stopping")
        case Phase.ABSENT | Phase.EMPTY | Phase.PRESENT | Phase.HELD | Phase.DONE:
            return NOTHING
        case _:
            assert_never(phase)


_UNRECORDED = Text("It is not recorded, so it is no pass")


def _ended(place: PlaceStanding, *, is_simulated: bool) -> TileFacts:
    """PASS is said of what has passed and is recorded, and of nothing else."""
    kind, word = _verdict(place.result)
    reason = place.reason
    if place.is_unrecorded:
        kind, word = TileKind.FAILED, Text("FAIL")
        reason = reason if place.result is not Result.PASS and reason else _UNRECORDED
    advice = place.next_step
    if kind is TileKind.PASSED:
        if place.version:
            reason = Text("Runs {version}", version=place.version)
        advice = advice or Text("Take it out")
    action = ActionFacts(RETRY, Text("Try again"), "refresh") if place.can_retry else None
    if action is None and is_simulated:
        action = _pull()
    took = wording.duration(place.seconds) if place.seconds else NOTHING
    other = place.result in (Result.ERROR, Result.TIMEOUT)
    kind_of = outside(place.result.value) if other and place.result is not None else NOTHING
    return TileFacts(
        place.name,
        kind,
        word,
        plain(place.unit),
        reason,
        advice,
        listed([kind_of, took], _BETWEEN),
        action,
    )


def _verdict(result: Result | None) -> tuple[TileKind, Text]:
    match result:
        case Result.PASS:
            return TileKind.PASSED, Text("PASS")
        case Result.FAIL | Result.ERROR | Result.TIMEOUT:
            return TileKind.FAILED, Text("FAIL")
        case Result.ABORTED:
            return TileKind.STOPPED, Text("STOPPED")
        case None:
            # An end whose record is not written yet is told by no colour.
            return TileKind.WAITING, Text("Writing the record")
        case _:
            assert_never(result)
