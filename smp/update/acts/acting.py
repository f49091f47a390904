"""Doing one act: read, judge, ask, do, read again, result.

    acting = Acting(client, Act(ActKind.ERASE), on_event=print)
    result = await acting.run()

It never raises for what a device or link does: that is the result's business. `cancel` may be
called at any moment. The client is given back connected where that is possible.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import assert_never

from smp.client import Client
from smp.errors import NoAnswer, OtherDevice, SmpError
from smp.identity import is_another
from smp.signal import Signal
from smp.survey import DeviceFacts, read_again, survey
from smp.text import Text, listed
from smp.update.acts import on_slots, results
from smp.update.acts.doing import Doing
from smp.update.acts.events import ActEvent, Ended, Judged, Phase, PhaseBegan
from smp.update.acts.going_back import go_back
from smp.update.acts.into_firmware import restart
from smp.update.acts.into_recovery import enter_recovery
from smp.update.acts.judging import judge
from smp.update.acts.kinds import Act, ActKind, Judgement
from smp.update.acts.results import ActEnding, ActResult
from smp.update.deeds import of_slot
from smp.update.events import StateRead, Waiting
from smp.update.experience import NONE, Experience
from smp.update.restart import Pace
from smp.update.verdict import Running

Ask = Callable[[Judgement], Awaitable[bool]]
"""Whether a person agrees to what a judgement says cannot be taken back."""

_PARTING = 10.0
"""Seconds that a device has to tell its state when the act was cancelled."""


class Acting:
    """See the module.

    `facts`: a survey made before. `agreed`: what a person has read and agreed to; another judgement
    than that is not acted on. `consent`: to whatever cannot be taken back. `ask`: asked for it
    otherwise; without it nothing is done then. `watch`: seconds for which an image that was not
    kept before is watched until it is.
    """

    def __init__(
        self,
        client: Client,
        act: Act,
        *,
        facts: DeviceFacts | None = None,
        agreed: Judgement | None = None,
        consent: bool = False,
        ask: Ask | None = None,
        pace: Pace | None = None,
        watch: float | None = None,
        experience: Callable[[DeviceFacts], Experience] = lambda facts: NONE,
        on_event: Callable[[ActEvent], None] = lambda event: None,
    ) -> None:
        self.told: Signal[ActEvent] = Signal("an act's events")
        self.told.listen(on_event)
        self._client = client
        self._act = act
        self._known = facts
        self._agreed = agreed
        self._consent = consent
        self._ask = ask
        self._pace = pace or Pace()
        if watch is not None:
            self._pace = replace(self._pace, watch=watch)
        self._experience = experience
        self._doing: Doing | None = None
        self._task: asyncio.Task[ActResult] | None = None
        self._cancelled = False
        self._loop = asyncio.get_running_loop()

    async def run(self) -> ActResult:
        """To its result. A cancelled caller cancels the act."""
        began = self._loop.time()
        self._task = self._loop.create_task(self._guarded())
        try:
            result = await asyncio.shield(self._task)
        except asyncio.CancelledError:
            self.cancel()
            await self._task
            raise
        result = replace(result, seconds=self._loop.time() - began)
        self.told.tell(Ended(result))
        return result

    def cancel(self) -> None:
        """Stop; `run` returns a result that says what is left."""
        if self._task is not None and not self._task.done() and not self._cancelled:
            self._cancelled = True
            self._task.cancel()

    @property
    def facts(self) -> DeviceFacts | None:
        """What the device told of itself; None before it did."""
        return self._doing.facts if self._doing is not None else self._known

    async def _guarded(self) -> ActResult:
        try:
            return await self._walk()
        except asyncio.CancelledError:
            if not self._cancelled:
                raise
            return await self._leave()
        except SmpError as error:
            was_asked = self._doing is not None and self._doing.was_asked
            return results.broken(self._act, error, was_asked=was_asked)

    async def _walk(self) -> ActResult:
        judged = await self._judge()
        refusal = self._refusal(judged)
        if refusal is not None:
            return refusal
        if judged.is_done:
            return results.already(judged)
        if judged.consents and not self._consent and self._agreed is None:
            if self._ask is None or not await self._ask(judged):
                return results.not_agreed(judged)
            # A person took a while: what was agreed to must still be what is there.
            now = await self._judge()
            if not now.is_like(judged):
                return results.not_agreed(now, changed=True)
        assert self._doing is not None
        return await self._do(self._doing)

    def _refusal(self, judged: Judgement) -> ActResult | None:
        if judged.obstacle is not None:
            return results.forbidden(judged)
        if self._agreed is not None and not judged.is_like(self._agreed):
            return results.not_agreed(judged, changed=True)
        return None

    async def _judge(self) -> Judgement:
        """Of what the device is now. Raises `OtherDevice`."""
        self.told.tell(PhaseBegan(Phase.READ))
        facts = await self._survey()
        judged = judge(facts, self._act)
        experience = self._experience(facts)
        self._doing = Doing(self._client, self._pace, self.told.tell, facts, judged, experience)
        if facts.state is not None:
            self.told.tell(StateRead(facts.state))
        self.told.tell(Judged(judged))
        return judged

    async def _survey(self) -> DeviceFacts:
        client, known = self._client, self._known
        await self._reach()
        if known is None:
            self._known = await survey(client)
            return self._known
        facts = await read_again(client, known)
        before, now = known.state, facts.state
        if now is None or before is None or before.has_flags != now.has_flags:
            facts = await survey(client)
        if before is not None and facts.state is not None:
            transport = client.transport
            if transport.has_moved or is_another(transport, before, facts.state, lenient=True):
                raise OtherDevice(transport.name, has_moved=transport.has_moved)
        self._known = facts
        return facts

    async def _reach(self) -> None:
        """A silent device may be in the middle of a restart: it gets its time."""
        began = self._loop.time()
        while not self._client.is_connected:
            try:
                await self._client.connect()
            except NoAnswer as error:
                left = self._pace.first_answer - (self._loop.time() - began)
                if left <= 0 or error.is_final:
                    raise
                self.told.tell(Waiting(left))
                await asyncio.sleep(self._pace.poll)

    async def _do(self, doing: Doing) -> ActResult:
        match self._act.kind:
            case ActKind.TEST:
                return await on_slots.mark(doing)
            case ActKind.CONFIRM:
                return await on_slots.confirm(doing)
            case ActKind.ERASE:
                return await on_slots.erase(doing)
            case ActKind.GO_BACK:
                return await go_back(doing)
            case ActKind.RESTART:
                return await restart(doing)
            case ActKind.RECOVERY:
                return await enter_recovery(doing)
            case _:
                assert_never(self._act.kind)

    async def _leave(self) -> ActResult:
        """It was cancelled: in what state the device is left, as far as it tells in time."""
        doing = self._doing
        if doing is None or not doing.was_asked:
            return results.cancelled(self._act, Text(""), was_asked=False)
        try:
            async with asyncio.timeout(_PARTING):
                state = await doing.read()
        except (TimeoutError, SmpError):
            left = Text("The device does not tell what it runs")
            return results.cancelled(self._act, left, was_asked=True)
        running = state.active(self._act.image)
        waits = [it for it in state.of(self._act.image) if it.pending and not it.active]
        told = [results.runs(running)]
        told += [Text("{image} waits for the next restart", image=of_slot(it)) for it in waits]
        result = results.cancelled(self._act, listed(told, Text("; ")), was_asked=True)
        return replace(result, running=Running.of(running), ending=ActEnding.CANCELLED)
