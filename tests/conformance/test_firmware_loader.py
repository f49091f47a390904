"""Devices whose updates are taken by a firmware loader: into it from the application, the upload,
out of it again, and what is said wherever that ends."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from smp.client import Client
from smp.connection import Watcher
from smp.image import McubootImage
from smp.simulator import Behaviour, Loader, firmware_for, profile
from smp.simulator.factory import factory_image, loader_image
from smp.simulator.keys import DEMO_PUBLIC_PEM
from smp.simulator.settings_group import LOADER_NAME
from smp.transport.ble import BleTransport
from smp.transport.whereabouts import Remembered, Whereabouts
from smp.update.acts.acting import Acting
from smp.update.acts.kinds import Act, ActKind
from smp.update.events import (
    CameBack,
    PlanMade,
    Restarting,
    StateRead,
    StepFinished,
    UpdateEvent,
    UploadBegan,
    UploadProgressed,
    WentSilent,
)
from smp.update.plan import Plan
from smp.update.run import Update
from smp.update.verdict import Ending, ExitStatus, Outcome, Verdict
from tests.helpers.clock import Clock
from tests.helpers.fake_air import Air, Peripheral, install
from tests.helpers.texts import speakable
from tests.helpers.two_cores import listen
from tests.helpers.updating import Scene, small, updating

MakeScene = Callable[..., Scene]
SERIAL, BUTTON, RADIO = "firmware-loader", "loader-button", "loader-radio"


@pytest.fixture
async def stage(clock: Clock) -> AsyncIterator[MakeScene]:
    scenes: list[Scene] = []

    def make(name: str = SERIAL, loader: dict[str, Any] | None = None, **changes: Any) -> Scene:
        usual = profile(name).loader
        assert usual is not None
        what = small(name, loader=dataclasses.replace(usual, **(loader or {})), **changes)
        scenes.append(Scene(what))
        return scenes[-1]

    yield make
    for scene in scenes:
        await scene.close()


def file(scene: Scene, version: str = "1.4.2", size: int = 15_000, **more: Any) -> McubootImage:
    return McubootImage.from_bytes(firmware_for(scene.device.profile, version, size, **more))


def plans(scene: Scene) -> list[Plan]:
    return [told.plan for told in scene.told(PlanMade)]


def ended(verdict: Verdict) -> tuple[Outcome, Ending]:
    return verdict.outcome, verdict.ending


def application(scene: Scene) -> str:
    """The version that runs; "loader" if that does."""
    report = scene.device.history[-1].report
    assert report is not None
    assert report.image is not None
    return "loader" if scene.device.is_loader else str(report.image.version)


# -- all the way ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [SERIAL, RADIO])
async def test_from_the_application_through_the_loader(stage: MakeScene, name: str) -> None:
    scene = stage(name)
    asked = listen(scene)
    verdict = await scene.run(file(scene), consent=True)
    assert (verdict.outcome, verdict.ending) == (Outcome.UPDATED, Ending.STARTED)
    assert verdict.exit_status is ExitStatus.OK
    assert verdict.running is not None
    assert verdict.running.confirmed is None, "nobody has told"
    assert (verdict.was.version if verdict.was else "") == "1.3.0"
    assert "restarted into its firmware loader" in verdict.reason
    assert application(scene) == "1.4.2"
    first, second = plans(scene)
    assert first.enters_loader
    assert not second.enters_loader
    assert [text.code for text in first.consents] == ["no-way-back-firmware-loader"]
    assert first.can_roll_back is False
    written = [body for kind, body in asked if kind == "WriteSetting"]
    assert [body["name"] for body in written] == [LOADER_NAME]
    assert all(len(body["val"]) <= 15 for body in written)
    assert not [kind for kind, _ in asked if kind == "WriteState"], "a loader knows no marks"


async def test_an_application_that_lists_its_images_proves_it_itself(stage: MakeScene) -> None:
    scene = stage(loader={"application_lists": True})
    verdict = await scene.run(file(scene), consent=True)
    assert ended(verdict) == (Outcome.UPDATED, Ending.PROVEN)
    again = await scene.run(file(scene), consent=True)
    assert ended(again) == (Outcome.ALREADY_RUNNING, Ending.NOTHING_TO_DO)


async def test_an_application_that_runs_already_is_not_sent_again(stage: MakeScene) -> None:
    """Only the loader can tell, so it is asked."""
    scene = stage()
    there = McubootImage.from_bytes(factory_image(scene.device.profile))
    asked = listen(scene)
    verdict = await scene.run(there, consent=True)
    assert ended(verdict) == (Outcome.ALREADY_RUNNING, Ending.NOTHING_TO_DO)
    assert "UploadChunk" not in [kind for kind, _ in asked]
    assert [check.text.code for check in plans(scene)[-1].checks][-1] == "loader-has-it"
    assert application(scene) == "1.3.0"


async def test_one_that_the_loader_lists_is_sent_where_nobody_saw_it_run(stage: MakeScene) -> None:
    scene = stage(BUTTON)
    await scene.client.connect()
    scene.host.press_reset()
    there = McubootImage.from_bytes(factory_image(scene.device.profile))
    verdict = await scene.run(there, consent=True)
    assert ended(verdict) == (Outcome.UPDATED, Ending.STARTED)


async def test_an_application_that_takes_no_name_is_found_where_it_was(stage: MakeScene) -> None:
    scene = stage(loader={"takes_name": False})
    verdict = await scene.run(file(scene), consent=True)
    assert ended(verdict) == (Outcome.UPDATED, Ending.STARTED)


async def test_a_loader_that_runs_already_is_used_as_it_is(stage: MakeScene) -> None:
    scene = stage(BUTTON)
    await scene.client.connect()
    scene.host.press_reset()
    verdict = await scene.run(file(scene), consent=True)
    assert ended(verdict) == (Outcome.UPDATED, Ending.STARTED)
    assert "restarted into" not in verdict.reason
    (plan,) = plans(scene)
    assert not plan.enters_loader
    assert "loader-takes-it" in [check.text.code for check in plan.checks]


# -- not into it ----------------------------------------------------------------------------------


async def test_nothing_is_restarted_before_somebody_agrees(stage: MakeScene) -> None:
    scene = stage()
    verdict = await scene.run(file(scene))
    assert ended(verdict) == (Outcome.NOT_UPDATED, Ending.FORBIDDEN)
    assert len(scene.device.history) == 1


async def test_a_loader_that_wants_its_button(stage: MakeScene) -> None:
    scene = stage(BUTTON)
    verdict = await scene.run(file(scene), consent=True)
    assert verdict.outcome is Outcome.NOT_UPDATED
    assert verdict.ending is Ending.LOADER_NOT_STARTED
    assert "button" in verdict.next_step
    assert application(scene) == "1.3.0"


async def test_a_restart_that_is_refused(stage: MakeScene) -> None:
    scene = stage()
    scene.device.behaviour = Behaviour(refuses_reset=True)
    verdict = await scene.run(file(scene), consent=True)
    assert ended(verdict) == (Outcome.UPDATED, Ending.STARTED), "it is asked with force"


async def test_a_loader_on_the_air_without_a_name_is_left_to_people(stage: MakeScene) -> None:
    scene = stage(RADIO, loader={"takes_name": False})
    verdict = await scene.run(file(scene), consent=True)
    assert ended(verdict) == (Outcome.UNKNOWN, Ending.NEVER_BACK)
    assert "Look for its firmware loader in the list" in verdict.next_step
    assert scene.device.is_loader


@pytest.mark.parametrize("lists", [False, True])
async def test_the_loader_s_own_file(stage: MakeScene, lists: bool) -> None:
    scene = stage(loader={"application_lists": lists})
    loader = scene.device.profile.loader
    assert isinstance(loader, Loader)
    own = McubootImage.from_bytes(loader_image(scene.device.profile, loader))
    verdict = await scene.run(own, consent=True)
    assert ended(verdict) == (Outcome.NOT_UPDATED, Ending.FORBIDDEN)
    assert "firmware loader itself" in verdict.reason
    await _settle(scene)
    assert len(scene.device.history) == (1 if lists else 3)
    assert not scene.device.is_loader


async def test_what_only_the_loader_tells_forbids_it_and_the_application_starts_again(
    stage: MakeScene,
) -> None:
    scene = stage()
    verdict = await scene.run(file(scene, size=120_000), consent=True)
    assert ended(verdict) == (Outcome.NOT_UPDATED, Ending.FORBIDDEN)
    assert "too large" in verdict.reason
    assert "restarted into its application again" in verdict.reason
    await scene.client.disconnect()
    await _settle(scene)
    assert application(scene) == "1.3.0"


# -- cancelled, and broken off ---------------------------------------------------------------------


def cancels(scene: Scene, kind: type[UpdateEvent], beyond: int = 0) -> None:
    def hear(event: UpdateEvent) -> None:
        enough = not isinstance(event, UploadProgressed) or event.offset > beyond
        if isinstance(event, kind) and enough and scene.update is not None:
            scene.update.cancel()

    scene.on_event = hear


async def test_cancelled_before_anything_is_sent_it_is_left(stage: MakeScene) -> None:
    scene = stage()
    cancels(scene, StateRead)
    verdict = await scene.run(file(scene), consent=True)
    assert verdict.ending is Ending.CANCELLED
    await _settle(scene)
    assert application(scene) == "1.3.0"


async def test_cancelled_before_the_first_part_is_answered_the_loader_stays(
    stage: MakeScene,
) -> None:
    """Its slot may be erased by then: a restart would leave nothing to start."""
    scene = stage()

    class Cancelling(Watcher):
        def packet_sent(self, data: bytes) -> None:
            if scene.told(UploadBegan) and len(data) > 100 and scene.update is not None:
                scene.update.cancel()

    scene.client.watchers.add(Cancelling())
    verdict = await scene.run(file(scene), consent=True)
    assert verdict.ending is Ending.CANCELLED
    assert "restarted into its application" not in verdict.reason
    assert scene.device.is_loader


async def test_cancelled_in_the_upload_the_loader_stays(stage: MakeScene) -> None:
    scene = stage()
    cancels(scene, UploadProgressed, beyond=4_000)
    verdict = await scene.run(file(scene), consent=True)
    assert ended(verdict) == (Outcome.UNKNOWN, Ending.CANCELLED)
    assert "overwritten in part" in verdict.headline
    assert scene.device.is_loader
    scene.on_event = lambda event: None
    again = await scene.run(file(scene), consent=True)
    assert ended(again) == (Outcome.UPDATED, Ending.STARTED)


async def test_a_connection_that_ends_takes_the_loader_with_it(stage: MakeScene) -> None:
    """It starts anew, as there is no whole application, and takes the file from the beginning."""
    scene = stage(RADIO)
    cut: list[int] = []

    def hear(event: UpdateEvent) -> None:
        if isinstance(event, UploadProgressed) and event.offset > 5_000 and not cut:
            cut.append(event.offset)
            scene.host.press_reset()

    scene.on_event = hear
    verdict = await scene.run(file(scene), consent=True)
    assert cut
    assert ended(verdict) == (Outcome.UPDATED, Ending.STARTED)


# -- what does not run -----------------------------------------------------------------------------


async def test_an_application_that_is_refused_leaves_the_loader(stage: MakeScene) -> None:
    scene = stage(key=DEMO_PUBLIC_PEM)
    await scene.client.connect()
    verdict = await scene.run(file(scene, wrongly_signed=True), consent=True)
    assert ended(verdict) == (Outcome.NOT_UPDATED, Ending.REFUSED_AT_BOOT)
    assert "firmware loader again" in verdict.headline
    assert scene.device.is_loader
    right = await scene.run(file(scene), consent=True)
    assert right.outcome is Outcome.UPDATED


@pytest.mark.parametrize(
    ("words", "ending"),
    [("crash 4000", Ending.NOT_HELD), ("hang", Ending.NEVER_BACK)],
)
async def test_an_application_that_does_not_hold(
    stage: MakeScene, words: str, ending: Ending
) -> None:
    scene = stage()
    verdict = await scene.run(file(scene, words=words), consent=True)
    assert ended(verdict) == (Outcome.UNKNOWN, ending)


async def _settle(scene: Scene) -> None:
    """The restart that was asked for last is done."""
    await asyncio.sleep(5.0)


# -- it ends by itself -----------------------------------------------------------------------------


def ends_by_itself(scene: Scene, kind: type[UpdateEvent], times: int) -> list[UpdateEvent]:
    """So many times, as one that nobody speaks to, or whose client has gone; in the upload, when it
    has all."""
    ended: list[UpdateEvent] = []

    def hear(event: UpdateEvent) -> None:
        is_on_the_way = isinstance(event, UploadProgressed) and event.offset < event.total
        is_now = isinstance(event, kind) and not is_on_the_way and scene.device.is_loader
        if is_now and len(ended) < times:
            ended.append(event)
            scene.host.press_reset()

    scene.on_event = hear
    return ended


@pytest.mark.parametrize("name", [SERIAL, RADIO])
@pytest.mark.parametrize("lists", [False, True])
@pytest.mark.parametrize("kind", [CameBack, StepFinished, UploadBegan])
async def test_a_loader_that_ends_before_anything_is_sent_is_started_again(
    stage: MakeScene, name: str, lists: bool, kind: type[UpdateEvent]
) -> None:
    """An application with image management would take the file over its loader."""
    scene = stage(name, loader={"application_lists": lists})
    loader = scene.device.store.find_info(1)
    ended = ends_by_itself(scene, kind, 1)
    verdict = await scene.run(file(scene), consent=True)
    assert ended
    assert verdict.outcome is Outcome.UPDATED
    assert application(scene) == "1.4.2"
    assert scene.device.store.find_info(1) == loader


@pytest.mark.parametrize(
    ("kind", "headline", "words"),
    [
        (CameBack, "Not updated", "was started 3 times"),
        (UploadBegan, "Not updated: still running 1.3.0", "had answered no part"),
    ],
)
async def test_a_loader_that_does_not_stay(
    stage: MakeScene, kind: type[UpdateEvent], headline: str, words: str
) -> None:
    scene = stage()
    ends_by_itself(scene, kind, 9)
    verdict = await scene.run(file(scene), consent=True)
    assert ended(verdict) == (Outcome.NOT_UPDATED, Ending.LOADER_NOT_STARTED)
    assert verdict.headline == headline
    assert words in verdict.reason
    assert "advertises" not in verdict.reason
    assert application(scene) == "1.3.0"


@pytest.mark.parametrize("lists", [False, True])
async def test_a_loader_that_ends_half_way_and_is_not_to_be_had_again(
    stage: MakeScene, lists: bool
) -> None:
    """An application answers, as if the file had been whole: nobody is told that nothing was
    sent, and it is not sent to that one."""
    scene = stage(BUTTON, loader={"application_lists": lists})
    own = scene.device.store.find_info(1)
    await scene.client.connect()
    scene.host.press_reset()
    kept: list[bytes] = []
    slot = scene.device.store.layout.slots[0]

    def hear(event: UpdateEvent) -> None:
        if isinstance(event, UploadBegan):
            kept.append(slot.read(0, slot.size))
        if isinstance(event, UploadProgressed) and event.offset > 5_000 and len(kept) == 1:
            slot.erase()
            slot.write(0, kept[0])
            kept.append(b"")
            scene.host.power_off()
            scene.host.power_on()

    scene.on_event = hear
    verdict = await scene.run(file(scene), consent=True)
    assert len(kept) == 2
    assert ended(verdict) == (Outcome.UNKNOWN, Ending.LOADER_NOT_STARTED)
    assert "Nothing was sent" not in verdict.reason
    assert "ended by itself" in verdict.reason
    assert scene.device.store.find_info(1) == own


@pytest.mark.parametrize("name", [SERIAL, RADIO])
async def test_a_loader_that_ends_when_it_has_all(stage: MakeScene, name: str) -> None:
    scene = stage(name)
    done = ends_by_itself(scene, UploadProgressed, 1)
    verdict = await scene.run(file(scene), consent=True)
    assert done
    assert ended(verdict) == (Outcome.UPDATED, Ending.STARTED)
    assert "ended by itself" in verdict.reason
    assert application(scene) == "1.4.2"


# -- over the radio -------------------------------------------------------------------------------


@pytest.fixture
async def air(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> AsyncIterator[Air]:
    made = install(monkeypatch)
    yield made
    made.close()


def sensor(air: Air, name: str = "sensor", **changes: Any) -> Peripheral:
    return air.add(name, kind=RADIO, speed=4.0, slot_size=96 * 1024, image_size=20_000, **changes)


class Run:
    """One run of a program, which knows of earlier ones what `known` has kept."""

    def __init__(self, at: Peripheral, known: Whereabouts | None, target: str = "") -> None:
        self.at = at
        self.client = Client(BleTransport(target or at.address))
        self.client.transport.whereabouts = known
        self.when: Callable[[UpdateEvent], None] = lambda event: None
        self.update: Update | None = None

    async def update_to(self, version: str = "1.4.2", **more: Any) -> Verdict:
        what = self.at.host.device.profile
        image = McubootImage.from_bytes(firmware_for(what, version, 15_000, **more))
        self.update = updating(self.client, image, consent=True, on_event=lambda it: self.when(it))
        verdict = speakable(await self.update.run())
        await self.client.disconnect()
        return verdict

    async def killed_in_the_upload(self, kind: type[UpdateEvent] = UploadProgressed) -> None:
        """It leaves nothing behind but what was kept. kind: at another event than that."""
        reached = asyncio.Event()

        def hear(event: UpdateEvent) -> None:
            offset = event.offset if isinstance(event, UploadProgressed) else 9_999
            if isinstance(event, kind) and offset > 5_000:
                reached.set()

        self.when = hear
        running = asyncio.ensure_future(self.update_to())
        await reached.wait()
        self.at.drop()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await self.client.disconnect()


async def test_the_radio_finds_the_loader_by_the_name_it_was_given(air: Air) -> None:
    here, twin = sensor(air), sensor(air)
    home = here.address
    run = Run(here, None)
    assert ended(await run.update_to()) == (Outcome.UPDATED, Ending.STARTED)
    assert here.address == home
    assert run.client.transport.describe()["bluetooth_address"] == home
    assert len(twin.host.device.history) == 1


@pytest.mark.parametrize("power_cut", [False, True])
@pytest.mark.parametrize("by_name", [False, True])
async def test_the_next_run_finds_the_loader_that_a_killed_one_left(
    air: Air, power_cut: bool, by_name: bool
) -> None:
    """Without power the loader has the name again that it was built with."""
    here, known = sensor(air), Remembered()
    home = here.address
    await Run(here, known).killed_in_the_upload()
    if power_cut:
        here.switch_off()
        here.switch_on()
    await asyncio.sleep(5.0)
    assert here.host.device.is_loader
    assert here.address != home
    verdict = await Run(here, known, "sensor" if by_name else home).update_to()
    assert ended(verdict) == (Outcome.UPDATED, Ending.STARTED)
    assert here.address == home


async def test_a_run_that_is_killed_before_it_has_found_the_loader(air: Air) -> None:
    """Its name was kept before the restart was asked for. This one stays, whoever leaves it."""
    here, known = sensor(air, loader=Loader(is_elsewhere=True)), Remembered()
    home, run = here.address, Run(here, known)
    named = asyncio.Event()
    running = asyncio.ensure_future(run.update_to())
    run.when = lambda event: named.set() if isinstance(event, Restarting) else None
    await named.wait()
    lost = known.of(home)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert lost is not None
    assert lost.loader.address == ""
    entered = Client(BleTransport(home))  # and the loader is there all the same
    entered.transport.whereabouts = known
    assert (await Acting(entered, Act(ActKind.RECOVERY), consent=True).run()).is_good
    await entered.disconnect()
    forgotten = Remembered()
    await forgotten.keep(lost)
    assert here.name == lost.loader.name
    assert ended(await Run(here, forgotten, home).update_to()) == (Outcome.UPDATED, Ending.STARTED)


async def test_a_loader_without_a_name_is_guessed_at_and_left_to_people(air: Air) -> None:
    """Its service is told in the scan response."""
    here = sensor(air, loader=Loader(is_elsewhere=True, takes_name=False))
    run = Run(here, None)

    def hear(event: UpdateEvent) -> None:
        if isinstance(event, WentSilent):
            here.has_smp = True

    run.when = hear
    verdict = await run.update_to()
    assert ended(verdict) == (Outcome.UNKNOWN, Ending.NEVER_BACK)
    assert f"Since the restart there is {here.name}" in verdict.reason
    assert "update that one" in verdict.next_step


async def test_a_loader_of_which_nothing_is_known_is_not_found_from_its_application(
    air: Air,
) -> None:
    here = sensor(air)
    home = here.address
    await Run(here, None).killed_in_the_upload()
    await asyncio.sleep(5.0)
    verdict = await Run(here, None, home).update_to()
    assert ended(verdict) == (Outcome.NOT_UPDATED, Ending.LINK_LOST)


async def test_neither_the_device_nor_its_loader_is_heard(air: Air) -> None:
    here, known = sensor(air), Remembered()
    home = here.address
    await Run(here, known).killed_in_the_upload()
    here.switch_off()
    verdict = await Run(here, known, home).update_to()
    assert verdict.ending is Ending.LINK_LOST
    assert "nor its firmware loader FW-" in verdict.reason


async def test_a_loader_always_gets_the_same_name(air: Air) -> None:
    here, known = sensor(air), Remembered()
    names = []
    for version in ("1.4.2", "1.5.0"):
        run = Run(here, known)
        assert (await run.update_to(version)).is_good
        names.append(run.client.transport.loader_name)
    assert names[0] == names[1] != ""


async def test_another_loader_of_the_same_product_is_not_taken_for_it(air: Air) -> None:
    """Both have lost their power, and have the name again that all of them have."""
    here, twin, known = sensor(air), sensor(air, "lamp"), Remembered()
    home = here.address
    await Run(here, known).killed_in_the_upload()
    await Run(twin, Remembered()).killed_in_the_upload()
    for each in (here, twin):
        each.switch_off()
        each.switch_on()
    await asyncio.sleep(5.0)
    assert here.name == twin.name
    assert (await Run(here, known, home).update_to()).outcome is Outcome.UPDATED
    assert twin.host.device.is_loader


async def test_a_loader_that_is_chosen_itself_proves_an_application_that_is_known(air: Air) -> None:
    here, known = sensor(air), Remembered()
    home = here.address
    await Run(here, known).killed_in_the_upload()
    await asyncio.sleep(5.0)
    run = Run(here, known)
    assert run.client.transport.target != home
    verdict = await run.update_to()
    assert ended(verdict) == (Outcome.UPDATED, Ending.STARTED)
    assert run.client.transport.describe()["bluetooth_address"] == home


async def test_a_loader_that_was_chosen_and_has_ended_is_entered_from_its_application(
    air: Air,
) -> None:
    here, known = sensor(air), Remembered()
    home = here.address
    assert (await Run(here, known).update_to()).is_good
    places = known.of(home)
    assert places is not None
    run = Run(here, known, places.loader.address)
    assert ended(await run.update_to("1.5.0")) == (Outcome.UPDATED, Ending.STARTED)
    assert application_of(here) == "1.5.0"


async def test_a_loader_that_is_chosen_itself_and_nobody_knows_its_application(air: Air) -> None:
    here = sensor(air)
    await Run(here, None).killed_in_the_upload()
    await asyncio.sleep(5.0)
    verdict = await Run(here, None).update_to()
    assert ended(verdict) == (Outcome.UNKNOWN, Ending.NEVER_BACK)
    assert "has never seen the device's application" in verdict.reason
    assert "Since the restart there is sensor" in verdict.reason
    assert "under the name of its application" in verdict.next_step
    assert application_of(here) == "1.4.2"


async def test_an_application_that_is_refused_is_told_of_by_its_loader(air: Air) -> None:
    here = sensor(air, key=DEMO_PUBLIC_PEM)
    verdict = await Run(here, Remembered()).update_to(wrongly_signed=True)
    assert ended(verdict) == (Outcome.NOT_UPDATED, Ending.REFUSED_AT_BOOT)
    assert "Its firmware loader advertises as FW-" in verdict.reason


async def test_a_cancelled_update_tells_where_the_loader_is(air: Air) -> None:
    here, known = sensor(air), Remembered()
    home, run = here.address, Run(here, known)

    def hear(event: UpdateEvent) -> None:
        if isinstance(event, UploadProgressed) and event.offset > 5_000 and run.update is not None:
            run.update.cancel()

    run.when = hear
    verdict = await run.update_to()
    assert ended(verdict) == (Outcome.UNKNOWN, Ending.CANCELLED)
    assert f"advertises as {run.client.transport.loader_name}" in verdict.reason
    assert ended(await Run(here, known, home).update_to()) == (Outcome.UPDATED, Ending.STARTED)


def application_of(here: Peripheral) -> str:
    report = here.host.device.history[-1].report
    assert report is not None
    assert report.image is not None
    return str(report.image.version)
