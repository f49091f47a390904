"""A device that is away for longer than anybody expects, over the real Bluetooth stack."""

from __future__ import annotations

from smp.update.restart import Pace
from smp.update.verdict import Outcome
from tests.ble.hands import OLD, QUICK, updated
from tests.ble.rig import Peripheral


async def test_advertising_that_stops_for_a_minute_delays_the_update_only(
    peripheral: Peripheral,
) -> None:
    await peripheral.fresh(image=OLD, **QUICK)
    await peripheral.set(back_after=60.0)
    verdict = await updated(pace=Pace(limit=300.0))
    assert verdict.outcome is Outcome.UPDATED, verdict
