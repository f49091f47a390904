"""Serial numbers that are handed out once: the promise, as values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Serial:
    """One serial number out of a pool, held for one attempt until it is used or given back.

    pool: whose numbers it is one of; number: its place in the pool, from 0; text: as it is written
    to the unit; key: of the attempt that holds it."""

    pool: str
    number: int
    text: str
    key: str
