"""The keys of locks: made from a password or kept in a file; signing, and seeing who has signed.

`cryptography` loads when a lock does, not before.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from smp.errors import JobError
from smp.image.key_file import LARGEST_KEY_FILE
from smp.image.reading import read_file
from smp.text import NOTHING, Coded, Text


def from_seed(seed: bytes) -> object:
    """The Ed25519 key of these 32 bytes."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(seed)


def private_key(path: Path, password: str = "") -> object:
    """A key that can sign, PEM or DER. Blocking. Raises `FileError` for a file that cannot be read,
    `JobError` for one that holds none. `password`: of the file, if it has one."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    data = read_file(path, LARGEST_KEY_FILE)
    secret = password.encode("utf-8", "replace") or None
    load = (
        serialization.load_pem_private_key
        if b"-----BEGIN" in data
        else serialization.load_der_private_key
    )
    try:
        key = load(data, secret)
    except TypeError as error:  # it has a password, or has none
        raise JobError(
            Coded("job-key-file-password", "{name} is protected by a password", name=path.name)
            if secret is None
            else Coded("job-key-file-open", "{name} has no password", name=path.name),
            next_step=(
                Text("Give its password") if secret is None else Text("Leave the password out")
            ),
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        wrong = Text("The password is wrong, or it is damaged") if secret is not None else NOTHING
        raise _no_key(path.name, wrong, str(error)) from error
    if _how(key) is None:
        raise _no_key(path.name, Text("Usable are Ed25519, ECDSA and RSA of 2048 bits or more"))
    return key


def public_key_in(path: Path) -> bytes | None:
    """The DER of the public key that a file in PEM form holds; None: it holds none. Blocking.
    Raises `FileError`."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    try:
        key = serialization.load_pem_public_key(read_file(path, LARGEST_KEY_FILE))
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def public_der(key: Any) -> bytes:
    """Of a private key its public half, as SubjectPublicKeyInfo."""
    from cryptography.hazmat.primitives import serialization

    public = key.public_key()
    der: bytes = public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return der


def sign(key: Any, data: bytes) -> bytes:
    signature: bytes = key.sign(data, *(_how(key) or ()))
    return signature


def is_signed(public: bytes, signature: bytes, data: bytes) -> bool:
    """Whether the owner of this key has signed that. Never raises: nonsense is no signature."""
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    try:
        key: Any = serialization.load_der_public_key(public)
        how = _how(key)
        if how is None:
            return False
        key.verify(signature, data, *how)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def _how(key: object) -> tuple[object, ...] | None:
    """What signing and verifying take besides the data; None: not with this kind of key."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

    if isinstance(key, ed25519.Ed25519PrivateKey | ed25519.Ed25519PublicKey):
        return ()
    if isinstance(key, ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey):
        return (ec.ECDSA(hashes.SHA256()),) if key.curve.key_size >= 256 else None
    if isinstance(key, rsa.RSAPrivateKey | rsa.RSAPublicKey) and key.key_size >= 2048:
        sha256 = hashes.SHA256()
        return padding.PSS(padding.MGF1(sha256), hashes.SHA256.digest_size), sha256
    return None


def _no_key(name: str, why: Text, detail: str = "") -> JobError:
    return JobError(
        Coded("job-key-file-unusable", "{name} holds no private key to lock with", name=name),
        why=why,
        next_step=Text("Choose a private key in PEM form, or lock the job with a password"),
        detail=detail,
    )
