"""Several images through MCUboot's serial recovery: each over what there is of it, one restart."""

from __future__ import annotations

from typing import Any

import pytest

from smp.image import FilePart, McubootImage
from smp.simulator import firmware_for
from smp.update.events import Restarting, UploadBegan
from smp.update.job import Job, parts_of
from smp.update.verdict import Ending, Fate, Outcome, Verdict
from tests.helpers.clock import run_on_clock
from tests.helpers.updating import Scene, small

OLD = "1.3.0"
SHARDS = 4


class Board(Scene):
    """Two cores, each with an image of its own. `changes` to the profile."""

    def __init__(self, **changes: Any) -> None:
        super().__init__(small("recovery", **{"images": 2, "image_size": 6_000, **changes}))
        self.device.store.layout.slots[2].erase()
        self.device.install(self.file(OLD, 3_000).data, 2)
        self.app, self.net = self.file("2.1.0", 5_000), self.file("1.4.0", 3_000)

    def file(self, version: str, size: int) -> McubootImage:
        return McubootImage.from_bytes(firmware_for(self.device.profile, version, size))

    async def both(self, **more: Any) -> Verdict:
        parts = parts_of([FilePart(self.app, 0), FilePart(self.net, 1)])
        return await self.do(Job(parts, **{"consent": True, "recovery": True, **more}))

    def runs(self) -> list[str]:
        """What lies where it runs from, of the application's core and of the network core."""
        return [str(self.device.store.read_info(slot).version) for slot in (0, 2)]


BUILDS: list[dict[str, Any]] = [
    {},
    {"recovery_pin": True},
    {"recovery_slot_info": True},
    {"recovery_slot_info": True, "recovery_direct": True},
    {"recovery_direct": True},
    {"recovery_direct": True, "recovery_flags": True},
    {"recovery_flags": True},
    {"recovery_hash": False},
    {"recovery_progressive": True},
]


@pytest.mark.parametrize("build", BUILDS, ids=str)
@pytest.mark.usefixtures("clock")
async def test_both_images_go_over_and_run_after_one_restart(build: dict[str, Any]) -> None:
    board = Board(**build)
    starts = len(board.device.history)
    verdict = await board.both()
    assert (verdict.outcome, verdict.ending) == (Outcome.UPDATED, Ending.PROVEN)
    assert [part.fate for part in verdict.parts] == [Fate.RUNS, Fate.RUNS]
    assert board.runs() == ["2.1.0", "1.4.0"]
    into = 0 if build.get("recovery_pin") else 1
    assert len(board.told(Restarting)) == into + 1
    assert len(board.device.history) - starts == into + 2, "switched on, into it, out of it"
    again = await board.both()
    assert again.outcome is Outcome.ALREADY_RUNNING
    await board.close()


@pytest.mark.usefixtures("clock")
async def test_an_image_that_went_over_another_one_is_sent_to_its_place() -> None:
    """Built to count slots, and not to say so: the first of them shows it."""
    board = Board(recovery_direct=True)
    await board.both()
    assert [event.number for event in board.told(UploadBegan)] == [1, 1, 0]
    await board.close()


@pytest.mark.usefixtures("clock")
async def test_where_it_was_written_over_another_one_that_is_told_and_mended_by_all() -> None:
    board = Board(recovery_direct=True)
    verdict = await board.do(Job.of(board.net, number=1, recovery=True, consent=True))
    assert verdict.outcome is not Outcome.UPDATED
    assert verdict.error is not None
    assert verdict.error.what.code == "recovery-counts-slots"
    assert "Image 1 was written over image 0" in verdict.headline
    assert "all of its images at once" in verdict.next_step
    mended = await board.both()
    assert mended.outcome is Outcome.UPDATED
    assert board.runs() == ["2.1.0", "1.4.0"]
    await board.close()


@pytest.mark.usefixtures("clock")
async def test_a_recovery_that_tells_no_numbers_is_given_no_two_images() -> None:
    board = Scene(small("recovery", recovery_pin=True))
    image = McubootImage.from_bytes(firmware_for(board.device.profile, "2.1.0", 3_000))
    other = McubootImage.from_bytes(firmware_for(board.device.profile, "1.4.0", 2_000))
    job = Job(parts_of([FilePart(image, 0), FilePart(other, 1)]), consent=True)
    verdict = await board.do(job)
    assert verdict.ending is Ending.FORBIDDEN
    assert "does not tell which images" in verdict.reason
    assert "one part of it at a time" in verdict.next_step
    await board.close()


async def _count() -> int:
    board = Board()
    await board.client.connect()
    before = board.device.flash.operations
    verdict = await board.both()
    assert verdict.outcome is Outcome.UPDATED
    operations = board.device.flash.operations - before
    await board.close()
    return operations


async def _cut_at(operation: int) -> None:
    board = Board()
    await board.client.connect()
    board.device.cut_power_after(operation)
    first = await board.both()
    await board.client.disconnect()
    board.device.flash.power_cut_at = None
    board.host.power_off()
    board.host.power_on()
    for _ in range(20):
        second = await board.both()
        if second.is_good:
            break
    message = f"cut at operation {operation}: first {first.to_json()}, then {second.to_json()}"
    assert not first.is_good or board.device.flash.operations < operation, message
    assert second.is_good, message
    assert board.runs() == ["2.1.0", "1.4.0"], message
    await board.close()


@pytest.mark.parametrize("shard", range(SHARDS))
def test_power_cut_at_every_flash_operation(shard: int) -> None:
    operations = run_on_clock(_count())
    assert operations > 20
    for operation in range(1 + shard, operations + 1, SHARDS):
        run_on_clock(_cut_at(operation))
