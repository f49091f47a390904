"""Power is cut at every single flash operation of an update; the next run must end right.

The device is small so that all cuts can be tried: upload, marking, swap, confirming, and the revert
of an image that does not hold. After each cut power comes back, and a second update run must end
with the file's image running and confirmed, whatever state it finds.
"""

from __future__ import annotations

import pytest

from smp.image import McubootImage
from smp.simulator import Mode as Bootloader
from smp.update.verdict import Outcome, Verdict
from tests.helpers.clock import run_on_clock
from tests.helpers.updating import Scene, new_image, small

SIZE = 6_000
MODES = [
    Bootloader.SWAP_SCRATCH,
    Bootloader.SWAP_MOVE,
    Bootloader.SWAP_OFFSET,
    Bootloader.OVERWRITE_ONLY,
]
SHARDS = 4


def _scene(mode: Bootloader) -> Scene:
    return Scene(small(mode=mode, slot_size=32 * 1024, image_size=SIZE, scratch_size=8 * 1024))


async def _count(mode: Bootloader, image: McubootImage) -> int:
    """Flash operations of one undisturbed update."""
    scene = _scene(mode)
    await scene.client.connect()
    before = scene.device.flash.operations
    verdict = await scene.run(image, consent=True)
    assert verdict.outcome is Outcome.UPDATED
    operations = scene.device.flash.operations - before
    await scene.close()
    return operations


async def _cut_at(mode: Bootloader, image: McubootImage, operation: int) -> None:
    scene = _scene(mode)
    await scene.client.connect()
    scene.device.cut_power_after(operation)
    first = await scene.run(image, consent=True)
    await scene.client.disconnect()
    scene.device.flash.power_cut_at = None
    scene.host.power_off()
    scene.host.power_on()
    second = await _run_until_up(scene, image)
    message = f"cut at operation {operation}: first {first.to_json()}, second {second.to_json()}"
    assert second.is_good, message
    state = await scene.client.image_state()
    active = state.active()
    assert active is not None, message
    assert (active.hash, active.confirmed) == (image.hash, True), message
    assert not any(entry.pending for entry in state.entries), message
    await scene.close()


async def _run_until_up(scene: Scene, image: McubootImage) -> Verdict:
    """A booting device does not answer at once; a person would start the update again."""
    for _ in range(20):
        verdict = await scene.run(image, consent=True)
        if verdict.was is not None:
            return verdict
    return verdict


@pytest.mark.parametrize("shard", range(SHARDS))
@pytest.mark.parametrize("mode", MODES)
def test_power_cut_at_every_flash_operation(mode: Bootloader, shard: int) -> None:
    image = new_image(size=SIZE)
    operations = run_on_clock(_count(mode, image))
    assert operations > 20
    for operation in range(1 + shard, operations + 1, SHARDS):
        run_on_clock(_cut_at(mode, image, operation))
