"""Files that are built for one of their two slots: which one of a pair is sent, and one that could
not run where it would go."""

from __future__ import annotations

import pytest

from smp.commands.image import ImageEntry
from smp.commands.os import BootloaderMode
from smp.image import FilePart
from smp.survey import DeviceFacts
from smp.text import Coded
from smp.update import plan as plans
from smp.update.job import Job, parts_of
from smp.update.plan import Action, Mode, Plan, Tone
from smp.update.seen import Seen
from tests.helpers.planning import OLD, device, entry, make_plan, recovery, slots
from tests.helpers.updating import new_image

ROM_FIXED = 0x100
BASE, SIZE = 0xC000, 0x40000


def built(slot: int, version: str = "1.4.2") -> FilePart:
    image = new_image(version, 5_000, flags=ROM_FIXED, load_address=BASE + slot * SIZE)
    return FilePart(image, 0, slot)


FIRST, SECOND = built(0), built(1)
XIP, XIP_REVERT = BootloaderMode.DIRECT_XIP, BootloaderMode.DIRECT_XIP_REVERT
IN_SECOND = (entry(slot=1, active=True, confirmed=True),)


def pair(facts: DeviceFacts, *parts: FilePart, **more: object) -> Plan:
    job = Job(parts_of(parts or (FIRST, SECOND)), **more)  # type: ignore[arg-type]
    return plans.make_plan(facts, job)


def said(plan: Plan) -> list[tuple[str, Tone]]:
    return [(it.text.code, it.tone) for it in plan.checks if it.text.code.startswith("pair-")]


@pytest.mark.parametrize("mode", [XIP, XIP_REVERT])
@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize(("entries", "sent"), [((entry(),), SECOND), (IN_SECOND, FIRST)])
def test_the_file_for_the_free_slot_is_sent(
    mode: BootloaderMode, swapped: bool, entries: tuple[ImageEntry, ...], sent: FilePart
) -> None:
    parts = (SECOND, FIRST) if swapped else (FIRST, SECOND)
    plan = pair(device(*entries, mode=mode), *parts)
    assert plan.obstacle is None
    assert [part.file_image for part in plan.parts] == [sent.image]
    assert plan.last.slot == sent.slot
    assert said(plan) == [("pair-file-for-free-slot", Tone.OK)]


@pytest.mark.parametrize(
    "facts",
    [
        device(),
        device(mode=BootloaderMode.SWAP_OFFSET),
        device(mode=BootloaderMode.OVERWRITE_ONLY),
        recovery(entry()),
    ],
)
def test_where_images_run_from_the_first_slot_its_file_is_sent(facts: DeviceFacts) -> None:
    plan = pair(facts)
    assert plan.obstacle is None
    assert plan.last.file_image is FIRST.image
    assert said(plan) == [("pair-file-for-first-slot", Tone.OK)]


@pytest.mark.parametrize("mode", [None, BootloaderMode.UNKNOWN])
def test_where_no_mode_is_told_a_pair_says_that_images_run_in_place(
    mode: BootloaderMode | None,
) -> None:
    plan = pair(device(mode=mode))
    assert plan.last.file_image is SECOND.image
    assert said(plan) == [("pair-file-guessed", Tone.WARN)]
    assert pair(device(*IN_SECOND, mode=mode)).last.file_image is FIRST.image


@pytest.mark.parametrize("runs", [FIRST, SECOND])
def test_what_runs_already_is_not_sent_to_the_other_slot(runs: FilePart) -> None:
    slot = runs.slot or 0
    here = entry("1.4.2", slot, hash=runs.image.hash, active=True, confirmed=True)
    plan = pair(device(here, mode=XIP_REVERT))
    assert plan.action is Action.NOTHING
    assert said(plan) == [("pair-file-runs", Tone.NEUTRAL)]


def test_the_file_that_waits_in_the_free_slot_is_only_marked() -> None:
    waits = entry("1.4.2", 1, hash=SECOND.image.hash)
    plan = pair(device(entry(), waits, mode=XIP_REVERT))
    assert (plan.action, plan.last.file_image) == (Action.MARK, SECOND.image)


def test_a_pair_beside_another_image() -> None:
    other = FilePart(new_image("1.0.0", 4_000), 1)
    facts = device(entry(), entry("0.9.0", image=1, hash=b"n" * 32), mode=XIP)
    plan = pair(facts, FIRST, SECOND, other)
    assert [(part.number, part.file_image) for part in plan.parts] == [
        (1, other.image),
        (0, SECOND.image),
    ]
    assert plan.obstacle is not None
    assert plan.obstacle.what.code == "several-images-at-once"


# -- one file alone -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entries", "file", "is_refused"),
    [
        ((entry(),), FIRST, True),
        ((entry(),), SECOND, False),
        (IN_SECOND, FIRST, False),
        (IN_SECOND, SECOND, True),
    ],
)
def test_a_file_for_the_slot_that_runs_is_refused(
    entries: tuple[ImageEntry, ...], file: FilePart, is_refused: bool
) -> None:
    plan = pair(device(*entries, mode=XIP), file)
    found = plan.obstacle
    assert (found is not None) == is_refused
    codes = {check.text.code for check in plan.checks if isinstance(check.text, Coded)}
    assert "runs-where-it-lies" not in codes, "the file tells which slot it is built for"
    if found is not None:
        assert found.what.code == "file-for-running-slot"
        assert f"slot {file.slot}" in found.what
        assert f"slot {1 - (file.slot or 0)}" in found.next_step


@pytest.mark.parametrize(("address", "is_refused"), [(BASE, True), (BASE + SIZE, False)])
def test_an_address_tells_the_slot_where_the_running_image_was_built_for_it(
    address: int, is_refused: bool
) -> None:
    def memory(digest: bytes) -> Seen | None:
        return Seen(address=BASE) if digest == OLD else None

    image = new_image("1.4.2", 5_000, flags=ROM_FIXED, load_address=address)
    facts = device(mode=XIP)
    found = make_plan(facts, image, memory=memory).obstacle
    assert (found is not None and found.what.code == "file-for-running-slot") == is_refused
    assert make_plan(facts, image).obstacle is None, "nobody has seen what runs"


@pytest.mark.parametrize(("file", "is_refused"), [(FIRST, False), (SECOND, True)])
@pytest.mark.parametrize("facts", [device(), recovery(entry())])
def test_a_file_for_the_second_slot_does_not_run_from_the_first(
    facts: DeviceFacts, file: FilePart, is_refused: bool
) -> None:
    found = pair(facts, file).obstacle
    assert (found.what.code if found else None) == (
        "file-for-other-slot" if is_refused and not facts.in_recovery else None
    )


@pytest.mark.parametrize("mode", [None, BootloaderMode.UNKNOWN])
def test_without_a_mode_no_file_is_for_the_wrong_slot(mode: BootloaderMode | None) -> None:
    assert pair(device(mode=mode), FIRST).obstacle is None


# -- the only slot --------------------------------------------------------------------------------


def test_firmware_in_the_only_slot_cannot_replace_itself_but_its_bootloader_can() -> None:
    one = slots(400_000)
    made = make_plan(device(mode=BootloaderMode.SINGLE_SLOT, slots=one), FIRST.image)
    assert made.obstacle is None
    assert made.enters_recovery
    assert [it.code for it in made.consents] == ["restarts-into-recovery", "no-way-back-recovery"]


@pytest.mark.parametrize(
    "facts",
    [
        recovery(entry(), slots=slots(400_000)),
        device(mode=BootloaderMode.SINGLE_SLOT, slots=slots(400_000, 400_000)),
        device(entry(), entry("1.0.0", 1), mode=BootloaderMode.SINGLE_SLOT),
        device(mode=BootloaderMode.SINGLE_SLOT_RAM_LOAD, slots=slots(400_000)),
    ],
)
def test_its_bootloader_and_a_second_slot_can(facts: DeviceFacts) -> None:
    made = make_plan(facts, FIRST.image)
    assert made.obstacle is None
    assert not made.enters_recovery


# -- a trailer in the file ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "is_confirmed", "is_sent"),
    [
        (Mode.CONFIRM, False, True),
        (Mode.CONFIRM, True, False),
        (Mode.TEST, True, False),
        (Mode.PERMANENT, True, True),
    ],
)
def test_a_trailer_that_confirms_the_image_would_end_its_test(
    mode: Mode, is_confirmed: bool, is_sent: bool
) -> None:
    from smp.image import McubootImage
    from smp.simulator import build_image, pad_image

    padded = pad_image(build_image("1.4.2", 5_000), 0x8000, confirmed=is_confirmed)
    image = McubootImage.from_bytes(padded)
    plan = make_plan(device(mode=XIP_REVERT), image, mode)
    assert len(plan.last.data) == (0x8000 if is_sent else len(image.unpadded()))
