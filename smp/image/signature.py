"""Whose signature an image carries, checked against one public key.

MCUboot names a key by a hash over its DER form: PKCS#1 for RSA, SubjectPublicKeyInfo for the
others, hashed by the image's own algorithm (source: mcu-tools/mcuboot scripts/imgtool/keys,
boot/bootutil/src/bootutil_find_key.c; verified with files made by imgtool).

`cryptography` loads when a key does, not before.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from smp.errors import FileError
from smp.image.facts import Signature, fingerprint
from smp.image.key_file import LARGEST_KEY_FILE, KeyForm, read_key
from smp.image.layout import HashCheck
from smp.image.listing import commas
from smp.image.mcuboot import McubootImage
from smp.image.reading import read_file
from smp.image.tlv import TlvType
from smp.text import Coded, Text

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    VerifyingKey = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey

_SALT_LENGTH = 32


class KeyKind(Enum):
    RSA_2048 = "RSA-2048"
    RSA_3072 = "RSA-3072"
    ECDSA_P256 = "ECDSA P-256"
    ECDSA_P384 = "ECDSA P-384"
    ED25519 = "Ed25519"


_RECORDS = {
    KeyKind.RSA_2048: TlvType.RSA2048_PSS,
    KeyKind.RSA_3072: TlvType.RSA3072_PSS,
    KeyKind.ECDSA_P256: TlvType.ECDSA_SIG,
    KeyKind.ECDSA_P384: TlvType.ECDSA_SIG,
    KeyKind.ED25519: TlvType.ED25519,
}
_CURVES = {"secp256r1": KeyKind.ECDSA_P256, "secp384r1": KeyKind.ECDSA_P384}
_RSA_SIZES = {2048: KeyKind.RSA_2048, 3072: KeyKind.RSA_3072}


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key to check against. `der` is the form that MCUboot hashes and holds. `form`: how it was
    written down."""

    kind: KeyKind
    der: bytes = field(repr=False)
    _key: VerifyingKey = field(repr=False, compare=False)
    form: KeyForm = field(default=KeyForm.PEM, repr=False, compare=False)

    @classmethod
    def load(cls, path: str | Path) -> PublicKey:
        """From a file, see `from_bytes`. Raises `FileError`."""
        path = Path(path)
        data = read_file(path, LARGEST_KEY_FILE)
        return cls.from_bytes(data, path.name)

    @classmethod
    def from_bytes(cls, data: bytes, name: str = "This") -> PublicKey:
        """From PEM, DER, or the array that imgtool writes for C or Rust. Raises `FileError`, for a
        private key, too."""
        form, read = read_key(data, name)
        key = _public(read)
        usable = _usable(key)
        if usable is None:
            raise FileError(
                Coded(
                    "key-kind-unknown",
                    "{name} holds a key of a kind that MCUboot does not use for signatures",
                    name=name,
                ),
                why=Text("Usable are RSA-2048, RSA-3072, ECDSA P-256, ECDSA P-384 and Ed25519"),
                next_step=Text("Choose the key that the firmware is signed with"),
                detail=type(key).__name__,
            )
        kind, verifying = usable
        return cls(kind, _der(verifying), verifying, form)

    @property
    def hash_algorithm(self) -> str:
        """The algorithm that imgtool uses with this kind of key unless it is told otherwise."""
        return "sha384" if self.kind is KeyKind.ECDSA_P384 else "sha256"

    @property
    def fingerprint(self) -> str:
        """For people: the first 8 bytes of the key's hash in hex, as images name the key."""
        return self.fingerprint_by(self.hash_algorithm)

    def fingerprint_by(self, algorithm: str) -> str:
        """The fingerprint in an image whose hashes are made with `algorithm`."""
        return fingerprint(self.hash(algorithm))

    def hash(self, algorithm: str) -> bytes:
        return hashlib.new(algorithm, self.der).digest()

    @property
    def pem(self) -> str:
        """The public key as imgtool writes it to a file of its own, whatever it was read from."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        form = PublicFormat.SubjectPublicKeyInfo
        return self._key.public_bytes(Encoding.PEM, form).decode("ascii")

    def is_named_by(self, signature: Signature) -> bool:
        """Does the signature name this key, or no key at all?"""
        if signature.public_key is not None:
            return signature.public_key == self.der
        named = signature.key_hash
        return named is None or named in (
            self.hash("sha256"),
            self.hash("sha384"),
            self.hash("sha512"),
        )

    def verify(self, signature: bytes, message: bytes, algorithm: str) -> bool:
        """Check a signature over a digest made with `algorithm` (Ed25519: over any message)."""
        from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

        try:
            self._verify(signature, message, algorithm)
        except (InvalidSignature, UnsupportedAlgorithm, ValueError):
            return False
        return True

    def _verify(self, signature: bytes, message: bytes, algorithm: str) -> None:
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, utils

        if isinstance(self._key, ed25519.Ed25519PublicKey):
            self._key.verify(signature, message)
            return
        made_with = {
            "sha256": hashes.SHA256(),
            "sha384": hashes.SHA384(),
            "sha512": hashes.SHA512(),
        }[algorithm]
        prehashed = utils.Prehashed(made_with)
        if isinstance(self._key, ec.EllipticCurvePublicKey):
            # imgtool --pad-sig appends zeros for old bootloaders; DER says where it ends.
            end = signature[1] + 2 if len(signature) > 1 else 0
            self._key.verify(signature[:end], message, ec.ECDSA(prehashed))
        else:
            pss = padding.PSS(padding.MGF1(hashes.SHA256()), _SALT_LENGTH)
            self._key.verify(signature, message, pss, prehashed)


class SignatureResult(Enum):
    GOOD = "good"
    BAD = "bad"
    OTHER_KEY = "other-key"
    UNSIGNED = "unsigned"
    NOT_CHECKABLE = "not-checkable"


@dataclass(frozen=True, slots=True)
class SignatureCheck:
    """The answer to "did the owner of this key sign this?"; `words` is a whole sentence.

    `is_from_key`: as far as can be seen the signature was made with the key. True for `GOOD`, and
    for `NOT_CHECKABLE` where the signed hash is right but its encrypted contents are hidden.
    """

    result: SignatureResult
    words: Text
    is_from_key: bool = False


def check_signature(image: McubootImage, key: PublicKey) -> SignatureCheck:
    """Check as the bootloader does; an image may carry several signatures, one is enough."""
    signatures = image.signatures
    if not signatures:
        return SignatureCheck(
            SignatureResult.UNSIGNED,
            Text(
                "The image is not signed; only a bootloader built without signature check runs it"
            ),
        )
    record = _RECORDS[key.kind]
    ours = [s for s in signatures if s.type == record and key.is_named_by(s)]
    algorithm = image.hash_algorithm or key.hash_algorithm
    if not ours:
        return SignatureCheck(
            SignatureResult.OTHER_KEY,
            Text(
                "The image is signed with another key ({keys}) than {kind} {fingerprint}",
                keys=commas([f"{s.name} {s.fingerprint}".strip() for s in signatures]),
                kind=key.kind.value,
                fingerprint=key.fingerprint_by(algorithm),
            ),
        )
    message = _signed_message(image)
    if message is None:
        return SignatureCheck(SignatureResult.NOT_CHECKABLE, _hidden(image))
    if not any(key.verify(s.value, message, algorithm) for s in ours):
        is_named = any(s.key_hash is not None for s in ours)
        return SignatureCheck(SignatureResult.BAD, _wrong(is_named=is_named))
    match image.hash_check:
        case HashCheck.DIFFERS:
            return SignatureCheck(
                SignatureResult.BAD, Text("The image was changed after it was signed")
            )
        case HashCheck.NOT_CHECKABLE:
            return SignatureCheck(
                SignatureResult.NOT_CHECKABLE,
                Text(
                    "The image's hash is signed with this key; the contents are encrypted, so only "
                    "the device can check that they belong to it"
                ),
                is_from_key=True,
            )
        case HashCheck.MATCHES | HashCheck.MISSING:  # what is signed may be the contents
            return SignatureCheck(
                SignatureResult.GOOD, Text("The image is signed with this key"), is_from_key=True
            )
        case _:
            assert_never(image.hash_check)


def _hidden(image: McubootImage) -> Text:
    if image.is_encrypted:
        return Text(
            "The image names this key, but what it signed is not in the file: the contents are "
            "encrypted"
        )
    return Text(
        "The image names this key, but what it signed is not in the file: its hash is missing"
    )


def _wrong(*, is_named: bool) -> Text:
    if is_named:
        return Text(
            "The image names this key, but the signature was not made with it, or is damaged"
        )
    return Text(
        "The signature does not fit this key and these contents; the image does not tell which "
        "key it was made with"
    )


def _signed_message(image: McubootImage) -> bytes | None:
    """The bytes that were signed: the hash, or all contents of a pure image; None if not here."""
    if not image.is_pure:
        return image.hash or None
    if image.hash_check is HashCheck.NOT_CHECKABLE:
        return None
    return bytes(image.signed_bytes)


def _public(key: object) -> object:
    """The public half of a private key; whatever else unchanged."""
    public = getattr(key, "public_key", None)
    return public() if callable(public) else key


def _usable(key: object) -> tuple[KeyKind, VerifyingKey] | None:
    """The key with its kind, None if MCUboot knows no such kind."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if isinstance(key, ed25519.Ed25519PublicKey):
        return KeyKind.ED25519, key
    kind = None
    if isinstance(key, ec.EllipticCurvePublicKey):
        kind = _CURVES.get(key.curve.name)
    elif isinstance(key, rsa.RSAPublicKey):
        kind = _RSA_SIZES.get(key.key_size)
    else:
        return None
    return (kind, key) if kind else None


def _der(key: VerifyingKey) -> bytes:
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    is_rsa = isinstance(key, rsa.RSAPublicKey)
    form = PublicFormat.PKCS1 if is_rsa else PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(Encoding.DER, form)
