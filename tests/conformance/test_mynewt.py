"""Apache Mynewt is updated as others are, and comes to no harm: the ten rules for its clients."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from app.rows import device_rows
from smp.client import Client
from smp.commands.image import Erase, ReadState
from smp.commands.os import MemoryPools, TaskStatistics
from smp.commands.shell import RunShell, ShellAnswer
from smp.commands.statistics import ReadStatistics
from smp.connection import Watcher
from smp.errors import DeviceError, TransferError
from smp.family import Family
from smp.gathering import log_entries
from smp.packet import Group, Op, Packet, Version
from smp.simulator import Harm, Quality, SimulatorHost, System
from smp.simulator.link import Link
from smp.simulator.loopback import LoopbackTransport
from smp.simulator.mynewt.memory import LogEntry
from smp.survey import survey
from smp.transfer.chunks import MYNEWT_SAFE, MYNEWT_SURE
from smp.update.events import PlanMade, UploadBegan, UploadProgressed
from smp.update.facts_record import facts_json
from smp.update.plan import Mode, Remedy
from smp.update.verdict import Ending, Outcome
from tests.helpers.clock import Clock
from tests.helpers.updating import Scene, new_image, small

MakeScene = Callable[..., Scene]
PORTS = pytest.mark.parametrize("name", ["mynewt", "mynewt-uart"])
GENERATIONS = pytest.mark.parametrize("system", [System.MYNEWT, System.OLD_MYNEWT])
BAUDS = pytest.mark.parametrize("baud", [115200, 460800, 1_000_000, None])


@pytest.fixture
async def stage(clock: Clock) -> AsyncIterator[MakeScene]:
    scenes: list[Scene] = []

    def make(name: str = "mynewt", link: str = "", **changes: Any) -> Scene:
        scenes.append(Scene(small(name, **changes), link))
        return scenes[-1]

    yield make
    for scene in scenes:
        await scene.close()


class Sent(Watcher):
    """What a client asked."""

    def __init__(self, scene: Scene) -> None:
        self.packets: list[Packet] = []
        scene.client.watchers.add(self)

    def packet_sent(self, data: bytes) -> None:
        self.packets.append(Packet.from_bytes(data))

    def parts(self, group: int = Group.IMAGE, command: int = 1) -> list[int]:
        """Bytes of data in each part of an upload."""
        return [
            len(packet.body()["data"])
            for packet in self.packets
            if (packet.group, packet.command, packet.op) == (group, command, Op.WRITE)
        ]


def occupied(scene: Scene) -> Scene:
    """Its free slot holds something, so that sectors have to be erased."""
    scene.device.install(bytes(60_000), 1)
    return scene


# -- the rules ------------------------------------------------------------------------------


@PORTS
@GENERATIONS
async def test_rule_1_no_part_is_longer_than_what_is_safe(
    stage: MakeScene, name: str, system: System
) -> None:
    scene = stage(name, system=system)
    sent = Sent(scene)
    verdict = await scene.run()
    assert verdict.outcome is Outcome.UPDATED
    one_line = name == "mynewt-uart"
    assert max(sent.parts()) == (64 if one_line else MYNEWT_SURE)
    if system is System.MYNEWT:
        await scene.client.upload_file(b"x" * 2000, "/file")
        assert max(sent.parts(Group.FILE_SYSTEM, 0)) <= MYNEWT_SURE
        assert scene.device.mynewt.files["/file"] == b"x" * 2000
    assert not scene.device.mynewt.harms


async def test_rule_1_who_is_not_sure_sends_less(stage: MakeScene) -> None:
    """Questions for what it is meet no answer."""
    scene = stage()
    sent = Sent(scene)
    scene.client._family = None
    await scene.client.connect()
    assert await scene.client.recognise() is Family.MYNEWT
    scene.client.limits.family = Family.UNSURE
    await scene.client.upload(new_image().data)
    assert max(sent.parts()) == MYNEWT_SAFE


@pytest.mark.parametrize("seed", range(6))
async def test_rule_2_nothing_but_the_image_list_and_the_restart_prove_an_upload(
    stage: MakeScene, seed: int
) -> None:
    """This port checks nothing: what the line damages is written and answered with success."""
    scene = stage("mynewt-uart", f"corrupt=2e-4,seed={seed}")
    image = new_image()
    verdict = await scene.run(image)
    slot = scene.device.store.layout.slots[0]
    runs = slot.read(0, len(image.data)) == image.data
    assert (verdict.outcome is Outcome.UPDATED) == runs
    if verdict.ending is Ending.REFUSED_AT_BOOT:
        assert "damaged" in verdict.reason


@pytest.mark.parametrize("code", [-7, 260, -2147483648])
async def test_rule_3_odd_codes_are_told_as_they_are(stage: MakeScene, code: int) -> None:
    scene = stage()
    await scene.client.connect()
    with pytest.raises(DeviceError) as caught:
        ReadState().answer({"rc": code})
    assert caught.value.code == code
    assert not caught.value.is_unsupported
    assert str(code) in caught.value.text or str(code - 256) in caught.value.detail


@GENERATIONS
async def test_rule_3_version_bits_mean_nothing(stage: MakeScene, system: System) -> None:
    scene = stage(system=system)
    await scene.client.connect()
    sent = Sent(scene)
    facts = await survey(scene.client)
    await scene.client.echo("hi")
    assert facts.smp_version == 1
    assert sent.packets[-1].version == Version.V1
    assert "SMP version" not in [str(label) for label, _ in device_rows(facts)]


def test_rule_4_a_key_that_comes_twice_counts_as_the_last() -> None:
    twice = bytes.fromhex("bf62726300666669656c6473bfff62726305ff")
    body = Packet(Op.READ_ANSWER, 2, 0, 1, twice).body()
    assert body["rc"] == 5
    with pytest.raises(DeviceError):
        Erase().answer(body)


async def test_rule_5_no_such_entry_means_not_in_this_firmware(stage: MakeScene) -> None:
    scene = stage(system=System.OLD_MYNEWT, has_pools=False)
    await scene.client.connect()
    facts = await survey(scene.client)
    assert facts.family is Family.OLD_MYNEWT
    assert (facts.kernel, facts.bootloader, facts.slots) == (None, None, ())
    with pytest.raises(DeviceError) as caught:
        await scene.client.request(MemoryPools())
    assert caught.value.is_unsupported


async def test_rule_6_strings_in_pieces_are_read(stage: MakeScene) -> None:
    """Byte strings in logs, texts from the shell, also such without any piece."""
    scene = stage()
    await scene.client.connect()
    kept = scene.device.mynewt
    kept.logs["log"].append(LogEntry(kept.next_index, 5, b"x" * 200))
    (entry,) = [found async for found in log_entries(scene.client, "log")]
    assert not isinstance(entry, int)
    assert entry.message == "x" * 200
    told = await scene.client.request(RunShell(("/demo", "hello", "fail")))
    assert told == ShellAnswer("argc 2\n[hello]\n[fail]\n(no help available)", -7)
    assert (await scene.client.request(RunShell(("nobody",)))).output == ""


@pytest.mark.parametrize("erase_time", [0.085, 1.5])
@pytest.mark.parametrize("link", ["", "loss=1%,seed=3", "loss=3%,seed=5", "latency=80ms"])
@BAUDS
@PORTS
async def test_rule_7_one_line_at_a_time(
    stage: MakeScene, name: str, baud: int | None, link: str, erase_time: float
) -> None:
    scene = occupied(stage(name, link, baud=baud, erase_time=erase_time))
    verdict = await scene.run()
    assert verdict.outcome is Outcome.UPDATED
    assert not scene.device.mynewt.harms
    assert len(scene.device.history) == 2


@BAUDS
async def test_rule_7_what_is_doubled_on_the_way_back_is_no_second_question(
    stage: MakeScene, baud: int | None
) -> None:
    scene = occupied(stage("mynewt-uart", baud=baud))
    doubling = Quality.parse("dup=5%,seed=2", scene.host.linked.quality)
    scene.host.linked.link.answers = Link(doubling, is_stream=True).answers
    assert (await scene.run()).outcome is Outcome.UPDATED
    assert not scene.device.mynewt.harms


@pytest.mark.parametrize("start", [5000, 15000])
@BAUDS
async def test_rule_7_firmware_that_starts_slowly_is_not_killed_by_questions(
    stage: MakeScene, baud: int | None, start: int
) -> None:
    scene = stage("mynewt-uart", baud=baud)
    verdict = await scene.run(new_image(words=f"slow-boot {start}"))
    assert (verdict.outcome, verdict.ending) == (Outcome.UPDATED, Ending.PROVEN)
    assert not scene.device.mynewt.harms
    assert len(scene.device.history) == 2


async def test_rule_7_a_whole_slot_is_erased_in_peace(stage: MakeScene) -> None:
    """Before the first part is answered: here 22 seconds."""
    scene = occupied(stage("mynewt-uart", erase_time=1.5, progressive_erase=False))
    assert (await scene.run()).outcome is Outcome.UPDATED
    assert not scene.device.mynewt.harms


async def run_of_updates(scene: Scene) -> Sent:
    """On test, kept, once more, and for good."""
    sent = Sent(scene)
    first = new_image("1.4.0")
    await scene.run(first, mode=Mode.TEST)
    await scene.run(first)
    await scene.run(first)
    await scene.run(new_image("1.5.0"), mode=Mode.PERMANENT, consent=True)
    assert scene.device.store.find_info(0) is not None
    assert not scene.device.mynewt.harms
    return sent


@GENERATIONS
@PORTS
async def test_rule_8_no_number_is_negative(stage: MakeScene, name: str, system: System) -> None:
    sent = await run_of_updates(stage(name, system=system))
    for packet in sent.packets:
        numbers = [value for value in packet.body().values() if isinstance(value, int)]
        assert all(value >= 0 for value in numbers)


@GENERATIONS
@PORTS
async def test_rule_9_the_slots_sizes_are_asked_for_and_never_written(
    stage: MakeScene, name: str, system: System
) -> None:
    scene = stage(name, system=system)
    sent = await run_of_updates(scene)
    await scene.client.request(ReadState())
    with pytest.raises(DeviceError):
        await scene.client.slots()
    ops = {packet.op for packet in sent.packets if (packet.group, packet.command) == (1, 6)}
    assert ops == {Op.READ}


@GENERATIONS
@PORTS
async def test_rule_10_no_update_tests_what_runs(
    stage: MakeScene, name: str, system: System
) -> None:
    await run_of_updates(stage(name, system=system))


async def test_rule_10_what_runs_is_neither_tested_nor_confirmed_by_its_hash(
    stage: MakeScene,
) -> None:
    scene = stage()
    image = new_image()
    await scene.run(image, mode=Mode.TEST)
    assert image.hash is not None
    with pytest.raises(TransferError) as caught:
        await scene.client.mark_for_test(image.hash)
    assert caught.value.what.code == "running-not-testable"
    sent = Sent(scene)
    state = await scene.client.confirm(image.hash)
    assert state.entries[0].confirmed
    assert sent.packets[-1].body() == {"confirm": True}
    assert not scene.device.mynewt.harms


# -- recognising it -------------------------------------------------------------------------


@PORTS
@GENERATIONS
@pytest.mark.parametrize("has_pools", [True, False])
async def test_it_is_recognised_and_named(
    stage: MakeScene, name: str, system: System, has_pools: bool
) -> None:
    scene = stage(name, system=system, has_pools=has_pools)
    await scene.client.connect()
    facts = await survey(scene.client)
    is_old = system is System.OLD_MYNEWT
    assert facts.family is (Family.OLD_MYNEWT if is_old else Family.MYNEWT)
    assert facts_json(facts, "sim:mynewt")["family"] == facts.family.value
    rows = {str(label): str(words) for label, words in device_rows(facts)}
    assert rows["System"] == ("Apache Mynewt, 1.7 or older" if is_old else "Apache Mynewt")
    assert bool(scene.client.transport.least_wait) == (name == "mynewt-uart")
    assert not scene.device.mynewt.harms


@pytest.mark.parametrize("name", ["demo", "noparams", "v1-only", "one-buffer"])
async def test_others_are_not_taken_for_it(stage: MakeScene, name: str) -> None:
    scene = stage(name)
    await scene.client.connect()
    facts = await survey(scene.client)
    assert facts.family is Family.OTHER
    assert await scene.client.recognise() is Family.OTHER
    assert not scene.client.transport.least_wait


# -- what is special to it ------------------------------------------------------------------


@PORTS
@GENERATIONS
@pytest.mark.parametrize("permanent", [False, True])
async def test_what_waits_for_the_restart_is_in_the_way_before_anything_is_sent(
    stage: MakeScene, name: str, system: System, permanent: bool
) -> None:
    scene = stage(name, system=system)
    await scene.client.connect()
    waiting = new_image("1.3.9")
    assert waiting.hash is not None
    await scene.client.upload(waiting.data)
    mark = scene.client.mark_permanent if permanent else scene.client.mark_for_test
    await mark(waiting.hash)
    verdict = await scene.run()
    (plan,) = [event.plan for event in scene.told(PlanMade)]
    assert plan.obstacle is not None
    what = "slot-waits-for-good" if permanent else "slot-waits-as-test"
    assert plan.obstacle.what.code == what
    assert plan.obstacle.remedies == (Remedy.RESTART,)
    assert not scene.told(UploadBegan)
    assert verdict.outcome is Outcome.NOT_UPDATED
    after = await scene.run(remedy=Remedy.RESTART)
    if permanent:
        assert after.outcome is Outcome.UPDATED
    else:
        assert "not confirmed" in after.headline + after.reason


async def test_a_confirmed_image_is_not_called_unconfirmed_while_another_waits(
    stage: MakeScene,
) -> None:
    scene = stage()
    image = new_image()
    await scene.run(image)
    other = new_image("1.9.0")
    assert other.hash is not None
    await scene.client.upload(other.data)
    await scene.client.mark_for_test(other.hash)
    verdict = await scene.run(image)
    assert "not confirmed" not in verdict.headline
    assert "1.9.0" in verdict.headline + verdict.reason


@pytest.mark.parametrize("held", [True, False])
async def test_what_is_larger_than_the_slot_is_told_as_such(stage: MakeScene, held: bool) -> None:
    """Nobody knows the slot's size. One that holds something refuses at once."""
    scene = stage(image_size=8000, slot_size=24 * 1024)
    if held:
        scene.device.install(bytes(1000), 1)
    verdict = await scene.run(new_image(size=40_000))
    (plan,) = [event.plan for event in scene.told(PlanMade)]
    assert "slot-sizes-not-told" in [check.text.code for check in plan.checks]
    assert verdict.outcome is Outcome.NOT_UPDATED
    assert "slot" in verdict.reason + verdict.next_step
    assert "forget" not in verdict.headline + verdict.reason
    assert not scene.device.mynewt.harms


async def test_a_lost_first_part_is_found_in_seconds(stage: MakeScene) -> None:
    scene = stage("mynewt-uart")
    await scene.client.connect()
    await scene.client.recognise()
    began = asyncio.get_running_loop().time()
    write = scene.client.transport._write  # type: ignore[attr-defined]
    lost: list[bytes] = []

    def lose_one(data: bytes) -> None:
        if not lost:
            lost.append(data)
        else:
            write(data)

    scene.client.transport._write = lose_one  # type: ignore[attr-defined]
    await scene.client.upload(new_image(size=2000).data)
    assert lost
    assert asyncio.get_running_loop().time() - began < 6.0
    assert not scene.device.mynewt.harms


async def test_answers_in_several_frames_are_joined(stage: MakeScene) -> None:
    for name in ("mynewt", "mynewt-uart"):
        scene = stage(name)
        await scene.client.connect()
        told = await scene.client.request(ReadStatistics("many"))
        assert told.figures["s149"] == 149_000


async def test_a_refusal_for_want_of_buffers_is_not_asked_again(stage: MakeScene) -> None:
    scene = stage()
    await scene.client.connect()
    sent = Sent(scene)
    with pytest.raises(DeviceError) as caught:
        await scene.client.request(ReadStatistics("too_many"))
    assert caught.value.is_congestion
    assert len(sent.packets) == 1
    assert scene.device.mynewt.harms == {Harm.BUFFERS_LOST: 1}


async def test_its_tasks_are_read(stage: MakeScene) -> None:
    scene = stage()
    await scene.client.connect()
    tasks = {task.name: task for task in await scene.client.request(TaskStatistics())}
    assert tasks["idle"].priority == 255


@pytest.mark.parametrize("baud", [115200, 460800, 1_000_000])
@PORTS
async def test_the_rate_of_an_upload_is_foreseen(
    stage: MakeScene, name: str, baud: int | None
) -> None:
    scene = stage(name, baud=baud)
    await scene.client.connect()
    await scene.client.recognise()
    likely = scene.client.limits.likely_rate
    assert likely is not None
    data = new_image(size=60_000).data
    began = asyncio.get_running_loop().time()
    await scene.client.upload(data)
    rate = len(data) / (asyncio.get_running_loop().time() - began)
    assert likely * 0.8 < rate < likely * 1.25


@pytest.mark.parametrize("erase_time", [1.5, 2.7, 7.0, 9.0])
@BAUDS
@PORTS
async def test_rule_7_a_sector_is_erased_in_peace(
    stage: MakeScene, name: str, baud: int | None, erase_time: float
) -> None:
    """Beside the part for which it is erased one echo may wait, and nothing else."""
    scene = occupied(stage(name, baud=baud, erase_time=erase_time))
    await scene.client.connect()
    sent = Sent(scene)
    image = new_image()
    await scene.client.upload(image.data)
    assert scene.device.store.layout.slots[1].read(0, len(image.data)) == image.data
    assert not scene.device.mynewt.harms
    assert len(sent.parts()) <= 20_000 // (64 if name == "mynewt-uart" else 400) + 20


async def test_rule_7_no_request_is_repeated_while_the_device_is_busy(stage: MakeScene) -> None:
    scene = stage("mynewt-uart")
    await scene.client.connect()
    await scene.client.recognise()
    application = scene.device.application
    assert application is not None
    application._worker._service_time = 3.5
    sent = Sent(scene)
    await scene.client.request(TaskStatistics())
    assert await scene.client.echo("hi") == "hi"
    assert len(sent.packets) == 2
    assert not scene.device.mynewt.harms


@PORTS
@GENERATIONS
async def test_an_upload_goes_on_where_it_stopped(
    stage: MakeScene, name: str, system: System
) -> None:
    """Also where only a part of the file's hash fits into the first part."""
    scene = stage(name, system=system)
    data = new_image().data
    await scene.client.connect()
    task = asyncio.ensure_future(
        scene.client.upload(data, on_progress=lambda upload: reached(upload.acked))
    )

    def reached(acked: int) -> None:
        if acked > 8000:
            task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    await scene.client.disconnect()
    await scene.client.connect()
    upload = await scene.client.upload(data)
    assert upload.resumed_from > 8000
    assert scene.device.store.layout.slots[1].read(0, len(data)) == data
    assert not scene.device.mynewt.harms


@GENERATIONS
async def test_log_lines_between_those_of_an_answer_are_no_trouble(
    stage: MakeScene, system: System
) -> None:
    scene = stage(system=system, chatty=0.05)
    assert (await scene.run()).outcome is Outcome.UPDATED


@PORTS
async def test_power_that_goes_during_the_upload_harms_nothing(stage: MakeScene, name: str) -> None:
    scene = occupied(stage(name))
    image = new_image()
    cut = False

    def pull(event: object) -> None:
        nonlocal cut
        if isinstance(event, UploadProgressed) and event.offset > 6000 and not cut:
            cut = True
            scene.host.power_off()
            scene.host.power_on()

    scene.on_event = pull
    verdict = await scene.run(image)
    assert cut
    assert verdict.outcome is Outcome.UPDATED
    assert not scene.device.mynewt.harms


async def test_rule_7_a_device_that_is_known_is_not_killed_while_it_starts(
    clock: Clock,
) -> None:
    """What was remembered of it says that it takes one line at a time."""
    host = SimulatorHost(small("mynewt-uart", start_time=6.0))
    client = Client(LoopbackTransport(host), packet_size=89)
    try:
        await client.connect()
        assert await client.recognise() is Family.MYNEWT
        assert not host.device.mynewt.harms
    finally:
        await client.disconnect()
        host.close()


@pytest.mark.parametrize("start", [0.1, 0.5, 2.0, 5.0])
@pytest.mark.parametrize("on_for", [0.0, 1.0])
@PORTS
async def test_rule_7_a_device_nobody_knows_comes_out_whole_if_it_starts_meanwhile(
    clock: Clock, name: str, start: float, on_for: float
) -> None:
    """It bears one line before it is up, and opening its port may have started it."""
    host = SimulatorHost(small(name, start_time=start), on_for=on_for)
    client = Client(LoopbackTransport(host))
    try:
        await client.connect()
        assert (await client.recognise()).is_mynewt
        assert not host.device.mynewt.harms
        assert len(host.device.history) == 1
    finally:
        await client.disconnect()
        host.close()


async def test_a_board_that_prints_while_it_starts_is_asked_again_soon(clock: Clock) -> None:
    """Text comes from no UART that bears one line only."""
    host = SimulatorHost(small("demo", boot_log=True, start_time=0.5))
    client = Client(LoopbackTransport(host))
    began = clock.now
    try:
        await client.connect()
        assert clock.now - began < 4
    finally:
        await client.disconnect()
        host.close()


@pytest.mark.parametrize(
    ("link", "baud"), [("latency=900ms", 115200), ("", 2400), ("latency=900ms", 2400)]
)
@PORTS
async def test_a_slow_line_is_not_asked_after_every_part(
    stage: MakeScene, name: str, link: str, baud: int
) -> None:
    scene = stage(name, link, baud=baud)
    await scene.client.connect()
    await scene.client.recognise()
    sent = Sent(scene)
    await scene.client.upload(new_image(size=4000).data)
    echoes = [packet for packet in sent.packets if (packet.group, packet.command) == (0, 0)]
    assert len(echoes) <= 2
    assert not scene.device.mynewt.harms
