"""Acts that restart the device: what it runs afterwards is what proves them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from smp.commands.image import ImageEntry, ImageState
from smp.commands.os import BootMode
from smp.errors import (
    DeviceError,
    LinkError,
    LinkForbidden,
    MalformedPacket,
    NoAnswer,
    OtherDevice,
    SmpError,
)
from smp.survey import DeviceFacts, survey
from smp.text import NOTHING, Text, outside, sentences
from smp.update import beside
from smp.update.acts import results
from smp.update.acts.doing import Doing
from smp.update.acts.events import Phase, PhaseBegan
from smp.update.acts.kinds import ActKind, Way
from smp.update.acts.on_slots import ask_for_confirmation, ask_for_mark
from smp.update.acts.results import ActEnding, ActResult
from smp.update.acts.stored import is_lower
from smp.update.boot_log import BootLog
from smp.update.bootloader import is_bootloaders
from smp.update.case import SWAPS
from smp.update.events import CameBack, Restarting, StateRead, WentSilent
from smp.update.experience import BOOT
from smp.update.names import Names
from smp.update.phrases import begun, named
from smp.update.restart import NeverBack, Return, follow_restart
from smp.update.restarting import Restarter
from smp.update.watch import Watch

_SWAP_RATE = 11_000.0
"""Bytes per second that are swapped in a common flash; for estimates only."""
_USUAL_SLOT = 512 * 1024
_ASKS = 3
_FORCE = Text(
    "Wait until the device has done what it is about, then try it again, or insist on the restart"
)
_OFF_AND_ON = Text("Switch the device off and on, then look at what it runs")


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is expected of the restart: a `Prospect`."""

    numbers: tuple[int, ...]
    restart_seconds: float | None
    swap_seconds: float
    starts_a_test: bool


def outlook(doing: Doing) -> Outlook:
    """Only what waits, or is returned to, is swapped."""
    judged, facts = doing.judged, doing.facts
    entry, running = judged.entry, judged.running
    changes = entry is not None and (running is None or entry.hash != running.hash)
    swaps = changes and (facts.mode in SWAPS or facts.mode is None)
    size = facts.slot_size(judged.act.image, 0) or _USUAL_SLOT
    swap = size / _SWAP_RATE if swaps else 0.0
    usual = doing.experience.restart if swaps else None
    on_test = changes and entry is not None and not (entry.confirmed or entry.permanent)
    return Outlook(
        (judged.act.image,),
        usual or BOOT + swap,
        swap,
        on_test and facts.can_roll_back is True and judged.way is not Way.FOR_GOOD,
    )


# -- a plain restart ------------------------------------------------------------------------------


async def restart(doing: Doing) -> ActResult:
    """And see what runs then."""
    if doing.facts.state is None:
        return await _restart_without_list(doing)
    if doing.facts.in_loader:
        return await _leave_loader(doing)
    back = await _follow(doing, doing.state)
    if isinstance(back, ActResult):
        return back
    state, restarter = back.state, doing.restarter
    assert restarter is not None
    running = state.active(doing.act.image)
    if back.state == doing.state and not restarter.has_restarted(back):
        return _not_seen(doing, running)
    if restarter.ends_in_bootloader or _is_recovery(doing, state):
        why = Text("Its bootloader answers, in serial recovery: its application does not run")
        step = Text("Switch the device off and on. If that does not help, send it its firmware")
        return results.failed(doing.act, ActEnding.IN_RECOVERY, why, step)
    wanted = doing.judged.entry
    if wanted is not None and not _runs(wanted, running):
        return _with_remarks(doing, results.other_runs(doing.act, wanted, running))
    headline = Text("Restarted")
    if running is not None:
        headline = Text("Restarted: {what}", what=_runs_words(running))
    return _with_remarks(doing, results.done(doing.act, headline, running))


async def _leave_loader(doing: Doing) -> ActResult:
    """Its application may list no images at all."""
    found = await _restarted(doing)
    if isinstance(found, ActResult):
        return found
    if found is None:
        why = Text("The device did not come back after the restart")
        step = Text("Look for it in the list: its application may have another name or port")
        return results.unknown(doing.act, ActEnding.NEVER_BACK, why, step)
    if found.facts.in_loader:
        why = Text("The firmware loader runs again: it has found no application that it can start")
        step = Text("Send the device its application")
        return results.failed(doing.act, ActEnding.IN_RECOVERY, why, step)
    return _answers_again(doing, found.facts, seen=True)


def _is_recovery(doing: Doing, state: ImageState) -> bool:
    return bool(state.entries) and not state.has_flags and doing.facts.mode is None


def _runs_words(entry: ImageEntry) -> Text:
    version = named(entry.version)
    if entry.confirmed:
        return Text("{version} runs, confirmed", version=version)
    return Text("{version} runs, as a test", version=version)


def _runs(wanted: ImageEntry, running: ImageEntry | None) -> bool:
    if running is None:
        return False
    return running.hash == wanted.hash if wanted.hash else running.version == wanted.version


# -- going back -----------------------------------------------------------------------------------


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
        if not waits and not _starts_unmarked(doing, error):
            running = state.active(doing.act.image)
            if error is None:
                return results.without_effect(doing.act, running)
            return results.refused(doing.act, error, running)
        if listed is not None and listed.active:
            return await _hold(doing, state, listed)  # it has restarted by itself
    back = await _follow(doing, state)
    if isinstance(back, ActResult):
        return back
    restarter = doing.restarter
    assert restarter is not None
    running = back.state.active(doing.act.image)
    if back.state == state and not restarter.has_restarted(back):
        return _not_seen(doing, running)
    if running is None or not _runs(wanted, running):
        return _with_remarks(doing, results.other_runs(doing.act, wanted, running))
    if wanted.confirmed and running.confirmed:
        # It ran before, for long enough to be kept; nothing was tried out.
        return _with_remarks(doing, _went_back(doing, running))
    return _with_remarks(doing, await _hold(doing, back.state, running))


def _starts_unmarked(doing: Doing, error: SmpError | None) -> bool:
    """It takes no marks, so its bootloader chooses by version, and would choose this one. RAM-load
    is told as no mode."""
    wanted, running = doing.judged.entry, doing.judged.running
    if not (isinstance(error, DeviceError) and error.is_unsupported):
        return False
    if wanted is None or running is None or doing.facts.mode in SWAPS:
        return False
    return is_lower(running, wanted)


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


# -- into recovery --------------------------------------------------------------------------------


async def enter_recovery(doing: Doing) -> ActResult:
    """Restart with the boot mode that asks the bootloader to stay. Firmware without boot modes
    ignores it: who answers afterwards tells."""
    before = doing.facts.state
    boots = BootLog()
    doing.client.watchers.add(boots)
    try:
        refusal = await _ask(doing, boot_mode=BootMode.BOOTLOADER)
        if refusal is not None:
            return refusal
        if before is None:
            found = await _answer_again(doing, boots)
            if found is None:
                return _stays_away(doing, None)
            return await _in_recovery(doing, found.facts)
        doing.tell(Restarting(BOOT, doing.pace.limit))
        back = await follow_restart(
            doing.client,
            before,
            limit=doing.pace.limit,
            pace=doing.pace,
            log=boots,
            on_silent=lambda after: doing.tell(WentSilent(after)),
            numbers=(),
        )
    except (NeverBack, LinkForbidden) as error:
        if not (isinstance(error, NeverBack) and error.answers):
            return _stays_away(doing, error)
    else:
        doing.tell(CameBack(back.seconds))
        doing.tell(StateRead(back.state))
    finally:
        doing.client.watchers.remove(boots)
    return await _in_recovery(doing, await survey(doing.client))


async def _in_recovery(doing: Doing, facts: DeviceFacts) -> ActResult:
    """Who answers now?"""
    if facts.in_loader:
        return results.done(doing.act, Text("The firmware loader runs"), None)
    before, now = doing.facts.state, facts.state
    lists_as_one = before is not None and now is not None and is_bootloaders(before, now)
    if facts.in_recovery or lists_as_one or await doing.link.bootloader.answers_now():
        return results.done(doing.act, Text("The bootloader answers, in serial recovery"), None)
    return results.failed(
        doing.act,
        ActEnding.NOT_IN_RECOVERY,
        Text("It has restarted, and its application answers: this firmware knows no boot mode"),
        Text("Enter recovery as the product's documentation says, often with a button"),
        running=now.active(doing.act.image) if now is not None else None,
    )


def _stays_away(doing: Doing, error: SmpError | None) -> ActResult:
    return results.unknown(
        doing.act,
        ActEnding.NEVER_BACK,
        sentences(
            Text("The device agreed to restart, and does not answer here since"),
            Text("In its recovery it may be at another port, or have another name"),
        ),
        Text("Look for a new device in the list; switch this one off and on to leave recovery"),
        error=error,
    )


# -- restarting -----------------------------------------------------------------------------------


async def _ask(doing: Doing, boot_mode: int | None = None) -> ActResult | None:
    """What it refuses the restart with."""
    doing.on_event(PhaseBegan(Phase.RESTART))
    doing.was_asked = True
    try:
        await doing.client.reset(force=doing.act.force, boot_mode=boot_mode)
    except DeviceError as error:
        return _refused(doing, error)
    return None


def _refused(doing: Doing, error: DeviceError) -> ActResult:
    running = doing.latest.active(doing.act.image) if doing.latest is not None else None
    step = error.next_step if doing.act.force or error.is_unsupported else _FORCE
    return results.failed(
        doing.act,
        ActEnding.RESTART_REFUSED,
        sentences(error.what, error.why if isinstance(error.why, Text) else outside(error.why)),
        step,
        running=running,
        error=error,
    )


async def _follow(doing: Doing, before: ImageState) -> Return | ActResult:
    """Ask for the restart until it has come about, follow it, see that it is the same device."""
    plain = doing.act.kind is ActKind.RESTART
    force, client = doing.act.force, doing.client
    restarter = doing.restarter = Restarter(
        client,
        doing.link,
        doing.pace,
        doing.tell,
        ask=(lambda: client.reset(force=force)) if plain else None,
    )
    entry = doing.judged.entry
    if entry is not None and entry.hash is not None:
        doing.link.sent = (entry.hash,)
    doing.on_event(PhaseBegan(Phase.RESTART))
    doing.was_asked = True
    try:
        # What does not show where nothing changes may have happened: it is asked for once.
        asks = _ASKS if any(it.pending for it in before.entries) else 1
        back = await restarter.restart(outlook(doing), before, asks=asks)
    except DeviceError as error:
        return _refused(doing, error)
    except (NeverBack, LinkForbidden) as error:
        return _never_back(doing, error)
    doing.on_event(PhaseBegan(Phase.PROVE))
    doing.tell(StateRead(back.state))
    if back.state.has_flags and doing.state.has_flags:
        await _compare_names(doing, back.state)
    return back


async def _compare_names(doing: Doing, state: ImageState) -> None:
    """Raises `OtherDevice` if what answers calls itself as the device cannot."""
    wanted = doing.judged.entry
    running = state.active(doing.act.image)
    is_new = wanted is not None and _runs(wanted, running)
    before = Names.of(doing.facts)
    now = await Names.ask(doing.client, before)
    doubt = before.doubt(now, doing.client.transport.name, is_new=is_new)
    if doubt:
        doing.link.remark(doubt)


def _never_back(doing: Doing, error: SmpError) -> ActResult:
    if isinstance(error, NeverBack) and error.answers:
        why = sentences(Text("The device has restarted and does not tell what it runs"), error.why)
        return results.unknown(doing.act, ActEnding.NOT_TOLD, why, _OFF_AND_ON, error=error)
    why = sentences(Text("The device did not come back after the restart"), error.why)
    step = error.next_step if isinstance(error, LinkForbidden) else _OFF_AND_ON
    return results.unknown(doing.act, ActEnding.NEVER_BACK, why, step, error=error)


def _not_seen(doing: Doing, running: ImageEntry | None) -> ActResult:
    """It answers as before, and nothing has shown a restart."""
    restarter = doing.restarter
    if restarter is not None and restarter.agreed:
        return replace(
            results.unknown(
                doing.act,
                ActEnding.NOT_RESTARTED,
                Text("The device agreed to restart, and nothing shows that it has"),
                _OFF_AND_ON,
            ),
            headline=results.runs(running),
        )
    return results.failed(
        doing.act,
        ActEnding.NOT_RESTARTED,
        Text("The device did not answer the request for a restart, and is there as before"),
        _OFF_AND_ON,
        running=running,
    )


def _with_remarks(doing: Doing, result: ActResult) -> ActResult:
    """What else was seen, and what the restart did to other images."""
    passages = doing.restarter.passages if doing.restarter is not None else ()
    others = beside.remarks(doing.facts, {doing.act.image}, passages, doing.latest)
    reason = sentences(result.reason, *doing.link.remarks, *others)
    return replace(result, reason=reason)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the device tells after a restart. `seen`: it was seen to have gone, or heard booting."""

    facts: DeviceFacts
    seen: bool


async def _restart_without_list(doing: Doing) -> ActResult:
    """Of a device that lists no images: that it answers again is all that can be seen."""
    found = await _restarted(doing)
    if isinstance(found, ActResult):
        return found
    if found is None:
        why = Text("The device did not come back after the restart")
        return results.unknown(doing.act, ActEnding.NEVER_BACK, why, _OFF_AND_ON)
    return _answers_again(doing, found.facts, seen=found.seen)


async def _restarted(doing: Doing) -> _Answer | ActResult | None:
    """Restart it and wait until it answers. A result: it refuses; None: it does not come back."""
    boots = BootLog()
    doing.client.watchers.add(boots)
    try:
        refusal = await _ask(doing)
        return refusal if refusal is not None else await _answer_again(doing, boots)
    finally:
        doing.client.watchers.remove(boots)


async def _answer_again(doing: Doing, boots: BootLog) -> _Answer | None:
    """Wait for it, without an image list to tell by. None: it does not come back."""
    client, pace, loop = doing.client, doing.pace, asyncio.get_running_loop()
    began, was_gone = loop.time(), False
    doing.tell(Restarting(BOOT, pace.limit))
    await asyncio.sleep(pace.quiet)
    while loop.time() - began < pace.limit:
        try:
            if not client.is_connected:
                was_gone = True
                await client.connect()
            facts = await survey(client)
        except (NoAnswer, LinkError):
            was_gone = True
        except (DeviceError, MalformedPacket):
            pass
        else:
            seen = was_gone or boots.seen_boot
            if seen or loop.time() - began >= pace.settle:
                doing.tell(CameBack(loop.time() - began))
                return _Answer(facts, seen)
        await asyncio.sleep(pace.poll)
    return None


def _answers_again(doing: Doing, facts: DeviceFacts, *, seen: bool) -> ActResult:
    before = Names.of(doing.facts)
    now = Names.of(facts)
    if before.bootloader and now.bootloader and before.bootloader != now.bootloader:
        raise OtherDevice(doing.client.transport.name)
    if not seen:
        return _not_seen_without_list(doing)
    running = facts.state.active(doing.act.image) if facts.state is not None else None
    headline = Text("Restarted: the device answers again")
    if running is not None:
        headline = Text("Restarted: {what}", what=_runs_words(running))
    return results.done(doing.act, headline, running)


def _not_seen_without_list(doing: Doing) -> ActResult:
    why = Text("The device agreed to restart, and nothing shows that it has")
    return results.unknown(doing.act, ActEnding.NOT_RESTARTED, why, _OFF_AND_ON)
