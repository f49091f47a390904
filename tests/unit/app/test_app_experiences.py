"""What updates took is remembered by device and bootloader, and believed by the next plan."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.controllers.track import Track
from app.memory.experiences import Experiences
from smp.address import Address
from smp.commands.os import BootloaderMode
from smp.survey import survey
from smp.update.events import PlanMade, Restarting
from smp.update.experience import NONE, Experience
from tests.helpers.clock import Clock
from tests.helpers.planning import device, make_plan
from tests.helpers.updating import Scene, new_image, small

SENSOR = Address.parse("udp:192.0.2.7")
MEASURED = Experience(rate=8_000.0, erase=2.0, restart=18.0, restart_size=100_000, verify=11.0)
SWAP = device(mode=BootloaderMode.SWAP_OFFSET)


def loaded(file: Path) -> Experiences:
    experiences = Experiences(file)
    experiences.file.load()
    return experiences


async def test_what_was_measured_is_there_at_the_next_start(tmp_path: Path) -> None:
    file = tmp_path / "state" / "experiences.json"
    experiences = loaded(file)
    assert experiences.of(SENSOR, SWAP) == NONE
    await experiences.learn(SENSOR, SWAP, MEASURED)
    assert loaded(file).of(SENSOR, SWAP) == MEASURED


async def test_another_bootloader_or_baud_rate_is_another_experience() -> None:
    experiences = Experiences()
    slow, fast = (Address.parse(f"serial:/dev/ttyUSB0?baud={baud}") for baud in (115_200, 921_600))
    await experiences.learn(slow, SWAP, MEASURED)
    assert experiences.of(slow, SWAP) == MEASURED
    assert experiences.of(fast, SWAP) == NONE
    assert experiences.of(slow, replace(SWAP, mode=BootloaderMode.OVERWRITE_ONLY)) == NONE


async def test_what_an_update_did_not_measure_stays() -> None:
    experiences = Experiences()
    await experiences.learn(SENSOR, SWAP, MEASURED)
    await experiences.learn(SENSOR, SWAP, Experience(rate=9_000.0))
    assert experiences.of(SENSOR, SWAP) == replace(MEASURED, rate=9_000.0)
    await experiences.learn(SENSOR, SWAP, NONE)
    assert experiences.of(SENSOR, SWAP) == replace(MEASURED, rate=9_000.0)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["rate", "erase", "restart", "restart_size", "verify", "x"]), inner
        )
    ),
    max_leaves=8,
)


@given(stored=JSON)
def test_whatever_the_file_holds_no_promise_is_absurd(
    stored: object, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("state") / "experiences.json"
    file.write_text(json.dumps({"udp:192.0.2.7 swap_offset": stored}))
    known = loaded(file).of(SENSOR, SWAP)
    plan = make_plan(SWAP, new_image(), experience=known)
    for seconds in (plan.upload_seconds, plan.restart_seconds, plan.seconds):
        assert seconds is None or 0 <= seconds < float("inf")


def test_a_plan_believes_experience_more_than_arithmetic() -> None:
    image = new_image(size=100_000)
    guessed = make_plan(SWAP, image, rate=100_000.0)
    known = make_plan(SWAP, image, rate=100_000.0, experience=MEASURED)
    assert known.upload_seconds == pytest.approx(2.0 + len(known.last.data) / 8_000)
    assert known.restart_seconds == pytest.approx(18.0, rel=0.02)
    assert known.restart_seconds != guessed.restart_seconds
    assert known.swap_seconds == guessed.swap_seconds, "how long to wait is not learnt"


def test_swapping_more_takes_longer_booting_does_not() -> None:
    assert MEASURED.restart_of(100_000) == 18.0
    assert MEASURED.restart_of(200_000) == pytest.approx(4 + 2 * 14)
    quick = replace(MEASURED, restart=2.5)
    assert quick.restart_of(400_000) == 2.5


async def test_the_second_update_promises_what_the_first_one_took(clock: Clock) -> None:
    scene = Scene(small())
    loop, track = asyncio.get_running_loop(), Track(0.0)
    await scene.client.connect()
    told = await survey(scene.client)
    experiences = Experiences()
    scene.on_event = lambda event: track.take(event, loop.time())
    verdict = await scene.run()
    assert verdict.is_good
    learnt = track.learnt()
    await experiences.learn(SENSOR, told, learnt)
    assert learnt.restart is not None
    first = scene.told(Restarting)[0]
    scene.on_event = lambda event: None
    await scene.run(new_image("1.5.0"), experience=lambda facts: experiences.of(SENSOR, facts))
    second = scene.told(Restarting)[0]
    assert second.expected == pytest.approx(learnt.restart, rel=0.1)
    assert second.limit == first.limit, "it is waited for as long as before"
    plan = scene.told(PlanMade)[0].plan
    assert plan.verify_seconds == learnt.verify
    await scene.close()


async def test_an_update_that_failed_teaches_no_restart(clock: Clock) -> None:
    scene = Scene(small())
    track = Track(0.0)
    times = iter(range(10_000))
    scene.on_event = lambda event: track.take(event, float(next(times)))
    verdict = await scene.run(new_image(words="crash 1700"))
    await scene.close()
    assert not verdict.is_good
    assert track.learnt().restart is None
