"""Recorders: awaited between the verdict and anybody who is shown it, with and without a window."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.cli.update import HeadlessUpdate, update_device
from app.controllers.device import DeviceController
from app.controllers.jobs import Jobs
from app.log.story import Story
from app.presenters.done import verdict_banner
from smp.address import Address
from smp.client import Client
from smp.discovery import Found
from smp.errors import RecordError, SmpError
from smp.image import read_firmware
from smp.simulator import build_image
from smp.simulator.living import close_simulated
from smp.simulator.loopback import LoopbackTransport
from smp.text import Coded, Text
from smp.update.events import Cancelling, Finished, UpdateEvent, UploadProgressed
from smp.update.job import Job
from smp.update.record import event_json
from smp.update.recording import LIMIT, Account, Recorder
from smp.update.verdict import Ending, ExitStatus, Outcome, Verdict
from tests.helpers.clock import Clock
from tests.helpers.logwatch import LogWatch
from tests.helpers.updating import Scene, new_image


@pytest.fixture
async def scene(clock: Clock) -> AsyncIterator[Scene]:
    made = Scene()
    yield made
    await made.close()


def writer(path: Path, order: list[str]) -> Recorder:
    """Writes a row, slowly."""

    async def write(account: Account) -> None:
        await asyncio.sleep(2.0)
        line = json.dumps(event_json(Finished(account.verdict)))
        await asyncio.to_thread(path.write_text, line + "\n")
        order.append("written")

    return write


async def never(account: Account) -> None:
    await asyncio.Event().wait()


async def full(account: Account) -> None:
    raise OSError(28, "No space left on device")


async def test_the_row_is_there_before_the_verdict_is_told(scene: Scene, tmp_path: Path) -> None:
    row, order = tmp_path / "row.json", list[str]()
    scene.on_event = lambda event: order.append(
        f"verdict told, row {row.exists()}" if isinstance(event, Finished) else "event"
    )
    verdict = await scene.run(recorders=[writer(row, order)])
    assert verdict.outcome is Outcome.UPDATED
    assert order[-2:] == ["written", "verdict told, row True"]
    assert json.loads(row.read_text("utf-8"))["ending"] == "proven"
    assert verdict.unrecorded == ()


async def test_recorders_come_in_order_and_are_told_all(scene: Scene) -> None:
    told: list[tuple[str, Account]] = []

    def named(name: str, seconds: float) -> Recorder:
        async def write(account: Account) -> None:
            await asyncio.sleep(seconds)
            told.append((name, account))

        return write

    image = new_image()
    verdict = await scene.run(image, recorders=[named("slow", 5.0), named("quick", 0.0)])
    assert [name for name, _ in told] == ["slow", "quick"]
    account = told[0][1]
    assert account.verdict == verdict
    assert [part.file_image for part in account.job.parts] == [image]
    assert account.plan is not None
    assert account.facts is not None
    assert account.facts.state is not None
    assert account.verdict.seconds == verdict.seconds, "recording is no part of the update"


@pytest.mark.parametrize("recorder", [full, never])
async def test_a_record_that_fails_changes_nothing_but_is_said(
    scene: Scene, recorder: Recorder, tmp_path: Path
) -> None:
    row = tmp_path / "row.json"
    verdict = await scene.run(recorders=[recorder, writer(row, [])])
    assert verdict.outcome is Outcome.UPDATED
    assert verdict.exit_status is ExitStatus.OK
    (problem,) = verdict.unrecorded
    assert isinstance(problem, RecordError)
    assert row.exists(), "the others are asked all the same"
    assert [event.verdict for event in scene.told(Finished)] == [verdict]
    (said,) = event_json(Finished(verdict))["unrecorded"]  # type: ignore[misc,attr-defined]
    assert "could not be written" in said["what"]
    assert "could not be written" in verdict_banner(verdict, 0.0).sentence
    lines = Story().tell(Finished(verdict))
    assert any("could not be written" in text for text, _ in lines)


async def test_what_it_says_itself_is_said(scene: Scene) -> None:
    async def refuse(account: Account) -> None:
        raise RecordError(Coded("table-locked", "The table is locked"), next_step=Text("Close it"))

    verdict = await scene.run(recorders=[refuse])
    assert [error.what for error in verdict.unrecorded] == ["The table is locked"]


async def test_a_mistake_in_a_recorder_is_in_the_log_too(scene: Scene, log_watch: LogWatch) -> None:
    async def wrong(account: Account) -> None:
        raise KeyError("column")

    log_watch.expect("a recorder failed")
    verdict = await scene.run(recorders=[wrong])
    assert "KeyError" in verdict.unrecorded[0].detail


async def test_one_that_cancels_itself_has_failed_and_the_update_has_not(scene: Scene) -> None:
    async def given_up(account: Account) -> None:
        raise asyncio.CancelledError

    verdict = await scene.run(recorders=[given_up])
    assert verdict.outcome is Outcome.UPDATED
    assert len(verdict.unrecorded) == 1


async def test_one_that_hangs_keeps_nobody_longer_than_its_time(scene: Scene, clock: Clock) -> None:
    async def deaf(account: Account) -> None:
        while not gate.is_set():
            try:
                await gate.wait()
            except asyncio.CancelledError:
                continue

    gate = asyncio.Event()
    verdict = await scene.run(recorders=[deaf])
    ended = clock.now
    assert len(verdict.unrecorded) == 1
    assert "30 s" in verdict.unrecorded[0].why
    before = await scene.run()
    assert before.outcome is Outcome.ALREADY_RUNNING
    assert ended - verdict.seconds <= LIMIT + 5.0
    gate.set()
    await asyncio.sleep(0)


async def test_a_cancelled_update_is_written_down(scene: Scene, tmp_path: Path) -> None:
    row, order = tmp_path / "row.json", list[str]()

    def cancel(event: UpdateEvent) -> None:
        if isinstance(event, UploadProgressed) and scene.update is not None:
            scene.update.cancel()

    scene.on_event = cancel
    verdict = await scene.run(recorders=[writer(row, order)])
    assert verdict.ending is Ending.CANCELLED
    assert json.loads(row.read_text("utf-8"))["ending"] == "cancelled"


async def test_cancelling_while_it_is_written_down_cancels_nothing(scene: Scene) -> None:
    written: list[Verdict] = []

    async def write(account: Account) -> None:
        assert scene.update is not None
        scene.update.cancel()
        scene.update.cancel()
        await asyncio.sleep(1.0)
        written.append(account.verdict)

    verdict = await scene.run(recorders=[write])
    assert verdict.outcome is Outcome.UPDATED
    assert written == [verdict]
    assert not scene.told(Cancelling)


async def test_an_update_whose_caller_is_cancelled_is_written_down_and_told(
    scene: Scene, tmp_path: Path
) -> None:
    row, order = tmp_path / "row.json", list[str]()
    started = asyncio.Event()
    scene.on_event = lambda event: started.set()
    running = asyncio.ensure_future(scene.run(recorders=[writer(row, order)]))
    await started.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert order == ["written"]
    assert [event.verdict.ending for event in scene.told(Finished)] == [Ending.CANCELLED]


# -- through window and command line --------------------------------------------------------------


async def test_the_windows_device_shows_what_is_written_down(scene: Scene, tmp_path: Path) -> None:
    row, order = tmp_path / "row.json", list[str]()
    path = tmp_path / "app.bin"
    path.write_bytes(build_image("1.4.2", 20_000))
    found = Found(Address("sim", "demo"), "bench")
    device = DeviceController(
        found, lambda _: Client(LoopbackTransport(scene.host)), lambda: shown.append(seen())
    )

    def seen() -> tuple[bool, bool]:
        """The verdict is shown, the row is written."""
        return device.track is not None and device.track.verdict is not None, row.exists()

    shown: list[tuple[bool, bool]] = []
    device.recorders.append(writer(row, order))
    device.make_job = Jobs(watch=1.0)
    await device.connect()
    device.choose(read_firmware(path))
    await device.update(consent=True)
    assert device.track is not None
    assert device.track.verdict is not None
    assert device.track.verdict.outcome is Outcome.UPDATED
    assert (True, True) in shown
    assert (True, False) not in shown, "never shown before it was written"
    await device.disconnect()


@pytest.mark.parametrize("fails", [False, True])
async def test_the_command_line_tells_what_is_written_down(
    scene: Scene, tmp_path: Path, capsys: pytest.CaptureFixture[str], *, fails: bool
) -> None:
    row, heard = tmp_path / "row.json", list[str]()

    async def look(account: Account) -> None:
        heard.append(capsys.readouterr().out)

    job = HeadlessUpdate(
        scene.client,
        Job.of(new_image(), consent=True, watch=1.0),
        as_json=True,
        recorders=[full if fails else writer(row, []), look],
    )
    assert await job.run() == ExitStatus.OK
    assert '"verdict"' not in heard[0]
    assert row.exists() is not fails
    verdict = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert verdict["event"] == "verdict"
    assert len(verdict["unrecorded"]) == fails


@pytest.mark.parametrize("ending", ["proven", "forbidden"])
async def test_the_command_is_given_its_recorders(
    clock: Clock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    ending: str,
) -> None:
    """Whatever an update that has begun comes to."""
    monkeypatch.setenv("FLASHDESK_STATE", str(tmp_path / "state"))
    file = tmp_path / "app.bin"
    file.write_bytes(build_image("1.4.2", 20_000))
    told: list[tuple[str, str]] = []

    async def look(account: Account) -> None:
        told.append((account.verdict.ending.value, capsys.readouterr().out))

    try:
        await update_device(
            file,
            "sim:fast",
            "confirm",
            keys=(),
            consent=True,
            number=0,
            first=None,
            watch=1.0,
            forbids=["not-signed"] if ending == "forbidden" else [],
            as_json=True,
            recorders=[look],
        )
    finally:
        close_simulated()
    ((recorded, shown),) = told
    assert recorded == ending
    assert '"verdict"' not in shown
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["ending"] == ending


async def test_a_failed_record_is_said_on_a_terminal(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    job = HeadlessUpdate(scene.client, Job.of(new_image(), consent=True), recorders=[full])
    await job.run()
    assert "could not be written" in capsys.readouterr().out


def test_an_error_of_a_record_tells_what_to_do() -> None:
    assert isinstance(RecordError(Coded("x", "x")), SmpError)
    assert RecordError(Coded("x", "x")).next_step
