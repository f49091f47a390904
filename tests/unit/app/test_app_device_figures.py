"""A device's figures from update to update: its line's limit, what it learnt, its clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import pytest

from app.controllers.device import DeviceController
from app.facts.run import UploadFigures
from app.lib import wording
from app.memory.experiences import Experiences
from app.presenters import device as show_device
from app.presenters import run as show_run
from app.presenters import update as show_update
from smp.address import Address
from smp.client import Client
from smp.discovery import Found
from smp.image import FirmwareFile, read_firmware
from smp.simulator import SimulatorHost, build_image
from smp.simulator.loopback import LoopbackTransport
from smp.update.events import UpdateEvent, UploadProgressed
from tests.helpers.clock import Clock
from tests.helpers.updating import small

Make = Callable[..., DeviceController]


@pytest.fixture
async def device(clock: Clock) -> AsyncIterator[Make]:
    made: list[tuple[DeviceController, SimulatorHost]] = []

    def make(link: str = "") -> DeviceController:
        host = SimulatorHost(small("demo"), link)
        board = DeviceController(
            Found(Address("sim", "demo"), "board"),
            lambda _: Client(LoopbackTransport(host)),
            lambda: None,
        )
        board.host = host  # type: ignore[attr-defined]
        made.append((board, host))
        return board

    yield make
    for board, host in made:
        await board.disconnect()
        host.close()


def firmware(folder: Path, version: str, size: int = 60_000) -> FirmwareFile:
    path = folder / "app.bin"
    path.write_bytes(build_image(version, size))
    return read_firmware(path)


async def test_the_limit_of_a_line_is_frozen_with_the_run(device: Make, tmp_path: Path) -> None:
    board = device("baud=115200")
    await board.connect()
    board.choose(firmware(tmp_path, "1.4.2"))
    limit = board.line_limit
    assert limit is not None
    await board.update()
    assert board.track is not None
    assert board.track.limit == limit
    await board.disconnect()
    facts = show_run.run(board.track, 1e6)
    assert facts is not None
    assert facts.graph is not None
    assert facts.graph.limit == limit


async def test_a_limit_that_was_passed_is_unknown_from_then_on(
    device: Make, tmp_path: Path
) -> None:
    """The line claims a baud rate that says nothing about it, as USB adapters do."""
    board = device("baud=230400")
    await board.connect()
    assert board._client is not None
    board._client.transport.bytes_per_second = 1_500.0
    board.choose(firmware(tmp_path, "1.4.2"))
    assert board.line_limit is not None
    assert board.plan is not None
    assert board.plan.upload_seconds == pytest.approx(60, rel=0.5)
    await board.update()
    assert board.track is not None
    assert board.track.limit is None
    assert board.line_limit is None
    board.choose(firmware(tmp_path, "1.5.0"))
    assert board.plan.upload_seconds is None, "what is not known is not promised"


async def test_the_next_promise_is_what_the_last_update_took(device: Make, tmp_path: Path) -> None:
    experiences = Experiences()
    board = device()
    board.experience = experiences.of
    await board.connect()
    board.choose(firmware(tmp_path, "1.4.2"))
    assert board.plan is not None
    guessed = board.plan
    await board.update()
    assert board.track is not None
    assert board.facts is not None
    learnt = board.track.learnt()
    await experiences.learn(board.found.address, board.facts, learnt)
    board.choose(firmware(tmp_path, "1.5.0"))
    promised = board.plan
    assert learnt.restart is not None
    assert promised.restart_seconds == pytest.approx(learnt.restart, rel=0.1)
    assert promised.restart_seconds != guessed.restart_seconds
    beside = show_update.plan(board).beside
    assert beside.endswith(f"then one restart of {wording.about(learnt.restart)}")
    await board.update()
    assert board.track.restart_expected == promised.restart_seconds, "the engine believes it, too"


async def test_a_silent_device_is_called_so_in_header_and_list(
    device: Make, tmp_path: Path
) -> None:
    board = device()
    await board.connect()
    board.choose(firmware(tmp_path, "1.4.2"))
    running = asyncio.ensure_future(board.update())
    loop = asyncio.get_running_loop()

    def seen() -> tuple[str, str]:
        board.tick(loop.time())
        row = show_device.device_row(
            board, gone=False, chosen=True, removable=False, now=loop.time()
        )
        state = show_device.header(board, loop.time()).state
        return state.words if state is not None else "", row.progress_words

    while board.track is None or board.track.upload is None or board.track.upload.offset < 4_000:  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    assert seen() == ("Updating", "")
    board.host.power_off()  # type: ignore[attr-defined]
    await asyncio.sleep(0.1)
    for _ in range(19):
        await asyncio.sleep(0.1)
        seen()
    assert seen() == ("No answer", "no answer")
    board.cancel()
    board.cancel()
    await running


async def test_chip_and_figure_count_the_same_seconds(device: Make, tmp_path: Path) -> None:
    board = device()
    await board.connect()
    board.choose(firmware(tmp_path, "1.4.2"))
    running = asyncio.ensure_future(board.update())
    loop, seen = asyncio.get_running_loop(), 0
    while not running.done():
        await asyncio.sleep(0.37)
        now, track = loop.time(), board.track
        board.tick(now)
        assert track is not None
        facts = show_run.run(track, now)
        assert facts is not None
        chip = show_device.header(board, now).state
        assert chip is not None
        if "s left" in chip.words:
            seen += 1
            left = getattr(facts.figures, "left", None)
            assert left is not None
            assert chip.words == f"Restarting, {wording.left(left)}"
        if isinstance(facts.figures, UploadFigures) and facts.figures.left is not None:
            assert board.plan is not None
            restart = wording.about(board.plan.restart_seconds or 0)
            assert facts.figures.after.startswith(f"then a restart of {restart}")
    assert seen > 3


async def test_a_large_file_tells_of_no_more_changes_than_a_small_one(
    device: Make, tmp_path: Path
) -> None:
    """Who shows an update looks at it again and again: a call for each part only costs."""
    told: dict[int, int] = {}
    for size in (9_000, 60_000):
        board = device()
        await board.connect()
        board.choose(firmware(tmp_path, "1.4.2", size))
        changes: list[int] = []
        parts: list[UpdateEvent] = []
        board.changed.listen(partial(changes.append, size))
        board.events.listen(parts.append)
        await board.update()
        progress = [event for event in parts if isinstance(event, UploadProgressed)]
        assert len(progress) > size // 400
        told[size] = len(changes)
    assert told[9_000] == told[60_000] > 10
