"""Firmware packages and files of several images: what is in them, for which image and slot."""

from __future__ import annotations

import hashlib
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cbor2
import pytest

from smp.errors import SmpError
from smp.image import FileKind, FilePart, FirmwareFile, McubootImage, classify, read_firmware
from smp.text import Coded
from tests.helpers import images
from tests.helpers.packages import bundled, hexed, in_place, package, two_cores, zipped

APP, NET = images.image("2.1.0", 4096), images.image("1.4.0", 3000)
FIRST = images.image("3.0.0", 2000, "--rom-fixed", "0xc000")
SECOND = images.image("3.0.0", 2000, "--rom-fixed", "0x82000")


def raw() -> bytes:
    return struct.pack("<16I", 0x20001580, *(0x401 + 0x40 * n for n in range(15))) + bytes(500)


def look(data: bytes, name: str = "dfu_application.zip") -> FirmwareFile:
    return classify(data, name)


def told(file: FirmwareFile) -> list[tuple[str, int | None, int | None]]:
    assert file.problem is None, file.problem.text
    return [(str(part.image.version), part.number, part.slot) for part in file.parts]


def code(file: FirmwareFile) -> str:
    assert isinstance(file.problem, SmpError)
    assert isinstance(file.problem.what, Coded)
    assert not file.is_usable
    return file.problem.what.code


def one(**more: Any) -> bytes:
    return package({"app_update.bin": (APP, more)})


def test_a_package_of_two_cores() -> None:
    file = look(two_cores(APP, NET))
    assert (file.kind, file.label, file.notes) == (FileKind.PACKAGE, "Lamp 2", ())
    assert file.parts == (
        FilePart(
            McubootImage.from_bytes(APP),
            0,
            None,
            "app.signed.bin",
            "nrf5340dk_nrf5340_cpuapp",
            "nRF5340_CPUAPP",
            "",
            0xC000,
        ),
        FilePart(
            McubootImage.from_bytes(NET),
            1,
            None,
            "ipc_radio.bin",
            "nrf5340dk/nrf5340/cpunet",
            "nRF5340_CPUAPP",
            "NETWORK",
            0x01008800,
        ),
    )
    assert file.images == tuple(part.image for part in file.parts)
    assert file.versions == "2.1.0, 1.4.0"


@pytest.mark.parametrize(
    ("more", "number"),
    [
        ({}, None),
        ({"image_index": "0"}, 0),
        ({"image_index": 1}, 1),
        ({"image_index": "1", "image": 0}, 1),
        ({"image_index": 2.0}, 2),
        ({"image": 1}, 1),
        ({"image": "1"}, 1),
        ({"partition": "1"}, 1),
        ({"partition": "mcuboot_secondary"}, 0),
        ({"partition": "mcuboot_primary_1"}, 1),
        ({"partition": "slot3_partition"}, 1),
        ({"partition": "image-1"}, 0),
        ({"partition": ""}, None),
        ({"slot_index_primary": "3", "slot_index_secondary": "4"}, 1),
        ({"slot_index_secondary": 2}, 0),
        ({"slot": "2"}, 1),
        ({"core": "NETWORK"}, 1),
        ({"core": "APPLICATION"}, None),
        ({"image_index": ""}, None),
        ({"type": "bin"}, None),
        ({"type": None, "board": None, "soc": 7}, None),
    ],
)
def test_numbers_as_tools_have_written_them(more: dict[str, Any], number: int | None) -> None:
    (part,) = look(one(**more)).parts
    assert part.number == number


@pytest.mark.parametrize(
    "more",
    [
        {"image_index": "odd"},
        {"image_index": "-1"},
        {"image_index": 99},
        {"image_index": True},
        {"image_index": [0]},
        {"image": {}},
        {"partition": "littlefs"},
        {"slot": "first"},
        {"slot_index_primary": "0"},
        {"image_index": "9" * 50},
    ],
)
def test_a_number_nobody_understands_is_not_taken_for_image_0(more: dict[str, Any]) -> None:
    file = look(one(**more))
    assert code(file) == "manifest-number-unreadable"
    assert not file.parts


@pytest.mark.parametrize(
    "text",
    [
        '{"format-version": 0, "files": [{"load_address": 0xc000, "file": "a.bin"}]}',
        '{"files": [{"file": "a.bin", "size": %d, "load_address": 0XC000,},], }',
        '\ufeff{"files": [{"file": "a.bin", "x": ": 0x10, \\" ,}", "load_address":0xC000}]}',
        '{"files": [{"file": "a.bin", "load_address": "0xc000"}], "format-version": "1"}',
        '{"files": [{"file": "a.bin", "load_address": 49152}, 7, {"size": 1}, {"file": ""}]}',
    ],
)
def test_manifests_that_are_not_quite_json(text: str) -> None:
    text = text.replace("%d", str(len(APP)))
    file = look(package({"a.bin": (APP, {})}, text=text))
    assert told(file) == [("2.1.0", None, None)]
    assert file.parts[0].address == 0xC000
    assert not file.notes


@pytest.mark.parametrize("version", [2, "7", None, "new", [], 1 << 70])
def test_another_format_is_read_with_a_remark(version: object) -> None:
    file = look(package({"a.bin": (APP, {})}, manifest={"format-version": version}))
    assert told(file) == [("2.1.0", None, None)]
    assert "which this program does not know" in file.notes[0]


def test_a_pair_for_the_two_slots() -> None:
    wanted = [("3.0.0", 0, 0), ("3.0.0", 0, 1)]
    assert told(look(in_place(FIRST, SECOND))) == wanted
    assert look(in_place(FIRST, SECOND)).versions == "3.0.0"
    old = in_place(FIRST, SECOND, version_MCUBOOT__XIP="3.0.0")
    assert told(look(old)) == wanted
    bare = in_place(FIRST, SECOND, image_index=None)
    assert told(look(bare)) == wanted
    nothing_said = package({"b.bin": (SECOND, {}), "a.bin": (FIRST, {})})
    assert told(look(nothing_said)) == [("3.0.0", None, 1), ("3.0.0", None, 0)], "by the address"


@pytest.mark.parametrize(
    ("first", "second", "slots"),
    [
        ({"slot": "0"}, {}, (0, 1)),
        ({}, {"slot": 0, "image_index": 0}, (1, 0)),
        (
            {"version_MCUBOOT__XIP": "2.1.0", "load_address": "0xc200"},
            {"version_MCUBOOT__XIP": "1.4.0", "load_address": "0x82200"},
            (0, 1),
        ),
    ],
)
def test_pairs_of_which_the_manifest_says_little(
    first: dict[str, Any], second: dict[str, Any], slots: tuple[int, int]
) -> None:
    both = {"image_index": "0"}
    file = look(package({"a.bin": (APP, both | first), "b.bin": (NET, both | second)}))
    assert [(n, s) for _, n, s in told(file)] == [(0, slots[0]), (0, slots[1])]


def test_addresses_alone_make_no_pair() -> None:
    """Old packages name where each file's partition lies."""
    both = {"image_index": "0"}
    files = {
        "a.bin": (APP, {**both, "load_address": 1}),
        "b.bin": (NET, {**both, "load_address": 2}),
    }
    assert code(look(package(files))) == "file-number-twice"


def test_pairs_of_two_images() -> None:
    files = {
        "a0.bin": (FIRST, {"slot": "0", "image_index": "0"}),
        "a1.bin": (SECOND, {"slot": "1", "image_index": "0"}),
        "n0.bin": (APP, {"slot": "2", "image_index": "1"}),
        "n1.bin": (NET, {"slot": "3", "image_index": "1"}),
    }
    assert [(n, s) for _, n, s in told(look(package(files)))] == [(0, 0), (0, 1), (1, 0), (1, 1)]


@pytest.mark.parametrize("more", [({}, {}), ({"image_index": 1}, {"image_index": "1"})])
def test_two_files_for_one_image_are_refused(more: tuple[dict[str, Any], ...]) -> None:
    file = look(package({"a.bin": (APP, more[0]), "b.bin": (NET, more[1])}))
    assert code(file) in ("file-images-unclear", "file-number-twice")
    assert "a.bin (2.1.0), b.bin (1.4.0)" in str(file.problem)
    assert len(file.parts) == 2, "to be looked at"


def test_where_one_file_has_a_number_the_others_are_image_0() -> None:
    file = look(package({"a.bin": (APP, {}), "b.bin": (NET, {"image_index": "1"})}))
    assert told(file) == [("2.1.0", 0, None), ("1.4.0", 1, None)]


def test_one_image_for_two_numbers_is_refused() -> None:
    file = look(package({"a.bin": (APP, {}), "b.bin": (APP, {"image_index": "1"})}))
    assert code(file) == "file-image-twice"


def test_the_bootloaders_own_files_are_left_out_with_a_word() -> None:
    files: dict[str, Any] = {
        "app.bin": (APP, {"image_index": "0"}),
        "mcuboot_s0.bin": (b"boot", {"type": "mcuboot", "image_index": "1", "slot": "0"}),
    }
    file = look(package(files))
    assert told(file) == [("2.1.0", 0, None)]
    assert [str(note) for note in file.notes] == [
        "mcuboot_s0.bin is for the bootloader itself and is left out"
    ]
    del files["app.bin"]
    alone = look(package(files))
    assert alone.problem is not None
    assert alone.problem.what == "dfu_application.zip is a package for the bootloader itself"
    assert "the package of the application" in alone.problem.next_step


@pytest.mark.parametrize("kind", ["suit-envelope", "cache", "SUIT"])
def test_packages_of_another_bootloader_are_named(kind: str) -> None:
    file = look(package({"app.bin": (APP, {}), "root.suit": (b"x", {"type": kind})}))
    assert (file.kind, file.is_usable) == (FileKind.OTHER_FIRMWARE, False)
    assert "SUIT" in str(file.problem)


@pytest.mark.parametrize("folder", ["fw/", "a/b c/"])
def test_files_in_a_folder(folder: str) -> None:
    file = look(package({"app_update.bin": (APP, {})}, folder=folder, method=zipfile.ZIP_DEFLATED))
    assert told(file) == [("2.1.0", None, None)]


def test_what_systems_and_people_add_to_an_archive_is_no_matter() -> None:
    beside = {
        "__MACOSX/._manifest.json": b"\0\5\x16\7",
        "__MACOSX/fw/._app_update.bin": b"\0\5\x16\7",
        "fw/.DS_Store": b"x",
        "fw/README.txt": b"read me",
        "fw/doc/": b"",
        "fw/old/manifest.json": b'{"files": [{"file": "b.bin"}]}',
    }
    file = look(package({"app_update.bin": (APP, {})}, folder="fw/", beside=beside))
    assert told(file) == [("2.1.0", None, None)]


def test_a_file_that_lies_elsewhere_is_found_where_only_one_has_its_name() -> None:
    manifest = {"manifest.json": b'{"files": [{"file": "app.bin"}]}'}
    assert told(look(zipped(manifest | {"bin/app.bin": APP}))) == [("2.1.0", None, None)]
    capitals = {name.upper(): data for name, data in (manifest | {"app.bin": APP}).items()}
    assert told(look(zipped(capitals))) == [("2.1.0", None, None)]
    both = look(zipped(manifest | {"a/app.bin": APP, "b/app.bin": NET}))
    assert code(both) == "package-mismatch"


@pytest.mark.parametrize("size", [len(APP) - 1, "1", 0, -1], ids=["less", "text", "0", "-1"])
def test_a_size_that_differs_is_refused(size: object) -> None:
    file = look(one(size=size))
    assert code(file) == "package-mismatch"
    assert f"{len(APP):,} bytes" in str(file.problem)
    assert told(look(one(size=str(len(APP))))) == told(look(one(size="?"))) != []


def test_a_file_that_is_missing_is_named() -> None:
    text = json.dumps({"files": [{"file": "a.bin"}, {"file": "b.bin"}]})
    file = look(package({"a.bin": (APP, {})}, text=text))
    assert code(file) == "package-mismatch"
    assert "b.bin, which its manifest names, is not in it" in str(file.problem)


@pytest.mark.parametrize(
    "file",
    ["../a.bin", "x/../../a.bin", "/etc/a.bin", "C:\\fw\\a.bin", "..\\a.bin", "\\\\host\\a.bin"],
)
def test_a_file_that_a_manifest_names_outside_of_the_package_is_refused(file: str) -> None:
    """As an entry of such a name is."""
    data = package({"a.bin": (APP, {})}, text=json.dumps({"files": [{"file": file}]}))
    assert code(look(data)) == "package-unsafe"
    assert "a.bin" in str(look(data).problem)


@pytest.mark.parametrize("file", ["./a.bin", ".\\a.bin", "A.BIN"])
def test_a_file_beside_the_manifest_is_found_however_it_is_named(file: str) -> None:
    data = package({"a.bin": (APP, {})}, text=json.dumps({"files": [{"file": file}]}))
    assert told(look(data)) == [("2.1.0", None, None)]


def test_a_file_in_another_folder_than_the_manifest_says_is_not_taken_for_it() -> None:
    text = json.dumps({"files": [{"file": "net/a.bin"}]})
    assert code(look(package({"app/a.bin": (APP, {})}, text=text))) == "package-mismatch"
    there = look(package({"NET/a.bin": (APP, {})}, text=text))
    assert told(there) == [("2.1.0", None, None)]


@pytest.mark.parametrize("kind", ["modem", "wifi-patch", "FPGA", 7, ["application"], {"a": 1}])
def test_a_type_that_nobody_knows_is_not_taken_for_an_application(kind: object) -> None:
    file = look(package({"a.bin": (APP, {}), "m.bin": (NET, {"type": kind})}))
    assert code(file) == "manifest-type-unknown"
    assert "m.bin is of the type" in str(file.problem)
    assert str(kind) in str(file.problem)
    assert not file.parts


@pytest.mark.parametrize("kind", ["application", "Application", " bin ", "firmware", "", None])
def test_types_of_what_goes_into_a_slot(kind: str | None) -> None:
    assert told(look(one(type=kind))) == [("2.1.0", None, None)]


@pytest.mark.parametrize("kind", ["mcuboot", "MCUboot_s1", "bootloader", "b0", "nsib"])
def test_types_of_bootloaders(kind: str) -> None:
    more = {"type": kind, "image_index": "0", "slot": "3", "slot_index_primary": "odd"}
    file = look(package({"a.bin": (APP, {}), "b.bin": (b"x", more)}))
    assert told(file) == [("2.1.0", None, None)], "its numbers are of no matter"
    assert "b.bin is for the bootloader itself" in file.notes[0]


@pytest.mark.parametrize(
    "more",
    [
        {"image_index": 16},
        {"image_index": "31"},
        {"image": 16},
        {"partition": "16"},
        {"slot": 32},
        {"slot_index_primary": 33},
    ],
)
def test_numbers_that_no_device_has_are_refused(more: dict[str, Any]) -> None:
    assert code(look(one(**more))) == "manifest-number-unreadable"
    assert "a number that no device has" in str(look(one(**more)).problem)


def test_a_package_in_a_package_is_to_be_unpacked() -> None:
    inner = package({"a.bin": (APP, {})})
    problem = look(package({"inner.zip": (inner, {})})).problem
    assert "Unpack it and choose inner.zip from it" in str(problem)


def test_the_list_of_a_package_alone_is_named() -> None:
    problem = look(b'{"files": [{"file": "app.bin"}]}', "manifest.json").problem
    assert problem is not None
    assert problem.what == "manifest.json is the list of what is in a firmware package"
    assert "Choose the package" in problem.next_step


@pytest.mark.parametrize(
    ("more", "number"),
    [
        ({"image_index": 15}, 15),
        ({"slot": "31"}, 15),
        ({"slot_index_primary": 31, "slot_index_secondary": "32"}, 15),
    ],
)
def test_the_largest_numbers(more: dict[str, Any], number: int) -> None:
    assert look(one(**more)).parts[0].number == number


@pytest.mark.parametrize(
    "more",
    [
        {"image_index": "0", "slot_index_primary": "3", "slot_index_secondary": "4"},
        {"image_index": "1", "slot_index_primary": "1"},
        {"image_index": "1", "slot": 0},
        {"slot_index_primary": "1", "slot_index_secondary": "4"},
        {"partition": "mcuboot_secondary", "slot": "2"},
    ],
)
def test_slots_of_another_image_contradict_the_number(more: dict[str, Any]) -> None:
    file = look(one(**more))
    assert code(file) == "manifest-contradicts-itself"
    assert "slots of image" in str(file.problem)


def test_what_is_said_twice_in_the_same_words_is_one() -> None:
    entry = {"file": "a.bin", "image_index": "0"}
    data = package({"a.bin": (APP, {})}, text=json.dumps({"files": [entry, entry]}))
    assert told(look(data)) == [("2.1.0", 0, None)]
    other = package(
        {"a.bin": (APP, {})}, text=json.dumps({"files": [entry, entry | {"image_index": 1}]})
    )
    assert code(look(other)) == "package-mismatch"
    assert "names a.bin twice, for different things" in str(look(other).problem)


def test_a_hash_in_the_manifest_is_compared() -> None:
    whole, inside = hashlib.sha256(APP).hexdigest(), McubootImage.from_bytes(APP).hash.hex()
    for right in (whole, inside, whole.upper(), "", "not told", 7):
        assert told(look(one(sha256=right))) == [("2.1.0", None, None)]
    wrong = look(one(sha256=hashlib.sha256(NET).hexdigest()))
    assert code(wrong) == "package-mismatch"
    assert "app_update.bin in it is another file" in str(wrong.problem)


def test_images_that_the_manifest_does_not_name_are_told_of() -> None:
    beside = {"net.bin": NET, "notes.bin": b"no image", "doc.txt": b"x"}
    file = look(package({"a.bin": (APP, {})}, beside=beside))
    assert told(file) == [("2.1.0", None, None)]
    assert [str(note) for note in file.notes] == [
        "net.bin lies in it, too; its manifest does not name it, and it is left out"
    ]


def test_several_packages_in_one_archive_are_not_chosen_from() -> None:
    manifest = b'{"files": [{"file": "a.bin"}]}'
    one = {"x/manifest.json": manifest, "x/a.bin": APP}
    other = {"y/manifest.json": manifest, "y/a.bin": NET}
    file = look(zipped(one | other))
    assert file.problem is not None
    assert file.problem.what == "dfu_application.zip is a ZIP archive of several packages"
    assert "x, y" in file.problem.why
    assert "a ZIP of its own" in file.problem.next_step
    foreign = {"y/manifest.json": b'{"name": "a browser extension"}'}
    assert told(look(zipped(foreign | one))) == [("2.1.0", None, None)]


@pytest.mark.parametrize(
    "encoded",
    [
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.encode("utf-16"),
        lambda text: text.encode("utf-16-be"),
        lambda text: b"\xff\xfe\0\0" + text.encode("utf-32-le"),
    ],
)
def test_a_manifest_in_whatever_encoding(encoded: Callable[[str], bytes]) -> None:
    text = json.dumps({"files": [{"file": "a.bin", "image_index": "1"}]}, indent=2)
    file = look(zipped({"a.bin": APP, "manifest.json": encoded(text)}))
    assert told(file) == [("2.1.0", 1, None)]


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        (b'{"files": []}', "names no files"),
        (b'{"files": [{"size": 3}]}', "names no files"),
        (b'{"files": [{"file": "a.bin"}]}' + b" " * (1 << 20), "cannot be read"),
        (b'{"files": [{"file": "a.bin"}', "cannot be read"),
    ],
)
def test_a_manifest_of_no_use_says_why(manifest: bytes, words: str) -> None:
    file = look(zipped({"a.bin": APP, "manifest.json": manifest}))
    assert file.problem is not None
    assert words in file.problem.why
    assert "for a whole one" in file.problem.next_step


def test_a_file_of_several_boards() -> None:
    (part,) = look(one(board=["a_board", "", "b_board", 7], soc=["nRF52840"])).parts
    assert (part.board, part.soc) == ("a_board, b_board", "nRF52840")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"raw firmware", "net.bin is text"),
        (b"\xaa\x55" * 50, "no MCUboot image"),
        (b"", "net.bin is empty"),
        (zipped({"a.bin": APP}), "It is a ZIP archive; an image is wanted"),
        (hexed((0xC000, APP)), "It is an Intel HEX file; a package holds images as they are sent"),
        (raw(), "raw firmware without header and signature"),
        (APP[:-1], "cut off"),
        (APP[:600] + b"\0" + APP[601:], "do not match the hash"),
        (images.image("1.0.0", 64, "-e", "big"), "big-endian"),
    ],
)
def test_a_file_in_it_that_cannot_be_used_is_named(data: bytes, words: str) -> None:
    file = look(package({"net.bin": (data, {"image_index": "1"}), "app.bin": (APP, {})}))
    assert code(file) == "package-file-unusable"
    assert str(file.problem).startswith("net.bin in dfu_application.zip cannot be used")
    assert words in str(file.problem)


def test_a_version_that_differs_from_the_manifests_is_said() -> None:
    file = look(one(version_MCUBOOT="2.0.0+7"))
    assert [str(note) for note in file.notes] == [
        "app_update.bin is 2.1.0; the manifest says 2.0.0+7"
    ]
    for same in ("2.1.0", "2.1.0+0", "newest", 7):
        assert not look(one(version_MCUBOOT=same)).notes


def test_names_in_a_package_are_cleaned() -> None:
    more = {"board": "a\x1b[2Jb", "core": "x\ny", "image_index": "0"}
    data = package({"a\x1b[2Jb.bin": (APP, more)}, manifest={"name": "\x1b]0;title\x07Lamp"})
    file = look(data)
    assert told(file) == [("2.1.0", 0, None)]
    (part,) = file.parts
    assert (part.name, part.board, part.core, file.label) == ("ab.bin", "ab", "x y", "Lamp")


# -- images that belong together ------------------------------------------------------------------


def naming(*others: bytes) -> bytes:
    """An image with the manifest record of the SDK."""
    hashes = [McubootImage.from_bytes(other).hash for other in others]
    value = struct.pack("<II", 1, len(hashes)) + b"".join(hashes)
    return images.with_protected(images.image("2.2.0"), (0x76, value))


def test_images_that_start_together_are_looked_for() -> None:
    app = naming(NET)
    assert McubootImage.from_bytes(app).companions == (McubootImage.from_bytes(NET).hash,)
    assert len(told(look(two_cores(app, NET)))) == 2
    other = look(two_cores(app, images.image("1.4.1", 3000)))
    assert code(other) == "file-companion-missing"
    assert "app.signed.bin (2.2.0) starts only together with" in str(other.problem)
    alone = look(package({"app.bin": (app, {})}))
    assert told(alone) == [("2.2.0", None, None)], "the other one may be on the device"
    assert len(told(look(bundled({0: app, 1: NET}), "m.bin"))) == 2
    assert code(look(bundled({0: app, 1: APP}), "m.bin")) == "file-companion-missing"


# -- dfu_multi_image.bin --------------------------------------------------------------------------


def test_the_images_of_a_bundle_have_their_numbers() -> None:
    file = look(bundled({1: NET, 0: APP}), "dfu_multi_image.bin")
    assert file.kind is FileKind.BUNDLE
    assert told(file) == [("1.4.0", 1, None), ("2.1.0", 0, None)]


def test_what_is_for_the_bootloader_in_a_bundle_is_left_out_with_a_word() -> None:
    file = look(bundled({0: APP, -2: b"boot"}) + b"more", "m.bin")
    assert told(file) == [("2.1.0", 0, None)]
    assert [str(note) for note in file.notes] == [
        "4 bytes for the bootloader itself are left out",
        "4 bytes behind the last image are left out",
    ]


def test_a_bundle_that_is_cut_off_says_so() -> None:
    file = look(bundled({0: APP, 1: NET})[:-10], "m.bin")
    assert file.problem is not None
    assert file.problem.what == "m.bin is a file of several images that is cut off"
    assert "10 bytes are missing" in file.problem.why


def test_an_image_of_a_bundle_that_cannot_be_used_is_named() -> None:
    file = look(bundled({0: APP, 1: NET[:700] + b"\0" + NET[701:]}), "m.bin")
    assert code(file) == "file-image-unusable"
    assert "Image 1 in m.bin" in str(file.problem)
    assert "Image 0 in m.bin" in str(look(bundled({0: b"abc", 1: NET}), "m.bin").problem)


def test_a_bundle_with_a_number_twice_is_refused() -> None:
    listed = cbor2.dumps({"img": [{"id": 0, "size": len(APP)}, {"id": 0, "size": len(NET)}]})
    data = struct.pack("<H", len(listed)) + listed + APP + NET
    assert code(look(data, "m.bin")) == "file-number-twice"


@pytest.mark.parametrize(
    "listed",
    [
        {},
        {"img": []},
        {"img": {}},
        {"img": [1]},
        {"img": [{"id": 0}]},
        {"img": [{"id": 0, "size": -1}]},
        {"img": [{"id": 0, "size": 1 << 40}]},
        {"img": [{"id": 200, "size": 1}]},
        {"img": [{"id": True, "size": 1}]},
        [{"img": [{"id": 0, "size": 1}]}],
    ],
)
def test_what_only_looks_like_a_bundle_is_none(listed: object) -> None:
    data = cbor2.dumps(listed)
    found = classify(struct.pack("<H", len(data)) + data + b"xy", "x")
    assert found.kind is not FileKind.BUNDLE


def test_a_build_s_signed_image_is_found_beside_its_bundle(tmp_path: Path) -> None:
    (tmp_path / "zephyr").mkdir()
    right = tmp_path / "zephyr" / "zephyr.signed.bin"
    right.write_bytes(images.image())
    (tmp_path / "dfu_multi_image.bin").write_bytes(bundled({0: images.image(), 1: b"x"}))
    assert read_firmware(tmp_path / "dfu_multi_image.bin").suggestion == right
