"""The words of verdicts on a new image that ran, and did not hold."""

from __future__ import annotations

from smp.commands.image import ImageEntry
from smp.text import NOTHING, Text, sentences
from smp.update.phrases import SAFE, named, still
from smp.update.plan import ImagePlan
from smp.update.verdict import Ending, Outcome, Running, Verdict, only_part
from smp.update.watch import Fall

_TELL_AUTHOR = Text("Give this report to the firmware's author; do not try the same file again")


def rolled_back(part: ImagePlan, active: ImageEntry | None, was: Running | None) -> Verdict:
    if not part.needs_restart:
        return _fell_back(part, active, was)
    running = Running.of(active) or was
    version = str(part.version)
    headline, safe = still(running), SAFE
    fell = Text(
        "{version} was started but did not hold: the device restarted by itself and returned to "
        "the old image",
        version=version,
    )
    if running is not None and was is not None and running.hash != was.hash:
        other = named(running.version)
        headline, safe = Text("Not updated: running {version} now", version=other), NOTHING
        fell = Text(
            "{version} was started but did not hold: the device restarted by itself and runs "
            "{other}, not the old image",
            version=version,
            other=other,
        )
    return Verdict(
        Outcome.NOT_UPDATED,
        Ending.ROLLED_BACK,
        headline,
        sentences(fell, safe),
        _TELL_AUTHOR,
        parts=only_part(running, was),
    )


def _fell_back(part: ImagePlan, active: ImageEntry | None, was: Running | None) -> Verdict:
    """It ran already when the device was asked first, and another one runs now."""
    running = Running.of(active)
    headline = Text("Unknown: it lists no running image now")
    if running is not None:
        headline = Text("Not updated: running {version} now", version=named(running.version))
    return Verdict(
        Outcome.NOT_UPDATED if running else Outcome.UNKNOWN,
        Ending.ROLLED_BACK,
        headline,
        Text(
            "{version} ran when the device was asked first, but did not hold: the device "
            "restarted by itself",
            version=str(part.version),
        ),
        _TELL_AUTHOR,
        parts=only_part(running, was),
    )


def not_held(part: ImagePlan, entry: ImageEntry, fall: Fall, was: Running | None) -> Verdict:
    """It runs, and falls away by itself; nothing returns to the image before."""
    began, after, seen = _began(part), fall.after, fall.sign.text
    if fall.sign.is_proof:
        fell = Text(
            "{began}; {after:.0f} s later {seen}: it restarted by itself",
            began=began,
            after=after,
            seen=seen,
        )
    else:
        fell = sentences(
            Text(
                "{began}; {after:.0f} s later {seen}, not for the first time",
                began=began,
                after=after,
                seen=seen,
            ),
            Text("Most likely it restarts by itself; a link that loses much looks the same")
            if fall.sign.may_be_the_link
            else Text("Most likely it restarts by itself"),
        )
    if entry.confirmed or part.can_roll_back is False:
        back = Text("Nothing returns to the old image by itself")
    elif fall.sign.is_proof:
        back = Text("It is not confirmed, and yet the device did not return to the old image")
    else:
        back = Text("It is not confirmed: a restart should return to the old image")
    headline = Text("Unknown: {version} runs, but does not hold", version=named(entry.version))
    next_step = Text(
        "Give this report to the firmware's author. Update the device with firmware that is known "
        "to run"
    )
    if fall.sign.may_be_the_link:
        headline = Text(
            "Unknown: {version} runs; whether it holds is not known", version=named(entry.version)
        )
        next_step = Text(
            "Try again over another cable or from nearer. If it falls away there too, give this "
            "report to the firmware's author and update the device with firmware that is known to "
            "run"
        )
    return Verdict(
        Outcome.UNKNOWN,
        Ending.NOT_HELD,
        headline,
        sentences(fell, back),
        next_step,
        parts=only_part(Running.of(entry), was),
    )


def fell_into_recovery(part: ImagePlan, was: Running | None) -> Verdict:
    """This file's image ran, and the bootloader answers now."""
    return Verdict(
        Outcome.UNKNOWN,
        Ending.NOT_HELD,
        Text("Unknown: {version} ran, and now the bootloader answers", version=str(part.version)),
        sentences(
            Text(
                "{began}; then the device restarted by itself, and its bootloader is in serial "
                "recovery",
                began=_began(part),
            ),
            Text("What it starts next is not known"),
        ),
        Text("Switch the device off and on, wait a minute and look at what it runs"),
        parts=only_part(None, was),
    )


def _began(part: ImagePlan) -> Text:
    """How the new image was found to run."""
    version = str(part.version)
    if part.needs_restart:
        return Text("{version} was started and answered", version=version)
    return Text("{version} ran already and answered", version=version)
