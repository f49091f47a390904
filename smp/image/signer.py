"""Which of several known keys an image is signed with: who made it, as far as can be told here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from smp.image.mcuboot import McubootImage
from smp.image.signature import PublicKey, SignatureCheck, SignatureResult, check_signature
from smp.text import Text


@dataclass(frozen=True, slots=True)
class NamedKey:
    """A public key, and what it is called by whoever knows it."""

    name: str
    key: PublicKey


@dataclass(frozen=True, slots=True)
class Signer:
    """`key`: of whom the signature is, or claims to be; None: it is of none of the known keys."""

    key: NamedKey | None
    check: SignatureCheck | None = None

    @property
    def is_known(self) -> bool:
        """As far as can be seen the signature was made with the key."""
        return self.check is not None and self.check.is_from_key

    @property
    def flaw(self) -> Text | None:
        """Why a signature that claims to be of a known key is not: a whole sentence."""
        return None if self.check is None or self.check.is_from_key else self.check.words


def find_signer(image: McubootImage, keys: Iterable[NamedKey]) -> Signer | None:
    """Who of these has signed the image; None if nobody at all has, or no key is known."""
    known = list(keys)
    if not known or not image.signatures:
        return None
    claimed = Signer(None)
    for named in known:
        check = check_signature(image, named.key)
        if check.is_from_key:
            return Signer(named, check)
        names_it = any(s.key_hash is not None or s.public_key is not None for s in image.signatures)
        if check.result is not SignatureResult.OTHER_KEY and names_it:
            claimed = Signer(named, check)
    return claimed
