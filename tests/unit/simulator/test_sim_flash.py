"""Flash rules: alignment, erased cells, wear, and power that goes at any operation."""

from __future__ import annotations

import pytest

from smp.simulator.flash import Flash, FlashFault, FlashMisuse, Geometry, PowerCut

SHAPE = Geometry(1024, 256, 8, erase_time=0.1, write_time=0.001)


def test_write_needs_erased_cells_and_alignment() -> None:
    flash = Flash(SHAPE)
    flash.write(8, b"12345678")
    assert flash.read(8, 8) == b"12345678"
    with pytest.raises(FlashMisuse):
        flash.write(8, b"12345678")
    with pytest.raises(FlashMisuse):
        flash.write(20, b"12345678")
    with pytest.raises(FlashMisuse):
        flash.write(32, b"123")
    with pytest.raises(FlashMisuse):
        flash.write(1020, b"12345678")
    with pytest.raises(FlashMisuse):
        flash.erase(8, 256)


def test_erase_clears_whole_blocks_and_wears_them() -> None:
    flash = Flash(SHAPE)
    flash.write(256, b"12345678")
    flash.erase(256, 512)
    assert flash.is_erased(0, 1024)
    assert flash.wear == [0, 1, 1, 0]
    assert flash.operations == 3


def test_operations_take_time() -> None:
    flash = Flash(SHAPE)
    flash.begin()
    flash.erase(0, 512)
    flash.write(0, b"12345678")
    flash.spend(0.5)
    assert flash.elapsed == pytest.approx(0.2 + 0.008 + 0.5)


@pytest.mark.parametrize("seed", range(8))
def test_cut_write_leaves_a_part_written(seed: int) -> None:
    flash = Flash(SHAPE, seed=seed)
    flash.power_cut_at = 1
    data = bytes(range(64))
    with pytest.raises(PowerCut):
        flash.write(0, data)
    written = 64 - flash.read(0, 64).count(0xFF)
    assert written % 8 == 0
    assert flash.read(0, written) == data[:written]
    assert flash.is_erased(written, 64 - written)
    flash.write(64, data)  # only that one operation was cut


def test_cut_erase_leaves_a_block_in_between() -> None:
    seen = set()
    for seed in range(40):
        flash = Flash(SHAPE, seed=seed)
        flash.write(0, b"\x5a" * 256)
        flash.write(256, b"\x5a" * 256)
        flash.power_cut_at = 3
        with pytest.raises(PowerCut):
            flash.erase(0, 512)
        assert flash.read(256, 256) == b"\x5a" * 256
        block = flash.read(0, 256)
        assert all(cell | 0x5A == cell for cell in block), "erasing only raises bits"
        seen.add("old" if block == b"\x5a" * 256 else "half")
    assert seen == {"old", "half"}


def test_rewind_takes_back_what_came_after_the_power_went() -> None:
    flash = Flash(SHAPE, seed=3)
    flash.write(0, b"\x11" * 256)
    flash.begin()
    flash.erase(0, 256)  # until 0.1
    flash.write(0, b"\x22" * 8)  # until 0.108
    flash.write(8, b"\x33" * 8)
    flash.rewind(0.1081)
    assert flash.read(0, 8) == b"\x22" * 8
    assert flash.is_erased(8, 248)
    flash.begin()
    flash.erase(256, 256)
    flash.erase(0, 256)
    flash.rewind(0.1)
    assert flash.read(0, 8) == b"\x22" * 8
    assert flash.elapsed == 0.0


def test_bad_block_takes_nothing() -> None:
    flash = Flash(SHAPE)
    flash.bad_blocks.add(1)
    with pytest.raises(FlashFault):
        flash.erase(0, 512)
    with pytest.raises(FlashFault):
        flash.write(256, b"12345678")
    flash.write(0, b"12345678")
