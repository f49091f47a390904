"""An update of a simulated device on made-up time, and what it told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from app.controllers.track import Track
from smp.client import Client
from smp.image import McubootImage
from smp.simulator import Profile, SimulatedDevice, SimulatorHost, build_image, profile
from smp.simulator.loopback import LoopbackTransport
from smp.update.course import Ask
from smp.update.events import UpdateEvent
from smp.update.job import Job
from smp.update.plan import Mode, Remedy
from smp.update.run import Update
from smp.update.verdict import Verdict
from tests.helpers.texts import speakable

E = TypeVar("E")

NEW = "1.4.2"
SMALL = 20_000


def new_image(version: str = NEW, size: int = SMALL, words: str = "", **more: Any) -> McubootImage:
    """Firmware that behaves as `words` say (see smp.simulator.firmware)."""
    return McubootImage.from_bytes(build_image(version, size, words=words, **more))


def small(name: str = "demo", **changes: Any) -> Profile:
    """A profile whose slots and images are small enough for many runs."""
    return profile(name, **{"slot_size": 96 * 1024, "image_size": SMALL, **changes})


def updating(
    client: Client,
    image: McubootImage,
    mode: Mode = Mode.CONFIRM,
    *,
    consent: bool | Ask = False,
    remedy: Remedy | None = None,
    number: int = 0,
    watch: float | None = None,
    **more: Any,
) -> Update:
    """An update to one image. `consent`: given beforehand, or how it is asked for."""
    job = Job.of(
        image,
        mode,
        number=number,
        watch=watch,
        remedies=[remedy] if remedy is not None else [],
        consent=consent is True,
    )
    return Update(client, job, ask=None if isinstance(consent, bool) else consent, **more)


@dataclass
class Scene:
    """A device behind its link, a client, and the events of the updates run on it."""

    what: Profile | SimulatedDevice = field(default_factory=small)
    link: str = ""
    events: list[UpdateEvent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.host = SimulatorHost(self.what, self.link)
        self.client = Client(LoopbackTransport(self.host))
        self.update: Update | None = None
        self.track = Track(0.0)
        """Takes the events as a window does: a move that its table has not is an error here."""
        self.on_event: Callable[[UpdateEvent], None] = lambda event: None

    @property
    def device(self) -> SimulatedDevice:
        return self.host.device

    async def run(
        self, image: McubootImage | None = None, mode: Mode = Mode.CONFIRM, **more: Any
    ) -> Verdict:
        self._begin()
        self.update = updating(self.client, image or new_image(), mode, on_event=self._take, **more)
        return speakable(await self.update.run())

    async def do(self, job: Job, **more: Any) -> Verdict:
        """The same with a job of one's own."""
        self._begin()
        self.update = Update(self.client, job, on_event=self._take, **more)
        return speakable(await self.update.run())

    def _begin(self) -> None:
        self.events.clear()
        self.track = Track(0.0)

    async def close(self) -> None:
        await self.client.disconnect()
        self.host.close()

    def told(self, kind: type[E]) -> list[E]:
        """The events of one kind, in order."""
        return [event for event in self.events if isinstance(event, kind)]

    def _take(self, event: UpdateEvent) -> None:
        self.events.append(event)
        self.track.take(event, asyncio.get_running_loop().time())
        self.on_event(event)
