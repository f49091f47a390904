"""What is wrong with a job's file: a sentence, the line that it is about, and what to do."""

from __future__ import annotations

from collections.abc import Sequence

from smp.errors import JobError, SmpError
from smp.text import NOTHING, Coded, Text


class JobFault(JobError):
    """One of a file's faults; the first that was found carries the others."""

    def __init__(
        self,
        fault: Coded,
        line: int | None = None,
        *,
        why: Text = NOTHING,
        next_step: Text = NOTHING,
        detail: str = "",
    ) -> None:
        """`line`: counted from 1; None: it is about no line, or about all."""
        told = fault
        if line:
            told = fault.within(Text("Line {line}: {fault}", line=line, fault=fault))
        super().__init__(told, why=why, next_step=next_step, detail=detail)
        self.fault = fault
        """Without its line, for where that stands in a column of its own."""
        self.line = line
        self.others: tuple[JobFault, ...] = ()

    @property
    def all(self) -> tuple[JobFault, ...]:
        """It and the others, in the order of their lines."""
        return tuple(sorted((self, *self.others), key=lambda it: it.line or 0))

    def to_json(self) -> dict[str, object]:
        return {**super().to_json(), "line": self.line}


def as_fault(error: SmpError, line: int | None = None) -> JobFault:
    """What another room says, as a fault of the job, at its line."""
    assert isinstance(error.what, Coded)
    return JobFault(error.what, line, why=error.why, next_step=error.next_step, detail=error.detail)


def raise_first(faults: Sequence[JobFault]) -> None:
    """Raises the first, if there is one; it carries the others."""
    if faults:
        first, *others = sorted(faults, key=lambda it: it.line or 0)
        first.others = tuple(others)
        raise first
