"""Whose signature: checked against keys and images that imgtool made."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa, x25519

from smp.errors import FileError
from smp.image import (
    KeyKind,
    McubootImage,
    PublicKey,
    SignatureCheck,
    SignatureResult,
    TlvType,
    check_signature,
    facts,
)
from tests.helpers import images

GOOD, BAD = SignatureResult.GOOD, SignatureResult.BAD


def check(data: bytes, key: str = "ecdsa-p256", name: str = "test") -> SignatureCheck:
    path = images.public_key_file(key, name)
    return check_signature(McubootImage.from_bytes(data), PublicKey.load(path))


@pytest.mark.parametrize("kind", images.KEY_TYPES)
def test_right_key_other_key_and_changed_contents(kind: str) -> None:
    data = images.image("1.0.0", 700, key=kind)
    check_ = check(data, kind)
    assert check_.result is GOOD
    assert check_.is_from_key
    other = check(data, kind, "other")
    assert other.result is SignatureResult.OTHER_KEY
    assert not other.is_from_key
    (signature,) = McubootImage.from_bytes(data).signatures
    assert signature.fingerprint in other.words
    changed = bytearray(data)
    changed[0x300] ^= 1
    damaged = check(bytes(changed), kind)
    assert damaged.result is BAD
    assert "changed after it was signed" in damaged.words
    assert not damaged.is_from_key


@pytest.mark.parametrize("kind", images.KEY_TYPES)
def test_key_hash_is_the_one_imgtool_computes(kind: str) -> None:
    key = PublicKey.load(images.public_key_file(kind, "test"))
    assert key.hash("sha256") == images.key_hash(kind, "test")
    (signature,) = McubootImage.from_bytes(images.image("1.0.0", 700, key=kind)).signatures
    assert signature.fingerprint == key.fingerprint


@pytest.mark.parametrize("kind", images.KEY_TYPES)
def test_flipped_bits_of_the_signature_make_it_bad(kind: str) -> None:
    data = images.image("1.0.0", 700, key=kind)
    (signature,) = McubootImage.from_bytes(data).signatures
    start = data.index(signature.value)
    for at in range(start, start + len(signature.value), 7):
        damaged = bytearray(data)
        damaged[at] ^= 0x10
        assert check(bytes(damaged), kind).result is BAD


@pytest.mark.parametrize("options", [("--sha", "512"), ("--pure",)])
def test_ed25519_with_sha512(options: tuple[str, ...]) -> None:
    data = images.image("1.0.0", 700, *options, key="ed25519")
    image = McubootImage.from_bytes(data)
    key = PublicKey.load(images.public_key_file("ed25519", "test"))
    assert check(data, "ed25519").result is GOOD
    assert check(data, "ed25519", "other").result is SignatureResult.OTHER_KEY
    assert image.signatures[0].fingerprint == key.fingerprint_by("sha512") != key.fingerprint
    changed = bytearray(data)
    changed[0x300] ^= 1
    assert check(bytes(changed), "ed25519").result is BAD


@pytest.mark.parametrize("kind", images.KEY_TYPES)
def test_whole_public_key_in_the_image(kind: str) -> None:
    data = images.image("1.0.0", 700, "--public-key-format", "full", key=kind)
    assert check(data, kind).result is GOOD
    assert check(data, kind, "other").result is SignatureResult.OTHER_KEY


def test_padded_ecdsa_signature_for_old_bootloaders() -> None:
    for version in ("1.0.0", "1.0.1", "1.0.2"):
        data = images.image(version, 700, "--pad-sig")
        assert len(McubootImage.from_bytes(data).signatures[0].value) == 72
        assert check(data).result is GOOD


def test_protected_tlvs_are_signed() -> None:
    data = images.image("1.0.0", 700, "-s", "7")
    assert check(data).result is GOOD
    counter = data.index(b"\x50\x00\x04\x00\x07") + 4
    assert check(data[:counter] + b"\x08" + data[counter + 1 :]).result is BAD


def test_padding_and_compression_do_not_matter() -> None:
    assert check(images.image("1.0.0", 700, "--confirm", slot_size=0x10000)).result is GOOD
    packed = images.signed(b"firmware" * 3000, "--compression", "lzma2", key="ecdsa-p256")
    assert check(packed).result is GOOD


def test_unsigned_and_other_kind_of_key() -> None:
    unsigned = check(images.image("1.0.0", 700, key=None))
    assert unsigned.result is SignatureResult.UNSIGNED
    other = check(images.image("1.0.0", 700, key="ed25519"), "rsa-2048")
    assert other.result is SignatureResult.OTHER_KEY
    assert "Ed25519" in other.words
    assert "RSA-2048" in other.words


@pytest.mark.parametrize(
    ("wrapping", "kind"),
    [("rsa-2048", "rsa-2048"), ("ecdsa-p256", "ecdsa-p256"), ("x25519", "ed25519")],
)
def test_encrypted_contents_are_never_called_good(wrapping: str, kind: str) -> None:
    options = ("-E", str(images.public_key_file(wrapping, "enc")))
    data = images.image("1.0.0", 700, *options, key=kind)
    found = check(data, kind)
    assert found.result is SignatureResult.NOT_CHECKABLE
    assert found.is_from_key
    assert check(data, kind, "other").result is SignatureResult.OTHER_KEY
    (signature,) = McubootImage.from_bytes(data).signatures
    at = data.index(signature.value) + len(signature.value) - 1
    damaged = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
    assert check(damaged, kind).result is BAD
    assert check(images.image("1.0.0", 700, *options, "--clear", key=kind), kind).result is GOOD


def test_encrypted_and_pure_cannot_be_checked_at_all() -> None:
    options = ("-E", str(images.public_key_file("x25519", "enc")), "--pure")
    found = check(images.image("1.0.0", 700, *options, key="ed25519"), "ed25519")
    assert found.result is SignatureResult.NOT_CHECKABLE
    assert not found.is_from_key


def test_signature_without_a_key_is_tried() -> None:
    data = images.image()
    image = McubootImage.from_bytes(data)
    bare = images.with_tlvs(
        data,
        (TlvType.SHA256, image.hash),
        (TlvType.ECDSA_SIG, image.signatures[0].value),
    )
    assert check(bare).result is GOOD
    other = check(bare, name="other")
    assert other.result is BAD
    assert "does not tell which key" in other.words


def test_one_of_several_signatures_is_enough() -> None:
    ours = McubootImage.from_bytes(images.image())
    theirs = McubootImage.from_bytes(images.image("1.0.0", 4096, key_name="other"))
    assert ours.hash == theirs.hash
    data = images.with_tlvs(
        ours.data,
        *((tlv.type, tlv.value) for tlv in theirs.tlvs),
        *((tlv.type, tlv.value) for tlv in ours.tlvs if tlv.type != TlvType.SHA256),
    )
    assert len(McubootImage.from_bytes(data).signatures) == 2
    assert check(data).result is GOOD
    assert check(data, name="other").result is GOOD
    assert check(data, name="third").result is SignatureResult.OTHER_KEY


def test_a_foreign_signature_under_our_name_is_bad() -> None:
    """The key record is not protected: anybody can write it."""
    ours = McubootImage.from_bytes(images.image())
    theirs = McubootImage.from_bytes(images.image("1.0.0", 4096, key_name="other"))
    forged = images.with_tlvs(
        ours.data,
        (TlvType.SHA256, ours.hash),
        (TlvType.KEYHASH, ours.signatures[0].key_hash or b""),
        (TlvType.ECDSA_SIG, theirs.signatures[0].value),
    )
    found = check(forged)
    assert found.result is BAD
    assert "not made with it" in found.words


def test_without_a_hash_nothing_was_signed() -> None:
    image = McubootImage.from_bytes(images.image())
    data = images.with_tlvs(
        image.data, *((tlv.type, tlv.value) for tlv in image.tlvs if tlv.type != TlvType.SHA256)
    )
    found = check(data)
    assert found.result is SignatureResult.NOT_CHECKABLE
    assert "hash is missing" in found.words


def test_short_and_empty_ecdsa_signatures() -> None:
    image = McubootImage.from_bytes(images.image())
    for value in (b"", b"\x30", b"\x30\xff"):
        data = images.with_tlvs(
            image.data, (TlvType.SHA256, image.hash), (TlvType.ECDSA_SIG, value)
        )
        assert check(data).result is BAD


def _pem(key: object, password: bytes | None = None) -> bytes:
    encryption = (
        serialization.BestAvailableEncryption(password)
        if password
        else serialization.NoEncryption()
    )
    return key.private_bytes(  # type: ignore[attr-defined, no-any-return]
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
    )


def _public_pem(key: Any) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    pem: bytes = key.public_key().public_bytes(serialization.Encoding.PEM, form)
    return pem


def test_keys_that_mcuboot_does_not_use() -> None:
    unusable = (
        ec.generate_private_key(ec.SECP256K1()),
        rsa.generate_private_key(65537, 1024),
        x25519.X25519PrivateKey.generate(),
        dsa.generate_private_key(1024),
    )
    for key in unusable:
        with pytest.raises(FileError) as caught:
            PublicKey.from_bytes(_public_pem(key), "key.pem")
        assert "kind that MCUboot does not use" in caught.value.what
        assert "Ed25519" in caught.value.why


def test_password_protected_keys_ask_for_the_public_half() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    traditional = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.BestAvailableEncryption(b"secret"),
    )
    for pem in (_pem(key, b"secret"), traditional):
        with pytest.raises(FileError, match="protected by a password") as caught:
            PublicKey.from_bytes(pem, "key.pem")
        assert "imgtool getpub" in caught.value.command


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"\x30\x82\x01\x22",
        b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        b"-----BEGIN PUBLIC KEY-----\n",
        b"-----BEGIN CERTIFICATE-----\nMDA=\n-----END CERTIFICATE-----\n",
    ],
)
def test_no_key_in_the_file(data: bytes) -> None:
    with pytest.raises(FileError, match="holds no key") as caught:
        PublicKey.from_bytes(data, "key.pem")
    assert "getpub" in caught.value.command or "x509" in caught.value.command


def test_byte_order_mark_and_windows_line_ends() -> None:
    pem = images.public_key_file("ecdsa-p256", "test").read_bytes()
    assert PublicKey.from_bytes(b"\xef\xbb\xbf" + pem.replace(b"\n", b"\r\n")).kind is (
        KeyKind.ECDSA_P256
    )


def test_key_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="There is no file"):
        PublicKey.load(tmp_path / "missing.pem")
    with pytest.raises(FileError, match="is a folder"):
        PublicKey.load(tmp_path)
    (tmp_path / "large.pem").write_bytes(bytes((1 << 20) + 1))
    with pytest.raises(FileError, match="far too large"):
        PublicKey.load(tmp_path / "large.pem")


def test_fingerprint_is_the_beginning_of_the_hash() -> None:
    assert facts.fingerprint(bytes(range(32))) == "0001020304050607"


def test_nothing_heavy_is_imported_with_the_package() -> None:
    code = (
        "import sys, smp.image;"
        "heavy = {'cryptography', 'cbor2', 'zipfile', 'asyncio'} & set(sys.modules);"
        "print(*heavy)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("", "")
