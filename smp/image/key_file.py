"""What a key file holds: a public key, in any form that imgtool writes, or what it is instead.

    PEM       -----BEGIN PUBLIC KEY-----          imgtool getpub -e pem, openssl
    DER       30 .. 30 .. (SubjectPublicKeyInfo), 30 .. 02 (PKCS#1)
    source    { 0x30, 0x59, ... }                 imgtool getpub, C and Rust

A private key is never more than looked at: it is refused before anything is made of it, in the
window and on a command line. A certificate and a key of SSH are named, with the command that makes
a public key of them. Sources: mcu-tools/mcuboot scripts/imgtool/keys/general.py; RFC 5280, 5958.
"""

from __future__ import annotations

import codecs
import re
from enum import Enum
from pathlib import PurePath
from shlex import quote

from smp.errors import FileError
from smp.text import Coded, Text

PUBLIC_HALF = "imgtool getpub -k KEY.pem -e pem -o KEY.pub.pem"
LARGEST_KEY_FILE = 1 << 20
_HASH_SIZES = (32, 48, 64)
_IMAGE_MAGIC = bytes.fromhex("3db8f396")
_ARRAY = re.compile(rb"[{\[]([\s0-9a-fA-FxX,]+)[}\]]")
_BYTE = re.compile(rb"0x([0-9a-fA-F]{1,2})", re.IGNORECASE)
_HEX = re.compile(rb"\s*([0-9a-fA-F]{2}[\s:]*){32,64}")
_PEM = re.compile(rb"-----BEGIN [A-Z0-9 ]*(KEY|CERTIFICATE)( BLOCK)?-----")
_KEY_NAME = re.compile(rb"key", re.IGNORECASE)
_SSH = (b"ssh-", b"ecdsa-sha2-")
_SSH_ALONE = b"ssh-ed25519"
"""Keys that ssh-keygen writes in no other form."""
_NOT_OF_IMGTOOL = (b"OPENSSH PRIVATE KEY", b"PuTTY-User-Key-File")
_LOCKED_MARKS = (b"BEGIN ENCRYPTED", b"Proc-Type: 4,ENCRYPTED")
_CHOOSE_PUBLIC = Text(
    "Choose the public key, which imgtool writes to a file of its own, and keep this one where "
    "nobody finds it"
)
_PRIVATE_MARKS = (b"PRIVATE KEY-----", b"PuTTY-User-Key-File", b"Private-Lines:")
_SEQUENCE, _INTEGER, _IDENTIFIER = 0x30, 0x02, 0x06
_CERTIFICATE_VERSION = 0xA0
_BY_PASSWORD = bytes.fromhex("2a864886f70d0105"), bytes.fromhex("2a864886f70d010c")
"""How contents are encrypted with a password: the numbers of PKCS#5 and PKCS#12."""


class KeyForm(Enum):
    """How it was written down."""

    PEM = "pem"
    DER = "der"
    SOURCE = "source"

    @property
    def words(self) -> Text:
        return _FORMS[self]


_FORMS = {
    KeyForm.PEM: Text("a PEM file"),
    KeyForm.DER: Text("a DER file"),
    KeyForm.SOURCE: Text("an array in source code"),
}


def read_key(data: bytes, name: str) -> tuple[KeyForm, object]:
    """The public key as `cryptography` knows it. Raises `FileError`, which quotes nothing of the
    file: for a private key, too."""
    data = _as_bytes(data)
    if any(mark in data for mark in _PRIVATE_MARKS):
        is_pem = b"-----BEGIN" in data and not any(mark in data for mark in _NOT_OF_IMGTOOL)
        locked = any(mark in data for mark in _LOCKED_MARKS)
        raise _private(name, public_half(name) if is_pem else "", locked=locked)
    if b"-----BEGIN" in data:
        return KeyForm.PEM, _from_pem(data, name)
    arrays = _arrays(data)
    if arrays:
        return KeyForm.SOURCE, _from_source(arrays, name)
    if _is_der(data):
        return KeyForm.DER, _from_der(data, name)
    raise _no_key(name, data)


def is_key(data: bytes, *, is_text: bool) -> bool:
    """It is meant to be a key, of whatever kind and half, or the hash of one as source code. Only
    what announces itself: bytes alone may be anything, and firmware may hold keys."""
    if len(data) > LARGEST_KEY_FILE:
        return False
    if not is_text:
        return _holds_key(data)
    data = _as_bytes(data)
    if _PEM.search(data) or any(mark in data for mark in _PRIVATE_MARKS):
        return True
    if data.lstrip().startswith(_SSH):
        return True
    is_named = _KEY_NAME.search(data) is not None
    found = _arrays(data)
    return any(_holds_key(it) or (is_named and len(it) in _HASH_SIZES) for it in found)


def is_private(data: bytes) -> bool:
    """Of what `is_key` says that it is one."""
    text = _as_bytes(data)
    if any(mark in text for mark in _PRIVATE_MARKS):
        return True
    return any(_is_private_der(it) for it in (data, *_arrays(text)) if _is_der(it))


def public_half(name: str) -> str:
    """The command that writes the public key of such a file in PEM form."""
    return f"imgtool getpub -k {quote(name)} -e pem -o {_public_name(name)}"


def _public_name(name: str) -> str:
    return quote(f"{PurePath(name).stem}.pub.pem")


def _private(name: str, command: str, *, locked: bool = False) -> FileError:
    """The word to somebody who gave the wrong half."""
    if locked:
        return FileError(
            Coded("key-has-password", "{name} is protected by a password", name=name),
            why=Text(
                "It holds an encrypted private key; checking needs only the public half. Nothing "
                "of the file was kept"
            ),
            next_step=_CHOOSE_PUBLIC,
            command=command,
        )
    return FileError(
        Coded("key-is-private", "{name} holds a private key", name=name),
        why=Text(
            "With it, firmware is signed; whoever checks signatures needs the public key alone. "
            "Nothing of the file was kept"
        ),
        next_step=_CHOOSE_PUBLIC,
        command=command,
    )


def _as_bytes(data: bytes) -> bytes:
    """Editors of Windows write text as UTF-16."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace").encode("utf-8", "replace")
    return data.removeprefix(codecs.BOM_UTF8)


# -- each form ------------------------------------------------------------------------------------


def _from_pem(data: bytes, name: str) -> object:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    if b"-----BEGIN CERTIFICATE" in data:
        raise _certificate(name, "")
    if data.count(b"-----BEGIN PUBLIC KEY") > 1:
        raise _several(name)
    try:
        return serialization.load_pem_public_key(data)
    except UnsupportedAlgorithm as error:
        raise not_readable(name, Text("Its kind of key is unknown"), str(error)) from error
    except (ValueError, TypeError) as error:
        why = Text("It is damaged, or of an unknown kind")
        raise not_readable(name, why, str(error)) from error


def _from_der(data: bytes, name: str) -> object:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    if _is_private_der(data):
        command = f"openssl pkey -inform DER -in {quote(name)} -pubout -out {_public_name(name)}"
        raise _private(name, command, locked=_is_locked_der(data))
    if _is_certificate(data):
        raise _certificate(name, "-inform DER ")
    try:
        return serialization.load_der_public_key(data)
    except UnsupportedAlgorithm as error:
        raise not_readable(name, Text("Its kind of key is unknown"), str(error)) from error
    except (ValueError, TypeError) as error:
        if len(data) in _HASH_SIZES:  # one in 256 looks like a sequence of just its size
            raise _is_hash(name) from error
        why = Text("It is damaged, or of an unknown kind")
        raise not_readable(name, why, str(error)) from error


def _from_source(arrays: list[bytes], name: str) -> object:
    """One key among the arrays; a key's hash is none."""
    keys = [array for array in arrays if _is_der(array)]
    if any(_is_private_der(key) for key in keys):
        raise _private(name, "")
    if len(keys) > 1:
        raise _several(name)
    if keys:
        return _from_der(keys[0], name)
    if any(len(array) in _HASH_SIZES for array in arrays):
        raise _is_hash(name)
    raise not_readable(name, Text("What is in its array is no key"))


def _arrays(data: bytes) -> list[bytes]:
    """Bytes in braces or brackets, if there are enough for a hash."""
    found = (array[1] for array in _ARRAY.finditer(data))
    values = (bytes(int(it, 16) for it in _BYTE.findall(array)) for array in found)
    return [value for value in values if len(value) >= min(_HASH_SIZES)]


def _is_der(data: bytes) -> bool:
    """A sequence that ends where the data ends."""
    at = _inside(data)
    if not at:
        return False
    length = int.from_bytes(data[2:at], "big") if at > 2 else data[1]
    return at + length == len(data)


def _is_private_der(data: bytes) -> bool:
    """Every form of private key begins with a number for its version; public ones with what kind
    of key it is, or with an RSA key's modulus, which is far longer."""
    at = _inside(data)
    has_version = data[at : at + 2] == bytes([_INTEGER, 1])
    return has_version or _is_locked_der(data)


def _is_locked_der(data: bytes) -> bool:
    return any(number in data[:32] for number in _BY_PASSWORD)


def _holds_key(data: bytes) -> bool:
    """A whole sequence that begins as a key does, or as a certificate, which holds one."""
    if len(data) <= min(_HASH_SIZES) or not _is_der(data):
        return False
    inner = data[_inside(data) :]
    if _is_private_der(data) or _is_certificate(data):
        return True
    if inner[:1] == bytes([_SEQUENCE]):  # what kind of key it is
        return inner[_inside(inner) :][:1] == bytes([_IDENTIFIER])
    return inner[:1] == bytes([_INTEGER])  # RSA's modulus


def _is_certificate(data: bytes) -> bool:
    """X.509, whose contents begin with a tagged version."""
    inner = data[_inside(data) :]
    return inner[:1] == bytes([_SEQUENCE]) and inner[_inside(inner) :][:1] == bytes(
        [_CERTIFICATE_VERSION]
    )


def _inside(data: bytes) -> int:
    """Where the contents of a DER sequence begin; 0: it is none."""
    if len(data) < 2 or data[0] != _SEQUENCE:
        return 0
    return 2 + (data[1] & 0x7F if data[1] & 0x80 else 0)


# -- what is none ---------------------------------------------------------------------------------


def _no_key(name: str, data: bytes) -> FileError:
    start = data[:64].lstrip()
    if len(data) in _HASH_SIZES or _HEX.fullmatch(data[:300]):
        return _is_hash(name)
    if start.startswith(_SSH):
        return _of_ssh(name, start)
    if data.startswith(_IMAGE_MAGIC):
        return not_readable(name, Text("It is a firmware image"))
    return not_readable(name, Text("A key file in PEM form begins with -----BEGIN"))


def _certificate(name: str, form: str) -> FileError:
    """form: the option of openssl for it."""
    command = f"openssl x509 {form}-in {quote(name)} -noout -pubkey > {_public_name(name)}"
    return not_readable(name, Text("It holds a certificate"), command=command)


def _of_ssh(name: str, start: bytes) -> FileError:
    command = f"ssh-keygen -e -m PKCS8 -f {quote(name)} > {_public_name(name)}"
    if start.startswith(_SSH_ALONE):
        command = PUBLIC_HALF
    return not_readable(name, Text("It holds a key of SSH"), command=command)


def _is_hash(name: str) -> FileError:
    return FileError(
        Coded("key-is-hash", "{name} holds the hash of a key, not the key", name=name),
        why=Text("A hash only names a key; no signature can be checked with it"),
        next_step=Text("Choose the public key in PEM form, as imgtool writes it"),
        command=PUBLIC_HALF,
    )


def _several(name: str) -> FileError:
    return FileError(
        Coded("key-file-has-several", "{name} holds several keys", name=name),
        why=Text("Which of them is meant does not stand there"),
        next_step=Text("Put each key in a file of its own, and choose them one after the other"),
    )


def not_readable(name: str, why: Text, detail: str = "", command: str = PUBLIC_HALF) -> FileError:
    return FileError(
        Coded("key-not-readable", "{name} holds no key that can be used", name=name),
        why=why,
        next_step=Text("Choose the public key in PEM form, as imgtool writes it"),
        command=command,
        detail=detail,
    )
