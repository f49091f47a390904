"""The words of verdicts on several images at once: what became of each, and of all of them.

An update ends for one of its images, in the words of that ending; the others are told beside it. Of
one image nothing is added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from smp.commands.image import ImageEntry, ImageState
from smp.text import NOTHING, Text, parts_of, sentences
from smp.update.endings import fates, side_by_side
from smp.update.endings.not_told import asked_of
from smp.update.image_name import ImageName
from smp.update.leaving import Left
from smp.update.part_course import PartCourse
from smp.update.phrases import listed, named, still, was_before
from smp.update.plan import Action
from smp.update.verdict import (
    Ending,
    Fate,
    Outcome,
    PartVerdict,
    Running,
    Verdict,
    only_part,
)

_WHOLE = frozenset({Ending.NEVER_BACK, Ending.OTHER_DEVICE})
"""Endings of the device, not of one of its images."""
_SAID = frozenset({Ending.FORBIDDEN, Ending.CANCELLED})
"""Their reason speaks of all images already."""
_GOOD = (Ending.PROVEN, Ending.CONFIRMED_ONLY, Ending.NOTHING_TO_DO)
"""What is told of all of them: the most that was done to any."""


def together(verdicts: Sequence[Verdict], called: Sequence[ImageName]) -> Verdict:
    """Good ones, each of an image, as one. called: what each of the images is called."""
    if len(verdicts) == 1:
        return verdicts[0]
    is_new = any(verdict.outcome is Outcome.UPDATED for verdict in verdicts)
    named_ones = sorted(zip(verdicts, called, strict=True), key=lambda each: each[1].number)
    return Verdict(
        Outcome.UPDATED if is_new else Outcome.ALREADY_RUNNING,
        min((verdict.ending for verdict in verdicts), key=_GOOD.index),
        _running([(it.running, name) for it, name in named_ones if it.running], is_new),
        sentences(_before(named_ones), _of_each([(name, _now(it)) for it, name in named_ones])),
        _of_each([(name, it.next_step) for it, name in named_ones]),
        parts=tuple(part for verdict in verdicts for part in verdict.parts),
    )


def _before(named_ones: Sequence[tuple[Verdict, ImageName]]) -> Text:
    images = listed([_named(it.was, name) for it, name in named_ones if it.was is not None])
    return Text("Before the update: {images}", images=images) if images else NOTHING


def _now(verdict: Verdict) -> Text:
    """Its reason, without what ran before."""
    before = was_before(verdict.was)
    return sentences(*(part for part in parts_of(verdict.reason) if part != before))


def _as_image(name: ImageName, text: Text) -> Text:
    return Text("{image}: {text}", image=name.title, text=text) if text else NOTHING


def _of_each(said: Sequence[tuple[ImageName, Text]]) -> Text:
    """What is said of all of them is said once, after what is said of some."""
    split = [(name, parts_of(text)) for name, text in said]
    shared = [part for part in split[0][1] if all(part in parts for _, parts in split)]
    own = [
        _as_image(name, sentences(*(part for part in parts if part not in shared)))
        for name, parts in split
    ]
    common = sentences(*shared)
    return sentences(*own, Text("Each of them: {text}", text=common) if common else NOTHING)


def _running(images: Sequence[tuple[Running, ImageName]], is_new: bool) -> Text:
    """The application before what it works with, as one speaks of them."""
    kept = listed([_named(image, name) for image, name in images if image.confirmed])
    tested = listed([_named(image, name) for image, name in images if not image.confirmed])
    if all(name.is_told for _, name in images) and not (kept and tested):
        (first, name), *others = images
        begun = Text("{image} {version}", image=name.title, version=named(first.version))
        all_of_them = listed([begun, *(_named(image, name) for image, name in others)])
        return _run(all_of_them, is_kept=bool(kept), is_new=is_new)
    if not tested:
        words = Text("{kept}, confirmed", kept=kept)
    elif not kept:
        words = Text("{tested}, as a test", tested=tested)
    else:
        words = Text("{kept}, confirmed, and {tested}, as a test", kept=kept, tested=tested)
    if is_new:
        return Text("Running {images}", images=words)
    return Text("Already running {images}", images=words)


def _run(images: Text, *, is_kept: bool, is_new: bool) -> Text:
    """A whole sentence on several."""
    if is_new and is_kept:
        return Text("{images} run, confirmed", images=images)
    if is_new:
        return Text("{images} run, as a test", images=images)
    if is_kept:
        return Text("{images} run already, confirmed", images=images)
    return Text("{images} run already, as a test", images=images)


def _named(image: Running, name: ImageName) -> Text:
    version = named(image.version)
    if name.is_told:
        return Text("{image} {version}", image=name.noun, version=version)
    return Text("{version} as {image}", version=version, image=name.noun)


# -- what is not good -----------------------------------------------------------------------------


def left(found: Sequence[tuple[PartCourse, Left, Verdict]]) -> Verdict:
    """Of a cancelled update, by what is said of each of its images."""
    verdicts = [verdict for _, _, verdict in found]
    if len(verdicts) == 1:
        return verdicts[0]
    doubtful = [it for it in verdicts if it.outcome is Outcome.UNKNOWN]
    worst = [verdicts[-1], *doubtful][-1]
    reasons = []
    for part, how, verdict in found:
        if part.step is None and part.plan.action is Action.UPLOAD:
            said = fates.sentence(part, Fate.NOT_SENT)
        elif how.state is not None:
            said = _as_image(part.name, verdict.reason)
        else:
            # What keeps the device from telling is told once.
            said = verdict.reason if verdict is worst else asked_of(how)
        reasons.append(said)
    return replace(
        worst,
        reason=sentences(*reasons),
        parts=tuple(part for verdict in verdicts for part in verdict.parts),
    )


def parted(part: PartCourse, active: ImageEntry | None) -> Verdict:
    """It was started before the others, and the restart that was for them ended its test."""
    running = Running.of(active)
    return Verdict(
        Outcome.NOT_UPDATED,
        Ending.ROLLED_BACK,
        still(running),
        Text(
            "The device restarted by itself before all images were marked, which started "
            "{version} as a test; the restart for the others ended it",
            version=str(part.plan.version),
        ),
        Text("Start the update again: what is on the device is looked at anew"),
        parts=only_part(running, part.was),
    )


def of_all(
    verdict: Verdict,
    at: PartCourse,
    parts: Sequence[PartCourse],
    latest: ImageState | None,
    *,
    is_lost: bool,
) -> Verdict:
    """A verdict that was made for one of the images, as one on all of them.

    at: the image that it is about; latest: the newest list, None if there is none since the last
    restart. is_lost: the device does not answer any more.
    """
    if len(parts) == 1:
        return verdict
    told = tuple(_told(part, verdict, at, latest, is_lost=is_lost) for part in parts)
    if verdict.is_good:
        return replace(verdict, parts=told)
    pairs = list(zip(parts, told, strict=True))
    verdict = side_by_side.of_whole(verdict, pairs)
    mixed, step = side_by_side.mixed(verdict, pairs)
    reason = verdict.reason
    if verdict.ending not in _SAID:
        others = [
            fates.sentence(part, it.fate, is_lost=is_lost)
            for part, it in zip(parts, told, strict=True)
            if part is not at and it.fate is not None and not (mixed and it.fate is Fate.RUNS)
        ]
        is_whole = is_lost or verdict.ending in _WHOLE
        reason = sentences(reason if is_whole else _as_image(at.name, reason), *others)
    clauses = [fates.clause(part, it) for part, it in zip(parts, told, strict=True)]
    if verdict.outcome is Outcome.UNKNOWN and verdict.ending is not Ending.CANCELLED:
        beside = [each for part, each in zip(parts, clauses, strict=True) if part is not at]
        headline = _followed(verdict.headline, beside)
    elif is_lost and verdict.ending not in (Ending.CANCELLED, Ending.OTHER_DEVICE):
        silent = Text("Not updated: the device does not answer")
        headline = _followed(
            silent, [fates.before(part, it) for part, it in zip(parts, told, strict=True)]
        )
    else:
        headline = _headed(verdict, _begun(verdict, parts, told), clauses)
    return replace(
        verdict,
        headline=headline,
        reason=sentences(reason, mixed),
        next_step=sentences(verdict.next_step, step),
        parts=told,
    )


def _told(
    part: PartCourse,
    verdict: Verdict,
    at: PartCourse,
    latest: ImageState | None,
    *,
    is_lost: bool,
) -> PartVerdict:
    """As the verdict tells it, or the newest list."""
    fate = fates.fate_of(part, latest)
    of_it = next((it for it in verdict.parts if it.number == part.number), None)
    if of_it is not None:
        return replace(of_it, fate=fate)
    is_doubtful = is_lost or (part is at and verdict.ending not in _SAID)
    runs = latest.active(part.number) if latest is not None and not is_doubtful else None
    return PartVerdict(part.number, Running.of(runs), part.was, fate)


def _begun(verdict: Verdict, parts: Sequence[PartCourse], told: Sequence[PartVerdict]) -> Text:
    """How the headline begins."""
    if verdict.ending is Ending.CANCELLED:
        is_doubtful = verdict.outcome is Outcome.UNKNOWN
        return Text("Cancelled") if is_doubtful else Text("Cancelled; not updated")
    started = (
        it.fate is Fate.RUNS and part.plan.needs_restart
        for part, it in zip(parts, told, strict=True)
    )
    return Text("Updated in part") if any(started) else Text("Not updated")


def _headed(verdict: Verdict, begun: Text, clauses: Sequence[Text]) -> Text:
    images = listed([each for each in clauses if each])
    if not images:
        return verdict.headline
    return Text("{begun}: {images}", begun=begun, images=images)


def _followed(headline: Text, clauses: Sequence[Text]) -> Text:
    images = listed([each for each in clauses if each])
    return Text("{headline}; {images}", headline=headline, images=images) if images else headline
