"""The card of an update that runs or has ended: its steps, its figures, its curve."""

from __future__ import annotations

from typing import assert_never

from app.controllers.meter import Outage
from app.controllers.progress import Progress
from app.controllers.track import Happening, Track
from app.facts.run import (
    DoneFigures,
    Figures,
    Gap,
    GraphFacts,
    Mark,
    MarkKind,
    RunFacts,
    StepFacts,
    StepState,
    UploadFigures,
    WaitFigures,
)
from app.lib import wording
from app.presenters import run_words
from app.words import AWAITED, STEPS
from smp.text import NOTHING, Text
from smp.timing import FIRST_CHUNK
from smp.update.events import Awaited, Step
from smp.update.verdict import Ending

_STATES = {
    Progress.PENDING: StepState.PENDING,
    Progress.CURRENT: StepState.CURRENT,
    Progress.DONE: StepState.DONE,
    Progress.SKIPPED: StepState.SKIPPED,
    Progress.FAILED: StepState.FAILED,
    Progress.STOPPED: StepState.STOPPED,
    Progress.UNKNOWN: StepState.UNKNOWN,
}
_MARKS = {
    Happening.RESENT: MarkKind.RESENT,
    Happening.RECONNECTED: MarkKind.RECONNECTED,
    Happening.RESTARTED: MarkKind.RESTARTED,
    Happening.STARTED_OVER: MarkKind.STARTED_OVER,
}


def run(track: Track | None, now: float) -> RunFacts | None:
    """Everything the card shows; None where no update is worth one."""
    if track is None:
        return None
    verdict = track.verdict
    if verdict is not None and verdict.ending in (Ending.NOTHING_TO_DO, Ending.FORBIDDEN):
        return None
    steps = tuple(
        StepFacts(STEPS[step], _STATES[state], _took(track, step, state))
        for step, state in track.steps.items()
    )
    return RunFacts(steps, _figures(track, now), _graph(track, now))


def _took(track: Track, step: Step, state: Progress) -> Text:
    seconds = track.took.get(step)
    if state is not Progress.DONE or seconds is None or seconds < 0.05:
        return NOTHING
    return wording.duration(seconds)


def _figures(track: Track, now: float) -> Figures | None:
    if track.is_over:
        return _done(track, now)
    if track.stops_until is not None:
        words = Text("Stopping: asking the device what state it is in")
        return WaitFigures(words, track.stops_until.left(now), at_most=True)
    if track.restart_began is not None:
        return _restarting(track, now)
    if track.current is Step.UPLOAD:
        return _upload(track, now)
    if trouble := run_words.trouble(track, now):
        return WaitFigures(trouble, in_trouble=True)
    if track.watched_until is not None:
        words = Text("The new image runs. It is watched for a while before it is called good")
        return WaitFigures(words, track.watched_until.left(now))
    match track.current:
        case Step.VERIFY | Step.CONFIRM:
            return WaitFigures(Text("Asking the device what it runs now"))
        case None | Step.CHECK | Step.RESTART:
            if track.waits_until is not None:
                words = Text("No answer yet. A device that is restarting needs a moment")
                return WaitFigures(words, track.waits_until.left(now), at_most=True)
            return WaitFigures(Text("Asking the device what it is"))
        case _:
            assert_never(track.current)


def _restarting(track: Track, now: float) -> WaitFigures:
    left = track.restart_left(now)
    if left is None and track.restart_until is not None:
        words = Text(
            "The restart takes longer than expected. Waiting for {what}; do not switch the device "
            "off",
            what=AWAITED[track.restart_into],
        )
        return WaitFigures(words, track.restart_until.left(now), at_most=True)
    words = Text("The device restarts. Do not switch it off")
    if track.restart_into is not Awaited.APPLICATION:
        what = AWAITED[track.restart_into]
        words = Text("The device restarts into {what}. Do not switch it off", what=what)
    elif track.current is Step.RESTART:
        words = Text("The device restarts and puts the new image in place. Do not switch it off")
    return WaitFigures(words, left)


def _upload(track: Track, now: float) -> Figures:
    trouble, upload, meter = run_words.trouble(track, now), track.upload, track.meter
    if upload is None or meter is None or meter.heard_at is None:
        if trouble or meter is None:
            return WaitFigures(trouble or Text("The upload begins"), in_trouble=bool(trouble))
        words, waited = Text("The device makes room for the image"), now - meter.begun_at
        if image := run_words.which_image(track):
            words = Text("{image}: the device makes room for it", image=image)
        if track.erase_expected is not None and waited < track.erase_expected:
            return WaitFigures(words, track.erase_expected - waited)
        return WaitFigures(words, max(0.0, FIRST_CHUNK - waited), at_most=True)
    restart = track.plan.restart_seconds if track.plan is not None else None
    return UploadFigures(
        track.fraction,
        track.rate,
        track.left(now),
        track.mean(now),
        track.resent,
        run_words.after_upload(restart, track.watch_expected),
        trouble,
        run_words.which_image(track),
    )


def _done(track: Track, now: float) -> Figures | None:
    if track.upload is None or track.meter is None or track.upload_seconds is None:
        return None
    proven = (track.steps[Step.VERIFY], track.steps[Step.CONFIRM])
    verify = None
    if proven[0] is Progress.DONE and proven[1] in (Progress.DONE, Progress.SKIPPED):
        verify = track.took.get(Step.VERIFY, 0.0) + track.took.get(Step.CONFIRM, 0.0)
    restarted = track.steps[Step.RESTART] is Progress.DONE
    return DoneFigures(
        track.mean(now),
        track.meter.sent,
        track.upload_seconds,
        track.took.get(Step.RESTART) if restarted else None,
        verify,
        track.resent,
    )


def _graph(track: Track, now: float) -> GraphFacts | None:
    meter = track.meter
    if meter is None or not meter.times:
        return None
    running = track.current is Step.UPLOAD and not track.is_over
    elapsed = meter.seconds(now)
    left = track.left(now) if running else None
    marks = tuple(
        Mark(it.at, _MARKS[it.kind], run_words.incident(it), it.count) for it in track.incidents
    )
    return GraphFacts(
        meter.times,
        meter.rates,
        marks,
        track.limit,
        track.mean(now),
        elapsed + left if left is not None else None,
        running,
        tuple(_gap(outage, elapsed) for outage in meter.outages),
        elapsed,
    )


def _gap(outage: Outage, elapsed: float) -> Gap:
    end = outage.end if outage.end is not None else elapsed
    time = wording.whole_seconds(end - outage.begin)
    if outage.linkless:
        return Gap(outage.begin, end, Text("not connected for {time}", time=time))
    return Gap(outage.begin, end, Text("no answer for {time}", time=time))
