"""What a plan says an update will take, beside what it took: simulated devices, made-up time."""

from __future__ import annotations

import pytest

from smp.image import FilePart, McubootImage
from smp.simulator import firmware_for, profile
from smp.update.events import PlanMade, Restarting, UpdateEvent
from smp.update.job import Job, parts_of
from tests.helpers.clock import Clock
from tests.helpers.updating import Scene


@pytest.mark.parametrize(
    ("name", "restarts"),
    [
        ("recovery", 2),
        ("recovery-usb", 2),
        ("firmware-loader", 2),
        ("loader-radio", 2),
        ("demo", 1),
        ("swap-offset", 1),
        ("overwrite-only", 1),
        ("direct-xip", 1),
    ],
)
async def test_an_update_takes_about_what_was_said(clock: Clock, name: str, restarts: int) -> None:
    """Its numbers are those of common parts, so are the estimate's. Erasing is not known to be of
    a whole slot or of what is needed, so recovery may be faster than was said."""
    what = profile(name)
    scene = Scene(what)
    image = McubootImage.from_bytes(firmware_for(what, "1.4.2", 120_000))
    seen: list[UpdateEvent] = []
    scene.on_event = seen.append
    try:
        job = Job(parts_of([FilePart(image)]), consent=True, recovery=name == "recovery")
        verdict = await scene.do(job)
    finally:
        await scene.close()
    assert verdict.is_good, verdict
    plan = next(event.plan for event in seen if isinstance(event, PlanMade))
    assert plan.restarts == restarts
    assert sum(isinstance(event, Restarting) for event in seen) == restarts
    assert plan.seconds is not None
    assert 0.75 < plan.seconds / verdict.seconds < 2.0, (plan.seconds, verdict.seconds)
