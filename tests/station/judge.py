"""Records against what happened: to every unit, and to its flash."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from app.records.attempt import Attempt, Result
from tests.station.units import SLOT, Kind, Unit, What
from tests.storms.flash import truth_of

_BROKEN_OFF = {
    "station-unit-left": {What.PULL, What.POWER, What.RESET, What.SWAP},
    "station-killed": {What.KILL},
}


def lies(
    units: Sequence[Unit], records: Iterable[Attempt], told: Iterable[str], image_hash: str
) -> list[str]:
    """Sentences about what is not so. `told`: the keys of attempts that the station told of, each
    time that it did."""
    attempts = sorted(records, key=lambda each: (each.began, each.ended))
    return [
        *_of_keys(attempts, list(told)),
        *(line for unit in units for line in _of_unit(unit, attempts, image_hash)),
    ]


def _of_keys(attempts: Sequence[Attempt], told: Sequence[str]) -> Iterator[str]:
    keys = [each.key for each in attempts]
    for key, count in Counter(keys).items():
        if count > 1:
            yield f"{key} is recorded {count} times"
    for key, count in Counter(told).items():
        if count > 1:
            yield f"{key} was told {count} times"
    if lost := set(told) - set(keys):
        yield f"told and not recorded: {lost}"
    # What was recorded and never told was recorded in the instant before a kill.
    yield from (f"{each.key} has no unit" for each in attempts if not each.unit)


def _of_unit(unit: Unit, attempts: Sequence[Attempt], image_hash: str) -> Iterator[str]:
    mine = [each for each in attempts if each.unit == unit.label]
    if not mine:
        yield f"{unit.label} has no record"
        return
    device = unit.device
    truth = truth_of(
        device.flash.content, device.profile.block_size, SLOT, device.profile.mode.name
    )
    runs = truth.runs.hash if truth.runs is not None else ""
    is_good = runs == image_hash and truth.confirmed and truth.next == "none"
    last, passes = mine[-1], [each for each in mine if each.result is Result.PASS]
    if last.result is Result.PASS and not is_good:
        yield f"{unit.label} passed, and its flash says {truth}"
    if passes and (last.result is not Result.PASS or len(passes) > 1):
        yield f"{unit.label} was tried again after it had passed: {[e.result.name for e in mine]}"
    if last.result is not Result.PASS and unit.kind is not Kind.STRICT:
        yield f"{unit.label} did not pass: {last.result.name} {last.code} {last.reason}"
    if unit.kind is Kind.STRICT and (passes or runs == image_hash):
        yield f"{unit.label} cannot have passed: {truth}"
    if unit.kind is Kind.STRICT and last.result is not Result.FAIL:
        yield f"{unit.label} failed as {last.result.name} {last.code}"
    dealt = {blow.what for blow in unit.dealt}
    for each in mine:
        why = _BROKEN_OFF.get(each.code)
        if why is not None and not dealt & why and each.code != "station-killed":
            yield f"{unit.label}: {each.code}, and it was only dealt {dealt}"
        if not each.reason:
            yield f"{unit.label}: {each.code} has no reason"
        if each.result is Result.PASS and each.to_hash != image_hash:
            yield f"{unit.label}: passed with {each.to_hash}"
