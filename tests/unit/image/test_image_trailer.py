"""Trailers: where the fields lie, what they say, what the bootloader makes of them."""

from __future__ import annotations

import itertools

import pytest

from smp.image.trailer import (
    FLAG_SET,
    Flag,
    Magic,
    SwapType,
    Trailer,
    TrailerLayout,
    magic_align,
    magic_bytes,
    swap_type,
)
from tests.helpers import images

SLOT = 0x8000


def slot(layout: TrailerLayout, **fields: int) -> bytearray:
    """An erased slot with a magic and single bytes at the layout's fields."""
    area = bytearray(b"\xff" * SLOT)
    area[layout.magic :] = magic_bytes(layout.max_align)
    for name, value in fields.items():
        area[getattr(layout, name)] = value
    return area


@pytest.mark.parametrize("align", [8, 16, 32])
@pytest.mark.parametrize("option", ["--pad", "--test", "--confirm"])
def test_reads_what_imgtool_pads(align: int, option: str) -> None:
    padded = images.image("1.0.0", 256, option, slot_size=SLOT, align=align)
    trailer = Trailer.read(padded)
    assert len(padded) == SLOT
    assert trailer.magic is Magic.GOOD
    assert trailer.max_align == align
    assert trailer.image_ok is (Flag.SET if option == "--confirm" else Flag.UNSET)
    assert trailer.copy_done is Flag.UNSET
    assert trailer.swap_type is SwapType.NONE
    assert trailer.swap_size is None


@pytest.mark.parametrize(
    ("layout", "offsets"),
    [
        (TrailerLayout(8), (-16, -24, -32, -40, None, -48)),
        (TrailerLayout(16), (-16, -32, -48, -64, None, -80)),
        (TrailerLayout(32), (-16, -64, -96, -128, None, -160)),
        (TrailerLayout(8, offset_mode=True), (-16, -24, -32, -40, -48, -56)),
    ],
)
def test_offsets_follow_the_bootloader(layout: TrailerLayout, offsets: tuple[int, ...]) -> None:
    found = (
        layout.magic,
        layout.image_ok,
        layout.copy_done,
        layout.swap_info,
        layout.tlv_sizes,
        layout.swap_size,
    )
    assert found == offsets


@pytest.mark.parametrize("align", [8, 16, 32])
def test_size_is_what_imgtool_reserves(align: int) -> None:
    """imgtool refuses an image that leaves less than a trailer; one byte less fits."""
    size = TrailerLayout(align).size(sectors=16, write_size=align)
    free = SLOT - size
    used = len(images.image("1.0.0", 256, key=None, slot_size=SLOT, align=align)) - 256
    options = ("--max-sectors", "16")
    images.image("1.0.0", free - used, *options, key=None, slot_size=SLOT, align=align)
    with pytest.raises(Exception, match="exceeds"):
        images.image("1.0.0", free - used + 1, *options, key=None, slot_size=SLOT, align=align)


def test_size_grows_by_two_keys_in_whole_units() -> None:
    assert TrailerLayout(8, key_size=16).size() == TrailerLayout(8).size() + 32
    assert TrailerLayout(32, key_size=16).size() == TrailerLayout(32).size() + 64


@pytest.mark.parametrize("align", [8, 16, 32])
def test_every_field_is_read_where_it_lies(align: int) -> None:
    layout = TrailerLayout(align)
    area = slot(layout, image_ok=FLAG_SET, copy_done=FLAG_SET, swap_info=0x24)
    area[layout.swap_size : layout.swap_size + 4] = (0x1234).to_bytes(4, "little")
    expected = Trailer(
        Magic.GOOD, align, Flag.SET, Flag.SET, SwapType.REVERT, image_number=2, swap_size=0x1234
    )
    assert Trailer.read(area) == expected
    assert Trailer.read(memoryview(area)[-layout.info_size :]) == expected


def test_flags_that_are_neither_set_nor_erased_are_bad() -> None:
    trailer = Trailer.read(slot(TrailerLayout(), image_ok=0x03, copy_done=0x00))
    assert trailer.image_ok is Flag.BAD
    assert trailer.copy_done is Flag.BAD


def test_impossible_swap_info_is_none_as_in_the_bootloader() -> None:
    trailer = Trailer.read(slot(TrailerLayout(), swap_info=0x35))
    assert trailer.swap_type is SwapType.NONE
    assert trailer.image_number == 0


def test_erased_bad_and_missing_trailers() -> None:
    assert Trailer.read(b"\xff" * 64).magic is Magic.UNSET
    assert Trailer.read(b"\x00" * 64, erased=0).magic is Magic.UNSET
    assert Trailer.read(b"\x00" * 64).magic is Magic.BAD
    assert Trailer.read(b"") == Trailer()


def test_a_magic_for_another_alignment_is_bad_for_this_bootloader() -> None:
    area = slot(TrailerLayout(32))
    assert Trailer.read(area, TrailerLayout(32)).magic is Magic.GOOD
    assert Trailer.read(area, TrailerLayout(8)).magic is Magic.BAD


def test_magic_tells_its_alignment() -> None:
    for align in (8, 16, 32, 64):
        assert magic_align(magic_bytes(align)) == align
        assert magic_align(magic_bytes(align, "big"), "big") == align
    for wrong in (0, 4, 24, 0x8000):
        assert magic_align(wrong.to_bytes(2, "little") + magic_bytes(16)[2:]) is None
    assert magic_align(b"") is None


UNSET = Trailer()
TEST = Trailer(Magic.GOOD)
CONFIRMED = Trailer(Magic.GOOD, image_ok=Flag.SET)
SWAPPED = Trailer(Magic.GOOD, copy_done=Flag.SET)
RUNS_CONFIRMED = Trailer(Magic.GOOD, image_ok=Flag.SET, copy_done=Flag.SET)
BROKEN = Trailer(Magic.GOOD, image_ok=Flag.BAD)


@pytest.mark.parametrize(
    ("primary", "secondary", "expected"),
    [
        (UNSET, UNSET, SwapType.NONE),
        (UNSET, TEST, SwapType.TEST),
        (RUNS_CONFIRMED, TEST, SwapType.TEST),
        (UNSET, CONFIRMED, SwapType.PERMANENT),
        (SWAPPED, UNSET, SwapType.REVERT),
        (SWAPPED, TEST, SwapType.TEST),
        (SWAPPED, BROKEN, SwapType.REVERT),
        (RUNS_CONFIRMED, UNSET, SwapType.NONE),
        (TEST, UNSET, SwapType.NONE),
        (UNSET, SWAPPED, SwapType.TEST),
        (UNSET, BROKEN, SwapType.NONE),
    ],
)
def test_swap_decision(primary: Trailer, secondary: Trailer, expected: SwapType) -> None:
    assert swap_type(primary, secondary) is expected


def test_swap_decision_in_offset_mode_reverts_what_was_copied() -> None:
    assert swap_type(UNSET, SWAPPED, offset_mode=True) is SwapType.REVERT
    assert swap_type(UNSET, TEST, offset_mode=True) is SwapType.TEST


def test_swap_decision_agrees_with_the_table_in_bootutil_public_c() -> None:
    """Rows of boot_swap_tables, written down again: None is ANY."""
    good, unset, is_set = Magic.GOOD, Flag.UNSET, Flag.SET
    table = [
        ((None, good, None, unset, None, is_set), SwapType.REVERT),
        ((None, good, None, unset, None, None), SwapType.TEST),
        ((None, good, None, is_set, None, None), SwapType.PERMANENT),
        ((good, None, unset, None, is_set, None), SwapType.REVERT),
    ]
    states = [
        Trailer(magic, image_ok=ok, copy_done=done)
        for magic, ok, done in itertools.product(Magic, Flag, Flag)
    ]
    for p, s, offset_mode in itertools.product(states, states, (False, True)):
        facts = (p.magic, s.magic, p.image_ok, s.image_ok, p.copy_done, s.copy_done)
        expected = next(
            (
                kind
                for row, kind in (table if offset_mode else table[1:])
                if all(want in (None, fact) for want, fact in zip(row, facts, strict=True))
            ),
            SwapType.NONE,
        )
        assert swap_type(p, s, offset_mode=offset_mode) is expected, (p, s)
