"""Marking, confirming, erasing: each asked for once, then read again."""

from __future__ import annotations

from smp.commands.image import ImageEntry, ImageState
from smp.errors import DeviceError, SmpError
from smp.text import NOTHING, Text, sentences
from smp.update.acts import results
from smp.update.acts.doing import Doing
from smp.update.acts.events import Phase, PhaseBegan
from smp.update.acts.results import ActEnding, ActResult
from smp.update.case import HIGHEST_WINS, NOT_TOLD, SWAPS
from smp.update.choice import Candidate
from smp.update.deeds import name_of, of_slot, of_slot_begun
from smp.update.phrases import begun


async def mark(doing: Doing) -> ActResult:
    """For one restart."""
    error = await ask_for_mark(doing, for_good=False)
    state = await doing.read()
    entry, running = doing.find(state), state.active(doing.act.image)
    reason = NOTHING
    if entry is None or not (entry.pending or entry.active):
        if entry is None or error is not None or not starts_unlisted(doing, error):
            return _not_done(doing, error, running)
        reason = _UNLISTED
    if entry.active:
        return results.done(doing.act, results.runs(entry), running, _BY_ITSELF)
    headline = Text("{image} starts at the next restart, as a test", image=of_slot_begun(entry))
    if entry.permanent or doing.facts.can_roll_back is False:
        headline = Text("{image} starts at the next restart, for good", image=of_slot_begun(entry))
    return results.done(doing.act, headline, running, reason)


def starts_unlisted(doing: Doing, error: SmpError | None) -> bool:
    """Its bootloader starts it all the same, though no list shows it as waiting: it chooses by
    version, and was marked or takes no marks. RAM-load is told as no mode.

    error: what was answered to the mark.
    """
    wanted, running, mode = doing.judged.entry, doing.judged.running, doing.facts.mode
    if wanted is None or running is None:
        return False
    if error is None:
        chooses = mode in HIGHEST_WINS | NOT_TOLD
    else:
        chooses = isinstance(error, DeviceError) and error.is_unsupported and mode not in SWAPS
    return chooses and Candidate.of(wanted).wins(Candidate.of(running)) is True


async def ask_for_mark(doing: Doing, *, for_good: bool) -> SmpError | None:
    """None: it was answered well."""
    entry = doing.judged.entry
    assert entry is not None
    digest = entry.hash
    assert digest is not None
    doing.on_event(PhaseBegan(Phase.MARK))
    ask = doing.client.mark_permanent if for_good else doing.client.mark_for_test
    return await doing.attempt(lambda: ask(digest))


async def confirm(doing: Doing) -> ActResult:
    """Keep what runs, if it is still what was judged."""
    error = await ask_for_confirmation(doing)
    state = await doing.read()
    running = state.active(doing.act.image)
    gone = _runs_no_more(doing, running)
    if gone is not None:
        return gone
    assert running is not None
    if not running.confirmed:
        return _not_done(doing, error, running)
    waits = next((it for it in state.of(doing.act.image) if it.pending and not it.active), None)
    reason = (
        Text("{image} waits for the next restart", image=of_slot_begun(waits)) if waits else NOTHING
    )
    return results.done(doing.act, results.runs(running), running, reason)


async def ask_for_confirmation(doing: Doing) -> SmpError | None:
    """By its hash where there are several images: without it, servers take the application's. Where
    there is one, without: Apache Mynewt schedules a swap for the hash of what runs."""
    entry = doing.judged.entry
    digest = entry.hash if entry is not None else None
    if len(doing.facts.image_numbers) == 1:
        digest = None
    doing.on_event(PhaseBegan(Phase.CONFIRM))
    return await doing.attempt(lambda: doing.client.confirm(digest))


async def erase(doing: Doing) -> ActResult:
    """A slot that nothing runs from, always by its number: without it, servers take the one that
    does not run of image 0."""
    judged = doing.judged
    absolute = 2 * doing.act.image + judged.slot
    doing.on_event(PhaseBegan(Phase.ERASE))
    error = await doing.attempt(lambda: doing.client.erase(absolute))
    state = await doing.read()
    running = state.active(doing.act.image)
    there = _at(state, doing)
    was = judged.entry
    if there is not None and was is not None and there.hash == was.hash:
        return _not_done(doing, error, running)
    if there is not None:
        why = Text("{image} is listed there now", image=of_slot(there))
        return results.failed(doing.act, ActEnding.WITHOUT_EFFECT, why, running=running)
    if error is not None and was is None:
        # Nothing was listed there before, so the list shows nothing of it.
        if isinstance(error, DeviceError):
            return results.refused(doing.act, error, running)
        return results.unknown(
            doing.act,
            ActEnding.NOT_TOLD,
            sentences(error.what, Text("Nothing was listed in the slot before, either")),
            error=error,
        )
    several = len(doing.facts.image_numbers) > 1
    place = name_of(judged.slot, doing.act.image, several=several)
    if was is None:
        headline = Text("Erased: nothing is listed in {slot}", slot=place)
    else:
        headline = Text("Erased: {image} is gone", image=of_slot(was))
    return results.done(doing.act, headline, running)


# -- judging what was read ------------------------------------------------------------------------


def _at(state: ImageState, doing: Doing) -> ImageEntry | None:
    return next((it for it in state.of(doing.act.image) if it.slot == doing.judged.slot), None)


def _runs_no_more(doing: Doing, running: ImageEntry | None) -> ActResult | None:
    """It restarted meanwhile, and what was to be kept does not run any more."""
    wanted = doing.judged.entry
    if running is not None and wanted is not None and running.hash == wanted.hash:
        return None
    if wanted is None:
        return None
    headline = results.runs(running)
    why = Text("{version} does not run any more", version=begun(wanted.version))
    step = Text("Go back to it, or update the device, if it shall run")
    return results.failed(
        doing.act, ActEnding.OTHER_IMAGE, why, step, headline=headline, running=running
    )


def _not_done(doing: Doing, error: SmpError | None, running: ImageEntry | None) -> ActResult:
    if error is None:
        return results.without_effect(doing.act, running)
    if isinstance(error, DeviceError):
        return results.refused(doing.act, error, running)
    return results.failed(
        doing.act,
        ActEnding.WITHOUT_EFFECT,
        sentences(error.what, Text("Its list of images shows that it is as before")),
        error.next_step,
        running=running,
        error=error,
    )


_UNLISTED = Text(
    "Its list does not show that: of two equal versions, its bootloader starts the one in slot 0"
)
_BY_ITSELF = Text("The device has restarted by itself meanwhile")
