"""The words of verdicts on a device whose firmware loader takes its updates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from smp.commands.image import ImageEntry
from smp.errors import DeviceError, SmpError
from smp.text import NOTHING, Text, outside, sentences
from smp.update.boot_log import BootLog
from smp.update.endings import why_refused
from smp.update.endings.good import LIMITS, short_hash
from smp.update.endings.overwriting import Taken
from smp.update.entering import LoaderLeft
from smp.update.phrases import listed, named, still, was_before
from smp.update.plan import ImagePlan
from smp.update.verdict import Ending, Outcome, Running, Verdict, only_part

START_IT = Text(
    "Start the device into its firmware loader by hand (often a button held while it is switched "
    "on), then choose it in the list again"
)
_UNTOUCHED = Text("Nothing was sent")
_STAYS = Text(
    "See that nobody else connects to it, and that it is near. Then start the update again, or "
    "start its firmware loader by hand and choose that one in the list"
)
_MOST = 3
"""Newcomers that are named."""


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


def left_by_itself(was: Running | None, times: int) -> Verdict:
    """It was started so many times, and ended before anything was sent."""
    return Verdict(
        Outcome.NOT_UPDATED,
        Ending.LOADER_NOT_STARTED,
        still(was),
        sentences(
            Text(
                "Its firmware loader was started {times} times and ended each time by itself: the "
                "application answers again",
                times=times,
            ),
            _UNTOUCHED,
        ),
        _STAYS,
        parts=only_part(was, was),
    )


def left_on_the_way(
    error: LoaderLeft, part: ImagePlan, taken: Taken, was: Running | None
) -> Verdict:
    """It ended again and again, and the application answers. taken: by the loader."""
    if taken.bytes:
        return Verdict(
            Outcome.UNKNOWN,
            Ending.LOADER_NOT_STARTED,
            Text("Unknown: an application runs, and does not tell which"),
            sentences(
                Text(
                    "The firmware loader has taken {taken:,} of {total:,} bytes and ended by "
                    "itself. An application answers: the old one, or the new one",
                    taken=taken.bytes,
                    total=taken.total,
                )
            ),
            _STAYS,
            parts=only_part(None, was),
            error=error,
        )
    return Verdict(
        Outcome.NOT_UPDATED,
        Ending.LOADER_NOT_STARTED,
        still(_running(was)),
        sentences(
            error.what,
            error.why,
            Text(
                "The loader had answered no part of {version}, and the application runs as before",
                version=str(part.version),
            ),
        ),
        _STAYS,
        parts=only_part(_running(was), was),
        error=error,
    )


def cancelled_out_of_it(part: ImagePlan, taken: Taken, was: Running | None) -> Verdict:
    """Somebody cancelled, and the application answers: the loader had ended."""
    if taken.bytes:
        reason = Text(
            "The firmware loader has taken {taken:,} of {total:,} bytes and ended. An application "
            "answers: the old one, or the new one",
            taken=taken.bytes,
            total=taken.total,
        )
        outcome, headline = Outcome.UNKNOWN, Text("Cancelled; which application runs is not known")
    else:
        reason = Text(
            "The firmware loader has answered no part of {version} and ended: the application runs "
            "as before",
            version=str(part.version),
        )
        outcome, headline = Outcome.NOT_UPDATED, Text("Cancelled; not updated")
        if was is not None:
            version = named(was.version)
            headline = Text("Cancelled; not updated: still running {version}", version=version)
    return Verdict(
        outcome,
        Ending.CANCELLED,
        headline,
        reason,
        Text("Start the update again whenever you like"),
        parts=only_part(None if taken.bytes else _running(was), was),
    )


def _running(was: Running | None) -> Running | None:
    """What the loader has listed as the application, which answers now."""
    return None if was is None else replace(was, is_active=True)


def not_found(
    error: SmpError, was: Running | None, name: str = "", newcomers: Sequence[str] = ()
) -> Verdict:
    """It went away, and neither the loader nor the application was found. name: which the loader
    was told to have on the air; empty: none. newcomers: devices that are there since."""
    return Verdict(
        Outcome.UNKNOWN,
        Ending.NEVER_BACK,
        Text("Unknown: the device restarted into its firmware loader and was not found there"),
        sentences(
            Text("It was told to advertise as {name} there", name=name)
            if name
            else Text("A loader may have another name and address than the application"),
            _since(newcomers),
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


def _since(newcomers: Sequence[str]) -> Text:
    if not newcomers:
        return NOTHING
    others = listed(list(newcomers[:_MOST]))
    return Text("Since the restart there is {others}: it may be that", others=others)


def started(
    part: ImagePlan, was: Running | None, *, was_sent: bool = True, by_itself: bool = False
) -> Verdict:
    """The application answers, and lists no images. was_sent: by this update. by_itself: the loader
    ended without being restarted, before it listed what it has."""
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
                "The firmware loader answered to have all of this file and ended by itself. The "
                "application that runs since is what it was sent: the device has no other one. It "
                "does not list images itself"
            )
            if by_itself
            else Text(
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
            Text("The old application is overwritten")
            if part.overwrites_running and part.before is not None
            else NOTHING,
        ),
        Text("{step}: the loader takes it as it is", step=why_refused.step(part)),
        parts=only_part(None, was),
    )


def not_back(
    part: ImagePlan,
    error: SmpError,
    was: Running | None,
    *,
    is_known: bool,
    newcomers: Sequence[str] = (),
) -> Verdict:
    """The loader was restarted, and neither it nor the application is found. is_known: where the
    application is found, because this update came from it, or an earlier one. newcomers: devices
    that are there since."""
    elsewhere = Text(
        "This computer has never seen the device's application, which may have another name, "
        "address or port than the loader: nothing here tells which one it is"
    )
    step = Text(
        "Look in the list for the device under the name of its application, and see there whether "
        "it runs as it should. If its firmware loader is there again, the application was not "
        "started: use a file that is built and signed for this device"
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
            _since(newcomers),
            error.why,
        ),
        step,
        parts=only_part(None, was),
        error=error,
    )
