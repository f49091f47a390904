"""What an attempt needs of the records, and nothing more of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from app.records.attempt import Attempt
from app.records.serials import Serial


class Ledger(Protocol):
    """Records and serial numbers. Each raises `RecordError` where it cannot keep its promise."""

    async def write(self, attempt: Attempt) -> bool:
        """True: in the database; False: on the disk of this station, delivered later."""

    async def take_serial(
        self,
        pool: str,
        key: str,
        *,
        format: str,  # noqa: A002 -- the job's word
        first: int,
        last: int | None,
    ) -> Serial:
        """The next one of a counter that no station has."""

    async def take_listed(self, pool: str, key: str, lines: Sequence[str]) -> Serial:
        """The next line that no station has."""

    async def claim_serial(self, pool: str, key: str, text: str, *, duplicates: bool) -> Serial:
        """This one, unless somebody holds it or it has passed."""

    async def use_serial(self, serial: Serial) -> None: ...
    async def give_back(self, serial: Serial, reason: str) -> None: ...
