"""A client on made-up time: handshake, verbs, links that go away, coming back."""

from __future__ import annotations

import asyncio

import pytest

from smp.client import Client
from smp.commands.base import Request
from smp.commands.image import Erase, ImageState, ReadState
from smp.commands.os import BootloaderMode, Parameters, Reset
from smp.connection import Watcher
from smp.errors import (
    DeviceError,
    FileError,
    LinkBusy,
    LinkError,
    LinkLost,
    LinkNotFound,
    MalformedPacket,
    NoAnswer,
    TransferError,
    Unanswered,
)
from smp.packet import HEADER_SIZE, Packet, Version
from smp.text import Coded
from smp.timing import ORDINARY
from tests.helpers.clock import Clock
from tests.helpers.logwatch import LogWatch
from tests.helpers.memory_link import MemoryTransport
from tests.helpers.model_server import Manners
from tests.helpers.network import Fate, scripted


@pytest.fixture
async def link(clock: Clock) -> MemoryTransport:
    return MemoryTransport()


# -- the handshake ------------------------------------------------------------------------------


async def test_connecting_asks_for_the_buffers(link: MemoryTransport) -> None:
    async with Client(link) as client:
        assert client.is_connected
        assert client.parameters == Parameters(384, 4)
        assert client.version is Version.V2
        assert [packet.command for packet in link.sent] == [6]
    assert not client.is_connected
    assert not link.is_open


async def test_a_device_that_was_still_starting_is_asked_again_soon(
    link: MemoryTransport, clock: Clock
) -> None:
    """Opening the port of some boards restarts them. One that stays silent has 4 s still."""
    link.server.on_request = lambda packet: "silence" if clock.now - before < 0.4 else None
    before = clock.now
    async with Client(link):
        assert clock.now - before < 0.6
    link.server.on_request = lambda packet: "silence"
    before = clock.now
    with pytest.raises(NoAnswer):
        await Client(link, version=Version.V2).connect()
    assert clock.now - before == pytest.approx(4.0, abs=0.1)
    assert len(link.sent) == 2 + 3


async def test_a_device_that_does_not_tell_its_buffers_is_connected(clock: Clock) -> None:
    link = MemoryTransport(Manners(tells_parameters=False))
    async with Client(link) as client:
        assert client.parameters is None
        assert await client.echo("hi") == "hi"


@pytest.mark.parametrize(
    "answer",
    [
        {"rc": 5},
        {"buf_size": 16, "buf_count": 4},
        {"buf_size": 384, "buf_count": 0},
        {"buf_size": "many"},
        {},
    ],
)
async def test_nonsense_about_buffers_counts_as_not_told(
    answer: dict[str, object], link: MemoryTransport
) -> None:
    link.server.on_request = lambda packet: answer if packet.command == 6 else None
    async with Client(link) as client:
        assert client.parameters is None
        assert await client.echo("hi") == "hi"


async def test_a_lost_question_is_repeated(clock: Clock) -> None:
    link = MemoryTransport(up=scripted([Fate.LOST]))
    async with Client(link) as client:
        assert client.version is Version.V2
        assert client.parameters is not None


async def test_a_server_of_version_1_is_found(clock: Clock) -> None:
    link = MemoryTransport(Manners(versions=(0,)))
    async with Client(link) as client:
        assert client.version is Version.V1
        assert client.parameters == Parameters(384, 4)
        assert await client.echo("hi") == "hi"
        assert link.sent[-1].version == Version.V1


async def test_a_server_of_version_1_is_found_again(clock: Clock) -> None:
    link = MemoryTransport(Manners(versions=(0,)))
    client = Client(link)
    for _ in range(3):
        await client.connect()
        assert await client.echo("hi") == "hi"
    await client.disconnect()


@pytest.mark.parametrize("version", list(Version))
async def test_a_pinned_version_is_spoken(version: Version, clock: Clock) -> None:
    link = MemoryTransport()
    async with Client(link, version=version) as client:
        assert client.version is version
        await client.echo("hi")
    assert {packet.version for packet in link.sent} == {version}


@pytest.mark.parametrize("version", list(Version))
async def test_a_pinned_version_is_kept_although_nobody_answers(
    version: Version, clock: Clock
) -> None:
    link = MemoryTransport(Manners(versions=(1 - version,)))
    client = Client(link, version=version)
    with pytest.raises(NoAnswer):
        await client.connect()
    assert {packet.version for packet in link.sent} == {version}


async def test_a_server_that_finds_version_1_too_old_is_asked_in_version_2(clock: Clock) -> None:
    """Spec: a build without the original protocol answers rc 12: repeat with version bits 1."""
    link = MemoryTransport(Manners(too_old=True))
    async with Client(link, version=Version.V1) as client:
        assert client.version is Version.V2
        assert client.parameters == Parameters(384, 4)
        assert await client.echo("hi") == "hi"


async def test_version_1_is_not_for_ever(clock: Clock) -> None:
    """A recovery of version 1, then an application of version 2, over the same client."""
    link = MemoryTransport(Manners(versions=(0,)))
    client = Client(link)
    await client.connect()
    link.server.manners = Manners(versions=(1,))
    await client.connect()
    assert client.version is Version.V2
    await client.disconnect()


async def test_version_2_is_not_for_ever(clock: Clock) -> None:
    """An application of version 2, then an old recovery that drops what it does not know."""
    link = MemoryTransport()
    client = Client(link)
    await client.connect()
    assert client.version is Version.V2
    link.server.manners = Manners(versions=(0,))
    await client.connect()
    assert client.version is Version.V1
    await client.disconnect()


async def test_a_device_that_was_only_slow_is_not_taken_for_version_1(clock: Clock) -> None:
    """Nobody answered version 2 because the device was still starting. The next connection must
    not be bound to version 1, in which most errors have no meaning."""
    link = MemoryTransport()
    link.server.silent = True
    asyncio.get_running_loop().call_later(3.5, setattr, link.server, "silent", False)
    client = Client(link)
    await client.connect()
    await client.connect()
    assert client.version is Version.V2
    await client.disconnect()


async def test_silence_is_no_answer_and_the_link_is_closed(link: MemoryTransport) -> None:
    link.server.silent = True
    client = Client(link)
    with pytest.raises(NoAnswer):
        await client.connect()
    assert not client.is_connected
    assert not link.is_open
    assert link.closed >= 1


async def test_a_link_that_cannot_be_opened_is_told(link: MemoryTransport) -> None:
    link.refuses = [LinkNotFound(Coded("no-such-port", "There is no such port"))]
    client = Client(link)
    with pytest.raises(LinkNotFound):
        await client.connect()
    assert not client.is_connected
    assert link.sent == []


# -- asking -----------------------------------------------------------------------------------


async def test_without_a_connection_nothing_can_be_asked(link: MemoryTransport) -> None:
    client = Client(link)
    for asking in (client.echo("hi"), client.image_state(), client.upload(bytes(99))):
        with pytest.raises(LinkLost) as caught:
            await asking
        assert caught.value.next_step


async def test_the_verbs_of_group_0(link: MemoryTransport) -> None:
    answers = {
        7: {"output": "Zephyr"},
        8: {"mode": 3, "no-downgrade": True},
    }
    link.server.on_request = lambda packet: answers.get(packet.command)
    async with Client(link) as client:
        assert await client.echo("hi") == "hi"
        assert await client.os_info("s") == "Zephyr"
        assert (await client.bootloader_mode()).mode is BootloaderMode.SWAP_MOVE
        await client.reset()
        assert link.server.resets == 1


async def test_the_verbs_of_group_1(link: MemoryTransport) -> None:
    asked: list[Packet] = []

    def answer(packet: Packet) -> dict[str, object] | None:
        if packet.group != 1:
            return None
        asked.append(packet)
        return {"images": [{"slot": 0, "version": "1.0.0", "active": True}]}

    link.server.on_request = answer
    digest = bytes(range(32))
    async with Client(link) as client:
        for state in (
            await client.image_state(),
            await client.mark_for_test(digest),
            await client.mark_permanent(digest),
            await client.confirm(None),
            await client.confirm(digest),
        ):
            assert isinstance(state, ImageState)
            assert state.entries[0].version == "1.0.0"
        await client.erase(1)
        await client.erase(3)
    assert [(packet.op, packet.command, packet.body()) for packet in asked] == [
        (0, 0, {}),
        (2, 0, {"hash": digest, "confirm": False}),
        (2, 0, {"hash": digest, "confirm": True}),
        (2, 0, {"confirm": True}),
        (2, 0, {"hash": digest, "confirm": True}),
        (2, 5, {"slot": 1}),
        (2, 5, {"slot": 3}),
    ]


async def test_a_refusal_is_told(link: MemoryTransport) -> None:
    async with Client(link) as client:
        with pytest.raises(DeviceError) as caught:
            await client.slots()
        assert caught.value.is_unsupported


async def test_an_answer_nobody_can_read_is_told(link: MemoryTransport) -> None:
    async with Client(link) as client:
        link.server.on_request = lambda packet: {"images": 5}
        with pytest.raises(MalformedPacket):
            await client.image_state()


async def test_an_answer_that_came_damaged_is_asked_for_again(link: MemoryTransport) -> None:
    async with Client(link) as client:
        carry = link.to_client.carry
        damaged: list[bytes] = []

        def carried(packet: bytes) -> None:
            if not damaged:
                damaged.append(packet)
                packet = packet[:HEADER_SIZE] + b"\xff" * (len(packet) - HEADER_SIZE)
            carry(packet)

        link.to_client.carry = carried  # type: ignore[method-assign]
        assert await client.echo("there") == "there"
        assert damaged


async def test_many_requests_at_once_respect_the_buffers(link: MemoryTransport) -> None:
    async with Client(link) as client:
        texts = [str(n) for n in range(50)]
        assert await asyncio.gather(*map(client.echo, texts)) == texts
        assert (link.server.dropped, link.server.refused) == (0, 0)


@pytest.mark.parametrize("count", [256, 300, 65535])
async def test_any_number_of_buffers_is_borne(count: int, clock: Clock) -> None:
    link = MemoryTransport(Manners(buf_count=count))
    async with Client(link) as client:
        texts = [str(n) for n in range(400)]
        assert await asyncio.gather(*map(client.echo, texts)) == texts


async def test_a_restart_needs_no_answer(link: MemoryTransport) -> None:
    async with Client(link) as client:
        link.server.on_request = lambda packet: "silence" if packet.command == 5 else None
        await client.reset(force=True, boot_mode=1)
        assert link.sent[-1].body() == {"force": True, "boot_mode": 1}
        assert len(link.sent_to(0, 5)) == 1


async def test_a_restart_that_takes_the_link_away_is_no_error(link: MemoryTransport) -> None:
    client = Client(link)
    await client.connect()
    link.server.on_request = lambda packet: link.lose() and "silence"
    await client.reset()
    assert not client.is_connected


async def test_a_restart_that_is_refused_is_told(link: MemoryTransport) -> None:
    async with Client(link) as client:
        link.server.on_request = lambda packet: {"rc": 10}
        with pytest.raises(DeviceError) as caught:
            await client.reset()
        assert caught.value.code == 10


async def test_the_round_trip_is_measured(link: MemoryTransport) -> None:
    client = Client(link)
    assert client.round_trip == 0.0
    async with client:
        for _ in range(20):
            await client.echo("x")
        assert client.round_trip == pytest.approx(0.012, abs=0.003)
    assert client.round_trip == 0.0


async def test_new_firmware_may_have_other_buffers(link: MemoryTransport) -> None:
    async with Client(link) as client:
        link.server.manners.buf_count = 2
        await client.ask_parameters(ORDINARY)
        assert client.parameters == Parameters(384, 2)
        link.server.manners.tells_parameters = False
        await client.ask_parameters(ORDINARY)
        assert client.parameters is None


# -- a link that goes away ------------------------------------------------------------------------


class Losses(Watcher):
    def __init__(self) -> None:
        self.errors: list[LinkError] = []

    def link_lost(self, error: LinkError) -> None:
        self.errors.append(error)


async def test_a_link_lost_during_the_handshake_is_told(link: MemoryTransport) -> None:
    client = Client(link)
    link.server.silent = True
    asyncio.get_running_loop().call_later(0.5, link.lose)
    with pytest.raises(LinkLost, match="cable"):
        await client.connect()
    assert not client.is_connected


async def test_a_link_lost_during_a_request_is_told_once(link: MemoryTransport) -> None:
    losses = Losses()
    client = Client(link)
    client.watchers.add(losses)
    await client.connect()
    link.server.silent = True
    asyncio.get_running_loop().call_later(0.5, link.lose)
    with pytest.raises(LinkLost, match="cable"):
        await client.echo("hi")
    assert len(losses.errors) == 1
    assert not client.is_connected
    with pytest.raises(LinkLost, match="cable"):
        await client.echo("hi")
    await client.disconnect()
    assert len(losses.errors) == 1


async def test_closing_by_oneself_is_no_loss(link: MemoryTransport) -> None:
    losses = Losses()
    client = Client(link)
    client.watchers.add(losses)
    await client.connect()
    await client.disconnect()
    await client.disconnect()
    assert losses.errors == []


async def test_disconnecting_ends_what_is_under_way(link: MemoryTransport) -> None:
    client = Client(link)
    await client.connect()
    link.server.silent = True
    asking = asyncio.ensure_future(client.echo("hi"))
    await asyncio.sleep(0.1)
    await client.disconnect()
    with pytest.raises(LinkLost):
        await asking


async def test_a_client_connects_again_after_a_loss(link: MemoryTransport) -> None:
    client = Client(link)
    for _ in range(3):
        await client.connect()
        assert await client.echo("hi") == "hi"
        link.lose()
        assert not client.is_connected
    await client.connect()
    assert await client.echo("hi") == "hi"
    assert link.opened == 4
    await client.disconnect()


async def test_connecting_again_closes_the_old_link_first(link: MemoryTransport) -> None:
    client = Client(link)
    await client.connect()
    await client.connect()  # the memory link forbids to be opened twice
    assert await client.echo("hi") == "hi"
    await client.disconnect()


async def test_a_second_attempt_may_work(link: MemoryTransport) -> None:
    link.refuses = [LinkBusy(Coded("use", "in use"))]
    client = Client(link)
    with pytest.raises(LinkBusy):
        await client.connect()
    await client.connect()
    assert client.is_connected
    await client.disconnect()


# -- cancelling -------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [0.0, 0.05, 0.2, 1.0, 3.0, 5.0])
async def test_a_cancelled_connect_leaves_nothing_behind(
    after: float, link: MemoryTransport, clock: Clock
) -> None:
    link.slow_to_open = 0.1
    link.server.silent = True
    client = Client(link)
    connecting = asyncio.ensure_future(client.connect())
    await asyncio.sleep(after)
    connecting.cancel()
    await asyncio.wait([connecting])
    assert connecting.cancelled()
    assert not client.is_connected
    assert not link.is_open
    assert clock.timers == 0
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_after_a_cancelled_connect_another_works(link: MemoryTransport) -> None:
    link.server.silent = True
    client = Client(link)
    connecting = asyncio.ensure_future(client.connect())
    await asyncio.sleep(0.5)
    connecting.cancel()
    await asyncio.wait([connecting])
    link.server.silent = False
    await client.connect()
    assert await client.echo("hi") == "hi"
    await client.disconnect()


# -- what passes by ---------------------------------------------------------------------------


class Notes(Watcher):
    def __init__(self) -> None:
        self.events: list[tuple[str, bytes]] = []

    def packet_sent(self, data: bytes) -> None:
        self.events.append(("sent", data))

    def packet_received(self, data: bytes) -> None:
        self.events.append(("received", data))

    def text_received(self, data: bytes) -> None:
        self.events.append(("text", data))


async def test_watchers_see_everything_and_may_come_and_go(link: MemoryTransport) -> None:
    notes = Notes()
    async with Client(link) as client:
        await client.echo("before")
        client.watchers.add(notes)
        await client.echo("hi")
        link.say(b"log\n")
        client.watchers.remove(notes)
        await client.echo("after")
    assert [kind for kind, _ in notes.events] == ["sent", "received", "text"]
    assert Packet.from_bytes(notes.events[0][1]).body() == {"d": "hi"}
    assert Packet.from_bytes(notes.events[1][1]).body() == {"r": "hi"}


# -- callers and links that misbehave -------------------------------------------------------------


async def test_two_who_connect_at_once_share_one_connection(link: MemoryTransport) -> None:
    client = Client(link)
    await asyncio.gather(client.connect(), client.connect())
    assert client.is_connected
    assert await client.echo("both") == "both"
    assert link.opened == 1
    await client.disconnect()


@pytest.mark.parametrize("size", [500, 5000])
async def test_a_request_beyond_the_devices_buffers_is_not_sent(
    link: MemoryTransport, size: int
) -> None:
    async with Client(link) as client:
        sent = len(link.sent)
        with pytest.raises(TransferError, match="does not fit") as caught:
            await client.echo("x" * size)
        assert "the device takes 384" in caught.value.why
        assert len(link.sent) == sent


async def test_what_a_link_raises_becomes_the_engines_error(
    link: MemoryTransport, log_watch: LogWatch
) -> None:
    """A link of somebody's own, that forgets its contract."""
    log_watch.expect("sending failed|closing failed")
    client = Client(link)
    link.refuses = [OSError("no such thing")]  # type: ignore[list-item]
    with pytest.raises(LinkError, match="failed") as caught:
        await client.connect()
    assert "no such thing" in caught.value.detail
    await client.connect()

    def fail(packet: bytes) -> None:
        raise OSError("broken")

    link.send = fail  # type: ignore[method-assign]
    with pytest.raises(LinkError) as caught:
        await client.upload(b"\x00" * 5000)
    assert "broken" in caught.value.detail
    assert not client.is_connected

    async def fail_too() -> None:
        raise OSError("broken")

    link.close = fail_too  # type: ignore[method-assign]
    await client.disconnect()


@pytest.mark.parametrize("size", [0, 1, 31])
async def test_what_is_shorter_than_a_header_is_not_sent(link: MemoryTransport, size: int) -> None:
    async with Client(link) as client:
        with pytest.raises(FileError, match="no image"):
            await client.upload(bytes(size))
        assert not link.sent_to(1, 1)


async def test_silence_to_one_request_is_no_silent_device(link: MemoryTransport) -> None:
    link.server.on_request = lambda packet: "silence" if packet.group == 1 else None
    async with Client(link) as client:
        with pytest.raises(Unanswered) as caught:
            await client.image_state()
        assert "not when asked for the list of its images" in caught.value.why


@pytest.mark.parametrize(("request_", "times"), [(ReadState(), 3), (Erase(1), 1), (Reset(), 1)])
async def test_what_is_lost_by_chance_is_asked_for_once_more(
    request_: Request[object], times: int, link: MemoryTransport
) -> None:
    """But not what must not be repeated blindly."""
    left = times

    def lose(packet: Packet) -> str | None:
        nonlocal left
        if (packet.group, packet.command) == (request_.group, request_.command) and left:
            left -= 1
            return "silence"
        return None

    link.server.on_request = lose
    async with Client(link) as client:
        if times > 1:
            await client.request(request_)
        else:
            with pytest.raises(Unanswered):
                await client.request(request_)
            assert len(link.sent_to(request_.group, request_.command)) == 1


async def test_an_error_answers_too(link: MemoryTransport) -> None:
    """A firmware without echo, or that denies it, is no silent one."""
    link.server.on_request = lambda packet: "silence" if packet.group == 1 else {"rc": 11}
    async with Client(link) as client:
        with pytest.raises(Unanswered):
            await client.image_state()


async def test_a_device_that_is_silent_to_all_is_a_silent_device(link: MemoryTransport) -> None:
    async with Client(link) as client:
        link.server.silent = True
        with pytest.raises(NoAnswer):
            await client.image_state()


async def test_a_restart_that_is_not_answered_asks_nothing_more(link: MemoryTransport) -> None:
    """Bytes that a booting device receives can block it."""
    link.server.on_request = lambda packet: "silence" if packet.command == 5 else None
    async with Client(link) as client:
        before = len(link.sent)
        await client.reset()
        assert len(link.sent) == before + 1
