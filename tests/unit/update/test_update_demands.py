"""What an image demands of a device beside room: said, warned of or forbidden before any byte."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import Any

import pytest

from smp.commands.image import ImageEntry
from smp.commands.os import BootloaderMode
from smp.image import McubootImage, Tlv, TlvType, Version
from smp.survey import DeviceFacts
from smp.update import plan as plans
from smp.update.job import Job, JobPart
from smp.update.plan import Action, Tone
from smp.update.seen import Seen
from tests.helpers import images
from tests.helpers.planning import OLD, device, entry, found, make_plan, recovery, says, slots
from tests.unit.image.test_image_vectors import CODE, FIRMWARE

XIP = (BootloaderMode.DIRECT_XIP, BootloaderMode.DIRECT_XIP_REVERT)
RAM = (BootloaderMode.RAM_LOAD, BootloaderMode.SINGLE_SLOT_RAM_LOAD)
SWAP = BootloaderMode.SWAP_MOVE
NOT_TOLD = (None, BootloaderMode.UNKNOWN)


def image(*options: str, version: str = "1.4.2", payload: bytes = FIRMWARE) -> McubootImage:
    return McubootImage.from_bytes(images.signed(payload, *options, version=version))


PLAIN = image()


def lines(facts: DeviceFacts, what: McubootImage, **more: Any) -> str:
    return "\n".join(check.text for check in make_plan(facts, what, **more).checks)


# -- other images ---------------------------------------------------------------------------------

NEEDS_1 = image("-d", "(1, 2.0.0)")


def beside(version: str, **more: Any) -> DeviceFacts:
    return device(entry(), entry(version, image=1, **more))


@pytest.mark.parametrize("version", ["2.0.0", "2.0.1", "2.0.0.7", "10.0.0"])
def test_a_dependency_that_is_met_is_said(version: str) -> None:
    made = make_plan(beside(version), NEEDS_1)
    assert made.obstacle is None
    line = found(made, "Needs image 1")
    assert line.tone is Tone.OK
    assert line.text == f"Needs image 1 in version 2.0.0 or newer; the device has {version}"


@pytest.mark.parametrize("mode", [SWAP, BootloaderMode.OVERWRITE_ONLY, None])
@pytest.mark.parametrize("version", ["1.9.9", "0.0.0", "1.255.65535.9"])
def test_a_dependency_that_is_not_met_forbids(version: str, mode: BootloaderMode | None) -> None:
    """MCUboot then starts no upgrade at all."""
    facts = device(entry(), entry(version, image=1), mode=mode)
    made = make_plan(facts, NEEDS_1)
    assert made.obstacle is not None
    assert made.obstacle.what == "Image 1 on the device is too old for this file"
    assert "2.0.0" in made.obstacle.why
    assert version in made.obstacle.why
    assert made.obstacle.next_step.startswith("Update image 1 first")
    assert found(made, "Needs image 1").tone is Tone.BAD


def test_what_waits_for_the_next_restart_counts() -> None:
    """Both start at the same restart, so the bootloader looks at the one that waits."""
    waiting = entry("2.1.0", 1, image=1, pending=True, hash=b"w" * 32)
    facts = device(entry(), entry("1.0.0", image=1), waiting)
    assert make_plan(facts, NEEDS_1).obstacle is None
    older = device(entry(), entry("2.1.0", image=1), entry("1.0.0", 1, image=1, pending=True))
    assert make_plan(older, NEEDS_1).obstacle is not None
    lies = device(entry(), entry("1.0.0", image=1), entry("2.1.0", 1, image=1))
    assert make_plan(lies, NEEDS_1).obstacle is not None


@pytest.mark.parametrize(
    ("others", "words"),
    [
        ((), "the device lists no image 1"),
        ((entry("<???>", image=1),), 'calls its own "<???>"'),
        ((entry("", image=1),), "the device does not tell its own"),
    ],
)
def test_a_dependency_that_cannot_be_looked_up_is_warned_of(
    others: tuple[ImageEntry, ...], words: str
) -> None:
    made = make_plan(device(entry(), *others), NEEDS_1)
    assert made.obstacle is None
    line = found(made, "Needs image 1")
    assert line.tone is Tone.WARN
    assert words in line.text


def test_recovery_writes_whatever_else_is_there() -> None:
    made = make_plan(recovery(entry(), entry("1.0.0", image=1)), NEEDS_1)
    assert made.obstacle is None
    assert found(made, "Needs image 1").tone is Tone.WARN


def test_each_dependency_is_looked_up() -> None:
    both = image("-d", "(1, 2.0.0)(2, 3.0.0)")
    assert len(both.dependencies) == 2
    facts = device(entry(), entry("2.0.0", image=1), entry("2.9.0", image=2))
    made = make_plan(facts, both)
    assert found(made, "Needs image 1").tone is Tone.OK
    assert found(made, "Needs image 2").tone is Tone.BAD
    assert made.obstacle is not None
    assert made.obstacle.what.startswith("Image 2 ")


def test_a_file_that_depends_on_what_it_is_to_become_has_another_number() -> None:
    needs_0 = image("-d", "(0, 1.0.0)")
    facts = device(entry(), entry(image=1))
    tone, text = says(facts, needs_0, "Needs image 0")
    assert tone is Tone.WARN
    assert "another image number" in text
    assert says(facts, needs_0, "Needs image 0", number=1)[0] is Tone.OK
    assert make_plan(device(entry("0.1.0")), needs_0).obstacle is None


def test_what_runs_already_demands_nothing() -> None:
    runs = device(entry("1.4.2", hash=NEEDS_1.hash), entry("1.0.0", image=1))
    made = make_plan(runs, NEEDS_1)
    assert made.action is Action.NOTHING
    assert made.obstacle is None
    assert "Needs" not in lines(runs, NEEDS_1)


def test_an_image_that_lies_there_still_demands() -> None:
    there = entry("1.4.2", 1, hash=NEEDS_1.hash)
    made = make_plan(device(entry(), there, entry("1.0.0", image=1)), NEEDS_1)
    assert made.action is Action.MARK
    assert made.obstacle is not None


def with_manifest(*hashes: bytes, count: int | None = None) -> McubootImage:
    number = len(hashes) if count is None else count
    value = struct.pack("<II", 1, number) + b"".join(hashes)
    return replace(PLAIN, protected_tlvs=(Tlv(TlvType.MANIFEST, value),))


@pytest.mark.parametrize(
    ("hashes", "tone", "words"),
    [
        ((OLD,), Tone.OK, "another image of its package, which the device lists"),
        ((OLD, b"n" * 32), Tone.WARN, "2 other images of its package; the device lists 1 of them"),
        ((b"n" * 64,), Tone.WARN, "another image of its package; the device lists 0 of them"),
    ],
)
def test_images_of_one_package_belong_together(
    hashes: tuple[bytes, ...], tone: Tone, words: str
) -> None:
    assert with_manifest(*hashes).companions == hashes
    assert says(device(), with_manifest(*hashes), "together") == (
        tone,
        f"Starts only together with {words}",
    )


def test_what_comes_with_the_update_counts_as_there() -> None:
    network, stranger = image(version="1.5.0", payload=FIRMWARE * 2), b"n" * 32
    app = with_manifest(network.hash)
    job = Job((JobPart(network, 1), JobPart(app, 0)))
    line = found(plans.make_plan(beside("1.0.0"), job), "together")
    assert line.tone is Tone.OK
    assert line.text.code == "companions-come-too"
    lacking = replace(job, parts=(job.parts[0], JobPart(with_manifest(network.hash, stranger))))
    line = found(plans.make_plan(beside("1.0.0"), lacking), "together")
    assert (line.tone, line.text.code) == (Tone.WARN, "companions-missing")
    runs = plans.make_plan(beside("1.5.0", hash=network.hash), job)
    assert found(runs, "together").text.code == "companions-there"


@pytest.mark.parametrize(
    ("comes", "runs", "code", "held"),
    [
        ("2.0.0", "1.0.0", "needed-image-there", "after the restart the device has 2.0.0"),
        ("2.0.0+7", "2.0.0.7", "needed-image-there", "the device has 2.0.0.7"),
        ("1.9.9", "1.0.0", "needed-image-older", "after the restart the device has only 1.9.9"),
        ("1.9.9", "2.5.0", "needed-image-older", "after the restart the device has only 1.9.9"),
    ],
)
def test_a_dependency_on_another_image_of_the_update(
    comes: str, runs: str, code: str, held: str
) -> None:
    """What is there now does not matter, unless it is the same."""
    network = image(version=comes, payload=FIRMWARE * 2)
    digest = {"hash": network.hash} if "7" in runs else {}
    made = plans.make_plan(beside(runs, **digest), Job((JobPart(network, 1), JobPart(NEEDS_1, 0))))
    line = found(made, "Needs image 1")
    assert line.text.code == code
    assert line.text == f"Image 0: Needs image 1 in version 2.0.0 or newer; {held}"
    if code == "needed-image-there":
        assert made.obstacle is None
        return
    assert made.obstacle is not None
    assert made.obstacle.what.code == "needed-image-too-old-here"
    assert made.obstacle.next_step == "Use files that are made for each other"


@pytest.mark.parametrize(
    "odd",
    [
        with_manifest(OLD, count=2),
        with_manifest(OLD, count=0),
        with_manifest(b"short"),
        with_manifest(count=0xFFFFFFFF),
        replace(PLAIN, protected_tlvs=(Tlv(TlvType.MANIFEST, b"1234567"),)),
        PLAIN,
    ],
)
def test_a_manifest_that_cannot_be_read_says_nothing(odd: McubootImage) -> None:
    assert odd.companions == ()
    assert "together" not in lines(device(), odd)


# -- the security counter -------------------------------------------------------------------------


def test_a_counter_is_a_plain_fact() -> None:
    counted = image("-s", "16908288")
    tone, text = says(device(), counted, "Security counter")
    assert tone is Tone.NEUTRAL
    assert text.startswith("Security counter 16,908,288; ")
    assert "counter" not in lines(device(), PLAIN)


@pytest.mark.parametrize(
    ("running", "tone"),
    [("1.3.0", Tone.NEUTRAL), ("1.4.2", Tone.NEUTRAL), ("1.4.3", Tone.WARN), ("??", Tone.NEUTRAL)],
)
def test_a_counter_made_from_the_version_is_held_against_the_running_one(
    running: str, tone: Tone
) -> None:
    """Only a guess, and said as one: the device does not tell its counter."""
    made_so = image("-s", "auto")
    assert made_so.security_counter == 0x0104_0002
    told, text = says(device(entry(running)), made_so, "Security counter 17,039,362")
    assert told is tone
    assert ("17,039,363" in text) == (tone is Tone.WARN)
    by_hand = image("-s", "5")
    assert says(device(entry(running)), by_hand, "Security counter 5")[0] is Tone.NEUTRAL


@pytest.mark.parametrize(
    ("options", "tone", "words"),
    [
        (("-s", "4"), Tone.WARN, "Security counter 4, lower than 5 in the image that runs"),
        (("-s", "5"), Tone.OK, "Security counter 5, and 5 in the image that runs"),
        (("-s", "auto"), Tone.OK, "Security counter 17,039,362, and 5 in the image that runs"),
        ((), Tone.WARN, "No security counter, and 5 in the image that runs"),
    ],
)
def test_a_counter_beside_that_of_the_running_image_where_its_file_was_seen(
    options: tuple[str, ...], tone: Tone, words: str
) -> None:
    def memory(digest: bytes) -> Seen | None:
        return Seen(counter=5) if digest == OLD else None

    what = image(*options)
    told, text = says(device(), what, "ecurity counter", memory=memory)
    assert told is tone
    assert text.startswith(words)
    other = device(entry(hash=b"never seen".ljust(32)))
    assert "image that runs" not in lines(other, what, memory=memory)
    stopped = device(entry(active=False))
    assert "image that runs" not in lines(stopped, what, memory=memory)


def test_a_running_image_without_a_counter_demands_none() -> None:
    assert "counter" not in lines(device(), PLAIN, memory=lambda digest: Seen())


# -- addresses ------------------------------------------------------------------------------------

AT_C000 = image("-F", "0xc000")
IN_RAM = image("-L", "0x20000000", payload=CODE)


@pytest.mark.parametrize("mode", [SWAP, *XIP, *RAM, *NOT_TOLD])
def test_a_flash_address_is_named(mode: BootloaderMode | None) -> None:
    tone, text = says(device(mode=mode), AT_C000, "flash address")
    assert (tone, text) == (Tone.NEUTRAL, "Built for flash address 0x0000c000 only")


@pytest.mark.parametrize("mode", [SWAP, *XIP, *RAM, *NOT_TOLD])
@pytest.mark.parametrize("active", [0, 1])
def test_where_an_image_runs_matters_where_it_is_not_moved(
    mode: BootloaderMode | None, active: int
) -> None:
    facts = device(entry(slot=active, active=True, confirmed=True), mode=mode)
    if mode in XIP:
        tone, text = says(facts, PLAIN, "Runs where it lies")
        assert tone is Tone.NEUTRAL
        assert f"slot {1 - active}" in text
    else:
        assert "Runs where it lies" not in lines(facts, PLAIN)
    assert "Runs where it lies" not in lines(facts, AT_C000)


@pytest.mark.parametrize(
    ("mode", "tone"),
    [
        *((mode, Tone.NEUTRAL) for mode in (*RAM, *NOT_TOLD)),
        *((mode, Tone.WARN) for mode in (SWAP, *XIP, BootloaderMode.FIRMWARE_LOADER)),
    ],
)
def test_an_image_for_ram_wants_a_bootloader_that_copies_it_there(
    mode: BootloaderMode | None, tone: Tone
) -> None:
    """RAM-load is told as -1 by Zephyr: nothing may be concluded from that."""
    told, text = says(device(mode=mode), IN_RAM, "0x20000000")
    assert told is tone
    assert "RAM" in text


@pytest.mark.parametrize("mode", [SWAP, *XIP, *RAM, *NOT_TOLD])
def test_a_bootloader_that_runs_from_ram_wants_images_for_it(mode: BootloaderMode | None) -> None:
    warned = "Not built to run from RAM" in lines(device(mode=mode), PLAIN)
    assert warned == (mode in RAM)


def test_a_firmware_that_does_not_begin_where_its_header_ends_is_warned_of() -> None:
    short = McubootImage.from_bytes(images.signed(bytes(480) + FIRMWARE, header_size=32))
    tone, text = says(device(), short, "Will not start")
    assert tone is Tone.WARN
    assert "ends at 32" in text
    assert "begins at 512" in text
    assert make_plan(device(), short).obstacle is None
    for good in (PLAIN, IN_RAM, image(payload=CODE)):
        assert "start:" not in lines(device(), good)


def test_a_firmware_that_begins_outside_of_its_address_is_warned_of() -> None:
    tone, text = says(device(), image("-F", "0x80000"), "Will hardly start")
    assert tone is Tone.WARN
    assert "0x00080000" in text
    assert "0x0000c244" in text
    assert "Will hardly" not in lines(device(), AT_C000)


@pytest.mark.parametrize("mode", [SWAP, BootloaderMode.OVERWRITE_ONLY, *XIP, *NOT_TOLD])
@pytest.mark.parametrize(
    ("known", "room", "is_elsewhere"),
    [
        (0xC244, 0x10000, False),
        (0x1000, 0x10000, False),
        (0x1000, 0xB244, True),  # 0xB244 bytes apart: no slot of that size holds both
        (0x1000, 0xB245, False),
        (0xD244, 0x10000, False),
        (0x0100_8800, 0x40000, True),  # the network core of an nRF5340
        (0x0800_C244, 0x10000, False),  # the same flash under another address
        (0x0BFF_F000, 0x10000, False),  # below it, counted over an alias
        (None, 0x100, False),
        (0x1000, None, False),
    ],
)
def test_firmware_for_another_place_than_the_running_one_is_warned_of(
    mode: BootloaderMode | None, known: int | None, room: int | None, is_elsewhere: bool
) -> None:
    """Both have to start within the slot that they run from, where that is one and the same."""
    facts = device(mode=mode, slots=slots(room, room))
    text = lines(facts, PLAIN, memory=lambda digest: Seen(start=known))
    shares = mode in (SWAP, BootloaderMode.OVERWRITE_ONLY)
    assert ("Will not start: its code begins at 0x0000c244" in text) == (shares and is_elsewhere)
    if shares and is_elsewhere:
        made = make_plan(facts, PLAIN, memory=lambda digest: Seen(start=known))
        line = found(made, "both have to run from slot 0")
        assert line.tone is Tone.WARN
        assert f"{known:#010x}" in line.text
        assert made.obstacle is None
    assert "Will not start" not in lines(facts, PLAIN)
    risc_v = image(payload=CODE)
    assert "Will not start" not in lines(facts, risc_v, memory=lambda digest: Seen(start=known))


# -- the number of the image ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "facts",
    [
        device(entry(), entry(image=1)),
        device(entry(), slots=slots(10_000, 10_000) + slots(10_000, 10_000, image=1)),
        device(entry(), entry(image=1), slots=slots(100_000, 100_000)),
    ],
    ids=["listed", "slots", "both"],
)
def test_a_number_the_device_does_not_have_forbids(facts: DeviceFacts) -> None:
    made = make_plan(facts, PLAIN, number=7)
    assert made.obstacle is not None
    assert made.obstacle.what == "This device has no image number 7"
    assert "0 and 1" in made.obstacle.why
    assert found(made, "no image number 7").tone is Tone.BAD
    assert "kB" not in lines(facts, PLAIN, number=7)
    known = make_plan(facts, PLAIN, number=1)
    assert known.obstacle is None
    assert found(known, "Becomes image 1; the device has images 0 and 1").tone is Tone.NEUTRAL


def test_one_image_is_nothing_to_speak_of() -> None:
    assert "Becomes" not in lines(device(), PLAIN)
    assert make_plan(device(), PLAIN, number=1).obstacle is not None


def test_recovery_lists_only_what_is_whole() -> None:
    """An image whose upload was cut off is not listed there, and has to be sent again."""
    made = make_plan(recovery(entry()), PLAIN, number=1)
    assert made.obstacle is None
    assert found(made, "no image number 1").tone is Tone.WARN
    told = recovery(entry(), slots=slots(100_000))
    assert make_plan(told, PLAIN, number=1).obstacle is not None


# -- versions where the higher one runs -----------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "forbidden"),
    [
        *((mode, True) for mode in (*XIP, BootloaderMode.RAM_LOAD)),
        *((mode, False) for mode in (SWAP, BootloaderMode.OVERWRITE_ONLY, *NOT_TOLD)),
        (BootloaderMode.SINGLE_SLOT_RAM_LOAD, False),
        (BootloaderMode.FIRMWARE_LOADER, False),
    ],
)
def test_an_older_version_is_pointless_where_the_higher_one_runs(
    mode: BootloaderMode | None, forbidden: bool
) -> None:
    runs = entry("2.0.0")
    if mode is BootloaderMode.FIRMWARE_LOADER:
        runs = entry("2.0.0", active=False)
    made = make_plan(device(runs, mode=mode), PLAIN)
    assert (made.obstacle is not None) == forbidden
    if made.obstacle is not None:
        assert made.obstacle.what == "The device runs 2.0.0 and would not start 1.4.2"
    same = make_plan(device(replace(runs, version="1.4.2"), mode=mode), PLAIN).obstacle
    assert (same is not None) == forbidden, "of two equal ones, slot 0 wins"
    assert PLAIN.version == Version(1, 4, 2)


# -- the firmware loader --------------------------------------------------------------------------

LOADER = entry("0.1.0", 1, active=True, confirmed=False, hash=b"loader".ljust(32))
APPLICATION = entry("1.3.0", 0, active=False, confirmed=True)
MODE_7 = BootloaderMode.FIRMWARE_LOADER


@pytest.mark.parametrize("application", [(APPLICATION,), ()], ids=["application", "blank"])
def test_the_loader_takes_the_application_into_slot_0(
    application: tuple[ImageEntry, ...],
) -> None:
    facts = device(*application, LOADER, mode=MODE_7, slots=slots(40_000, 5_000))
    made = make_plan(facts, PLAIN)
    assert made.obstacle is None
    assert made.action is Action.UPLOAD
    assert made.last.before == (APPLICATION if application else None)
    assert "slot 0 takes 40.0 kB" in found(made, "Fits").text
    assert made.overwrites_running
    assert made.can_roll_back is False
    assert "loader" in made.consent


def test_an_application_that_the_loader_lists_is_sent_again() -> None:
    """The loader may run because just that image is broken."""
    listed = entry("1.4.2", 0, active=False, confirmed=True, hash=PLAIN.hash)
    assert make_plan(device(listed, LOADER, mode=MODE_7), PLAIN).action is Action.UPLOAD


def test_the_loader_s_own_image_is_no_application() -> None:
    runs = entry("1.4.2", 1, active=True, confirmed=False, hash=PLAIN.hash)
    made = make_plan(device(APPLICATION, runs, mode=MODE_7), PLAIN)
    assert made.obstacle is not None
    assert made.obstacle.what == "This file is the firmware loader itself"


def test_a_loader_that_lists_nothing_takes_it_into_slot_0_too() -> None:
    facts = device(entry(active=False), mode=MODE_7, slots=slots(40_000, 5_000))
    made = make_plan(facts, PLAIN)
    assert made.obstacle is None
    assert "slot 0 takes" in found(made, "Fits").text


def test_the_application_of_such_a_device_is_restarted_into_its_loader() -> None:
    """An upload to it would go over the loader."""
    runs = device(entry(), entry("0.1.0", 1, hash=b"loader".ljust(32)), mode=MODE_7)
    without = DeviceFacts("board", "serial", mode=MODE_7)
    for facts in (runs, without):
        made = make_plan(facts, PLAIN)
        assert made.obstacle is None
        assert made.enters_loader
        assert (made.action, made.last.slot, made.overwrites_running) == (Action.UPLOAD, 0, True)
        assert found(made, "restarted into its firmware loader").tone is Tone.NEUTRAL
        assert [text.code for text in made.consents] == ["no-way-back-firmware-loader"]
        another = make_plan(facts, PLAIN, number=1).obstacle
        assert another is not None
        assert another.what.code == "no-such-image-number"
    same = device(entry("1.4.2", hash=PLAIN.hash), mode=MODE_7)
    assert make_plan(same, PLAIN).action is Action.NOTHING
    assert make_plan(same, PLAIN).obstacle is None
    own = make_plan(device(entry(), entry("1.4.2", 1, hash=PLAIN.hash), mode=MODE_7), PLAIN)
    assert own.obstacle is not None
    assert own.obstacle.what.code == "file-is-firmware-loader"


@pytest.mark.parametrize("mode", [BootloaderMode.UNKNOWN, None, SWAP])
def test_slot_1_that_runs_is_no_loader_in_other_modes(mode: BootloaderMode | None) -> None:
    made = make_plan(device(APPLICATION, LOADER, mode=mode), PLAIN)
    assert made.last.before == LOADER
    assert made.obstacle is not None
    assert "not confirmed" in made.obstacle.what
