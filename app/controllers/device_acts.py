"""Acts on one device of the window: what is done to a slot, or to all of it, without a file."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from app.act_words import line, title
from app.controllers.device_link import DeviceLink
from app.controllers.standing import LinkState
from app.facts.log import LogLevel
from smp.address import Address
from smp.client import Client
from smp.discovery import Found
from smp.survey import DeviceFacts
from smp.text import NOTHING, Text, sentences
from smp.update.acts.acting import Acting
from smp.update.acts.events import ActEvent, Ended, Judged, PhaseBegan
from smp.update.acts.events import Phase as Phase
from smp.update.acts.judging import judge
from smp.update.acts.kinds import Act, Judgement
from smp.update.acts.results import ActResult
from smp.update.events import CameBack, LinkRestored, Restarting, StateRead
from smp.update.experience import NONE, Experience

Recall = Callable[[Address, DeviceFacts], Experience]
"""What earlier updates of the device at an address took."""


def no_experience(address: Address, facts: DeviceFacts) -> Experience:
    return NONE


@dataclass(frozen=True, slots=True)
class ActDone:
    """`at`: seconds since the epoch."""

    at: float
    result: ActResult


class DeviceActs(DeviceLink):
    """See the module."""

    def __init__(
        self,
        found: Found,
        make_client: Callable[[Found], Client],
        on_change: Callable[[], None],
    ) -> None:
        super().__init__(found, make_client, on_change)
        self.experience: Recall = no_experience
        """What earlier updates took."""
        self.act_phase: Phase | None = None
        """What goes on, while something is done."""
        self.act_agreed: Judgement | None = None
        """What is done."""
        self.act_news: Text = NOTHING
        """What it told last, a whole sentence."""
        self.act_is_cancelled = False
        """It stops as soon as it can."""
        self.act_done: ActDone | None = None
        """The last one, as long as what it says holds and it was not put away."""
        self._acting: Acting | None = None
        self._act_ended = asyncio.Event()
        self._act_ended.set()

    @property
    def _act_watch(self) -> float | None:
        """Seconds for which an image is watched before it is kept; None: as usual."""
        return None

    @property
    def is_acting(self) -> bool:
        return self._acting is not None

    def judged(self, act: Act) -> Judgement | None:
        """What would come of it, as the device is known now. None: nothing can be done to it."""
        if self.facts is None or not self.is_idle or self.told.silent_since is not None:
            return None
        return judge(self.facts, act)

    async def act(self, agreed: Judgement) -> None:
        """Do what a person has read and agreed to, to its result."""
        client, facts = self._client, self.facts
        if client is None or facts is None or not self.is_idle:
            return
        self._acting = Acting(
            client,
            agreed.act,
            facts=facts,
            agreed=agreed,
            watch=self._act_watch,
            experience=lambda told: self.experience(self.found.address, told),
            on_event=self._take_act,
        )
        self._act_ended.clear()
        self.act_done, self.act_phase = None, Phase.READ
        self.act_agreed, self.act_news, self.act_is_cancelled = agreed, NOTHING, False
        self.journal.say(Text("By hand: {act}", act=title(agreed)))
        await self._stop_asking()
        self._on_change()
        try:
            result = await self._acting.run()
        finally:
            self._acting, self.act_phase, self.act_agreed = None, None, None
            self._act_ended.set()
            self._on_change()
        await self._look_again(client)
        self.act_done = ActDone(time.time(), result)
        self._on_change()

    def cancel_act(self) -> None:
        """It stops as soon as it can, and says what is left."""
        if self._acting is not None and not self.act_is_cancelled:
            self.act_is_cancelled = True
            self._acting.cancel()
            self._on_change()

    async def act_ended(self) -> None:
        """Wait until nothing is done to it."""
        await self._act_ended.wait()

    async def cannot_be_asked(self) -> None:
        """Wait until nobody could agree to anything any more: it has gone, or is busy."""
        while self.link is LinkState.CONNECTED and not self.is_busy:
            self._news.clear()
            await self._news.wait()

    def forget_act(self) -> None:
        """What it came to is of the past."""
        self.act_done = None

    def _has_left(self) -> None:
        self.forget_act()

    async def _look_again(self, client: Client) -> None:
        """Ask for everything anew: it may have other images by now."""

    def _take_act(self, event: ActEvent) -> None:
        if isinstance(event, PhaseBegan):
            self.act_phase, self.act_news = event.phase, NOTHING
        elif isinstance(event, StateRead) and self.facts is not None:
            self.told.take(replace(self.facts, state=event.state))
        elif isinstance(event, Restarting):
            self.lost.tell()
        elif isinstance(event, CameBack | LinkRestored):
            self._settle_place()
        if isinstance(event, Ended):
            result = event.result
            said = sentences(result.headline, result.reason, result.next_step)
            level = LogLevel.INFO if result.is_good else LogLevel.WARNING
            self.journal.say(Text("{act}: {said}", act=_outcome(result), said=said), level)
        elif text := line(event):
            if not isinstance(event, PhaseBegan | Judged):
                self.act_news = text
            self.journal.say(text)
        self._on_change()


def _outcome(result: ActResult) -> Text:
    return Text("Done") if result.is_good else Text("Not done, or not known to be")
