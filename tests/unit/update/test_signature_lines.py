"""Who signed it, in the plan: files of imgtool in every kind of signature, as they are and changed
in every part; by one of ours, by somebody else, by nobody."""

from __future__ import annotations

from uuid import uuid4

import pytest

from smp.image import FilePart, McubootImage, NamedKey, PublicKey, TlvType
from smp.update import plan as plans
from smp.update.job import Job, parts_of
from smp.update.plan import Plan, Tone
from tests.helpers import images
from tests.helpers.planning import device

KINDS = (
    *((kind, ()) for kind in images.KEY_TYPES),
    ("ed25519", ("--pure",)),
    ("ed25519", ("--sha", "512")),
    ("rsa-3072", ("--public-key-format", "full")),
)
EVERY = pytest.mark.parametrize(
    ("kind", "options"), KINDS, ids=[f"{k}{''.join(o)}" for k, o in KINDS]
)
DEMANDS = ("-s", "7", "-d", "(1, 1.2.0)", "--vid", "acme.example", "--cid", "pump")


def signed(kind: str, *options: str) -> bytes:
    return images.image("1.4.0", 4096, *options, key=kind)


def key(kind: str, name: str = "test") -> NamedKey:
    return NamedKey("release", PublicKey.load(images.public_key_file(kind, name)))


def plan(data: bytes, *known: NamedKey, trusted: tuple[NamedKey, ...] = ()) -> Plan:
    part = FilePart(McubootImage.from_bytes(data))
    return plans.make_plan(device(), Job(parts_of([part]), known=known, trusted=trusted))


def line(made: Plan) -> tuple[str, Tone]:
    stems = ("signed-with-known", "signed-with-unknown", "not-signed", "signature", "known-key")
    (check,) = [check for check in made.checks if check.text.code.startswith(stems)]
    return check.text.code, check.tone


def at_record(data: bytes, *kinds: int) -> int:
    """Where the first record of such a kind has its value."""
    image = McubootImage.from_bytes(data)
    tlv = next(tlv for tlv in image.all_tlvs if tlv.type in kinds)
    return data.index(tlv.value, image.header.size + image.header.image_size)


HASHES = (TlvType.SHA256, TlvType.SHA384, TlvType.SHA512)
SIGNATURES = (TlvType.RSA2048_PSS, TlvType.RSA3072_PSS, TlvType.ECDSA_SIG, TlvType.ED25519)


def changed(data: bytes, region: str) -> bytes:
    at = {
        "version": lambda: 20,
        "fill of the header": lambda: 0x100,
        "payload": lambda: 0x300,
        "protected": lambda: at_record(data, TlvType.SEC_CNT),
        "hash": lambda: at_record(data, *HASHES) + 3,
        "signature": lambda: at_record(data, *SIGNATURES) + 12,
        "key": lambda: at_record(data, TlvType.KEYHASH, TlvType.PUBKEY) + 3,
    }[region]()
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@EVERY
def test_by_one_of_ours_by_somebody_else_and_unknown(kind: str, options: tuple[str, ...]) -> None:
    data = signed(kind, *options)
    assert line(plan(data)) == ("signature-not-checked", Tone.NEUTRAL)
    assert line(plan(data, key(kind))) == ("signed-with-known-key", Tone.OK)
    others = [key(it, "other") for it in images.KEY_TYPES]
    assert line(plan(data, *others)) == ("signed-with-unknown-key", Tone.WARN)
    assert line(plan(data, *others, key(kind))) == ("signed-with-known-key", Tone.OK)
    trusted = plan(data, trusted=(*others, key(kind)))
    assert line(trusted) == ("signature-trusted", Tone.OK)
    assert trusted.obstacle is None
    distrusted = plan(data, trusted=tuple(others))
    assert line(distrusted) == ("signature-not-trusted", Tone.BAD)
    assert distrusted.obstacle is not None
    assert distrusted.obstacle.what.code == "key-not-trusted"


@EVERY
@pytest.mark.parametrize("region", ["version", "fill of the header", "payload", "protected"])
def test_what_the_hash_covers_was_changed(kind: str, options: tuple[str, ...], region: str) -> None:
    data = changed(signed(kind, "-s", "7", *options), region)
    made = plan(data, key(kind))
    assert line(made) == ("known-key-does-not-fit", Tone.WARN)
    assert made.obstacle is not None
    assert made.obstacle.what.code == "file-contents-damaged"
    assert line(plan(data)) == ("signature-not-checked", Tone.NEUTRAL)
    assert line(plan(data, trusted=(key(kind),))) == ("signature-not-trusted", Tone.BAD)


@EVERY
def test_the_hash_itself_was_changed(kind: str, options: tuple[str, ...]) -> None:
    data = changed(signed(kind, *options), "hash")
    made = plan(data, key(kind))
    assert line(made) == ("known-key-does-not-fit", Tone.WARN)
    assert made.obstacle is not None


@EVERY
def test_the_signature_was_changed(kind: str, options: tuple[str, ...]) -> None:
    """The contents are whole: only who knows the key sees it."""
    data = changed(signed(kind, *options), "signature")
    made = plan(data, key(kind))
    assert line(made) == ("known-key-does-not-fit", Tone.WARN)
    assert made.obstacle is None
    trusted = plan(data, trusted=(key(kind),))
    assert line(trusted) == ("signature-not-trusted", Tone.BAD)
    assert trusted.obstacle is not None


@EVERY
def test_the_name_of_the_key_was_changed(kind: str, options: tuple[str, ...]) -> None:
    """The bootloader finds no such key, whatever the signature."""
    data = changed(signed(kind, *options), "key")
    assert line(plan(data, key(kind))) == ("signed-with-unknown-key", Tone.WARN)
    assert line(plan(data, trusted=(key(kind),))) == ("signature-not-trusted", Tone.BAD)


@EVERY
def test_nobody_has_signed_it(kind: str, options: tuple[str, ...]) -> None:
    data = images.image("1.4.0", 4096, key=None)
    assert line(plan(data)) == ("not-signed", Tone.WARN)
    assert line(plan(data, key(kind))) == ("not-signed", Tone.WARN)
    assert line(plan(data, trusted=(key(kind),))) == ("signature-not-trusted", Tone.BAD)


@EVERY
def test_what_else_an_image_holds_does_not_matter(kind: str, options: tuple[str, ...]) -> None:
    for more in (DEMANDS, ("--vid", str(uuid4())), ("--pad-sig",) if "ecdsa" in kind else ()):
        data = signed(kind, *options, *more)
        assert line(plan(data, key(kind))) == ("signed-with-known-key", Tone.OK)


@pytest.mark.parametrize("kind", ["ecdsa-p256", "rsa-2048", "ed25519"])
def test_compressed_and_encrypted(kind: str) -> None:
    packed = images.signed(b"firmware" * 3000, "--compression", "lzma2", key=kind)
    assert line(plan(packed, key(kind))) == ("signed-with-known-key", Tone.OK)
    assert line(plan(changed(packed, "signature"), key(kind)))[0] == "known-key-does-not-fit"
    wrapping = {"ed25519": "x25519"}.get(kind, kind)
    hidden = signed(kind, "-E", str(images.public_key_file(wrapping, "enc")))
    assert line(plan(hidden, key(kind))) == ("signed-with-known-key", Tone.OK)
    assert line(plan(hidden, key(kind, "other"))) == ("signed-with-unknown-key", Tone.WARN)
    assert line(plan(changed(hidden, "signature"), key(kind)))[0] == "known-key-does-not-fit"
    (whole,) = [c for c in plan(hidden, key(kind)).checks if c.text.code == "hash-not-checkable"]
    assert whole.tone is Tone.WARN, "a signature of what nobody can see is no proof of it"
