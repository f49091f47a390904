"""Acts on a slot and on a device: proven by reading again, or told why not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from smp.commands.os import BootloaderMode
from smp.errors import LinkError
from smp.simulator import Loader, firmware_for
from smp.simulator.bootloader import Mode
from smp.survey import survey
from smp.text import Coded
from smp.transport.whereabouts import Remembered
from smp.update.acts.acting import Acting
from smp.update.acts.events import ActEvent, Phase, PhaseBegan
from smp.update.acts.judging import judge
from smp.update.acts.kinds import Act, ActKind
from smp.update.acts.results import ActEnding, ActOutcome, ActResult
from smp.update.events import Restarting, Watching
from smp.update.verdict import ExitStatus
from tests.helpers.acting import NEW, OLD, RUNS, STORED, Told, act, listed
from tests.helpers.clock import Clock
from tests.helpers.two_cores import MakeScene, board
from tests.helpers.updating import Scene, new_image, small

SWAPPING = ("swap-scratch", "swap-move", "swap-offset")


@pytest.fixture
async def scenes(clock: Clock) -> AsyncIterator[Callable[..., Scene]]:
    made: list[Scene] = []

    def make(name: str = "fast", words: str = "", **changes: Any) -> Scene:
        made.append(Scene(small(name, **{"words": words, "speed": 1000.0, **changes})))
        return made[-1]

    yield make
    for scene in made:
        await scene.close()


async def store(scene: Scene, version: str = "1.4.2", number: int = 0, **more: Any) -> None:
    data = new_image(version, **more).data
    if scene.device.profile.ram_address:
        data = firmware_for(scene.device.profile, version, 9_000)
    await scene.client.upload(data, image=number)


def runs(result: ActResult) -> tuple[str, bool | None]:
    assert result.running is not None
    return result.running.version, result.running.confirmed


async def flags(scene: Scene, number: int = 0) -> list[tuple[str, bool, bool, bool]]:
    """What the device lists: version, pending, confirmed, active."""
    entries = (await scene.client.image_state()).of(number)
    return [(it.version, it.pending, it.confirmed, it.active) for it in entries]


# -- in every mode --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SWAPPING)
async def test_a_test_is_marked_started_and_ended_by_going_back(
    scenes: Callable[..., Scene], name: str
) -> None:
    scene = scenes(name)
    async with scene.client as client:
        await store(scene)
        marked = await act(client, ActKind.TEST)
        assert (marked.outcome, marked.ending) == (ActOutcome.DONE, ActEnding.PROVEN)
        assert (await flags(scene))[1] == ("1.4.2", True, False, False)
        again = await act(client, ActKind.TEST)
        assert again.outcome is ActOutcome.ALREADY
        started = await act(client, ActKind.RESTART)
        assert started.outcome is ActOutcome.DONE
        assert runs(started) == ("1.4.2", False)
        back = await act(client, ActKind.GO_BACK)
        assert back.outcome is ActOutcome.DONE
        assert runs(back) == ("1.3.0", True)


@pytest.mark.parametrize("name", SWAPPING)
async def test_what_runs_on_test_is_confirmed_and_stays(
    scenes: Callable[..., Scene], name: str
) -> None:
    scene = scenes(name)
    async with scene.client as client:
        await store(scene)
        await act(client, ActKind.TEST)
        await act(client, ActKind.RESTART)
        kept = await act(client, ActKind.CONFIRM)
        assert kept.outcome is ActOutcome.DONE
        assert runs(kept) == ("1.4.2", True)
        again = await act(client, ActKind.RESTART)
        assert runs(again) == ("1.4.2", True)


@pytest.mark.parametrize("name", ["swap-scratch", "swap-move"])
async def test_going_back_tries_out_what_is_stored_then_keeps_it(
    scenes: Callable[..., Scene], name: str
) -> None:
    scene = scenes(name)
    events: list[ActEvent] = []
    async with scene.client as client:
        await store(scene)
        result = await act(client, ActKind.GO_BACK, events=events)
        assert result.outcome is ActOutcome.DONE
        assert runs(result) == ("1.4.2", True)
        assert any(isinstance(event, Watching) for event in events)
        back = await act(client, ActKind.GO_BACK)
        assert runs(back) == ("1.3.0", True)


async def test_going_back_where_the_old_image_is_not_listed(scenes: Callable[..., Scene]) -> None:
    scene = scenes("swap-offset")
    async with scene.client as client:
        await store(scene)
        assert runs(await act(client, ActKind.GO_BACK)) == ("1.4.2", True)
        again = await act(client, ActKind.GO_BACK)
        assert again.ending is ActEnding.FORBIDDEN
        assert "does not list the old image" in again.reason


async def test_overwriting_is_for_good_and_asks(scenes: Callable[..., Scene]) -> None:
    scene = scenes("overwrite-only")
    async with scene.client as client:
        await store(scene)
        refused = await act(client, ActKind.GO_BACK, consent=False)
        assert (refused.ending, refused.exit_status) == (
            ActEnding.NOT_AGREED,
            ExitStatus.NOT_UPDATED,
        )
        assert (await flags(scene))[1] == ("1.4.2", False, False, False)
        result = await act(client, ActKind.GO_BACK)
        assert runs(result) == ("1.4.2", True)


@pytest.mark.parametrize("name", ["ram-load", "direct-xip"])
async def test_the_higher_version_starts_at_a_restart(
    scenes: Callable[..., Scene], name: str
) -> None:
    scene = scenes(name)
    async with scene.client as client:
        await scene.client.upload(firmware_for(scene.device.profile, "1.4.2", 9_000))
        assert (await act(client, ActKind.TEST)).ending is ActEnding.FORBIDDEN
        result = await act(client, ActKind.GO_BACK)
        assert result.outcome is ActOutcome.DONE
        assert runs(result) == ("1.4.2", True)
        erased = await act(client, ActKind.ERASE)
        assert erased.outcome is ActOutcome.DONE
        assert [version for version, *_ in await flags(scene)] == ["1.4.2"]


async def test_a_mode_that_is_not_told_may_take_no_marks(scenes: Callable[..., Scene]) -> None:
    """RAM-load is told as a mode of no name."""
    scene = scenes("fast", mode=Mode.RAM_LOAD, has_bootloader_info=False)
    async with scene.client as client:
        await store(scene, "1.2.0")
        for kind in (ActKind.TEST, ActKind.GO_BACK):
            result = await act(client, kind)
            assert result.ending is ActEnding.REFUSED_BY_DEVICE
            assert "lets no image be marked" in result.reason


async def test_what_cannot_be_marked_and_would_start_anyway_is_restarted(clock: Clock) -> None:
    """Real RAM-load neither tells its mode nor that the higher version waits."""
    device = Told(RUNS, STORED, mode=BootloaderMode.UNKNOWN)
    device.answers["state"] = {"rc": 8}
    device.answers["reset"] = becomes(
        device, RUNS | {"active": False}, STORED | {"active": True, "confirmed": True}
    )
    async with device.client as client:
        result = await act(client, ActKind.GO_BACK)
    assert result.outcome is ActOutcome.DONE
    assert runs(result) == ("2.0.0", True)


async def test_a_device_that_is_booting_is_waited_for(scenes: Callable[..., Scene]) -> None:
    scene = scenes("demo", speed=1.0, boot_time=8.0)
    result = await act(scene.client, ActKind.CONFIRM)
    assert result.outcome is ActOutcome.ALREADY


@pytest.mark.parametrize("name", [*SWAPPING, "overwrite-only", "ram-load", "direct-xip", "udp"])
async def test_a_slot_is_emptied(scenes: Callable[..., Scene], name: str) -> None:
    scene = scenes(name)
    async with scene.client as client:
        await store(scene)
        refused = await act(client, ActKind.ERASE, consent=False)
        assert refused.ending is ActEnding.NOT_AGREED
        assert "has to be sent again" in refused.reason
        result = await act(client, ActKind.ERASE)
        assert (result.outcome, result.ending) == (ActOutcome.DONE, ActEnding.PROVEN)
        assert [version for version, *_ in await flags(scene)] == ["1.3.0"]
        empty = await act(client, ActKind.ERASE, consent=False)
        assert empty.outcome is ActOutcome.DONE
        still = await act(client, ActKind.ERASE, slot=0)
        assert still.ending is ActEnding.FORBIDDEN


# -- several images -------------------------------------------------------------------------------


async def test_each_image_has_slots_of_its_own(stage: MakeScene) -> None:
    """Without its number, servers erase the application's other slot."""
    scene = stage()
    async with scene.client as client:
        await store(scene, "1.4.2", 0)
        await store(scene, "2.0.0", 1, size=8_000)
        result = await act(client, ActKind.ERASE, 1)
        assert result.outcome is ActOutcome.DONE
        assert [version for version, *_ in await flags(scene, 0)] == ["1.3.0", "1.4.2"]
        assert [version for version, *_ in await flags(scene, 1)] == ["1.3.0"]


async def test_another_core_goes_back_for_good_by_its_hash(stage: MakeScene) -> None:
    scene = stage()
    async with scene.client as client:
        await store(scene, "2.0.0", 1, size=8_000)
        result = await act(client, ActKind.GO_BACK, 1)
        assert result.outcome is ActOutcome.DONE
        assert runs(result) == ("2.0.0", True)
        assert [(v, active) for v, _, _, active in await flags(scene, 0)] == [("1.3.0", True)]


async def test_servers_let_only_their_own_image_be_confirmed(stage: MakeScene) -> None:
    scene = stage()
    async with scene.client as client:
        await store(scene, "2.0.0", 1, size=8_000)
        await act(client, ActKind.TEST, 1)
        await act(client, ActKind.RESTART, 1)
        result = await act(client, ActKind.CONFIRM, 1)
        assert result.ending is ActEnding.REFUSED_BY_DEVICE
        assert runs(result) == ("2.0.0", False)
        assert result.error is not None


async def test_a_restart_tells_of_other_images(stage: MakeScene) -> None:
    scene = stage()
    async with scene.client as client:
        await store(scene, "2.0.0", 1, size=8_000)
        await act(client, ActKind.TEST, 1)
        result = await act(client, ActKind.RESTART)
        assert runs(result) == ("1.3.0", True)
        assert "2.0.0 as image 1" in result.reason


def test_two_cores_are_a_board() -> None:
    """The fixture `stage` makes them."""
    assert board.__name__ == "board"


# -- restarts -------------------------------------------------------------------------------------


async def test_a_refused_restart_is_insisted_on_only_when_that_is_said(
    scenes: Callable[..., Scene],
) -> None:
    scene = scenes("demo", words="reset-refused")
    async with scene.client as client:
        result = await act(client, ActKind.RESTART)
        assert (result.outcome, result.ending) == (ActOutcome.NOT_DONE, ActEnding.RESTART_REFUSED)
        assert result.may_be_forced
        assert "insist" in result.next_step
        forced = await act(client, ActKind.RESTART, force=True)
        assert forced.outcome is ActOutcome.DONE


async def test_firmware_that_knows_no_boot_mode_is_told(scenes: Callable[..., Scene]) -> None:
    scene = scenes("demo")
    async with scene.client as client:
        result = await act(client, ActKind.RECOVERY)
        assert result.ending is ActEnding.NOT_IN_RECOVERY
        assert runs(result) == ("1.3.0", True)


@pytest.mark.parametrize("kind", [ActKind.RESTART, ActKind.GO_BACK])
async def test_a_device_that_stays_away(scenes: Callable[..., Scene], kind: ActKind) -> None:
    scene = scenes("demo", speed=1.0)
    async with scene.client as client:
        await store(scene)
        await act(client, ActKind.TEST)

        def unplug(event: ActEvent) -> None:
            if isinstance(event, Restarting):
                scene.device.power_off(asyncio.get_running_loop().time())

        result = await act(client, kind, on_event=unplug)
        assert (result.outcome, result.ending) == (ActOutcome.UNKNOWN, ActEnding.NEVER_BACK)
        assert result.exit_status is ExitStatus.UNKNOWN


async def test_an_image_that_does_not_start_is_not_gone_back_to(
    scenes: Callable[..., Scene],
) -> None:
    scene = scenes("swap-move")
    async with scene.client as client:
        data = bytearray(new_image().data)
        data[2_000] ^= 1
        await client.upload(bytes(data))
        result = await act(client, ActKind.GO_BACK)
        assert (result.outcome, result.ending) == (ActOutcome.NOT_DONE, ActEnding.OTHER_IMAGE)
        assert runs(result) == ("1.3.0", True)


async def test_an_image_that_falls_over_is_not_kept(scenes: Callable[..., Scene]) -> None:
    scene = scenes("demo", speed=1.0)
    async with scene.client as client:
        await store(scene, words="crash 3000")
        result = await act(client, ActKind.GO_BACK)
        assert (result.outcome, result.ending) == (ActOutcome.NOT_DONE, ActEnding.NOT_HELD)
        assert runs(result) == ("1.3.0", True)


# -- recovery, loaders, Mynewt ---------------------------------------------------------------------


@pytest.mark.parametrize("name", ["recovery", "recovery-usb"])
async def test_into_recovery_and_out_of_it(scenes: Callable[..., Scene], name: str) -> None:
    scene = scenes(name, speed=20.0)
    async with scene.client as client:
        entered = await act(client, ActKind.RECOVERY)
        assert (entered.outcome, entered.ending) == (ActOutcome.DONE, ActEnding.PROVEN)
        assert (await act(client, ActKind.RECOVERY)).outcome is ActOutcome.ALREADY
        assert (await act(client, ActKind.ERASE)).ending is ActEnding.FORBIDDEN
        left = await act(client, ActKind.RESTART)
        assert left.outcome is ActOutcome.DONE
        assert runs(left) == ("1.3.0", True)


async def test_into_a_firmware_loader_and_out_of_it(scenes: Callable[..., Scene]) -> None:
    scene = scenes("firmware-loader", speed=20.0)
    async with scene.client as client:
        for kind in (ActKind.TEST, ActKind.CONFIRM, ActKind.ERASE, ActKind.GO_BACK):
            assert (await act(client, kind)).ending is ActEnding.FORBIDDEN
        entered = await act(client, ActKind.RECOVERY)
        assert entered.headline == "The firmware loader runs"
        left = await act(client, ActKind.RESTART)
        assert left.outcome is ActOutcome.DONE
        await act(client, ActKind.RECOVERY)
        refused = await act(client, ActKind.ERASE, consent=False)
        assert "stays in its firmware loader" in refused.reason
        assert (await act(client, ActKind.ERASE)).outcome is ActOutcome.DONE
        stays = await act(client, ActKind.RESTART)
        assert (stays.outcome, stays.ending) == (ActOutcome.NOT_DONE, ActEnding.IN_RECOVERY)


@pytest.mark.parametrize("lists", [False, True])
async def test_a_loader_with_another_name_is_followed_there_and_back(
    scenes: Callable[..., Scene], lists: bool
) -> None:
    loader = Loader(is_elsewhere=True, leaves=True, application_lists=lists)
    scene = scenes("loader-radio", speed=4.0, loader=loader)
    scene.client.transport.whereabouts = known = Remembered()
    async with scene.client as client:
        entered = await act(client, ActKind.RECOVERY)
        assert entered.outcome is ActOutcome.DONE
        name = scene.device.loader_name
        assert entered.headline == f"The firmware loader runs, and advertises as {name}"
        assert "as soon as nobody is connected" in entered.reason
        assert known.of(name) is not None
        assert known.of(name) == client.transport.places
        left = await act(client, ActKind.RESTART)
        assert left.outcome is ActOutcome.DONE
        assert not scene.device.is_loader


async def test_a_restart_that_finds_no_application_tells_of_the_loader(
    scenes: Callable[..., Scene],
) -> None:
    scene = scenes("firmware-loader", speed=20.0)
    async with scene.client as client:
        scene.device.store.layout.slots[0].erase()
        result = await act(client, ActKind.RESTART)
        assert (result.outcome, result.ending) == (ActOutcome.NOT_DONE, ActEnding.IN_RECOVERY)
        assert "no application that it can start" in result.reason


async def test_a_loader_that_only_its_button_starts(scenes: Callable[..., Scene]) -> None:
    scene = scenes("loader-button", speed=20.0)
    async with scene.client as client:
        result = await act(client, ActKind.RECOVERY)
        assert result.ending is ActEnding.NOT_IN_RECOVERY
        assert result.seconds < 10


@pytest.mark.parametrize("name", ["direct-xip-revert", "ram-load-revert", "mynewt"])
async def test_a_test_is_marked_and_ended_where_that_is_known(
    scenes: Callable[..., Scene], name: str
) -> None:
    scene = scenes(name, speed=20.0)
    async with scene.client as client:
        await store(scene)
        assert (await act(client, ActKind.TEST)).outcome is ActOutcome.DONE
        assert runs(await act(client, ActKind.RESTART)) == ("1.4.2", False)
        back = await act(client, ActKind.GO_BACK)
        assert back.outcome is ActOutcome.DONE
        assert runs(back) == ("1.3.0", True)


async def test_mynewt_keeps_what_runs_and_refuses_to_erase_what_waits(
    scenes: Callable[..., Scene],
) -> None:
    scene = scenes("mynewt", speed=1.0)
    async with scene.client as client:
        await store(scene)
        await act(client, ActKind.TEST)
        erased = await act(client, ActKind.ERASE)
        assert erased.ending is ActEnding.REFUSED_BY_DEVICE
        await act(client, ActKind.RESTART)
        kept = await act(client, ActKind.CONFIRM)
        assert runs(kept) == ("1.4.2", True)
        await asyncio.sleep(30.0)  # its run times tell of a restart once it has run for a while
        assert runs(await act(client, ActKind.RESTART)) == ("1.4.2", True)


# -- what devices answer --------------------------------------------------------------------------


def becomes(device: Told, *images: dict[str, Any], answer: Any = None) -> Callable[[Any], Any]:
    """An answer to a write that changes the lists; None: as lists are answered."""

    def change(body: dict[str, Any]) -> Any:
        device.images = list(images)
        return answer

    return change


@pytest.mark.parametrize(
    "answer", [{"rc": 6}, {"rc": 10}, {"rc": 8}, {"err": {"group": 1, "rc": 9}}]
)
async def test_a_refused_erase(clock: Clock, answer: dict[str, Any]) -> None:
    device = Told(RUNS, STORED)
    device.answers["erase"] = answer
    async with device.client as client:
        result = await act(client, ActKind.ERASE)
    assert (result.outcome, result.ending) == (ActOutcome.NOT_DONE, ActEnding.REFUSED_BY_DEVICE)
    assert result.exit_status is ExitStatus.NOT_UPDATED
    assert result.next_step
    assert {body["slot"] for name, body in device.asked if name == "erase"} == {1}


async def test_an_erase_without_an_answer_is_looked_up(clock: Clock) -> None:
    device = Told(RUNS, STORED)
    device.answers["erase"] = becomes(device, RUNS, answer="silence")
    async with device.client as client:
        result = await act(client, ActKind.ERASE)
    assert (result.outcome, result.ending) == (ActOutcome.DONE, ActEnding.PROVEN)


async def test_an_erase_without_an_answer_of_which_nothing_shows(clock: Clock) -> None:
    device = Told(RUNS)
    device.answers["erase"] = "silence"
    async with device.client as client:
        result = await act(client, ActKind.ERASE)
    assert (result.outcome, result.ending) == (ActOutcome.UNKNOWN, ActEnding.NOT_TOLD)
    assert result.exit_status is ExitStatus.UNKNOWN


@pytest.mark.parametrize("kind", [ActKind.TEST, ActKind.GO_BACK, ActKind.ERASE])
async def test_success_that_the_list_does_not_show(clock: Clock, kind: ActKind) -> None:
    device = Told(RUNS, STORED)
    device.answers["erase"] = {}
    async with device.client as client:
        result = await act(client, kind)
    assert (result.outcome, result.ending) == (ActOutcome.NOT_DONE, ActEnding.WITHOUT_EFFECT)
    assert not [name for name, _ in device.asked if name == "reset"]


@pytest.mark.parametrize("answer", [{"rc": 6}, {"err": {"group": 1, "rc": 28}}, {"rc": 8}])
async def test_a_refused_mark(clock: Clock, answer: dict[str, Any]) -> None:
    device = Told(RUNS, STORED)
    device.answers["state"] = answer
    async with device.client as client:
        for kind in (ActKind.TEST, ActKind.GO_BACK):
            result = await act(client, kind)
            assert result.ending is ActEnding.REFUSED_BY_DEVICE
    assert not [name for name, _ in device.asked if name == "reset"]


async def test_a_mark_that_is_for_good_is_told_as_such(clock: Clock) -> None:
    """Apache Mynewt keeps the earlier kind and answers success."""
    device = Told(RUNS, STORED)
    final = {**STORED, "pending": True, "permanent": True}
    device.answers["state"] = becomes(device, RUNS, final)
    async with device.client as client:
        result = await act(client, ActKind.TEST)
    assert result.outcome is ActOutcome.DONE
    assert "for good" in result.headline


TESTED = listed(0, NEW, "2.0.0", active=True)
FALLBACK = listed(1, OLD, "1.0.0", confirmed=True)


async def test_one_image_is_confirmed_without_its_hash(clock: Clock) -> None:
    """Apache Mynewt takes the hash of what runs for a wish to swap."""
    device = Told(TESTED, FALLBACK)
    device.answers["state"] = becomes(device, {**TESTED, "confirmed": True}, FALLBACK)
    async with device.client as client:
        result = await act(client, ActKind.CONFIRM)
    assert result.outcome is ActOutcome.DONE
    assert device.asked == [("state", {"confirm": True})]


async def test_one_of_several_is_confirmed_by_its_hash(clock: Clock) -> None:
    net = {**listed(0, b"z" * 32, "3.0.0", active=True), "image": 1}
    device = Told(RUNS, net)
    device.answers["state"] = becomes(device, RUNS, {**net, "confirmed": True})
    async with device.client as client:
        result = await act(client, ActKind.CONFIRM, 1)
    assert result.outcome is ActOutcome.DONE
    assert device.asked == [("state", {"confirm": True, "hash": b"z" * 32})]


async def test_what_fell_back_meanwhile_is_not_confirmed(clock: Clock) -> None:
    device = Told(TESTED, FALLBACK)
    device.answers["state"] = becomes(device, RUNS)
    async with device.client as client:
        result = await act(client, ActKind.CONFIRM)
    assert (result.outcome, result.ending) == (ActOutcome.NOT_DONE, ActEnding.OTHER_IMAGE)
    assert runs(result) == ("1.0.0", True)


async def test_a_device_that_only_says_that_it_restarts(clock: Clock) -> None:
    device = Told(RUNS, {**STORED, "pending": True})
    device.answers["reset"] = {}
    async with device.client as client:
        result = await act(client, ActKind.RESTART)
    assert (result.outcome, result.ending) == (ActOutcome.UNKNOWN, ActEnding.NOT_RESTARTED)


async def test_what_was_agreed_to_is_not_there_any_more(clock: Clock) -> None:
    device = Told(RUNS, STORED)
    async with device.client as client:

        async def ask(judgement: Any) -> bool:
            device.images = [RUNS, {**STORED, "hash": b"x" * 32, "version": "9.0.0"}]
            return True

        result = await act(client, ActKind.ERASE, consent=False, ask=ask)
    assert result.ending is ActEnding.CHANGED
    assert not device.asked


async def test_what_a_person_read_is_what_is_done(clock: Clock) -> None:
    device = Told(RUNS, STORED)
    async with device.client as client:
        facts = await survey(client)
        agreed = judge(facts, Act(ActKind.ERASE))
        device.images = [RUNS, {**STORED, "hash": b"x" * 32, "version": "9.0.0"}]
        result = await act(client, ActKind.ERASE, facts=facts, agreed=agreed)
        assert result.ending is ActEnding.CHANGED
        device.images = [listed(0, b"q" * 32, "7.0.0", active=True, confirmed=True)]
        result = await act(client, ActKind.ERASE, facts=facts, agreed=agreed)
        assert (result.ending, result.exit_status) == (ActEnding.OTHER_DEVICE, ExitStatus.LOST)
    assert not device.asked


@pytest.mark.parametrize("listing", [{"rc": 8}, None])
async def test_a_device_without_images_is_restarted(
    scenes: Callable[..., Scene], listing: Any
) -> None:
    device = Told()
    device.link.server.on_request = lambda packet: (
        {"rc": 8} if packet.group == 1 or (packet.group, packet.command) == (0, 8) else None
    )
    async with device.client as client:
        result = await act(client, ActKind.RESTART)
    assert result.outcome in (ActOutcome.DONE, ActOutcome.UNKNOWN)
    assert result.ending in (ActEnding.PROVEN, ActEnding.NOT_RESTARTED)


# -- links that drop, cancelling ------------------------------------------------------------------


async def test_a_link_that_drops_in_the_middle_is_made_again(clock: Clock) -> None:
    device = Told(RUNS, STORED)

    def drop(body: dict[str, Any]) -> Any:
        device.answers["erase"] = becomes(device, RUNS, answer={})
        device.link.lose(Coded("link-failed", "Unplugged"))
        return "silence"

    device.answers["erase"] = drop
    async with device.client as client:
        result = await act(client, ActKind.ERASE)
    assert result.outcome is ActOutcome.DONE
    assert len([name for name, _ in device.asked if name == "erase"]) == 2


async def test_a_link_that_stays_away_leaves_it_unknown(clock: Clock) -> None:
    device = Told(RUNS, STORED)

    def drop(body: dict[str, Any]) -> Any:
        device.link.refuses = [LinkError(Coded("link-failed", "Unplugged")) for _ in range(100)]
        device.link.lose(Coded("link-failed", "Unplugged"))
        return "silence"

    device.answers["erase"] = drop
    async with device.client as client:
        result = await act(client, ActKind.ERASE)
    assert (result.outcome, result.ending) == (ActOutcome.UNKNOWN, ActEnding.LINK_LOST)


async def test_cancelled_before_and_in_the_middle(clock: Clock) -> None:
    device = Told(RUNS, STORED)
    device.answers["state"] = becomes(device, RUNS, {**STORED, "pending": True}, answer="silence")
    async with device.client as client:
        for phase, outcome in ((Phase.READ, ActOutcome.NOT_DONE), (Phase.MARK, ActOutcome.UNKNOWN)):
            acting = Acting(client, Act(ActKind.TEST), consent=True)

            def look(event: ActEvent, phase: Phase = phase, acting: Acting = acting) -> None:
                if event == PhaseBegan(phase):
                    asyncio.get_running_loop().call_later(0.5, acting.cancel)

            acting.told.listen(look)
            if phase is Phase.READ:
                device.link.server.manners.work = 1.0
            else:
                device.link.server.manners.work = 0.002
            result = await acting.run()
            assert (result.outcome, result.ending) == (outcome, ActEnding.CANCELLED)
            assert result.exit_status is ExitStatus.CANCELLED
        assert "waits for the next restart" in result.reason


async def test_direct_xip_with_revert_erases_what_was_not_kept(clock: Clock) -> None:
    device = Told(TESTED, FALLBACK, mode=BootloaderMode.DIRECT_XIP_REVERT)
    device.answers["reset"] = becomes(device, listed(1, OLD, "1.0.0", active=True, confirmed=True))
    async with device.client as client:
        result = await act(client, ActKind.GO_BACK)
    assert result.outcome is ActOutcome.DONE
    assert runs(result) == ("1.0.0", True)
