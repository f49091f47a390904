"""Hands at a place: they plug units in, scan them, and do what befalls them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from tests.station.units import Blow, Unit, What

TRIES = 10
"""After so many attempts a unit is put aside."""


@dataclass
class View:
    """What a tile shows."""

    phase: str = "empty"
    unit: str = ""
    result: str = ""
    can_retry: bool = False


class Floor(Protocol):
    """The station, as hands and eyes have it."""

    async def plug(self, place: str, unit: Unit) -> None:
        """Into the place; who is in it is exchanged for it between two looks."""

    async def pull(self, place: str) -> None: ...
    async def kill(self) -> None: ...
    def deafen(self, place: str, deaf: bool) -> None: ...
    async def ask(self, command: str, place: str, text: str = "") -> str:
        """A command; the code of its refusal, empty if it is done."""

    def view(self, place: str) -> View: ...
    async def news(self) -> None:
        """Wait until something may have changed."""


@dataclass
class Hand:
    """At one place. `queue`: the units that are to go through it."""

    floor: Floor
    place: str
    queue: list[Unit]
    aside: list[Unit] = field(default_factory=list)
    patience: float = 240.0

    async def work(self) -> None:
        """Until the queue is empty."""
        while self.queue:
            await self._do(self.queue.pop(0))
            await self.floor.pull(self.place)
            await self._until(lambda view: view.phase in ("empty", "absent"))

    async def _do(self, unit: Unit) -> None:
        """One unit to its end."""
        await self.floor.plug(self.place, unit)
        for _ in range(TRIES):
            if await self._begin(unit):
                return
            while True:
                blow = unit.blows[0] if unit.blows else None
                view = await self._until(
                    lambda view, blow=blow: (
                        self._is_over(view, unit)
                        or _is_new(view)
                        or (
                            blow is not None
                            and view.phase == blow.phase
                            and view.unit == unit.label
                        )
                    )
                )
                if self._is_over(view, unit) or _is_new(view) or blow is None:
                    break
                unit.blows.pop(0)
                unit.dealt.append(blow)
                await asyncio.sleep(blow.after)
                if self.floor.view(self.place).unit == unit.label:
                    await self._deal(blow, unit)
            if view.result == "PASS":
                return
        self.aside.append(unit)

    def _is_over(self, view: View, unit: Unit) -> bool:
        return view.phase == "done" and view.unit == unit.label

    async def _begin(self, unit: Unit) -> bool:
        """Scan it, or try it again; whatever is in the way goes by. True: it has passed before."""
        floor, place = self.floor, self.place
        try:
            async with asyncio.timeout(self.patience):
                while (is_over := await self._has_begun(unit)) is None:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
                return is_over
        except TimeoutError:
            raise AssertionError(
                f"place {place} stands at {floor.view(place)}, not {unit.label}"
            ) from None

    async def _has_begun(self, unit: Unit) -> bool | None:
        """None: not yet; True: there is nothing to begin."""
        floor, place = self.floor, self.place
        view, code = floor.view(place), "-"
        if view.unit == unit.label and (
            view.result == "PASS" or view.phase not in ("done", "empty", "present")
        ):
            return view.result == "PASS"
        if view.phase == "done" and view.unit == unit.label:
            await asyncio.sleep(0.3)  # a person is slower, too
            code = await floor.ask("retry", place)
            if code == "station-scan-first":
                code = await floor.ask("scan", place, unit.label)
        elif _is_new(view) or (view.phase == "done" and view.result != "PASS"):
            code = await floor.ask("scan", place, unit.label)
        if code == "station-scan-passed":
            return True
        if code:
            return None
        await self._until(
            lambda view: view.unit == unit.label and view.phase not in ("present", "done"), 20.0
        )
        return False

    async def _deal(self, blow: Blow, unit: Unit) -> None:
        floor, place = self.floor, self.place
        match blow.what:
            case What.PULL:
                await floor.pull(place)
                await asyncio.sleep(blow.seconds)
                await self._until(lambda view: view.phase in ("done", "empty"))
                await floor.plug(place, unit)
            case What.SWAP:
                if not self.queue:
                    return
                other = self.queue.pop(0)
                await floor.pull(place) if other.kind is not unit.kind else None
                await self._do(other)
                await floor.plug(place, unit)
            case What.POWER:
                unit.host.power_off()
                await asyncio.sleep(blow.seconds)
                unit.host.power_on()
            case What.SILENCE:
                floor.deafen(place, True)
                await asyncio.sleep(blow.seconds)
                floor.deafen(place, False)
            case What.RESET:
                unit.host.press_reset()
            case What.KILL:
                await floor.kill()

    async def _until(self, is_so: Callable[[View], bool], patience: float = 0.0) -> View:
        floor = self.floor
        try:
            async with asyncio.timeout(patience or self.patience):
                while not is_so(view := floor.view(self.place)):
                    await floor.news()
                return view
        except TimeoutError:
            if patience:
                return floor.view(self.place)
            raise AssertionError(f"place {self.place} stands at {floor.view(self.place)}") from None


def _is_new(view: View) -> bool:
    """What is in the place came anew, and nobody has scanned it."""
    return view.phase == "present" and not view.unit
