"""What became of one of several images of an update, by the newest image list and by what was done:
as a sentence, and as a clause of a headline."""

from __future__ import annotations

from typing import assert_never

from smp.commands.image import ImageState
from smp.text import NOTHING, Text
from smp.update.part_course import PartCourse
from smp.update.phrases import named
from smp.update.plan import Action
from smp.update.verdict import Fate, PartVerdict


def fate_of(part: PartCourse, latest: ImageState | None) -> Fate:
    """latest: the newest list, None if there is none since the last restart."""
    if latest is None or not latest.has_flags:
        return Fate.NOT_KNOWN
    entry = part.runs_in(latest) or part.listed_in(latest)
    if part.is_out_of_sight(latest):
        return Fate.TAKEN_OUT
    if entry is not None:
        return Fate.RUNS if entry.active else Fate.WAITS if entry.pending else Fate.STORED
    if part.was_sent or part.plan.action is not Action.UPLOAD:
        return Fate.GONE
    return Fate.SENT_IN_PART if part.taken.bytes else Fate.NOT_SENT


def sentence(part: PartCourse, fate: Fate, *, is_lost: bool = False) -> Text:
    """is_lost: the device does not answer any more."""
    words = _words(part, fate)
    is_read = fate in (Fate.RUNS, Fate.WAITS, Fate.STORED, Fate.TAKEN_OUT, Fate.GONE)
    return Text("{state}, as it was read last", state=words) if is_lost and is_read else words


def _words(part: PartCourse, fate: Fate) -> Text:
    version, image = str(part.plan.version), part.name.noun
    match fate:
        case Fate.RUNS:
            return Text("{version} runs as {image}", version=version, image=image)
        case Fate.WAITS:
            return Text(
                "{version} waits as {image} for the next restart",
                version=version,
                image=image,
            )
        case Fate.STORED:
            if part.plan.starts_unmarked is False:
                return Text(
                    "{version} is on the device as {image}, not marked for the next restart",
                    version=version,
                    image=image,
                )
            return Text(
                "{version} is on the device as {image}, and its bootloader may start it at "
                "a restart",
                version=version,
                image=image,
            )
        case Fate.SENT_IN_PART:
            return Text(
                "{taken:,} of {total:,} bytes of {version} were sent as {image}",
                taken=part.taken.bytes,
                total=part.taken.total,
                version=version,
                image=image,
            )
        case Fate.NOT_SENT:
            return Text("Nothing of {version} was sent as {image}", version=version, image=image)
        case Fate.TAKEN_OUT:
            return Text(
                "The restart took {version} out of its slot, and the device does not list what "
                "runs as {image}",
                version=version,
                image=image,
            )
        case Fate.GONE:
            return Text(
                "{version} is not listed as {image} any more",
                version=version,
                image=image,
            )
        case Fate.NOT_KNOWN:
            return Text("What runs as {image} is not known", image=image)
        case _:
            assert_never(fate)


def clause(part: PartCourse, told: PartVerdict) -> Text:
    """What runs as this image; nothing where that is not known."""
    running, was = told.running, told.was
    if running is None:
        return NOTHING
    version, image = named(running.version), part.name.noun
    match told.fate:
        case Fate.RUNS:
            return Text("{image} runs {version}", image=image, version=version)
        case Fate.WAITS:
            waits = True
        case (
            None
            | Fate.NOT_SENT
            | Fate.SENT_IN_PART
            | Fate.STORED
            | Fate.TAKEN_OUT
            | Fate.GONE
            | Fate.NOT_KNOWN
        ):
            waits = False
        case _:
            assert_never(told.fate)
    if was is None or running.hash != was.hash:
        return Text("{image} runs {version} now", image=image, version=version)
    if waits:
        return Text(
            "{image} still runs {version} ({new} waits)",
            image=image,
            version=version,
            new=str(part.plan.version),
        )
    return Text("{image} still runs {version}", image=image, version=version)


def before(part: PartCourse, told: PartVerdict) -> Text:
    """What ran as this image, of a device that does not answer; nothing where none did."""
    if told.was is None:
        return NOTHING
    return Text("{image} ran {version}", image=part.name.noun, version=named(told.was.version))
