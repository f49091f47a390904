"""Whether an image fits, from what device and file tell: with both numbers, before any byte."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smp.commands.os import BootloaderMode
from smp.image import McubootImage
from smp.update.plan import Action, Plan, Tone
from tests.helpers import images
from tests.helpers.planning import device, entry, found, make_plan, recovery, says, slots

IMAGE = McubootImage.from_bytes(images.image("1.4.2", 150_000, key=None))
SIZE = IMAGE.size
PACKED = McubootImage.from_bytes(images.signed(b"firmware" * 20_000, "--compression", "lzma2"))
UNPACKED = PACKED.installed_size or 0
SMALL, LARGE = 131_072, 524_288
SWAPS = [
    BootloaderMode.SWAP_SCRATCH,
    BootloaderMode.SWAP_MOVE,
    BootloaderMode.SWAP_OFFSET,
    BootloaderMode.OVERWRITE_ONLY,
]
IN_PLACE = [
    BootloaderMode.DIRECT_XIP,
    BootloaderMode.DIRECT_XIP_REVERT,
    BootloaderMode.RAM_LOAD,
]


def refused(made: Plan) -> str:
    """Why it is too large; empty if it is not."""
    if made.obstacle is None:
        return ""
    assert made.obstacle.what == "The image is too large for this device"
    return made.obstacle.why


@pytest.mark.parametrize("mode", SWAPS)
@pytest.mark.parametrize(("sizes", "tight"), [((SMALL, LARGE), 0), ((LARGE, SMALL), 1)])
def test_a_bootloader_that_swaps_or_copies_needs_room_in_both_slots(
    mode: BootloaderMode, sizes: tuple[int, int], tight: int
) -> None:
    made = make_plan(device(mode=mode, slots=slots(*sizes)), IMAGE)
    assert refused(made) == f"It has {SIZE:,} bytes, and slot {tight} takes 131,072"
    line = found(made, "Too large")
    assert line.tone is Tone.BAD
    assert line.text == f"Too large: {SIZE / 1000:,.1f} kB, and slot {tight} takes 131.1 kB"
    good = make_plan(device(mode=mode, slots=slots(LARGE, LARGE)), IMAGE)
    assert not refused(good)
    assert found(good, "Fits: ").tone is Tone.OK


@pytest.mark.parametrize("mode", IN_PLACE)
@pytest.mark.parametrize("active", [0, 1])
def test_one_that_runs_images_where_they_lie_needs_it_in_the_free_slot_only(
    mode: BootloaderMode, active: int
) -> None:
    runs = entry(slot=active, active=True, confirmed=True)
    roomy = (SMALL, LARGE) if active == 0 else (LARGE, SMALL)
    assert not refused(make_plan(device(runs, mode=mode, slots=slots(*roomy)), IMAGE))
    made = make_plan(device(runs, mode=mode, slots=slots(*reversed(roomy))), IMAGE)
    assert refused(made).endswith(f"slot {1 - active} takes 131,072")


@pytest.mark.parametrize(
    "mode", [BootloaderMode.SINGLE_SLOT, BootloaderMode.SINGLE_SLOT_RAM_LOAD, None]
)
def test_where_there_is_one_slot_it_counts(mode: BootloaderMode | None) -> None:
    def of(*sizes: int) -> Plan:
        if mode is None:
            return make_plan(recovery(entry(), slots=slots(*sizes)), IMAGE)
        return make_plan(device(mode=mode, slots=slots(*sizes)), IMAGE)

    assert refused(of(SMALL, LARGE)).endswith("slot 0 takes 131,072")
    assert not refused(of(LARGE, SMALL))
    assert of(LARGE).obstacle is None


@pytest.mark.parametrize("mode", [None, BootloaderMode.UNKNOWN])
def test_a_mode_that_is_not_told_forbids_only_what_is_certain(mode: BootloaderMode | None) -> None:
    doubtful = make_plan(device(mode=mode, slots=slots(SMALL, LARGE)), IMAGE)
    assert not refused(doubtful)
    line = found(doubtful, "May be too large")
    assert line.tone is Tone.WARN
    assert "slot 0 takes 131.1 kB" in line.text
    certain = make_plan(device(mode=mode, slots=slots(LARGE, SMALL)), IMAGE)
    assert refused(certain).endswith("slot 1 takes 131,072")
    fits = make_plan(device(mode=mode, slots=slots(LARGE, LARGE)), IMAGE)
    assert found(fits, "Fits").tone is Tone.OK


def test_what_the_device_calls_its_largest_image_counts_beside_its_slots() -> None:
    def of(largest: int, *sizes: int) -> Plan:
        return make_plan(device(slots=slots(*sizes, largest=largest)), IMAGE)

    assert refused(of(SIZE - 1, LARGE, LARGE)).endswith(f"the device takes {SIZE - 1:,}")
    assert found(of(SIZE, SIZE, SIZE), "Fits").tone is Tone.OK
    assert refused(of(LARGE, SMALL, LARGE)).endswith("slot 0 takes 131,072")


@pytest.mark.parametrize(
    ("mode", "spare", "tone"),
    [
        (BootloaderMode.SWAP_SCRATCH, 4095, Tone.WARN),
        (BootloaderMode.SWAP_SCRATCH, 4096, Tone.OK),
        (BootloaderMode.SWAP_MOVE, 8191, Tone.WARN),
        (BootloaderMode.SWAP_MOVE, 8192, Tone.OK),
        (BootloaderMode.SWAP_OFFSET, 8191, Tone.WARN),
    ],
)
def test_the_bootloader_keeps_some_of_a_slot(mode: BootloaderMode, spare: int, tone: Tone) -> None:
    made = make_plan(device(mode=mode, slots=slots(LARGE, SIZE + spare)), IMAGE)
    assert not refused(made)
    assert found(made, "it: " if tone is Tone.WARN else "Fits: ").tone is tone


def test_numbers_that_look_alike_are_told_to_the_byte() -> None:
    made = make_plan(device(slots=slots(SIZE - 1, LARGE)), IMAGE)
    assert found(made, "Too large").text == (
        f"Too large: {SIZE:,} bytes, and slot 0 takes {SIZE - 1:,}"
    )


def test_a_padded_file_that_is_sent_whole_brings_its_trailer_along() -> None:
    padded = McubootImage.from_bytes(images.image("1.4.2", 4096, "--pad", slot_size=0x8000))
    facts = device(mode=BootloaderMode.DIRECT_XIP_REVERT, slots=slots(0x8000, 0x8000))
    assert found(make_plan(facts, padded), "Fits").tone is Tone.OK


# -- compressed -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sizes", "why"),
    [
        ((UNPACKED, PACKED.size), ""),
        (
            (UNPACKED - 1, LARGE),
            f"It has {UNPACKED:,} bytes unpacked, and slot 0 takes {UNPACKED - 1:,}",
        ),
        (
            (LARGE, PACKED.size - 1),
            f"It has {PACKED.size:,} bytes packed, and slot 1 takes {PACKED.size - 1:,}",
        ),
    ],
    ids=["exact", "unpacked", "packed"],
)
def test_a_compressed_image_fits_packed_and_unpacked(sizes: tuple[int, int], why: str) -> None:
    facts = device(mode=BootloaderMode.OVERWRITE_ONLY, slots=slots(*sizes))
    made = make_plan(facts, PACKED)
    assert refused(made) == why
    assert sum("packed, and slot" in check.text for check in made.checks) == 2


def test_a_compressed_image_that_does_not_tell_its_size_is_warned_of() -> None:
    silent = replace(PACKED, protected_tlvs=())
    facts = device(mode=BootloaderMode.OVERWRITE_ONLY, slots=slots(LARGE, LARGE))
    assert says(facts, silent, "unpacked")[0] is Tone.WARN
    assert not refused(make_plan(facts, silent))


def test_a_compressed_image_is_known_by_what_it_becomes() -> None:
    """Slot 0 lists the hash of what was unpacked; that is this file, and nothing has to be sent."""
    packed_hash, unpacked_hash = PACKED.hashes
    mode = BootloaderMode.OVERWRITE_ONLY
    for digest in (packed_hash, unpacked_hash):
        made = make_plan(device(entry("1.0.0", hash=digest), mode=mode), PACKED)
        assert made.action is Action.NOTHING
    waits = entry("1.0.0", 1, hash=packed_hash, pending=True)
    assert make_plan(device(entry(), waits, mode=mode), PACKED).action is Action.RESTART
    # The same build without compression lies there: this file would have to be sent to be marked.
    plain = entry("1.0.0", 1, hash=unpacked_hash)
    assert make_plan(device(entry(), plain, mode=mode), PACKED).action is Action.UPLOAD
    again = device(entry("1.0.0", hash=unpacked_hash), waits, mode=mode)
    assert make_plan(again, PACKED).action is Action.NOTHING
    twin = entry("1.0.0", 1, hash=unpacked_hash, pending=True)
    assert make_plan(device(entry("1.0.0", hash=unpacked_hash), twin), PACKED).action is (
        Action.NOTHING
    )
    texts = [check.text for check in make_plan(device(entry(), twin, mode=mode), PACKED).checks]
    assert not any("Replaces" in text for text in texts)
    other = entry("9.9.9", 1, hash=b"another".ljust(32), pending=True)
    challenged = device(entry("1.0.0", hash=unpacked_hash), other, mode=mode)
    assert make_plan(challenged, PACKED).action is Action.CLEAR


# -- what is not told -----------------------------------------------------------------------------


def test_slot_sizes_that_are_not_told_are_warned_of() -> None:
    for facts in (device(), device(slots=slots(None, None)), recovery(entry())):
        tone, text = says(facts, IMAGE, "Takes")
        assert tone is Tone.WARN
        assert f"{SIZE / 1000:,.1f} kB" in text
        assert "does not tell its slot sizes" in text


@pytest.mark.parametrize(("sizes", "missing"), [((LARGE, None), 1), ((None, LARGE), 0)])
def test_one_size_that_is_not_told_is_named(sizes: tuple[int | None, ...], missing: int) -> None:
    tone, text = says(device(slots=slots(*sizes)), IMAGE, "does not tell the size")
    assert tone is Tone.WARN
    assert text.endswith(f"slot {missing}")
    in_place = device(mode=BootloaderMode.DIRECT_XIP, slots=slots(None, LARGE))
    assert found(make_plan(in_place, IMAGE), "Fits").tone is Tone.OK
    assert not any("size of" in check.text for check in make_plan(in_place, IMAGE).checks)


def test_what_lies_there_already_is_only_held_against_the_slot_it_will_run_from() -> None:
    there = entry("1.4.2", 1, hash=IMAGE.hash)
    assert refused(make_plan(device(entry(), there, slots=slots(SMALL, LARGE)), IMAGE))
    made = make_plan(device(entry(), there, slots=slots(LARGE, 10)), IMAGE)
    assert made.action is Action.MARK
    assert not refused(made)


def test_what_runs_already_has_its_place() -> None:
    facts = device(entry("1.4.2", hash=IMAGE.hash), slots=slots(10, 10))
    made = make_plan(facts, IMAGE)
    assert made.obstacle is None
    assert not any("kB" in check.text for check in made.checks)


def test_sizes_belong_to_the_image_number() -> None:
    sizes = slots(SMALL, LARGE) + slots(LARGE, SMALL, image=1)
    facts = device(entry(), entry(image=1), slots=sizes)
    made = make_plan(facts, IMAGE, number=1)
    assert refused(made).endswith("slot 1 of image 1 takes 131,072")
    assert refused(make_plan(facts, IMAGE)).endswith("and slot 0 takes 131,072")
