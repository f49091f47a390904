"""Sets of images: what is told of each part, and that one image is a set of one."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from smp.address import Address
from smp.client import Client
from smp.commands.os import BootloaderMode
from smp.errors import JobError
from smp.image import FilePart, HashCheck, McubootImage
from smp.text import Coded
from smp.update import plan as plans
from smp.update.events import AskedAgain, PlanMade, UploadBegan, UploadProgressed
from smp.update.job import Job, JobPart, parts_of
from smp.update.plan import Action, Mode, Plan, Remedy
from smp.update.record import event_json, plan_json
from smp.update.run import Update
from smp.update.verdict import Ending, ExitStatus, Outcome, PartVerdict, Running
from tests.helpers.clock import Clock
from tests.helpers.planning import OLD, device, entry, make_plan, recovery, slots
from tests.helpers.updating import Scene, new_image, small

APPLICATION, NETWORK = new_image("2.1.0"), new_image("1.4.0", 8_000)
NETWORK_OLD = b"old network core".ljust(32, b"-")
TWO_CORES = device(entry("2.0.0"), entry("1.3.0", image=1, hash=NETWORK_OLD))


def both(*parts: tuple[McubootImage, int], **more: Any) -> Job:
    """The network core's before the application's, as they are marked."""
    given = parts or ((NETWORK, 1), (APPLICATION, 0))
    return Job(tuple(JobPart(image, number) for image, number in given), **more)


# -- plans ----------------------------------------------------------------------------------------


def test_a_plan_judges_each_image_by_itself() -> None:
    plan = plans.make_plan(TWO_CORES, both((NETWORK, 1), (new_image("1.0.0"), 0)))
    network, application = plan.parts
    assert (network.number, network.before) == (1, entry("1.3.0", image=1, hash=NETWORK_OLD))
    assert (application.number, application.before) == (0, entry("2.0.0"))
    assert plan.last is application
    assert "older-than-running" not in [check.text.code for check in network.checks]
    assert "older-than-running" in [check.text.code for check in application.checks]
    assert plan.size == len(network.data) + len(application.data)
    assert (plan.versions, plan.versions_before) == ("1.4.0, 1.0.0", "1.3.0, 2.0.0")


def test_what_several_parts_have_in_common_is_the_least_that_holds_for_all() -> None:
    there = device(
        entry("2.0.0"),
        entry("1.3.0", image=1, hash=NETWORK_OLD),
        entry("1.4.0", 1, 1, hash=NETWORK.hash, pending=True),
    )
    plan = plans.make_plan(there, both())
    assert [part.action for part in plan.parts] == [Action.RESTART, Action.UPLOAD]
    assert plan.action is Action.UPLOAD
    assert [part.can_roll_back for part in plan.parts] == [True, True]
    assert plan.can_roll_back is True
    assert plan.needs_restart
    fast = plans.make_plan(there, both(), rate=1_000.0)
    assert fast.upload_seconds == len(fast.last.data) / 1_000, "only what is sent"
    assert plan.upload_seconds is None
    sent = plans.make_plan(TWO_CORES, both())
    assert [part.can_roll_back for part in sent.parts] == [False, True]
    assert sent.can_roll_back is False


def test_images_of_the_job_are_not_told_as_others_that_start_beside_it() -> None:
    waiting = entry("1.9.0", 1, 1, hash=b"w" * 32, pending=True)
    facts = device(entry("2.0.0"), entry("1.3.0", image=1, hash=NETWORK_OLD), waiting)
    alone = make_plan(facts, APPLICATION)
    assert [change.then for change in alone.beside] == [waiting]
    assert "restart-starts-other-test" in [check.text.code for check in alone.of_the_whole]
    for job in (both(), both((APPLICATION, 0), (NETWORK, 1))):
        assert plans.make_plan(facts, job).beside == ()


ONE_AT_A_TIME = {
    BootloaderMode.SINGLE_SLOT_RAM_LOAD: "one slot",
    BootloaderMode.DIRECT_XIP: "the higher version",
    BootloaderMode.DIRECT_XIP_REVERT: "the higher version",
    BootloaderMode.RAM_LOAD: "the higher version",
    BootloaderMode.FIRMWARE_LOADER: "the application alone",
}


@pytest.mark.parametrize("mode", [None, *BootloaderMode])
def test_several_images_at_once_where_one_restart_starts_them_all(
    mode: BootloaderMode | None,
) -> None:
    facts = device(*TWO_CORES.state.entries, mode=mode)  # type: ignore[union-attr]
    plan = plans.make_plan(facts, both())
    assert plan.enters_recovery is (mode is BootloaderMode.SINGLE_SLOT)
    if mode not in ONE_AT_A_TIME:
        assert plan.obstacle is None
        return
    assert plan.obstacle is not None
    assert plan.obstacle.what.code == "several-images-at-once"
    assert ONE_AT_A_TIME[mode] in plan.obstacle.why  # type: ignore[index]
    one = make_plan(facts, APPLICATION).obstacle
    assert one is None or one.what.code != "several-images-at-once"


def test_a_recovery_takes_several_images_where_it_tells_which_it_has() -> None:
    """One that was built for one image takes any number for that one."""
    silent = recovery(entry("2.0.0"))
    plan = plans.make_plan(silent, both())
    assert plan.obstacle is not None
    assert plan.obstacle.what.code == "several-images-at-once"
    assert "does not tell which images" in plan.obstacle.why
    assert silent.state is not None
    numbered = replace(silent, state=replace(silent.state, is_numbered=True))
    listed = recovery(entry("2.0.0"), entry("1.3.0", image=1, hash=NETWORK_OLD))
    for facts in (numbered, listed):
        plan = plans.make_plan(facts, both())
        assert plan.obstacle is None
        assert [(part.number, part.slot) for part in plan.parts] == [(1, 0), (0, 0)]
        assert plan.can_roll_back is False


def test_what_is_said_of_one_of_several_names_it_and_keeps_its_code() -> None:
    plan = plans.make_plan(TWO_CORES, both((NETWORK, 1), (new_image("1.0.0"), 0)))
    older = next(check.text for check in plan.checks if check.text.code == "older-than-running")
    assert older == "Image 0: Older than what runs now (2.0.0)"
    (stays,) = plan.consents
    assert stays.code == "no-way-back-permanent"
    assert stays.startswith("Image 1: The new image stays even if it does not run")
    damaged = replace(APPLICATION, hash_check=HashCheck.DIFFERS)
    refused = plans.make_plan(TWO_CORES, both((NETWORK, 1), (damaged, 0))).obstacle
    assert refused is not None
    assert (refused.what.code, refused.what) == (
        "file-contents-damaged",
        "Image 0: The file is damaged",
    )
    forbidden = plans.make_plan(TWO_CORES, both(forbids=frozenset({"not-signed"}))).obstacle
    assert forbidden is not None
    assert "Image 1: Not signed" in forbidden.why
    alone = make_plan(TWO_CORES, new_image("1.0.0"))
    assert "Older than what runs now (2.0.0)" in [check.text for check in alone.checks]


@pytest.mark.parametrize("ours", [True, False], ids=["file", "another"])
@pytest.mark.parametrize("mode", [Mode.CONFIRM, Mode.TEST])
def test_a_restart_for_one_must_not_end_the_test_of_another(mode: Mode, ours: bool) -> None:
    on_test = entry("1.4.0", image=1, hash=NETWORK.hash if ours else b"t" * 32, confirmed=False)
    back = entry("1.3.0", 1, 1, hash=NETWORK_OLD, confirmed=True)
    plan = plans.make_plan(device(entry("2.0.0"), on_test, back), both(mode=mode))
    assert plan.obstacle is not None
    assert plan.obstacle.what.code == "running-not-confirmed"
    assert plan.obstacle.what.startswith("Image 1: ")
    assert plan.obstacle.remedies == (Remedy.CONFIRM_RUNNING, Remedy.RESTART)
    both_there = device(entry("2.1.0", hash=APPLICATION.hash), on_test, back)
    assert (plans.make_plan(both_there, both(mode=mode)).obstacle is None) is ours


def test_a_restart_is_followed_as_a_test_if_one_of_those_that_start_is_one() -> None:
    there = device(entry("2.0.0"), entry("1.4.0", image=1, hash=NETWORK.hash))
    assert plans.make_plan(there, both()).starts_a_test
    there = device(entry("2.1.0", hash=APPLICATION.hash), entry("1.3.0", image=1, hash=NETWORK_OLD))
    assert not plans.make_plan(there, both()).starts_a_test
    done = device(entry("2.1.0", hash=APPLICATION.hash), entry("1.4.0", image=1, hash=NETWORK.hash))
    assert plans.make_plan(done, both()).starts_a_test


@pytest.mark.parametrize(
    ("facts", "slot"),
    [
        (device(), 1),
        (device(mode=BootloaderMode.DIRECT_XIP), 1),
        (device(entry(active=False), entry("1.3.1", 1, active=True, confirmed=True)), 0),
        (device(mode=BootloaderMode.SINGLE_SLOT), 0),
        (recovery(entry(), slots=slots(400_000)), 0),
    ],
)
def test_a_plan_says_the_slot(facts: Any, slot: int) -> None:
    assert make_plan(facts, new_image()).last.slot == slot


# -- records --------------------------------------------------------------------------------------


def test_the_record_of_one_image_has_it_as_a_part_too() -> None:
    told = plan_json(make_plan(device(entry("1.3.0")), APPLICATION))
    assert (told["from"], told["to"], told["bytes"]) == ("1.3.0", "2.1.0", len(APPLICATION.data))
    assert told["parts"] == [
        {
            "number": 0,
            "slot": 1,
            "action": "upload",
            "from": "1.3.0",
            "from_hash": OLD.hex(),
            "to": "2.1.0",
            "to_hash": APPLICATION.hash.hex(),
            "bytes": len(APPLICATION.data),
        }
    ]


def test_of_several_only_the_parts_tell_versions() -> None:
    told = json.loads(json.dumps(plan_json(plans.make_plan(TWO_CORES, both()))))
    assert (told["from"], told["to"]) == (None, None)
    assert [(part["number"], part["from"], part["to"]) for part in told["parts"]] == [
        (1, "1.3.0", "1.4.0"),
        (0, "2.0.0", "2.1.0"),
    ]


# -- updates --------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [0, 1])
async def test_events_and_verdict_tell_the_number(clock: Clock, number: int) -> None:
    scene = Scene(small(images=2), "loss=1%")
    verdict = await scene.run(new_image("3.1.0"), number=number, consent=True)
    assert verdict.is_good, verdict
    sent = [*scene.told(UploadBegan), *scene.told(UploadProgressed), *scene.told(AskedAgain)]
    assert {event.number for event in sent} == {number}
    (part,) = verdict.parts
    assert part.number == number
    assert (part.running, part.was) == (verdict.running, verdict.was)
    assert part.running is not None
    assert (part.running.version, part.running.number) == ("3.1.0", number)
    began = event_json(scene.told(UploadBegan)[0])
    assert began == {"event": "upload", "number": number, "total": len(scene_plan(scene).last.data)}
    assert event_json(scene.told(UploadProgressed)[-1])["number"] == number
    await scene.close()


def scene_plan(scene: Scene) -> Plan:
    return scene.told(PlanMade)[-1].plan


@pytest.mark.parametrize("agrees", [True, False])
async def test_a_job_of_two_changes_nothing_where_it_must_not(clock: Clock, agrees: bool) -> None:
    """Its list would not hold two images more; or nobody agrees to what cannot be taken back."""
    scene = Scene(small("fast", images=2, buf_size=490 if agrees else 1024))
    before = await scene.client.connect() or await scene.client.image_state()
    verdict = await scene.do(both(consent=agrees))
    assert (verdict.outcome, verdict.ending) == (Outcome.NOT_UPDATED, Ending.FORBIDDEN)
    assert verdict.exit_status == ExitStatus.NOT_UPDATED
    if agrees:
        assert "With 1.4.0 and 2.1.0 stored, its list would have about 500 bytes" in verdict.reason
    else:
        assert "Image 1: The new image stays even if it does not run" in verdict.reason
    assert verdict.headline == "Not updated: image 1 still runs 1.0.0 and image 0 still runs 1.3.0"
    assert [part.number for part in verdict.parts] == [1, 0]
    assert all(part.running == part.was != None for part in verdict.parts)  # noqa: E711
    assert (verdict.running, verdict.was) == (None, None), "of one it would be said"
    assert not scene.told(UploadBegan)
    assert await scene.client.image_state() == before
    alone = await scene.do(Job.of(APPLICATION))
    assert alone.is_good, "one image is taken"
    await scene.close()


async def test_parts_are_told_of_a_device_that_was_never_reached() -> None:
    client = Client(Address.parse("serial:/dev/not-there").transport())
    verdict = await Update(client, both()).run()
    assert verdict.parts == (PartVerdict(1), PartVerdict(0))


def numbered(*parts: FilePart, number: int | None = None) -> list[tuple[McubootImage, int]]:
    return [(part.file_image, part.number) for part in parts_of(parts, number)]


def test_a_files_images_have_their_own_numbers_and_the_application_comes_last() -> None:
    network, application = FilePart(NETWORK, 2), FilePart(APPLICATION, 0)
    both_of_them = [(NETWORK, 2), (APPLICATION, 0)]
    assert numbered(application, network) == both_of_them
    assert numbered(network, application) == both_of_them
    assert numbered(FilePart(APPLICATION)) == [(APPLICATION, 0)]
    assert numbered(FilePart(NETWORK), number=2) == [(NETWORK, 2)]
    assert numbered(network) == numbered(network, number=2) == [(NETWORK, 2)]
    assert Running.of(entry("1.0.0", image=3)) == Running("1.0.0", OLD, True, True, 3)


@pytest.mark.parametrize("number", [None, 0, 1])
@pytest.mark.parametrize("told", [(None, None), (None, 1), (0, None)])
def test_no_number_is_guessed(told: tuple[int | None, ...], number: int | None) -> None:
    parts = [FilePart(APPLICATION, told[0]), FilePart(NETWORK, told[1])]
    with pytest.raises(JobError, match="does not stand in the file") as caught:
        parts_of(parts, number)
    assert "the file of one image alone" in caught.value.next_step


def test_a_number_that_is_not_the_files_is_refused() -> None:
    with pytest.raises(JobError, match="made for image 1, not for image 0") as caught:
        parts_of([FilePart(NETWORK, 1)], 0)
    assert caught.value.what == coded("job-number-differs", caught.value.what)
    both = [FilePart(APPLICATION, 0), FilePart(NETWORK, 1)]
    with pytest.raises(JobError, match="none with the number 2") as caught:
        parts_of(both, 2)
    assert caught.value.what == coded("job-number-for-several", caught.value.what)
    assert caught.value.why == "It holds images with the numbers 0 and 1"


def test_a_number_picks_one_image_of_a_file_that_numbers_several() -> None:
    pair = [FilePart(APPLICATION, 0, 0), FilePart(APPLICATION, 0, 1)]
    both = [*pair, FilePart(NETWORK, 1)]
    assert [part.number for part in parts_of(both, 1)] == [1]
    assert parts_of(both, 1)[0].file_image is NETWORK
    assert [(part.number, part.slot) for part in parts_of(both, 0)] == [(0, 0), (0, 1)]
    assert len(parts_of(both)) == 3


def coded(code: str, text: str) -> str:
    assert isinstance(text, Coded)
    assert text.code == code
    return text


def test_a_pair_for_the_two_slots_of_one_image_stays_a_pair() -> None:
    first, second = FilePart(APPLICATION, 0, 0), FilePart(NETWORK, 0, 1)
    parts = parts_of([first, second])
    assert [(part.number, part.slot, part.told) for part in parts] == [
        (0, 0, first),
        (0, 1, second),
    ]
    assert Job(parts).parts == parts
    unnumbered = parts_of([replace(first, number=None), replace(second, number=None)], 3)
    assert [(part.number, part.slot) for part in unnumbered] == [(3, 0), (3, 1)]
    assert len(Job((*parts, JobPart(new_image("9.0.0"), 1))).parts) == 3


@pytest.mark.parametrize("slots", [(0, 0), (None, None), (0, None), (None, 1)])
def test_two_images_for_one_place_are_refused(slots: tuple[int | None, int | None]) -> None:
    parts = (JobPart(APPLICATION, slot=slots[0]), JobPart(NETWORK, slot=slots[1]))
    with pytest.raises(JobError, match="two images for number 0"):
        Job(parts)
