"""Restarting a device that lists no images: that it answers again is all that can be seen."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from smp.errors import DeviceError, LinkError, MalformedPacket, NoAnswer, OtherDevice
from smp.survey import DeviceFacts, survey
from smp.text import Text
from smp.update.acts import results
from smp.update.acts.doing import Doing
from smp.update.acts.following import OFF_AND_ON, ask_for_restart, runs_words
from smp.update.acts.results import ActEnding, ActResult
from smp.update.boot_log import BootLog
from smp.update.events import CameBack, Restarting
from smp.update.experience import BOOT
from smp.update.names import Names


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the device tells after a restart. `seen`: it was seen to have gone, or heard booting."""

    facts: DeviceFacts
    seen: bool


async def restart_without_list(doing: Doing) -> ActResult:
    """Of a device that lists no images: that it answers again is all that can be seen."""
    found = await restarted(doing)
    if isinstance(found, ActResult):
        return found
    if found is None:
        why = Text("The device did not come back after the restart")
        return results.unknown(doing.act, ActEnding.NEVER_BACK, why, OFF_AND_ON)
    return answers_again(doing, found.facts, seen=found.seen)


async def restarted(doing: Doing) -> _Answer | ActResult | None:
    """Restart it and wait until it answers. A result: it refuses; None: it does not come back."""
    boots = BootLog()
    doing.client.watchers.add(boots)
    try:
        refusal = await ask_for_restart(doing)
        return refusal if refusal is not None else await answer_again(doing, boots)
    finally:
        doing.client.watchers.remove(boots)


async def answer_again(doing: Doing, boots: BootLog) -> _Answer | None:
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


def answers_again(doing: Doing, facts: DeviceFacts, *, seen: bool) -> ActResult:
    before = Names.of(doing.facts)
    now = Names.of(facts)
    if before.bootloader and now.bootloader and before.bootloader != now.bootloader:
        raise OtherDevice(doing.client.transport.name)
    if not seen:
        return _not_seen_without_list(doing)
    if facts.in_loader:
        why = Text("The firmware loader runs: it has found no application that it can start")
        step = Text("Send the device its application")
        return results.failed(doing.act, ActEnding.IN_RECOVERY, why, step)
    running = facts.state.active(doing.act.image) if facts.state is not None else None
    headline = Text("Restarted: the device answers again")
    if running is not None:
        headline = Text("Restarted: {what}", what=runs_words(running))
    return results.done(doing.act, headline, running)


def _not_seen_without_list(doing: Doing) -> ActResult:
    why = Text("The device agreed to restart, and nothing shows that it has")
    return results.unknown(doing.act, ActEnding.NOT_RESTARTED, why, OFF_AND_ON)
