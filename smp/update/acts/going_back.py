"""Going back: the stored image is started, watched, and kept."""

from __future__ import annotations

from smp.commands.image import ImageEntry, ImageState
from smp.errors import SmpError
from smp.text import NOTHING, Text, outside, sentences
from smp.update.acts import results
from smp.update.acts.doing import Doing
from smp.update.acts.following import follow, is_running, not_seen, outlook, with_remarks
from smp.update.acts.kinds import Way
from smp.update.acts.on_slots import ask_for_confirmation, ask_for_mark, starts_unlisted
from smp.update.acts.results import ActEnding, ActResult
from smp.update.events import StateRead
from smp.update.phrases import begun, named
from smp.update.restarting import Restarter
from smp.update.watch import Watch


async def go_back(doing: Doing) -> ActResult:
    """Mark the stored image if that is needed, restart, see that it runs and holds, keep it."""
    judged, state = doing.judged, doing.state
    wanted = judged.entry
    assert wanted is not None
    error: SmpError | None = None
    if judged.way is not Way.RESTART:
        error = await ask_for_mark(doing, for_good=judged.way is Way.FOR_GOOD)
        state = await doing.read()
        listed = doing.find(state)
        waits = listed is not None and (listed.pending or listed.active)
        if not waits and not starts_unlisted(doing, error):
            running = state.active(doing.act.image)
            if error is None:
                return results.without_effect(doing.act, running)
            return results.refused(doing.act, error, running)
        if listed is not None and listed.active:
            return await _hold(doing, state, listed)  # it has restarted by itself
    back = await follow(doing, state)
    if isinstance(back, ActResult):
        return back
    restarter = doing.restarter
    assert restarter is not None
    running = back.state.active(doing.act.image)
    if back.state == state and not restarter.has_restarted(back):
        return not_seen(doing, running)
    if running is None or not is_running(wanted, running):
        return with_remarks(doing, results.other_runs(doing.act, wanted, running))
    if wanted.confirmed and running.confirmed:
        # It ran before, for long enough to be kept; nothing was tried out.
        return with_remarks(doing, _went_back(doing, running))
    return with_remarks(doing, await _hold(doing, back.state, running))


async def _hold(doing: Doing, state: ImageState, running: ImageEntry) -> ActResult:
    """It runs. Watch it, then keep it."""
    restarter, act = doing.restarter, doing.act
    if restarter is None:
        restarter = doing.restarter = Restarter(doing.client, doing.link, doing.pace, doing.tell)
    follower, prospect = restarter, outlook(doing)
    await doing.link.bootloader.know_anew()
    watched = await Watch(
        doing.client,
        doing.pace.watch,
        every=doing.pace.poll,
        reverts=doing.facts.can_roll_back,
        running=lambda now: _same(now.active(act.image), running),
        follow=lambda before: follower.follow(prospect, before),
        list_images=lambda: doing.link.list_images(act.image),
        tell=doing.tell,
    ).run(state)
    doing.tell(StateRead(watched.state))
    now = watched.state.active(act.image)
    if _same(now, running) is None or now is None:
        why = Text(
            "{version} ran for a moment and does not run any more", version=begun(running.version)
        )
        step = Text("Choose another image for this device")
        return results.failed(
            act, ActEnding.NOT_HELD, why, step, headline=results.runs(now), running=now
        )
    if watched.fall is not None:
        why = Text(
            "It fell away {seconds:.0f} s after it was seen running: {sign}",
            seconds=watched.fall.after,
            sign=watched.fall.sign.text,
        )
        step = Text("Look whether it holds. Without being confirmed it gives way at a restart")
        return results.failed(
            act, ActEnding.NOT_HELD, why, step, headline=results.runs(now), running=now
        )
    if not now.confirmed:
        error = await ask_for_confirmation(doing)
        now = _same((await doing.read()).active(act.image), running)
        if now is None or not now.confirmed:
            reason = (
                sentences(error.what, outside(error.why) if error.why else NOTHING)
                if error is not None
                else Text("The device agreed to keep it, and its list does not show it")
            )
            return results.failed(
                act,
                ActEnding.NOT_CONFIRMED,
                reason,
                Text("Confirm it, or the next restart returns to the other image"),
                headline=results.runs(now),
                running=now,
                error=error,
            )
    return _went_back(doing, now)


def _same(entry: ImageEntry | None, other: ImageEntry) -> ImageEntry | None:
    return entry if entry is not None and entry.hash == other.hash else None


def _went_back(doing: Doing, running: ImageEntry) -> ActResult:
    was = doing.judged.running
    headline = Text(
        "{what} (was {old})",
        what=results.runs(running),
        old=named(was.version if was is not None else ""),
    )
    return results.done(doing.act, headline, running)
