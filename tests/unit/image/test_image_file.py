"""Files as people drop them: each kind is recognised, each problem says what to do."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import os
import struct
import sys
import zipfile
from pathlib import Path

import cbor2
import pytest
from intelhex import IntelHex

from smp.errors import FileError
from smp.image import (
    FileKind,
    FilePart,
    FirmwareFile,
    HashCheck,
    McubootImage,
    classify,
    read_firmware,
)
from smp.image import file as file_module
from smp.image.file import RECOGNISERS
from smp.text import Text
from tests.helpers import images

VECTORS = struct.pack("<4I", 0x20001580, 0xCBC1, 0x1113F, 0xCBAD)


def raw(size: int = 4096, room: int = 0) -> bytes:
    return bytes(room) + VECTORS + images.payload(size)


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


def hexed(data: bytes, at: int = 0xC000) -> bytes:
    stream = io.StringIO()
    records = IntelHex()
    records.frombytes(data, offset=at)
    records.write_hex_file(stream)
    return stream.getvalue().encode()


def bundled(parts: dict[int, bytes]) -> bytes:
    listed = cbor2.dumps({"img": [{"id": n, "size": len(part)} for n, part in parts.items()]})
    return struct.pack("<H", len(listed)) + listed + b"".join(parts.values())


def windows_program() -> bytes:
    return (b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0").ljust(200, b"\x90")


def bitmap() -> bytes:
    return b"BM" + struct.pack("<I", 100) + images.payload(94)


def dfu(data: bytes) -> bytes:
    return data + b"\xff\xff\xff\xff\xff\xff\x00\x01UFD\x10\x00\x00\x00\x00"


FOREIGN = [
    (FileKind.EMPTY, b""),
    (FileKind.BLANK, b"\xff" * 1000),
    (FileKind.BLANK, b"\x00" * 1000),
    (FileKind.RAW_BINARY, raw()),
    (FileKind.RAW_BINARY, raw(room=0x200)),
    (FileKind.RAW_BINARY, b"\xff" * 0x400 + raw()),
    (FileKind.INTEL_HEX, hexed(raw())),
    (FileKind.INTEL_HEX, b":00000001FF"),
    (FileKind.INTEL_HEX, b"\r\n:020000040000FA\r\n"),
    (FileKind.S_RECORD, b"S00F000068656C6C6F202020202000003C\n"),
    (FileKind.ELF, b"\x7fELF\x01\x01\x01" + images.payload(100)),
    (FileKind.UF2, b"UF2\n\x57\x51\x5d\x9e" + images.payload(504)),
    (FileKind.PACKAGE, zipped({"manifest.json": b'{"files": []}', "app.bin": b"x"})),
    (FileKind.PACKAGE, zipped({"manifest.json": b'{"files": [{"file": "a.bin"}]}'})),
    (FileKind.PACKAGE, zipped({"fw/manifest.json": b'{"files": [{"file": "a.bin"}]}'})),
    (FileKind.BUNDLE, bundled({0: b"abc", 1: b"de"})[:-1]),
    (FileKind.BUNDLE, bundled({-1: b"abc", -2: b"de"})),
    (FileKind.ZIP, zipped({"app.bin": b"x"})),
    (FileKind.ZIP, zipped({"extension/manifest.json": b'{"name": "x"}'})),
    (FileKind.ZIP, b"PK\x03\x04" + images.payload(50)),
    (FileKind.OTHER_FIRMWARE, zipped({"manifest.json": b'{"manifest": {"application": {}}}'})),
    (FileKind.DOCUMENT, zipped({"[Content_Types].xml": b""})),
    (FileKind.PROGRAM, zipped({"META-INF/MANIFEST.MF": b""})),
    (FileKind.ARCHIVE, gzip.compress(b"hello", mtime=0)),
    (FileKind.OTHER_FIRMWARE, b"sbv3" + images.payload(100)),
    (FileKind.OTHER_FIRMWARE, b"DfuSe\x01" + images.payload(100)),
    (FileKind.OTHER_FIRMWARE, b"\xd8\x6b\xa2" + images.payload(100)),
    (FileKind.OTHER_FIRMWARE, dfu(images.payload(100))),
    (FileKind.OTHER_FIRMWARE, b"\xe9\x05\x02\x20\x64\x04\x08\x40" + images.payload(100)),
    (FileKind.KEY, b"-----BEGIN PRIVATE KEY-----\nMDA=\n-----END PRIVATE KEY-----\n"),
    (FileKind.TEXT, b"hello"),
    (FileKind.INTEL_HEX, b":00000001FE\n"),  # wrong checksums
    (FileKind.S_RECORD, b"S00F000068656C6C6F202020202000003D\n"),
    (FileKind.S_RECORD, "S00F000068656C6C6F202020202000003C\n".encode("utf-16")),
    (FileKind.OTHER_FIRMWARE, b"@F000\r\n31 40 00 03 B2 40 80 5A\r\nq\r\n"),
    (FileKind.OTHER_FIRMWARE, b"@00000000\nDEADBEEF 00000000\n"),
    (FileKind.TEXT, b"@home\nsome words\n"),
    (FileKind.TEXT, b"Some things: 1, 2\nSummary\nS1 is a motorway\n"),
    (FileKind.TEXT, b"00000000: 3db8 f396 0000 0000 0002 0000 7c4c 0000  =.......\n"),
    (FileKind.TEXT, "größer".encode() * 1000),
    (FileKind.TEXT, "größer".encode("utf-16")),
    (FileKind.TEXT, b"\xef\xbb\xbf<!DOCTYPE html><html>"),
    (FileKind.PICTURE, b"\x89PNG\r\n\x1a\n" + images.payload(100)),
    (FileKind.PICTURE, bitmap()),
    (FileKind.DOCUMENT, b"%PDF-1.7\n1 0 obj\n"),
    (FileKind.MEDIA, b"\x00\x00\x00\x20ftypisom" + images.payload(100)),
    (FileKind.PROGRAM, windows_program()),
    (FileKind.UNKNOWN, images.payload(1000)),
    (FileKind.UNKNOWN, b"\x01"),
]


def test_an_image_that_was_copied_as_text_is_told_so() -> None:
    image = images.image("2.1.0", 4096)
    assert image.count(b"\n") >= 4
    spoilt = classify(image.replace(b"\n", b"\r\n"), "app.bin")
    assert spoilt.kind is FileKind.DAMAGED_IMAGE
    assert "copied or stored as text" in str(spoilt.problem)
    assert "as a binary file" in str(spoilt.problem)
    flipped = classify(image[:700] + bytes([image[700] ^ 1]) + image[701:], "app.bin")
    assert "as text" not in str(flipped.problem)


@pytest.mark.parametrize(("kind", "data"), FOREIGN)
def test_foreign_files_are_named_and_refused(kind: FileKind, data: bytes) -> None:
    found = classify(data, "dropped.xyz")
    assert found.kind is kind
    assert not found.is_usable
    assert found.images == ()
    assert found.problem is not None
    assert found.problem.what.startswith("dropped.xyz is ")
    assert found.problem.why
    assert found.problem.next_step
    with pytest.raises(FileError) as caught:
        found.require_images()
    assert caught.value is found.problem


def test_every_foreign_kind_has_an_example() -> None:
    own = {
        FileKind.MCUBOOT_IMAGE,
        FileKind.ENCRYPTED_IMAGE,
        FileKind.TRUNCATED_IMAGE,
        FileKind.DAMAGED_IMAGE,
        FileKind.BIG_ENDIAN_IMAGE,
        FileKind.OBSOLETE_IMAGE,
        FileKind.MERGED_BINARY,
        FileKind.SEVERAL_IMAGES,
        FileKind.DOWNLOAD,
    }
    assert {kind for kind, _ in FOREIGN} | own == set(FileKind)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (raw(), ("Ask whoever gave you the firmware", "signed.bin")),
        (b"\x7fELF" + images.payload(64), ("signed.bin", "debugger")),
        (hexed(raw()), ("raw firmware", "signed.bin")),
        (hexed(images.payload(4096)), ("no MCUboot image", "signed.bin")),
        (zipped({"manifest.json": b"{}", "d/app.bin": b"x"}), ("Unpack it", "choose app.bin")),
        (zipped({"a.bin": b"x", "b.bin": b"y"}), ("the right one of the files", "a.bin, b.bin")),
        (zipped({"readme.txt": b"x"}), ("no firmware package", "signed.bin")),
        (b"<html><title>Sign in</title>", ("web page", "Download the firmware again")),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:0",
            ("Git LFS pointer", "download it where it comes from"),
        ),
        (b"-----BEGIN PUBLIC KEY-----\nMDA=\n", ("never sent to a device",)),
    ],
)
def test_the_next_step_names_the_wanted_file(data: bytes, words: tuple[str, ...]) -> None:
    problem = classify(data, "x").problem
    assert problem is not None
    text = str(problem)
    assert "build/" not in text, "most people have no build"
    if "Ask whoever" in text:
        assert "build/<application>/zephyr" in problem.detail
    assert all(word in text for word in words), text


def test_a_command_that_helps_is_there_to_be_copied() -> None:
    pointer = classify(b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "x").problem
    page = classify(b"<html>", "x").problem
    assert pointer is not None
    assert page is not None
    assert (pointer.command, page.command) == ("git lfs pull", "")


def test_every_word_about_a_file_can_be_said_in_another_language() -> None:
    def backwards(template: str) -> str:
        return template if template == "{text}" else f"<{template}>"  # what nobody translates

    for kind, data in FOREIGN:
        problem = classify(data, "x").problem
        assert problem is not None
        for text in (problem.what, problem.why, problem.next_step, kind.words):
            assert isinstance(text, Text)
            said = text.said(backwards)
            assert not text or said.startswith("<")
    tar = classify(bytes(257) + b"ustar" + images.payload(300), "x").problem
    assert tar is not None
    assert tar.what.said(backwards) == "<x is <a tar archive>>"


def test_image_is_usable() -> None:
    data = images.image()
    found = classify(data, "app.signed.bin")
    assert found.kind is FileKind.MCUBOOT_IMAGE
    assert found.is_usable
    assert found.require_images() == found.images == (McubootImage.from_bytes(data),)
    assert found.size == len(data)
    assert found.sha256 == hashlib.sha256(data).digest()


@pytest.mark.parametrize("option", ["--pad", "--confirm", "--non-bootable"])
def test_unusual_images_are_usable(option: str) -> None:
    found = classify(images.image("1.0.0", 700, option, slot_size=0x10000), "app.bin")
    assert found.kind is FileKind.MCUBOOT_IMAGE
    assert found.is_usable


def test_encrypted_image_is_usable() -> None:
    options = ("-E", str(images.public_key_file("ecdsa-p256", "enc")))
    found = classify(images.image("1.0.0", 700, *options), "app.bin")
    assert found.kind is FileKind.ENCRYPTED_IMAGE
    assert found.is_usable
    assert found.images[0].hash_check is HashCheck.NOT_CHECKABLE


def test_image_with_a_dfu_suffix_is_still_an_image() -> None:
    assert classify(dfu(images.image()), "app.dfu").is_usable


def test_big_endian_image_is_shown_but_refused() -> None:
    found = classify(images.image("1.0.0", 700, "-e", "big"), "app.bin")
    assert found.kind is FileKind.BIG_ENDIAN_IMAGE
    assert not found.is_usable
    assert found.images[0].is_big_endian
    assert "big-endian" in str(found.problem)


def test_obsolete_image() -> None:
    found = classify(bytes.fromhex("3cb8f396") + images.payload(600), "old.bin")
    assert found.kind is FileKind.OBSOLETE_IMAGE
    assert "obsolete first format" in str(found.problem)


def test_cut_damaged_and_hashless_images() -> None:
    data = images.image()
    cut = classify(data[:-100], "app.bin")
    assert cut.kind is FileKind.TRUNCATED_IMAGE
    assert "100 bytes are missing" in str(cut.problem)
    damaged = classify(data[:600] + b"\x00" + data[601:], "app.bin")
    assert damaged.kind is FileKind.DAMAGED_IMAGE
    assert damaged.images[0].hash_check is HashCheck.DIFFERS
    assert "do not match the hash" in str(damaged.problem)
    hashless = classify(images.with_tlvs(data), "app.bin")
    assert hashless.kind is FileKind.DAMAGED_IMAGE
    assert "holds no hash" in str(hashless.problem)
    broken = classify(data[:8] + b"\x01\x00" + data[10:], "app.bin")
    assert broken.kind is FileKind.DAMAGED_IMAGE
    assert broken.images == ()


@pytest.mark.parametrize("length", [1, 3, 4, 31, 32, 700])
def test_beginnings_of_an_image_are_an_image_cut_off(length: int) -> None:
    assert classify(images.image()[:length], "x").kind is FileKind.TRUNCATED_IMAGE


def test_of_a_bootloader_and_an_image_the_image_is_sent() -> None:
    merged = raw(0xBFF0).ljust(0xC000, b"\xff") + images.image()
    found = classify(merged, "merged.bin")
    assert (found.kind, found.is_usable) == (FileKind.MERGED_BINARY, True)
    assert [part.image.data for part in found.parts] == [images.image()]
    assert "49,152 bytes beside the image are left out" in found.notes[0]
    dump = images.payload(0x1000) + images.image()
    assert "begins inside it at 0x1000" in str(classify(dump, "dump.bin").problem)


def test_a_literal_of_the_magic_does_not_make_a_merged_file() -> None:
    bootloader = raw(0x800) + bytes.fromhex("3db8f396") + images.payload(0x800)
    aligned = raw(0x1000 - 16) + bytes.fromhex("3db8f396") + images.payload(0x800)
    assert classify(bootloader, "mcuboot.bin").kind is FileKind.RAW_BINARY
    assert classify(aligned, "mcuboot.bin").kind is FileKind.RAW_BINARY


@pytest.mark.parametrize(
    "vectors",
    [
        (0x20001581, 0xCBC1, 0xCBC1, 0xCBC1),  # stack not aligned
        (0x08001580, 0xCBC1, 0xCBC1, 0xCBC1),  # stack in flash
        (0x20001580, 0xCBC0, 0xCBC1, 0xCBC1),  # reset vector even
        (0x20001580, 0xCBC1, 0xCBC1, 0xCBC0),  # fault vector even
        (0x20001580, 0xCBC1, 0x0800CBC1, 0xCBC1),  # handlers far apart
        (0x20001580, 0xF000CBC1, 0xF000CBC1, 0xF000CBC1),  # code in the system area
    ],
)
def test_random_data_is_not_taken_for_firmware(vectors: tuple[int, ...]) -> None:
    data = struct.pack("<4I", *vectors) + images.payload(1000)
    assert classify(data, "x").kind is FileKind.UNKNOWN


@pytest.mark.parametrize("stack", [0x10000400, 0x20002000, 0x30008000, 0x60100000])
def test_vector_tables_of_real_memories(stack: int) -> None:
    data = struct.pack("<4I", stack, 0x08000401, 0x08000501, 0x08000503) + images.payload(1000)
    assert classify(data, "x").kind is FileKind.RAW_BINARY


def test_zip_bombs_and_strange_manifests_are_only_looked_at() -> None:
    late = b" " * (2 << 20) + b'{"manifest": {}}'
    for manifest in (b"[" * 100_000, b"\xff\xfe", b"null", late):
        found = classify(zipped({"manifest.json": manifest}), "x.zip")
        assert found.kind is FileKind.PACKAGE
        assert not found.is_usable


def test_the_name_does_not_decide() -> None:
    assert classify(images.image(), "firmware.hex").is_usable
    assert classify(b"text", "firmware.bin").kind is FileKind.TEXT


def test_a_new_recogniser_makes_a_new_kind_usable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The door that a later version comes in by."""

    def base64_image(data: bytes, name: str) -> file_module.Finding | None:
        try:
            image = McubootImage.from_bytes(base64.b64decode(data, validate=True))
        except (ValueError, FileError):
            return None
        return file_module.Finding(FileKind.MCUBOOT_IMAGE, (FilePart(image),))

    monkeypatch.setattr(file_module, "RECOGNISERS", (base64_image, *RECOGNISERS))
    assert classify(base64.b64encode(images.image()), "x").require_images()


# Reading


def test_reads_a_file(tmp_path: Path) -> None:
    path = tmp_path / "app.signed.bin"
    path.write_bytes(images.image())
    found = read_firmware(str(path))
    assert found == FirmwareFile(
        "app.signed.bin",
        FileKind.MCUBOOT_IMAGE,
        len(images.image()),
        hashlib.sha256(images.image()).digest(),
        (FilePart(McubootImage.from_bytes(images.image())),),
        path=path,
    )


def test_missing_file_and_impossible_name(tmp_path: Path) -> None:
    for path in (tmp_path / "no.bin", tmp_path / "no" / "no.bin", "a\0b"):
        with pytest.raises(FileError, match="There is no file") as caught:
            read_firmware(path)
        assert caught.value.next_step


def test_file_used_as_a_folder(tmp_path: Path) -> None:
    (tmp_path / "app.bin").write_bytes(b"x")
    with pytest.raises(FileError):
        read_firmware(tmp_path / "app.bin" / "app.bin")


def test_folder(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="is a folder") as caught:
        read_firmware(tmp_path)
    assert caught.value.next_step == "Choose a file inside it"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "app.bin"
    path.write_bytes(b"x")
    path.chmod(0)
    if os.access(path, os.R_OK):  # root reads everything

        def refuse(*_: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(FileError, match="cannot be opened") as caught:
        read_firmware(path)
    assert "does not let this user" in caught.value.why
    assert "Permission denied" in caught.value.detail


def test_disk_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    (tmp_path / "app.bin").write_bytes(b"x")
    monkeypatch.setattr(Path, "open", fail)
    with pytest.raises(FileError, match="cannot be read") as caught:
        read_firmware(tmp_path / "app.bin")
    assert "local disk" in caught.value.next_step


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_pipes_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileError, match="no ordinary file"):
        read_firmware(tmp_path / "pipe")


@pytest.mark.skipif(sys.platform == "win32", reason="no files with holes")
def test_far_too_large_a_file_is_not_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "disk.img"
    with path.open("wb") as stream:
        stream.truncate(1 << 36)
    monkeypatch.setattr(file_module, "LARGEST_FILE", 1 << 20)
    with pytest.raises(FileError, match="far too large") as caught:
        read_firmware(path)
    assert "1 MiB" in caught.value.why


# The right file of the same build


@pytest.mark.parametrize(
    ("dropped", "data", "right"),
    [
        ("zephyr.bin", raw(), "zephyr.signed.bin"),
        ("zephyr.elf", b"\x7fELF" + images.payload(64), "zephyr.signed.bin"),
        ("zephyr.signed.hex", hexed(raw()), "zephyr.signed.bin"),
        ("app-v1.2.hex", hexed(raw()), "app-v1.2.signed.bin"),
        ("tfm_s.bin", raw(), "tfm_s_signed.bin"),
        ("merged.hex", hexed(raw()), "app/zephyr/zephyr.signed.bin"),
        ("dfu_application.zip", zipped({"manifest.json": b"{}"}), "zephyr/zephyr.signed.bin"),
        ("merged.hex", hexed(raw()), "app_update.bin"),
    ],
)
def test_the_image_of_the_same_build_is_offered(
    tmp_path: Path, dropped: str, data: bytes, right: str
) -> None:
    (tmp_path / dropped).write_bytes(data)
    (tmp_path / right).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / right).write_bytes(images.image())
    found = read_firmware(tmp_path / dropped)
    assert found.suggestion == tmp_path / right
    assert found.problem is not None
    assert found.problem.next_step == f"Choose {right}, which lies beside it"
    assert read_firmware(found.suggestion).is_usable


def test_a_build_folder_names_its_image(tmp_path: Path) -> None:
    right = tmp_path / "app" / "zephyr" / "zephyr.signed.bin"
    right.parent.mkdir(parents=True)
    right.write_bytes(images.image())
    (tmp_path / "mcuboot" / "zephyr").mkdir(parents=True)
    with pytest.raises(FileError) as caught:
        read_firmware(tmp_path)
    assert "app/zephyr/zephyr.signed.bin" in caught.value.next_step


def test_doubtful_neighbours_are_not_offered(tmp_path: Path) -> None:
    (tmp_path / "sensor.elf").write_bytes(b"\x7fELF" + images.payload(64))
    (tmp_path / "lamp.signed.bin").write_bytes(images.image())
    (tmp_path / "sensor.signed.bin").write_bytes(b"no image")
    (tmp_path / "sensor_signed.bin").mkdir()
    (tmp_path / "zephyr").mkdir()
    (tmp_path / "zephyr" / "zephyr.signed.bin").write_bytes(images.image())
    assert read_firmware(tmp_path / "sensor.elf").suggestion is None
    (tmp_path / "pump.signed.bin").write_bytes(images.image())
    with pytest.raises(FileError) as caught:
        read_firmware(tmp_path)
    assert caught.value.next_step == "Choose a file inside it"


def test_pictures_get_no_suggestion(tmp_path: Path) -> None:
    (tmp_path / "zephyr.png").write_bytes(b"\x89PNG\r\n\x1a\n" + images.payload(64))
    (tmp_path / "zephyr.bin").write_bytes(images.image())
    assert read_firmware(tmp_path / "zephyr.png").suggestion is None
