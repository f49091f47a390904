"""An update told as lines of a log: each step, each trouble, the verdict; never every packet."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import assert_never

from app.facts.log import LogLevel
from app.lib import wording
from app.ways import in_window, verdict_in_window
from app.words import STEPS, flag_words
from smp.commands.image import ImageState
from smp.errors import SmpError
from smp.image import FirmwareFile, McubootImage
from smp.plain import LONGEST_SENTENCE, plain
from smp.text import sentences, stopped
from smp.update.events import (
    AskedAgain,
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
from smp.update.plan import Plan, Tone
from smp.update.verdict import Verdict

Told = tuple[str, LogLevel]

_TENTHS = 10


def file_read(file: FirmwareFile) -> Told:
    """What was chosen, and whether it can be used."""
    path = plain(str(file.path), LONGEST_SENTENCE) if file.path is not None else file.name
    facts = f"{path}: {file.kind.words}, {wording.exact_size(file.size)}"
    if file.problem is not None:
        said = " ".join(filter(None, (str(file.problem), in_window(file.problem))))
        return f"{facts}. {said}", LogLevel.WARNING
    return f"{facts}, version {file.versions}, SHA-256 {file.sha256.hex()}", LogLevel.INFO


class Story:
    """One update. `now` is any monotonic clock in seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.is_over = False
        self._now = now
        self._began: dict[Step, float] = {}
        self._tenth = -1
        self._losses = 0
        self._first: tuple[float, int] | None = None
        self._said: set[type[UpdateEvent]] = set()
        self._state: ImageState | None = None
        self._begun: list[int] = []
        """Numbers of the images whose upload has begun."""

    def opening(self, file: FirmwareFile) -> list[str]:
        """What is sent: the file and its image, so that nobody has to guess later."""
        return [
            f"The update begins: {file.name}, {wording.exact_size(file.size)}, "
            f"SHA-256 {file.sha256.hex()}",
            *(_image(image) for image in file.images),
        ]

    def tell(self, event: UpdateEvent) -> list[Told]:  # noqa: C901 -- one case an event
        """The lines for an event; mostly none or one."""
        info, warning = LogLevel.INFO, LogLevel.WARNING
        match event:
            case PlanMade(plan):
                return list(_plan(plan))
            case StepStarted(step):
                self._began.setdefault(step, self._now())
                return [(f"{STEPS[step]} begins", info)]
            case StepFinished(step, skipped):
                what = "is not needed" if skipped else f"is done{self._took(step)}"
                return [(f"{STEPS[step]} {what}", info)]
            case StepFailed(step):
                return [(f"{STEPS[step]} failed{self._took(step)}", warning)]
            case UploadBegan(total, number):
                return [(f"The device makes room for {self._begin_image(total, number)}", info)]
            case UploadProgressed():
                return self._progress(event)
            case AskedAgain(times, silent, losses):
                self._losses = losses
                after = wording.duration(silent)
                return [(f"No answer for {after}: asked again, {wording.nth(times)} time", warning)]
            case StartedOver(count):
                self._tenth, self._first = -1, None
                words = "The device knows nothing of the upload any more: it is sent from the"
                return [(f"{words} beginning, {wording.nth(count)} time", warning)]
            case LinkDropped(error):
                return [(f"The connection was lost. {error}", warning)]
            case ConnectingAgain(times):
                return [(f"Connecting again, {wording.nth(times)} time", info)]
            case LinkRestored(seconds):
                return [(f"Connected again after {wording.duration(seconds)}", info)]
            case Restarting(expected, limit):
                words = f"The device restarts: {wording.about(expected)} expected"
                return [(f"{words}, {wording.duration(limit)} at most", info)]
            case WentSilent(after):
                return [(f"It went silent after {wording.duration(after)}", info)]
            case CameBack(after):
                return [(f"It is back after {wording.duration(after)}", info)]
            case StateRead(state):
                return self._images(state)
            case Watching(_, total):
                if not self._is_new(event):
                    return []
                words = f"The new image is watched for {wording.duration(total)}"
                return [(f"{words} before it is called good", info)]
            case Waiting(left):
                if not self._is_new(event):
                    return []
                words = "No answer yet: the device may be restarting"
                return [(f"{words}, waiting up to {wording.duration(left)}", warning)]
            case Cancelling(limit):
                words = "Cancelled by the user: asking the device what state it is in"
                return [(f"{words}, up to {wording.duration(limit)}", warning)]
            case Finished(verdict):
                self.is_over = True
                return list(_verdict(verdict))
            case _:
                assert_never(event)

    def _is_new(self, event: UpdateEvent) -> bool:
        """Told for the first time."""
        is_new = type(event) not in self._said
        self._said.add(type(event))
        return is_new

    def _took(self, step: Step) -> str:
        began = self._began.get(step)
        return f" after {wording.duration(self._now() - began)}" if began is not None else ""

    def _begin_image(self, total: int, number: int) -> str:
        """Its size; of several, each goes from its beginning to its end."""
        size = wording.exact_size(total)
        if number in self._begun:
            return size
        self._begun.append(number)
        self._first, self._tenth = None, -1
        return size if len(self._begun) == 1 else f"{size} more, image {number}"

    def _progress(self, event: UploadProgressed) -> list[Told]:
        told: list[Told] = []
        if self._first is None:
            self._first = self._now(), event.offset
            size = f"packets of {event.packet_size} B"
            start = f" at {wording.exact_size(event.resumed_from)}" if event.resumed_from else ""
            words = f"The upload goes on{start}" if start else "The first part is accepted"
            told.append((f"{words}, {size}", LogLevel.INFO))
        if event.losses > self._losses:
            lost = wording.times(event.losses - self._losses, "part", "parts")
            told.append((f"{lost} of the upload sent again, {event.losses} so far", LogLevel.INFO))
            self._losses = event.losses
        tenth = _TENTHS * event.offset // max(1, event.total)
        if tenth > self._tenth:
            self._tenth = tenth
            began, first = self._first
            seconds = self._now() - began
            speed = f", {wording.rate((event.offset - first) / seconds)}" if seconds > 0.5 else ""
            part = wording.percent(event.offset / max(1, event.total))
            told.append((f"{part} uploaded{speed}", LogLevel.INFO))
        return told

    def _images(self, state: ImageState) -> list[Told]:
        if state == self._state:
            return []
        self._state = state
        several = any(entry.image for entry in state.entries)
        told = []
        for entry in state.entries:
            where = f"image {entry.image} slot {entry.slot}" if several else f"slot {entry.slot}"
            digest = f"hash {wording.short_hash(entry.hash)}" if entry.hash else ""
            words = [entry.version, *flag_words(entry), digest]
            told.append(f"{where}: {', '.join(word for word in words if word)}")
        return [("The device holds " + ("; ".join(told) or "no image"), LogLevel.INFO)]


def _image(image: McubootImage) -> str:
    digest = f", hash {image.hash.hex()}" if image.hash else ""
    return f"Its image: version {image.version}{digest}"


def _plan(plan: Plan) -> Iterator[Told]:
    before = plan.versions_before or "not known"
    yield f"The plan: {before} → {plan.versions}", LogLevel.INFO
    for check in plan.checks:
        yield (
            check.text,
            LogLevel.INFO if check.tone in (Tone.OK, Tone.NEUTRAL) else LogLevel.WARNING,
        )
    if plan.obstacle is not None:
        words = (plan.obstacle.what, plan.obstacle.why, plan.obstacle.next_step)
        yield stopped(sentences(*words)), LogLevel.WARNING


def _verdict(verdict: Verdict) -> Iterator[Told]:
    level = LogLevel.INFO if verdict.is_good else LogLevel.WARNING
    took = wording.duration(verdict.seconds)
    yield f"Verdict after {took}: {verdict.headline}", level
    for text in (verdict.reason, verdict.next_step, verdict_in_window(verdict)):
        if text:
            yield text, level
    if verdict.error is not None:
        yield _error(verdict.error), level
    for error in verdict.unrecorded:
        yield _error(error), LogLevel.WARNING


def _error(error: SmpError) -> str:
    return f"{error} [{error.detail}]" if error.detail else str(error)
