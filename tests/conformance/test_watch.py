"""New firmware is watched before it is called good, in every bootloader mode."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest

from smp.commands.os import BootloaderMode
from smp.simulator import Mode as Bootloader
from smp.update.events import CameBack, Restarting, StepStarted, Watching
from smp.update.plan import Mode
from smp.update.verdict import Ending, Outcome
from tests.conformance.test_odd_devices import CONFIRMED, OLD, ON_TEST, Device, entry
from tests.helpers.clock import Clock
from tests.helpers.updating import Scene, new_image, small

MakeScene = Callable[..., Scene]

PLACES: dict[str, dict[str, Any]] = {
    "ram-load": {"flags": 0x20, "load_address": 0x20000000},
    "direct-xip": {},
    "overwrite-only": {},
}


@pytest.fixture
async def stage(clock: Clock) -> AsyncIterator[MakeScene]:
    scenes: list[Scene] = []

    def make(*args: object, **more: object) -> Scene:
        scenes.append(Scene(*args, **more))  # type: ignore[arg-type]
        return scenes[-1]

    yield make
    for scene in scenes:
        await scene.close()


@pytest.mark.parametrize("crash", [400, 1500, 5000, 9000])
@pytest.mark.parametrize("console", [True, False])
@pytest.mark.parametrize("name", list(PLACES))
async def test_firmware_that_crashes_where_there_is_no_way_back_is_never_called_good(
    stage: MakeScene, name: str, console: bool, crash: int
) -> None:
    scene = stage(small(name, boot_log=console))
    verdict = await scene.run(
        new_image("1.4.0", words=f"crash {crash}", **PLACES[name]), consent=True
    )
    assert not verdict.is_good
    assert verdict.ending is Ending.NOT_HELD
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.running is not None
    assert verdict.running.version == "1.4.0"
    assert "restarted by itself" in verdict.reason


@pytest.mark.parametrize(
    "shows",
    [
        {"has_clock": False},
        {"speed": 50.0, "baud": None, "rx_line_buffers": 64},
    ],
    ids=["no clock", "back at once"],
)
@pytest.mark.parametrize("framing", ["serial", "udp"])
async def test_a_restart_shows_by_whatever_the_device_has(
    stage: MakeScene, framing: str, shows: dict[str, Any]
) -> None:
    name = "udp" if framing == "udp" else "ram-load"
    scene = stage(small(name, mode=Bootloader.RAM_LOAD, boot_log=False, **shows))
    verdict = await scene.run(
        new_image("1.4.0", words="crash 5000", **PLACES["ram-load"]), consent=True
    )
    assert verdict.ending is Ending.NOT_HELD


@pytest.mark.parametrize("mode", [Bootloader.SWAP_SCRATCH, Bootloader.SWAP_MOVE])
@pytest.mark.parametrize("crash", [4000, 9000])
async def test_firmware_that_crashes_in_the_watch_is_undone_where_there_is_a_way_back(
    stage: MakeScene, mode: Bootloader, crash: int
) -> None:
    scene = stage(small(mode=mode))
    verdict = await scene.run(new_image(words=f"crash {crash}"))
    assert (verdict.outcome, verdict.ending) == (Outcome.NOT_UPDATED, Ending.ROLLED_BACK)
    assert verdict.running is not None
    assert verdict.running.version == "1.3.0"


async def test_firmware_that_confirms_itself_and_then_crashes_is_not_called_good(
    stage: MakeScene,
) -> None:
    scene = stage()
    verdict = await scene.run(new_image(words="self-confirm crash 5000"))
    assert verdict.ending is Ending.NOT_HELD


@pytest.mark.parametrize(
    ("seconds", "seed"),
    [
        *((seconds, seed) for seconds in (5.0, 10.0) for seed in range(60)),
        # Short watches in which every single silence was short, and two whose last list came late.
        *((1.0, seed) for seed in (0, 36, 44, 59, 63, 119, 268)),
    ],
)
async def test_firmware_that_is_away_most_of_the_time_is_seen_over_a_bad_link(
    stage: MakeScene, seconds: float, seed: int
) -> None:
    """Over a slow and lossy link, where a single silence says little."""
    link = f"rate=8000B/s,loss=3%,dup=2%,seed={seed}"
    scene = stage(small("udp", mode=Bootloader.RAM_LOAD, boot_log=False, has_clock=False), link)
    image = new_image("1.4.0", words="crash 400", **PLACES["ram-load"])
    verdict = await scene.run(image, consent=True, watch=seconds)
    assert not verdict.is_good


async def test_a_longer_watch_sees_a_later_crash(stage: MakeScene) -> None:
    image = new_image("1.4.0", words="crash 20000", **PLACES["ram-load"])
    scene = stage(small("ram-load"))
    assert (await scene.run(image, consent=True, watch=10.0)).is_good
    scene = stage(small("ram-load"))
    verdict = await scene.run(image, consent=True, watch=30.0)
    assert verdict.ending is Ending.NOT_HELD


async def test_the_watch_counts_down_and_comes_before_the_confirmation(stage: MakeScene) -> None:
    scene = stage()
    verdict = await scene.run(watch=12.0)
    assert verdict.is_good
    told = scene.told(Watching)
    assert told[0].left == told[0].total == 12.0
    assert [event.left for event in told] == sorted((e.left for e in told), reverse=True)
    assert told[-1].left == 0.0
    kinds = [e for e in scene.events if isinstance(e, Watching) or "CONFIRM" in repr(e)]
    confirm = next(
        e for e in scene.events if isinstance(e, StepStarted) and e.step.value == "confirm"
    )
    assert isinstance(kinds[kinds.index(confirm) - 1], Watching)


async def test_firmware_that_boots_slowly_is_watched_for_as_long(stage: MakeScene) -> None:
    """A crash loop of slow firmware is longer than the usual watch."""
    scene = stage(small("ram-load", boot_log=False))
    image = new_image("1.4.0", words="slow-boot 20000 crash 15000", **PLACES["ram-load"])
    verdict = await scene.run(image, consent=True)
    assert scene.told(Watching)[0].total > 18.0
    assert verdict.ending is Ending.NOT_HELD


@pytest.mark.parametrize("seed", range(6))
async def test_lost_packets_are_no_restarts(stage: MakeScene, seed: int) -> None:
    scene = stage(small("udp", mode=Bootloader.RAM_LOAD), f"loss=5%,seed={seed}")
    verdict = await scene.run(new_image("1.4.0", **PLACES["ram-load"]), consent=True)
    assert verdict.outcome is Outcome.UPDATED


LOSES_BLOCKS = [
    *(("demo", 2, seed) for seed in (25, 46, 67, 69, 111, 145, 219, 229, 261)),
    *(("demo", 5, seed) for seed in (64, *range(8))),
    *(("direct-xip", 2, seed) for seed in (52, 53, 59, 100, 140)),
    *(("overwrite-only", 2, seed) for seed in (25, 29, 62, 70, 130)),
]
"""Links on which one lost block took up to three questions in a row, several times in one watch."""


@pytest.mark.parametrize(("name", "loss", "seed"), LOSES_BLOCKS)
async def test_blocks_that_a_serial_line_loses_are_no_restarts(
    stage: MakeScene, name: str, loss: int, seed: int
) -> None:
    scene = stage(small(name), f"loss={loss}%,seed={seed}")
    verdict = await scene.run(new_image(), consent=True)
    assert (verdict.outcome, verdict.ending) == (Outcome.UPDATED, Ending.PROVEN)


@pytest.mark.parametrize("crash", [400, 2500, 6000, 9000])
@pytest.mark.parametrize(
    ("name", "words"), [("direct-xip", ""), ("overwrite-only", ""), ("demo", "self-confirm ")]
)
@pytest.mark.parametrize("seed", [25, 52, 102])
async def test_firmware_that_crashes_is_seen_where_a_serial_line_loses_blocks(
    stage: MakeScene, name: str, words: str, crash: int, seed: int
) -> None:
    scene = stage(small(name, boot_log=False), f"loss=2%,seed={seed}")
    verdict = await scene.run(new_image(words=f"{words}crash {crash}"), consent=True)
    assert verdict.ending is Ending.NOT_HELD


@pytest.mark.parametrize("slow", [900, 2200, 3200])
async def test_new_firmware_that_answers_slowly_holds(stage: MakeScene, slow: int) -> None:
    scene = stage(small("ram-load"))
    image = new_image("1.4.0", words=f"slow-answers {slow}", **PLACES["ram-load"])
    assert (await scene.run(image, consent=True)).outcome is Outcome.UPDATED


async def test_a_cable_that_is_pulled_in_the_watch_is_no_crash(stage: MakeScene) -> None:
    """The image is still on test: had it restarted, the old one would run."""
    scene = stage(small("usb"))
    pulled = False

    def pull(event: object) -> None:
        nonlocal pulled
        if isinstance(event, Watching) and not pulled and event.left < 5.0:
            pulled = True
            for port in list(scene.host._ports):
                port.on_gone()

    scene.on_event = pull
    verdict = await scene.run()
    assert pulled
    assert verdict.outcome is Outcome.UPDATED


async def test_a_watched_test_stays_a_test(stage: MakeScene) -> None:
    scene = stage()
    verdict = await scene.run(mode=Mode.TEST)
    assert scene.told(Watching)
    assert verdict.outcome is Outcome.UPDATED
    assert verdict.running is not None
    assert verdict.running.confirmed is False
    assert len(scene.told(CameBack)) == len(scene.told(Restarting)) == 1


@pytest.mark.parametrize("name", ["demo", "ram-load"])
async def test_a_device_that_goes_for_good_in_the_watch_is_unknown(
    stage: MakeScene, name: str
) -> None:
    scene = stage(small(name))

    def off(event: object) -> None:
        if isinstance(event, Watching) and event.left < 6.0:
            scene.host.power_off()

    scene.on_event = off
    verdict = await scene.run(new_image("1.4.0", **PLACES.get(name, {})), consent=True)
    assert (verdict.outcome, verdict.ending) == (Outcome.UNKNOWN, Ending.NEVER_BACK)
    returns = "returns to the old image" in verdict.next_step
    assert returns is (name == "demo")


class Quiet(Device):
    """Tells neither clock nor run times; runs the new image, which its bootloader keeps."""

    def __init__(self) -> None:
        super().__init__([CONFIRMED], mode=BootloaderMode.DIRECT_XIP)
        self.link.server.manners = replace(self.link.server.manners, work=0.001)

    def print(self, text: bytes) -> None:
        assert self.link._sink is not None
        self.link._sink.text(text)


async def test_boot_text_alone_shows_a_restart(clock: Clock) -> None:
    """It is back so fast that no question goes unanswered."""
    device = Quiet()
    told: list[object] = []

    def look(event: object) -> None:
        if isinstance(event, Watching) and event.left < 5.0 and not told:
            told.append(event)
            device.print(b"*** Booting Zephyr OS build v4.4.0 ***\r\n")

    verdict = await device.update(on_event=look)
    assert told
    assert verdict.ending is Ending.NOT_HELD
    assert "boot text" in verdict.reason


async def test_one_restart_is_enough_where_it_is_proven(stage: MakeScene) -> None:
    scene = stage(small("ram-load"))
    pressed: list[object] = []

    def press(event: object) -> None:
        if isinstance(event, Watching) and event.left < 5.0 and not pressed:
            pressed.append(event)
            scene.host.press_reset()

    scene.on_event = press
    verdict = await scene.run(new_image("1.4.0", **PLACES["ram-load"]), consent=True)
    assert pressed
    assert verdict.ending is Ending.NOT_HELD
    assert len(scene.told(Restarting)) == 2


async def test_boot_text_of_an_image_that_is_still_on_test_proves_nothing(clock: Clock) -> None:
    """Its bootloader would have returned to the old one: a log was only printed late."""
    device = Device([ON_TEST, entry(1, OLD, "1.0.0", confirmed=True)], [CONFIRMED])
    told: list[object] = []

    def look(event: object) -> None:
        if isinstance(event, Watching) and event.left < 5.0 and not told:
            told.append(event)
            assert device.link._sink is not None
            device.link._sink.text(b"*** Booting Zephyr OS build v4.4.0 ***\r\n")

    verdict = await device.update(on_event=look)
    assert told
    assert verdict.outcome is Outcome.UPDATED


@pytest.mark.parametrize(("times", "good"), [(1, True), (2, True), (9, False)])
async def test_silence_again_and_again_does_not_hold(clock: Clock, times: int, good: bool) -> None:
    """No single one proves a restart: firmware that writes its flash may be deaf for a while."""
    device = Quiet()
    falls = 0

    def look(event: object) -> None:
        nonlocal falls
        if isinstance(event, Watching) and 4.0 < event.left < 5.0 and falls < times:
            falls += 1
            device.link.server.restart(2.5)

    verdict = await device.update(on_event=look)
    assert verdict.is_good is good
    assert good or verdict.ending is Ending.NOT_HELD
    assert falls == (times if good else 3)


@pytest.mark.parametrize(
    ("name", "more", "says"),
    [
        ("demo", {}, "returns to the old one"),
        ("demo", {"has_bootloader_info": False}, "may return to the old image"),
        ("ram-load", {}, "recovery or a debugger"),
    ],
)
async def test_who_does_not_come_back_is_told_what_that_bootloader_does(
    stage: MakeScene, name: str, more: dict[str, Any], says: str
) -> None:
    scene = stage(small(name, **more))
    verdict = await scene.run(
        new_image("1.4.0", words="hang", **PLACES.get(name, {})), consent=True
    )
    assert (verdict.outcome, verdict.ending) == (Outcome.UNKNOWN, Ending.NEVER_BACK)
    assert says in verdict.next_step
