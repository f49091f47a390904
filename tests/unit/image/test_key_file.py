"""Key files in every form that imgtool writes; a private one is refused before it is used."""

from __future__ import annotations

import contextlib
import datetime
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st
from imgtool.main import imgtool

from smp.errors import FileError
from smp.image import FileKind, KeyForm, PublicKey
from smp.image.file import classify
from tests.helpers import images

FORMS = {"pem": KeyForm.PEM, "lang-c": KeyForm.SOURCE, "lang-rust": KeyForm.SOURCE}
RAW, NONE = serialization.Encoding.DER, serialization.NoEncryption()
PRIVATE = serialization.PrivateFormat


def tool(tmp_path: Path, command: str, kind: str, *options: str) -> bytes:
    """What imgtool writes to a file."""
    target = tmp_path / "out"
    words = [command, "-k", str(images.key_file(kind)), *options, "-o", str(target)]
    imgtool.main(args=words, standalone_mode=False)
    return target.read_bytes()


def private(kind: str) -> object:
    return serialization.load_pem_private_key(images.key_file(kind).read_bytes(), password=None)


def code(data: bytes) -> str:
    with pytest.raises(FileError) as caught:
        PublicKey.from_bytes(data, "key")
    return str(getattr(caught.value.what, "code", ""))


@pytest.mark.parametrize("kind", images.KEY_TYPES)
def test_public_keys_in_every_form(tmp_path: Path, kind: str) -> None:
    expected = PublicKey.load(images.public_key_file(kind, "test"))
    for option, form in FORMS.items():
        data = tool(tmp_path, "getpub", kind, "-e", option)
        for written in (data, b"\xef\xbb\xbf" + data, data.decode().encode("utf-16")):
            key = PublicKey.from_bytes(written, "key")
            assert key == expected
            assert key.form is form
    public = serialization.load_pem_public_key(expected.pem.encode())
    spki = public.public_bytes(RAW, serialization.PublicFormat.SubjectPublicKeyInfo)
    for der in {spki, expected.der}:  # RSA: PKCS#1, too
        key = PublicKey.from_bytes(der, "key")
        assert key == expected
        assert key.form is KeyForm.DER


def certificate(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a")])
    day = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, day, day)
    return made.sign(key, hashes.SHA256())


def private_files(kind: str) -> list[bytes]:
    key = private(kind)
    assert isinstance(
        key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
    )
    pkcs8 = key.private_bytes(RAW, PRIVATE.PKCS8, NONE)
    locked = serialization.BestAvailableEncryption(b"secret")
    found = [
        images.key_file(kind).read_bytes(),
        images.public_key_file(kind).read_bytes() + images.key_file(kind).read_bytes(),
        images.key_file(kind).read_bytes().decode().encode("utf-16"),
        pkcs8,
        key.private_bytes(RAW, PRIVATE.PKCS8, locked),
        key.private_bytes(serialization.Encoding.PEM, PRIVATE.PKCS8, locked),
        key.private_bytes(serialization.Encoding.PEM, PRIVATE.OpenSSH, NONE),
        b"const unsigned char key[] = {" + b",".join(b"0x%02X" % it for it in pkcs8) + b"};",
        b"PuTTY-User-Key-File-3: ssh-ed25519\nPrivate-Lines: 1\nAAAA\n",
    ]
    if kind != "ed25519":
        found.append(key.private_bytes(RAW, PRIVATE.TraditionalOpenSSL, NONE))
        command = [
            sys.executable,
            "-m",
            "imgtool.main",
            "getpriv",
            "-k",
            str(images.key_file(kind)),
        ]
        found.append(subprocess.run(command, capture_output=True, check=True).stdout)
    return found


@pytest.mark.parametrize("kind", images.KEY_TYPES)
def test_private_keys_are_refused_in_every_form(kind: str) -> None:
    for data in private_files(kind):
        with pytest.raises(FileError) as caught:
            PublicKey.from_bytes(data, "key.pem")
        error = caught.value
        assert error.what in (
            "key.pem holds a private key",
            "key.pem is protected by a password",
        ), data[:40]
        assert "Nothing of the file was kept" in error.why
        assert "and keep this one where nobody finds it" in error.next_step
        assert not error.detail, "nothing of it is told on"


def test_the_command_that_makes_the_public_key_is_named(tmp_path: Path) -> None:
    """And it works, on that very file."""
    key = private("ecdsa-p256")
    pem = images.key_file("ecdsa-p256").read_bytes()
    der = key.private_bytes(RAW, PRIVATE.PKCS8, NONE)  # type: ignore[attr-defined]
    expected = PublicKey.load(images.public_key_file("ecdsa-p256", "test"))
    for written, tool in ((pem, "imgtool"), (der, "openssl")):
        (tmp_path / "our key.pem").write_bytes(written)
        with pytest.raises(FileError) as caught:
            PublicKey.load(tmp_path / "our key.pem")
        program, *words = shlex.split(caught.value.command)
        assert program == tool
        if program == "imgtool":
            words = [sys.executable, "-m", "imgtool.main", *words]
        elif (openssl := shutil.which("openssl")) is None:
            continue
        else:
            words = [openssl, *words]
        subprocess.run(words, cwd=tmp_path, check=True, capture_output=True)
        assert PublicKey.load(tmp_path / "our key.pub.pem") == expected


@pytest.mark.parametrize(
    ("encoding", "form"), [(serialization.Encoding.PEM, ""), (RAW, "-inform DER ")]
)
def test_a_certificate_is_refused_with_the_command_that_takes_its_key_out(
    tmp_path: Path, encoding: serialization.Encoding, form: str
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    (tmp_path / "a.crt").write_bytes(certificate(key).public_bytes(encoding))
    with pytest.raises(FileError, match="holds no key") as caught:
        PublicKey.load(tmp_path / "a.crt")
    assert caught.value.why == "It holds a certificate"
    assert caught.value.command == f"openssl x509 {form}-in a.crt -noout -pubkey > a.pub.pem"


def test_keys_of_ssh_are_refused_with_a_command_where_there_is_one() -> None:
    for kind, program in (("ssh-rsa", "ssh-keygen"), ("ssh-ed25519", "imgtool")):
        with pytest.raises(FileError) as caught:
            PublicKey.from_bytes(f"{kind} AAAA me@here\n".encode(), "id.pub")
        assert caught.value.why == "It holds a key of SSH"
        assert caught.value.command.startswith(program)


@pytest.mark.parametrize("kind", images.KEY_TYPES)
def test_a_hash_is_no_key(tmp_path: Path, kind: str) -> None:
    raw = tool(tmp_path, "getpubhash", kind, "-e", "raw")
    for data in (
        raw,
        tool(tmp_path, "getpubhash", kind, "-e", "lang-c"),
        raw.hex().encode() + b"\n",
        raw.hex(":").encode(),
        b"\x30" + raw[1:],
        bytes([0x30, len(raw) - 2, *raw[2:]]),
    ):
        assert code(data) == "key-is-hash"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "begins with -----BEGIN"),
        (b"\xff\xd8 a photograph", "begins with -----BEGIN"),
        (b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 me@here", "a key of SSH"),
        (images.image(), "a firmware image"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "a certificate"),
        (b"x[] = {" + b"0x01, " * 60 + b"};", "no key"),
        (b"\x30\x03\x02\x02\x01", "damaged"),
        (b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "damaged"),
    ],
)
def test_what_is_no_key_is_named(data: bytes, words: str) -> None:
    with pytest.raises(FileError) as caught:
        PublicKey.from_bytes(data, "key")
    assert words in caught.value.why
    assert "public key in PEM form" in caught.value.next_step


def test_several_keys_in_one_file_are_not_guessed_from(tmp_path: Path) -> None:
    kinds = ("ed25519", "ecdsa-p256")
    sources = [tool(tmp_path, "getpub", kind, "-e", "lang-c") for kind in kinds]
    pems = [images.public_key_file(kind).read_bytes() for kind in kinds]
    assert code(b"\n".join(sources)) == "key-file-has-several"
    assert code(b"\n".join(pems)) == "key-file-has-several"
    one = b"const char other[] = {0x30, 0x31};\n" + sources[0]
    assert PublicKey.from_bytes(one) == PublicKey.from_bytes(pems[0]), "what is too short is none"


@given(st.binary(max_size=200), st.sampled_from([b"", b"\x30", b"x = {", b"-----BEGIN ", b"[0x"]))
def test_any_bytes_are_read_or_refused(data: bytes, start: bytes) -> None:
    with contextlib.suppress(FileError):
        PublicKey.from_bytes(start + data)


@pytest.mark.parametrize("piece", [b"{", b"{0x41", b"0x41,   ", b"[ 0x41 ", b"30:", b" "])
def test_a_long_file_takes_no_time(piece: bytes) -> None:
    data = piece * ((1 << 20) // len(piece))
    with pytest.raises(FileError):
        PublicKey.from_bytes(data, "key")


# -- told from firmware ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", images.KEY_TYPES)
def test_a_key_given_as_firmware_is_told_to_be_one(tmp_path: Path, kind: str) -> None:
    """Of every form and half, and so is its hash where it is called that."""
    written = [tool(tmp_path, "getpub", kind, "-e", option) for option in FORMS]
    private_files_told = private_files(kind)
    written += [tool(tmp_path, "getpubhash", kind, "-e", "lang-c"), *private_files_told]
    key = PublicKey.load(images.public_key_file(kind, "test"))
    public = serialization.load_pem_public_key(key.pem.encode())
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    written += [key.der, public.public_bytes(RAW, spki)]
    for data in written:
        found = classify(data, "given")
        assert found.kind is FileKind.KEY, data[:40]
        assert not found.is_usable
        is_private = data in private_files_told
        assert ("is a private key" in str(found.problem)) is is_private, data[:40]
        assert ("Choose it as the key to check with" in str(found.problem)) is not is_private


def test_a_certificate_is_told_to_hold_a_key_that_cannot_be_used() -> None:
    signed = certificate(ec.generate_private_key(ec.SECP256R1()))
    for encoding in (serialization.Encoding.PEM, RAW):
        data = signed.public_bytes(encoding)
        assert classify(data, "given").kind is FileKind.KEY
        with pytest.raises(FileError) as caught:
            PublicKey.from_bytes(data, "given")
        assert caught.value.why == "It holds a certificate"


@pytest.mark.parametrize(
    "data",
    [
        bytes.fromhex("30 06 02 01 03 02 01 04"),
        bytes.fromhex("30 03 0c 01 41"),
        bytes(range(32)),
        b"uint8_t sine[] = {" + b",".join(b"0x%02x" % it for it in range(64)) + b"};",
        b"An array [1, 2, 3] and a key",
        bytes(range(256)) * 9 + images.public_key_file("ecdsa-p256").read_bytes(),
        bytes.fromhex("30 82 04 00 02 01 00") + bytes(range(1, 200)),
        bytes.fromhex("30 7e 0c 7c") + b"A" * 124,
    ],
)
def test_what_only_looks_a_little_like_a_key_is_none(data: bytes) -> None:
    """Firmware holds keys and certificates; numbers in source code are many things."""
    assert classify(data, "given").kind is not FileKind.KEY
