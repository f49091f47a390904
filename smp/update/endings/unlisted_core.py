"""The words of verdicts where one core's image is out of sight: the bootloader has taken it out of
its slot, and the device does not list what that core runs. Of the nRF5340's network core no
application does.

That it left its slot shows that the bootloader has dealt with it, be it that it was refused. Taken
for put in place is only what something shows: the bootloader's own log, or another image that runs
now, and that the bootloader does not start without it.
"""

from __future__ import annotations

from collections.abc import Sequence

from smp.text import NOTHING, Text, sentences
from smp.update.boot_log import BootLog
from smp.update.part_course import PartCourse
from smp.update.verdict import Ending, Outcome, PartVerdict, Verdict


def evidence(hidden: PartCourse, parts: Sequence[PartCourse], log: BootLog) -> Text:
    """What shows that it was put in place; empty if nothing does."""
    if hidden.number in log.copied and not log.seen_invalid:
        return Text("Its bootloader said that it copied it into place")
    image = hidden.plan.file_image
    for part in parts:
        if part.entry is None or not part.plan.needs_restart:
            continue
        if image.hash in part.plan.file_image.companions or _demands(part, hidden):
            return Text(
                "{version} runs as {image}, and the bootloader does not start that without it",
                version=str(part.plan.version),
                image=part.name.noun,
            )
    return NOTHING


def _demands(part: PartCourse, hidden: PartCourse) -> bool:
    """At least in the version of this file; an older one would not do."""
    return any(
        needed.image == hidden.number and needed.minimum >= hidden.plan.version
        for needed in part.plan.file_image.dependencies
    )


def taken_out(hidden: PartCourse, seen: Verdict | None, proof: Text) -> Verdict:
    """seen: of the parts that are listed, all of them good; proof: see `evidence`."""
    version, image = str(hidden.plan.version), hidden.name.noun
    check = Text(
        "Check in the product itself that it works as it should with {version}", version=version
    )
    others = seen.parts if seen is not None else ()
    parts = (PartVerdict(hidden.number, None, hidden.was), *others)
    if not proof:
        return Verdict(
            Outcome.UNKNOWN,
            Ending.CORE_NOT_LISTED,
            Text("Unknown: the device does not tell what runs as {image}", image=image),
            Text(
                "The restart took {version} out of its slot, to put it in place or because it was "
                "refused, and the device lists nothing that runs as image {number}",
                version=version,
                number=hidden.number,
            ),
            check,
            parts=parts,
        )
    placed = Text("{version} was put in place as {image}", version=version, image=image)
    headline = placed
    if seen is not None:
        headline = Text("{running}; {placed}", running=seen.headline, placed=placed)
    return Verdict(
        Outcome.UPDATED,
        Ending.CORE_NOT_LISTED,
        headline,
        sentences(
            seen.reason if seen is not None else NOTHING,
            Text(
                "The device does not list what runs as {image}, so that {version} was not seen "
                "there",
                image=image,
                version=version,
            ),
            proof,
        ),
        sentences(seen.next_step if seen is not None else NOTHING, check),
        parts=parts,
    )
