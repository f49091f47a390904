"""How far a unit is, from the events of its update: phase, words, fraction, what is left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from app.controllers.progress import Progress
from app.controllers.track import Track
from app.records.attempt import Result, StepTime
from app.station.standing import Phase
from smp.text import NOTHING, Text
from smp.update.events import Step, UpdateEvent
from smp.update.experience import BOOT

_BEFORE = 0.02
"""Of the whole, for what comes before the update; as much comes after it."""
_AFTER = 0.98
_GUESSED_RATE = 8_000.0
"""Bytes a second where nothing is known of the link, for the first seconds only."""

WORDS = {
    Phase.ABSENT: NOTHING,
    Phase.EMPTY: NOTHING,
    Phase.PRESENT: NOTHING,
    Phase.HELD: NOTHING,
    Phase.CHECKING: Text("Asking the unit what it is"),
    Phase.UPLOADING: Text("Sending the firmware"),
    Phase.RESTARTING: Text("It restarts"),
    Phase.WATCHING: Text("The new firmware runs and is watched"),
    Phase.WRITING: Text("Writing its settings"),
    Phase.VERIFYING: Text("Asking the unit what it runs now"),
    Phase.RECORDING: Text("Writing the record"),
    Phase.STOPPING: Text("Stopping: asking the unit what state it is in"),
    Phase.DONE: NOTHING,
}


@dataclass(frozen=True, slots=True)
class Parts:
    """Seconds that an update takes, about: sending, restarting, watching."""

    upload: float
    restart: float
    watch: float

    @property
    def all(self) -> float:
        return self.upload + self.restart + self.watch


class UnitProgress:
    """See the module. `watch`: seconds for which a new image is watched."""

    def __init__(self, now: float, watch: float) -> None:
        self.track = Track(now, watch_expected=watch)
        self._watch = watch
        self._most = 0.0
        self._step: Step | None = None
        """That is under way, or was last: between two of them nothing else is done."""

    def take(self, event: UpdateEvent, now: float) -> None:
        self.track.take(event, now)
        self._step = self.track.current or self._step

    def tick(self, now: float) -> None:
        self.track.tick(now)

    @property
    def phase(self) -> Phase:
        """Of an update that runs."""
        track = self.track
        if track.stops_until is not None:
            return Phase.STOPPING
        if track.restart_began is not None:
            return Phase.RESTARTING
        if track.watched_until is not None:
            return Phase.WATCHING
        match self._step:
            case None | Step.CHECK:
                return Phase.CHECKING
            case Step.UPLOAD:
                return Phase.UPLOADING
            case Step.RESTART:
                return Phase.RESTARTING
            case Step.VERIFY | Step.CONFIRM:
                return Phase.VERIFYING
            case _:
                assert_never(self._step)

    def words(self, now: float) -> Text:
        """One line: what goes on, or what is in the way."""
        track = self.track
        if track.waits_until is not None:
            return Text("No answer yet: it may be restarting")
        if track.link_lost_at is not None:
            return Text("The connection is lost and is being made again")
        silence = track.silence(now)
        if silence is not None:
            return Text("It has not answered for {seconds:.0f} s", seconds=silence)
        return WORDS[self.phase]

    def steps(self, result: Result) -> list[StepTime]:
        """Of an update that has ended so, with what each took; what was not needed is left out."""
        track = self.track
        return [
            StepTime(
                step.value,
                round(track.took[step], 3),
                Result.PASS if track.steps[step] is Progress.DONE else result,
            )
            for step in track.took
            if track.steps[step] is not Progress.SKIPPED
        ]

    @property
    def rate(self) -> float | None:
        """Bytes a second, while something is sent."""
        return self.track.rate if self.track.current is Step.UPLOAD else None

    def fraction(self, now: float) -> float:
        """Of all that is done to the unit; it never goes back."""
        whole, done = self._estimate(), self._done(now)
        if whole.all > 0:
            part = min(1.0, done.all / whole.all)
            self._most = max(self._most, _BEFORE + (_AFTER - _BEFORE) * part)
        return self._most

    def left(self, now: float) -> float | None:
        """Seconds of the update; None while nobody can tell."""
        track = self.track
        if track.plan is None or track.is_over or track.stops_until is not None:
            return None
        whole, done = self._estimate(), self._done(now)
        upload = whole.upload - done.upload
        if track.current is Step.UPLOAD:
            told = track.left(now)
            if told is None:
                return None
            upload = told
        return max(0.0, upload + whole.restart - done.restart + whole.watch - done.watch)

    def _estimate(self) -> Parts:
        plan, track = self.track.plan, self.track
        if plan is None:
            return Parts(0.0, 0.0, 0.0)
        size = sum(len(part.data) for part in track.sent_parts)
        upload = plan.upload_seconds or size / _GUESSED_RATE
        restart = (plan.restart_seconds or BOOT) if plan.needs_restart else 0.0
        is_watched = plan.needs_restart or track.watched_until is not None
        return Parts(upload if size else 0.0, restart, self._watch if is_watched else 0.0)

    def _done(self, now: float) -> Parts:
        track, whole = self.track, self._estimate()
        upload = whole.upload * track.fraction
        restart = watch = 0.0
        if track.restart_began is not None and track.fraction >= 1.0:
            restart = min(whole.restart, now - track.restart_began)
        elif track.restart_took is not None:
            restart = whole.restart
        if track.watched_until is not None:
            watch = max(0.0, whole.watch - track.watched_until.left(now))
        elif Step.VERIFY in track.took:
            watch = whole.watch
        return Parts(upload if not self._is_sent else whole.upload, restart, watch)

    @property
    def _is_sent(self) -> bool:
        return Step.UPLOAD in self.track.took
