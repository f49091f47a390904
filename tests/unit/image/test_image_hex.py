"""Intel HEX files: signed, merged, with gaps, as tools write them and as people damage them."""

from __future__ import annotations

import struct

import pytest

from smp.image import FileKind, FirmwareFile, HashCheck, McubootImage, Tail, classify
from smp.image import hex_records as hex_module
from tests.helpers import images
from tests.helpers.packages import hexed

APP = images.image("2.1.0", 4096)
NET = images.image("1.4.0", 3000)


def table(reset: int) -> bytes:
    """What a Cortex-M starts from."""
    return struct.pack("<16I", 0x20001580, *(reset + 1 + 0x40 * n for n in range(15)))


BOOT = table(0x400) + images.payload(8000)


def look(data: bytes) -> FirmwareFile:
    return classify(data, "app.hex")


def at_place(address: int, version: str = "3.0.0", size: int = 3000) -> bytes:
    """Signed firmware that is linked to run at that address."""
    start = address + 0x200
    return images.signed(table(start + 0x100) + images.payload(size, hex(address)), version=version)


def usable(data: bytes) -> list[tuple[bytes, int | None, int | None, int | None]]:
    file = look(data)
    assert file.problem is None, file.problem.text
    assert file.kind is FileKind.INTEL_HEX
    return [(part.image.data, part.address, part.number, part.slot) for part in file.parts]


@pytest.mark.parametrize("address", [0, 0xC000, 0x82000, 0x0800_0000, 0xFFFF_0000])
def test_a_signed_image_at_its_address(address: int) -> None:
    assert usable(hexed((address, APP))) == [(APP, address, None, None)]
    assert look(hexed((address, APP))).notes == ()


def test_of_a_merged_file_the_image_is_sent() -> None:
    data = hexed((0, BOOT), (0xC000, APP))
    assert usable(data) == [(APP, 0xC000, None, None)]
    assert f"{len(BOOT):,} bytes beside the image are left out" in look(data).notes[0]


def test_a_bootloader_that_the_image_follows_without_a_gap() -> None:
    boot = BOOT.ljust(0x4000, b"\xff")
    assert usable(hexed((0, boot), (0x4000, APP))) == [(APP, 0x4000, None, None)]


def test_gaps_are_filled_as_erased_flash_is() -> None:
    image = images.signed(images.payload(1000) + b"\xff" * 5000 + images.payload(1000))
    first, second = image[:1400], image[1400:]
    start = len(second) - len(second.lstrip(b"\xff"))
    data = hexed((0xC000, first), (0xC000 + 1400 + start, second[start:]))
    assert usable(data) == [(image, 0xC000, None, None)]
    elsewhere = hexed((0xC000, first), (0xC000 + 1400 + start + 4, second[start:]))
    assert not look(elsewhere).is_usable


def test_records_behind_the_image_are_left_out() -> None:
    data = hexed((0xC000, APP), (0xFF000, b"\x55" * 64), (0x1000_1000, b"\x01" * 8))
    assert usable(data) == [(APP, 0xC000, None, None)]
    assert "72 bytes" in look(data).notes[0]


def test_padding_goes_and_a_trailer_stays_with_its_image() -> None:
    assert usable(hexed((0xC000, APP + b"\xff" * 5000))) == [(APP, 0xC000, None, None)]
    padded = images.image("2.1.0", 4096, "--pad", "--confirm", slot_size=0x8000)
    bare = padded.rstrip(b"\xff")
    image, magic = padded[: McubootImage.from_bytes(padded).size], padded[-32:]
    assert bare == padded
    data = hexed((0xC000, image), (0xC000 + 0x8000 - 32, magic))
    file = look(data)
    assert file.parts[0].image.tail is Tail.TRAILER
    assert file.parts[0].image.data == padded
    assert file.notes == ()


@pytest.mark.parametrize(
    ("options", "tail"),
    [
        ((), Tail.NOTHING),
        (("--pad",), Tail.TRAILER),
        (("--pad", "--confirm"), Tail.TRAILER),
        (("--confirm",), Tail.TRAILER),
    ],
)
def test_hex_files_that_imgtool_signs(options: tuple[str, ...], tail: Tail) -> None:
    source = hexed((0xC200, images.payload(4000)))
    (part,) = look(images.signed_hex(source, *options, slot_size=0x8000)).parts
    assert (part.address, part.image.tail) == (0xC000, tail)
    assert part.image.hash_check is HashCheck.MATCHES
    assert len(part.image.data) == (0x8000 if options else part.image.size)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: text.lower(),
        lambda text: text.replace(b"\n", b"\n\n"),
        lambda text: b"\n \n" + text,
        lambda text: b"\xef\xbb\xbf" + text,
        lambda text: text.replace(b"\n", b"  \t\n"),
        lambda text: text.replace(b"\n", b"; a comment\n"),
        lambda text: text.replace(b"\n", b" # of a tool\n"),
        lambda text: text + b"; trailing words\n\x00\xff",
        lambda text: text.rstrip(b"\n"),
        lambda text: text.replace(b"\n", b"\r"),
        lambda text: text.replace(b":00000001FF", b":0400000500000000F7\n:00000001FF"),
        lambda text: text.replace(b"\n", b"\n; between\n", 3),
    ],
)
def test_texts_that_differ_only_in_looks(change: object) -> None:
    assert callable(change)
    assert usable(change(hexed((0xC000, APP)))) == [(APP, 0xC000, None, None)]


def test_records_in_any_order_and_with_segments() -> None:
    lines = hexed((0x1000, APP)).splitlines(keepends=True)
    *data, end = lines
    assert usable(b"".join([*reversed(data), end])) == [(APP, 0x1000, None, None)]
    assert usable(b":020000021000EC\n" + b"".join(lines)) == [(APP, 0x11000, None, None)]


def test_large_files_are_read_in_portions() -> None:
    large = images.image("1.0.0", 300_000)
    text = hexed((0x0800_F000, large))
    assert text.count(b"\n") > 4 * hex_module._PORTION
    assert usable(text) == [(large, 0x0800_F000, None, None)]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda text: text[:2000], "cut off"),
        (lambda text: text[: text.index(b":00000001FF")], "cut off"),
        (lambda text: text.replace(b":10C010", b":10C110"), "damaged"),
        (lambda text: text.replace(b"\n:10", b"\n10", 1), "damaged"),
        (lambda text: text.replace(b"\n:10", b"\n:10zz", 1), "damaged"),
        (lambda text: text + text, "more than one"),
        (lambda text: text.replace(b"\n:10", b"\nhello\n:10", 1), "damaged"),
        (lambda text: text.replace(b":00000001FF", b":00000009F7\n:00000001FF"), "damaged"),
        (lambda text: text.replace(b"\n:10", b"\n:\xff\xfe10", 1), "damaged"),
        (
            lambda text: text.replace(b":00000001FF", b":0100000055AA\n:0100000055AA\n:00000001FF"),
            "",
        ),
    ],
)
def test_damaged_texts_are_refused(spoil: object, words: str) -> None:
    assert callable(spoil)
    file = look(spoil(hexed((0xC000, APP))))
    assert file.kind is FileKind.INTEL_HEX
    assert file.problem is not None
    assert file.problem.what.startswith(("app.hex is a", "app.hex is more than one"))
    assert words in file.problem.what
    assert "again" in file.problem.next_step or "one of the files" in file.problem.next_step


def record(kind: int, address: int, data: bytes = b"") -> bytes:
    body = bytes([len(data), *address.to_bytes(2, "big"), kind]) + data
    return b":%s\n" % (body + bytes([-sum(body) & 0xFF])).hex().upper().encode()


END = record(1, 0)
LINES = [
    record(4, 0, b"\x00\x00"),
    *(record(0, 0xC000 + 16 * n, bytes(range(n, n + 16))) for n in range(5)),
    END,
]


def with_line(line: int, text: bytes) -> list[bytes]:
    """`text` in the place of that line."""
    return [*LINES[: line - 1], text, *LINES[line:]]


FAULTS = [
    (with_line(4, LINES[3][:-3] + b"00\n"), 4, "damaged", "checksum of line 4 is 00 and should be"),
    (with_line(4, LINES[3][:-2] + b"\n"), 4, "damaged", "odd number: one of them is missing"),
    (with_line(4, LINES[3][:20] + b"\n"), 4, "damaged", "odd number"),
    (
        with_line(4, LINES[3][:21] + b"\n"),
        4,
        "damaged",
        "says that it holds 16 bytes of data, and ",
    ),
    (with_line(4, LINES[3].replace(b"A", b"G").replace(b"0", b"O")), 4, "damaged", "no hex digit"),
    (with_line(4, LINES[3].replace(b":", b"")), 4, "damaged", "does not begin with a colon"),
    (with_line(4, b":0011\n"), 4, "damaged", "too short for a record"),
    (with_line(4, LINES[3][:-1] + b"00\n"), 4, "damaged", "holds 16 bytes of data, and holds 17"),
    (with_line(4, record(9, 0)), 4, "damaged", "type 09, which Intel HEX does not have"),
    (with_line(4, record(4, 0, b"\x01")), 4, "damaged", "1 bytes of data instead of 2"),
    (with_line(4, b"S1130000285F245F2212226A000424290008237C2A\n"), 4, "damaged", "S-record"),
    (with_line(4, LINES[2]), 4, "damaged", "Lines 3 and 4 both say what is to be at 0xc010"),
    (with_line(6, record(0, 0xC00F, b"x")), 6, "damaged", "Lines 2 and 6 both say what is to be"),
    (
        with_line(4, record(4, 0, b"\xff\xff") + record(0, 0xFFF8, bytes(16))),
        5,
        "damaged",
        "Line 5 goes beyond the last address that there is (0xffffffff)",
    ),
    ([*LINES, LINES[2]], 8, "more than one", "Line 8 follows the record that ends the file"),
    ([*LINES, *LINES], 8, "more than one", "several files, one behind the other"),
    ([*LINES[:4], LINES[4][:20]], 5, "cut off", "Line 5 has 19 hex digits, an odd number"),
    ([*LINES[:4], LINES[4][:21]], 5, "cut off", "Line 5 says that it holds 16 bytes of data, and"),
    ([*LINES[:4], b":1"], 5, "cut off", "Line 5"),
    ([*LINES[:-1], b":00000001FE\n"], 7, "damaged", "is FE and should be FF"),
    ([*LINES[:2], b"; 3\n", b"\n", with_line(4, b"?\n")[3], END], 5, "damaged", "Line 5"),
]


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize(("lines", "line", "what", "why"), FAULTS)
def test_what_is_wrong_is_said_with_its_line(
    lines: list[bytes], line: int, what: str, why: str, ending: bytes
) -> None:
    problem = look(b"".join(lines).replace(b"\n", ending)).problem
    assert problem is not None
    assert what in problem.what
    assert why in problem.why
    assert f"{line}" in problem.why
    lower = look(b"\xef\xbb\xbf" + b"".join(lines).replace(b"\n", ending)).problem
    assert str(lower) == str(problem), "a mark at the start moves no line"


def test_a_first_line_that_is_damaged_does_not_make_it_another_kind_of_file() -> None:
    file = look(b"".join(with_line(1, b":020000040000FB\n")))
    assert file.kind is FileKind.INTEL_HEX
    assert "checksum of line 1" in str(file.problem)


def test_a_text_that_windows_made_utf_16_is_read() -> None:
    text = hexed((0xC000, APP)).decode()
    assert usable(text.encode("utf-16")) == [(APP, 0xC000, None, None)]
    assert usable(b"\xfe\xff" + text.encode("utf-16-be")) == [(APP, 0xC000, None, None)]


def test_where_a_processor_starts_may_be_said_twice() -> None:
    starts = record(5, 0, bytes(4)) + record(5, 0, b"\0\0\1\0") + record(3, 0, bytes(4))
    assert usable(starts + hexed((0xC000, APP))) == [(APP, 0xC000, None, None)]
    assert usable(hexed((0xC000, APP)) + END) == [(APP, 0xC000, None, None)], "an end twice"


def test_the_last_address_there_is_can_be_written() -> None:
    last = record(4, 0, b"\xff\xff") + record(0, 0xFFF0, bytes(16))
    text = b"".join([*hexed((0xC000, APP)).splitlines(keepends=True)[:-1], last, END])
    assert usable(text) == [(APP, 0xC000, None, None)]


def test_what_is_there_twice_is_refused_across_portions() -> None:
    body = hexed((0xC000, images.image("1.0.0", 100_000))).rsplit(b":0", 1)[0]
    count = body.count(b"\n")
    assert count > hex_module._PORTION
    problem = look(body + body + END).problem
    assert f"Lines 2 and {count + 2:,} both say what is to be at 0xc000" in str(problem)
    first = body.splitlines(keepends=True)[1]
    late = look(body + record(4, 0, b"\0\0") + first + END).problem
    assert f"Lines 2 and {count + 2:,} both say" in str(late)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b":00000001FF\n", "no data at all"),
        (hexed((0, BOOT)), "raw firmware"),
        (hexed((0, images.payload(3000))), "no MCUboot image"),
        (hexed((0xC000, APP[:900] + b"\0" + APP[901:])), "do not match the hash"),
        (hexed((0xC000, APP[:-30])), "cut off"),
        (hexed((0, BOOT), (0xC000, APP[:900] + b"\0" + APP[901:])), "do not match the hash"),
    ],
)
def test_files_without_a_whole_image_say_so(data: bytes, words: str) -> None:
    file = look(data)
    assert not file.is_usable
    assert words in str(file.problem)


def test_a_file_that_is_far_too_large_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hex_module, "LARGEST_HEX", 1000)
    assert "far too large" in str(look(hexed((0, APP))).problem)
    monkeypatch.undo()
    monkeypatch.setattr(hex_module, "MOST_PIECES", 10)
    scattered = hexed(*((n * 16, b"x") for n in range(5000)))
    assert "without order" in str(look(scattered).problem)


def test_bytes_that_lie_far_apart_take_no_memory() -> None:
    ends = hexed((0, b"\x01"), (0x7FFF_0000, b"\x02"), (0xFFFF_FFF0, b"\x03"), (0xC000, APP))
    assert usable(ends) == [(APP, 0xC000, None, None)]


# -- several images -------------------------------------------------------------------------------


def test_the_image_in_the_flash_of_the_network_core_is_image_1() -> None:
    data = hexed((0, BOOT), (0xC000, APP), (0x0100_8800, NET))
    assert usable(data) == [(APP, 0xC000, 0, None), (NET, 0x0100_8800, 1, None)]
    assert usable(hexed((0x0100_8800, NET))) == [(NET, 0x0100_8800, 1, None)]


def test_an_image_that_lies_in_both_slots_is_one() -> None:
    assert usable(hexed((0xC000, APP), (0x82000, APP))) == [(APP, 0xC000, None, None)]


def test_images_that_run_where_they_lie_are_a_pair() -> None:
    first, second = at_place(0xC000), at_place(0x82000)
    data = hexed((0x82000, second), (0xC000, first))
    assert usable(data) == [(first, 0xC000, None, 0), (second, 0x82000, None, 1)]


def test_cores_of_one_version_are_no_pair() -> None:
    """Each runs where it lies, as the two files of a pair do."""
    app, net = at_place(0xC000), at_place(0x0100_8800)
    data = hexed((0xC000, app), (0x0100_8800, net))
    assert usable(data) == [(app, 0xC000, 0, None), (net, 0x0100_8800, 1, None)]
    other = at_place(0x60000, size=900)
    assert not look(hexed((0xC000, app), (0x60000, other))).is_usable, "of another size"


def test_the_old_firmware_in_the_other_slot_is_no_pair() -> None:
    """Both are linked for the first slot: which one is meant nobody can tell."""
    new, old = at_place(0xC000, "3.1.0"), at_place(0xC000, "3.0.0", 2000)
    file = look(hexed((0xC000, new), (0x82000, old)))
    assert not file.is_usable
    assert len(file.parts) == 2
    assert "3.1.0 at 0xc000, 3.0.0 at 0x82000" in str(file.problem)
