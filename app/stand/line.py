"""What the window needs of a station: `app.station.station` is one, a test's is another."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from app.station.standing import StationStanding
from smp.signal import Signal


class Line(Protocol):
    """A station. All raise `SmpError` for what they will not do."""

    @property
    def standing(self) -> StationStanding: ...
    @property
    def changed(self) -> Signal[()]: ...

    async def open(self) -> None:
        """Be the only one, and find what a kill has left."""

    async def start(self, operator: str, shift: str = "") -> None: ...
    def arm(self, on: bool) -> None: ...

    async def scan(self, text: str) -> str:
        """The place that it is for; empty: the next unit's."""

    def begin(self, place: str) -> None: ...
    def retry(self, place: str) -> None: ...
    def cancel(self, place: str) -> None: ...

    async def stop(self, *, hurry: bool = False) -> None:
        """When the units that are worked on are done; `hurry`: as soon as it is safe."""


class Sockets(Protocol):
    """Of a line without hardware: a person plugs units in on the screen."""

    async def plug(self, place: str) -> None: ...
    async def pull(self, place: str) -> None: ...


async def _nothing() -> None:
    return


@dataclass(frozen=True, slots=True)
class Made:
    """A station with all that it stands on. `close` gives it back, once the station has stopped."""

    line: Line
    sockets: Sockets | None = None
    close: Callable[[], Awaitable[None]] = _nothing
