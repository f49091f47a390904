"""The words of verdicts where the new image runs, and was not seen to stay."""

from __future__ import annotations

from smp.commands.image import ImageEntry
from smp.errors import LinkError, NoAnswer, SmpError
from smp.text import NOTHING, Text, sentences
from smp.update.phrases import named
from smp.update.plan import Action, ImagePlan
from smp.update.restart import NeverBack
from smp.update.verdict import Ending, Outcome, Running, Verdict, only_part


def broken(
    error: SmpError,
    part: ImagePlan | None,
    was: Running | None,
    running: ImageEntry | None,
    *,
    asked: bool,
) -> Verdict:
    """The new image runs already, and was `asked` to stay or not. What is said of it is what the
    device told of it last."""
    version = _version(part, running)
    kept = running is not None and running.confirmed
    if isinstance(error, LinkError | NoAnswer | NeverBack):
        if part is not None and part.action is Action.CLEAR and asked:
            return Verdict(
                Outcome.UNKNOWN,
                _ending(error),
                Text(
                    "Running {version}, but another image may wait for the next restart",
                    version=version,
                ),
                sentences(
                    error.what,
                    error.why,
                    Text("It went silent while that was being removed"),
                ),
                Text(
                    "Connect the device and start the update again: it finds out what is left to do"
                ),
                parts=only_part(Running.of(running), was),
                error=error,
            )
        state, step = _silent(part, asked=asked, kept=kept)
        headline = Text("Unknown: {version} started, then the device went silent", version=version)
        if part is not None and not part.needs_restart:
            headline = Text("Unknown: {version} ran, then the device went silent", version=version)
        return Verdict(
            Outcome.UNKNOWN,
            _ending(error),
            headline,
            sentences(error.what, error.why, state),
            step,
            parts=only_part(None, was),
            error=error,
        )
    returns = NOTHING
    if not kept and part is not None and part.can_roll_back:
        returns = Text("Without that the next restart returns to the old image")
    elif not kept and part is not None and part.can_roll_back is None:
        returns = Text("Without that the next restart may return to the old image")
    return Verdict(
        Outcome.UNKNOWN,
        Ending.NOT_CONFIRMED,
        Text("Running {version}, confirmed", version=version)
        if kept
        else Text("Running {version}, not confirmed", version=version),
        sentences(error.what, error.why, returns),
        error.next_step,
        parts=only_part(Running.of(running), was),
        error=error,
    )


def _version(part: ImagePlan | None, running: ImageEntry | None) -> str:
    if running is not None:
        return running.version
    return str(part.version) if part is not None else Text("it")


def _ending(error: SmpError) -> Ending:
    if isinstance(error, NeverBack):
        return Ending.NEVER_BACK
    return Ending.SILENT if isinstance(error, NoAnswer) else Ending.LINK_LOST


def _silent(part: ImagePlan | None, *, asked: bool, kept: bool) -> tuple[Text, Text]:
    """What is known of it, and the next step."""
    look = Text("Switch the device off and on, connect it and look at what it runs")
    if kept:
        return Text("The device listed it as the one to stay"), look
    if asked:
        return (
            Text("It was asked to keep it, and whether it did is not known"),
            Text("Switch the device off and on, connect it and start the update again"),
        )
    state = Text("It was not confirmed")
    if part is not None and part.can_roll_back is False:
        return state, look
    if part is not None and part.can_roll_back:
        return state, Text(
            "Switch the device off and on: without confirmation it returns to the old image. Then "
            "start the update again"
        )
    return state, Text(
        "Switch the device off and on: without confirmation it may return to the old image. Then "
        "start the update again"
    )


def not_confirmed(part: ImagePlan, entry: ImageEntry, was: Running | None) -> Verdict:
    step = Text("Start the update again")
    if part.can_roll_back:
        step = Text(
            "Start the update again; without confirmation the next restart returns to the old image"
        )
    elif part.can_roll_back is None:
        step = Text(
            "Start the update again; without confirmation the next restart may return to the old "
            "image"
        )
    return Verdict(
        Outcome.UNKNOWN,
        Ending.NOT_CONFIRMED,
        Text("Running {version}, not confirmed", version=entry.version),
        Text("The device took the confirmation and still lists the image as not confirmed"),
        step,
        parts=only_part(Running.of(entry), was),
    )


def not_to_be_confirmed(
    part: ImagePlan, entry: ImageEntry, was: Running | None, error: SmpError, *, others: bool
) -> Verdict:
    """Another core's image, which servers do not confirm by default. others: more of this update
    run as a test, and nothing of them was confirmed."""
    together = Text(
        "Nothing else was confirmed, so that the next restart returns all of them to the old images"
    )
    return Verdict(
        Outcome.UNKNOWN,
        Ending.NOT_CONFIRMED,
        Text(
            "{image} runs {version}, not confirmed",
            image=part.name.title,
            version=named(entry.version),
        ),
        sentences(
            Text(
                "The device does not let image {number} be confirmed: the firmware of that core "
                "has to confirm itself, and did not while it was watched",
                number=part.number,
            ),
            together
            if others
            else Text("Without that the next restart returns it to the old image"),
        ),
        Text(
            "Restart the device, so that it returns to the old image, then start the update again: "
            "then {version} is put in place for good",
            version=str(part.version),
        ),
        parts=only_part(Running.of(entry), was),
        error=error,
    )
