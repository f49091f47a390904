"""The words of verdicts on a device that runs, or will run, another image than it should."""

from __future__ import annotations

from smp.commands.image import ImageEntry, ImageState
from smp.commands.os import BootloaderMode
from smp.image import Version
from smp.survey import DeviceFacts
from smp.text import NOTHING, Text, outside, sentences
from smp.update.boot_log import BootLog
from smp.update.deeds import of_slot
from smp.update.endings import unfinished, why_refused
from smp.update.endings.not_held import rolled_back
from smp.update.endings.nothing_runs import in_recovery, no_active
from smp.update.phrases import SAFE, named, still
from smp.update.plan import ImagePlan
from smp.update.restart import Return
from smp.update.restarting import Restarter
from smp.update.verdict import Ending, Outcome, Running, Verdict, only_part

_DAMAGED = Text(
    "Its port does not check what arrives, so that the image may also have been damaged on its way"
)
_AGAIN = Text(
    "Start the update again; if it is refused again, use a file that is signed for this device"
)


def wrong_image(
    part: ImagePlan,
    marked: ImageState,
    back: Return,
    restarter: Restarter,
    facts: DeviceFacts | None,
    was: Running | None,
) -> Verdict | None:
    """None if the device runs this file's image."""
    log = restarter.log
    active = back.state.active(part.number)
    ours = back.state.by_hash(part.file_image.hash, part.number)
    if active is None and part.is_first and ours is not None and ours.pending:
        return _not_swapped(part, back, restarter, None, was)
    if active is None or restarter.ends_in_bootloader:
        return _nothing_runs(part, back.state, restarter, was)
    running = Running.of(active)
    if part.file_image.goes_by(active.hash):
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
            parts=only_part(running, was),
        )
    before = marked.active(part.number)
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
            parts=only_part(running, was),
        )
    if ours is not None and ours.pending:
        return _not_swapped(part, back, restarter, running, was)
    if part.returns and (active.confirmed or restarter.has_restarted(back)):
        return _stayed(part, active, was)
    marked_ours = marked.by_hash(part.file_image.hash, part.number)
    if marked_ours is None or not marked_ours.pending:
        shown = restarter.has_restarted(back)
        if not shown and (not restarter.agreed or _is_newer(part, running)):
            return _not_restarted(part, restarter, running, was)
        return _old_preferred(part, running, was, shown=shown)
    if ours is not None or log.starts > 1:
        return rolled_back(part, active, was)
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
                why_refused.seen(part),
                SAFE,
            ),
            Text(
                "Check that the file is signed with the key this device knows, then that the "
                "firmware starts on this board"
            ),
            parts=only_part(running, was),
        )
    is_doubtful = facts is not None and facts.line_unchecked
    return refused(part, log, running, was, is_doubtful=is_doubtful)


def refused(
    part: ImagePlan,
    log: BootLog,
    running: Running | None,
    was: Running | None,
    *,
    is_doubtful: bool = False,
) -> Verdict:
    """The bootloader did not want the new image. is_doubtful: it may have been damaged on its
    way."""
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
            why_refused.reason(part),
            _DAMAGED if is_doubtful else NOTHING,
            SAFE,
        ),
        _AGAIN if is_doubtful else why_refused.step(part),
        parts=only_part(running, was),
    )


def _nothing_runs(
    part: ImagePlan,
    state: ImageState,
    restarter: Restarter,
    was: Running | None,
) -> Verdict:
    """Whatever a bootloader lists as active: its application does not run."""
    if restarter.ends_in_bootloader:
        return in_recovery(part, state, was, stood_aside=restarter.stood_aside > 0)
    return no_active(part, state, was)


def _not_swapped(
    part: ImagePlan,
    back: Return,
    restarter: Restarter,
    running: Running | None,
    was: Running | None,
) -> Verdict:
    """It waits as before."""
    if restarter.has_restarted(back):
        return unfinished.not_swapped(part, restarter.log, running, was)
    return _not_restarted(part, restarter, running, was)


def _not_restarted(
    part: ImagePlan, restarter: Restarter, running: Running | None, was: Running | None
) -> Verdict:
    return unfinished.not_restarted(part, running, was, restarter.asks, restarter.departures)


def _stayed(part: ImagePlan, active: ImageEntry, was: Running | None) -> Verdict:
    """It was to go back to the confirmed image, and did not."""
    old, version = str(part.version), named(active.version)
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
        parts=only_part(Running.of(active), was),
    )


def _is_newer(part: ImagePlan, running: Running | None) -> bool:
    """Than what runs, or nobody can tell. Most bootloaders do not compare build numbers."""
    version = Version.parse_device(running.version) if running else None
    return version is None or part.version > version


def _old_preferred(
    part: ImagePlan,
    running: Running | None,
    was: Running | None,
    *,
    shown: bool,
) -> Verdict:
    """The bootloader chooses by version, or does not want the image. shown: it was seen to have
    restarted; otherwise it only said that it would."""
    version = Version.parse_device(running.version) if running else None
    if version is not None and not _is_newer(part, running):
        is_same = not part.version < version
        is_higher_build = is_same and part.version.build > version.build
        return Verdict(
            Outcome.NOT_UPDATED,
            Ending.OLD_IMAGE_PREFERRED,
            still(running),
            sentences(
                NOTHING if shown else _TOO_FAST,
                _HIGHER_BUILD if is_higher_build else _why_old(part, is_same=is_same),
                SAFE,
            ),
            Text("Use a file with a higher version number"),
            parts=only_part(running, was),
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
            why_refused.reason(part, in_place=True),
            SAFE,
        ),
        why_refused.step(part, in_place=True),
        parts=only_part(running, was),
    )


_HIGHER_BUILD = Text(
    "The device restarted, and its bootloader chose the old image: this file's version is higher "
    "by its build number alone, which most bootloaders do not compare"
)


def _why_old(part: ImagePlan, *, is_same: bool) -> Text:
    if part.starts_unmarked and is_same:
        return Text(
            "The device restarted, and its bootloader chose the old image: it runs the image with "
            "the higher version, and this file has the same version number"
        )
    if part.starts_unmarked:
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
    part: ImagePlan, state: ImageState, was: Running | None, running: Running | None
) -> Verdict:
    """Ours runs, and the next restart starts another one."""
    other = next((e for e in state.of(part.number) if e.pending and not e.active), None)
    stays = part.reverts is False or (other is not None and other.permanent)
    version = running.version if running is not None else str(part.version)
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
        parts=only_part(running, was),
    )


_TOO_FAST = Text(
    "The device said that it would restart and answers as before: it may have started anew faster "
    "than anybody could notice"
)
