"""What a station will not do, or cannot just now, in words for whoever wanted it."""

from __future__ import annotations

from smp.errors import SmpError
from smp.text import Coded, Text


class StationRefusal(SmpError):
    """See the module. Nothing has been done to any unit."""

    usual_step = Text("See what the station says, then try again")


def no_such_place(name: str) -> StationRefusal:
    return StationRefusal(
        Coded("station-no-such-place", "The station has no place {name!r}", name=name),
        next_step=Text("Name one of the places of the job"),
    )


def place_empty(name: str) -> StationRefusal:
    return StationRefusal(
        Coded("station-place-empty", "There is no unit in place {name}", name=name),
        next_step=Text("Plug the unit in first"),
    )


def not_ours(name: str) -> StationRefusal:
    return StationRefusal(
        Coded("station-other-product", "What is in place {name} is not this job's", name=name),
        why=Text("Its USB identity or its name is another one than the job says"),
        next_step=Text("Take it out, and plug in the unit that the job is for"),
    )


def at_work(name: str) -> StationRefusal:
    return StationRefusal(
        Coded("station-place-at-work", "The unit in place {name} is being worked on", name=name),
        next_step=Text("Wait until it is done, or stop it first"),
    )


def not_at_work(name: str) -> StationRefusal:
    return StationRefusal(
        Coded("station-nothing-to-stop", "Nothing is done in place {name}", name=name),
        next_step=Text("Stop a unit while it is worked on"),
    )


def has_passed(name: str) -> StationRefusal:
    return StationRefusal(
        Coded("station-unit-passed", "The unit in place {name} has passed", name=name),
        next_step=Text("Take it out, and plug in the next unit"),
    )


def never_tried(name: str) -> StationRefusal:
    return StationRefusal(
        Coded("station-not-tried", "The unit in place {name} was not tried yet", name=name),
        next_step=Text("Start it, then try again if it fails"),
    )


def stopping() -> StationRefusal:
    return StationRefusal(
        Coded("station-stopping", "The station is about to end"),
        why=Text("It waits for the units that are worked on, and begins no other"),
        next_step=Text("Start the station again when it has ended"),
    )


def not_started() -> StationRefusal:
    return StationRefusal(
        Coded("station-nobody-named", "Nobody has said who works at the station"),
        next_step=Text("Give the names of operator and shift first"),
    )


def limit_reached(limit: int) -> StationRefusal:
    return StationRefusal(
        Coded("station-limit-reached", "The job is done: {count} units have passed", count=limit),
        why=Text("The job says that it is for so many"),
        next_step=Text("Take the units out, or ask the engineer for another job"),
    )


def too_many_tries(count: int) -> StationRefusal:
    return StationRefusal(
        Coded("station-too-many-tries", "The unit was tried {count} times", count=count),
        why=Text("The job allows no more"),
        next_step=Text("Put the unit aside"),
    )


def scan_first(name: str) -> StationRefusal:
    return StationRefusal(
        Coded("station-scan-first", "The unit in place {name} has to be scanned first", name=name),
        why=Text("It has no serial number yet, or it may have been exchanged since"),
        next_step=Text("Scan the code of its serial number"),
    )
