"""What was found in a job: a line of its check, with the line of the file that it is about."""

from __future__ import annotations

from dataclasses import dataclass

from app.station.job_faults import JobFault
from app.station.job_toml import Lines
from smp.text import NOTHING, Coded, Text
from smp.update.kinds import Tone

Place = tuple[str, int, str]
"""The table, which of that name, and the key; a key of the file's beginning is in the table ""."""


@dataclass(frozen=True, slots=True)
class JobCheck:
    """`tone`: BAD is refused by a station, WARN is not. `line`: None where it is about none."""

    tone: Tone
    text: Coded
    line: int | None = None
    why: Text = NOTHING
    next_step: Text = NOTHING

    @property
    def fault(self) -> JobFault:
        """The same as an error."""
        return JobFault(self.text, self.line, why=self.why, next_step=self.next_step)

    @classmethod
    def of(cls, fault: JobFault) -> JobCheck:
        return cls(Tone.BAD, fault.fault, fault.line, fault.why, fault.next_step)

    def to_json(self) -> dict[str, object]:
        return {
            "tone": self.tone.value,
            "code": self.text.code,
            "values": self.text.values_json(),
            "words": self.text,
            "line": self.line,
            "why": self.why,
            "next_step": self.next_step,
        }


class Findings:
    """What has been found so far, each at its line."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self.checks: list[JobCheck] = []

    def bad(
        self,
        at: Place | None,
        text: Coded,
        why: Text = NOTHING,
        next_step: Text = NOTHING,
    ) -> None:
        self.checks.append(JobCheck(Tone.BAD, text, self._line(at), why, next_step))

    def warn(
        self,
        at: Place | None,
        text: Coded,
        why: Text = NOTHING,
        next_step: Text = NOTHING,
    ) -> None:
        self.checks.append(JobCheck(Tone.WARN, text, self._line(at), why, next_step))

    def _line(self, at: Place | None) -> int | None:
        return self._lines.of(*at) if at is not None else None
