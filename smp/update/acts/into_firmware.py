"""A plain restart: what the device runs afterwards is what proves it."""

from __future__ import annotations

from smp.commands.image import ImageState
from smp.text import Text
from smp.update.acts import results
from smp.update.acts.doing import Doing
from smp.update.acts.following import follow, is_running, not_seen, runs_words, with_remarks
from smp.update.acts.results import ActEnding, ActResult
from smp.update.acts.unlisted import answers_again, restart_without_list, restarted


async def restart(doing: Doing) -> ActResult:
    """And see what runs then."""
    if doing.facts.state is None:
        return await restart_without_list(doing)
    if doing.facts.in_loader:
        return await _leave_loader(doing)
    back = await follow(doing, doing.state)
    if isinstance(back, ActResult):
        return back
    state, restarter = back.state, doing.restarter
    assert restarter is not None
    running = state.active(doing.act.image)
    if back.state == doing.state and not restarter.has_restarted(back):
        return not_seen(doing, running)
    if restarter.ends_in_bootloader or _is_recovery(doing, state):
        why = Text("Its bootloader answers, in serial recovery: its application does not run")
        step = Text("Switch the device off and on. If that does not help, send it its firmware")
        return results.failed(doing.act, ActEnding.IN_RECOVERY, why, step)
    wanted = doing.judged.entry
    if wanted is not None and not is_running(wanted, running):
        return with_remarks(doing, results.other_runs(doing.act, wanted, running))
    headline = Text("Restarted")
    if running is not None:
        headline = Text("Restarted: {what}", what=runs_words(running))
    return with_remarks(doing, results.done(doing.act, headline, running))


async def _leave_loader(doing: Doing) -> ActResult:
    """Its application may list no images at all."""
    doing.client.transport.expect_loader(None)
    found = await restarted(doing)
    if isinstance(found, ActResult):
        return found
    if found is None:
        why = Text("The device did not come back after the restart")
        step = Text("Look for it in the list: its application may have another name or port")
        return results.unknown(doing.act, ActEnding.NEVER_BACK, why, step)
    return answers_again(doing, found.facts, seen=True)


def _is_recovery(doing: Doing, state: ImageState) -> bool:
    return bool(state.entries) and not state.has_flags and doing.facts.mode is None
