"""An update of several images that failed for one of them: what each core runs, and no comfort that
only one of them gives."""

from __future__ import annotations

import pytest

from smp.image import McubootImage
from smp.simulator import Mode as Bootloader
from smp.update.job import Job
from smp.update.verdict import Ending, Outcome
from tests.helpers.two_cores import APP, NET, MakeScene, both
from tests.helpers.updating import new_image


def stranger(version: str, size: int) -> McubootImage:
    """An image that no bootloader starts, which nobody can see beforehand."""
    image = new_image(version, size, planted_hash=version.encode().ljust(32, b"w"))
    object.__setattr__(image, "hash_check", NET.hash_check)
    return image


REFUSED_NET, REFUSED_APP = stranger("1.4.0", 8_000), stranger("2.1.0", 20_000)
FALLS = new_image("2.1.0", words="crash 4000")


@pytest.mark.parametrize(
    ("job", "headline", "said"),
    [
        (
            both(net=REFUSED_NET),
            "Updated in part: image 1 still runs 1.3.0 and image 0 runs 2.1.0",
            "2.1.0 as image 0 now runs beside 1.3.0 as image 1",
        ),
        (
            both(app=REFUSED_APP),
            "Updated in part: image 1 runs 1.4.0 and image 0 still runs 1.3.0",
            "1.4.0 as image 1 now runs beside 1.3.0 as image 0",
        ),
        (
            both(app=FALLS),
            "Updated in part: image 1 runs 1.4.0 and image 0 still runs 1.3.0",
            "1.4.0 as image 1 now runs beside 1.3.0 as image 0",
        ),
    ],
    ids=["network core refused", "application refused", "application falls over"],
)
async def test_images_of_two_updates_are_not_called_safe(
    stage: MakeScene, job: Job, headline: str, said: str
) -> None:
    verdict = await stage().do(job)
    assert verdict.outcome is Outcome.NOT_UPDATED
    assert verdict.headline == headline
    assert said in verdict.reason
    assert "may not work with each other" in verdict.reason
    assert "safe" not in verdict.reason
    assert "Check whether the device works meanwhile" in verdict.next_step
    assert "with the file from before" in verdict.next_step


async def test_a_core_that_is_not_listed_is_not_called_safe(stage: MakeScene) -> None:
    scene = stage(mode=Bootloader.OVERWRITE_ONLY, lists_cores=False, boot_log=True)
    verdict = await scene.do(both(net=REFUSED_NET))
    assert verdict.headline == "Updated in part: image 0 runs 2.1.0"
    assert "beside what runs as image 1" in verdict.reason
    assert "safe" not in verdict.reason


async def test_what_ran_before_was_not_updated_in_part(stage: MakeScene) -> None:
    scene = stage()
    await scene.do(both(net=REFUSED_NET))
    await scene.client.confirm(APP.hash)
    verdict = await scene.do(both(net=REFUSED_NET))
    assert verdict.headline == "Not updated: image 1 still runs 1.3.0 and image 0 runs 2.1.0"


async def test_both_refused_leaves_both_as_they_were(stage: MakeScene) -> None:
    verdict = await stage().do(both(net=REFUSED_NET, app=REFUSED_APP))
    assert verdict.headline == "Not updated: image 1 still runs 1.3.0 and image 0 still runs 1.3.0"
    assert "safe" in verdict.reason
    assert "each other" not in verdict.reason


async def test_one_alone_leaves_the_other_as_it_was(stage: MakeScene) -> None:
    verdict = await stage().do(Job.of(REFUSED_APP))
    assert verdict.ending is Ending.REFUSED_AT_BOOT
    assert verdict.reason.endswith("The device is safe")


async def test_one_alone_that_starts_what_waited_beside_it(stage: MakeScene) -> None:
    """The restart was for the application, and started the other core's image."""
    scene = stage()
    async with scene.client as client:
        await client.upload(NET.data, image=1)
        await client.mark_permanent(NET.hash)
        verdict = await scene.do(Job.of(REFUSED_APP, consent=True))
    assert "1.4.0" in verdict.reason
    assert "safe" not in verdict.reason


async def test_what_was_good_needs_no_comfort(stage: MakeScene) -> None:
    verdict = await stage().do(both())
    assert verdict.is_good
    assert APP.hash
    assert "each other" not in verdict.reason
