"""The words of verdicts on a device whose firmware loader takes its updates."""

from __future__ import annotations

from smp.commands.image import ImageEntry
from smp.errors import DeviceError, SmpError
from smp.text import NOTHING, Text, outside, sentences
from smp.update.boot_log import BootLog
from smp.update.endings import why_refused
from smp.update.endings.good import LIMITS, short_hash
from smp.update.phrases import named, still, was_before
from smp.update.plan import ImagePlan
from smp.update.verdict import Ending, Outcome, Running, Verdict, only_part

START_IT = Text(
    "Start the device into its firmware loader by hand (often a button held while it is switched "
    "on), then choose it in the list again"
)
_UNTOUCHED = Text("Nothing was sent")


def restart_refused(error: DeviceError, was: Running | None) -> Verdict:
    """The application does not restart into it."""
    return Verdict(
        Outcome.NOT_UPDATED,
        Ending.LOADER_NOT_STARTED,
        still(was),
        sentences(
            Text("The application refuses the restart into its firmware loader"),
            error.why,
            _UNTOUCHED,
        ),
        START_IT,
        parts=only_part(was, was),
        error=error,
    )


def not_started(was: Running | None) -> Verdict:
    """It restarted, and its application answers again."""
    return Verdict(
        Outcome.NOT_UPDATED,
        Ending.LOADER_NOT_STARTED,
        still(was),
        sentences(
            Text("Asked to start its firmware loader, the device runs its application again"),
            _UNTOUCHED,
        ),
        START_IT,
        parts=only_part(was, was),
    )


def not_found(error: SmpError, was: Running | None) -> Verdict:
    """It went away, and neither the loader nor the application was found."""
    return Verdict(
        Outcome.UNKNOWN,
        Ending.NEVER_BACK,
        Text("Unknown: the device restarted into its firmware loader and was not found there"),
        sentences(
            Text("A loader may have another name and address than the application"),
            error.why,
            _UNTOUCHED,
        ),
        Text(
            "Look for its firmware loader in the list and update that one. Switched off and on, "
            "the device starts its application as before"
        ),
        parts=only_part(None, was),
        error=error,
    )


def started(part: ImagePlan, was: Running | None, *, was_sent: bool = True) -> Verdict:
    """The application answers, and lists no images. was_sent: by this update."""
    running = Running(str(part.version), part.file_image.hash, None, number=part.number)
    if not was_sent:
        return Verdict(
            Outcome.ALREADY_RUNNING,
            Ending.NOTHING_TO_DO,
            Text("Already running {version}", version=named(running.version)),
            sentences(
                Text(
                    "The firmware loader lists the same image as in this file, hash {hash}, as the "
                    "device's application, which runs; it was not sent again",
                    hash=short_hash(part),
                ),
                LIMITS,
            ),
            parts=only_part(running, was),
        )
    return Verdict(
        Outcome.UPDATED,
        Ending.STARTED,
        Text("Running {version}", version=named(running.version)),
        sentences(
            was_before(was),
            Text(
                "The firmware loader listed this file's image as the device's application, and "
                "after the restart that application runs. It does not list images itself"
            ),
        ),
        parts=only_part(running, was),
    )


def not_run(
    part: ImagePlan, entry: ImageEntry | None, log: BootLog, was: Running | None
) -> Verdict:
    """After the restart the loader answers again. entry: what lies in the first slot."""
    has_it = entry is not None and part.file_image.goes_by(entry.hash)
    version = str(part.version)
    lies = (
        Text("{version} is on the device, but the bootloader did not start it", version=version)
        if has_it
        else Text("The bootloader started no application after the restart")
    )
    said = Text('It said: "{words}"', words=outside(log.complaints)) if log.complaints else NOTHING
    return Verdict(
        Outcome.NOT_UPDATED,
        Ending.REFUSED_AT_BOOT,
        Text("Not updated: the device is in its firmware loader again"),
        sentences(
            lies,
            said,
            why_refused.reason(part),
            Text("The old application is overwritten") if part.overwrites_running else NOTHING,
        ),
        Text("{step}: the loader takes it as it is", step=why_refused.step(part)),
        parts=only_part(None, was),
    )


def not_back(part: ImagePlan, error: SmpError, was: Running | None, *, is_known: bool) -> Verdict:
    """The loader was restarted, and neither it nor the application is found. is_known: where the
    application is found, because this update came from it."""
    elsewhere = Text("An application may have another name and address than the loader")
    step = Text(
        "Look for the device in the list. If its firmware loader is there again, the application "
        "was not started: use a file that is signed for this device"
    )
    if is_known:
        step = Text(
            "Leave it powered for some minutes and look again. If it stays away, start its "
            "firmware loader by hand and update it with firmware that is known to run"
        )
    return Verdict(
        Outcome.UNKNOWN,
        Ending.NEVER_BACK,
        Text("Unknown: {version} was sent, and not seen running", version=str(part.version)),
        sentences(
            Text("The firmware loader listed it as the device's application and was restarted"),
            NOTHING if is_known else elsewhere,
            error.why,
        ),
        step,
        parts=only_part(None, was),
        error=error,
    )
