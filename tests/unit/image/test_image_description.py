"""What is told about a file, to machines and to people."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from smp.image import PublicKey, Remark, TlvType, classify, describe, remarks, rows
from tests.helpers import images

EVERYTHING = (
    *("-s", "9", "-d", "(1, 2.3.4+5)", "--boot-record", "SPE", "--vid", "example.com"),
    *("--cid", "sensor", "--custom-tlv", "0x01a5", "hello"),
)

FILE_KEYS = "name path kind kind_text size sha256 usable problem suggestion label notes images"
IMAGE_KEYS = """
    number slot name board soc core address
    version hash signatures signature_check endianness flags flags_value load_address
    header_size code_size protected_tlv_size tlv_size image_size padding_size
    security_counter vendor_uuid class_uuid dependencies boot_record encryption compression
    vector_table
    tail trailer remarks tlvs
"""


def told(data: bytes, key: PublicKey | None = None) -> dict[str, Any]:
    """Through JSON, as a program on the other side of a pipe sees it."""
    parsed: dict[str, Any] = json.loads(json.dumps(describe(classify(data, "app.bin"), key)))
    return parsed


def test_keys_of_the_json_are_stable() -> None:
    """A key may come; when one goes or is renamed, somebody's script breaks."""
    found = told(images.image("1.0.0", 700, *EVERYTHING))
    assert set(found) == set(FILE_KEYS.split())
    (image,) = found["images"]
    assert set(image) == set(IMAGE_KEYS.split())
    assert set(image["hash"]) == {"algorithm", "value", "check", "check_text"}
    assert set(image["signatures"][0]) == {"kind", "key_hash", "fingerprint", "public_key"}
    assert set(image["tlvs"][0]) == {"type", "name", "protected", "size", "value"}


def test_values_of_an_image() -> None:
    data = images.image("1.2.3+4", 700, *EVERYTHING)
    found = told(data)
    (image,) = found["images"]
    assert (found["kind"], found["usable"], found["problem"]) == ("mcuboot-image", True, None)
    assert found["size"] == len(data) == image["image_size"]
    assert image["version"] == "1.2.3+4"
    assert image["hash"]["algorithm"] == "sha256"
    assert image["hash"]["check"] == "matches"
    assert image["signatures"] == [
        {
            "kind": "ECDSA P-256",
            "key_hash": images.key_hash("ecdsa-p256").hex(),
            "fingerprint": images.key_hash("ecdsa-p256").hex()[:16],
            "public_key": None,
        }
    ]
    assert image["dependencies"] == [{"image": 1, "minimum_version": "2.3.4+5"}]
    assert image["security_counter"] == 9
    assert image["boot_record"]["software_type"] == "SPE"
    assert image["boot_record"]["measurement"] == "00" * 32
    parts = ("header_size", "code_size", "protected_tlv_size", "tlv_size")
    assert sum(image[part] for part in parts) == image["image_size"]
    custom = {
        "type": 0x1A5,
        "name": "VENDOR 0x01a5",
        "protected": True,
        "size": 5,
        "value": b"hello".hex(),
    }
    assert custom in image["tlvs"]
    assert [tlv["name"] for tlv in image["tlvs"] if not tlv["protected"]] == [
        "SHA256",
        "KEYHASH",
        "ECDSA_SIG",
    ]
    assert image["signature_check"] is None
    assert image["trailer"] is None
    assert image["tail"] == "nothing"


def test_signature_check_with_a_key() -> None:
    key = PublicKey.load(images.public_key_file("ecdsa-p256", "test"))
    (image,) = told(images.image(), key)["images"]
    assert image["signature_check"] == {
        "result": "good",
        "text": "The image is signed with this key.",
        "is_from_key": True,
        "key_kind": "ECDSA P-256",
        "key_fingerprint": key.fingerprint,
    }
    (image,) = told(images.image(key=None), key)["images"]
    assert image["signature_check"]["result"] == "unsigned"


def test_values_of_special_images() -> None:
    confirmed = told(images.image("1.0.0", 700, "--confirm", slot_size=0x10000))["images"][0]
    assert confirmed["tail"] == "trailer"
    assert confirmed["trailer"] == {
        "max_align": 8,
        "image_ok": "set",
        "copy_done": "unset",
        "swap_type": "none",
        "image_number": 0,
        "swap_size": None,
    }
    options = ("-E", str(images.public_key_file("ecdsa-p256", "enc")))
    encrypted = told(images.image("1.0.0", 700, *options))["images"][0]
    assert encrypted["encryption"] == {"key_bits": 128, "wrapping": "ECIES P-256"}
    assert encrypted["hash"]["check"] == "not-checkable"
    assert encrypted["flags"] == ["ENCRYPTED_AES128"]
    packed = told(images.signed(b"firmware" * 3000, "--compression", "lzma2"))["images"][0]
    assert packed["compression"]["unpacked_size"] == 24000
    big = told(images.image("1.0.0", 700, "-e", "big"))
    assert big["images"][0]["endianness"] == "big"
    assert big["usable"] is False


def test_values_of_a_file_that_cannot_be_used() -> None:
    found = replace(classify(b"hello", "readme.txt"), path=Path("docs/readme.txt"))
    parsed = json.loads(json.dumps(describe(found)))
    assert parsed["kind"] == "text"
    assert parsed["usable"] is False
    assert parsed["path"] == str(Path("docs/readme.txt"))
    assert parsed["images"] == []
    assert set(parsed["problem"]) == {
        "what",
        "why",
        "next_step",
        "detail",
        "command",
    }
    labels = [label for label, _ in rows(found)]
    assert labels == ["File", "Kind", "Problem", "File size", "File SHA-256"]


def test_rows_for_people() -> None:
    key = PublicKey.load(images.public_key_file("ecdsa-p256", "test"))
    data = images.image("1.2.3+4", 700, *EVERYTHING, "-L", "0x20001000")
    found = dict(rows(classify(data, "app.bin"), key))
    assert found["File"] == "app.bin"
    assert found["Kind"] == "an MCUboot image"
    assert found["Version"] == "1.2.3+4"
    assert found["Hash check"] == "matches the contents"
    assert found["Signature"] == f"ECDSA P-256, key {key.fingerprint}"
    assert found["Signature check"] == "The image is signed with this key."
    assert found["Runs at"] == "0x20001000 in RAM"
    assert found["Needs"] == "image 1 in version 2.3.4+5 or newer"
    assert found["Boot record"] == "SPE 1.2.3"
    assert found["TLV 0x01a5"] == f"5 bytes: {b'hello'.hex()}"
    assert found["File size"] == f"{len(data):,} bytes"


def test_rows_of_packed_encrypted_and_confirmed_images() -> None:
    options = ("-E", str(images.public_key_file("ecdsa-p256", "enc")), "-F", "0xc000")
    padded = images.image("1.0.0", 700, *options, "--confirm", slot_size=0x10000)
    found = dict(rows(classify(padded, "app.bin")))
    assert found["Encryption"] == "AES-128, key wrapped by ECIES P-256"
    assert found["Built for"] == "flash address 0x0000c000"
    assert found["Trailer"] == "confirmed, alignment 8"
    assert found["Behind the image"].endswith("padding with a trailer")
    packed = images.signed(b"firmware" * 3000, "--compression", "lzma2")
    assert dict(rows(classify(packed, "x")))["Compression"] == "LZMA2, 24,000 bytes unpacked"
    big = images.image("1.0.0", 700, "-e", "big")
    assert dict(rows(classify(big, "x")))["Byte order"] == "big-endian"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), ()),
        (("--confirm",), (Remark.MARKED_CONFIRMED,)),
        (("--test",), (Remark.MARKED_TEST,)),
        (("--non-bootable",), (Remark.NOT_BOOTABLE,)),
        (("-F", "0xc000"), (Remark.ONE_SLOT,)),
        (("-L", "0x20000000"), (Remark.RUNS_FROM_RAM,)),
        (("-d", "(1, 2.0.0)"), (Remark.DEPENDS,)),
    ],
)
def test_remarks(options: tuple[str, ...], expected: tuple[Remark, ...]) -> None:
    data = images.image("1.0.0", 700, *options, slot_size=0x10000)
    assert remarks(classify(data, "x").images[0]) == expected


def test_more_remarks() -> None:
    def of(data: bytes) -> tuple[Remark, ...]:
        return remarks(classify(data, "x").images[0])

    encryption = ("-E", str(images.public_key_file("ecdsa-p256", "enc")))
    assert of(images.image(key=None)) == (Remark.UNSIGNED,)
    assert of(images.image() + b"\xff" * 100) == (Remark.PADDED,)
    assert of(images.image() + b"hello") == (Remark.OTHER_DATA,)
    assert of(images.image("1.0.0", 700, *encryption)) == (Remark.ENCRYPTED,)
    assert of(images.image("1.0.0", 700, *encryption, "--clear")) == (Remark.ENCRYPTABLE,)
    packed = images.signed(b"firmware" * 3000, "--compression", "lzma2", key="ecdsa-p256")
    assert of(packed) == (Remark.COMPRESSED,)
    sample = bytes.fromhex("e30466f6b8470c1f29070b17f1e2d3e94d445e3f608087fdc711e4382bb538b6")
    (digest,) = (tlv.value for tlv in classify(images.image(), "x").images[0].tlvs[:1])
    tlvs = ((TlvType.SHA256, digest), (TlvType.KEYHASH, sample), (TlvType.ECDSA_SIG, b"any"))
    assert of(images.with_tlvs(images.image(), *tlvs)) == (Remark.SAMPLE_KEY,)
    assert Remark.ONE_SLOT.value == "one-slot"
