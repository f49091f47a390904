"""What the doing of one act passes on: the device, what was judged, what was read last."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from smp.client import Client
from smp.commands.image import ImageEntry, ImageState
from smp.errors import DeviceError, MalformedPacket, SmpError, Unanswered
from smp.survey import DeviceFacts
from smp.update.acts.events import ActEvent
from smp.update.acts.kinds import Act, Judgement
from smp.update.events import StateRead, UpdateEvent, images_after
from smp.update.experience import NONE, Experience
from smp.update.persistence import Persistence
from smp.update.restart import Pace
from smp.update.restarting import Restarter

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Doing:
    """See the module."""

    client: Client
    pace: Pace
    on_event: Callable[[ActEvent], None]
    facts: DeviceFacts
    judged: Judgement
    experience: Experience = NONE
    was_asked: bool = False
    """Something was asked of the device that changes it."""
    latest: ImageState | None = None
    """The newest image list; None if there is none since the last restart."""
    restarter: Restarter | None = None
    """Where it restarts."""
    link: Persistence = field(init=False)

    def __post_init__(self) -> None:
        self.link = Persistence(self.client, self.pace, self.tell)
        self.link.known = self.latest = self.facts.state
        self.link.bootloader.know(self.facts)

    @property
    def act(self) -> Act:
        return self.judged.act

    @property
    def state(self) -> ImageState:
        """As the device listed it when this was judged."""
        assert self.facts.state is not None
        return self.facts.state

    def tell(self, event: UpdateEvent) -> None:
        """Whoever listens must not stop what is half done on a device."""
        self.latest = images_after(event, self.latest)
        self.on_event(event)

    async def attempt(self, what: Callable[[], Awaitable[object]]) -> SmpError | None:
        """Ask for a change, over a link that may drop. None: it was answered well. What was not
        answered may have been done all the same. Raises when the device does not come back."""
        self.was_asked = True
        try:
            await self.link.persist(what)
        except (DeviceError, Unanswered, MalformedPacket) as error:
            log.info("%s: %s", self.act.kind.value, error)
            return error
        return None

    async def read(self) -> ImageState:
        """The image list as it is now. Raises `OtherDevice`."""
        state = await self.link.list_images(self.act.image)
        self.link.check(state)
        self.tell(StateRead(state))
        return state

    def find(self, state: ImageState) -> ImageEntry | None:
        """The image that the act is about, in a newer list: in its slot, or wherever it runs."""
        entry = self.judged.entry
        if entry is None:
            return None
        listed = [it for it in state.of(self.act.image) if it.hash == entry.hash]
        here = next((it for it in listed if it.slot == self.judged.slot), None)
        return next((it for it in listed if it.active), here)
