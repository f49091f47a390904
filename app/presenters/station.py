"""The production station in words and figures: each place as a tile, the whole above and below."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.facts.station import (
    CounterFacts,
    StationFacts,
    StationFooterFacts,
    StationHeaderFacts,
    TileFacts,
)
from app.lib import wording
from app.lib.tone import Tone
from app.presenters.station_tile import tile
from app.station.standing import PlaceStanding, StationStanding
from smp.text import NOTHING, Numeral, Text, listed, outside, sentences

_BETWEEN = " · "


class StationPresenter:
    """Standings in, facts out. A place that stands as it stood has the same facts, not only equal
    ones: whoever draws them sees at a glance what changed."""

    def __init__(
        self, spoken: Callable[[Any], Any] = lambda facts: facts, *, is_simulated: bool = False
    ) -> None:
        """`spoken`: facts in the language that is spoken; what did not change is not said anew.
        `is_simulated`: units are plugged in on the screen."""
        self._spoken = spoken
        self._is_simulated = is_simulated
        self._tiles: dict[str, tuple[PlaceStanding, TileFacts]] = {}

    def present(
        self,
        standing: StationStanding,
        *,
        answer: Text = NOTHING,
        answer_tone: Tone = Tone.NEUTRAL,
        is_sounding: bool = True,
    ) -> StationFacts:
        return StationFacts(
            self._spoken(header(standing, answer, answer_tone)),
            tuple(map(self._tile, standing.places)),
            self._spoken(footer(standing, is_sounding=is_sounding)),
        )

    def _tile(self, place: PlaceStanding) -> TileFacts:
        known = self._tiles.get(place.name)
        if known is not None and known[0] == place:
            return known[1]
        facts: TileFacts = self._spoken(tile(place, is_simulated=self._is_simulated))
        if known is not None and known[1] == facts:
            facts = known[1]
        self._tiles[place.name] = (place, facts)
        return facts


def header(standing: StationStanding, answer: Text, answer_tone: Tone) -> StationHeaderFacts:
    return StationHeaderFacts(
        standing.product,
        _details(standing),
        _counters(standing),
        standing.scan,
        answer,
        answer_tone,
    )


def _details(standing: StationStanding) -> Text:
    job = wording.short_hash(standing.job_hash).removesuffix(wording.ELLIPSIS).rstrip()
    return listed(
        [
            Text("firmware {version}", version=standing.version) if standing.version else NOTHING,
            Text("job {hash}, locked", hash=job)
            if standing.is_locked
            else Text("job {hash}, not locked", hash=job),
            Text("operator {name}", name=standing.operator) if standing.operator else NOTHING,
            Text("shift {name}", name=standing.shift) if standing.shift else NOTHING,
            outside(standing.station) if standing.station else NOTHING,
        ],
        _BETWEEN,
    )


def _counters(standing: StationStanding) -> tuple[CounterFacts, ...]:
    passed = _count(standing.passed)
    if standing.limit is not None:
        passed = Text("{part} of {whole}", part=passed, whole=_count(standing.limit))
    failed = Tone.BAD if standing.failed else Tone.NEUTRAL
    return (
        CounterFacts(passed, Text("passed"), Tone.OK),
        CounterFacts(_count(standing.failed), Text("failed"), failed),
        CounterFacts(_share(standing.yield_), Text("yield")),
        CounterFacts(_rate(standing.per_hour), Text("units / hour")),
    )


_UNKNOWN = outside("–")


def _count(number: int) -> Text:
    return Numeral(f"{number:,}")


def _share(fraction: float | None) -> Text:
    if fraction is None:
        return _UNKNOWN
    # 99.96 % is not all of them.
    tenths = 1000 if fraction >= 1 else min(999, round(fraction * 1000))
    number = f"{tenths // 10}" if tenths in (0, 1000) else f"{tenths / 10:.1f}"
    return Text("{number}\u202f%", number=Numeral(number))


def _rate(per_hour: float | None) -> Text:
    return _UNKNOWN if per_hour is None else Numeral(f"{per_hour:,.0f}")


def footer(standing: StationStanding, *, is_sounding: bool) -> StationFooterFacts:
    armed = Text("Armed") if standing.is_armed else Text("Not armed")
    status, tone = _status(standing)
    return StationFooterFacts(standing.is_armed, armed, status, tone, is_sounding)


def _status(standing: StationStanding) -> tuple[Text, Tone]:
    """What is wrong goes before what is only told."""
    at_work = sum(place.phase.is_work for place in standing.places)
    if standing.is_stopping:
        if not at_work:
            return Text("The station ends"), Tone.ACCENT
        ends = (
            Text("The station ends when 1 unit is done")
            if at_work == 1
            else Text("The station ends when {count} units are done", count=at_work)
        )
        return ends, Tone.ACCENT
    if standing.trouble:
        return sentences(standing.trouble), Tone.BAD
    records = Text(
        "Records: {saved} saved, {waiting} waiting",
        saved=_count(standing.saved),
        waiting=_count(standing.waiting),
    )
    slowest = NOTHING
    if standing.slowest:
        slowest = Text(
            "Slowest step: {step}, {time}",
            step=step_name(standing.slowest),
            time=wording.duration(standing.slowest_seconds),
        )
    by_itself = (
        Text("A unit that is put in starts by itself")
        if standing.is_armed
        else Text("Nothing starts by itself")
    )
    tone = Tone.WARN if standing.waiting else Tone.NEUTRAL
    return listed([by_itself, records, slowest], _BETWEEN), tone


_STEPS = {
    "before-start": Text("asking before the start"),
    "serial": Text("serial number"),
    "before": Text("checks before"),
    "check": Text("check"),
    "upload": Text("upload"),
    "restart": Text("restart"),
    "verify": Text("verify"),
    "watch": Text("watch"),
    "confirm": Text("confirm"),
    "write": Text("settings"),
    "after": Text("checks after"),
    "record": Text("record"),
}


def step_name(step: str) -> Text:
    """A step's stable word as people say it; one that nobody has a word for as it is."""
    return _STEPS.get(step) or outside(step)
