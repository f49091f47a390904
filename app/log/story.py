"""An update told as lines of a log: each step, each trouble, the verdict; never every packet."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import assert_never

from app.facts.log import LogLevel
from app.lib import wording
from app.ways import in_window, verdict_in_window
from app.words import STEPS, flag_words, hash_words, slot_words
from smp.commands.image import ImageState
from smp.errors import SmpError
from smp.image import FilePart, FirmwareFile
from smp.text import NOTHING, Text, listed, outside, sentences, stopped
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

Told = tuple[Text, LogLevel]

_TENTHS = 10


def file_read(file: FirmwareFile) -> Told:
    """What was chosen, and whether it can be used."""
    path = str(file.path) if file.path is not None else file.name
    size = wording.exact_size(file.size)
    facts = Text("{path}: {kind}, {size}", path=path, kind=file.kind.words, size=size)
    if file.problem is not None:
        said = sentences(facts, file.problem.text, in_window(file.problem))
        return said, LogLevel.WARNING
    digest = file.sha256.hex()
    more = Text("version {version}, SHA-256 {digest}", version=file.versions, digest=digest)
    notes = sentences(*file.notes)
    told = listed([facts, more])
    return (sentences(told, notes) if notes else told), LogLevel.INFO


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

    def opening(self, file: FirmwareFile) -> list[Text]:
        """What is sent: the file and its image, so that nobody has to guess later."""
        return [
            Text(
                "The update begins: {name}, {size}, SHA-256 {digest}",
                name=file.name,
                size=wording.exact_size(file.size),
                digest=file.sha256.hex(),
            ),
            *(_image(part) for part in file.parts),
        ]

    def tell(self, event: UpdateEvent) -> list[Told]:  # noqa: C901 -- one case an event
        """The lines for an event; mostly none or one."""
        info, warning = LogLevel.INFO, LogLevel.WARNING
        match event:
            case PlanMade(plan):
                return list(_plan(plan))
            case StepStarted(step):
                self._began.setdefault(step, self._now())
                return [(Text("{step} begins", step=STEPS[step]), info)]
            case StepFinished(step, skipped):
                if skipped:
                    return [(Text("{step} is not needed", step=STEPS[step]), info)]
                return [(self._done(step), info)]
            case StepFailed(step):
                return [(self._failed(step), warning)]
            case UploadBegan(total, number):
                return [(self._begin_image(total, number), info)]
            case UploadProgressed():
                return self._progress(event)
            case AskedAgain(times, silent, losses):
                self._losses = losses
                words = Text(
                    "No answer for {time}: asked again, {nth} time",
                    time=wording.duration(silent),
                    nth=wording.nth(times),
                )
                return [(words, warning)]
            case StartedOver(count):
                self._tenth, self._first = -1, None
                words = Text(
                    "The device knows nothing of the upload any more: it is sent from the "
                    "beginning, {nth} time",
                    nth=wording.nth(count),
                )
                return [(words, warning)]
            case LinkDropped(error):
                return [(stopped(sentences(Text("The connection was lost"), error.text)), warning)]
            case ConnectingAgain(times):
                return [(Text("Connecting again, {nth} time", nth=wording.nth(times)), info)]
            case LinkRestored(seconds):
                words = Text("Connected again after {time}", time=wording.duration(seconds))
                return [(words, info)]
            case Restarting(expected, limit):
                words = Text(
                    "The device restarts: {about} expected, {limit} at most",
                    about=wording.about(expected),
                    limit=wording.duration(limit),
                )
                return [(words, info)]
            case WentSilent(after):
                return [(Text("It went silent after {time}", time=wording.duration(after)), info)]
            case CameBack(after):
                return [(Text("It is back after {time}", time=wording.duration(after)), info)]
            case StateRead(state, in_loader):
                return self._images(state, in_loader)
            case Watching(_, total):
                if not self._is_new(event):
                    return []
                words = Text(
                    "The new image is watched for {time} before it is called good",
                    time=wording.duration(total),
                )
                return [(words, info)]
            case Waiting(left):
                if not self._is_new(event):
                    return []
                words = Text(
                    "No answer yet: the device may be restarting, waiting up to {time}",
                    time=wording.duration(left),
                )
                return [(words, warning)]
            case Cancelling(limit):
                words = Text(
                    "Cancelled by the user: asking the device what state it is in, up to {time}",
                    time=wording.duration(limit),
                )
                return [(words, warning)]
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

    def _took(self, step: Step) -> Text | None:
        began = self._began.get(step)
        return wording.duration(self._now() - began) if began is not None else None

    def _done(self, step: Step) -> Text:
        took = self._took(step)
        if took is None:
            return Text("{step} is done", step=STEPS[step])
        return Text("{step} is done after {time}", step=STEPS[step], time=took)

    def _failed(self, step: Step) -> Text:
        took = self._took(step)
        if took is None:
            return Text("{step} failed", step=STEPS[step])
        return Text("{step} failed after {time}", step=STEPS[step], time=took)

    def _begin_image(self, total: int, number: int) -> Text:
        """Its size; of several, each goes from its beginning to its end."""
        size = wording.exact_size(total)
        is_first = not self._begun
        if number not in self._begun:
            self._begun.append(number)
            self._first, self._tenth = None, -1
            if not is_first:
                return Text(
                    "The device makes room for {size} more, image {number}",
                    size=size,
                    number=number,
                )
        return Text("The device makes room for {size}", size=size)

    def _progress(self, event: UploadProgressed) -> list[Told]:
        told: list[Told] = []
        if self._first is None:
            self._first = self._now(), event.offset
            told.append((_goes_on(event), LogLevel.INFO))
        if event.losses > self._losses:
            told.append((_sent_again(event.losses - self._losses, event.losses), LogLevel.INFO))
            self._losses = event.losses
        tenth = _TENTHS * event.offset // max(1, event.total)
        if tenth > self._tenth:
            self._tenth = tenth
            began, first = self._first
            seconds = self._now() - began
            part = wording.percent(event.offset / max(1, event.total))
            words = Text("{part} uploaded", part=part)
            if seconds > 0.5:
                rate = wording.rate((event.offset - first) / seconds)
                words = Text("{part} uploaded, {rate}", part=part, rate=rate)
            told.append((words, LogLevel.INFO))
        return told

    def _images(self, state: ImageState, in_loader: bool) -> list[Told]:
        if state == self._state:
            return []
        self._state = state
        several = any(entry.image for entry in state.entries)
        told = []
        for entry in state.entries:
            where = slot_words(entry.image, entry.slot, several=several)
            digest = hash_words(entry.hash) if entry.hash else NOTHING
            words = listed(
                [outside(entry.version), *flag_words(entry, in_loader=in_loader), digest]
            )
            told.append(Text("{slot}: {image}", slot=where, image=words))
        if not told:
            return [(Text("The device holds no image"), LogLevel.INFO)]
        images = listed(told, Text("; "))
        return [(Text("The device holds {images}", images=images), LogLevel.INFO)]


def _goes_on(event: UploadProgressed) -> Text:
    size = event.packet_size
    if event.resumed_from:
        at = wording.exact_size(event.resumed_from)
        return Text("The upload goes on at {at}, packets of {size} B", at=at, size=size)
    return Text("The first part is accepted, packets of {size} B", size=size)


def _sent_again(now: int, in_all: int) -> Text:
    if now == 1:
        return Text("1 part of the upload sent again, {in_all} so far", in_all=in_all)
    return Text("{count} parts of the upload sent again, {in_all} so far", count=now, in_all=in_all)


def _image(part: FilePart) -> Text:
    """What the file says of it, its version, its hash."""
    image = part.image
    told = [
        Text("image {number}", number=part.number) if part.number is not None else NOTHING,
        Text("for slot {slot}", slot=part.slot) if part.slot is not None else NOTHING,
        outside(part.name) if part.name else NOTHING,
        Text("version {version}", version=str(image.version)),
        Text("hash {digest}", digest=image.hash.hex()) if image.hash else NOTHING,
    ]
    return Text("Its image: {facts}", facts=listed(told))


def _plan(plan: Plan) -> Iterator[Told]:
    before = outside(plan.versions_before) or Text("not known")
    yield Text("The plan: {before} → {after}", before=before, after=plan.versions), LogLevel.INFO
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
    yield Text("Verdict after {time}: {headline}", time=took, headline=verdict.headline), level
    for text in (verdict.reason, verdict.next_step, verdict_in_window(verdict)):
        if text:
            yield text, level
    if verdict.error is not None:
        yield _error(verdict.error), level
    for error in verdict.unrecorded:
        yield _error(error), LogLevel.WARNING


def _error(error: SmpError) -> Text:
    if not error.detail:
        return error.text
    return Text("{error} [{detail}]", error=error.text, detail=error.detail)
