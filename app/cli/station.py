"""A station without a window: events to stdout, commands from stdin, an exit status at the end."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import assert_never

from app.cli.line_commands import BadCommand, Command, Verb, lines, read_command
from app.cli.running import on_interrupt, print_json, print_text, report_error
from app.cli.speaker import Speaker
from app.records.attempt import Result
from app.station.firmware_of import OpenedJob
from app.station.premises import Premises, open_premises
from app.station.refusal import StationRefusal
from app.station.telling import place_told, problem_told, station_told
from smp.errors import RecordError, SmpError
from smp.text import Coded, Text, outside, stopped
from smp.update.verdict import ExitStatus

Told = Mapping[str, object]


async def run_station(
    opened: OpenedJob,
    *,
    operator: str,
    shift: str,
    name: str,
    arm: bool,
    journal: Path | None,
    database: str,
    as_json: bool,
) -> int:
    """The command: until it is stopped, its limit is reached, or nobody can tell it anything."""
    try:
        premises = await open_premises(opened, name=name, journal=journal, database=database)
        headless = Headless(premises, goes_on=arm, as_json=as_json)
        return await headless.run(operator, shift, arm=arm)
    except RecordError as error:
        report_error(error, as_json)
        return ExitStatus.UNKNOWN


class Headless:
    """See the module. `goes_on`: also when its input has ended."""

    def __init__(self, premises: Premises, *, goes_on: bool, as_json: bool) -> None:
        self._premises = premises
        self._station = premises.station
        self._goes_on = goes_on
        self._as_json = as_json
        self._ending = asyncio.Event()
        self._hurrying = asyncio.Event()
        self._signals = 0
        self._results: dict[str, str] = {}
        """Of units, by their last attempt that was not broken off."""
        self._broken: set[str] = set()
        """Units, or places of those without a name, whose last attempt was broken off."""
        self._is_unrecorded = False
        self._speaker = Speaker(print_json if as_json else _Words().print, self._lost)

    async def run(self, operator: str, shift: str, *, arm: bool) -> int:
        """To the exit status."""
        on_interrupt(self._interrupted)
        self._station.told.listen(self._heard)
        reading: asyncio.Task[None] | None = None
        try:
            self._speaker.say({"event": "started", **self._whole()})
            await self._station.start(operator, shift)
            if arm:
                self._station.arm(True)
            if self._as_json:
                reading = asyncio.create_task(self._obey())
            await self._ending.wait()
        finally:
            if reading is not None:
                reading.cancel()
            await self._close()
            status = self._status()
            self._speaker.say({**station_told(self._station.standing, "ended"), "status": status})
            await self._speaker.close()
        return status

    async def _close(self) -> None:
        """When those at work are done; whoever is in a hurry stops them."""
        closing = asyncio.ensure_future(self._premises.close(hurry=self._hurrying.is_set()))
        hurrying = asyncio.ensure_future(self._hurrying.wait())
        await asyncio.wait({closing, hurrying}, return_when=asyncio.FIRST_COMPLETED)
        if not closing.done():
            await self._station.stop(hurry=True)
        hurrying.cancel()
        await closing

    def _status(self) -> int:
        if self._signals:
            return ExitStatus.CANCELLED
        if self._is_unrecorded:
            return ExitStatus.UNKNOWN
        is_good = all(result == Result.PASS.value for result in self._results.values())
        is_good = is_good and not self._broken
        return ExitStatus.OK if is_good else ExitStatus.NOT_UPDATED

    # -- what happens -----------------------------------------------------------------

    def _heard(self, told: Told) -> None:
        self._speaker.say(told)
        if told["event"] == "attempt":
            place, where = str(told["place"]), str(told["unit"] or told["place"])
            self._broken -= {where, place}
            if told["result"] == Result.ABORTED.value:
                self._broken.add(where)
            else:
                self._results[str(told["who"])] = str(told["result"])
            self._is_unrecorded = self._is_unrecorded or self._lacks_record(place)
        if self._station.is_done and not self._station.working:
            self._ending.set()

    def _lacks_record(self, place: str) -> bool:
        return any(
            each.is_unrecorded for each in self._station.standing.places if each.name == place
        )

    def _interrupted(self) -> None:
        """Once: end when the units are done. Twice: stop them."""
        self._signals += 1
        self._ending.set()
        if self._signals > 1:
            self._hurrying.set()

    def _lost(self) -> None:
        """Nobody hears it any more: the units that are worked on are finished, no other begins."""
        self._ending.set()

    # -- what is wanted ---------------------------------------------------------------

    async def _obey(self) -> None:
        async for line in lines():
            try:
                command = read_command(line)
            except BadCommand as error:
                self._speaker.say(problem_told(error, **_named(None, error.id)))
                continue
            named = _named(command.verb, command.id)
            try:
                more = await self._do(command)
            except SmpError as error:
                self._speaker.say(problem_told(error, **named))
            else:
                self._speaker.say({"event": "accepted", **named, **more})
        if not self._goes_on:
            self._ending.set()

    async def _do(self, command: Command) -> Told:
        """Raises `SmpError`."""
        station = self._station
        match command.verb:
            case Verb.ARM | Verb.DISARM:
                station.arm(command.verb is Verb.ARM)
            case Verb.START:
                station.begin(command.place)
            case Verb.RETRY:
                station.retry(command.place)
            case Verb.CANCEL:
                station.cancel(command.place)
            case Verb.SCAN:
                return {"place": await station.scan(command.text, command.place)}
            case Verb.SHIFT:
                await station.start(command.operator, command.shift)
            case Verb.STATUS:
                self._speaker.say({"event": "status", **self._whole()})
            case Verb.STOP:
                if command.hurry:
                    self._hurrying.set()
                self._ending.set()
            case Verb.PLUG | Verb.PULL:
                await self._handle(command)
            case _:
                assert_never(command.verb)
        return {}

    async def _handle(self, command: Command) -> None:
        """A hand on a simulated unit."""
        line = self._premises.line
        if line is None:
            raise StationRefusal(
                Coded("station-not-simulated", "The units of this station are real ones"),
                next_step=Text("Plug them in and pull them out by hand"),
            )
        if command.verb is Verb.PLUG:
            await line.plug(command.place)
        else:
            await line.pull(command.place)

    def _whole(self) -> dict[str, object]:
        standing = self._station.standing
        whole = {k: v for k, v in station_told(standing).items() if k != "event"}
        places = [
            {k: v for k, v in place_told(place).items() if k != "event"}
            for place in standing.places
        ]
        return {**whole, "places": places}


def _named(verb: Verb | None, identity: object) -> dict[str, object]:
    named: dict[str, object] = {"command": verb.value} if verb is not None else {}
    return named if identity is None else {**named, "id": identity}


class _Words:
    """For a person at a terminal: what became of each unit, and what is wrong."""

    def __init__(self) -> None:
        self._trouble = ""

    def print(self, told: Told) -> None:
        trouble = told.get("trouble", self._trouble)
        if isinstance(trouble, Text) and trouble != self._trouble:
            self._trouble = trouble
            if trouble:
                print_text(stopped(trouble))
        event = told["event"]
        if event == "started":
            print_text(
                Text(
                    "{station} brings {product} to {version}. End it with Ctrl-C.",
                    station=str(told["station"]),
                    product=str(told["product"]),
                    version=str(told["version"]),
                )
            )
        elif event == "attempt":
            print_text(
                Text(
                    "Place {place}: {result} {unit} {reason}",
                    place=str(told["place"]),
                    result=str(told["result"]),
                    unit=str(told["unit"]),
                    reason=stopped(outside(str(told["reason"]))),
                )
            )
        elif event == "ended":
            print_text(
                Text(
                    "{passed} passed, {failed} did not.",
                    passed=told["passed"],
                    failed=told["failed"],
                )
            )
        sys.stdout.flush()
