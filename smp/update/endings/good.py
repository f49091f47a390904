"""The words of good verdicts: the device runs this file's image."""

from __future__ import annotations

from smp.commands.image import ImageEntry
from smp.text import NOTHING, Text, sentences
from smp.update.phrases import named, was_before
from smp.update.plan import Action, ImagePlan
from smp.update.verdict import Ending, Outcome, Running, Verdict, only_part

LIMITS = Text("What a file has behind that hash, as its signature, a device does not tell")
_CHECKED = Text("Checked on the device after the restart: the active image is this file")


def proven(
    part: ImagePlan, entry: ImageEntry | None, was: Running | None, *, was_sent: bool = True
) -> Verdict:
    """was_sent: by this run. A hash does not cover the signature: what lay there already is the
    same image, and may be another file."""
    checked = _CHECKED
    if not was_sent:
        checked = sentences(
            Text(
                "Checked on the device after the restart: it runs the same image as in this file, "
                "hash {hash}",
                hash=short_hash(part),
            ),
            LIMITS,
        )
    running = Running.of(entry) or Running(str(part.version), None, None)
    only_confirmed = part.action is Action.CONFIRM
    if not part.mode.keeps and not running.confirmed:
        return Verdict(
            Outcome.UPDATED,
            Ending.PROVEN,
            Text("Running {version} as a test", version=named(running.version)),
            sentences(was_before(was), checked),
            _keep_it(part),
            parts=only_part(running, was),
        )
    headline = Text("Running {version}, confirmed", version=running.version)
    if only_confirmed:
        checked = sentences(
            Text(
                "Checked on the device: it runs the same image as in this file, hash {hash}, which "
                "only had to be confirmed",
                hash=short_hash(part),
            ),
            LIMITS,
        )
        return Verdict(
            Outcome.UPDATED,
            Ending.CONFIRMED_ONLY,
            headline,
            checked,
            parts=only_part(running, was),
        )
    return Verdict(
        Outcome.UPDATED,
        Ending.PROVEN,
        headline,
        sentences(was_before(was), checked),
        parts=only_part(running, was),
    )


def short_hash(part: ImagePlan) -> str:
    """Of the image, for people."""
    return part.file_image.hash.hex()[:16]


def _keep_it(part: ImagePlan) -> Text:
    """The next step for an image on test."""
    if part.can_roll_back is False:
        return Text("Confirm it to have it listed as the one to stay")
    if part.can_roll_back:
        return Text("Confirm it to keep it; the next restart returns to the old image")
    return Text("Confirm it to keep it; the next restart may return to the old image")


def already_running(
    part: ImagePlan, entry: ImageEntry, watched: float, was: Running | None
) -> Verdict:
    """`watched`: so many seconds it did not restart."""
    version = named(entry.version)
    headline = Text("Already running {version}, confirmed", version=version)
    on_test, step = NOTHING, NOTHING
    if not entry.confirmed:
        headline = Text("Already running {version}, as a test", version=version)
        on_test = Text("It runs as a test: it is not confirmed")
        step = _keep_it(part)
    held = Text("Watched for {seconds:g} s: it answered and did not restart", seconds=watched)
    return Verdict(
        Outcome.ALREADY_RUNNING,
        Ending.NOTHING_TO_DO,
        headline,
        sentences(
            Text(
                "The device runs the same image as in this file, hash {hash}; it was not sent "
                "again",
                hash=short_hash(part),
            ),
            LIMITS,
            held if watched > 0 else Text("Whether it holds was not watched"),
            on_test,
        ),
        step,
        parts=only_part(Running.of(entry), was),
    )
