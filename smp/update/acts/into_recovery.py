"""Restarting a device into its bootloader, or its firmware loader: who answers then tells."""

from __future__ import annotations

from smp.commands.os import BootloaderMode, BootMode
from smp.errors import LinkForbidden, SmpError
from smp.survey import DeviceFacts, survey
from smp.text import Text, sentences
from smp.update.acts import results
from smp.update.acts.doing import Doing
from smp.update.acts.following import ask_for_restart
from smp.update.acts.results import ActEnding, ActResult
from smp.update.acts.unlisted import answer_again
from smp.update.boot_log import BootLog
from smp.update.bootloader import is_bootloaders
from smp.update.entering import name_loader
from smp.update.events import Awaited, CameBack, Restarting, StateRead, WentSilent
from smp.update.experience import BOOT
from smp.update.restart import NeverBack, follow_restart


async def enter_recovery(doing: Doing) -> ActResult:
    """Restart with the boot mode that asks the bootloader to stay. Firmware without boot modes
    ignores it: who answers afterwards tells."""
    before = doing.facts.state
    if doing.facts.mode is BootloaderMode.FIRMWARE_LOADER:
        await name_loader(doing.client)
    boots = BootLog()
    doing.client.watchers.add(boots)
    try:
        refusal = await ask_for_restart(doing, boot_mode=BootMode.BOOTLOADER)
        if refusal is not None:
            return refusal
        if before is None:
            found = await answer_again(doing, boots)
            if found is None:
                return _stays_away(doing, None)
            return await _in_recovery(doing, found.facts)
        doing.tell(Restarting(BOOT, doing.pace.limit, Awaited.RECOVERY))
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
    transport = doing.client.transport
    if facts.in_loader:
        transport.adopt()
        await transport.remember_places()
        return _loader_runs(doing)
    transport.expect_loader(None)
    before, now = doing.facts.state, facts.state
    lists_as_one = before is not None and now is not None and is_bootloaders(before, now)
    if facts.in_recovery or lists_as_one or await doing.link.bootloader.answers_now():
        return results.done(doing.act, Text("The bootloader answers, in serial recovery"), None)
    if doing.facts.mode is BootloaderMode.FIRMWARE_LOADER:
        return results.failed(
            doing.act,
            ActEnding.NOT_IN_RECOVERY,
            Text("Asked to start its firmware loader, the device runs its application again"),
            Text(
                "Start its firmware loader as the product's documentation says, often with a button"
            ),
            running=now.active(doing.act.image) if now is not None else None,
        )
    return results.failed(
        doing.act,
        ActEnding.NOT_IN_RECOVERY,
        Text("It has restarted, and its application answers: this firmware knows no boot mode"),
        Text("Enter recovery as the product's documentation says, often with a button"),
        running=now.active(doing.act.image) if now is not None else None,
    )


def _loader_runs(doing: Doing) -> ActResult:
    name = doing.client.transport.loader_name
    headline = Text("The firmware loader runs")
    if name:
        headline = Text("The firmware loader runs, and advertises as {name}", name=name)
    leaves = Text(
        "Some loaders start the application again as soon as nobody is connected to them, or when "
        "nobody speaks to them for a while"
    )
    return results.done(doing.act, headline, None, leaves)


def _stays_away(doing: Doing, error: SmpError | None) -> ActResult:
    name = doing.client.transport.loader_name
    return results.unknown(
        doing.act,
        ActEnding.NEVER_BACK,
        sentences(
            Text("The device agreed to restart, and does not answer here since"),
            Text("Its firmware loader was told to advertise as {name}", name=name)
            if name
            else Text("In its recovery it may be at another port, or have another name"),
        ),
        Text("Look for a new device in the list; switch this one off and on to leave recovery"),
        error=error,
    )
