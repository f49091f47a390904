"""What an update tells of an upload in trouble: asking again, starting over, connecting again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from smp.client import Client
from smp.errors import LinkLost
from smp.packet import Packet
from smp.update.events import (
    AskedAgain,
    ConnectingAgain,
    StartedOver,
    UpdateEvent,
    UploadProgressed,
)
from smp.update.upload_news import UploadNews
from tests.helpers.clock import Clock
from tests.helpers.memory_link import MemoryTransport
from tests.helpers.model_server import Manners, firmware
from tests.helpers.updating import Scene, small

DATA = firmware(20_000)


class Telling:
    """Uploads over a memory link, and what was told of them."""

    def __init__(self, manners: Manners | None = None) -> None:
        self.link = MemoryTransport(manners, sizes=(380,))
        self.client = Client(self.link)
        self.events: list[UpdateEvent] = []
        self.on_event: Callable[[UpdateEvent], None] = lambda event: None
        self.news = UploadNews(self._take, asyncio.get_running_loop().time)

    async def upload(self) -> None:
        await self.client.connect()
        await self.client.upload(DATA, on_progress=self.news.look)

    def lose(self) -> None:
        self.link.lose()

    def told(self, kind: type[UpdateEvent]) -> list[UpdateEvent]:
        return [event for event in self.events if isinstance(event, kind)]

    def _take(self, event: UpdateEvent) -> None:
        self.events.append(event)
        self.on_event(event)


@pytest.fixture
async def telling(clock: Clock) -> AsyncIterator[Telling]:
    made = Telling()
    yield made
    await made.client.disconnect()


def once(at: int, act: Callable[[], None]) -> Callable[[UpdateEvent], None]:
    """Do `act` when the device has `at` bytes for the first time."""
    done = False

    def look(event: UpdateEvent) -> None:
        nonlocal done
        if not done and isinstance(event, UploadProgressed) and event.offset >= at:
            done = True
            act()

    return look


async def test_a_quiet_upload_tells_of_progress_only(telling: Telling) -> None:
    await telling.upload()
    assert {type(event) for event in telling.events} == {UploadProgressed}


async def test_every_wait_in_vain_is_told_with_how_long_and_how_often(telling: Telling) -> None:
    loop, server = asyncio.get_running_loop(), telling.link.server

    def freeze() -> None:
        server.silent = True
        loop.call_later(12.0, lambda: setattr(server, "silent", False))

    telling.on_event = once(8_000, freeze)
    await telling.upload()
    asked = [event for event in telling.events if isinstance(event, AskedAgain)]
    assert [event.times for event in asked] == list(range(1, len(asked) + 1))
    assert len(asked) >= 3
    waits = [event.silent for event in asked]
    assert waits == sorted(waits)
    assert waits[0] < 2.0, "the first is told soon"
    assert waits[-1] > 5.0
    assert not telling.told(StartedOver)
    first, last = (telling.events.index(asked[at]) for at in (0, -1))
    assert all(isinstance(event, AskedAgain) for event in telling.events[first : last + 1])


async def test_an_answer_that_brings_nothing_new_is_no_silence(telling: Telling) -> None:
    """A busy device answers: nobody is to say that it does not."""
    busy = 6

    def answer(packet: Packet) -> dict[str, object] | None:
        nonlocal busy
        if (packet.group, packet.command) == (1, 1) and packet.body().get("off", 0) and busy:
            busy -= 1
            return {"rc": 2}
        return None

    telling.link.server.on_request = answer
    await telling.upload()
    assert not busy
    assert not telling.told(AskedAgain)
    offsets = [e.offset for e in telling.events if isinstance(e, UploadProgressed)]
    assert len(offsets) > len(set(offsets))


async def test_a_forgotten_upload_is_told_and_counted(telling: Telling) -> None:
    server = telling.link.server
    telling.on_event = once(8_000, server.forget)
    await telling.upload()
    assert telling.told(StartedOver) == [StartedOver(2)]
    at = telling.events.index(StartedOver(2))
    after = [e.offset for e in telling.events[at:] if isinstance(e, UploadProgressed)]
    assert after[0] < 8_000


async def test_starting_over_is_counted_through_connections(telling: Telling) -> None:
    """The link goes, and the device that comes back knows nothing any more; twice."""
    for _ in range(2):
        telling.on_event = once(8_000, telling.lose)
        with pytest.raises(LinkLost):
            await telling.upload()
        telling.link.server.restart(0.0)
    telling.on_event = lambda event: None
    await telling.upload()
    assert telling.told(StartedOver) == [StartedOver(2), StartedOver(3)]


async def test_going_on_where_it_stopped_is_no_new_beginning(telling: Telling) -> None:
    telling.on_event = once(8_000, telling.lose)
    with pytest.raises(LinkLost):
        await telling.upload()
    telling.on_event = lambda event: None
    await telling.upload()
    assert not telling.told(StartedOver)


async def test_attempts_to_connect_again_are_counted(clock: Clock) -> None:
    scene = Scene(small("usb", image_size=60_000))
    loop = asyncio.get_running_loop()

    def cut() -> None:
        scene.host.power_off()
        loop.call_later(6.0, scene.host.power_on)

    scene.on_event = once(8_000, cut)
    verdict = await scene.run()
    await scene.close()
    assert verdict.is_good
    times = [event.times for event in scene.told(ConnectingAgain)]
    assert times == list(range(1, len(times) + 1))
    assert len(times) > 1
    assert scene.told(StartedOver) == [StartedOver(2)], "it lost power, and the upload with it"
