"""One update as it can be looked at: its steps, its speed over time, what happened, the verdict.

Fed with the engine's events and a clock; asks nothing and draws nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import assert_never

from app.controllers.meter import Meter
from app.controllers.progress import MOVES, Move, Progress
from smp.errors import NoAnswer
from smp.machine import after
from smp.update.events import (
    AskedAgain,
    Awaited,
    CameBack,
    Cancelling,
    ConnectingAgain,
    Finished,
    LinkDropped,
    LinkRestored,
    PlanMade,
    Restarting,
    StartedOver,
    StateRead,
    Step,
    StepFailed,
    StepFinished,
    StepStarted,
    UpdateEvent,
    UploadBegan,
    UploadProgressed,
    Waiting,
    Watching,
    WentSilent,
)
from smp.update.experience import Experience
from smp.update.plan import Action, ImagePlan, Plan
from smp.update.verdict import Ending, Outcome, Verdict

_TOGETHER = 1.0
"""Seconds within which lost parts are told once, with their count."""
_MOST_MARKS = 150
"""More than that are told more roughly: on a bad line thousands are lost in an hour."""
_SAID_FOR = 10.0
"""Seconds for which a new beginning is announced."""
_OVER_LIMIT = 1.05
_SURE = 3.0
"""Seconds of moving bytes after which a rate above the line's limit is no hiccup of the clock."""


class Happening(Enum):
    RESENT = "resent"
    RECONNECTED = "reconnected"
    RESTARTED = "restarted"
    STARTED_OVER = "sent from the beginning"


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that happened `at` seconds after the upload began. `count` of a new beginning:
    the how-manieth it is."""

    at: float
    kind: Happening
    count: int = 1


@dataclass(frozen=True, slots=True)
class Deadline:
    """Something that may take until `at`, on the track's clock."""

    at: float

    def left(self, now: float) -> float:
        return max(0.0, self.at - now)


@dataclass
class Track:
    """See the module. `now` is any monotonic clock in seconds; `tick` is called ten times a
    second while the update runs."""

    started: float
    plan: Plan | None = None
    steps: dict[Step, Progress] = field(
        default_factory=lambda: dict.fromkeys(Step, Progress.PENDING)
    )
    took: dict[Step, float] = field(default_factory=dict)
    meter: Meter | None = None
    incidents: list[Incident] = field(default_factory=list)
    upload: UploadProgressed | None = None
    resent: int = 0
    beginnings: int = 1
    asked_again: int = 0
    """How often since the last answer."""
    link_lost_at: float | None = None
    link_silent: bool = False
    """The link is there, as far as anybody can tell, but nobody answers."""
    attempts: int = 0
    """To get the link back."""
    is_restored: bool = False
    """The link is back, the upload has not been answered yet."""
    limit: float | None = None
    """Bytes of a file per second that the line can carry; set by whoever knows it."""
    passed_limit: bool = False
    """It was faster than that: the line is not what it seems to be."""
    restart_began: float | None = None
    restart_expected: float = 0.0
    restart_until: Deadline | None = None
    restart_into: Awaited = Awaited.APPLICATION
    restart_took: float | None = None
    waits_until: Deadline | None = None
    """The device does not answer at first."""
    watched_until: Deadline | None = None
    """The new image runs and must hold until then."""
    erase_expected: float | None = None
    """Seconds until the first part is answered, as it was the last time."""
    watch_expected: float | None = None
    """Seconds it will be watched."""
    stops_until: Deadline | None = None
    """It was cancelled: the device is asked what state it is in."""
    verdict: Verdict | None = None
    is_cancelling: bool = False
    _losses: int = 0
    _together: float = _TOGETHER
    _step_began: dict[Step, float] = field(default_factory=dict)
    _began_over_at: float | None = None

    @property
    def is_over(self) -> bool:
        return self.verdict is not None

    @property
    def has_begun(self) -> bool:
        """The device is not only looked at any more."""
        untouched = (Progress.PENDING, Progress.SKIPPED)
        changing = (Step.UPLOAD, Step.RESTART, Step.CONFIRM)
        return any(self.steps[step] not in untouched for step in changing)

    @property
    def current(self) -> Step | None:
        return next((s for s, state in self.steps.items() if state is Progress.CURRENT), None)

    @property
    def times(self) -> Sequence[float]:
        """Of the samples of the rate: seconds since the upload began."""
        return self.meter.times if self.meter is not None else ()

    @property
    def rate(self) -> float | None:
        """Bytes per second just now."""
        return self.meter.rates[-1] if self.meter is not None and self.meter.rates else None

    def mean(self, now: float) -> float | None:
        """Bytes per second over the whole upload, as far as it is: bytes sent in this run."""
        return self.meter.mean(now) if self.meter is not None else None

    @property
    def upload_seconds(self) -> float | None:
        """How long the upload took, once it has ended."""
        meter = self.meter
        return meter.seconds(meter.ended) if meter is not None and meter.ended is not None else None

    def silence(self, now: float) -> float | None:
        """Seconds since the last answer to the upload, once that is worth a word."""
        if self.meter is None or self.current is not Step.UPLOAD:
            return None
        return self.meter.silence(now)

    @property
    def fraction(self) -> float:
        """Of everything that is sent, all images together; 0 before it begins."""
        upload = self.upload
        if upload is None or not upload.total:
            return 0.0
        had = self._had(upload.number)
        whole = had + upload.total + self._to_come(upload.number)
        return min(1.0, (had + upload.offset) / whole)

    def received(self, number: int) -> int:
        """Bytes of this image that the device has taken."""
        upload = self.upload
        if upload is None:
            return 0
        if upload.number == number:
            return upload.offset
        numbers = [part.number for part in self.sent_parts]
        if number in numbers and upload.number in numbers[numbers.index(number) :]:
            return next(len(part.data) for part in self.sent_parts if part.number == number)
        return 0

    @property
    def sent_parts(self) -> tuple[ImagePlan, ...]:
        """What is sent, in that order."""
        parts = self.plan.parts if self.plan is not None else ()
        return tuple(part for part in parts if part.action is Action.UPLOAD)

    def _had(self, number: int) -> int:
        """Bytes of the images that are sent before this one."""
        had = 0
        for part in self.sent_parts:
            if part.number == number:
                return had
            had += len(part.data)
        return 0

    def left(self, now: float) -> float | None:
        """Seconds until everything is sent, None while nobody can tell."""
        upload, meter = self.upload, self.meter
        if upload is None or meter is None:
            return None
        pace = meter.pace_lately(now)
        if pace is None or not meter.rate(now):
            return None
        return (upload.total - upload.offset + self._to_come(upload.number)) / pace

    def _to_come(self, number: int) -> int:
        """Bytes of the images that are sent after this one."""
        parts = iter(self.plan.parts if self.plan is not None else ())
        if not any(part.number == number for part in parts):
            return 0
        return sum(len(part.data) for part in parts if part.action is Action.UPLOAD)

    def restart_left(self, now: float) -> float | None:
        """Seconds the restart will probably still take; None when it takes longer."""
        if self.restart_began is None:
            return None
        left = self.restart_expected - (now - self.restart_began)
        return left if left > 0 else None

    def learnt(self) -> Experience:
        """What this update took, for the estimates of the next one."""
        meter, plan, verdict = self.meter, self.plan, self.verdict
        rate = erase = None
        if meter is not None and meter.ended is not None and self._is_done(Step.UPLOAD):
            rate = meter.pace(meter.ended)
            resumed = self.upload is not None and self.upload.resumed_from > 0
            if meter.first_heard is not None and not meter.outages and not resumed:
                erase = meter.first_heard - meter.began
        if verdict is None or not verdict.is_good or plan is None or not plan.needs_restart:
            return Experience(rate, erase)
        verify = self.took.get(Step.VERIFY, 0.0) + self.took.get(Step.CONFIRM, 0.0)
        return Experience(rate, erase, self.restart_took, plan.size, verify or None)

    def _is_done(self, step: Step) -> bool:
        return self.steps[step] is Progress.DONE

    def just_began_over(self, now: float) -> bool:
        """The upload began anew a moment ago."""
        return self._began_over_at is not None and now - self._began_over_at < _SAID_FOR

    # -- feeding ------------------------------------------------------------------------------

    def tick(self, now: float) -> None:
        """Time passes: silence shows."""
        if self.meter is not None and not self.is_over and self.current is Step.UPLOAD:
            self.meter.tick(now)

    def take(self, event: UpdateEvent, now: float) -> None:  # noqa: C901 -- one case an event
        self.waits_until = None
        match event:
            case PlanMade(plan):
                self.plan = plan
            case StepStarted(step):
                self._begin(step, now)
            case StepFinished(step, skipped):
                self._end(step, Move.SKIPPED if skipped else Move.DONE, now)
            case StepFailed(step):
                self._end(step, Move.FAILED, now)
            case UploadBegan():
                self._begin_upload(now)
            case UploadProgressed():
                self._progress(event, now)
            case AskedAgain(times, _, losses):
                self.asked_again = times
                if self.meter is not None:
                    self.meter.is_doubted = True
                self._lose(losses, now)
            case StartedOver(count):
                self.beginnings, self._began_over_at = count, now
                self._note(Happening.STARTED_OVER, now, count)
            case LinkDropped(error):
                self._drop(now, silent=isinstance(error, NoAnswer))
            case ConnectingAgain(times):
                self.attempts = times
            case LinkRestored():
                self.link_lost_at = None
                self.is_restored = self.current is Step.UPLOAD
                self._note(Happening.RECONNECTED, now)
            case Restarting(expected, limit, into):
                self.restart_began, self.restart_expected = now, expected
                self.restart_into = into
                self.restart_until = Deadline(now + limit)
                self._pause(now)
            case CameBack(after):
                self.restart_began, self.restart_took = None, after
            case Waiting(left):
                self.waits_until = Deadline(now + left)
            case Cancelling(limit):
                self.stops_until = Deadline(now + limit)
            case Watching(left):
                self.watched_until = Deadline(now + left) if left > 0 else None
            case StateRead() | WentSilent():
                pass
            case Finished(verdict):
                self._finish(verdict, now)
            case _:
                assert_never(event)

    def _begin(self, step: Step, now: float) -> None:
        self._move(step, Move.BEGUN)
        self._step_began.setdefault(step, now)

    def _move(self, step: Step, move: Move) -> None:
        """The only writer of how far a step is. Raises `IllegalStep`."""
        self.steps[step] = after(MOVES, self.steps[step], move)

    def _end(self, step: Step, move: Move, now: float) -> None:
        self._move(step, move)
        if step in self._step_began:
            self.took[step] = now - self._step_began[step]
        if step is Step.UPLOAD and self.meter is not None:
            self.meter.end(now)
            self._doubt_limit(now)

    def _pause(self, now: float) -> None:
        """A restart between two attempts to upload is no silence of the device."""
        if self.meter is not None and self.current is Step.UPLOAD:
            self.meter.end(now)
            self.meter.go_on(now)

    def _begin_upload(self, now: float) -> None:
        if self.meter is None:
            self.meter = Meter(now)
        else:
            self.meter.go_on(now)

    def _progress(self, event: UploadProgressed, now: float) -> None:
        if self.meter is None:
            self.meter = Meter(now)
        before, self.upload = self.upload, event
        self.asked_again, self.is_restored = 0, False
        is_same = before is not None and before.number == event.number
        had = before.offset if before is not None and is_same else event.resumed_from
        if event.offset or self.meter.heard_at is not None:
            # A device that only says that it is busy still has to make room.
            self.meter.heard(now, max(0, event.offset - (had if had <= event.offset else 0)))
        self._lose(event.losses, now)
        self._doubt_limit(now)

    def _lose(self, losses: int, now: float) -> None:
        """Parts were lost. An upload over another connection counts from 0 again."""
        more = losses if losses < self._losses else losses - self._losses
        self._losses = losses
        if more > 0:
            self.resent += more
            self._note(Happening.RESENT, now, more)

    def _drop(self, now: float, *, silent: bool) -> None:
        self.link_lost_at, self.link_silent = now, silent
        self.attempts, self.is_restored = 0, False
        if self.meter is not None and self.current is Step.UPLOAD:
            self.meter.lost(now)

    def _doubt_limit(self, now: float) -> None:
        """A rate above the limit proves the limit wrong: the port is not what its name says."""
        meter, limit = self.meter, self.limit
        if meter is None or limit is None or meter.moving(now) < _SURE:
            return
        pace = meter.pace(now)
        if pace is not None and pace > limit * _OVER_LIMIT:
            self.limit, self.passed_limit = None, True

    def _note(self, kind: Happening, now: float, count: int = 1) -> None:
        if self.meter is None:
            return
        outage = self.meter.outage
        since = outage.begin - _TOGETHER if outage is not None else float("inf")
        self._add(self.incidents, Incident(now - self.meter.began, kind, count), since)
        while len(self.incidents) > _MOST_MARKS and self._together < 1_000:
            self._together *= 2
            rougher: list[Incident] = []
            for it in self.incidents:
                self._add(rougher, it)
            self.incidents = rougher

    def _add(self, told: list[Incident], it: Incident, since: float = float("inf")) -> None:
        """Losses shortly after each other, or all `since` a silence began, are one incident."""
        last = told[-1] if told else None
        near = last is not None and (it.at - last.at < self._together or last.at >= since)
        if near and last is not None and last.kind is it.kind is Happening.RESENT:
            told[-1] = Incident(last.at, it.kind, last.count + it.count)
        else:
            told.append(it)

    def _finish(self, verdict: Verdict, now: float) -> None:
        self.verdict = verdict
        if self.meter is not None:
            self.meter.end(now)
        for step, progress in self.steps.items():
            if progress in (Progress.CURRENT, Progress.FAILED):
                self._move(step, _at_the_end(verdict))


def _at_the_end(verdict: Verdict) -> Move:
    """Of a step that was under way, or had failed, when the verdict came."""
    if verdict.ending is Ending.CANCELLED:
        return Move.ENDED_BY_HAND
    match verdict.outcome:
        case Outcome.UPDATED | Outcome.ALREADY_RUNNING:
            return Move.ENDED_WELL
        case Outcome.NOT_UPDATED:
            return Move.ENDED_BADLY
        case Outcome.UNKNOWN:
            return Move.ENDED_IN_DOUBT
        case _:
            assert_never(verdict.outcome)
