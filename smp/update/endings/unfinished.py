"""The words of verdicts between marking and restart: each says what waits on the device."""

from __future__ import annotations

from smp.commands.image import ImageState
from smp.errors import DeviceError, LinkError, NoAnswer, SmpError
from smp.image import Version
from smp.text import NOTHING, Text, outside, sentences
from smp.update.boot_log import BootLog
from smp.update.phrases import still, waits_too
from smp.update.plan import ImagePlan
from smp.update.verdict import Ending, Outcome, Running, Verdict, only_part


def waits(part: ImagePlan) -> Text:
    """The next step where the new image is marked and the device has to be restarted by hand."""
    version = str(part.version)
    if part.can_roll_back is False:
        return Text(
            "Switch the device off and on: {version} starts then. Afterwards start the update "
            "again: it is watched then",
            version=version,
        )
    return Text(
        "Switch the device off and on: {version} starts then. Afterwards start the update again "
        "to confirm it",
        version=version,
    )


def broken(
    error: SmpError, part: ImagePlan, marked: ImageState | None, was: Running | None
) -> Verdict:
    """An error while the image was marked, or the restart asked for.

    marked: the image list in which it was marked; None: whether it is marked is not known.
    """
    if isinstance(error, LinkError | NoAnswer):
        return _lost(error, part, marked is not None, was)
    version = str(part.version)
    if marked is None:
        return Verdict(
            Outcome.NOT_UPDATED,
            Ending.REFUSED_BY_DEVICE,
            still(was),
            sentences(
                error.what,
                error.why,
                Text(
                    "{version} is on the device, and it is not marked for the next restart",
                    version=version,
                )
                if part.starts_unmarked is False
                else Text(
                    "{version} is on the device, and its bootloader may start it at a restart",
                    version=version,
                ),
            ),
            error.next_step,
            parts=only_part(was, was),
            error=error,
        )
    kept = isinstance(error, DeviceError) and error.is_unsupported
    no_command = Text("Its firmware has no restart command")
    return Verdict(
        Outcome.NOT_UPDATED,
        Ending.RESTART_REFUSED,
        waits_too(still(was), version),
        sentences(
            _not_restarting(part, marked, is_refused=isinstance(error, DeviceError)),
            no_command if kept else sentences(error.what, error.why),
        ),
        waits(part),
        parts=only_part(was, was),
        error=error,
    )


def _not_restarting(part: ImagePlan, marked: ImageState, *, is_refused: bool) -> Text:
    """Where the bootloader chooses by version, nothing has to be marked."""
    version = str(part.version)
    if any(entry.pending for entry in marked.of(part.number)):
        if is_refused:
            return Text(
                "{version} is on the device and marked, but the restart was refused",
                version=version,
            )
        return Text(
            "{version} is on the device and marked, but the restart did not come about",
            version=version,
        )
    if is_refused:
        return Text("{version} is on the device, but the restart was refused", version=version)
    return Text("{version} is on the device, but the restart did not come about", version=version)


def not_marked(part: ImagePlan, was: Running | None) -> Verdict:
    stored = Text(
        "{version} is on the device, which does not mark it for the next restart",
        version=str(part.version),
    )
    running = Version.parse_device(was.version) if was is not None else None
    step = Text("Restart the device and start the update again")
    if running is not None and not part.version > running:
        stored = sentences(
            stored,
            Text(
                "Some bootloaders start only an image with a higher version than the one that runs"
            ),
        )
        step = Text("Use a file with a higher version")
    return Verdict(
        Outcome.NOT_UPDATED,
        Ending.NOT_MARKED,
        still(was),
        stored,
        step,
        parts=only_part(was, was),
    )


def _lost(error: SmpError, part: ImagePlan, is_marked: bool, was: Running | None) -> Verdict:
    ending = Ending.LINK_LOST if isinstance(error, LinkError) else Ending.SILENT
    version = str(part.version)
    state = Text(
        "{version} is on the device and may be marked for its next restart", version=version
    )
    if part.starts_unmarked:
        state = Text(
            "{version} is on the device and its bootloader may start it at a restart",
            version=version,
        )
    elif is_marked:
        state = Text(
            "{version} is on the device and is marked for its next restart", version=version
        )
    return Verdict(
        Outcome.UNKNOWN,
        ending,
        Text("Unknown: the connection was lost before the restart"),
        sentences(error.what, error.why, state),
        Text("Connect the device and start the update again: it finds out what is left to do"),
        parts=only_part(None, was),
        error=error,
    )


def not_restarted(
    part: ImagePlan, running: Running | None, was: Running | None, asks: int, departures: int
) -> Verdict:
    """asks: how often it was asked; departures: after how many of them it went away, unanswered."""
    version = str(part.version)
    if departures:
        reason = sentences(
            _asked(asks, departures),
            Text("If it did, its bootloader did not put the new image in place"),
            Text("{version} is on it", version=version),
        )
    else:
        reason = Text(
            "The device was asked {times} to restart and did not, as far as it shows; {version} "
            "is on it",
            times=_times(asks),
            version=version,
        )
    return Verdict(
        Outcome.NOT_UPDATED,
        Ending.NOT_RESTARTED_OR_NOT_SWAPPED if departures else Ending.NOT_RESTARTED,
        waits_too(still(running), version),
        reason,
        waits(part),
        parts=only_part(running, was),
    )


def _asked(asks: int, departures: int) -> Text:
    if asks == 1:
        return Text(
            "The device was asked once to restart and went away then, without having answered "
            "that it would: whether it restarted is not known"
        )
    return Text(
        "The device was asked {times} to restart and went away {departures} after that, without "
        "having answered that it would: whether it restarted is not known",
        times=_times(asks),
        departures=_times(departures),
    )


def _times(count: int) -> Text:
    return Text("once") if count == 1 else Text("{count} times", count=count)


def not_swapped(
    part: ImagePlan, log: BootLog, running: Running | None, was: Running | None
) -> Verdict:
    said = Text('It said: "{words}"', words=outside(log.complaints)) if log.complaints else NOTHING
    room = "free space" in log.complaints or "oo large" in log.complaints
    needed = next((it for it in part.file_image.dependencies if it.image != part.number), None)
    step = Text(
        "Give this report to the firmware's author; the old image goes on running meanwhile"
    )
    if room:
        step = Text(
            "Use a smaller image: the bootloader needs free room beside it to exchange the two"
        )
    elif needed is not None:
        step = Text(
            "Use the package that holds both images, or update image {number} first",
            number=needed.image,
        )
    return Verdict(
        Outcome.NOT_UPDATED,
        Ending.NOT_SWAPPED,
        Text("{state}; {version} still waits", state=still(running), version=str(part.version)),
        sentences(
            Text("The device restarted, but its bootloader did not put the new image in place"),
            said,
            NOTHING
            if needed is None
            else Text(
                "{version} starts only beside image {number} in version {minimum} or newer",
                version=str(part.version),
                number=needed.image,
                minimum=str(needed.minimum),
            ),
            Text("It tries again at each restart"),
        ),
        step,
        parts=only_part(running, was),
    )
