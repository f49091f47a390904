"""A station that does what a test says: its standing is set, what is wanted of it is noted."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from app.records.attempt import Result
from app.station.locking import lock_with_password
from app.station.standing import Phase, PlaceStanding, StationStanding
from smp.errors import SmpError
from smp.signal import Signal
from smp.simulator import build_image
from smp.text import Text


def standing(*places: PlaceStanding, **changed: object) -> StationStanding:
    """A station in the middle of a shift."""
    whole = StationStanding(
        "Sensor v2, line 3",
        "1.4.2",
        "51be07d2" * 8,
        is_locked=True,
        operator="M. K.",
        shift="early",
        is_armed=True,
        passed=187,
        failed=3,
        yield_=0.984,
        per_hour=46.2,
        slowest="upload",
        slowest_seconds=31.0,
        saved=190,
        scan=Text("Scan the next unit"),
        places=places,
    )
    return replace(whole, **changed)  # type: ignore[arg-type]


PASSED = PlaceStanding(
    "1",
    "1-2.1",
    Phase.DONE,
    "S2-004187",
    result=Result.PASS,
    code="updated",
    reason=Text("The unit runs 1.4.2, confirmed"),
    version="1.4.2",
    seconds=64.0,
)
UPLOADING = PlaceStanding(
    "2", "1-2.2", Phase.UPLOADING, "S2-004188", fraction=0.61, rate=7_100.0, left=12.0
)
RESTARTING = PlaceStanding(
    "3", "1-2.3", Phase.RESTARTING, "S2-004189", Text("Swaps its images"), fraction=0.9, left=4.0
)
FAILED = PlaceStanding(
    "4",
    "1-2.4",
    Phase.DONE,
    "S2-004190",
    result=Result.FAIL,
    code="pulled-out",
    reason=Text("The unit was pulled out at 38 %"),
    next_step=Text("Put it back in, then try again"),
    seconds=21.0,
    can_retry=True,
)
EMPTY = PlaceStanding("5", "1-2.5")
CHECKING = PlaceStanding(
    "6", "1-2.6", Phase.CHECKING, "S2-004191", Text("Runs 1.3.0"), fraction=0.04
)
HELD = PlaceStanding("7", "1-2.7", Phase.HELD, "S2-004192", Text("The hub carries 8 units at once"))
ABSENT = PlaceStanding("8", "1-2.8", Phase.ABSENT)
EIGHT = (PASSED, UPLOADING, RESTARTING, FAILED, EMPTY, CHECKING, HELD, ABSENT)


def many(count: int, of: Sequence[PlaceStanding] = EIGHT) -> tuple[PlaceStanding, ...]:
    """So many places, of all kinds."""
    return tuple(
        replace(of[at % len(of)], name=str(at + 1), at=f"1-{at // 7 + 1}.{at % 7 + 1}")
        for at in range(count)
    )


class ScriptedStation:
    """See the module. `refuse`: what the next scan is answered with."""

    def __init__(self, first: StationStanding) -> None:
        self.standing = first
        self.changed: Signal[()] = Signal("the scripted station")
        self.told: Signal[Mapping[str, object]] = Signal("its events")
        self.wanted: list[tuple[object, ...]] = []
        self.refuse: SmpError | None = None
        self.accepts = ""
        self.is_closed = False
        self._news = asyncio.Event()
        self.changed.listen(self._news.set)

    def show(self, *places: PlaceStanding, **changed: object) -> None:
        """Places of the same names stand so from now on; the whole is so."""
        by_name = {place.name: place for place in places}
        now = tuple(by_name.get(place.name, place) for place in self.standing.places)
        self.standing = replace(self.standing, places=now, **changed)  # type: ignore[arg-type]
        self.changed.tell()

    async def open(self) -> None:
        self.wanted.append(("open",))

    async def start(self, operator: str, shift: str = "") -> None:
        self.wanted.append(("start", operator, shift))
        self.show(operator=operator, shift=shift)

    def arm(self, on: bool) -> None:
        self.wanted.append(("arm", on))
        self.show(is_armed=on)

    async def scan(self, text: str) -> str:
        self.wanted.append(("scan", text))
        if self.refuse is not None:
            raise self.refuse
        return self.accepts

    def begin(self, place: str) -> None:
        self.wanted.append(("begin", place))

    def retry(self, place: str) -> None:
        self.wanted.append(("retry", place))

    def cancel(self, place: str) -> None:
        self.wanted.append(("cancel", place))

    async def stop(self, *, hurry: bool = False) -> None:
        """Ends when no unit is worked on: `show` decides."""
        self.wanted.append(("stop", hurry))
        self.show(is_stopping=True, is_armed=False)
        if hurry:
            self.show(*(replace(EMPTY, name=place.name) for place in self.standing.places))
        while any(place.phase.is_work for place in self.standing.places):
            self._news.clear()
            await self._news.wait()

    async def close(self) -> None:
        self.is_closed = True


def write_job(folder: Path, *, password: str = "", **more: str) -> Path:
    """A job with firmware beside it, pinned."""
    image = build_image("1.4.2", 4_000)
    (folder / "app.bin").write_bytes(image)
    lines = ['product = "Sensor v2"', 'firmware = "app.bin"', "places = 8"]
    lines += [f"{name} = {value}" for name, value in more.items()]
    lines.append(f'sha256 = "{hashlib.sha256(image).hexdigest()}"')
    text = "\n".join([*lines, "", "[recognise]", 'usb = "2fe3:0100"', ""])
    path = folder / "line.toml"
    path.write_text(lock_with_password(text, password) if password else text, "utf-8")
    return path
