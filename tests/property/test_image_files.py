"""Packages, bundles, hex and images in one another: whatever is done to them, only our own errors
come out, and what is called usable can be made a job of."""

from __future__ import annotations

import io
import json
import struct
import warnings
import zipfile
from typing import Any

import cbor2
from hypothesis import example, given, settings
from hypothesis import strategies as st

from smp.image import FileKind, FirmwareFile, classify, describe, rows
from smp.update.job import Job, parts_of
from tests.helpers import images
from tests.helpers.packages import bundled, hexed, in_place, package, two_cores, zipped

APP = images.image("1.2.3+4", 64, header_size=32)
NET = images.image("1.4.0", 80, header_size=32, key=None)
PADDED = images.image("1.0.0", 64, "--confirm", header_size=32, slot_size=0x1000)
FIRST = images.image("3.0.0", 64, "--rom-fixed", "0xc000", header_size=32)
SECOND = images.image("3.0.0", 64, "--rom-fixed", "0x82000", header_size=32)
NEEDS_1 = images.image("2.0.0", 64, "-d", "(1, 1.4.0)", header_size=32)
PARTS = (APP, NEEDS_1, NET, PADDED, FIRST, SECOND)
WHOLE = [
    two_cores(APP, NET),
    in_place(FIRST, SECOND),
    package({"a.bin": (APP, {})}, folder="fw/", method=zipfile.ZIP_DEFLATED),
    zipped({"a.bin": APP}),
    bundled({0: APP, 1: NET, -1: b"boot"}),
    hexed((0, b"boot" * 20), (0xC000, APP), (0x0100_8800, NET)),
    hexed((0xC000, PADDED)),
    NEEDS_1.ljust(0x400, b"\xff") + NET,
    FIRST + SECOND,
]


def look_at(data: bytes, name: str = "x.zip") -> FirmwareFile:
    """Everything that can be asked about a file, and the job of what is usable."""
    file = classify(data, name)
    told = json.loads(json.dumps(describe(file)))
    assert len(told["images"]) == len(file.parts)
    rows(file)
    assert file.is_usable <= bool(file.parts)
    if file.is_usable:
        parts = parts_of(file.parts)
        assert Job(parts, notes=file.notes).parts == parts
        assert len(parts) == len(file.parts)
        numbers = {part.number for part in parts}
        assert all(0 <= number < 16 for number in numbers)
        assert all(part.slot in (None, 0, 1) for part in parts)
        for part in file.parts:
            assert part.image.hash
    return file


def test_what_is_whole_is_usable() -> None:
    for data in WHOLE:
        assert look_at(data).is_usable


@given(st.data())
@settings(max_examples=300)
def test_bytes_changed_cut_and_inserted(data: st.DataObject) -> None:
    whole = bytearray(data.draw(st.sampled_from(WHOLE)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(whole)))
        removed = data.draw(st.integers(0, 40))
        whole[at : at + removed] = data.draw(st.binary(max_size=12))
    look_at(bytes(whole))


@given(st.data())
@settings(max_examples=300)
def test_lists_of_contents_with_fields_changed(data: st.DataObject) -> None:
    """Where a byte of an archive's list is changed, not one of its files."""
    whole = bytearray(data.draw(st.sampled_from(WHOLE[:4])))
    start = whole.index(b"PK\x01\x02")
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(start, len(whole) - 1))
        whole[at] = data.draw(st.integers(0, 255))
    look_at(bytes(whole))


anything: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        *(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
        st.sampled_from(["0", "1", "0x2", "slot1_partition", "NETWORK", "mcuboot", "suit"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
KEYS = (
    *("image_index", "image", "partition", "slot", "slot_index_primary", "slot_index_secondary"),
    *("type", "core", "size", "board", "soc", "load_address", "version_MCUBOOT", "modtime"),
    "version_MCUBOOT+XIP",
)
entries = st.fixed_dictionaries(
    {"file": st.one_of(st.sampled_from(["a.bin", "b.bin", "../a.bin", "c/a.bin"]), anything)},
    optional=dict.fromkeys(KEYS, anything),
)


@given(
    st.one_of(anything, st.lists(st.one_of(entries, anything), max_size=4)),
    st.dictionaries(st.sampled_from(["format-version", "name", "manifest"]), anything, max_size=2),
    st.sampled_from(PARTS),
    st.sampled_from(PARTS),
)
@settings(max_examples=400)
def test_any_manifest_of_real_images(
    files: Any, more: dict[str, Any], first: bytes, second: bytes
) -> None:
    manifest = json.dumps({"files": files, **more}).encode()
    look_at(zipped({"manifest.json": manifest, "a.bin": first, "b.bin": second}))


@given(
    st.text(alphabet=st.sampled_from('{}[]",:0x1aFf \n\\files.bnEtrue-'), max_size=80).map(
        lambda text: '{"files": [{"file": "a.bin", ' + text
    )
)
@example('{"files": [{"file": "a.bin", "x": 0x' + "f" * 5000 + "}]}")
@example('{"files": [{"file": "a.bin", "size": ' + "9" * 5000 + "}]}")
def test_any_text_of_a_manifest(text: str) -> None:
    look_at(zipped({"manifest.json": text.encode(), "a.bin": APP}))


names = st.one_of(
    st.text(max_size=12),
    st.lists(
        st.sampled_from(["..", "a", "manifest.json", "", "C:", "\\", "a.bin"]), min_size=1
    ).map("/".join),
)


@given(st.lists(st.tuples(names, st.sampled_from([b"", b"x", APP, b"PK\x03\x04"])), max_size=5))
@settings(max_examples=200)
def test_any_names_in_an_archive(files: list[tuple[str, bytes]]) -> None:
    stream = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w") as archive:
        warnings.simplefilter("ignore")
        for name, data in files:
            if name and "\0" not in name and name.encode("utf-8", "ignore").decode() == name:
                archive.writestr(name, data)
    file = look_at(stream.getvalue())
    assert file.kind is not FileKind.UNKNOWN or not files


@given(
    st.lists(st.tuples(st.integers(-3, 20), st.sampled_from([*PARTS, b"", b"x"])), max_size=4),
    st.integers(-3, 3),
    st.binary(max_size=5),
)
def test_any_bundle(parts: list[tuple[int, bytes]], wrong: int, behind: bytes) -> None:
    entries = [{"id": number, "size": max(0, len(part) + wrong)} for number, part in parts]
    listed = cbor2.dumps({"img": entries})
    look_at(struct.pack("<H", len(listed)) + listed + b"".join(part for _, part in parts) + behind)


def record(kind: int, address: int, data: bytes) -> bytes:
    body = bytes([len(data), address >> 8, address & 255, kind]) + data
    return b":" + (body + bytes([-sum(body) & 255])).hex().encode()


records = st.builds(
    record,
    st.sampled_from([0, 0, 0, 0, 1, 2, 3, 4, 5, 6]),
    st.integers(0, 0xFFFF),
    st.one_of(st.binary(max_size=8), st.sampled_from([b"\0\0", b"\xff\xff", APP[:200]])),
)


@given(
    st.lists(st.one_of(records, st.binary(max_size=12)), max_size=12),
    st.sampled_from([b"\n", b"\r\n", b"\r", b" \n\n"]),
    st.booleans(),
)
@settings(max_examples=300)
def test_any_records(lines: list[bytes], ending: bytes, ended: bool) -> None:
    look_at(ending.join([*lines, *([b":00000001FF"] if ended else [])]), "x.hex")


@given(st.lists(st.tuples(st.integers(0, 40), st.sampled_from(PARTS)), max_size=4), st.data())
@settings(max_examples=200)
def test_hex_of_images_at_any_addresses(
    places: list[tuple[int, bytes]], data: st.DataObject
) -> None:
    """Also such that overlap: the later one is what is written."""
    step = data.draw(st.sampled_from([0x40, 0x1000, 0x0080_0000]))
    look_at(hexed(*((at * step, part) for at, part in places)), "x.hex")


@given(
    st.lists(
        st.one_of(
            st.sampled_from(PARTS),
            st.binary(max_size=8),
            st.integers(0, 64).map(lambda count: b"\xff" * count),
            st.just(bytes.fromhex("3db8f396")),
        ),
        max_size=6,
    )
)
@settings(max_examples=300)
def test_images_among_any_bytes(pieces: list[bytes]) -> None:
    file = look_at(b"".join(pieces), "x.bin")
    assert all(any(part.image.unpadded() in whole for whole in PARTS) for part in file.parts)
