"""What a payload begins with: images that a bootloader accepts and that cannot start."""

from __future__ import annotations

import struct

import pytest

from smp.image import ImageFlags, McubootImage, Remark, classify, describe, remarks, rows
from tests.helpers import images

RESET = 0xC245


def table(stack: int = 0x2000_8000, reset: int = RESET, away: int = 0x40) -> bytes:
    """A vector table of Cortex-M with all its exceptions."""
    handlers = [reset + away * n for n in range(15)]
    return struct.pack("<16I", stack, *handlers)


CODE = images.payload(6000)
FIRMWARE = table() + CODE
RISC_V = struct.pack("<4I", 0x0000_0297, 0x0182_8293, 0x3052_9073, 0x30401073) + CODE
XTENSA = b"\xe9\x03\x02\x20" + struct.pack("<3I", 0x4008_1234, 0, 0) + CODE


def signed(payload: bytes, *options: str, header_size: int = 0x200) -> McubootImage:
    return McubootImage.from_bytes(images.signed(payload, *options, header_size=header_size))


@pytest.mark.parametrize(
    ("payload", "header_size", "at"),
    [
        # A build that left 512 bytes for the header, signed as if it had left 32 of them.
        (bytes(480) + FIRMWARE, 32, 512),
        # Room for the header was added a second time.
        (bytes(512) + FIRMWARE, 512, 1024),
        (b"\xff" * 0x400 + FIRMWARE, 512, 0x600),
        (CODE[:0x100] + FIRMWARE, 512, 0x300),
    ],
    ids=["too-short", "twice", "erased", "not-blank"],
)
def test_a_mistaken_header_size_is_seen(payload: bytes, header_size: int, at: int) -> None:
    image = signed(payload, header_size=header_size)
    assert image.displaced_vectors is not None
    assert image.displaced_vectors.at == at
    assert image.vectors is None
    assert Remark.MISFIT_HEADER in remarks(image)
    found = classify(image.data, "x")
    assert found.is_usable
    assert dict(rows(found))["Vector table"] == f"at {at:,}; the header ends at {header_size}"
    told = describe(found)["images"][0]["vector_table"]
    assert told == {"offset": at, "displaced": True, "stack": 0x2000_8000, "reset": RESET - 1}


def test_a_header_that_swallowed_the_table_is_seen() -> None:
    """A header size larger than the room that the build left."""
    image = bytearray(images.signed(CODE, header_size=0x400))
    image[0x200:0x240] = table()
    (moved,) = classify(bytes(image), "x").images
    assert moved.displaced_vectors is not None
    assert moved.displaced_vectors.at == 0x200


@pytest.mark.parametrize(
    "payload",
    [
        FIRMWARE,
        table(0x1000_2000) + CODE,
        table(0x0804_7800, 0x1000_0101) + CODE,  # RAM where other parts have their flash
        struct.pack("<4I", 0x2000_8000, RESET, 0, 0) + bytes(48) + FIRMWARE,  # no fault handlers
        FIRMWARE + FIRMWARE,
        FIRMWARE[:64] + bytes(64) + FIRMWARE,
    ],
    ids=["plain", "ccm", "psoc", "bare", "two", "two-near"],
)
def test_a_table_where_it_belongs_is_nothing_to_speak_of(payload: bytes) -> None:
    image = signed(payload)
    assert image.displaced_vectors is None
    assert Remark.MISFIT_HEADER not in remarks(image)


@pytest.mark.parametrize(
    "payload",
    [
        RISC_V,
        XTENSA,
        bytes(6000),
        b"\xff" * 6000,
        CODE,
        bytes(16) + FIRMWARE,  # no place where a table may stand
        bytes(0x4000) + FIRMWARE,  # too far away to be this image's
        RISC_V[:0x100] + table(away=0x10_0000) + CODE,  # handlers outside of such a small image
        b"tiny",
    ],
    ids=["risc-v", "xtensa", "zeros", "ones", "any", "unaligned", "far", "apart", "tiny"],
)
def test_other_processors_and_other_contents_are_left_alone(payload: bytes) -> None:
    image = signed(payload)
    assert image.displaced_vectors is None
    assert image.starts_outside is None


def test_payloads_of_any_contents_are_left_alone() -> None:
    for number in range(300):
        assert signed_payload(images.payload(3000, f"any/{number}")).displaced_vectors is None


def signed_payload(payload: bytes, flags: int = 0) -> McubootImage:
    """Without imgtool, which takes a while for each."""
    header = struct.pack("<IIHHIIBBHII", 0x96F3B83D, 0, 32, 0, len(payload), flags, 1, 0, 0, 0, 0)
    return McubootImage.from_bytes(header + payload + struct.pack("<HH", 0x6907, 4))


def test_what_cannot_be_read_has_no_table() -> None:
    key = str(images.public_key_file("ecdsa-p256", "enc"))
    hidden = McubootImage.from_bytes(
        images.signed(bytes(480) + FIRMWARE, "-E", key, key="ecdsa-p256", header_size=32)
    )
    packed = signed(table() + b"firmware" * 3000, "--compression", "lzma2")
    # What cannot be packed any further stands in the stream as it is.
    stored = signed_payload(bytes(480) + FIRMWARE, ImageFlags.COMPRESSED_LZMA2)
    assert signed_payload(bytes(480) + FIRMWARE).displaced_vectors is not None
    for image in (hidden, packed, stored):
        assert image.vectors is None
        assert image.displaced_vectors is None


@pytest.mark.parametrize(
    ("option", "address", "is_outside"),
    [
        ("-F", 0xC000, False),
        ("-F", 0xC200, False),
        ("-F", 0x0800_C000, False),  # the same flash under another address
        ("-F", 0x8_0000, True),
        ("-F", 0xD000 + 0x1000, True),
        ("-L", 0x2000_0000, True),
        ("-L", 0xC000, False),
    ],
)
def test_the_start_address_is_held_against_the_address_of_the_image(
    option: str, address: int, is_outside: bool
) -> None:
    image = signed(FIRMWARE, option, hex(address))
    assert (image.starts_outside == RESET - 1) == is_outside
    assert (Remark.MISFIT_ADDRESS in remarks(image)) == is_outside
    shown = dict(rows(classify(image.data, "x")))
    assert shown.get("Starts at") == ("0x0000c244" if is_outside else None)


def test_without_an_address_nothing_is_proven_of_the_start() -> None:
    assert signed(table(reset=0x9000_0001) + CODE).starts_outside is None
