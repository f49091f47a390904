"""Uploads through a client on made-up time: progress, doubt, loss, cancelling, odd devices."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from random import Random

import pytest

from smp.client import Client
from smp.commands.image import ImageState
from smp.connection import Watcher
from smp.errors import (
    BeginningRefused,
    DeviceError,
    LinkLost,
    NoAnswer,
    SmpError,
    Stuck,
    TransferError,
)
from smp.packet import Op, Packet, encode_body
from smp.transfer.states import UploadState
from smp.transfer.upload import Upload
from smp.transport.base import Sink, Transport
from tests.helpers.clock import Clock
from tests.helpers.logwatch import LogWatch
from tests.helpers.memory_link import MemoryTransport
from tests.helpers.model_server import Manners, ModelServer, firmware
from tests.helpers.network import Fate, by_chance, scripted

DATA = firmware(20_000)
DIGEST = hashlib.sha256(DATA).digest()
"""What the model server lists an image under."""
LADDER = (380, 182, 89)


@pytest.fixture
async def link(clock: Clock) -> MemoryTransport:
    return MemoryTransport(sizes=LADDER)


async def test_a_file_is_uploaded_with_progress(link: MemoryTransport) -> None:
    offsets: list[int] = []
    async with Client(link) as client:
        upload = await client.upload(DATA, on_progress=lambda u: offsets.append(u.acked))
    assert link.server.slot == DATA
    assert upload.state is UploadState.FINISHED
    assert offsets == sorted(offsets)
    assert offsets[-1] == len(DATA)
    assert upload.counters.refusals + upload.counters.rewinds <= 1, "as many as buffers are tried"
    assert upload.counters.resent_bytes <= 4 * 352


async def test_the_first_chunk_says_what_comes(link: MemoryTransport) -> None:
    async with Client(link) as client:
        await client.upload(DATA, image=2, upgrade=True)
    chunks = link.sent_to(1, 1)
    assert chunks[0].body() == {
        "off": 0,
        "len": len(DATA),
        "sha": DIGEST,
        "image": 2,
        "upgrade": True,
        "data": DATA[: len(chunks[0].body()["data"])],
    }
    assert all(set(chunk.body()) == {"off", "data"} for chunk in chunks[1:])


@pytest.mark.parametrize(("count", "window"), [(1, 2), (2, 1), (3, 2), (4, 3), (8, 7), (200, 64)])
async def test_the_window_is_what_the_buffers_bear(count: int, window: int, clock: Clock) -> None:
    link = MemoryTransport(Manners(buf_count=count, work=0.01), sizes=(380,))
    widest = 0

    def look(upload: Upload) -> None:
        nonlocal widest
        widest = max(widest, upload.in_flight)

    async with Client(link) as client:
        upload = await client.upload(firmware(60_000), on_progress=look)
    assert upload.window.bound == window
    assert widest <= window + 1
    assert link.server.refused <= 1, "what the answer's buffer leaves is exceeded once, to try"


async def test_without_parameters_one_small_chunk_flies_at_a_time(clock: Clock) -> None:
    link = MemoryTransport(Manners(tells_parameters=False, packet_limit=2000), sizes=(2000,))
    async with Client(link) as client:
        upload = await client.upload(DATA)
    assert upload.window.bound == 1
    assert max(len(chunk.body()["data"]) for chunk in link.sent_to(1, 1)) == 256


async def test_a_window_may_be_given(link: MemoryTransport) -> None:
    async with Client(link) as client:
        upload = await client.upload(DATA, window=2)
    assert upload.window.bound == 2


async def test_an_upload_does_not_widen_what_others_may_send(clock: Clock) -> None:
    """Recovery is tried with two in flight. Afterwards ordinary requests go one at a time again,
    as its one buffer demands."""
    link = MemoryTransport(Manners(recovery=True, buf_count=1), sizes=(380,))
    link.server.manners.work = 0.05
    async with Client(link) as client:
        await client.upload(DATA)
        before = link.server.dropped
        most = 0
        waiting = [asyncio.ensure_future(client.echo(str(n))) for n in range(6)]
        while not all(task.done() for task in waiting):
            most = max(most, len(link.server._queue) + link.server._busy)
            await asyncio.sleep(0.005)
        assert most == 1
        assert link.server.dropped == before


async def test_requests_get_their_turn_during_an_upload(link: MemoryTransport) -> None:
    link.server.manners.work = 0.02
    async with Client(link) as client:
        uploading = asyncio.ensure_future(client.upload(DATA))
        await asyncio.sleep(0.2)
        for _ in range(5):
            assert await client.echo("hi") == "hi"
            assert not uploading.done()
        upload = await uploading
    assert link.server.slot == DATA
    assert upload.counters.silences == 0
    assert link.server.dropped + link.server.refused <= 1


async def test_two_uploads_at_once_end(link: MemoryTransport) -> None:
    """They take the upload away from each other. Nobody wins that, but everybody ends."""
    other = firmware(20_000, seed=1)
    async with Client(link) as client:
        results = await asyncio.gather(
            client.upload(DATA), client.upload(other), return_exceptions=True
        )
        assert all(isinstance(result, Upload | SmpError) for result in results)
        await client.upload(DATA)
    assert link.server.slot == DATA


# -- the first chunk --------------------------------------------------------------------------


async def test_a_lost_first_chunk_is_found_by_an_echo(clock: Clock) -> None:
    """Long before 40 seconds: servers answer in order."""
    link = MemoryTransport(up=scripted([Fate.ARRIVES, Fate.LOST]), sizes=LADDER)
    async with Client(link) as client:
        before = clock.now
        await client.upload(DATA)
        assert clock.now - before < 10.0
    assert link.server.slot == DATA


async def test_a_long_erase_is_no_loss(clock: Clock) -> None:
    link = MemoryTransport(Manners(erase=30.0), sizes=LADDER)
    async with Client(link) as client:
        upload = await client.upload(DATA)
    assert link.server.first_chunks == 1
    assert upload.counters.silences == 0


async def test_what_a_progress_callback_raises_ends_the_upload_and_reaches_its_caller(
    link: MemoryTransport,
) -> None:
    def fail(upload: Upload) -> None:
        if upload.acked > 5000:
            raise BrokenPipeError("nobody reads")

    async with Client(link) as client:
        with pytest.raises(BrokenPipeError, match="nobody reads"):
            await client.upload(DATA, on_progress=fail)
        assert (await client.upload(DATA)).resumed_from > 5000


async def test_a_second_upload_at_once_is_refused_and_harms_nothing(link: MemoryTransport) -> None:
    async with Client(link) as client:
        first = asyncio.create_task(client.upload(DATA))
        await asyncio.sleep(0)
        with pytest.raises(TransferError, match="under way"):
            await client.upload(firmware(5000))
        await first
        assert link.server.slot == DATA
        await client.upload(firmware(5000))


async def test_a_failing_watcher_disturbs_nobody(
    link: MemoryTransport, log_watch: LogWatch
) -> None:
    class Broken(Watcher):
        def packet_received(self, data: bytes) -> None:
            raise RuntimeError("a bug of the caller's")

    log_watch.expect("a listener of .* failed")
    async with Client(link) as client:
        client.watchers.add(Broken())
        await client.upload(DATA)
    assert link.server.slot == DATA


async def test_packets_fall_back_quickly_to_what_the_device_holds(clock: Clock) -> None:
    link = MemoryTransport(Manners(packet_limit=89), sizes=LADDER)
    async with Client(link) as client:
        before = clock.now
        upload = await client.upload(DATA)
        assert clock.now - before < 30.0
    assert link.server.slot == DATA
    assert upload.packet_size == 89


async def test_what_one_upload_learned_of_packet_sizes_spares_the_next_the_silences(
    clock: Clock,
) -> None:
    link = MemoryTransport(Manners(packet_limit=89), sizes=LADDER)
    async with Client(link) as client:
        assert client.packet_size is None
        first = await client.upload(DATA)
        await client.disconnect()
        await client.connect()
        second = await client.upload(firmware(30_000))
    assert first.counters.silences > 0
    assert second.counters.silences == 0
    async with Client(link, packet_size=client.packet_size) as later:
        third = await later.upload(DATA)
    assert third.counters.silences < first.counters.silences


async def test_a_remembered_packet_size_is_no_prison(clock: Clock) -> None:
    """The firmware was replaced by one with larger buffers."""
    link = MemoryTransport(sizes=LADDER)
    async with Client(link, packet_size=89) as client:
        upload = await client.upload(firmware(60_000))
        assert upload.packet_size > 89
        assert client.packet_size is not None
        assert client.packet_size > 89


async def test_a_remembered_packet_size_that_is_too_large_by_now_is_left_again(
    clock: Clock,
) -> None:
    link = MemoryTransport(Manners(packet_limit=89), sizes=LADDER)
    async with Client(link, packet_size=LADDER[0]) as client:
        await client.upload(DATA)
        assert client.packet_size == 89


async def test_a_device_that_holds_one_line_and_cannot_be_asked_is_updated(clock: Clock) -> None:
    manners = Manners(packet_limit=89, tells_parameters=False)
    link = MemoryTransport(manners, sizes=LADDER)
    async with Client(link) as client:
        await client.upload(DATA)
    assert link.server.slot == DATA


async def test_a_device_that_never_answers_a_first_chunk_is_given_up(link: MemoryTransport) -> None:
    """It answers everything else, so that an echo always "proves" the chunk lost."""
    link.server.on_request = lambda packet: "silence" if packet.group == 1 else None
    async with Client(link) as client:
        with pytest.raises(Stuck, match="silent to the first part"):
            await asyncio.wait_for(client.upload(DATA), 3600.0)
    assert len(link.sent_to(1, 1)) < 100


async def test_a_first_chunk_that_meets_silence_is_no_silent_device(clock: Clock) -> None:
    """Without parameters nothing is asked while the device may erase: 40 s a try, then it is
    found out who is silent."""
    link = MemoryTransport(Manners(tells_parameters=False), sizes=(380,))
    link.server.on_request = lambda packet: "silence" if packet.group == 1 else None
    async with Client(link) as client:
        before = clock.now
        with pytest.raises(Stuck):
            await client.upload(DATA)
        assert clock.now - before < 180.0


async def test_a_link_lost_before_the_first_chunk_is_told(link: MemoryTransport) -> None:
    async with Client(link) as client:
        asyncio.get_running_loop().call_soon(link.lose)
        async with asyncio.timeout(600):
            with pytest.raises(LinkLost):
                await client.upload(DATA)


# -- trouble ----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("lost", [0.01, 0.05])
async def test_a_lossy_link_gets_there(seed: int, lost: float, clock: Clock) -> None:
    random = Random(seed)
    link = MemoryTransport(
        up=by_chance(random, lost=lost, twice=0.03, overtaken=0.03),
        down=by_chance(random, lost=lost, twice=0.03, overtaken=0.03),
        sizes=(380,),
    )
    async with Client(link) as client:
        await client.upload(DATA, digest=DIGEST)
    assert link.server.slot == DATA


async def test_a_refused_upload_is_told(clock: Clock) -> None:
    link = MemoryTransport(Manners(slot_size=1000), sizes=LADDER)
    async with Client(link) as client:
        with pytest.raises(DeviceError) as caught:
            await client.upload(DATA)
        assert caught.value.is_code(1, 30)
        assert await client.echo("still there") == "still there"


async def test_a_device_that_goes_silent_is_told(link: MemoryTransport) -> None:
    async with Client(link) as client:
        asyncio.get_running_loop().call_later(0.2, setattr, link.server, "silent", True)
        with pytest.raises(NoAnswer, match="during the upload"):
            await client.upload(DATA)


def deaf_beyond(limit: int, *, to_all: bool = False) -> Callable[[Packet], str | None]:
    """A server that says nothing to what goes beyond this byte, nor, perhaps, to anything then."""
    is_beyond = False

    def answer(packet: Packet) -> str | None:
        nonlocal is_beyond
        body = packet.body()
        beyond = packet.group == 1 and body.get("off", 0) + len(body.get("data", b"")) > limit
        is_beyond = is_beyond or beyond
        return "silence" if beyond or (to_all and is_beyond) else None

    return answer


@pytest.mark.parametrize("sizes", [(380,), LADDER])
@pytest.mark.parametrize("tells", [True, False])
async def test_silence_beyond_a_byte_is_no_silent_device(
    sizes: tuple[int, ...], tells: bool, clock: Clock
) -> None:
    link = MemoryTransport(Manners(tells_parameters=tells), sizes=sizes)
    link.server.on_request = deaf_beyond(10_000)
    async with Client(link) as client:
        before = clock.now
        with pytest.raises(Stuck, match="answers, but not to byte 9,") as caught:
            await client.upload(DATA)
        assert clock.now - before < 60.0
        assert "of 20,000 bytes" in caught.value.why
        assert await client.echo("still there") == "still there"


async def test_while_the_device_is_asked_whether_it_lives_nothing_else_is_sent(
    clock: Clock,
) -> None:
    """So that what it answers then was asked after the part, and nobody is overrun."""
    link = MemoryTransport(Manners(tells_parameters=False), sizes=(380,))
    link.server.on_request = deaf_beyond(10_000)
    async with Client(link) as client:
        with pytest.raises(Stuck):
            await client.upload(DATA)
    last = link.sent_to(1, 1)[-1].body()["off"]
    asked = [
        packet.group
        for packet in link.sent
        if packet.group == 0 or (packet.command == 1 and packet.body()["off"] == last)
    ]
    after = asked[asked.index(1) :]
    assert after[:4] == [1, 1, 0, 1]
    assert after[2:] == [0, 1] * ((len(after) - 2) // 2) + [0] * (len(after) % 2)


async def asked_in_a_silence(link: MemoryTransport, client: Client) -> asyncio.Future[Upload]:
    """An upload whose device has just been asked whether it lives, and does not answer."""
    deaf, asked = deaf_beyond(10_000, to_all=True), asyncio.Event()

    def answer(packet: Packet) -> str | None:
        said = deaf(packet)
        if packet.group == 0 and said == "silence":
            asked.set()
        return said

    link.server.on_request = answer
    uploading = asyncio.ensure_future(client.upload(DATA))
    await asked.wait()
    return uploading


async def test_an_upload_may_be_cancelled_while_the_device_is_asked_whether_it_lives(
    clock: Clock,
) -> None:
    link = MemoryTransport(Manners(tells_parameters=False), sizes=(380,))
    async with Client(link) as client:
        uploading = await asked_in_a_silence(link, client)
        uploading.cancel()
        await asyncio.wait([uploading])
        await clock.settle()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        link.server.on_request = lambda packet: None
        assert await client.echo("hi") == "hi"


@pytest.mark.parametrize("late", [False, True])
async def test_a_link_lost_while_the_device_is_asked_whether_it_lives_is_told(
    late: bool, clock: Clock
) -> None:
    """Also if the parts that met silence have been answered meanwhile."""
    link = MemoryTransport(Manners(tells_parameters=False), sizes=(380,))
    client = Client(link)
    await client.connect()
    uploading = await asked_in_a_silence(link, client)
    for part in link.sent_to(1, 1) if late else ():
        body = encode_body({"off": part.body()["off"]})
        link.inject(Packet(Op.WRITE_ANSWER, 1, 1, part.sequence, body).to_bytes())
    link.lose()
    with pytest.raises(LinkLost):
        await uploading
    await clock.settle()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    await client.disconnect()


async def test_a_device_that_is_silent_to_all_from_a_byte_on_is_a_silent_device(
    link: MemoryTransport,
) -> None:
    link.server.on_request = deaf_beyond(10_000, to_all=True)
    async with Client(link) as client:
        with pytest.raises(NoAnswer):
            await client.upload(DATA)


async def test_a_file_that_does_not_fit_is_not_called_an_image(link: MemoryTransport) -> None:
    have = 0

    def answer(packet: Packet) -> dict[str, object] | None:
        nonlocal have
        body = packet.body()
        if (packet.group, packet.command) != (8, 0):
            return {"rc": 8} if packet.group == 8 else None
        if body["off"] + len(body["data"]) > 5_000:
            return {"rc": 1}
        have = body["off"] + len(body["data"])
        return {"off": have}

    link.server.on_request = answer
    async with Client(link) as client:
        with pytest.raises(Stuck) as caught:
            await client.upload_file(DATA, "/lfs/a")
    assert "file system" in caught.value.next_step
    assert "slot" not in str(caught.value)


@pytest.mark.parametrize(("code", "is_whole"), [(8, True), (5, True), (1, False)])
async def test_a_file_is_whole_without_a_command_to_close_it(
    code: int, is_whole: bool, link: MemoryTransport
) -> None:
    """A part that the server did not take makes it lose count, so that it closes nothing itself."""
    is_missed = False

    def answer(packet: Packet) -> dict[str, object] | None:
        nonlocal is_missed
        body = packet.body()
        if (packet.group, packet.command) == (8, 0):
            if body["off"] and not is_missed:
                is_missed = True
                return {"off": body["off"]}
            return {"off": body["off"] + len(body["data"])}
        return {"rc": code} if packet.group == 8 else None

    link.server.on_request = answer
    async with Client(link) as client:
        if is_whole:
            assert (await client.upload_file(DATA, "/lfs/a")).state is UploadState.FINISHED
        else:
            with pytest.raises(DeviceError):
                await client.upload_file(DATA, "/lfs/a")


async def test_files_are_closed_only_where_one_may_be_open(link: MemoryTransport) -> None:
    """Once before the first, of which nobody knows what came before it; then no more, unless the
    server may have lost count, or was never sent a byte."""

    def answer(packet: Packet) -> dict[str, object] | None:
        body = packet.body()
        if (packet.group, packet.command) == (8, 0):
            return {"off": body["off"] + len(body["data"])}
        return {} if packet.group == 8 else None

    def closings() -> int:
        return len(link.sent_to(8, 4))

    link.server.on_request = answer
    async with Client(link) as client:
        for _ in range(3):
            await client.upload_file(DATA, "/lfs/a", window=2)
        assert closings() == 1
        await client.upload_file(b"", "/lfs/empty")
        assert closings() == 2
        await client.upload_file(DATA, "/lfs/a", window=2)
        assert closings() == 2
        await client.disconnect()
        await client.connect()
        await client.upload_file(DATA, "/lfs/a", window=2)
        assert closings() == 3


async def test_a_file_that_broke_off_is_closed_before_the_next(link: MemoryTransport) -> None:
    def answer(packet: Packet) -> dict[str, object] | None:
        body = packet.body()
        if (packet.group, packet.command) == (8, 0):
            if body["off"] and body["name"] == "/lfs/b":
                return {"rc": 11}
            return {"off": body["off"] + len(body["data"])}
        return {} if packet.group == 8 else None

    link.server.on_request = answer
    async with Client(link) as client:
        await client.upload_file(DATA, "/lfs/a", window=2)
        with pytest.raises(DeviceError):
            await client.upload_file(DATA, "/lfs/b")
        before = len(link.sent_to(8, 4))
        await client.upload_file(DATA, "/lfs/a")
        assert len(link.sent_to(8, 4)) == before + 1


@pytest.mark.parametrize("offset", [1.5, 380.0, -1, "380", None, b"\x01", True])
@pytest.mark.parametrize("from_byte", [0, 5_000])
async def test_an_offset_that_cannot_be_read_is_told_as_it_is(
    offset: object, from_byte: int, link: MemoryTransport, clock: Clock
) -> None:
    def answer(packet: Packet) -> dict[str, object] | None:
        is_odd = (packet.group, packet.command) == (1, 1) and packet.body()["off"] >= from_byte
        return {"rc": 0, "off": offset} if is_odd else None

    link.server.on_request = answer
    async with Client(link) as client:
        with pytest.raises(TransferError, match="cannot read") as caught:
            await client.upload(DATA)
    assert "`off`" in caught.value.why
    assert "stopped answering" not in str(caught.value)


async def test_no_room_for_the_beginning_is_told_within_seconds(
    link: MemoryTransport, clock: Clock
) -> None:
    link.server.on_request = lambda packet: {"rc": 2} if packet.group == 1 else None
    async with Client(link) as client:
        before = clock.now
        with pytest.raises(BeginningRefused):
            await client.upload(DATA)
        assert clock.now - before < 6.0


async def test_a_lost_link_ends_the_upload_and_the_next_one_goes_on(
    link: MemoryTransport,
) -> None:
    client = Client(link)
    await client.connect()
    asyncio.get_running_loop().call_later(0.2, link.lose)
    with pytest.raises(LinkLost):
        await client.upload(DATA)
    reached = link.server.expected
    assert 0 < reached < len(DATA)
    await client.connect()
    upload = await client.upload(DATA)
    assert upload.resumed_from >= reached
    assert link.server.slot == DATA
    assert link.server.first_chunks == 1
    await client.disconnect()


async def test_a_link_lost_in_a_pause_ends_the_upload(link: MemoryTransport) -> None:
    async with Client(link) as client:
        link.server.on_request = lambda packet: {"rc": 10} if packet.group == 1 else None
        asyncio.get_running_loop().call_later(5.0, link.lose)
        with pytest.raises(LinkLost):
            await client.upload(DATA)


async def test_an_absurd_buffer_size_is_borne(clock: Clock) -> None:
    """No packet is longer than a packet can be, whatever the device says."""
    link = MemoryTransport(Manners(buf_size=1 << 32, packet_limit=None))
    async with Client(link) as client:
        await client.upload(firmware(200_000))
    assert link.server.slot == firmware(200_000)


# -- a doubtful end -----------------------------------------------------------------------------


async def lose_last_answer(link: MemoryTransport) -> None:
    """The answer to the last chunk does not arrive, once."""
    done = False

    def answer(packet: Packet) -> dict[str, object] | str | None:
        nonlocal done
        body = packet.body()
        is_last = body.get("off", 0) + len(body.get("data", b"")) == len(DATA)
        if packet.group == 1 and packet.command == 1 and is_last and not done:
            done = True
            link.server._take_chunk(packet, body)
            return "silence"
        return None

    link.server.on_request = answer


async def test_doubt_is_settled_by_the_image_list(link: MemoryTransport) -> None:
    await lose_last_answer(link)
    async with Client(link) as client:
        upload = await client.upload(DATA, digest=DIGEST)
    assert upload.state is UploadState.FINISHED
    assert link.server.first_chunks == 1
    assert len(link.sent_to(1, 0)) == 1


async def test_doubt_about_another_image_is_settled_by_uploading_again(
    link: MemoryTransport,
) -> None:
    await lose_last_answer(link)
    async with Client(link) as client:
        upload = await client.upload(DATA, digest=b"another" * 4)
    assert upload.state is UploadState.FINISHED
    assert link.server.slot == DATA
    assert link.server.first_chunks == 2


async def test_without_a_hash_doubt_is_settled_by_uploading_again(link: MemoryTransport) -> None:
    await lose_last_answer(link)
    async with Client(link) as client:
        await client.upload(DATA)
    assert link.server.slot == DATA
    assert link.sent_to(1, 0) == []


async def test_a_link_lost_in_doubt_is_told(link: MemoryTransport) -> None:
    await lose_last_answer(link)
    inner = link.server.on_request
    assert inner is not None

    def answer(packet: Packet) -> object:
        if (packet.group, packet.command) == (1, 0):
            link.lose()
            return "silence"
        return inner(packet)

    link.server.on_request = answer  # type: ignore[assignment]
    async with Client(link) as client:
        with pytest.raises(LinkLost):
            await client.upload(DATA, digest=DIGEST)


async def test_a_device_is_recognised_before_an_upload_begins_anew_and_not_before_it_begins(
    link: MemoryTransport,
) -> None:
    asked: list[int] = []

    async def recognise(state: ImageState) -> None:
        asked.append(len(link.sent_to(1, 1)))

    async with Client(link) as client:
        await client.upload(DATA, recognise=recognise)
        assert not asked
        asyncio.get_running_loop().call_later(0.1, link.server.forget)
        done = await client.upload(firmware(60_000, 7), recognise=recognise)
    assert len(asked) == done.counters.restarts == 1


# -- cancelling -------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [0.0, 0.003, 0.02, 0.5, 1.05, 2.0, 5.0, 39.0])
@pytest.mark.parametrize("silent", [False, True])
async def test_a_cancelled_upload_leaves_nothing_behind(
    after: float, silent: bool, clock: Clock
) -> None:
    link = MemoryTransport(Manners(work=0.1), sizes=LADDER)
    async with Client(link) as client:
        link.server.silent = silent
        uploading = asyncio.ensure_future(client.upload(firmware(200_000)))
        await asyncio.sleep(after)
        uploading.cancel()
        await asyncio.wait([uploading])
        assert uploading.cancelled()
        await clock.settle()
        assert client._connection is not None
        assert client._connection.session.in_flight == 0
        assert asyncio.all_tasks() == {asyncio.current_task()}
        sent = len(link.sent)
        await asyncio.sleep(100.0)
        assert len(link.sent) == sent, "nothing is sent any more"
        link.server.silent = False
        assert await client.echo("hi") == "hi"


async def test_a_cancelled_pause_leaves_no_timer(link: MemoryTransport, clock: Clock) -> None:
    async with Client(link) as client:
        link.server.on_request = lambda packet: {"rc": 10} if packet.group == 1 else None
        uploading = asyncio.ensure_future(client.upload(DATA))
        await asyncio.sleep(3.0)
        uploading.cancel()
        await asyncio.wait([uploading])
        await clock.settle()
        assert clock.timers == 0


async def test_a_cancelled_upload_is_continued_by_the_next(link: MemoryTransport) -> None:
    async with Client(link) as client:
        uploading = asyncio.ensure_future(client.upload(DATA))
        await asyncio.sleep(0.2)
        uploading.cancel()
        await asyncio.wait([uploading])
        upload = await client.upload(DATA)
    assert upload.resumed_from > 0
    assert link.server.slot == DATA
    assert link.server.first_chunks == 1


# -- transports of one's own ----------------------------------------------------------------------


class InstantTransport(Transport):
    """Answers from within `send`, as a transport to something in the same process may."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.server = ModelServer(loop, lambda packet: None, Manners())

    async def open(self, sink: Sink) -> None:
        self._sink = sink

    def send(self, packet: bytes) -> None:
        asked = Packet.from_bytes(packet)
        answer = self.server._answer(asked)
        assert answer is not None
        self._sink.received(ModelServer.encode(asked, answer))

    async def close(self) -> None:
        return None


async def test_a_transport_may_answer_from_within_send(clock: Clock) -> None:
    link = InstantTransport()
    async with Client(link) as client:
        await asyncio.wait_for(client.upload(DATA), 1.0)
    assert link.server.slot == DATA
