"""The public keys that a person has made known, as they can be checked against."""

from __future__ import annotations

from collections.abc import Iterable

from app.memory.settings import KnownKey
from smp.errors import SmpError
from smp.image import NamedKey, PublicKey


def known_keys(keys: Iterable[KnownKey]) -> tuple[list[NamedKey], list[SmpError]]:
    """Those that can be used, and what is wrong with the others. Blocking."""
    found, wrong = [], []
    for key in keys:
        try:
            read = PublicKey.from_bytes(key.pem.encode(), key.name)
            found.append(NamedKey(key.name, read, key.patterns))
        except SmpError as error:
            wrong.append(error)
    return found, wrong
