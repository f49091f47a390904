"""Between marking and restart: every ending says what waits on the device."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from smp.packet import Packet
from smp.update.events import Restarting, Step, StepStarted, UploadBegan
from smp.update.plan import Mode, Remedy
from smp.update.verdict import Ending, Outcome
from tests.conformance.test_odd_devices import CONFIRMED, OLD, OURS, RUNNING_OLD, Device, entry
from tests.helpers.clock import Clock
from tests.helpers.updating import Scene, new_image, small

MakeScene = Callable[..., Scene]
WAITS = entry(1, OURS, "1.4.2", pending=True)
NO_ROOM = (
    b"*** Booting MCUboot v2.1.0 ***\r\nI: Starting bootloader\r\nI: Image index: 0, Swap type: "
    b"test\r\nW: Not enough free space to run swap upgrade\r\nW: required 192512 bytes but only "
    b"188416 are available\r\nI: Jumping to the first image slot\r\n"
    b"*** Booting Zephyr OS build ***\r\n"
)


@pytest.fixture
async def stage(clock: Clock) -> AsyncIterator[MakeScene]:
    scenes: list[Scene] = []

    def make(*args: object, **more: object) -> Scene:
        scenes.append(Scene(*args, **more))  # type: ignore[arg-type]
        return scenes[-1]

    yield make
    for scene in scenes:
        await scene.close()


class Stubborn(Device):
    """Answers the request for a restart with `answer`; `restarts` false: nothing comes of it."""

    def __init__(
        self,
        after: list[dict[str, Any]],
        answer: dict[str, Any] | str | None = None,
        *,
        restarts: bool = True,
        prints: bytes = b"",
    ) -> None:
        super().__init__(after)
        self.answer, self.restarts, self.prints = answer, restarts, prints
        self.asked: list[dict[str, Any]] = []

    def _answer(self, packet: Packet) -> dict[str, Any] | str | None:
        if (packet.group, packet.command) == (0, 5):
            self.asked.append(packet.body())
            if self.answer is not None:
                return self.answer
            if not self.restarts:
                return {}
            if self.prints and self.link._sink is not None:
                self.link._sink.text(self.prints)
        return super()._answer(packet)


@pytest.mark.parametrize(
    "refusal",
    [{"rc": 8}, {"rc": 11}, {"rc": 10}, {"err": {"group": 0, "rc": 1}}, {"rc": 300}],
    ids=str,
)
async def test_a_refused_restart_says_that_the_image_waits(
    clock: Clock, refusal: dict[str, Any]
) -> None:
    device = Stubborn([RUNNING_OLD, WAITS], refusal)
    verdict = await device.update()
    assert (verdict.outcome, verdict.ending) == (Outcome.NOT_UPDATED, Ending.RESTART_REFUSED)
    assert "1.4.2 waits for the next restart" in verdict.headline
    assert "off and on" in verdict.next_step
    assert "start the update again to confirm" in verdict.next_step
    assert verdict.running is not None
    assert verdict.running.hash == OLD
    assert not device.client.watchers


@pytest.mark.parametrize("refusal", [{"rc": 10}, {"err": {"group": 0, "rc": 1}}], ids=str)
async def test_a_restart_that_the_firmware_does_not_want_now_is_forced(
    clock: Clock, refusal: dict[str, Any]
) -> None:
    device = Stubborn([], refusal)
    await device.update()
    assert [body.get("force") for body in device.asked] == [None, *([True] * 4)]


async def test_a_bootloader_that_leaves_the_image_waiting_is_told_from_no_restart(
    clock: Clock,
) -> None:
    verdict = await Stubborn([RUNNING_OLD, WAITS], prints=NO_ROOM).update()
    assert (verdict.outcome, verdict.ending) == (Outcome.NOT_UPDATED, Ending.NOT_SWAPPED)
    assert "required 192512 bytes but only 188416 are available" in verdict.reason
    assert "smaller image" in verdict.next_step
    assert "did not restart" not in verdict.reason


async def test_a_device_that_restarted_unheard_and_did_not_swap(clock: Clock) -> None:
    """No boot text, but it was silent for seconds after it had agreed to restart."""
    device = Stubborn([RUNNING_OLD, WAITS])

    def mute(event: object) -> None:
        if "Restarting(" in repr(event):
            device.link.server.restart(3.0)

    verdict = await device.update(on_event=mute)
    assert verdict.ending is Ending.NOT_SWAPPED
    assert "still waits" in verdict.headline


async def test_a_device_that_agrees_and_does_not_restart_is_asked_again(clock: Clock) -> None:
    device = Stubborn([RUNNING_OLD, WAITS], restarts=False)
    verdict = await device.update()
    assert (verdict.outcome, verdict.ending) == (Outcome.NOT_UPDATED, Ending.NOT_RESTARTED)
    assert len(device.asked) == 3
    assert "asked 3 times" in verdict.reason
    assert "1.4.2 waits" in verdict.headline


async def test_a_request_that_is_lost_with_the_link_is_sent_again(stage: MakeScene) -> None:
    scene = stage(small("usb"))
    lost = 0
    reset = scene.client.reset

    async def lose(**more: Any) -> bool:
        nonlocal lost
        if lost:
            return await reset(**more)
        lost += 1
        for port in list(scene.host._ports):
            port.on_gone()
        return await reset(**more)

    scene.client.reset = lose  # type: ignore[method-assign]
    verdict = await scene.run()
    assert lost
    assert verdict.outcome is Outcome.UPDATED


@pytest.mark.parametrize("marked", [True, False])
async def test_a_link_that_is_lost_for_good_says_whether_the_image_waits(
    stage: MakeScene, marked: bool
) -> None:
    scene = stage(small("usb"))

    def cut(event: object) -> None:
        if "pending=True" in repr(event) if marked else event == StepStarted(Step.RESTART):
            scene.host.power_off()

    scene.on_event = cut
    verdict = await scene.run()
    assert verdict.outcome is Outcome.UNKNOWN
    assert "1.4.2" in verdict.reason
    assert ("is marked" in verdict.reason) is marked


async def test_a_running_test_is_not_called_confirmed(stage: MakeScene) -> None:
    scene = stage()
    image = new_image()
    await scene.run(image, mode=Mode.TEST)
    again = await scene.run(image, mode=Mode.TEST)
    assert again.outcome is Outcome.ALREADY_RUNNING
    assert again.running is not None
    assert again.running.confirmed is False
    assert "as a test" in again.headline
    assert "confirmed" not in again.headline
    assert "Confirm" in again.next_step


@pytest.mark.parametrize(
    "refused", [{"rc": 6}, {"rc": 2}, {"err": {"group": 1, "rc": 9}}, {}], ids=str
)
async def test_another_image_that_cannot_be_removed_is_named_and_ours_stays_confirmed(
    clock: Clock, refused: dict[str, Any]
) -> None:
    class Keeps(Device):
        def _answer(self, packet: Packet) -> dict[str, Any] | str | None:
            if (packet.group, packet.command) == (1, 5):
                return refused
            if (packet.group, packet.command) == (1, 0):
                return {"images": self.first_list, "splitStatus": 0}
            return super()._answer(packet)

    device = Keeps([])
    device.first_list = [CONFIRMED, entry(1, OLD, "1.0.0", pending=True)]
    verdict = await device.update()
    assert (verdict.outcome, verdict.ending) == (Outcome.UNKNOWN, Ending.OTHER_IMAGE)
    assert "1.0.0 in slot 1 waits" in verdict.headline
    assert "not confirmed" not in verdict.headline + verdict.reason
    if refused != {"rc": 2}:  # that one passes, and is waited for
        assert len(device.link.sent_to(1, 5)) == 1, "what was answered is not asked for again"
    assert verdict.running is not None
    assert verdict.running.confirmed


async def test_echo_that_is_refused_is_an_answer(clock: Clock) -> None:
    class Denies(Device):
        def _answer(self, packet: Packet) -> dict[str, Any] | str | None:
            if packet.group == 0 and packet.command != 5:
                return {"rc": 11}
            return super()._answer(packet)

    on_test = [entry(0, OURS, "1.4.2", active=True), entry(1, OLD, "1.0.0", confirmed=True)]
    verdict = await Denies(on_test, [CONFIRMED]).update()
    assert verdict.outcome is Outcome.UPDATED


# -- several images: every verb names its image ------------------------------------------------


def verbs(device: Device) -> list[tuple[int, dict[str, Any]]]:
    return [(p.command, p.body()) for p in device.link.sent if p.group == 1 and p.op == 2]


def second(slot: int, digest: bytes, version: str, **flags: bool) -> dict[str, Any]:
    return {"image": 1, **entry(slot, digest, version, **flags)}


class TwoImages(Device):
    """Image 0 runs with its fallback beside it; an update of image 1 must not touch either."""

    FIRST = (
        {"image": 0, **entry(0, b"a" * 32, "1.0.0", active=True, confirmed=True)},
        {"image": 0, **entry(1, b"f" * 32, "0.9.0")},
    )

    def _answer(self, packet: Packet) -> dict[str, Any] | str | None:
        if (packet.group, packet.command) == (1, 0):
            uploaded = bool(self.link.server.slot)
            if packet.op == 2:
                self._phase = "marked" if self._phase == "new" else "confirmed"
            lists: dict[str, list[dict[str, Any]]] = {
                "new": [
                    second(0, OLD, "2.0.0", active=True, confirmed=True),
                    *([second(1, OURS, "1.4.2")] if uploaded else []),
                ],
                "marked": [
                    second(0, OLD, "2.0.0", active=True, confirmed=True),
                    second(1, OURS, "1.4.2", pending=True, permanent=True),
                ],
                "restarted": [second(0, OURS, "1.4.2", active=True, confirmed=True)],
            }
            return {"images": [*self.FIRST, *lists[self._phase]]}
        return super()._answer(packet)


async def test_an_image_beside_the_application_is_marked_for_good_after_asking(
    clock: Clock,
) -> None:
    device = TwoImages([])
    verdict = await device.update(number=1)
    assert verdict.outcome is Outcome.UPDATED
    marks = [body for command, body in verbs(device) if command == 0]
    assert marks == [{"hash": OURS, "confirm": True}]
    firsts = [body for command, body in verbs(device) if command == 1 and "len" in body]
    assert [body["image"] for body in firsts] == [1]


async def test_cancelling_empties_the_slot_of_that_image_alone(clock: Clock) -> None:
    device = TwoImages([])
    cancelled: list[Any] = []

    def cancel(event: object) -> None:
        if "pending=True" in repr(event) and not cancelled:
            cancelled.append(event)
            device.running.cancel()

    await device.update(number=1, on_event=cancel)
    erased = [body for command, body in verbs(device) if command == 5]
    assert cancelled
    assert erased == [{"slot": 3}]


async def test_what_waits_beside_a_running_image_is_cleared_in_its_own_slot(clock: Clock) -> None:
    device = TwoImages([])
    cleared = False

    def answer(packet: Packet) -> dict[str, Any] | str | None:
        nonlocal cleared
        if (packet.group, packet.command) == (1, 5):
            cleared = True
            return {}
        if (packet.group, packet.command) == (1, 0):
            other = [] if cleared else [second(1, b"z" * 32, "2.5.0", pending=True)]
            running = second(0, OURS, "1.4.2", active=True, confirmed=True)
            return {"images": [*TwoImages.FIRST, running, *other]}
        return Device._answer(device, packet)

    device.link.server.on_request = answer
    verdict = await device.update(number=1)
    assert verdict.outcome is Outcome.ALREADY_RUNNING
    assert [body for command, body in verbs(device) if command == 5] == [{"slot": 3}]


@pytest.mark.parametrize("buf_size", [400, 440, 480, 490, 500, 520, 600])
async def test_a_list_that_would_not_fit_any_more_forbids_the_upload(
    stage: MakeScene, buf_size: int
) -> None:
    """The update of a second image ends proven, or is refused before the first byte."""
    scene = stage(small("fast", images=2, buf_size=buf_size))
    scene.device.install(new_image("0.9.0").data, 1)
    verdict = await scene.run(number=1, consent=True)
    assert verdict.ending in (Ending.PROVEN, Ending.FORBIDDEN)
    assert bool(scene.told(UploadBegan)) is verdict.is_good
    assert verdict.is_good is (buf_size >= 500)
    if not verdict.is_good:
        assert "could not list" in verdict.reason


async def test_an_image_beside_the_application_is_confirmed_by_its_hash(clock: Clock) -> None:
    device = TwoImages([])
    confirmed = False

    def answer(packet: Packet) -> dict[str, Any] | str | None:
        nonlocal confirmed
        if (packet.group, packet.command) == (1, 0):
            confirmed = confirmed or packet.body().get("hash") == OURS
            running = second(0, OURS, "1.4.2", active=True, confirmed=confirmed)
            return {"images": [*TwoImages.FIRST, running, second(1, OLD, "2.0.0", confirmed=True)]}
        return Device._answer(device, packet)

    device.link.server.on_request = answer
    verdict = await device.update(number=1)
    assert verdict.ending is Ending.CONFIRMED_ONLY
    assert [body for command, body in verbs(device) if command == 0] == [
        {"hash": OURS, "confirm": True}
    ]


@pytest.mark.parametrize("whose", ["ours", "another"])
async def test_a_cancelled_update_says_what_waits_all_the_same(clock: Clock, whose: str) -> None:
    waiting = WAITS if whose == "ours" else entry(1, b"z" * 32, "9.9.9", pending=True)

    class Keeps(Device):
        def _answer(self, packet: Packet) -> dict[str, Any] | str | None:
            if (packet.group, packet.command) == (1, 5):
                return {"rc": 6}
            if (packet.group, packet.command) == (1, 0) and cancelled:
                return {"images": [RUNNING_OLD, waiting]}
            return super()._answer(packet)

    cancelled: list[object] = []
    device = Keeps([])

    def cancel(event: object) -> None:
        if "pending=True" in repr(event) and not cancelled:
            cancelled.append(event)
            device.running.cancel()

    verdict = await device.update(on_event=cancel)
    assert verdict.ending is Ending.CANCELLED
    assert f"{waiting['version']}" in verdict.reason
    assert "waits for the next restart" in verdict.reason
    assert "Nothing is marked" not in verdict.reason


async def test_a_device_that_restarts_by_itself_after_the_mark_is_not_reset_again(
    stage: MakeScene,
) -> None:
    """The new image is on test then: one restart more would undo it, and not be its fault."""
    scene = stage(small("usb"))
    mark = scene.client.mark_for_test
    pressed = 0

    async def mark_and_restart(digest: bytes) -> Any:
        nonlocal pressed
        state = await mark(digest)
        pressed += 1
        scene.host.press_reset()
        return state

    scene.client.mark_for_test = mark_and_restart  # type: ignore[method-assign]
    verdict = await scene.run()
    assert pressed == 1
    assert verdict.outcome is Outcome.UPDATED


async def test_a_confirmation_that_was_refused_when_repeated_is_looked_up(clock: Clock) -> None:
    on_test = [entry(0, OURS, "1.4.2", active=True), entry(1, OLD, "1.0.0", confirmed=True)]

    class Deaf(Device):
        asked = 0

        def _answer(self, packet: Packet) -> dict[str, Any] | str | None:
            restarted = self._phase == "restarted"
            answer = super()._answer(packet)
            if (packet.group, packet.command) == (1, 0) and packet.op == 2 and restarted:
                return {"err": {"group": 1, "rc": 28}}
            return answer

    verdict = await Deaf(on_test, [CONFIRMED]).update()
    assert verdict.outcome is Outcome.UPDATED


async def test_a_cancelled_copy_that_the_bootloader_would_choose_is_erased(
    stage: MakeScene,
) -> None:
    """Nothing is marked there: the higher version starts, without a way back."""
    scene = stage(small("ram-load"))
    image = new_image("1.4.0", flags=0x20, load_address=0x20000000)

    def cancel(event: object) -> None:
        if event == StepStarted(Step.RESTART):
            assert scene.update is not None
            scene.update.cancel()

    scene.on_event = cancel
    verdict = await scene.run(image, consent=True)
    assert verdict.ending is Ending.CANCELLED
    state = await scene.client.image_state()
    listed = state.by_hash(image.hash)
    assert listed is None or "may start it" in verdict.reason


async def test_a_cancelled_copy_that_is_not_marked_is_not_said_to_start(
    stage: MakeScene,
) -> None:
    """Direct-XIP with revert starts what was marked alone."""
    scene = stage(small("direct-xip-revert"))
    image = new_image("1.4.0")

    def cancel(event: object) -> None:
        if event == StepStarted(Step.RESTART):
            assert scene.update is not None
            scene.update.cancel()

    scene.on_event = cancel
    verdict = await scene.run(image)
    assert verdict.ending is Ending.CANCELLED
    assert verdict.reason == "Nothing is marked for the next restart. The device is safe"
    state = await scene.client.image_state()
    assert state.by_hash(image.hash) is not None


async def test_a_cancelled_restart_of_a_remedy_is_not_called_nothing_sent(
    stage: MakeScene,
) -> None:
    scene = stage()
    await scene.run(new_image("1.4.0"), mode=Mode.TEST)

    def cancel(event: object) -> None:
        if isinstance(event, Restarting):
            assert scene.update is not None
            scene.update.cancel()

    scene.on_event = cancel
    verdict = await scene.run(new_image("1.5.0"), remedy=Remedy.RESTART)
    assert verdict.ending is Ending.CANCELLED
    assert "before anything was sent" not in verdict.reason


# -- what is on test goes back, or does not ----------------------------------------------------


class GoesBack(Device):
    """2.0.0 runs as a test, and the file is the confirmed image that a restart returns to."""

    def __init__(self, after: list[dict[str, Any]]) -> None:
        super().__init__(after)
        self.first_list = [
            entry(0, b"t" * 32, "2.0.0", active=True),
            entry(1, OURS, "1.4.2", confirmed=True),
        ]


async def test_the_confirmed_image_runs_again_after_a_restart(clock: Clock) -> None:
    device = GoesBack([CONFIRMED, entry(1, b"t" * 32, "2.0.0")])
    verdict = await device.update()
    assert verdict.outcome is Outcome.UPDATED
    assert "Was 2.0.0" in verdict.reason
    assert not device.link.sent_to(1, 1)


async def test_an_image_that_does_not_go_back_is_not_explained_by_versions(clock: Clock) -> None:
    """It was confirmed at the same moment, or confirms itself when it starts."""
    stays = entry(0, b"t" * 32, "2.0.0", active=True, confirmed=True)
    verdict = await GoesBack([stays, entry(1, OURS, "1.4.2")]).update()
    assert (verdict.outcome, verdict.ending) == (Outcome.NOT_UPDATED, Ending.NOT_SWAPPED)
    assert "did not return to 1.4.2: 2.0.0 was confirmed meanwhile" in verdict.reason
    assert "higher version" not in verdict.reason
    assert verdict.headline == "Not updated: still running 2.0.0"


@pytest.mark.parametrize("old", [True, False])
async def test_what_runs_after_a_fall_is_named_for_what_it_is(clock: Clock, old: bool) -> None:
    back = RUNNING_OLD if old else entry(0, b"z" * 32, "9.9.9", active=True, confirmed=True)
    on_test = [entry(0, OURS, "1.4.2", active=True), entry(1, OLD, "1.0.0", confirmed=True)]
    verdict = await Device(on_test, [back, entry(1, OURS, "1.4.2")]).update()
    assert verdict.ending is Ending.ROLLED_BACK
    assert ("returned to the old image" in verdict.reason) is old
    assert ("still running" in verdict.headline) is old
    assert ("9.9.9" in verdict.headline) is not old


@pytest.mark.parametrize("mode", [Mode.CONFIRM, Mode.PERMANENT])
async def test_a_refused_restart_asks_to_confirm_only_what_is_not_kept(
    clock: Clock, mode: Mode
) -> None:
    verdict = await Stubborn([RUNNING_OLD, WAITS], {"rc": 8}).update(mode)
    assert ("to confirm it" in verdict.next_step) is (mode is Mode.CONFIRM)
    assert "1.4.2 starts then" in verdict.next_step
