"""Sets of images: what is told of each part, and that one image is a set of one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from smp.address import Address
from smp.client import Client
from smp.commands.os import BootloaderMode
from smp.image import McubootImage
from smp.update import plan as plans
from smp.update.events import AskedAgain, PlanMade, StateRead, UploadBegan, UploadProgressed
from smp.update.job import Job, JobPart, parts_of
from smp.update.plan import Action, Plan
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


@pytest.mark.parametrize("numbers", [(0, 1), (1, 0), (0, 1, 2)])
def test_several_images_at_once_are_refused_by_a_code(numbers: tuple[int, ...]) -> None:
    plan = plans.make_plan(TWO_CORES, both(*((APPLICATION, number) for number in numbers)))
    assert plan.obstacle is not None
    assert plan.obstacle.what.code == "several-images-at-once"
    assert str(len(numbers)) in plan.obstacle.why
    assert make_plan(TWO_CORES, APPLICATION, number=numbers[-1] % 2).obstacle is None


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


@pytest.mark.parametrize("consent", [True, False])
async def test_a_job_of_two_changes_nothing_and_says_why(clock: Clock, consent: bool) -> None:
    scene = Scene(small(images=2))
    before = await scene.client.connect() or await scene.client.image_state()
    events: list[object] = []
    job = both((new_image("3.1.0"), 1), (new_image("3.1.0"), 0), consent=consent)
    update = Update(scene.client, job, on_event=events.append)
    verdict = await update.run()
    assert (verdict.outcome, verdict.ending) == (Outcome.NOT_UPDATED, Ending.FORBIDDEN)
    assert verdict.exit_status == ExitStatus.NOT_UPDATED
    assert "Several images" in verdict.reason
    assert [part.number for part in verdict.parts] == [1, 0]
    assert all(part.running == part.was != None for part in verdict.parts)  # noqa: E711
    assert (verdict.running, verdict.was) == (None, None), "of one it would be said"
    assert not [event for event in events if isinstance(event, UploadBegan)]
    assert [event.state for event in events if isinstance(event, StateRead)] == [before]
    assert await scene.client.image_state() == before
    await scene.close()


async def test_parts_are_told_of_a_device_that_was_never_reached() -> None:
    client = Client(Address.parse("serial:/dev/not-there").transport())
    verdict = await Update(client, both()).run()
    assert verdict.parts == (PartVerdict(1), PartVerdict(0))


def test_what_lies_in_a_file_is_numbered_in_its_order() -> None:
    assert parts_of([NETWORK, APPLICATION], 1) == (JobPart(NETWORK, 1), JobPart(APPLICATION, 2))
    assert Running.of(entry("1.0.0", image=3)) == Running("1.0.0", OLD, True, True, 3)
