"""The words of verdicts on a device that came back and runs another image than it should."""

from __future__ import annotations

from smp.commands.image import ImageEntry, ImageState
from smp.commands.os import BootloaderMode
from smp.image import McubootImage, Version
from smp.survey import DeviceFacts
from smp.update import unfinished
from smp.update.phrases import SAFE, named, still
from smp.update.plan import Plan
from smp.update.restart import Return
from smp.update.restarting import Restarter
from smp.update.verdict import Ending, Outcome, Running, Verdict
from smp.update.watch import Fall


def wrong_image(
    plan: Plan,
    image: McubootImage,
    marked: ImageState,
    back: Return,
    restarter: Restarter,
    facts: DeviceFacts | None,
    was: Running | None,
) -> Verdict | None:
    """None if the device runs this file's image."""
    log = restarter.log
    active = back.state.active(plan.image)
    if active is None or restarter.ends_in_bootloader:
        return _nothing_runs(plan, image, back.state, restarter, was)
    running = Running.of(active)
    if image.goes_by(active.hash):
        return None
    if active.hash is None:
        return Verdict(
            Outcome.UNKNOWN,
            Ending.OTHER_IMAGE,
            f"Unknown: the device runs {named(active.version)}",
            "It does not tell the hash of its image, so nobody can say whether it is this file's",
            "Check the version in the product itself",
            running,
            was,
        )
    before = marked.active(plan.image)
    if before is not None and active.hash != before.hash:
        return Verdict(
            Outcome.NOT_UPDATED,
            Ending.OTHER_IMAGE,
            f"Not updated: the device runs {named(active.version)}, another image",
            "After the restart neither the old image nor this file's image is active",
            "Check that nobody else updates this device, then start the update again",
            running,
            was,
        )
    ours = back.state.by_hash(image.hash, plan.image)
    if ours is not None and ours.pending:
        if restarter.has_restarted(back):
            return unfinished.not_swapped(plan, log, running, was)
        return _not_restarted(plan, restarter, running, was)
    if plan.returns and (active.confirmed or restarter.has_restarted(back)):
        return _stayed(plan, active, was)
    marked_ours = marked.by_hash(image.hash, plan.image)
    if marked_ours is None or not marked_ours.pending:
        if not restarter.has_restarted(back):
            return _not_restarted(plan, restarter, running, was)
        return _old_preferred(plan, image, running, was)
    if ours is not None or log.starts > 1:
        return rolled_back(plan, active, was)
    knows = log.seen_invalid or facts is None or facts.mode is not BootloaderMode.SWAP_OFFSET
    if not knows:
        return Verdict(
            Outcome.NOT_UPDATED,
            Ending.ROLLED_BACK_OR_REFUSED,
            still(running),
            "The bootloader refused the new image, or the new image did not hold and the device "
            f"returned to the old one; this bootloader leaves no trace which. {SAFE}",
            "Check that the file is signed with the key this device knows, then that the firmware "
            "starts on this board",
            running,
            was,
        )
    said = f' (it said: "{log.complaints}")' if log.complaints else ""
    return Verdict(
        Outcome.NOT_UPDATED,
        Ending.REFUSED_AT_BOOT,
        still(running),
        f"The bootloader refused the new image after the restart{said}. Most often it was signed "
        f"with a key that this device does not know. {SAFE}",
        "Use a file that is signed for this device",
        running,
        was,
    )


def _not_restarted(
    plan: Plan, restarter: Restarter, running: Running | None, was: Running | None
) -> Verdict:
    return unfinished.not_restarted(plan, running, was, restarter.asks, restarter.departures)


def _stayed(plan: Plan, active: ImageEntry, was: Running | None) -> Verdict:
    """It was to go back to the confirmed image, and did not."""
    why = "was confirmed meanwhile" if active.confirmed else "still runs as a test after a restart"
    return Verdict(
        Outcome.NOT_UPDATED,
        Ending.NOT_SWAPPED,
        still(Running.of(active)),
        f"The device did not return to {plan.version}: {named(active.version)} {why}",
        "Start the update again: what is on the device is looked at anew",
        Running.of(active),
        was,
    )


def rolled_back(plan: Plan, active: ImageEntry | None, was: Running | None) -> Verdict:
    if not plan.needs_restart:
        return _fell_back(plan, active, was)
    running = Running.of(active) or was
    is_old = running is None or was is None or running.hash == was.hash
    version = named(running.version) if running is not None else "another image"
    back = f"returned to the old image. {SAFE}" if is_old else f"runs {version}, not the old image"
    return Verdict(
        Outcome.NOT_UPDATED,
        Ending.ROLLED_BACK,
        still(running) if is_old else f"Not updated: running {version} now",
        f"{plan.version} was started but did not hold: the device restarted by itself and {back}",
        "Give this report to the firmware's author; do not try the same file again",
        running,
        was,
    )


def _fell_back(plan: Plan, active: ImageEntry | None, was: Running | None) -> Verdict:
    """It ran already when the device was asked first, and another one runs now."""
    running = Running.of(active)
    now = f"running {named(running.version)} now" if running else "it lists no running image now"
    return Verdict(
        Outcome.NOT_UPDATED if running else Outcome.UNKNOWN,
        Ending.ROLLED_BACK,
        f"{'Not updated' if running else 'Unknown'}: {now}",
        f"{plan.version} ran when the device was asked first, but did not hold: the device "
        "restarted by itself",
        "Give this report to the firmware's author; do not try the same file again",
        running,
        was,
    )


def not_held(plan: Plan, entry: ImageEntry, fall: Fall, was: Running | None) -> Verdict:
    """It runs, and falls away by itself; nothing returns to the image before."""
    seen = f"{_began(plan)}; {fall.after:.0f} s later {fall.sign.value}"
    if fall.sign.is_proof:
        seen += ": it restarted by itself"
    else:
        seen += ", not for the first time. Most likely it restarts by itself"
    if entry.confirmed or plan.can_roll_back is False:
        back = "Nothing returns to the old image by itself"
    elif fall.sign.is_proof:
        back = "It is not confirmed, and yet the device did not return to the old image"
    else:
        back = "It is not confirmed: a restart should return to the old image"
    return Verdict(
        Outcome.UNKNOWN,
        Ending.NOT_HELD,
        f"Unknown: {named(entry.version)} runs, but does not hold",
        f"{seen}. {back}",
        "Give this report to the firmware's author. Update the device with firmware that is known "
        "to run",
        Running.of(entry),
        was,
    )


def _began(plan: Plan) -> str:
    """How the new image was found to run."""
    how = "was started" if plan.needs_restart else "ran already"
    return f"{plan.version} {how} and answered"


def not_confirmed(plan: Plan, entry: ImageEntry, was: Running | None) -> Verdict:
    return Verdict(
        Outcome.UNKNOWN,
        Ending.NOT_CONFIRMED,
        f"Running {entry.version}, not confirmed",
        "The device took the confirmation and still lists the image as not confirmed",
        "Start the update again; without confirmation the next restart returns to the old image",
        Running.of(entry),
        was,
    )


def _nothing_runs(
    plan: Plan,
    image: McubootImage,
    state: ImageState,
    restarter: Restarter,
    was: Running | None,
) -> Verdict:
    """Whatever a bootloader lists as active: its application does not run."""
    if restarter.ends_in_bootloader:
        return in_recovery(plan, image, state, was, stood_aside=restarter.stood_aside > 0)
    return no_active(plan, image, state, was)


def no_active(
    plan: Plan,
    image: McubootImage,
    state: ImageState,
    was: Running | None,
    *,
    ran: bool = False,
) -> Verdict:
    """Nothing is listed as running. ran: this file's image was seen running before."""
    if not state.has_flags:
        return fell_into_recovery(plan, was) if ran else in_recovery(plan, image, state, was)
    listed = ", ".join(named(entry.version) for entry in state.of(plan.image))
    return Verdict(
        Outcome.UNKNOWN,
        Ending.NO_IMAGE_STATE,
        "Unknown: the device lists no running image",
        (f"{plan.version} was seen running before. " if ran else "")
        + "It was asked again for a while, and "
        + (f"lists {listed}, but none of it as running" if listed else "lists no image at all"),
        "Switch the device off and on, wait a minute and look at what it runs",
        was=was,
    )


def fell_into_recovery(plan: Plan, was: Running | None) -> Verdict:
    """This file's image ran, and the bootloader answers now."""
    return Verdict(
        Outcome.UNKNOWN,
        Ending.NOT_HELD,
        f"Unknown: {plan.version} ran, and now the bootloader answers",
        f"{_began(plan)}; then the device restarted by itself, and its bootloader is in serial "
        "recovery. What it starts next is not known",
        "Switch the device off and on, wait a minute and look at what it runs",
        was=was,
    )


def in_recovery(
    plan: Plan,
    image: McubootImage,
    state: ImageState,
    was: Running | None,
    *,
    stood_aside: bool = False,
) -> Verdict:
    """stood_aside: the bootloader answered before, was restarted and left alone."""
    tried = (
        ". It was restarted once more and left alone, so that nothing keeps it there"
        if stood_aside
        else ""
    )
    return Verdict(
        Outcome.NOT_UPDATED,
        Ending.REFUSED_AT_BOOT,
        "Not updated: the device is in its bootloader's serial recovery",
        (
            "No application was started after the restart"
            if state.by_hash(image.hash, plan.image) is None
            else "The image is on the device, but the bootloader did not start it"
        )
        + tried,
        "Switch the device off and on; if it stays in recovery, use a file that is signed for it",
        was=was,
    )


def _old_preferred(
    plan: Plan, image: McubootImage, running: Running | None, was: Running | None
) -> Verdict:
    """The bootloader chooses by version, or does not want the image."""
    version = Version.parse_device(running.version) if running else None
    if version is not None and not image.version.is_newer_than(version, build=True):
        relation = "the same" if not version.is_newer_than(image.version, build=True) else "a lower"
        number = f"this file has {relation} version number"
        why = (
            f"it runs the image with the higher version, and {number}"
            if plan.starts_unmarked
            else f"{number}, and most bootloaders that choose by themselves run the higher one"
        )
        return Verdict(
            Outcome.NOT_UPDATED,
            Ending.OLD_IMAGE_PREFERRED,
            still(running),
            f"The device restarted, and its bootloader chose the old image: {why}. {SAFE}",
            "Use a file with a higher version number",
            running,
            was,
        )
    return Verdict(
        Outcome.NOT_UPDATED,
        Ending.REFUSED_AT_BOOT,
        still(running),
        "The device restarted, and its bootloader did not choose the new image although its "
        f"version is higher. Most often it was signed with a key that this device does not "
        f"know, or built for another slot. {SAFE}",
        "Use a file that is signed and built for this device",
        running,
        was,
    )
