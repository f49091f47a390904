"""Two key pairs for demonstrations and tests. Everybody has them: they protect nothing.

The private halves are made from their names, so that no private key lies about in a file.
`cryptography` loads when one is asked for.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

DEMO_PUBLIC_PEM = """\
-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqnSmaCHATwiHDom9OSV1hvu75rcg
/UPZlZZwE9rdME0tFQfazn3/T7/u96W8+0iKHn5ZI++FulPd2oKRoGY5Zg==
-----END PUBLIC KEY-----
"""
"""What the bootloader of the strict board trusts (ECDSA P-256)."""


def demo_key() -> EllipticCurvePrivateKey:
    """The private half of `DEMO_PUBLIC_PEM`."""
    return _key("flashdesk demo key")


def other_key() -> EllipticCurvePrivateKey:
    """A key that no simulated device trusts, to make wrongly signed files."""
    return _key("flashdesk other key")


def _key(name: str) -> EllipticCurvePrivateKey:
    from cryptography.hazmat.primitives.asymmetric import ec

    secret = int.from_bytes(hashlib.sha256(name.encode()).digest(), "big")
    return ec.derive_private_key(secret, ec.SECP256R1())
