"""Files as people get them, from the file to the verdict: packages, bundles, hex, pairs."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest

from smp.image import FirmwareFile, classify
from smp.simulator import build_image
from smp.update.job import Job, parts_of
from smp.update.plan import Action
from smp.update.verdict import Outcome
from tests.helpers.clock import Clock
from tests.helpers.packages import bundled, hexed, in_place, package, two_cores, zipped
from tests.helpers.two_cores import APP, NET, MakeScene, assert_both_run
from tests.helpers.updating import Scene, small

BOOT = struct.pack("<4I", 0x20001580, 0x401, 0x501, 0x601).ljust(4096, b"\x01")


def job(file: FirmwareFile, number: int | None = None) -> Job:
    file.require_images()
    return Job(parts_of(file.parts, number), consent=True, other_product=True, notes=file.notes)


@pytest.mark.parametrize(
    "data",
    [
        two_cores(APP.data, NET.data),
        bundled({0: APP.data, 1: NET.data}),
        bundled({-1: BOOT, 1: NET.data, 0: APP.data}),
        hexed((0, BOOT), (0xC000, APP.data), (0x0100_8800, NET.data)),
    ],
)
async def test_both_cores_of_one_file(stage: MakeScene, data: bytes) -> None:
    scene = stage()
    verdict = await scene.do(job(classify(data, "dfu_application.zip")))
    assert verdict.outcome is Outcome.UPDATED
    await assert_both_run(scene)


@pytest.mark.parametrize(
    "make",
    [
        lambda image: package({"app_update.bin": (image, {})}),
        lambda image: package({"app_update.bin": (image, {"image_index": "0"})}, folder="fw/"),
        lambda image: zipped({"app.signed.bin": image, "readme.txt": b"x"}),
        lambda image: hexed((0x82000, image)),
        lambda image: BOOT + image,
        lambda image: image.ljust(90_000, b"\xff"),
        lambda image: image.ljust(0x8000, b"\xff") + image,
    ],
)
async def test_one_image_however_it_comes(clock: Clock, make: Callable[[bytes], bytes]) -> None:
    image = build_image("1.4.2", 20_000)
    scene = Scene(small())
    file = classify(make(image), "firmware")
    verdict = await scene.do(job(file))
    assert verdict.outcome is Outcome.UPDATED
    assert verdict.parts[0].running is not None
    assert verdict.parts[0].running.version == "1.4.2"
    assert scene.track.upload is not None
    assert scene.track.upload.total == len(image), "nothing but the image is sent"
    await scene.close()


async def test_of_a_pair_that_is_sent_which_can_run(clock: Clock) -> None:
    scene = Scene(small("direct-xip-pair"))
    layout = scene.device.store.layout
    for version in ("1.5.0", "1.6.0"):
        first, second = (
            build_image(version, 20_000, flags=0x100, load_address=layout.address(slot))
            for slot in (0, 1)
        )
        file = classify(in_place(first, second), "dfu_application.zip")
        verdict = await scene.do(job(file))
        assert verdict.outcome is Outcome.UPDATED, verdict
        assert scene.track.plan is not None
        assert scene.track.plan.action is Action.UPLOAD
    await scene.close()


async def test_what_is_left_out_of_the_file_stands_in_the_plan(clock: Clock) -> None:
    scene = Scene(small())
    image = build_image("1.4.2", 20_000)
    files = {"app.bin": (image, {}), "mcuboot.bin": (b"x", {"type": "mcuboot"})}
    await scene.do(job(classify(package(files), "dfu_application.zip")))
    assert scene.track.plan is not None
    (note,) = [it.text for it in scene.track.plan.checks if it.text.code == "file-note"]
    assert note == "mcuboot.bin is for the bootloader itself and is left out"
    await scene.close()
