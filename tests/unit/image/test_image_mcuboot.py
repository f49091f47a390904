"""MCUboot images made by imgtool: everything in them is found, everything wrong is said."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from uuid import NAMESPACE_DNS, UUID, uuid5

import pytest

from smp.errors import FileError
from smp.image import (
    BootRecord,
    Dependency,
    Encryption,
    Flag,
    HashCheck,
    ImageFlags,
    McubootImage,
    Tail,
    TlvType,
    TruncatedImage,
    Version,
)
from smp.image.tlv import Tlv
from tests.helpers import images

HASHES = {
    "rsa-2048": ("256",),
    "rsa-3072": ("256",),
    "ecdsa-p256": ("256",),
    "ecdsa-p384": ("384",),
    "ed25519": ("256", "512"),
    None: ("256", "384", "512"),
}
KINDS = {
    "rsa-2048": "RSA-2048",
    "rsa-3072": "RSA-3072",
    "ecdsa-p256": "ECDSA P-256",
    "ecdsa-p384": "ECDSA P-384",
    "ed25519": "Ed25519",
}
SMALL = {"header_size": 0x20, "slot_size": 0x10000}


def parse(data: bytes) -> McubootImage:
    return McubootImage.from_bytes(data)


@pytest.mark.parametrize(
    ("key", "sha"), [(key, sha) for key, hashes in HASHES.items() for sha in hashes]
)
def test_every_key_and_hash(key: str | None, sha: str) -> None:
    data = images.image("1.2.3+4", 700, "--sha", sha, key=key)
    image = parse(data)
    assert image.version == Version(1, 2, 3, 4)
    assert image.hash_algorithm == f"sha{sha}"
    assert image.hash == hashlib.new(f"sha{sha}", data[: 0x200 + 700]).digest()
    assert image.hash_check is HashCheck.MATCHES
    assert [signature.name for signature in image.signatures] == ([KINDS[key]] if key else [])
    assert image.tail is Tail.NOTHING
    assert image.trailer is None


@pytest.mark.parametrize("header_size", [0x20, 0x200, 0x400, 0x1000])
def test_sizes_add_up(header_size: int) -> None:
    data = images.image("1.0.0", 700, "-s", "9", header_size=header_size)
    image = parse(data)
    assert image.header.size == header_size
    assert image.header.image_size == 700
    assert image.header.protected_size == 12
    assert image.header.signed_size == header_size + 712
    assert image.size == image.header.signed_size + image.tlv_size == len(data)
    assert bytes(image.signed_bytes) == data[: image.header.signed_size]


def test_key_is_named_by_imgtools_own_hash() -> None:
    (signature,) = parse(images.image()).signatures
    assert signature.key_hash == images.key_hash("ecdsa-p256")
    assert signature.fingerprint == images.key_hash("ecdsa-p256")[:8].hex()
    assert signature.public_key is None


def test_whole_public_key_gives_the_same_fingerprint() -> None:
    (signature,) = parse(images.image("1.0.0", 700, "--public-key-format", "full")).signatures
    assert signature.public_key is not None
    assert len(signature.public_key) == 91
    assert signature.key_hash == images.key_hash("ecdsa-p256")


def test_pure_signature() -> None:
    image = parse(images.image("1.0.0", 700, "--pure", key="ed25519"))
    assert image.is_pure
    assert image.hash_algorithm == "sha512"
    assert image.signatures[0].name == "Ed25519 (pure)"
    assert not parse(images.image("1.0.0", 700, key="ed25519")).is_pure
    denied = images.with_tlvs(image.data, (TlvType.SIG_PURE, b"\x00"))
    assert not parse(denied).is_pure


def test_protected_tlvs() -> None:
    vendor = uuid5(NAMESPACE_DNS, "example.com")
    image = parse(
        images.image(
            "1.2.3",
            700,
            *("-s", "auto", "-d", "(1, 2.3.4+5)(2, 6.7.8)", "--boot-record", "SPE"),
            *("--vid", "example.com", "--cid", "sensor", "--custom-tlv", "0x01a5", "hello"),
        )
    )
    assert image.security_counter == 0x01020003
    assert image.dependencies == (
        Dependency(1, Version(2, 3, 4, 5)),
        Dependency(2, Version(6, 7, 8)),
    )
    assert image.vendor_uuid == vendor
    assert image.class_uuid == uuid5(vendor, "sensor")
    assert image.boot_record == BootRecord(
        "SPE", "1.2.3", images.key_hash("ecdsa-p256"), bytes(32), "SHA256"
    )
    assert Tlv(0x01A5, b"hello") in image.protected_tlvs
    assert sum(8 + len(tlv.value) - 4 for tlv in image.protected_tlvs) + 4 == (
        image.header.protected_size
    )
    assert image.hash_check is HashCheck.MATCHES


def test_plain_image_claims_nothing() -> None:
    image = parse(images.image())
    assert image.security_counter is None
    assert image.dependencies == ()
    assert image.vendor_uuid is image.class_uuid is image.boot_record is None
    assert image.encryption is image.compression is None
    assert image.ram_address is image.rom_address is None
    assert image.is_bootable
    assert image.flags == 0


@pytest.mark.parametrize(
    ("kind", "name", "vendor"),
    [
        (TlvType.SHA256, "SHA256", False),
        (0x99, "0x0099", False),
        (0x00A0, "VENDOR 0x00a0", True),
        (0x01FF, "VENDOR 0x01ff", True),
        (0x0110, "0x0110", False),
        (0xFFFE, "VENDOR 0xfffe", True),
        (0xFFFF, "0xffff", False),
    ],
)
def test_names_of_tlvs(kind: int, name: str, vendor: bool) -> None:
    tlv = Tlv(kind, b"")
    assert tlv.name == name
    assert tlv.is_vendor is vendor


@pytest.mark.parametrize(
    ("wrapping", "key", "bits"),
    [
        ("rsa-2048", "rsa-2048", "128"),
        ("ecdsa-p256", "ecdsa-p256", "256"),
        ("x25519", "ed25519", "128"),
    ],
)
def test_encrypted_image_is_whole_but_not_checkable(wrapping: str, key: str, bits: str) -> None:
    encryption = ("-E", str(images.public_key_file(wrapping)), "--encrypt-keylen", bits)
    plain = images.image("1.0.0", 700, key=key)
    image = parse(images.image("1.0.0", 700, *encryption, key=key))
    names = {"rsa-2048": "RSA-OAEP", "ecdsa-p256": "ECIES P-256", "x25519": "ECIES X25519"}
    assert image.is_encrypted
    assert image.encryption == Encryption(int(bits), names[wrapping])
    assert image.hash_check is HashCheck.NOT_CHECKABLE
    assert bytes(image.signed_bytes)[0x200:] != plain[0x200 : 0x200 + 700]
    cleartext = parse(images.image("1.0.0", 700, *encryption, "--clear", key=key))
    assert cleartext.is_encrypted
    assert cleartext.hash_check is HashCheck.MATCHES


def test_encryption_flag_by_damage_does_not_hide_the_damage() -> None:
    data = bytearray(images.image())
    data[16] ^= ImageFlags.ENCRYPTED_AES128
    assert parse(bytes(data)).hash_check is HashCheck.DIFFERS


@pytest.mark.parametrize("method", ["lzma2", "lzma2armthumb"])
def test_compressed_image(method: str) -> None:
    contents = b"firmware" * 3000
    data = images.signed(contents, "--compression", method, key="ecdsa-p256")
    image = parse(data)
    assert image.is_compressed
    assert image.compression is not None
    assert image.compression.method == "LZMA2"
    assert image.compression.unpacked_size == len(contents)
    assert len(image.compression.unpacked_hash or b"") == 32
    assert image.hash_check is HashCheck.MATCHES
    assert len(data) < 2000


def test_a_compressed_image_goes_by_the_hash_of_what_is_unpacked_too() -> None:
    """A bootloader that unpacks it lists the image that its build would have been without."""
    contents = b"firmware" * 3000
    packed = parse(images.signed(contents, "--compression", "lzma2", key="ecdsa-p256"))
    plain = parse(images.signed(contents, key="ecdsa-p256"))
    assert packed.hash != plain.hash
    assert packed.hashes == (packed.hash, plain.hash)
    assert packed.goes_by(packed.hash)
    assert packed.goes_by(plain.hash)
    assert plain.hashes == (plain.hash,)
    assert not plain.goes_by(packed.hash)
    other = parse(images.signed(contents + b"!", key="ecdsa-p256"))
    assert not packed.goes_by(other.hash)


@pytest.mark.parametrize("options", [(), ("-s", "7"), ("-d", "(1, 2.0.0)", "-s", "7")])
def test_the_size_of_what_a_compressed_image_becomes(options: tuple[str, ...]) -> None:
    contents = b"firmware" * 3000
    packed = parse(images.signed(contents, "--compression", "lzma2", *options))
    plain = parse(images.signed(contents, *options))
    assert packed.size < 2000
    assert packed.installed_size == plain.size == plain.installed_size


def test_a_compressed_image_that_does_not_tell_its_size() -> None:
    packed = parse(images.signed(b"firmware" * 3000, "--compression", "lzma2"))
    assert replace(packed, protected_tlvs=()).installed_size is None


@pytest.mark.parametrize("nothing", [None, b""])
def test_no_image_goes_by_nothing(nothing: bytes | None) -> None:
    """Servers omit hashes or send empty ones, and a file may lack one."""
    image = parse(images.image())
    nameless = parse(images.with_tlvs(images.image()))
    assert nameless.hashes == ()
    assert not image.goes_by(nothing)
    assert not nameless.goes_by(nothing)


@pytest.mark.parametrize(("length", "counts"), [(0, False), (31, False), (32, True), (64, True)])
def test_a_hash_of_no_length_that_hashes_have_identifies_nothing(length: int, counts: bool) -> None:
    packed = parse(images.signed(b"firmware" * 3000, "--compression", "lzma2"))
    short = replace(packed, protected_tlvs=(Tlv(TlvType.DECOMP_SHA, bytes(length)),))
    assert short.goes_by(bytes(length)) == counts
    assert short.goes_by(packed.hash)


def test_big_endian_image_is_read_and_said_to_be_one() -> None:
    options = ("-e", "big", "-s", "9", "-d", "(1, 2.3.4+5)", "--custom-tlv", "0x01a5", "hello")
    image = parse(images.image("1.2.3+4", 700, *options))
    assert image.is_big_endian
    assert image.version == Version(1, 2, 3, 4)
    assert image.hash_check is HashCheck.MATCHES
    assert image.security_counter == 9
    assert image.dependencies == (Dependency(1, Version(2, 3, 4, 5)),)
    assert Tlv(0x01A5, b"hello") in image.protected_tlvs
    assert image.signatures[0].key_hash == images.key_hash("ecdsa-p256")
    assert not parse(images.image()).is_big_endian


def test_addresses_and_flags() -> None:
    ram = parse(images.image("1.0.0", 700, "-L", "0x20001000"))
    assert (ram.ram_address, ram.rom_address) == (0x20001000, None)
    rom = parse(images.image("1.0.0", 700, "-F", "0xc000"))
    assert (rom.ram_address, rom.rom_address) == (None, 0xC000)
    assert rom.flags.names() == ("ROM_FIXED",)
    assert not parse(images.image("1.0.0", 700, "--non-bootable")).is_bootable
    assert ImageFlags(0x80000011).names() == ("PIC", "NON_BOOTABLE", "0x80000000")


@pytest.mark.parametrize("align", [8, 16, 32])
@pytest.mark.parametrize("erased", ["0", "0xff"])
def test_padded_images_are_told_from_bare_ones(align: int, erased: str) -> None:
    options = ("-R", erased)
    bare = images.image("1.0.0", 700, *options, key=None, slot_size=0x10000, align=align)
    for option, ok in (("--pad", Flag.UNSET), ("--test", Flag.UNSET), ("--confirm", Flag.SET)):
        data = images.image(
            "1.0.0", 700, *options, option, key=None, slot_size=0x10000, align=align
        )
        image = parse(data)
        assert image.tail is Tail.TRAILER
        assert image.trailer is not None
        assert image.trailer.max_align == align
        assert image.trailer.image_ok is ok
        assert image.size == len(bare)
        assert image.padding_size == 0x10000 - len(bare)
        assert image.unpadded() == bare
        assert image.hash_check is HashCheck.MATCHES


def test_what_stands_behind_an_image() -> None:
    bare = images.image()
    for behind, tail in (
        (b"", Tail.NOTHING),
        (b"\xff", Tail.PADDING),
        (b"\x00" * 100, Tail.PADDING),
        (b"\xff" * 99 + b"\x01", Tail.OTHER),
        (bare, Tail.OTHER),
    ):
        image = parse(bare + behind)
        assert image.tail is tail
        assert image.padding_size == len(behind)
        assert image.unpadded() == bare


def test_truncation_at_every_length_is_said_with_what_is_missing() -> None:
    data = images.image("1.0.0", 64, "-s", "1", **SMALL)
    for length in range(1, len(data)):
        with pytest.raises(TruncatedImage) as caught:
            parse(data[:length])
        error = caught.value
        assert error.missing >= 1
        if error.is_exact:
            assert error.missing == len(data) - length
            assert f"{error.missing:,} byte" in error.why
        else:
            assert error.missing <= len(data) - length
            assert error.why.startswith("At least")
    with pytest.raises(FileError):
        parse(b"")
    assert parse(data).hash_check is HashCheck.MATCHES


def test_words_for_one_missing_byte() -> None:
    with pytest.raises(TruncatedImage) as caught:
        parse(images.image()[:-1])
    assert str(caught.value).startswith("The image is cut off. 1 byte is missing at its end.")


def test_every_flipped_bit_of_what_is_hashed_is_found() -> None:
    data = images.image("1.0.0", 64, "-s", "1", **SMALL)
    signed = parse(data).header.signed_size
    for bit in range(signed * 8):
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << bit % 8
        try:
            assert parse(bytes(damaged)).hash_check is HashCheck.DIFFERS, bit
        except FileError:
            pass


def test_flipped_bits_in_the_signature_area_are_never_another_exception() -> None:
    data = images.image("1.0.0", 64, "-s", "1", **SMALL)
    image = parse(data)
    for bit in range(image.header.signed_size * 8, len(data) * 8):
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << bit % 8
        try:
            read = parse(bytes(damaged))
        except FileError:
            continue
        assert (read.hash, read.signatures, read.hash_check) != (
            image.hash,
            image.signatures,
            image.hash_check,
        ) or read.tlvs != image.tlvs


@pytest.mark.parametrize(
    ("patch", "what", "why"),
    [
        ({8: b"\x1f\x00"}, "header is damaged", "header of 31 bytes"),
        ({12: b"\x00\x00\x00\x00"}, "image is empty", "no contents"),
        ({10: b"\x0c\x00"}, "is damaged", "not where the header says"),
        ({0x60: b"\xff\xff\xff\xff"}, "is incomplete", "the file is blank"),
        ({0x60: b"\x00\x00\x00\x00"}, "is incomplete", "the file is blank"),
        ({0x60: b"\x07\x69\x03\x00"}, "is damaged", "another size"),
        ({0x66: b"\xff\x7f"}, "signature area is damaged", "longer than the area"),
    ],
)
def test_damage_is_named(patch: dict[int, bytes], what: str, why: str) -> None:
    data = bytearray(images.image("1.0.0", 64, **SMALL))
    for at, value in patch.items():
        data[at : at + len(value)] = value
    with pytest.raises(FileError) as caught:
        parse(bytes(data))
    assert what in caught.value.what
    assert why in caught.value.why
    assert caught.value.next_step


def test_protected_area_must_be_as_large_as_the_header_says() -> None:
    data = bytearray(images.image("1.0.0", 64, "-s", "1", **SMALL))
    assert data[0x60:0x64] == b"\x08\x69\x0c\x00"
    data[0x62] = 8
    with pytest.raises(FileError, match="damaged"):
        parse(bytes(data))


def test_exactly_one_hash() -> None:
    data = images.image()
    digest = parse(data).hash
    kept = images.with_tlvs(data, (TlvType.SHA256, digest))
    assert parse(kept).hash_check is HashCheck.MATCHES
    with pytest.raises(FileError) as caught:
        parse(images.with_tlvs(data, (TlvType.SHA256, digest), (TlvType.SHA512, bytes(64))))
    assert "several hashes" in caught.value.why
    with pytest.raises(FileError) as caught:
        parse(images.with_tlvs(data, (TlvType.SHA256, digest[:-1])))
    assert "wrong length" in caught.value.why
    missing = parse(images.with_tlvs(data))
    assert missing.hash_check is HashCheck.MISSING
    assert missing.hash == b""
    assert missing.hash_algorithm == ""


def test_records_of_a_wrong_length_say_nothing() -> None:
    data = images.image("1.0.0", 64, "-s", "1", "--vid", "example.com", **SMALL)
    image = parse(data)
    shortened = [Tlv(tlv.type, tlv.value[:-1]) for tlv in image.protected_tlvs]
    strange = [Tlv(TlvType.DEPENDENCY, b"\x01"), Tlv(TlvType.BOOT_RECORD, b"\xff\xff")]
    cut = replace(image, protected_tlvs=(*shortened, *strange))
    assert cut.security_counter is cut.vendor_uuid is cut.boot_record is None
    assert cut.dependencies == ()


def test_claims_outside_the_protected_area_do_not_count() -> None:
    data = images.image()
    claims = ((TlvType.SEC_CNT, b"\x07\0\0\0"), (TlvType.UUID_VID, bytes(16)))
    image = parse(images.with_tlvs(data, (TlvType.SHA256, parse(data).hash), *claims))
    assert image.security_counter is image.vendor_uuid is None
    assert len(image.all_tlvs) == 3


def test_boot_record_survives_strange_values() -> None:
    assert BootRecord.from_bytes(b"\xa2\x01\x07\x04\x63abc") == BootRecord(version="abc")
    assert BootRecord.from_bytes(b"\x80") is None
    assert BootRecord.from_bytes(b"") is None


def test_several_signatures_each_with_the_key_before_it() -> None:
    data = images.image()
    first = bytes(32)
    image = parse(
        images.with_tlvs(
            data,
            (TlvType.KEYHASH, first),
            (TlvType.ECDSA_SIG, b"a"),
            (TlvType.ECDSA_SIG, b"b"),
            (TlvType.PUBKEY, b"der"),
            (TlvType.RSA2048_PSS, b"c"),
        )
    )
    found = [(s.value, s.key_hash, s.public_key) for s in image.signatures]
    assert found == [
        (b"a", first, None),
        (b"b", None, None),
        (b"c", hashlib.sha256(b"der").digest(), b"der"),
    ]


def test_obsolete_and_foreign_magic() -> None:
    for order in ("little", "big"):
        old = (0x96F3B83C).to_bytes(4, order) + bytes(60)  # type: ignore[arg-type]
        with pytest.raises(FileError, match="obsolete first format"):
            parse(old)
    with pytest.raises(FileError, match="no MCUboot image"):
        parse(b"\x7fELF" + bytes(60))


def test_uuid_bytes_are_in_network_order() -> None:
    image = parse(images.image("1.0.0", 64, "--vid", "12345678-1234-5678-1234-567812345678"))
    assert image.vendor_uuid == UUID("12345678-1234-5678-1234-567812345678")
