"""Whole updates of a simulated device over the real Bluetooth stack."""

from __future__ import annotations

from pathlib import Path

import pytest

from smp.update.events import LinkRestored, Step, StepStarted, UpdateEvent, UploadProgressed
from smp.update.restart import Pace
from smp.update.verdict import Ending, Outcome
from tests.ble.bluez import BlueZ
from tests.ble.hands import (
    NEW,
    OLD,
    QUICK,
    Mishap,
    flashdesk,
    flashdesk_killed_in_the_upload,
    updated,
)
from tests.ble.rig import ADDRESS, NAME, Peripheral


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "app_1.4.2.bin"
    path.write_bytes(NEW)
    return path


async def test_update_by_name_ends_in_a_proven_verdict(
    peripheral: Peripheral, file: Path, tmp_path: Path
) -> None:
    await peripheral.fresh(image=OLD)
    arguments = ("update", str(file), "--device", f"ble:{NAME}", "--json")
    status, told = await flashdesk(*arguments, folder=tmp_path)
    assert (status, told[-1]["outcome"]) == (0, "updated"), told[-1]
    names = [event["event"] for event in told]
    assert names.index("restarting") < names.index("went-silent") < names.index("came-back")
    flash = await peripheral.flash()
    assert flash.slots[0] is not None
    assert flash.slots[0].version.startswith("1.4.2")
    status, told = await flashdesk(*arguments, folder=tmp_path)
    assert (status, told[-1]["outcome"]) == (0, "already-running"), told[-1]


async def test_update_of_a_device_that_comes_back_under_another_address(
    peripheral: Peripheral, file: Path, tmp_path: Path
) -> None:
    await peripheral.fresh(image=OLD, **QUICK)
    await peripheral.set(address="C0:DE:00:00:00:03")
    status, told = await flashdesk(
        "update", str(file), "--device", f"ble:{NAME}", "--json", folder=tmp_path
    )
    assert (status, told[-1]["outcome"]) == (0, "updated"), told[-1]


async def test_a_killed_program_is_continued_by_the_next(
    peripheral: Peripheral, file: Path, tmp_path: Path
) -> None:
    """Nobody hung up: the system may still hold the connection."""
    await peripheral.fresh(image=OLD, **QUICK)
    arguments = ("update", str(file), "--device", f"ble:{NAME}", "--json")
    await flashdesk_killed_in_the_upload(*arguments, folder=tmp_path)
    status, told = await flashdesk(*arguments, folder=tmp_path)
    assert (status, told[-1]["outcome"]) == (0, "updated"), told[-1]
    first = next(event for event in told if event["event"] == "progress")
    assert first["resumed_from"] > 8000


async def test_another_device_of_the_same_name_is_not_taken_for_it(
    peripheral: Peripheral,
) -> None:
    """The one that is updated stays away; its twin with other images advertises all the time."""
    await peripheral.fresh(image=OLD, **QUICK)
    await peripheral.set(back="never")
    await peripheral.add_second(name=NAME, **QUICK)
    pace = Pace(quiet=0.5, poll=0.5, limit=8.0)
    verdict = await updated(ADDRESS, pace=pace)
    assert verdict.ending is Ending.NEVER_BACK, verdict
    assert verdict.outcome is Outcome.UNKNOWN


async def test_other_services_after_the_restart_are_read_anew(peripheral: Peripheral) -> None:
    """New firmware with another GATT layout: what the system remembers is wrong."""
    await peripheral.fresh(image=OLD, **QUICK)
    await peripheral.set(shift=3)
    verdict = await updated()
    assert verdict.outcome is Outcome.UPDATED, verdict


@pytest.mark.parametrize("writes", [1, 2, 4, 9, 15, 25, 40])
async def test_a_link_that_is_cut_while_writing_is_made_again(
    peripheral: Peripheral, writes: int
) -> None:
    await peripheral.fresh(image=OLD, **QUICK)
    told: list[UpdateEvent] = []
    await peripheral.set(cut_after_writes=writes, cut_reason=0x08)
    verdict = await updated(on_event=told.append)
    assert verdict.outcome is Outcome.UPDATED, verdict
    progress = [event for event in told if isinstance(event, UploadProgressed)]
    assert progress[-1].offset == len(NEW)


@pytest.mark.parametrize("step", [Step.CHECK, Step.UPLOAD, Step.RESTART, Step.VERIFY, Step.CONFIRM])
async def test_a_link_that_is_cut_at_any_step_is_made_again(
    peripheral: Peripheral, step: Step
) -> None:
    await peripheral.fresh(image=OLD, **QUICK)
    async with Mishap(lambda e: e == StepStarted(step), peripheral.disconnect) as cut:
        verdict = await updated(on_event=cut.look)
    assert verdict.outcome is Outcome.UPDATED, verdict


async def test_a_device_that_never_comes_back_is_told_of(peripheral: Peripheral) -> None:
    await peripheral.fresh(image=OLD, **QUICK)
    await peripheral.set(back="never")
    verdict = await updated(pace=Pace(quiet=0.5, poll=0.5, limit=10.0))
    assert verdict.ending is Ending.NEVER_BACK, verdict
    assert verdict.next_step


async def test_a_device_that_falls_silent_in_the_upload_ends_in_a_verdict(
    peripheral: Peripheral,
) -> None:
    await peripheral.fresh(image=OLD, **QUICK)
    async with Mishap(_in_the_upload, lambda: peripheral.set(responses=False)) as mute:
        verdict = await updated(on_event=mute.look, pace=Pace(reconnect=5.0))
    assert verdict.outcome is Outcome.NOT_UPDATED, verdict
    assert verdict.next_step


async def test_an_adapter_that_is_pulled_out_and_put_back_costs_time_only(
    peripheral: Peripheral, bluez: BlueZ
) -> None:
    await peripheral.fresh(image=OLD, **QUICK)

    async def replug() -> None:
        await peripheral.unplug_adapter()
        await bluez.until_adapters()
        await peripheral.plug_adapter()

    async with Mishap(_in_the_upload, replug) as pull:
        verdict = await updated(on_event=pull.look)
    assert verdict.outcome is Outcome.UPDATED, verdict
    assert any(isinstance(event, LinkRestored) for event in pull.told)


def _in_the_upload(event: UpdateEvent) -> bool:
    return isinstance(event, UploadProgressed) and event.offset > 8000
