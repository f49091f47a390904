"""MCUboot images made here, so that a simulated device needs no other tool.

Header, payload, protected TLVs, hash, and a signature if a key is given: what
mcu-tools/mcuboot scripts/imgtool writes, and what `smp.image` reads. The payload is made up; what
the simulated firmware does is told by words in a protected TLV (see `firmware`).
"""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING

from smp.image.tlv import INFO_MAGIC, INFO_SIZE, PROTECTED_INFO_MAGIC, TlvType
from smp.image.trailer import ERASED, MAGIC_SIZE, TrailerLayout, magic_bytes
from smp.image.version import Version

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

MAGIC = 0x96F3B83D
HEADER = struct.Struct("<IIHHII8sI")
HEADER_SIZE = 0x200
WORDS_TLV = 0xA0FD
"""Vendor TLV with words for the simulated firmware. With imgtool:
`imgtool sign --custom-tlv 0xa0fd "hang watchdog 2000" ...`."""

_HASHES = {
    "sha256": (TlvType.SHA256, hashlib.sha256),
    "sha384": (TlvType.SHA384, hashlib.sha384),
    "sha512": (TlvType.SHA512, hashlib.sha512),
}


def build_image(
    version: str = "1.0.0",
    size: int = 4096,
    *,
    words: str = "",
    key: EllipticCurvePrivateKey | None = None,
    seed: str = "",
    header_size: int = HEADER_SIZE,
    flags: int = 0,
    load_address: int = 0,
    security_counter: int | None = None,
    hash_name: str = "sha256",
    planted_hash: bytes | None = None,
) -> bytes:
    """An image whose payload has `size` bytes; the same arguments give the same bytes.

    `seed` tells apart payloads of the same version. `key` signs (ECDSA P-256, with its key hash).
    `planted_hash` takes the place of the computed one: such an image is not valid.
    """
    protected = b""
    if security_counter is not None:
        protected += _tlv(TlvType.SEC_CNT, struct.pack("<I", security_counter))
    if words:
        protected += _tlv(WORDS_TLV, words.encode("ascii"))
    if protected:
        total = INFO_SIZE + len(protected)
        protected = struct.pack("<HH", PROTECTED_INFO_MAGIC, total) + protected
    header = HEADER.pack(
        MAGIC,
        load_address,
        header_size,
        len(protected),
        size,
        flags,
        Version.parse(version).to_bytes(),
        0,
    )
    body = header.ljust(header_size, b"\0") + payload(size, f"{version}/{seed}") + protected
    kind, make = _HASHES[hash_name]
    digest = make(body).digest()
    records = _tlv(kind, planted_hash or digest)
    if key is not None:
        records += _signature(key, body)
    return body + struct.pack("<HH", INFO_MAGIC, INFO_SIZE + len(records)) + records


def pad_image(image: bytes, slot_size: int, *, confirmed: bool = False) -> bytes:
    """The image at the start of a whole slot with a trailer, as `imgtool sign --pad` makes it."""
    layout = TrailerLayout()
    slot = bytearray([ERASED]) * slot_size
    slot[: len(image)] = image
    slot[-MAGIC_SIZE:] = magic_bytes()
    if confirmed:
        slot[layout.image_ok] = 1
    return bytes(slot)


def payload(size: int, seed: str) -> bytes:
    """Bytes that compress no better than code under a bad star, the same for the same seed."""
    return hashlib.shake_128(seed.encode()).digest(size)


def _tlv(kind: int, value: bytes) -> bytes:
    return struct.pack("<HH", kind, len(value)) + value


def _signature(key: EllipticCurvePrivateKey, body: bytes) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    signature = key.sign(body, ECDSA(hashes.SHA256(), deterministic_signing=True))
    return _tlv(TlvType.KEYHASH, hashlib.sha256(public).digest()) + _tlv(
        TlvType.ECDSA_SIG, signature
    )
