"""What updates of a device took, remembered from start to start: promises learn from it.

Read and written by the window and the command line; without it estimates are arithmetic.
"""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path

from app.memory.json_file import JsonFile
from smp.address import Address
from smp.survey import DeviceFacts
from smp.update.experience import NONE, Experience

MOST = 1000
_LONGEST = 24 * 3_600.0
_FASTEST = 1e9


class Experiences:
    """By the device's address with its options (a baud rate makes another rate) and by what its
    bootloader does. `path` None: for this run only."""

    def __init__(self, path: Path | None = None) -> None:
        self.file: JsonFile[Experience] = JsonFile(
            path, "what updates took", parse=_experience, store=_stored, most=MOST
        )

    def of(self, address: Address, facts: DeviceFacts) -> Experience:
        """Empty if nothing is known."""
        return self.file.get(_key(address, facts)) or NONE

    async def learn(self, address: Address, facts: DeviceFacts, measured: Experience) -> None:
        """Remember what an update took, beside what only earlier ones told."""
        known = self.of(address, facts).updated(measured)
        if known != NONE:
            await self.file.keep(_key(address, facts), known)


def _key(address: Address, facts: DeviceFacts) -> str:
    mode = facts.mode.name.lower() if facts.mode is not None else "unknown"
    return f"{address} {mode}"


def _stored(known: Experience) -> object:
    return {
        name: round(value, 2) if isinstance(value, float) else value
        for name, value in asdict(known).items()
        if value is not None
    }


def _experience(stored: object) -> Experience | None:
    if not isinstance(stored, dict):
        return None
    size = stored.get("restart_size")
    rate = _number(stored.get("rate"), _FASTEST)
    return Experience(
        rate=rate if rate is not None and rate >= 1.0 else None,
        erase=_number(stored.get("erase"), _LONGEST),
        restart=_number(stored.get("restart"), _LONGEST),
        restart_size=size if type(size) is int and 0 < size < 1 << 40 else None,
        verify=_number(stored.get("verify"), _LONGEST),
    )


def _number(value: object, most: float) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and 0 <= value <= most else None
