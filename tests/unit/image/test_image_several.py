"""Several images in one file without a word: told apart only where the bytes prove it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from smp.errors import FileError
from smp.image import FileKind, FirmwareFile, Tail, classify, read_firmware
from smp.image.inside import images_inside
from tests.helpers import images
from tests.helpers.packages import package

APP, NET = images.image("2.1.0", 4096), images.image("1.4.0", 3000)
FIRST = images.image("3.0.0", 2000, "--rom-fixed", "0xc000")
SECOND = images.image("3.0.0", 2000, "--rom-fixed", "0x82000")
NEEDS_1 = images.image("2.2.0", 4096, "-d", "(1, 1.4.0)")


def padded(image: bytes, size: int, fill: bytes = b"\xff") -> bytes:
    return image.ljust(size, fill)


def look(data: bytes) -> FirmwareFile:
    return classify(data, "both.bin")


JOINED = {
    "concatenated": lambda one, other: one + other,
    "aligned": lambda one, other: padded(one, -(-len(one) // 4096) * 4096) + other,
    "in slots": lambda one, other: padded(one, 0x8000) + padded(other, 0x8000),
    "zeros between": lambda one, other: padded(one, 0x6001, b"\0") + other,
}


@pytest.mark.parametrize("how", JOINED)
def test_images_that_need_each_other_are_told_apart(how: str) -> None:
    for data in (JOINED[how](NEEDS_1, NET), JOINED[how](NET, NEEDS_1)):
        file = look(data)
        assert (file.kind, file.problem) == (FileKind.SEVERAL_IMAGES, None)
        found = {part.number: part.image.unpadded() for part in file.parts}
        assert found == {0: NEEDS_1, 1: NET}


@pytest.mark.parametrize("how", JOINED)
@pytest.mark.parametrize(
    ("secure", "other"),
    [
        (("-d", "(1, 1.0.0)"), ("-d", "(0, 1.0.0)")),
        (("--boot-record", "SPE"), ("--boot-record", "NSPE")),
    ],
)
def test_secure_and_non_secure_firmware_are_told_apart(
    how: str, secure: tuple[str, ...], other: tuple[str, ...]
) -> None:
    one, two = images.image("1.0.0", 3000, *secure), images.image("1.0.0", 2000, *other)
    for data in (JOINED[how](one, two), JOINED[how](two, one)):
        file = look(data)
        assert file.problem is None
        assert {part.number: part.image.unpadded() for part in file.parts} == {0: one, 1: two}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("-d", "(2, 1.0.0)"), ()),
        (("-d", "(1, 1.0.0)"), ("-d", "(1, 1.0.0)")),
        (("-d", "(1, 1.0.0)"), ("-d", "(2, 1.0.0)")),
        (("--boot-record", "SPE"), ()),
        (("--boot-record", "SPE"), ("--boot-record", "SPE")),
    ],
)
def test_what_proves_nothing_is_no_proof(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    file = look(images.image("1.0.0", 3000, *one) + images.image("1.0.0", 2000, *other))
    assert len(file.parts) == 2
    assert "cannot be told" in str(file.problem)


@pytest.mark.parametrize("how", JOINED)
def test_a_pair_for_two_addresses_is_told_apart(how: str) -> None:
    file = look(JOINED[how](SECOND, FIRST))
    assert file.problem is None
    assert [(part.image.unpadded(), part.number, part.slot) for part in file.parts] == [
        (FIRST, None, 0),
        (SECOND, None, 1),
    ]


@pytest.mark.parametrize("how", JOINED)
def test_images_of_which_nothing_is_known_are_not_guessed(how: str) -> None:
    file = look(JOINED[how](APP, NET))
    assert file.kind is FileKind.SEVERAL_IMAGES
    assert not file.is_usable
    assert "version 2.1.0, version 1.4.0" in str(file.problem)
    assert [part.image.unpadded() for part in file.parts] == [APP, NET], "to be looked at"


def test_the_same_image_twice_is_one() -> None:
    file = look(padded(APP, 0x8000) + APP)
    assert (file.kind, file.problem) == (FileKind.MCUBOOT_IMAGE, None)
    assert [part.image.unpadded() for part in file.parts] == [APP]


def test_a_damaged_second_image_is_not_sent_and_not_overlooked() -> None:
    file = look(NEEDS_1 + NET[:800] + b"\0" + NET[801:])
    assert not file.is_usable
    assert "do not match the hash" in str(file.problem)


def test_an_image_inside_of_an_image_is_part_of_it() -> None:
    """An application may carry the other core's image, to write it there itself."""
    carrier = images.signed(images.payload(500) + NET + images.payload(500))
    file = look(carrier)
    assert (file.kind, len(file.parts)) == (FileKind.MCUBOOT_IMAGE, 1)
    assert look(padded(carrier, 0x8000)).parts[0].image.tail is Tail.PADDING


def test_a_file_made_of_marks_is_read_in_time() -> None:
    """Each mark might begin an image that is as large as the file."""
    huge = bytes.fromhex("3db8f396") + b"\0\0\0\0\x20\0\0\0\xff\xff\xff\x00" + bytes(16)
    before = time.process_time()
    assert images_inside(huge * 50_000) == []
    assert look(APP + huge * 50_000).is_usable
    assert time.process_time() - before < 30


# -- downloads and folders ------------------------------------------------------------------------


@pytest.mark.parametrize("ending", [".crdownload", ".part", ".partial", ".PART", ".opdownload"])
@pytest.mark.parametrize("data", [APP, APP[:1000], package({"a.bin": (APP, {})})[:-50], b"", b"x"])
def test_what_a_browser_still_writes_is_named(ending: str, data: bytes) -> None:
    file = classify(data, "app.signed.bin" + ending)
    assert file.kind is FileKind.DOWNLOAD
    assert file.problem is not None
    assert file.problem.what.endswith("is a download that has not ended")
    assert "by its final name" in file.problem.next_step


def test_other_unfinished_names_count_where_nothing_whole_is_in_them() -> None:
    assert classify(APP, "app.tmp").is_usable
    assert classify(APP[:1000], "app.tmp").kind is FileKind.DOWNLOAD
    assert classify(APP[:1000], "part.bin").kind is FileKind.TRUNCATED_IMAGE


def test_folders_are_named_with_what_to_take_from_them(tmp_path: Path) -> None:
    def step(folder: Path) -> str:
        with pytest.raises(FileError) as caught:
            read_firmware(folder)
        return f"{caught.value.what}: {caught.value.next_step}"

    unpacked = tmp_path / "unpacked"
    unpacked.mkdir()
    (unpacked / "manifest.json").write_text("{}")
    assert step(unpacked).startswith("unpacked is a folder: It is a package that was unpacked")
    build = tmp_path / "build"
    build.mkdir()
    (build / "dfu_application.zip").write_bytes(package({"a.bin": (APP, {})}))
    assert step(build).endswith("Choose dfu_application.zip, which lies in it")
    safari = tmp_path / "app.bin.download"
    safari.mkdir()
    assert step(safari).startswith("app.bin.download is a download that has not ended")
