"""Which of several known keys an image is signed with: who made it, as far as can be told here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from smp.image.listing import commas
from smp.image.mcuboot import McubootImage
from smp.image.signature import PublicKey, SignatureCheck, SignatureResult, check_signature
from smp.text import Text


@dataclass(frozen=True, slots=True)
class NamedKey:
    """A public key, and what it is called by whoever knows it. `products`: patterns of the boards
    or the devices' names that it is for; none: for all."""

    name: str
    key: PublicKey
    products: tuple[str, ...] = ()

    @classmethod
    def load(cls, path: Path) -> NamedKey:
        """Called as its file. Raises `FileError`."""
        return cls(path.name, PublicKey.load(path))


@dataclass(frozen=True, slots=True)
class Signer:
    """`key`: of whom the signature is, or claims to be; None: it is of none of the known keys.
    `others`: known keys that have signed it, too. `known`: all that were looked through."""

    key: NamedKey | None
    check: SignatureCheck | None = None
    others: tuple[NamedKey, ...] = ()
    known: tuple[NamedKey, ...] = ()

    @property
    def is_known(self) -> bool:
        """As far as can be seen the signature was made with the key."""
        return self.check is not None and self.check.is_from_key

    @property
    def keys(self) -> tuple[NamedKey, ...]:
        """All that it was made with, as far as can be seen."""
        return (self.key, *self.others) if self.key is not None and self.is_known else self.others

    @property
    def flaw(self) -> Text | None:
        """Why a signature that claims to be of a known key is not: a whole sentence."""
        return None if self.check is None or self.check.is_from_key else self.check.words


def find_signer(image: McubootImage, keys: Iterable[NamedKey]) -> Signer | None:
    """Who of these has signed the image; None if nobody at all has, or no key is known."""
    known = list(keys)
    if not known or not image.signatures:
        return None
    claimed = Signer(None, known=tuple(known))
    made: list[tuple[NamedKey, SignatureCheck]] = []
    for named in known:
        check = check_signature(image, named.key)
        if check.is_from_key:
            made.append((named, check))
        names_it = any(s.key_hash is not None or s.public_key is not None for s in image.signatures)
        if check.result is not SignatureResult.OTHER_KEY and names_it:
            claimed = replace(claimed, key=named, check=check)
    if made:
        first, check = made[0]
        return Signer(first, check, tuple(named for named, _ in made[1:]), tuple(known))
    return claimed


def check_trust(image: McubootImage, keys: Iterable[NamedKey]) -> SignatureCheck:
    """Has one of these signed the image? There is at least one. Of several answers it is the best,
    or else the one that says most."""
    trusted = list(keys)
    checks = [(named, check_signature(image, named.key)) for named in trusted]
    for named, check in checks:
        if check.result is SignatureResult.GOOD:
            return replace(check, words=Text("Signed with “{name}”", name=named.name))
        if check.is_from_key:
            return check
    telling = [check for _, check in checks if check.result is not SignatureResult.OTHER_KEY]
    if telling or len(checks) == 1:
        return telling[0] if telling else checks[0][1]
    return replace(
        checks[0][1],
        words=Text(
            "The image is signed with another key than those that are trusted ({names})",
            names=commas([named.name for named in trusted]),
        ),
    )
