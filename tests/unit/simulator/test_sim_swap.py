"""Swaps: what the trailers ask for, and power that goes at any flash operation of a boot."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from smp.image.trailer import SwapType
from smp.simulator import Mode, SimulatedDevice, build_image, profile
from smp.simulator.bootloader import Action, Bootloader, BootReport
from smp.simulator.flash import PowerCut
from smp.simulator.trailer import set_next
from smp.simulator.validate import Validator

BLOCK = 256
OLD = build_image("1.0.0", 700, header_size=32)
NEW = build_image("2.0.0", 900, header_size=32)
SWAPPING = [Mode.SWAP_MOVE, Mode.SWAP_OFFSET, Mode.SWAP_SCRATCH]


def small_device(mode: Mode, seed: int = 0) -> SimulatedDevice:
    chosen = profile(
        "fast",
        mode=mode,
        block_size=BLOCK,
        write_size=8,
        slot_size=8 * BLOCK,
        scratch_size=2 * BLOCK,
        image_size=0,
    )
    device = SimulatedDevice(chosen, seed=seed)
    device.install(OLD)
    return device


def boot(device: SimulatedDevice) -> BootReport:
    validator = Validator(device.store, key_pem=None, security_counter=False, hash_time=0.0)
    device.flash.begin()
    return Bootloader(device.store, validator).boot()


def with_update(mode: Mode, seed: int = 0, *, permanent: bool = False) -> SimulatedDevice:
    device = small_device(mode, seed)
    device.install(NEW, 1)
    set_next(device.store.trailers[1], active=False, confirm=permanent, image=0)
    return device


def on_trial(mode: Mode, seed: int = 0) -> SimulatedDevice:
    """The update runs and is not confirmed."""
    device = with_update(mode, seed)
    boot(device)
    return device


def permanent(mode: Mode, seed: int = 0) -> SimulatedDevice:
    return with_update(mode, seed, permanent=True)


def version(report: BootReport) -> str:
    return str(report.image.version) if report.image else "nothing"


def cut_and_boot(device: SimulatedDevice, cuts: list[int]) -> BootReport:
    """Boot with the power going at these operations, once each, then boot to the end."""
    for cut in cuts:
        device.cut_power_after(cut)
        try:
            return boot(device)
        except PowerCut:
            continue
        finally:
            device.flash.power_cut_at = None
    return boot(device)


def operations_of(device: SimulatedDevice) -> int:
    before = device.flash.operations
    boot(device)
    return device.flash.operations - before


@pytest.mark.parametrize("mode", SWAPPING)
def test_test_swap_runs_the_new_image_once(mode: Mode) -> None:
    device = with_update(mode)
    first = boot(device)
    assert version(first) == "2.0.0"
    assert [(deed.action, deed.kind) for deed in first.deeds] == [(Action.SWAPPED, SwapType.TEST)]
    assert device.store.swap_type(0) is SwapType.REVERT
    old = device.store.read_info(1)
    assert str(old.version) == "1.0.0"
    second = boot(device)
    assert version(second) == "1.0.0"
    assert device.store.swap_type(0) is SwapType.NONE
    assert version(boot(device)) == "1.0.0"


@pytest.mark.parametrize("mode", SWAPPING)
def test_confirmed_image_stays(mode: Mode) -> None:
    device = on_trial(mode)
    set_next(device.store.trailers[0], active=True, confirm=True, image=0)
    assert version(boot(device)) == "2.0.0"
    assert device.store.swap_type(0) is SwapType.NONE


@pytest.mark.parametrize("mode", SWAPPING)
def test_permanent_swap_stays(mode: Mode) -> None:
    device = permanent(mode)
    assert version(boot(device)) == "2.0.0"
    assert device.store.swap_type(0) is SwapType.NONE
    assert not boot(device).deeds


@pytest.mark.parametrize("mode", SWAPPING)
def test_swaps_can_go_on_for_ever(mode: Mode) -> None:
    device = small_device(mode)
    for round_number in range(1, 6):
        update = build_image(f"2.{round_number}.0", 300 + 200 * round_number, header_size=32)
        area = device.store.layout.slots[1]
        area.erase()
        area.write(device.store.start(1), update)
        set_next(device.store.trailers[1], active=False, confirm=False, image=0)
        assert version(boot(device)) == f"2.{round_number}.0"
        set_next(device.store.trailers[0], active=True, confirm=True, image=0)


def test_offset_mode_lists_no_old_image_after_a_confirm() -> None:
    device = on_trial(Mode.SWAP_OFFSET)
    assert device.store.find_info(1) is not None
    set_next(device.store.trailers[0], active=True, confirm=True, image=0)
    assert device.store.find_info(1) is None


@pytest.mark.parametrize("mode", SWAPPING)
@pytest.mark.parametrize(
    ("prepare", "ends_with", "then"),
    [
        (with_update, "2.0.0", SwapType.REVERT),
        (permanent, "2.0.0", SwapType.NONE),
        (on_trial, "1.0.0", SwapType.NONE),
    ],
    ids=["test", "permanent", "revert"],
)
def test_power_cut_at_every_operation(
    mode: Mode,
    prepare: Callable[[Mode, int], SimulatedDevice],
    ends_with: str,
    then: SwapType,
) -> None:
    operations = operations_of(prepare(mode, 0))
    assert operations > 25
    for seed in range(6):
        for cut in range(1, operations + 1):
            chance = random.Random(f"{seed}/{cut}")
            further = [chance.randint(1, operations) for _ in range(chance.randint(0, 3))]
            device = prepare(mode, seed)
            report = cut_and_boot(device, [cut, *further])
            where = f"seed {seed}, cuts {[cut, *further]}"
            if then is SwapType.REVERT and version(report) == "1.0.0":
                # The last thing a test swap writes is that it is done: after that a boot reverts.
                assert report.deeds[-1].kind is SwapType.REVERT, where
                assert device.store.swap_type(0) is SwapType.NONE, where
                continue
            assert version(report) == ends_with, where
            assert device.store.swap_type(0) is then, where
            if then is SwapType.REVERT:
                # The way back is whole too.
                assert version(boot(device)) == "1.0.0", where


@pytest.mark.parametrize("confirm", [False, True])
def test_power_cut_while_overwriting(confirm: bool) -> None:
    def prepare(seed: int) -> SimulatedDevice:
        return with_update(Mode.OVERWRITE_ONLY, seed, permanent=confirm)

    operations = operations_of(prepare(0))
    for seed in range(6):
        for cut in range(1, operations + 1):
            device = prepare(seed)
            assert version(cut_and_boot(device, [cut, cut])) == "2.0.0", f"{seed} {cut}"
            assert device.store.swap_type(0) is SwapType.NONE


@pytest.mark.parametrize("mode", SWAPPING)
def test_cut_while_refusing_an_image_keeps_the_old_one(mode: Mode) -> None:
    def prepare(seed: int) -> SimulatedDevice:
        device = small_device(mode, seed)
        device.install(NEW[:200] + b"\0" + NEW[201:], 1)
        set_next(device.store.trailers[1], active=False, confirm=False, image=0)
        return device

    operations = operations_of(prepare(0))
    for cut in range(1, operations + 1):
        device = prepare(cut)
        assert version(cut_and_boot(device, [cut])) == "1.0.0"
        assert device.store.find_info(1) is None
        assert device.store.swap_type(0) is SwapType.NONE


@pytest.mark.parametrize("mode", SWAPPING)
def test_image_that_cannot_be_swapped_is_refused(mode: Mode) -> None:
    device = small_device(mode)
    largest = device.store.largest_image
    fits = build_image("3.0.0", largest - 32 - 40, header_size=32)
    assert len(fits) == largest
    device.install(fits, 1)
    set_next(device.store.trailers[1], active=False, confirm=False, image=0)
    assert version(boot(device)) == "3.0.0"

    device = small_device(mode)
    too_large = build_image("3.0.0", largest - 32 - 40 + 8, header_size=32)
    area = device.store.layout.slots[1]
    area.write(device.store.start(1), too_large)
    if area.read(-16, 16).count(0xFF) == 16:
        set_next(device.store.trailers[1], active=False, confirm=False, image=0)
    assert version(boot(device)) == "1.0.0"
