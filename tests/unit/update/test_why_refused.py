"""What a bootloader is said to have against an image: what was found in the file, before what is
most often the reason; and what is said of a file by a hash, which covers no signature."""

from __future__ import annotations

import pytest

from smp.commands.image import ImageState
from smp.commands.os import BootloaderMode
from smp.image import McubootImage
from smp.simulator import build_image
from smp.simulator.keys import demo_key
from smp.simulator.store import Flags
from smp.update.boot_log import BootLog
from smp.update.endings import good, loader, nothing_runs, other_image, why_refused
from smp.update.plan import ImagePlan
from smp.update.verdict import Running
from tests.helpers.planning import OLD, device, entry, make_plan

KEY = demo_key()
WAS = Running("1.3.0", OLD, True)
RAM = {"flags": Flags.RAM_LOAD, "load_address": 0x2000_8000}
UNSIGNED, OF_KEY, FOR_RAM = "not signed", "signed with a key", "Built to run from RAM"


def part(mode: BootloaderMode = BootloaderMode.SWAP_MOVE, **build: object) -> ImagePlan:
    image = McubootImage.from_bytes(build_image("1.4.2", 20_000, **build))  # type: ignore[arg-type]
    return make_plan(device(mode=mode), image).last


@pytest.mark.parametrize(
    ("made", "said", "unsaid", "step"),
    [
        (part(**RAM), FOR_RAM, UNSIGNED, "built for this device"),
        (part(**RAM, key=KEY), FOR_RAM, OF_KEY, "built for this device"),
        (part(BootloaderMode.FIRMWARE_LOADER, **RAM), FOR_RAM, UNSIGNED, "built for this device"),
        (part(BootloaderMode.RAM_LOAD, **RAM), UNSIGNED, FOR_RAM, "signed for this device"),
        (part(BootloaderMode.RAM_LOAD), "Not built to run from RAM", UNSIGNED, "built for"),
        (part(), UNSIGNED, "found", "signed for this device"),
        (part(key=KEY), OF_KEY, "found", "signed for this device"),
    ],
)
def test_what_was_found_comes_before_what_is_usual(
    made: ImagePlan, said: str, unsaid: str, step: str
) -> None:
    told = why_refused.reason(made)
    assert said in told
    assert unsaid not in told
    assert step in why_refused.step(made)


def test_where_images_run_in_place_it_may_be_the_file_of_the_other_slot() -> None:
    for made in (part(), part(key=KEY)):
        assert "built for another slot" in why_refused.reason(made, in_place=True)
        assert "another slot" not in why_refused.reason(made)


def test_every_ending_of_a_refusal_says_it() -> None:
    made, log = part(**RAM), BootLog()
    nobody = ImageState((), has_flags=False)
    for verdict in (
        other_image.refused(made, log, WAS, WAS),
        loader.not_run(made, entry("1.4.2", hash=made.file_image.hash), log, WAS),
        nothing_runs.in_recovery(made, nobody, WAS),
    ):
        assert FOR_RAM in verdict.reason
        assert UNSIGNED not in verdict.reason
        assert "built" in verdict.next_step


def test_an_image_that_was_there_is_called_the_same_and_not_this_file() -> None:
    """Signed anew it has the same hash: what lies behind that is not known."""
    once, anew = part(key=KEY), part()
    assert once.file_image.hash == anew.file_image.hash
    assert once.data != anew.data
    listed = entry("1.4.2", hash=anew.file_image.hash)
    for verdict in (
        good.already_running(anew, listed, 5.0, WAS),
        good.proven(anew, listed, WAS, was_sent=False),
        loader.started(anew, WAS, was_sent=False),
    ):
        assert "this file" not in verdict.reason.replace("same image as in this file", "")
        assert anew.file_image.hash.hex()[:16] in verdict.reason
        assert "its signature, a device does not tell" in verdict.reason
    assert "the active image is this file" in good.proven(anew, listed, WAS).reason
