"""Archives that are no packages, and archives that want to do harm: nothing of them is unpacked."""

from __future__ import annotations

import bz2
import io
import stat
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable

import pytest

from smp.image import FileKind, FirmwareFile, classify
from smp.image import unpacking as unpacking_module
from smp.text import Coded
from tests.helpers import images
from tests.helpers.packages import package, zipped

APP = images.image("2.1.0", 4096)
GOOD = {"app.bin": (APP, {"image_index": "0"})}


def look(data: bytes) -> FirmwareFile:
    return classify(data, "firmware.zip")


def code(file: FirmwareFile) -> str:
    assert file.problem is not None
    assert isinstance(file.problem.what, Coded)
    assert not file.is_usable
    assert not file.parts
    return file.problem.what.code


def unsafe(data: bytes, monkeypatch: pytest.MonkeyPatch) -> str:
    """Why it is refused, without any of it having been opened."""

    def forbidden(*_: object) -> None:
        raise AssertionError("something was unpacked")

    monkeypatch.setattr(zipfile.ZipFile, "open", forbidden)
    file = look(data)
    assert code(file) == "package-unsafe"
    assert file.problem is not None
    assert "in another way" in file.problem.next_step
    return str(file.problem.why)


def with_entry(name: str | zipfile.ZipInfo, data: bytes = b"x") -> bytes:
    stream = io.BytesIO(package(GOOD))
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr(name, data)
    return stream.getvalue()


@pytest.mark.parametrize(
    "name",
    [
        "../app.bin",
        "fw/../../app.bin",
        "..\\app.bin",
        "/etc/passwd",
        "\\\\server\\share\\app.bin",
        "C:\\Windows\\app.bin",
        "c:app.bin",
        "..",
    ],
)
def test_names_that_lead_outside_are_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "outside of it" in unsafe(with_entry(name), monkeypatch)


@pytest.mark.parametrize("name", ["..app.bin", "fw/a..b", "fw\\app.txt", "ä/ö.bin", "...", "a:b"])
def test_odd_names_that_stay_inside_are_borne(name: str) -> None:
    assert look(with_entry(name)).is_usable is (name != "a:b")


def special(kind: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("link.bin")
    info.create_system = 3
    info.external_attr = (kind | 0o777) << 16
    return info


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFSOCK])
def test_links_and_devices_are_refused(kind: int, monkeypatch: pytest.MonkeyPatch) -> None:
    data = with_entry(special(kind), b"/etc/passwd")
    assert "a link or a device" in unsafe(data, monkeypatch)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", ["app.bin", "APP.bin", "manifest.json"])
def test_names_that_are_there_twice_are_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "of the same name" in unsafe(with_entry(name), monkeypatch)


def claiming(size: int) -> bytes:
    """The list of contents says so of the first file in it."""
    data = bytearray(package(GOOD))
    struct.pack_into(
        "<I", data, data.rindex(b"PK\x01\x02", 0, data.rindex(b"PK\x01\x02")) + 24, size
    )
    return bytes(data)


@pytest.mark.parametrize("size", [2 << 30, (1 << 32) - 2, 65 << 20])
def test_claims_of_gigabytes_are_refused(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Unpacked it would be" in unsafe(claiming(size), monkeypatch)


def test_a_large_archive_of_other_things_is_no_danger() -> None:
    data = zipped({"manual.pdf": bytes(70 << 20), "readme.txt": b"x"})
    file = look(data)
    assert file.problem is not None
    assert file.problem.what == "firmware.zip is a ZIP archive"
    assert "Unpacked it would be 73,400,321 bytes" in file.problem.why


def test_a_manifest_that_names_a_file_again_and_again_is_read_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened: list[str] = []
    read = unpacking_module.Archive.read

    def noted(archive: unpacking_module.Archive, path: str, *limit: int) -> bytes:
        opened.append(path)
        return read(archive, path, *limit)

    monkeypatch.setattr(unpacking_module.Archive, "read", noted)
    for count, words in (
        (50, "names app.bin twice, for different things"),
        (20_000, "names 20,000 files"),
    ):
        opened.clear()
        again = ", ".join(f'{{"file": "app.bin", "core": "{n}"}}' for n in range(count))
        file = look(package(GOOD, text=f'{{"files": [{again}]}}'))
        assert words in str(file.problem)
        assert opened.count("app.bin") <= 1


def test_folders_that_are_listed_twice_are_no_danger() -> None:
    stream = io.BytesIO(package(GOOD, folder="fw/"))
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("fw/", b"")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("fw/", b"")
    assert look(stream.getvalue()).is_usable


def test_many_files_that_are_large_together_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    beside = {f"{n}.bin": bytes(9 << 20) for n in range(8)}
    data = package(GOOD, beside=beside, method=zipfile.ZIP_DEFLATED)
    assert len(data) < 1 << 20
    assert "Unpacked it would be" in unsafe(data, monkeypatch)


@pytest.mark.parametrize(
    "size", [1, len(APP) - 1, len(APP) + 1, 1 << 20], ids=["1", "less", "more", "1 MiB"]
)
def test_a_claim_that_is_not_kept_is_no_file(size: int) -> None:
    assert code(look(claiming(size))) in ("file-damaged", "package-mismatch")


def test_a_small_claim_is_all_that_is_unpacked() -> None:
    data = bytearray(zipped({"app.bin": bytes(60 << 20), "manifest.json": b"{}"}))
    struct.pack_into("<I", data, data.index(b"PK\x01\x02") + 24, 1000)
    tracemalloc.start()
    try:
        assert not look(bytes(data)).is_usable
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def test_other_methods_of_packing_are_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("manifest.json", b'{"files": [{"file": "app.bin"}]}')
        archive.writestr("app.bin", APP)
    monkeypatch.setattr(bz2, "BZ2Decompressor", None)
    file = look(stream.getvalue())
    assert code(file) == "package-packed-oddly"
    assert "as an ordinary ZIP" in str(file.problem)


def encrypted() -> bytes:
    data = bytearray(package(GOOD))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        found = -1
        while (found := data.find(mark, found + 1)) >= 0:
            data[found + at] |= 1
    return bytes(data)


def test_a_password_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    data = encrypted()
    monkeypatch.setattr(zipfile.ZipFile, "open", None)
    file = look(data)
    assert file.problem is not None
    assert file.problem.what == "firmware.zip is a ZIP archive with a password"
    assert "with its password" in file.problem.next_step


def crowded() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for number in range(unpacking_module.MOST_ENTRIES + 1):
            archive.writestr(f"{number}", b"")
    return stream.getvalue()


def test_too_many_files_are_not_even_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    data = crowded()
    monkeypatch.setattr(zipfile, "ZipFile", None)
    assert "more than 4,096 files" in str(look(data).problem)


def damage(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_damaged_file_in_it_is_noticed(method: int) -> None:
    data = package(GOOD, method=method)
    assert code(look(damage(data, data.index(b"PK\x03\x04") + 300))) == "file-damaged"


@pytest.mark.parametrize("cut", [1, 30, 5000])
def test_an_archive_that_is_cut_off_is_named(cut: int) -> None:
    assert "damaged or incomplete ZIP archive" in str(look(package(GOOD)[:-cut]).problem)


# -- archives that are something else -------------------------------------------------------------

PHOTO = b"\xff\xd8\xff\xe0" + images.payload(5000)


@pytest.mark.parametrize(
    ("data", "kind", "words", "step"),
    [
        (
            zipped({f"DCIM/IMG_{n}.JPG": PHOTO for n in range(9)}),
            FileKind.ZIP,
            "is a ZIP archive of pictures. It holds no firmware",
            "signed.bin",
        ),
        (
            zipped({"a.jpg": PHOTO, "b.mp4": b"x"}),
            FileKind.ZIP,
            "pictures and sounds",
            "signed.bin",
        ),
        (
            zipped({"a.jpg": PHOTO, "readme.txt": b"x"}),
            FileKind.ZIP,
            "it holds no firmware",
            "signed.bin",
        ),
        (
            zipped({"dfu_application.zip": package(GOOD)}),
            FileKind.ZIP,
            "holds another archive",
            "Unpack it and choose dfu_application.zip from it",
        ),
        (
            zipped({"zephyr.elf": b"x", "zephyr.hex": b"x", "fw/dfu.zip": package(GOOD)}),
            FileKind.ZIP,
            "holds another archive",
            "Unpack it and choose dfu.zip from it",
        ),
        (
            zipped({"manifest.json": b'{"manifest": {"application": {}}}', "a.dat": b"x"}),
            FileKind.OTHER_FIRMWARE,
            "bootloader of the nRF5 SDK",
            "nrfutil",
        ),
        (
            zipped({"a/app.hex": b":00000001FF"}),
            FileKind.ZIP,
            "no signed image",
            "choose app.hex from it",
        ),
        (zipped({}), FileKind.ZIP, "it holds no firmware", "signed.bin"),
        (
            zipped({"a.bin": APP, "b.bin": images.image("1.0.0")}),
            FileKind.ZIP,
            "several images, and no manifest",
            "the right one of the files in it: a.bin, b.bin",
        ),
    ],
)
def test_other_archives_are_named(data: bytes, kind: FileKind, words: str, step: str) -> None:
    file = look(data)
    assert (file.kind, file.is_usable) == (kind, False)
    assert words in str(file.problem)
    assert file.problem is not None
    assert step in file.problem.next_step


def test_an_image_that_a_build_left_twice_is_one() -> None:
    padded = images.image("2.1.0", 4096, "--pad", slot_size=0x8000)
    assert padded.startswith(APP[:100])
    for files in (
        {"app_update.bin": APP, "zephyr.signed.bin": APP},
        {"zephyr.signed.confirmed.bin": padded, "zephyr.signed.bin": APP},
    ):
        (part,) = look(zipped(files)).parts
        assert part.image.data == APP
    cut = look(zipped({"a.bin": APP[:-1], "b.bin": APP}))
    assert not cut.is_usable


def test_one_image_that_somebody_packed_stands_for_itself() -> None:
    file = look(zipped({"fw/app.signed.bin": APP, "fw/readme.txt": b"x"}))
    assert [(part.image.data, part.number, part.name) for part in file.parts] == [
        (APP, None, "app.signed.bin")
    ]
    assert file.is_usable
    assert not file.notes
    cut = look(zipped({"app.signed.bin": APP[:-1]}))
    assert not cut.is_usable


@pytest.mark.parametrize("folder", ["", "fw/"])
@pytest.mark.parametrize(
    "manifest",
    [
        b"{",
        b'{"files": [{"file": "app.signed.bin", "image_index": "1"',
        b'{"files": {"app.signed.bin": {"image_index": "1"}}}',
        b"[" * 200_000,
    ],
    ids=["brace", "cut", "other shape", "deep"],
)
def test_a_manifest_that_cannot_be_read_is_not_passed_over(manifest: bytes, folder: str) -> None:
    """It may say that the image is for another core."""
    file = look(zipped({f"{folder}app.signed.bin": APP, f"{folder}manifest.json": manifest}))
    assert not file.parts
    assert file.problem is not None
    assert "cannot be read" in file.problem.why
    assert "for a whole one" in file.problem.next_step


def test_whatever_zlib_says_is_our_own_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> Callable[..., bytes]:
        raise zlib.error("incorrect data check")

    data = package(GOOD, method=zipfile.ZIP_DEFLATED)
    monkeypatch.setattr(zipfile.ZipExtFile, "read", fails)
    assert code(look(data)) == "file-damaged"
