"""One update as it can be looked at: its steps, its speed over time, what happened, the verdict.

Fed with the engine's events and a clock; asks nothing and draws nothing.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import Enum

from smp.update.events import (
    CameBack,
    Finished,
    LinkDropped,
    LinkRestored,
    PlanMade,
    Restarting,
    StateRead,
    Step,
    StepFailed,
    StepFinished,
    StepStarted,
    UpdateEvent,
    UploadBegan,
    UploadProgressed,
    WentSilent,
)
from smp.update.plan import Plan
from smp.update.verdict import Ending, Outcome, Verdict

_SAMPLE_EVERY = 0.1
_RATE_OVER = 1.0
_LEFT_OVER = 5.0


class Progress(Enum):
    PENDING = "to come"
    CURRENT = "going on"
    DONE = "done"
    SKIPPED = "not needed"
    FAILED = "failed"
    STOPPED = "stopped"
    UNKNOWN = "unknown"


class Happening(Enum):
    RESENT = "resent"
    RECONNECTED = "reconnected"
    RESTARTED = "restarted"


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that happened `at` seconds after the upload began."""

    at: float
    kind: Happening
    count: int = 1


@dataclass
class Track:
    """See the module. `now` is any monotonic clock in seconds."""

    started: float
    plan: Plan | None = None
    steps: dict[Step, Progress] = field(
        default_factory=lambda: dict.fromkeys(Step, Progress.PENDING)
    )
    took: dict[Step, float] = field(default_factory=dict)
    times: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)
    upload: UploadProgressed | None = None
    upload_began: float | None = None
    upload_seconds: float | None = None
    first_offset: int = 0
    restart_began: float | None = None
    restart_expected: float = 0.0
    restart_limit: float = 0.0
    is_silent: bool = False
    link_lost_at: float | None = None
    verdict: Verdict | None = None
    is_cancelling: bool = False
    _step_began: dict[Step, float] = field(default_factory=dict)
    _recent: deque[tuple[float, int]] = field(default_factory=deque)

    @property
    def is_over(self) -> bool:
        return self.verdict is not None

    @property
    def current(self) -> Step | None:
        return next((s for s, state in self.steps.items() if state is Progress.CURRENT), None)

    @property
    def rate(self) -> float | None:
        """Bytes per second just now."""
        return self.rates[-1] if self.rates else None

    def mean(self, now: float) -> float | None:
        """Bytes per second over the whole upload, as far as it is."""
        if self.upload is None or self.upload_began is None:
            return None
        seconds = self.upload_seconds or (now - self.upload_began)
        return (self.upload.offset - self.first_offset) / seconds if seconds > 0.5 else None

    def left(self, now: float) -> float | None:
        """Seconds until everything is sent, None while nobody can tell."""
        if self.upload is None or len(self._recent) < 2 or self.link_lost_at is not None:
            return None
        (began, first), (ended, last) = self._recent[0], self._recent[-1]
        if last <= first or ended <= began or now - self.started < 1.0:
            return None
        rate = (last - first) / max(now - began, 1e-3)
        return (self.upload.total - self.upload.offset) / rate

    def restart_left(self, now: float) -> float | None:
        """Seconds the restart will probably still take; None when it takes longer."""
        if self.restart_began is None:
            return None
        left = self.restart_expected - (now - self.restart_began)
        return left if left > 0 else None

    # -- feeding ------------------------------------------------------------------------------

    def take(self, event: UpdateEvent, now: float) -> None:  # noqa: C901 -- one case an event
        match event:
            case PlanMade(plan):
                self.plan = plan
            case StepStarted(step):
                self._begin(step, now)
            case StepFinished(step, skipped):
                self._end(step, Progress.SKIPPED if skipped else Progress.DONE, now)
            case StepFailed(step):
                self._end(step, Progress.FAILED, now)
            case UploadBegan():
                self.upload_began = now
            case UploadProgressed():
                self._progress(event, now)
            case LinkDropped():
                self.link_lost_at = now
            case LinkRestored():
                self.link_lost_at = None
                self._note(Happening.RECONNECTED, now)
            case Restarting(expected, limit):
                self.restart_began, self.restart_expected = now, expected
                self.restart_limit = limit
            case WentSilent():
                self.is_silent = True
            case CameBack():
                self.restart_began = None
                self.is_silent = False
            case StateRead():
                pass
            case Finished(verdict):
                self._finish(verdict)

    def _begin(self, step: Step, now: float) -> None:
        self.steps[step] = Progress.CURRENT
        self._step_began.setdefault(step, now)

    def _end(self, step: Step, progress: Progress, now: float) -> None:
        self.steps[step] = progress
        if step in self._step_began:
            self.took[step] = now - self._step_began[step]
        if step is Step.UPLOAD and self.upload_began is not None:
            self.upload_seconds = now - self.upload_began

    def _progress(self, event: UploadProgressed, now: float) -> None:
        before, self.upload = self.upload, event
        if self.upload_began is None:
            self.upload_began = now
        if before is None:
            self.first_offset = event.resumed_from
        losses = event.losses - (before.losses if before else 0)
        if losses > 0:
            self._note(Happening.RESENT, now, losses)
        self._recent.append((now, event.offset))
        while self._recent[-1][0] - self._recent[0][0] > _LEFT_OVER:
            self._recent.popleft()
        at = now - self.upload_began
        if not self.times or at - self.times[-1] >= _SAMPLE_EVERY or event.offset == event.total:
            self.times.append(at)
            self.rates.append(self._rate_now(now))

    def _rate_now(self, now: float) -> float:
        last = self._recent[-1]
        first = next((p for p in self._recent if now - p[0] <= _RATE_OVER), last)
        if first is last:
            began = self.upload_began if self.upload_began is not None else now
            seconds, moved = now - began, last[1] - self.first_offset
            return moved / seconds if seconds > 0 else 0.0
        return (last[1] - first[1]) / max(last[0] - first[0], 1e-3)

    def _note(self, kind: Happening, now: float, count: int = 1) -> None:
        at = now - (self.upload_began if self.upload_began is not None else now)
        last = self.incidents[-1] if self.incidents else None
        if last is not None and last.kind is kind and at - last.at < _RATE_OVER:
            self.incidents[-1] = Incident(last.at, kind, last.count + count)
        else:
            self.incidents.append(Incident(at, kind, count))

    def _finish(self, verdict: Verdict) -> None:
        self.verdict = verdict
        for step, progress in self.steps.items():
            if progress in (Progress.CURRENT, Progress.FAILED):
                if verdict.ending is Ending.CANCELLED:
                    self.steps[step] = Progress.STOPPED
                elif verdict.outcome is Outcome.UNKNOWN:
                    self.steps[step] = Progress.UNKNOWN
                elif verdict.is_good:
                    self.steps[step] = Progress.DONE
                else:
                    self.steps[step] = Progress.FAILED
