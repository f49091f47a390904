"""The words of verdicts on a device that runs, or will run, another image than it should."""

from __future__ import annotations

from smp.commands.image import ImageEntry, ImageState
from smp.commands.os import BootloaderMode
from smp.image import McubootImage, Version
from smp.survey import DeviceFacts
from smp.text import NOTHING, Text, outside, sentences
from smp.update.deeds import of_slot
from smp.update.endings import unfinished
from smp.update.endings.not_held import rolled_back
from smp.update.endings.nothing_runs import in_recovery, no_active
from smp.update.phrases import SAFE, named, still
from smp.update.plan import Plan
from smp.update.restart import Return
from smp.update.restarting import Restarter
from smp.update.verdict import Ending, Outcome, Running, Verdict


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
            Text("Unknown: the device runs {version}", version=named(active.version)),
            Text(
                "It does not tell the hash of its image, so nobody can say whether it is this "
                "file's"
            ),
            Text("Check the version in the product itself"),
            running,
            was,
        )
    before = marked.active(plan.image)
    if before is not None and active.hash != before.hash:
        return Verdict(
            Outcome.NOT_UPDATED,
            Ending.OTHER_IMAGE,
            Text(
                "Not updated: the device runs {version}, another image",
                version=named(active.version),
            ),
            Text("After the restart neither the old image nor this file's image is active"),
            Text("Check that nobody else updates this device, then start the update again"),
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
        shown = restarter.has_restarted(back)
        if not shown and (not restarter.agreed or _is_newer(image, running)):
            return _not_restarted(plan, restarter, running, was)
        return _old_preferred(plan, image, running, was, shown=shown)
    if ours is not None or log.starts > 1:
        return rolled_back(plan, active, was)
    knows = log.seen_invalid or facts is None or facts.mode is not BootloaderMode.SWAP_OFFSET
    if not knows:
        return Verdict(
            Outcome.NOT_UPDATED,
            Ending.ROLLED_BACK_OR_REFUSED,
            still(running),
            sentences(
                Text(
                    "The bootloader refused the new image, or the new image did not hold and the "
                    "device returned to the old one; this bootloader leaves no trace which"
                ),
                SAFE,
            ),
            Text(
                "Check that the file is signed with the key this device knows, then that the "
                "firmware starts on this board"
            ),
            running,
            was,
        )
    return Verdict(
        Outcome.NOT_UPDATED,
        Ending.REFUSED_AT_BOOT,
        still(running),
        sentences(
            Text(
                'The bootloader refused the new image after the restart (it said: "{words}")',
                words=outside(log.complaints),
            )
            if log.complaints
            else Text("The bootloader refused the new image after the restart"),
            Text("Most often it was signed with a key that this device does not know"),
            SAFE,
        ),
        Text("Use a file that is signed for this device"),
        running,
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


def _not_restarted(
    plan: Plan, restarter: Restarter, running: Running | None, was: Running | None
) -> Verdict:
    return unfinished.not_restarted(plan, running, was, restarter.asks, restarter.departures)


def _stayed(plan: Plan, active: ImageEntry, was: Running | None) -> Verdict:
    """It was to go back to the confirmed image, and did not."""
    old, version = str(plan.version), named(active.version)
    return Verdict(
        Outcome.NOT_UPDATED,
        Ending.NOT_SWAPPED,
        still(Running.of(active)),
        Text(
            "The device did not return to {old}: {version} was confirmed meanwhile",
            old=old,
            version=version,
        )
        if active.confirmed
        else Text(
            "The device did not return to {old}: {version} still runs as a test after a restart",
            old=old,
            version=version,
        ),
        Text("Start the update again: what is on the device is looked at anew"),
        Running.of(active),
        was,
    )


def _is_newer(image: McubootImage, running: Running | None) -> bool:
    """Than what runs, or nobody can tell."""
    version = Version.parse_device(running.version) if running else None
    return version is None or image.version.is_newer_than(version, build=True)


def _old_preferred(
    plan: Plan,
    image: McubootImage,
    running: Running | None,
    was: Running | None,
    *,
    shown: bool,
) -> Verdict:
    """The bootloader chooses by version, or does not want the image. shown: it was seen to have
    restarted; otherwise it only said that it would."""
    version = Version.parse_device(running.version) if running else None
    if version is not None and not _is_newer(image, running):
        is_same = not version.is_newer_than(image.version, build=True)
        return Verdict(
            Outcome.NOT_UPDATED,
            Ending.OLD_IMAGE_PREFERRED,
            still(running),
            sentences(NOTHING if shown else _TOO_FAST, _why_old(plan, is_same=is_same), SAFE),
            Text("Use a file with a higher version number"),
            running,
            was,
        )
    return Verdict(
        Outcome.NOT_UPDATED,
        Ending.REFUSED_AT_BOOT,
        still(running),
        sentences(
            Text(
                "The device restarted, and its bootloader did not choose the new image although "
                "its version is higher"
            ),
            Text(
                "Most often it was signed with a key that this device does not know, or built for "
                "another slot"
            ),
            SAFE,
        ),
        Text("Use a file that is signed and built for this device"),
        running,
        was,
    )


def _why_old(plan: Plan, *, is_same: bool) -> Text:
    if plan.starts_unmarked and is_same:
        return Text(
            "The device restarted, and its bootloader chose the old image: it runs the image with "
            "the higher version, and this file has the same version number"
        )
    if plan.starts_unmarked:
        return Text(
            "The device restarted, and its bootloader chose the old image: it runs the image with "
            "the higher version, and this file has a lower version number"
        )
    if is_same:
        return Text(
            "The device restarted, and its bootloader chose the old image: this file has the same "
            "version number, and most bootloaders that choose by themselves run the higher one"
        )
    return Text(
        "The device restarted, and its bootloader chose the old image: this file has a lower "
        "version number, and most bootloaders that choose by themselves run the higher one"
    )


def other_image_waits(
    plan: Plan, state: ImageState, was: Running | None, running: Running | None
) -> Verdict:
    """Ours runs, and the next restart starts another one."""
    other = next((e for e in state.of(plan.image) if e.pending and not e.active), None)
    stays = plan.reverts is False or (other is not None and other.permanent)
    version = running.version if running is not None else str(plan.version)
    return Verdict(
        Outcome.UNKNOWN,
        Ending.OTHER_IMAGE,
        Text(
            "Running {version}, but {image} waits for the next restart",
            version=version,
            image=of_slot(other) if other is not None else Text("another image"),
        ),
        sentences(
            Text("The next restart starts it for good")
            if stays
            else Text("The next restart starts it as a test"),
            Text("The device did not let it be removed, or somebody else marked it just now"),
        ),
        Text(
            "Check that nobody else updates this device. Restart it, so that what waits is "
            "started, then start the update again"
        ),
        running,
        was,
    )


_TOO_FAST = Text(
    "The device said that it would restart and answers as before: it may have started anew faster "
    "than anybody could notice"
)
