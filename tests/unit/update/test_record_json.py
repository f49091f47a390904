"""What scripts and records read, word for word: a name that changes breaks somebody's script."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from smp.commands.image import ImageEntry, ImageState, SlotFacts
from smp.commands.os import BootloaderMode, Parameters
from smp.errors import DeviceError, LinkLost, SmpError
from smp.survey import DeviceFacts
from smp.text import Coded, Text
from smp.update import events
from smp.update.events import Step, UpdateEvent
from smp.update.plan import Mode
from smp.update.record import event_json, facts_json, plan_json, state_json
from smp.update.verdict import Ending, Outcome, PartVerdict, Running, Verdict
from tests.helpers.planning import OLD, device, entry, make_plan, slots
from tests.helpers.updating import new_image

IMAGE = new_image()
GONE = LinkLost(Coded("gone", "{port} has gone", port="ttyACM0"), why=Text("Unplugged"))
GONE_JSON = {
    "code": "gone",
    "values": {"port": "ttyACM0"},
    "what": "ttyACM0 has gone",
    "why": "Unplugged",
    "next_step": GONE.next_step,
    "command": "",
    "detail": "",
}
RUNS = Running("1.4.2", bytes.fromhex("0a" * 32), True, number=1)
RUNS_JSON = {"version": "1.4.2", "hash": "0a" * 32, "confirmed": True}
OLD_JSON = {"version": "1.3.0", "hash": None, "confirmed": None}


def as_read(told: dict[str, object]) -> Any:
    """As who parses the line gets it."""
    return json.loads(json.dumps(told))


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (
            events.StepStarted(Step.UPLOAD),
            {"event": "step", "step": "upload", "state": "started"},
        ),
        (
            events.StepFinished(Step.VERIFY),
            {"event": "step", "step": "verify", "state": "finished"},
        ),
        (
            events.StepFinished(Step.CONFIRM, skipped=True),
            {"event": "step", "step": "confirm", "state": "skipped"},
        ),
        (events.StepFailed(Step.CHECK), {"event": "step", "step": "check", "state": "failed"}),
        (events.UploadBegan(900, 1), {"event": "upload", "number": 1, "total": 900}),
        (
            events.UploadProgressed(100, 900, 50, 40, 2, 256, 30, 7, 1),
            {
                "event": "progress",
                "number": 1,
                "offset": 100,
                "total": 900,
                "resumed_from": 50,
                "in_flight": 40,
                "window": 2,
                "packet_size": 256,
                "resent_bytes": 30,
            },
        ),
        (
            events.AskedAgain(3, 1.2345, 5, 1),
            {"event": "asked-again", "times": 3, "silent": 1.2},
        ),
        (events.StartedOver(2, 1), {"event": "started-over", "count": 2}),
        (events.LinkDropped(GONE), {"event": "link-dropped", **GONE_JSON}),
        (events.ConnectingAgain(4), {"event": "connecting-again", "times": 4}),
        (events.LinkRestored(2.345), {"event": "link-restored", "seconds": 2.3}),
        (
            events.Restarting(12.345, 89.9, events.Awaited.LOADER),
            {"event": "restarting", "expected": 12, "limit": 90, "into": "loader"},
        ),
        (events.WentSilent(1.234), {"event": "went-silent", "after": 1.2}),
        (events.CameBack(9.876), {"event": "came-back", "after": 9.9}),
        (events.Watching(1.234, 5.678), {"event": "watching", "left": 1.2, "total": 5.7}),
        (events.StateRead(ImageState(())), {"event": "state", "images": []}),
        (events.Waiting(12.6), {"event": "waiting", "left": 13}),
        (events.Cancelling(9.4), {"event": "cancelling", "limit": 9}),
    ],
)
def test_each_event_is_one_object(event: UpdateEvent, told: dict[str, object]) -> None:
    got = as_read(event_json(event))
    assert got == told
    assert next(iter(got)) == "event"


def test_the_list_of_images_has_every_flag() -> None:
    image = ImageEntry(1, 1, "1.4.2", bytes.fromhex("0b" * 32), True, True, False, False, True)
    plain = ImageEntry(0, 0, "1.3.0", None, confirmed=True, active=True)
    told = as_read(event_json(events.StateRead(ImageState((image, plain)))))
    assert told["images"] == [
        {
            "image": 1,
            "slot": 1,
            "version": "1.4.2",
            "hash": "0b" * 32,
            "bootable": True,
            "pending": True,
            "confirmed": False,
            "active": False,
            "permanent": True,
        },
        {
            "image": 0,
            "slot": 0,
            "version": "1.3.0",
            "hash": None,
            "bootable": False,
            "pending": False,
            "confirmed": True,
            "active": True,
            "permanent": False,
        },
    ]


# -- the plan -------------------------------------------------------------------------------------


def test_the_plan_says_what_it_would_do() -> None:
    plan = make_plan(device(entry("1.3.0")), IMAGE, Mode.TEST, rate=1_000.0)
    told = as_read(event_json(events.PlanMade(plan)))
    checks, parts = told.pop("checks"), told.pop("parts")
    assert plan.seconds is not None
    assert told == {
        "event": "plan",
        "mode": "test",
        "action": "upload",
        "from": "1.3.0",
        "to": "1.4.2",
        "bytes": len(IMAGE.unpadded()),
        "can_roll_back": True,
        "needs_restart": True,
        "restarts": 1,
        "seconds": round(plan.seconds, 1),
        "consent": "",
        "consents": [],
        "obstacle": None,
    }
    assert [part["number"] for part in parts] == [0]
    assert checks == [
        {
            "tone": check.tone.value,
            "code": check.text.code,
            "text": check.text,
            "values": as_read(check.text.values_json()),
        }
        for check in plan.checks
    ]
    assert "test-only" in [check["code"] for check in checks]


def test_an_estimate_that_nobody_can_make_is_none() -> None:
    assert plan_json(make_plan(device(), IMAGE))["seconds"] is None


def test_what_has_to_be_agreed_to_is_told_one_by_one() -> None:
    plan = make_plan(device(mode=BootloaderMode.OVERWRITE_ONLY), IMAGE)
    told = as_read(plan_json(plan))
    assert plan.consents
    assert told["consents"] == [
        {"code": it.code, "text": it, "values": as_read(it.values_json())} for it in plan.consents
    ]
    assert told["consent"] == plan.consent
    assert told["can_roll_back"] is False


def test_an_obstacle_is_told_with_its_way_out() -> None:
    plan = make_plan(device(entry("1.3.0"), slots=slots(400_000, 4_000)), IMAGE)
    assert plan.obstacle is not None
    assert as_read(plan_json(plan))["obstacle"] == {
        "code": plan.obstacle.what.code,
        "values": as_read(plan.obstacle.what.values_json()),
        "what": plan.obstacle.what,
        "why": plan.obstacle.why,
        "next_step": plan.obstacle.next_step,
    }


def test_a_part_over_nothing_comes_from_nothing() -> None:
    (part,) = as_read(plan_json(make_plan(device(state=ImageState(())), IMAGE)))["parts"]
    assert (part["from"], part["from_hash"]) == (None, None)
    (part,) = as_read(plan_json(make_plan(device(entry(hash=None)), IMAGE)))["parts"]
    assert (part["from"], part["from_hash"]) == ("1.3.0", None)


# -- the verdict ----------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [None, GONE])
def test_the_verdict_is_the_last_object(error: SmpError | None) -> None:
    verdict = Verdict(
        Outcome.UNKNOWN,
        Ending.LINK_LOST,
        Text("Unknown"),
        Text("It has gone"),
        Text("Look"),
        parts=(PartVerdict(1, RUNS, Running("1.3.0", None, None, number=1)),),
        seconds=12.345,
        error=error,
        unrecorded=(GONE,),
    )
    told = as_read(event_json(events.Finished(verdict)))
    assert told == {
        "event": "verdict",
        "outcome": "unknown",
        "ending": "link-lost",
        "headline": "Unknown",
        "reason": "It has gone",
        "next_step": "Look",
        "running": RUNS_JSON,
        "was": OLD_JSON,
        "parts": [{"number": 1, "running": RUNS_JSON, "was": OLD_JSON}],
        "seconds": 12.3,
        "detail": "",
        "error": GONE_JSON if error else None,
        "unrecorded": [GONE_JSON],
    }


def test_the_detail_of_an_error_is_told_beside_it_too() -> None:
    error = DeviceError(8, group=1, request="the upload")
    verdict = Verdict(Outcome.NOT_UPDATED, Ending.REFUSED_BY_DEVICE, Text("No"), error=error)
    assert error.detail
    told = as_read(verdict.to_json())
    assert (told["detail"], told["error"]["detail"]) == (error.detail, error.detail)
    assert (told["running"], told["was"], told["parts"]) == (None, None, [])


def test_a_part_of_which_nothing_is_known_says_so() -> None:
    assert PartVerdict(2).to_json() == {"number": 2, "running": None, "was": None}


# -- a device -------------------------------------------------------------------------------------

FACTS = DeviceFacts(
    "lamp",
    "serial",
    link={"port": "ttyACM0"},
    smp_version=1,
    parameters=Parameters(1024, 4),
    kernel="Zephyr",
    kernel_version="3.7.0",
    board="nrf52840dk",
    bootloader="MCUboot",
    mode=BootloaderMode.SWAP_MOVE,
    no_downgrade=True,
    state=ImageState((entry("1.3.0"),)),
    slots=(SlotFacts(0, 1, 400_000, 2, 390_000),),
)


def test_a_device_is_told_whole() -> None:
    assert as_read(facts_json(FACTS, "serial:ttyACM0")) == {
        "event": "info",
        "address": "serial:ttyACM0",
        "name": "lamp",
        "kind": "serial",
        "link": {"port": "ttyACM0"},
        "smp_version": 1,
        "family": "other",
        "buffers": {"size": 1024, "count": 4},
        "os": {"kernel": "Zephyr", "version": "3.7.0", "board": "nrf52840dk"},
        "bootloader": {
            "name": "MCUboot",
            "mode": "swap-move",
            "no_downgrade": True,
            "can_roll_back": True,
            "in_recovery": False,
        },
        "images": state_json(ImageState((entry("1.3.0", hash=OLD),))),
        "slots": [
            {
                "image": 0,
                "slot": 1,
                "listed": True,
                "size": 400_000,
                "upload_image": 2,
                "largest_image": 390_000,
            }
        ],
    }


def test_what_a_device_does_not_tell_is_null() -> None:
    told = as_read(facts_json(DeviceFacts("lamp", "serial"), "serial:ttyACM0"))
    assert (told["buffers"], told["images"], told["slots"]) == (None, None, [])
    assert told["os"] == {"kernel": None, "version": None, "board": None}
    assert told["bootloader"]["mode"] is None
    bare = replace(FACTS, mode=None, in_recovery=True)
    assert as_read(facts_json(bare, ""))["bootloader"]["can_roll_back"] is False
