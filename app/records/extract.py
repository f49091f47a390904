"""What leaves the station: attempts with what they come to, and of how many they are a part.

A report is read a year later by somebody who does not know how it was asked for: it says itself
what was asked, and how much was left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field

from app.records.attempt import Attempt
from app.records.filter import Filter
from app.records.summary import Summary


@dataclass(frozen=True, slots=True)
class Scope:
    """Of which attempts a file is."""

    where: str = ""
    """Which database, without a password."""
    wanted: Filter = Filter()  # noqa: RUF009 -- it is frozen
    there: int = 0
    """Attempts that the database has in all."""
    waiting: int = 0
    """Attempts of this computer's stations that it has not got yet."""

    @property
    def asked(self) -> dict[str, object]:
        """The filter without what it leaves open; a result is its word."""
        anything = asdict(Filter())
        given = {k: value for k, value in asdict(self.wanted).items() if value != anything[k]}
        return {name: getattr(value, "value", value) for name, value in given.items()}


@dataclass(frozen=True, slots=True)
class Extract:
    """`attempts`: the newest first, to be gone through once; `count`: how many they are."""

    attempts: Iterable[Attempt]
    count: int
    summary: Summary
    scope: Scope = Scope()
    steps: Sequence[str] = ()
    """Names that their steps have, as the columns of a table."""
    measured: Sequence[str] = ()
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Of those in `TOLD`: what stands in there, each once; no more than `MOST`."""

    @property
    def left_out(self) -> int:
        return max(0, self.scope.there - self.count)


TOLD = ("job", "job_hash", "to_version", "station", "operator")
MOST = 10
