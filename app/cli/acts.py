"""`flashdesk image` and `flashdesk reset`: acts on a device, without a window or a file."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import click

from app.act_words import line
from app.cli.clients import client, known_experiences, packet_sizes
from app.cli.running import on_interrupt, print_json, print_rows
from app.cli.waiting import reached
from app.cli.waits import Waits
from app.language import say
from app.lib.wording import duration
from app.rows import slot_rows
from app.streams import speak_to_nobody
from smp.address import Address
from smp.survey import DeviceFacts, survey
from smp.text import Text, outside, sentences, stopped
from smp.update.acts.acting import Acting
from smp.update.acts.events import ActEvent, Ended, Judged
from smp.update.acts.judging import judge
from smp.update.acts.kinds import Act, ActKind, Judgement
from smp.update.acts.record import act_json, judgement_json
from smp.update.acts.results import ActEnding, ActOutcome, ActResult
from smp.update.facts_record import facts_json
from smp.update.verdict import ExitStatus

if TYPE_CHECKING:
    from rich.console import Console


_TICK = 0.25


async def list_images(address: Address, number: int | None, as_json: bool) -> int:
    """The command `image list`: the slots, and with --json what could be done to each. number: of
    this image only."""
    async with reached(address) as device:
        facts = await survey(device)
    numbers = sorted(facts.image_numbers)
    if number is not None:
        facts, numbers = _only(facts, number), [number]
    if not as_json:
        none = Text("no image management in this firmware")
        if facts.state is not None:
            none = Text("none")
        print_rows(slot_rows(facts) or [(Text("Images"), none)])
        return ExitStatus.OK
    told = facts_json(facts, str(address))
    kinds = (ActKind.TEST, ActKind.CONFIRM, ActKind.ERASE, ActKind.GO_BACK)
    acts = [judge(facts, Act(kind, n)) for n in numbers for kind in kinds]
    keys = ("address", "name", "bootloader", "images", "slots")
    print_json(
        {
            "event": "images",
            **{key: told[key] for key in keys},
            "acts": [judgement_json(it) for it in acts],
        }
    )
    return ExitStatus.OK


def _only(facts: DeviceFacts, number: int) -> DeviceFacts:
    state = facts.state
    return replace(
        facts,
        state=replace(state, entries=state.of(number)) if state is not None else None,
        slots=tuple(slot for slot in facts.slots if slot.image == number),
    )


async def do_act(
    address: Address, act: Act, *, consent: bool, watch: float | None = None, as_json: bool
) -> int:
    """One act, from the command to its exit status."""
    device = await asyncio.to_thread(lambda: client(address, packet_sizes()))
    experiences = await asyncio.to_thread(known_experiences)
    reporter = _Reporter(act, as_json)
    acting = Acting(
        device,
        act,
        consent=consent,
        ask=reporter.ask,
        watch=watch,
        experience=lambda facts: experiences.of(address, facts),
        on_event=reporter.show,
    )
    on_interrupt(acting.cancel)
    ticking = asyncio.ensure_future(reporter.tick())
    try:
        result = await acting.run()
    finally:
        ticking.cancel()
        await device.disconnect()
    return result.exit_status


class _Reporter:
    """Shows an act's events on the terminal, or as JSON."""

    def __init__(self, act: Act, as_json: bool) -> None:
        self._act = act
        self._as_json = as_json
        self._told = Text("")
        """What was said of the act last: a second look says the same again."""
        self._waits = Waits()
        self._now = asyncio.get_running_loop().time

    async def tick(self) -> None:
        """Says what is waited for, and how long yet, until it is cancelled."""
        while not self._as_json:
            await asyncio.sleep(_TICK)
            if overdue := self._waits.due(self._now()):
                try:
                    self._print(Text("{trouble} ...", trouble=overdue))
                except OSError:
                    speak_to_nobody()

    async def ask(self, judged: Judgement) -> bool:
        """A person, where there is one."""
        if self._as_json or not sys.stdin.isatty():
            return False
        question = say(sentences(*judged.consents, Text("Go on?")))
        return await asyncio.to_thread(click.confirm, question, default=False)

    def show(self, event: ActEvent) -> None:
        self._waits.take(event, self._now())
        try:
            if self._as_json:
                print_json(act_json(event))
            elif isinstance(event, Ended):
                self._finish(event.result)
            else:
                self._say(event)
        except OSError:
            # Whoever read the output is gone, or its disk is full: the act matters more.
            speak_to_nobody()

    @cached_property
    def _console(self) -> Console:
        from app.cli.terminal import make_console

        return make_console()

    def _say(self, event: ActEvent) -> None:
        text = line(event)
        if not text or (isinstance(event, Judged) and (text == self._told or _is_over(event))):
            return
        if isinstance(event, Judged):
            self._told = text
        self._print(text)

    def _print(self, text: Text) -> None:
        self._console.print(say(text), markup=False)

    def _finish(self, result: ActResult) -> None:
        colour, mark = ("green", "✓") if result.is_good else ("red", "✗")
        if result.outcome is ActOutcome.UNKNOWN:
            colour, mark = "yellow", "?"
        said = say(stopped(result.headline))
        self._console.print(f"{mark} {said}", style=f"bold {colour}", markup=False, end=" ")
        self._print(stopped(duration(result.seconds)))
        for text in (result.reason, result.next_step):
            if text:
                self._print(Text("  {text}", text=stopped(text)))
        if result.ending is ActEnding.NOT_AGREED:
            self._print(Text("  {text}", text=Text("The option --yes agrees to it.")))
        if result.may_be_forced:
            self._print(Text("  {text}", text=Text("The option --force insists on it.")))
        if result.error is not None and result.error.detail:
            self._console.print(say(outside(f"  {result.error.detail}")), style="dim", markup=False)


def _is_over(event: Judged) -> bool:
    """Nothing comes of it: what the end says is enough."""
    return event.judgement.is_done
