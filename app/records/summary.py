"""What many attempts come to, as values: yield, failures by their reason, hours, steps."""

from __future__ import annotations

from dataclasses import dataclass

from app.records.attempt import Result


@dataclass(frozen=True, slots=True)
class FailureCount:
    """Attempts that did not pass, of one code. `reason`: that of the newest of them."""

    code: str
    reason: str
    attempts: int
    units: int


@dataclass(frozen=True, slots=True)
class HourCount:
    """Attempts that ended in an hour. `began`: seconds since the epoch."""

    began: int
    passed: int
    failed: int


@dataclass(frozen=True, slots=True)
class StepMean:
    """How long a step took, in seconds."""

    name: str
    mean: float
    longest: float
    attempts: int


@dataclass(frozen=True, slots=True)
class Summary:
    """Of a unit that was tried several times, its last attempt says whether it is good. An attempt
    without a serial number is a unit of its own."""

    attempts: int = 0
    units: int = 0
    good_units: int = 0
    """Whose last attempt has passed."""
    good_at_once: int = 0
    """Whose first attempt has passed."""
    results: tuple[tuple[Result, int], ...] = ()
    """Attempts by how they ended, of each kind there is."""
    failures: tuple[FailureCount, ...] = ()
    """The most frequent first."""
    hours: tuple[HourCount, ...] = ()
    """In their order; one in which nothing ended is not there."""
    steps: tuple[StepMean, ...] = ()
    """The slowest first."""
    began: float | None = None
    ended: float | None = None
    mean_seconds: float | None = None
    """Of the attempts that passed."""
    has_all_ends: bool = True
    """Attempts were not chosen by how they ended. Of those that were there is no yield."""

    @property
    def yield_(self) -> float | None:
        """0 to 1; None: there is none, as before the first unit."""
        return self.good_units / self.units if self.units and self.has_all_ends else None

    @property
    def first_pass_yield(self) -> float | None:
        return self.good_at_once / self.units if self.units and self.has_all_ends else None
