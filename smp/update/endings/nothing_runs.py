"""The words of verdicts on a device that answers and names no running application."""

from __future__ import annotations

from smp.commands.image import ImageState
from smp.text import NOTHING, Text, sentences
from smp.update.endings import why_refused
from smp.update.endings.not_held import fell_into_recovery
from smp.update.phrases import listed, named
from smp.update.plan import ImagePlan
from smp.update.verdict import Ending, Outcome, Running, Verdict, only_part


def no_active(
    part: ImagePlan,
    state: ImageState,
    was: Running | None,
    *,
    ran: bool = False,
) -> Verdict:
    """Nothing is listed as running. ran: this file's image was seen running before."""
    if not state.has_flags:
        return fell_into_recovery(part, was) if ran else in_recovery(part, state, was)
    versions = [named(entry.version) for entry in state.of(part.number)]
    before = Text("{version} was seen running before", version=str(part.version))
    return Verdict(
        Outcome.UNKNOWN,
        Ending.NO_IMAGE_STATE,
        Text("Unknown: the device lists no running image"),
        sentences(
            before if ran else NOTHING,
            Text(
                "It was asked again for a while, and lists {versions}, but none of it as running",
                versions=listed(versions),
            )
            if versions
            else Text("It was asked again for a while, and lists no image at all"),
        ),
        Text("Switch the device off and on, wait a minute and look at what it runs"),
        parts=only_part(None, was),
    )


def in_recovery(
    part: ImagePlan,
    state: ImageState,
    was: Running | None,
    *,
    stood_aside: bool = False,
) -> Verdict:
    """stood_aside: the bootloader answered before, was restarted and left alone."""
    tried = Text("It was restarted once more and left alone, so that nothing keeps it there")
    return Verdict(
        Outcome.NOT_UPDATED,
        Ending.REFUSED_AT_BOOT,
        Text("Not updated: the device is in its bootloader's serial recovery"),
        sentences(
            Text("No application was started after the restart")
            if state.by_hash(part.file_image.hash, part.number) is None
            else Text("The image is on the device, but the bootloader did not start it"),
            tried if stood_aside else NOTHING,
            why_refused.seen(part),
        ),
        Text(
            "Switch the device off and on; if it stays in recovery, use a file that is built and "
            "signed for it"
        ),
        parts=only_part(None, was),
    )
