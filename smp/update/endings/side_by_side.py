"""What an ending of one image must not say of a whole device: that it is safe, where another image
was started or waits; and what is said instead, where images of two updates run side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from smp.text import NOTHING, Text
from smp.update.part_course import PartCourse
from smp.update.phrases import listed, named, unsafe
from smp.update.verdict import Fate, Outcome, PartVerdict, Verdict

Told = Sequence[tuple[PartCourse, PartVerdict]]


def of_whole(verdict: Verdict, parts: Told) -> Verdict:
    """An ending of one of these images, before it is told as one of all of them."""
    if all(_is_as_before(told) for _, told in parts):
        return verdict
    return replace(verdict, reason=unsafe(verdict.reason))


def mixed(verdict: Verdict, parts: Told) -> tuple[Text, Text]:
    """A sentence on images that were not made together, and a next step. Empty: there are none."""
    new = [(part, told) for part, told in parts if _is_started(part, told)]
    old = [(part, told) for part, told in parts if told.fate is not Fate.RUNS]
    if verdict.outcome is not Outcome.NOT_UPDATED or not new or not old:
        return NOTHING, NOTHING
    said = Text(
        "{new} now runs beside {old}: they are not of one update, and may not work with each other",
        new=listed([_named(part, told) for part, told in new]),
        old=listed([_named(part, told) for part, told in old]),
    )
    step = Text(
        "Check whether the device works meanwhile. If it does not, update {images} with the file "
        "from before",
        images=listed([part.name.noun for part, _ in new]),
    )
    return said, step


def _is_as_before(told: PartVerdict) -> bool:
    """It runs what it ran, and nothing of it waits."""
    runs = told.running.hash if told.running is not None else None
    ran = told.was.hash if told.was is not None else None
    if told.fate in (Fate.WAITS, Fate.TAKEN_OUT):
        return False
    return runs == ran and not (told.fate is Fate.GONE and told.running is None)


def _is_started(part: PartCourse, told: PartVerdict) -> bool:
    return told.fate is Fate.RUNS and part.plan.needs_restart


def _named(part: PartCourse, told: PartVerdict) -> Text:
    if told.running is None:
        return Text("what runs as {image}", image=part.name.noun)
    version = named(told.running.version)
    if part.name.is_told:
        return Text("{image} {version}", image=part.name.noun, version=version)
    return Text("{version} as {image}", version=version, image=part.name.noun)
