"""MCUboot's decisions: the trailer table, candidates it refuses, modes that go by version."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from smp.image.trailer import SwapType
from smp.simulator import (
    DEMO_PUBLIC_PEM,
    Bench,
    DeviceState,
    Mode,
    SimulatedDevice,
    build_image,
    firmware_for,
    pad_image,
    profile,
)
from smp.simulator.bootloader import Action
from smp.simulator.keys import demo_key, other_key
from smp.simulator.store import Flags
from smp.simulator.trailer import set_next
from tests.helpers import images

KB = 1024


def bench(**changes: Any) -> Bench:
    """Not switched on; 32 KiB slots, version 1.3.0 installed."""
    return Bench("fast", on=False, **{"slot_size": 32 * KB, "image_size": 3000} | changes)


def with_candidate(image: bytes, *, confirm: bool = False, **changes: Any) -> Bench:
    made = bench(**changes)
    made.device.install(image, 1)
    set_next(made.device.store.trailers[1], active=False, confirm=confirm, image=0)
    return made


def running_version(made: Bench) -> str:
    report = made.device.history[-1].report
    assert report is not None
    return str(report.image.version) if report.image else "nothing"


def last_deeds(made: Bench) -> list[tuple[Action, str]]:
    report = made.device.history[-1].report
    assert report is not None
    return [(deed.action, deed.reason) for deed in report.deeds]


TRAILER_TABLE = [
    # primary: magic, image-ok, copy-done; secondary: magic, image-ok, copy-done
    ("...", "...", SwapType.NONE),
    ("moc", "...", SwapType.NONE),
    ("m.c", "...", SwapType.REVERT),
    ("mo.", "...", SwapType.NONE),
    ("m..", "...", SwapType.NONE),
    (".oc", "...", SwapType.NONE),
    ("...", "m..", SwapType.TEST),
    ("moc", "m..", SwapType.TEST),
    ("m.c", "m..", SwapType.TEST),
    ("...", "mo.", SwapType.PERMANENT),
    ("m.c", "mo.", SwapType.PERMANENT),
    ("...", ".o.", SwapType.NONE),
    ("m.c", ".oc", SwapType.REVERT),
]


@pytest.mark.parametrize("mode", [Mode.SWAP_SCRATCH, Mode.SWAP_MOVE, Mode.SWAP_OFFSET])
@pytest.mark.parametrize(("primary", "secondary", "kind"), TRAILER_TABLE)
def test_trailers_decide(mode: Mode, primary: str, secondary: str, kind: SwapType) -> None:
    made = bench(mode=mode)
    store = made.device.store
    update = build_image("2.0.0", 2000)
    start = 0 if kind is SwapType.REVERT else store.swappers[0].secondary_start(SwapType.TEST)
    store.layout.slots[1].write(start, update)
    for trailer, said in zip(store.trailers, (primary, secondary), strict=True):
        for letter, write in (
            ("m", trailer.write_magic),
            ("o", trailer.write_image_ok),
            ("c", trailer.write_copy_done),
        ):
            if letter in said:
                write()
    assert store.swap_type(0) is kind
    made.power_on()
    assert running_version(made) == ("1.3.0" if kind is SwapType.NONE else "2.0.0")
    assert store.swap_type(0) is (SwapType.REVERT if kind is SwapType.TEST else SwapType.NONE)


def test_offset_mode_reverts_by_the_secondary_trailer_too() -> None:
    made = bench(mode=Mode.SWAP_OFFSET)
    store = made.device.store
    store.layout.slots[1].write(0, build_image("1.0.0", 2000))
    store.trailers[1].write_copy_done()
    store.trailers[1].write_magic()
    assert store.swap_type(0) is SwapType.REVERT
    made.power_on()
    assert running_version(made) == "1.0.0"


@pytest.mark.parametrize("mode", [Mode.SWAP_SCRATCH, Mode.SWAP_MOVE, Mode.OVERWRITE_ONLY])
@pytest.mark.parametrize("at", [0, 700, 2540, -1])
def test_damaged_candidate_is_erased_and_the_old_image_runs(mode: Mode, at: int) -> None:
    image = bytearray(build_image("2.0.0", 2000))
    image[at] ^= 1
    made = with_candidate(bytes(image), mode=mode)
    made.power_on()
    assert running_version(made) == "1.3.0"
    assert last_deeds(made)[0][0] is Action.REFUSED
    assert made.device.store.layout.slots[1].is_blank
    (entry,) = made.images()
    assert entry["confirmed"]
    assert entry["active"]


@pytest.mark.parametrize(
    ("image", "runs", "reason"),
    [
        (lambda: build_image("2.0.0", key=demo_key()), "2.0.0", ""),
        (lambda: build_image("2.0.0", key=other_key()), "1.3.0", "signature"),
        (lambda: build_image("2.0.0"), "1.3.0", "signature"),
        (lambda: images.image("2.0.0"), "1.3.0", "signature"),
    ],
    ids=["demo key", "other key", "unsigned", "imgtool's key"],
)
def test_bootloader_with_a_key(image: Any, runs: str, reason: str) -> None:
    made = with_candidate(image(), key=DEMO_PUBLIC_PEM)
    made.power_on()
    assert running_version(made) == runs
    assert last_deeds(made)[0] == (Action.REFUSED if reason else Action.SWAPPED, reason)


def test_signature_over_other_contents_is_refused() -> None:
    signed = build_image("2.0.0", key=demo_key())
    unsigned = build_image("2.0.1")
    records = signed[len(unsigned) - 40 :]
    forged = bytearray(unsigned[:-40] + records)
    forged[-len(records) + 8 : -len(records) + 40] = unsigned[-32:]
    made = with_candidate(bytes(forged), key=DEMO_PUBLIC_PEM)
    made.power_on()
    assert running_version(made) == "1.3.0"
    assert last_deeds(made)[0] == (Action.REFUSED, "signature")


def test_images_of_imgtool_are_accepted_with_their_own_key() -> None:
    public = Path(images.public_key_file()).read_text()
    signed = images.image("2.0.0", 2000)
    made = with_candidate(signed, key=public)
    made.device.install(images.image("1.3.0", 3000))
    made.power_on()
    assert running_version(made) == "2.0.0"


def test_downgrade_prevention() -> None:
    made = with_candidate(build_image("1.2.9"), downgrade_prevention=True)
    made.power_on()
    assert running_version(made) == "1.3.0"
    assert last_deeds(made)[0] == (Action.REFUSED, "downgrade")
    assert made.ask(0, 8, {"query": "mode"}) == {"mode": 3, "no-downgrade": True}
    made = with_candidate(build_image("1.2.9"))
    made.power_on()
    assert running_version(made) == "1.2.9"


def test_the_same_version_is_no_downgrade() -> None:
    made = with_candidate(build_image("1.3.0", seed="rebuilt"), downgrade_prevention=True)
    made.power_on()
    assert last_deeds(made) == [(Action.SWAPPED, "")]


def test_unconfirmed_image_stays_if_there_is_nothing_to_go_back_to() -> None:
    made = with_candidate(build_image("2.0.0"))
    made.power_on()
    made.power_off()
    made.device.store.layout.slots[1].erase(0, 1)
    for _ in range(2):
        made.power_on()
        assert running_version(made) == "2.0.0"
        assert made.images()[0]["confirmed"]
        made.power_off()


def test_downgrade_prevention_does_not_hinder_a_revert() -> None:
    made = with_candidate(build_image("2.0.0"), downgrade_prevention=True)
    made.power_on()
    made.reset()
    assert running_version(made) == "1.3.0"


def test_security_counter_forbids_the_past() -> None:
    made = with_candidate(
        build_image("2.0.0", security_counter=5), confirm=True, security_counter=True
    )
    made.power_on()
    assert running_version(made) == "2.0.0"
    for counter, runs in ((4, "2.0.0"), (None, "2.0.0"), (5, "2.1.0"), (9, "2.1.0")):
        made.power_off()
        made.device.install(build_image("2.1.0", security_counter=counter), 1)
        trailer = made.device.store.trailers[1]
        set_next(trailer, active=False, confirm=True, image=0)
        made.power_on()
        assert running_version(made) == runs


def test_overwriting_keeps_nothing() -> None:
    made = with_candidate(build_image("2.0.0"), mode=Mode.OVERWRITE_ONLY)
    made.power_on()
    assert running_version(made) == "2.0.0"
    (entry,) = made.images()
    assert entry["confirmed"]
    made.reset()
    assert running_version(made) == "2.0.0"


@pytest.mark.parametrize("mode", [Mode.RAM_LOAD, Mode.DIRECT_XIP])
@pytest.mark.parametrize(
    ("other", "runs"), [("1.4.0", 1), ("1.2.0", 0), ("1.3.0", 0), ("1.3.0+7", 0)]
)
def test_highest_version_runs(mode: Mode, other: str, runs: int) -> None:
    made = bench(mode=mode)
    made.device.install(build_image(other, 2000), 1)
    made.power_on()
    report = made.device.history[-1].report
    assert report is not None
    assert report.running == runs
    assert [entry["active"] for entry in made.images()] == [runs == 0, runs == 1]


@pytest.mark.parametrize("mode", [Mode.RAM_LOAD, Mode.DIRECT_XIP])
def test_invalid_newest_gives_way_and_is_erased(mode: Mode) -> None:
    image = bytearray(build_image("9.0.0", 2000))
    image[1000] ^= 1
    made = bench(mode=mode)
    made.device.install(bytes(image), 1)
    made.power_on()
    assert running_version(made) == "1.3.0"
    assert made.device.store.layout.slots[1].is_blank


def test_direct_xip_skips_an_image_built_for_the_other_slot() -> None:
    made = bench(mode=Mode.DIRECT_XIP)
    address = made.device.store.layout.address(0)
    wrong = build_image("2.0.0", flags=Flags.ROM_FIXED, load_address=address)
    made.device.install(wrong, 1)
    made.power_on()
    assert running_version(made) == "1.3.0"
    assert made.device.store.find_info(1) is not None


def test_single_slot_runs_what_is_there() -> None:
    made = bench(mode=Mode.SINGLE_SLOT)
    made.power_on()
    assert running_version(made) == "1.3.0"
    assert len(made.images()) == 1
    assert made.ask(1, 6)["images"][0]["slots"] == [{"slot": 0, "size": 32 * KB}]


@pytest.mark.parametrize("mode", list(Mode))
def test_nothing_to_run(mode: Mode) -> None:
    made = bench(mode=mode)
    made.device.store.layout.slots[0].erase()
    made.power_on()
    assert made.device.state is DeviceState.STUCK
    assert made.exchange(bytes.fromhex("0800000000000206"), 5.0) is None


def test_padded_image_asks_for_itself() -> None:
    made = bench()
    padded = pad_image(build_image("2.0.0"), 32 * KB)
    made.device.store.layout.slots[1].write(0, padded)
    made.power_on()
    assert running_version(made) == "2.0.0"


def test_two_images_are_swapped_at_one_reset() -> None:
    made = bench(images=2, mode=Mode.SWAP_SCRATCH, buf_size=1024)
    store = made.device.store
    for slot in (1, 3):
        made.device.install(build_image("2.0.0", 2000, seed=str(slot)), slot)
        set_next(store.trailers[slot], active=False, confirm=False, image=slot // 2)
    made.power_on()
    state = made.images()
    assert [(entry["image"], entry["slot"], entry["version"]) for entry in state] == [
        (0, 0, "2.0.0"),
        (0, 1, "1.3.0"),
        (1, 0, "2.0.0"),
        (1, 1, "1.0.0"),
    ]
    made.reset()
    assert [entry["version"] for entry in made.images()] == ["1.3.0", "2.0.0", "1.0.0", "2.0.0"]


def test_log_is_like_the_bootloaders() -> None:
    chosen = profile("fast", boot_log=True, slot_size=32 * KB, image_size=3000)
    device = SimulatedDevice(chosen)
    device.install(firmware_for(chosen, "1.4.0"), 1)
    set_next(device.store.trailers[1], active=False, confirm=False, image=0)
    text = bytes(Bench(device=device).output).decode()
    assert "*** Booting MCUboot" in text
    assert "I: Image index: 0, Swap type: test\r\n" in text
    assert "I: Starting swap using move algorithm.\r\n" in text
    assert "I: Image version: v1.4.0\r\n" in text
    assert text.index("Starting swap") < text.index("Jumping") < text.index("*** Booting Zephyr")
