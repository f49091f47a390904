"""No bytes whatever make the image room raise anything but its own errors."""

from __future__ import annotations

import contextlib
import io
import json
import struct
import zipfile

import cbor2
from hypothesis import given, settings
from hypothesis import strategies as st

from smp.errors import FileError
from smp.image import (
    BootRecord,
    HashCheck,
    McubootImage,
    PublicKey,
    Trailer,
    TrailerLayout,
    Version,
    VersionError,
    check_signature,
    classify,
    describe,
    rows,
)
from smp.image.tlv import read_records
from tests.helpers import images

KEYS = [PublicKey.load(images.public_key_file(kind, "test")) for kind in images.KEY_TYPES]
BASES = [
    images.image("1.2.3+4", 64, "-s", "7", "--boot-record", "A", "--vid", "a.b", header_size=32),
    images.image("1.0.0", 64, "--confirm", key="rsa-2048", header_size=32, slot_size=0x2000),
    images.image("1.0.0", 64, "--pure", "-d", "(1, 2.0.0)", key="ed25519", header_size=32),
    images.image("1.0.0", 64, "-e", "big", "-s", "7", key="ecdsa-p384", header_size=32),
]
STARTS = [
    *(b"", b"PK\x03\x04", b"PK\x05\x06", b":10", b"S113", b"\x7fELF", b"UF2\n", b"MZ", b"BM"),
    *(b"\xe9", b"\xd8\x6b", b"-----BEGIN ", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf<html"),
    *(base[:40] for base in BASES),
    bytes.fromhex("3cb8f396"),
    struct.pack("<4I", 0x20001580, 0xCBC1, 0x1113F, 0xCBAD),
]


def look_at(data: bytes) -> None:
    """Everything that can be asked about a file."""
    found = classify(data, "x")
    json.dumps(describe(found, KEYS[2]))
    rows(found, KEYS[0])
    assert found.is_usable <= bool(found.images)
    for image in found.images:
        for key in KEYS:
            check_signature(image, key)
        assert image.unpadded() == data[: image.size]
        assert image.size + image.padding_size == len(data)
        assert not image.goes_by(None)
        assert not image.goes_by(b"")
        assert all(image.goes_by(digest) for digest in image.hashes)
        assert image.is_compressed or image.installed_size == image.size


@given(st.sampled_from(STARTS), st.binary(max_size=300))
def test_any_bytes(start: bytes, rest: bytes) -> None:
    look_at(start + rest)


@given(st.data())
def test_images_with_bytes_changed_cut_and_inserted(data: st.DataObject) -> None:
    image = bytearray(data.draw(st.sampled_from(BASES)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, min(len(image), 600)))
        removed = data.draw(st.integers(0, 8))
        image[at : at + removed] = data.draw(st.binary(max_size=8))
    look_at(bytes(image))


@given(st.integers(0, 3), st.data())
def test_a_change_in_what_is_hashed_never_goes_unnoticed(index: int, data: st.DataObject) -> None:
    image = bytearray(BASES[index])
    signed = McubootImage.from_bytes(bytes(image)).header.signed_size
    at = data.draw(st.integers(0, signed - 1))
    image[at] ^= data.draw(st.integers(1, 255))
    with contextlib.suppress(FileError):
        assert McubootImage.from_bytes(bytes(image)).hash_check is not HashCheck.MATCHES


TABLE = struct.pack("<16I", 0x20008000, *(0xC201 + 0x40 * n for n in range(15)))


@given(st.binary(max_size=600), st.integers(0, 40), st.sampled_from([32, 64, 512]))
def test_vector_tables_among_any_bytes(before: bytes, at: int, header_size: int) -> None:
    """A table is found wherever one may stand, and one at the start ends the search."""
    before = before.ljust(0x20 * at, b"\x00")[: 0x20 * at]
    for payload, place in ((before + TABLE, header_size + len(before)), (TABLE + before, None)):
        header = struct.pack(
            "<IIHHIIBBHII", 0x96F3B83D, 0, header_size, 0, len(payload), 0, 1, 0, 0, 0, 0
        )
        data = header.ljust(header_size, b"\0") + payload + _area(0x6907, [])
        image = McubootImage.from_bytes(data)
        found = image.displaced_vectors
        if image.vectors is not None:
            assert found is None
        elif found is not None:
            assert (found.at % 0x20, image.vectors) == (0, None)
            assert place is not None
            assert found.at <= place


headers = st.builds(
    lambda *fields: struct.pack("<IIHHIIBBHII", 0x96F3B83D, *fields),
    *(st.integers(0, 2**32 - 1), st.integers(0, 100), st.integers(0, 40)),
    *(st.integers(0, 200), st.integers(0, 0xFFF), st.integers(0, 255), st.integers(0, 255)),
    *(st.integers(0, 65535), st.integers(0, 2**32 - 1), st.just(0)),
)
records = st.lists(
    st.tuples(
        st.sampled_from(
            [*range(1, 4), *range(16, 40), *range(48, 54), 64, 80, 96, 112, 113, 116, 118, 165]
        ),
        st.binary(max_size=80),
    ),
    max_size=6,
)


@given(headers, records, records, st.binary(max_size=40))
@settings(max_examples=200)
def test_well_formed_images_of_any_contents(
    header: bytes,
    protected: list[tuple[int, bytes]],
    plain: list[tuple[int, bytes]],
    behind: bytes,
) -> None:
    size, image_size = max(32, header[8]), max(1, header[12])
    first = _area(0x6908, protected) if protected else b""
    fields = struct.pack("<HHI", size, len(first), image_size)
    body = (header[:8] + fields + header[16:]).ljust(size + image_size, b"\x55")
    look_at(body + first + _area(0x6907, plain) + behind)


def _area(magic: int, tlvs: list[tuple[int, bytes]]) -> bytes:
    area = b"".join(struct.pack("<HH", kind, len(value)) + value for kind, value in tlvs)
    return struct.pack("<HH", magic, len(area) + 4) + area


@given(st.lists(st.tuples(st.integers(0, 0xFFFF), st.binary(max_size=50)), max_size=8))
def test_records_come_back_as_they_were_written(tlvs: list[tuple[int, bytes]]) -> None:
    assert [(tlv.type, tlv.value) for tlv in read_records(_area(0x6907, tlvs))] == tlvs


@given(st.binary(max_size=100))
def test_any_records(area: bytes) -> None:
    with contextlib.suppress(FileError):
        read_records(area)


@given(st.binary(max_size=200), st.sampled_from([None, 8, 16, 32]), st.sampled_from([0, 255]))
def test_any_trailer(area: bytes, align: int | None, erased: int) -> None:
    Trailer.read(area, TrailerLayout(align) if align else None, erased=erased)


@given(st.binary(max_size=100))
def test_any_boot_record(value: bytes) -> None:
    BootRecord.from_bytes(value)


@given(st.sampled_from([b"", b"PUBLIC", b"PRIVATE", b"EC PRIVATE", b"RSA PRIVATE"]), st.binary())
def test_any_key_file(kind: bytes, body: bytes) -> None:
    pem = b"-----BEGIN " + kind + b" KEY-----\n" + body + b"\n-----END " + kind + b" KEY-----\n"
    for data in (body, pem):
        with contextlib.suppress(FileError):
            PublicKey.from_bytes(data)


@given(st.data())
def test_damaged_key_files(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(images.KEY_TYPES))
    maker = data.draw(st.sampled_from([images.key_file, images.public_key_file]))
    pem = bytearray(maker(kind, "test").read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(pem) - 1))
        pem[at] = data.draw(st.integers(0, 255))
    with contextlib.suppress(FileError):
        PublicKey.from_bytes(bytes(pem))


versions = st.builds(
    Version,
    *(st.integers(0, 255), st.integers(0, 255)),
    *(st.integers(0, 65535), st.integers(0, 2**32 - 1)),
)


@given(versions, versions)
def test_versions_in_every_spelling_and_order(one: Version, two: Version) -> None:
    assert Version.parse(str(one)) == one
    assert Version.parse(one.device_text) == Version.parse_device(one.device_text) == one
    for order in ("little", "big"):
        assert Version.from_bytes(one.to_bytes(order), order) == one  # type: ignore[arg-type]
    assert (one < two) + (two < one) + (one <= two <= one) == 1
    assert one.is_newer_than(two, build=True) + two.is_newer_than(one, build=True) == (one != two)


@given(st.text(max_size=30) | st.from_regex(r"[v0-9.+]{1,30}", fullmatch=True))
def test_any_version_text(text: str) -> None:
    with contextlib.suppress(VersionError):
        strict = Version.parse(text)
        assert Version.parse_device(text.strip()) == strict
    Version.parse_device(text)


def _zip(method: int) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        archive.writestr("manifest.json", b'{"files": [{"file": "a.bin"}]}' * 3)
        archive.writestr("a.bin", b"firmware" * 20)
    return stream.getvalue()


def _bundle() -> bytes:
    listed = cbor2.dumps({"img": [{"id": 0, "size": 200}, {"id": 1, "size": 9}]})
    return struct.pack("<H", len(listed)) + listed + BASES[0][:209]


CONTAINERS = [
    *(_zip(m) for m in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA)),
    _zip(zipfile.ZIP_BZIP2),
    _bundle(),
    b":10010000214601360121470136007EFE09D2190140\n:00000001FF\n",
    b"S1130000285F245F2212226A000424290008237C2A\n",
]


@given(st.data())
def test_damaged_containers(data: st.DataObject) -> None:
    container = bytearray(data.draw(st.sampled_from(CONTAINERS)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(container) - 1))
        container[at] = data.draw(st.integers(0, 255))
    look_at(bytes(container[: data.draw(st.integers(0, len(container)))]))
    look_at(bytes(container))


manifests = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["files", "file", "image_index", "slot", "type"]), inner)
    ),
    max_leaves=12,
)


@given(manifests, st.lists(st.text(max_size=8).filter(str.isprintable), max_size=4))
def test_any_manifest(manifest: object, names: list[str]) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("manifest.json", json.dumps(manifest))
        for name in dict.fromkeys(names):
            archive.writestr(f"x{name}.bin", b"x")
    look_at(stream.getvalue())


@given(st.binary(max_size=60), st.dictionaries(st.text(max_size=4), manifests, max_size=3))
def test_any_list_of_a_bundle(behind: bytes, listed: dict[str, object]) -> None:
    for value in (listed, {"img": [listed, {"id": 0, "size": 3}]}):
        data = cbor2.dumps(value)
        look_at(struct.pack("<H", len(data)) + data + behind)
