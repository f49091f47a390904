"""A station for the window, with all that it needs of this computer."""

from __future__ import annotations

from dataclasses import replace

from app.stand.line import Made
from app.station.firmware_of import OpenedJob
from app.station.premises import open_premises
from app.station.simulated import SimulatedLine


async def make_line(opened: OpenedJob, *, name: str) -> Made:
    """`name`: the station's; empty: this computer's. Raises `SmpError`: another station works with
    its journal, records that cannot be used."""
    if opened.job.recognise.transport == "sim":
        opened = _bound(opened)
    premises = await open_premises(opened, name=name)
    return Made(premises.station, premises.line, premises.close)


def _bound(opened: OpenedJob) -> OpenedJob:
    """Each place at a simulated socket of its own: where a person plugs a unit in, there it is."""
    bays = SimulatedLine(opened.job).bays
    places = tuple(replace(rule, at=bays[rule.name].at) for rule in opened.job.places)
    return replace(opened, job=replace(opened.job, places=places))
