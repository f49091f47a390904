"""Which of several known keys an image is signed with."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from smp.image import McubootImage, NamedKey, PublicKey, classify, find_signer
from smp.simulator import build_image
from smp.simulator.keys import demo_key, other_key


def named(name: str, key: EllipticCurvePrivateKey) -> NamedKey:
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return NamedKey(name, PublicKey.from_bytes(pem))


def image(key: EllipticCurvePrivateKey | None) -> McubootImage:
    (found,) = classify(build_image("1.4.2", 9_000, key=key), "app.bin").images
    return found


OURS, THEIRS = named("ours", demo_key()), named("theirs", other_key())


@pytest.mark.parametrize("keys", [(OURS, THEIRS), (THEIRS, OURS), (OURS,)])
def test_the_one_that_signed_it_is_found_wherever_it_stands(keys: tuple[NamedKey, ...]) -> None:
    signer = find_signer(image(demo_key()), keys)
    assert signer is not None
    assert signer.key is OURS
    assert signer.is_known
    assert signer.flaw is None


def test_of_a_stranger_nobody_is_said() -> None:
    signer = find_signer(image(other_key()), [OURS])
    assert signer is not None
    assert (signer.key, signer.is_known, signer.flaw) == (None, False, None)


def test_who_only_claims_to_be_known_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PublicKey, "verify", lambda *args: False)
    signer = find_signer(image(demo_key()), [THEIRS, OURS])
    assert signer is not None
    assert signer.key is OURS
    assert not signer.is_known
    assert "the signature was not made with it, or is damaged" in str(signer.flaw)


def test_nothing_is_said_of_what_nobody_signed_or_without_keys() -> None:
    assert find_signer(image(None), [OURS]) is None
    assert find_signer(image(demo_key()), []) is None


@pytest.mark.parametrize("kind", ["ec", "rsa", "ed25519"])
def test_a_key_is_written_as_it_is_read(kind: str) -> None:
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
    from cryptography.hazmat.primitives.serialization import PublicFormat

    made = {
        "ec": demo_key,
        "rsa": lambda: rsa.generate_private_key(65537, 2048),
        "ed25519": ed25519.Ed25519PrivateKey.generate,
    }[kind]()
    form = PublicFormat.SubjectPublicKeyInfo
    key = PublicKey.from_bytes(made.public_key().public_bytes(Encoding.DER, form))
    assert "PRIVATE" not in key.pem
    assert PublicKey.from_bytes(key.pem.encode()) == key
