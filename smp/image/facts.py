"""What an image's TLVs say, beyond the hash: who signed it, what it needs, how it is packed.

Everything here is read leniently: a record of a wrong length says nothing, and never an error.
Source: mcu-tools/mcuboot boot/bootutil/include/bootutil/image.h, image_validate.c.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from smp.image.header import ImageFlags
from smp.image.tlv import INFO_SIZE, RECORD_HEADER_SIZE, Tlv, TlvType
from smp.image.version import ByteOrder, Version

HASHES = {TlvType.SHA256: "sha256", TlvType.SHA384: "sha384", TlvType.SHA512: "sha512"}
"""Hash records by the names that hashlib knows."""
WRAPPINGS = {
    TlvType.ENC_RSA2048: "RSA-OAEP",
    TlvType.ENC_KW: "AES-KW",
    TlvType.ENC_EC256: "ECIES P-256",
    TlvType.ENC_X25519: "ECIES X25519",
    TlvType.ENC_X25519_SHA512: "ECIES X25519, SHA-512",
}
"""Records that hold the encryption key, by how it is wrapped."""
_SIGNATURES = {
    TlvType.RSA2048_PSS: "RSA-2048",
    TlvType.ECDSA224: "ECDSA P-224",
    TlvType.ECDSA_SIG: "ECDSA",
    TlvType.RSA3072_PSS: "RSA-3072",
    TlvType.ED25519: "Ed25519",
}
SAMPLE_KEYS = frozenset(
    {
        "fc5701dc6135e132",  # root-rsa-2048
        "449793fb65cd7698",  # root-rsa-3072
        "e30466f6b8470c1f",  # root-ec-p256
        "85b7bd5f5dff9a03",  # root-ec-p384, SHA-384
        "c1907fa4eac7fae3",  # root-ed25519
        "e3e129b49f1218e1",  # root-ed25519, SHA-512
    }
)
"""Fingerprints of the keys that mcu-tools/mcuboot publishes, private halves included."""
_CURVES = {"sha256": "ECDSA P-256", "sha384": "ECDSA P-384"}
_DEPENDENCY_SIZE = 12
_MANIFEST_START = 8
_HASH_SIZES = (32, 48, 64)
_OF_PACKING = frozenset(
    {
        TlvType.DECOMP_SIZE,
        TlvType.DECOMP_SHA,
        TlvType.DECOMP_SIGNATURE,
        TlvType.COMP_DEC_SIZE,
    }
)


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature with the key it names.

    `key_hash` is the hash of the public key by the image's own algorithm, computed where the
    image holds the whole `public_key` (DER); None if no key is named.
    """

    type: int
    name: str
    value: bytes = field(repr=False)
    key_hash: bytes | None = None
    public_key: bytes | None = field(default=None, repr=False)

    @property
    def fingerprint(self) -> str:
        """The named key as people see it, "" without one."""
        return fingerprint(self.key_hash or b"")

    @property
    def is_from_sample_key(self) -> bool:
        """Made with a key that everybody has."""
        return self.fingerprint in SAMPLE_KEYS


@dataclass(frozen=True, slots=True)
class Dependency:
    """The image with number `image` must be there in at least this version."""

    image: int
    minimum: Version


@dataclass(frozen=True, slots=True)
class Encryption:
    """AES key size in bits, and how that key is wrapped ("" if no key is in the file)."""

    key_bits: int
    wrapping: str


@dataclass(frozen=True, slots=True)
class Compression:
    """`unpacked_size` counts the payload alone, in bytes. None where the image does not tell.

    `unpacked_hash` is the image hash of what is unpacked, of one of the lengths that hashes have.
    """

    method: str
    arm_thumb: bool
    unpacked_size: int | None
    unpacked_hash: bytes | None


def fingerprint(key_hash: bytes) -> str:
    """How a key is shown to people: the first 8 bytes of its hash in hex."""
    return key_hash[:8].hex()


def find(tlvs: Iterable[Tlv], kind: int) -> Tlv | None:
    """The first record of that type."""
    return next((tlv for tlv in tlvs if tlv.type == kind), None)


def number(tlv: Tlv | None, byteorder: ByteOrder) -> int | None:
    """A u32 record."""
    return int.from_bytes(tlv.value, byteorder) if tlv and len(tlv.value) == 4 else None


def uuid(tlv: Tlv | None) -> UUID | None:
    return UUID(bytes=tlv.value) if tlv and len(tlv.value) == 16 else None


def is_pure(tlvs: Iterable[Tlv]) -> bool:
    """Signed over the contents themselves instead of their hash."""
    marker = find(tlvs, TlvType.SIG_PURE)
    return marker is not None and marker.value == b"\x01"


def signatures(tlvs: tuple[Tlv, ...], hash_algorithm: str) -> tuple[Signature, ...]:
    """In file order. A key record belongs to the signature behind it, as in the bootloader."""
    suffix = " (pure)" if is_pure(tlvs) else ""
    found = []
    key_hash: bytes | None = None
    public_key: bytes | None = None
    for tlv in tlvs:
        if tlv.type == TlvType.KEYHASH:
            key_hash, public_key = tlv.value, None
        elif tlv.type == TlvType.PUBKEY:
            key_hash = hashlib.new(hash_algorithm or "sha256", tlv.value).digest()
            public_key = tlv.value
        elif tlv.type in _SIGNATURES:
            name = _SIGNATURES[TlvType(tlv.type)]
            if tlv.type == TlvType.ECDSA_SIG:
                name = _CURVES.get(hash_algorithm, name)
            found.append(Signature(tlv.type, name + suffix, tlv.value, key_hash, public_key))
            key_hash = public_key = None
    return tuple(found)


def dependencies(tlvs: Iterable[Tlv], byteorder: ByteOrder) -> tuple[Dependency, ...]:
    return tuple(
        Dependency(tlv.value[0], Version.from_bytes(tlv.value[4:], byteorder))
        for tlv in tlvs
        if tlv.type == TlvType.DEPENDENCY and len(tlv.value) == _DEPENDENCY_SIZE
    )


def companions(tlvs: Iterable[Tlv], byteorder: ByteOrder) -> tuple[bytes, ...]:
    """Hashes of the other images of a manifest: format u32, count u32, then the hashes."""
    tlv = find(tlvs, TlvType.MANIFEST)
    if tlv is None or len(tlv.value) < _MANIFEST_START:
        return ()
    count = int.from_bytes(tlv.value[4:_MANIFEST_START], byteorder)
    hashes = tlv.value[_MANIFEST_START:]
    size = len(hashes) // count if count else 0
    if size not in _HASH_SIZES or size * count != len(hashes):
        return ()
    return tuple(hashes[at : at + size] for at in range(0, len(hashes), size))


def encryption(flags: ImageFlags, tlvs: Iterable[Tlv]) -> Encryption | None:
    if not flags & ImageFlags.ENCRYPTED:
        return None
    wrappings = (WRAPPINGS[TlvType(tlv.type)] for tlv in tlvs if tlv.type in WRAPPINGS)
    bits = 256 if flags & ImageFlags.ENCRYPTED_AES256 else 128
    return Encryption(bits, next(wrappings, ""))


def compression(
    flags: ImageFlags, tlvs: tuple[Tlv, ...], byteorder: ByteOrder
) -> Compression | None:
    if not flags & ImageFlags.COMPRESSED:
        return None
    digest = find(tlvs, TlvType.DECOMP_SHA)
    return Compression(
        "LZMA1" if flags & ImageFlags.COMPRESSED_LZMA1 else "LZMA2",
        bool(flags & ImageFlags.COMPRESSED_ARM_THUMB),
        number(find(tlvs, TlvType.DECOMP_SIZE), byteorder),
        digest.value if digest and len(digest.value) in _HASH_SIZES else None,
    )


def kept_size(protected: Iterable[Tlv]) -> int:
    """Bytes of the protected TLV area that an unpacked image keeps of a compressed one's."""
    kept = [tlv for tlv in protected if tlv.type not in _OF_PACKING]
    size = sum(RECORD_HEADER_SIZE + len(tlv.value) for tlv in kept)
    return INFO_SIZE + size if kept else 0
