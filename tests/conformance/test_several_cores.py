"""Two cores as devices have them: one whose image is never listed, one that confirms itself, one
that may be confirmed; images that need each other at the moment in which they are started."""

from __future__ import annotations

import pytest

from smp.image import McubootImage
from smp.simulator import Mode as Bootloader
from smp.simulator.bootloader import Action as Deed
from smp.update.events import PlanMade, UploadBegan
from smp.update.job import Job
from smp.update.plan import Mode
from smp.update.verdict import Ending, ExitStatus, Fate, Outcome
from tests.helpers import images
from tests.helpers.two_cores import (
    APP,
    NET,
    MakeScene,
    assert_both_run,
    both,
    entries,
    fates,
    versions,
)
from tests.helpers.updating import SMALL, Scene, new_image

# -- a core whose image is never listed -----------------------------------------------------------

TAKEN = (
    "Image 1: The restart took 1.4.0 out of its slot, to put it in place or because it was "
    "refused, and the device lists nothing that runs as image 1. 2.1.0 runs as image 0"
)


async def assert_only_the_core_is_doubtful(scene: Scene) -> None:
    verdict = await scene.do(both())
    assert (verdict.outcome, verdict.ending) == (Outcome.UNKNOWN, Ending.CORE_NOT_LISTED)
    assert verdict.headline == (
        "Unknown: the device does not tell what runs as image 1; image 0 runs 2.1.0"
    )
    assert verdict.reason == TAKEN
    assert verdict.next_step.startswith("Check in the product itself that it works")
    assert versions(verdict) == [None, "2.1.0"]
    (app,) = (entry for entry in await entries(scene, 0) if entry.active)
    assert (app.hash, app.confirmed) == (APP.hash, True), "it is kept beside what was started"
    assert not await entries(scene, 1)


async def test_what_no_list_shows_is_not_said_to_run(stage: MakeScene) -> None:
    """As on the nRF5340, whose network core runs from a flash of its own."""
    scene = stage(mode=Bootloader.OVERWRITE_ONLY, lists_cores=False)
    await assert_only_the_core_is_doubtful(scene)
    told = {check.text for check in scene.told(PlanMade)[-1].plan.checks}
    assert "Image 1: The device lists no image 1 that runs: there is none to go back to" in told
    running = scene.device.store.read_info(2)
    assert running.hash == NET.hash
    assert len(scene.device.history) == 2
    # Nobody can tell that it is there: it is sent again, and the application is not.
    await assert_only_the_core_is_doubtful(scene)
    assert [event.number for event in scene.told(UploadBegan)] == [1]


SAYS_SO = {"mode": Bootloader.OVERWRITE_ONLY, "lists_cores": False, "boot_log": True}


async def test_the_bootloaders_own_words_show_that_it_was_put_in_place(stage: MakeScene) -> None:
    scene = stage(**SAYS_SO)
    verdict = await scene.do(both())
    assert (verdict.outcome, verdict.ending) == (Outcome.UPDATED, Ending.CORE_NOT_LISTED)
    assert verdict.exit_status is ExitStatus.OK
    assert verdict.headline == ("Running 2.1.0, confirmed; 1.4.0 was put in place as image 1")
    assert "so that 1.4.0 was not seen there" in verdict.reason
    assert "Its bootloader said that it copied it into place" in verdict.reason
    assert verdict.next_step.startswith("Check in the product itself")
    assert fates(verdict) == [Fate.TAKEN_OUT, Fate.RUNS]
    assert versions(verdict) == [None, "2.1.0"]
    alone = await scene.do(Job.of(NET, number=1, consent=True))
    assert (alone.outcome, alone.headline) == (
        Outcome.UPDATED,
        "1.4.0 was put in place as image 1",
    )


async def test_an_application_that_needs_it_shows_that_it_was_put_in_place(
    stage: MakeScene,
) -> None:
    """The bootloader starts none without the other, and says nothing."""
    scene = stage(mode=Bootloader.OVERWRITE_ONLY, lists_cores=False)
    verdict = await scene.do(both(app=NEEDY))
    assert (verdict.outcome, verdict.ending) == (Outcome.UPDATED, Ending.CORE_NOT_LISTED)
    assert "does not start that without it" in verdict.reason
    # Alone, nothing shows it: the application ran before.
    again = await scene.do(both(app=NEEDY))
    assert (again.outcome, again.exit_status) == (Outcome.UNKNOWN, ExitStatus.UNKNOWN)


async def test_a_plan_says_beforehand_that_it_will_hardly_show(stage: MakeScene) -> None:
    scene = stage(mode=Bootloader.OVERWRITE_ONLY, lists_cores=False)
    await scene.do(both())
    net, app = scene.told(PlanMade)[-1].plan.parts
    assert "core-stays-unlisted" in [check.text.code for check in net.checks]
    assert "core-stays-unlisted" not in [check.text.code for check in app.checks]
    listed = stage()
    await listed.do(both())
    told = listed.told(PlanMade)[-1].plan.checks
    assert "core-stays-unlisted" not in [check.text.code for check in told]


async def test_alone_it_is_not_said_to_run_either(stage: MakeScene) -> None:
    scene = stage(mode=Bootloader.OVERWRITE_ONLY, lists_cores=False)
    verdict = await scene.do(Job.of(NET, number=1, consent=True))
    assert (verdict.outcome, verdict.ending) == (Outcome.UNKNOWN, Ending.CORE_NOT_LISTED)
    assert verdict.headline == "Unknown: the device does not tell what runs as image 1"


@pytest.mark.parametrize("log", [True, False], ids=["it says so", "it is silent"])
async def test_one_that_the_bootloader_refuses(stage: MakeScene, log: bool) -> None:
    scene = stage(mode=Bootloader.OVERWRITE_ONLY, lists_cores=False, boot_log=log)
    stranger = new_image("1.4.0", 8_000, planted_hash=b"w" * 32)
    object.__setattr__(stranger, "hash_check", NET.hash_check)
    verdict = await scene.do(both(net=stranger))
    assert not verdict.is_good
    if log:
        assert verdict.ending is Ending.REFUSED_AT_BOOT
        assert verdict.headline == "Updated in part: image 0 runs 2.1.0"
        assert "Image 1: The bootloader refused the new image" in verdict.reason
    else:
        assert verdict.ending is Ending.CORE_NOT_LISTED, "nothing shows which of the two it was"


async def test_one_that_waits_when_the_restart_is_not_done(stage: MakeScene) -> None:
    """It lies in its slot, so it was not taken out."""
    scene = stage(mode=Bootloader.OVERWRITE_ONLY, lists_cores=False)

    async def agree(**more: object) -> bool:
        return True

    scene.client.reset = agree  # type: ignore[method-assign, assignment]
    verdict = await scene.do(both())
    assert verdict.ending is not Ending.CORE_NOT_LISTED
    assert fates(verdict) == [Fate.WAITS, Fate.WAITS]


# -- who confirms it ------------------------------------------------------------------------------


async def test_a_core_that_confirms_itself_needs_no_word(stage: MakeScene) -> None:
    scene = stage()
    net = new_image("1.4.0", 8_000, words="self-confirm")
    verdict = await scene.do(both(net=net, mode=Mode.TEST))
    assert verdict.headline == (
        "Running 1.4.0 as image 1, confirmed, and 2.1.0 as image 0, as a test"
    )
    assert (await scene.do(both(net=net))).is_good


async def test_one_alone_that_nobody_confirms(stage: MakeScene) -> None:
    scene = stage()
    await scene.do(Job.of(NET, Mode.TEST, number=1))
    verdict = await scene.do(Job.of(NET, number=1))
    assert verdict.ending is Ending.NOT_CONFIRMED
    assert verdict.headline == "Image 1 runs 1.4.0, not confirmed"
    assert verdict.reason.endswith("Without that the next restart returns it to the old image")


async def test_where_the_device_lets_it_be_confirmed_each_is_by_its_hash(stage: MakeScene) -> None:
    scene = stage(confirms_cores=True)
    assert (await scene.do(both(mode=Mode.TEST))).outcome is Outcome.UPDATED
    verdict = await scene.do(both())
    assert verdict.ending is Ending.CONFIRMED_ONLY
    await assert_both_run(scene)


# -- images that need each other ------------------------------------------------------------------

NEEDY = McubootImage.from_bytes(images.image("2.1.0", SMALL, "-d", "(1, 1.4.0)", key=None))


@pytest.mark.parametrize("mode", [Bootloader.SWAP_MOVE, Bootloader.OVERWRITE_ONLY])
async def test_they_start_together(stage: MakeScene, mode: Bootloader) -> None:
    scene = stage(mode=mode)
    verdict = await scene.do(both(app=NEEDY))
    assert verdict.is_good, verdict


@pytest.mark.parametrize("mode", [Bootloader.SWAP_MOVE, Bootloader.OVERWRITE_ONLY])
async def test_a_bootloader_starts_none_where_one_is_missing(
    stage: MakeScene, mode: Bootloader
) -> None:
    """What the network core runs is not listed, so that nobody could know before."""
    scene = stage(mode=mode, lists_cores=False, boot_log=True)
    verdict = await scene.do(Job.of(NEEDY, consent=True))
    told = {check.text for check in scene.told(PlanMade)[-1].plan.checks}
    assert "Needs image 1 in version 1.4.0 or newer; the device lists no image 1" in told
    assert scene.device.history[-1].report is not None
    assert [deed.action for deed in scene.device.history[-1].report.deeds] == [Deed.UNMET]
    assert (verdict.outcome, verdict.ending) == (Outcome.NOT_UPDATED, Ending.NOT_SWAPPED)
    assert "2.1.0 starts only beside image 1 in version 1.4.0 or newer" in verdict.reason
    assert verdict.next_step == ("Use the package that holds both images, or update image 1 first")
    # With the network core's image it is started.
    verdict = await scene.do(both(app=NEEDY))
    assert (verdict.outcome, verdict.ending) == (Outcome.UPDATED, Ending.CORE_NOT_LISTED)
    assert "Running 2.1.0" in verdict.headline
