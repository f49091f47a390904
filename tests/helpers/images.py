"""Real MCUboot images for tests, made by imgtool's own command line in this process."""

from __future__ import annotations

import functools
import hashlib
import struct
import tempfile
from pathlib import Path

from imgtool.main import imgtool

KEY_TYPES = ("rsa-2048", "rsa-3072", "ecdsa-p256", "ecdsa-p384", "ed25519")
_FOLDER = Path(tempfile.mkdtemp(prefix="flashdesk-images-"))


def payload(size: int, seed: str = "") -> bytes:
    """`size` bytes that look like code: no long runs, the same for the same seed."""
    out = bytearray()
    number = 0
    while len(out) < size:
        out += hashlib.sha256(f"{seed}/{number}".encode()).digest()
        number += 1
    return bytes(out[:size])


@functools.cache
def key_file(kind: str = "ecdsa-p256", name: str = "test") -> Path:
    """A private key in PEM form; the same path for the same arguments within one run."""
    path = _FOLDER / f"{name}-{kind}.pem"
    if not path.exists():  # the cache tells key_file("rsa-2048") from key_file("rsa-2048", "test")
        _run("keygen", "-t", kind, "-k", str(path))
    return path


@functools.cache
def public_key_file(kind: str = "ecdsa-p256", name: str = "test") -> Path:
    """The public half of `key_file` in PEM form."""
    path = _FOLDER / f"{name}-{kind}.pub.pem"
    _run("getpub", "-e", "pem", "-k", str(key_file(kind, name)), "-o", str(path))
    return path


@functools.cache
def image(
    version: str = "1.0.0",
    size: int = 4096,
    *options: str,
    key: str | None = "ecdsa-p256",
    key_name: str = "test",
    slot_size: int = 0x100000,
    header_size: int = 0x200,
    align: int = 8,
) -> bytes:
    """A signed image with `size` bytes of payload; `options` go to `imgtool sign` as they are.

    `key` None makes an image with a hash and no signature.
    """
    source = _FOLDER / "payload.bin"
    source.write_bytes(payload(size, version))
    target = _FOLDER / "signed.bin"
    arguments = ["-v", version, "-S", str(slot_size), "-H", str(header_size), "--pad-header"]
    arguments += ["--align", str(align)]
    if key is not None:
        arguments += ["-k", str(key_file(key, key_name))]
    _run("sign", *arguments, *options, str(source), str(target))
    return target.read_bytes()


def signed(
    contents: bytes,
    *options: str,
    version: str = "1.0.0",
    key: str | None = None,
    header_size: int = 0x200,
    slot_size: int = 0x100000,
) -> bytes:
    """Like `image`, with contents of one's own (compression needs some that can be packed)."""
    source = _FOLDER / "contents.bin"
    source.write_bytes(contents)
    target = _FOLDER / "contents.signed.bin"
    arguments = ["-v", version, "-S", str(slot_size), "-H", str(header_size), "--pad-header"]
    if key is not None:
        arguments += ["-k", str(key_file(key))]
    _run("sign", *arguments, *options, str(source), str(target))
    return target.read_bytes()


def signed_hex(contents: bytes, *options: str, slot_size: int = 0x100000) -> bytes:
    """Intel HEX in, which leaves room for a header, and Intel HEX out."""
    source, target = _FOLDER / "contents.hex", _FOLDER / "contents.signed.hex"
    source.write_bytes(contents)
    arguments = ["-v", "1.0.0", "-S", str(slot_size), "-H", str(0x200), "--pad-header"]
    arguments += ["-k", str(key_file()), *options]
    _run("sign", *arguments, str(source), str(target))
    return target.read_bytes()


@functools.cache
def key_hash(kind: str, name: str = "test") -> bytes:
    """imgtool's own SHA-256 of the public key."""
    path = _FOLDER / f"{name}-{kind}.hash"
    _run("getpubhash", "-e", "raw", "-k", str(key_file(kind, name)), "-o", str(path))
    return path.read_bytes()


def with_tlvs(data: bytes, *tlvs: tuple[int, bytes]) -> bytes:
    """The image with other unprotected TLVs; nothing stands behind them."""
    header_size, protected_size, image_size = struct.unpack_from("<HHI", data, 8)
    area = b"".join(struct.pack("<HH", kind, len(value)) + value for kind, value in tlvs)
    signed_part = data[: header_size + image_size + protected_size]
    return signed_part + struct.pack("<HH", 0x6907, len(area) + 4) + area


def with_protected(data: bytes, *tlvs: tuple[int, bytes]) -> bytes:
    """The image with other protected TLVs, its hash made anew, without a signature: imgtool has no
    option for some records."""
    header_size, _, image_size = struct.unpack_from("<HHI", data, 8)
    area = b"".join(struct.pack("<HH", kind, len(value)) + value for kind, value in tlvs)
    area = struct.pack("<HH", 0x6908, len(area) + 4) + area
    start = bytearray(data[: header_size + image_size])
    struct.pack_into("<H", start, 10, len(area))
    digest = hashlib.sha256(start + area).digest()
    return bytes(start + area + struct.pack("<HHHH", 0x6907, 40, 0x10, 32) + digest)


def _run(*arguments: str) -> None:
    imgtool.main(args=list(arguments), standalone_mode=False)
