"""Packets over GATT on the real stack: sizes, joining, half packets, leaks."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from typing import Any

import pytest

from smp.bluetooth.radio import Radio
from smp.client import Client
from smp.connection import Watcher
from smp.errors import LinkLost, TransferError
from smp.survey import survey
from smp.transfer.upload import Upload
from tests.ble.bluez import BlueZ
from tests.ble.hands import NEW, OLD, QUICK, bus_clients, connected
from tests.ble.rig import LONGEST, Peripheral
from tests.helpers import leaks


async def upload(peripheral: Peripheral, client: Client) -> Upload:
    """Upload the new image; it arrives whole."""
    done = await client.upload(NEW)
    state = await client.image_state()
    assert {entry.version for entry in state.entries} == {"1.3.0", "1.4.2"}
    status = await peripheral.status()
    assert status.oversize_writes == 0
    assert status.largest_write <= min((status.mtu or 23) - 3, 512)
    return done


@pytest.mark.parametrize("mtu", [23, 247, 498, 517])
async def test_with_reassembly_packets_grow_to_the_whole_buffer(
    peripheral: Peripheral, mtu: int
) -> None:
    await peripheral.fresh(image=OLD, mtu=mtu, buf_size=2475, buf_count=4, **QUICK)
    async with connected() as client:
        assert client.transport.describe()["mtu"] == str(min(mtu, 515))
        done = await upload(peripheral, client)
        assert done.packet_size == 2475
        # At 20 bytes a write the emulated processor is the bottleneck, and an uneven one.
        assert done.counters.silences == 0 or mtu == 23


class Largest(Watcher):
    """Notes the size of the largest packet. Silences would also tell of a busy processor."""

    size = 0

    def packet_sent(self, data: bytes) -> None:
        self.size = max(self.size, len(data))


@pytest.mark.parametrize("mtu", [247, 498, 517])
async def test_without_reassembly_each_packet_is_one_write(
    peripheral: Peripheral, mtu: int
) -> None:
    await peripheral.fresh(
        image=OLD, mtu=mtu, ble_reassembly=False, buf_size=2475, buf_count=4, **QUICK
    )
    async with connected() as client:
        done = await upload(peripheral, client)
        assert done.packet_size == min(mtu - 3, 512)
        assert client.packet_size == done.packet_size
        await client.erase(1)
        sent = Largest()
        client.watchers.add(sent)
        await client.upload(NEW)
        # Parts of the file are multiples of 16 bytes.
        assert done.packet_size - 16 < sent.size <= done.packet_size


async def test_a_smaller_mtu_after_the_restart_is_noticed(peripheral: Peripheral) -> None:
    """As a bootloader has it."""
    await peripheral.fresh(image=OLD, mtu=498, **QUICK)
    async with connected() as client:
        await client.upload(NEW)
        await peripheral.set(mtu=100)
        await client.reset()
        while client.is_connected:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        await client.connect()
        assert client.transport.describe()["mtu"] == "100"
        assert len(await client.echo("x" * 300)) == 300


async def test_least_mtu_without_reassembly_says_what_is_missing(peripheral: Peripheral) -> None:
    await peripheral.fresh(
        image=OLD, mtu=23, ble_reassembly=False, buf_size=384, buf_count=4, **QUICK
    )
    async with connected() as client:
        assert (await survey(client)).state is not None
        with pytest.raises(TransferError, match="does not fit") as caught:
            await client.upload(NEW)
    assert "CONFIG_MCUMGR_TRANSPORT_BT_REASSEMBLY" in caught.value.next_step


@pytest.mark.parametrize(
    "manners",
    [
        {"pieces": (20, 7, 64, 3)},
        {"pieces": (1,)},
        {"together": 2},
        {"twice": True},
    ],
    ids=str,
)
async def test_answers_are_joined_however_they_are_cut(
    peripheral: Peripheral, manners: dict[str, Any]
) -> None:
    await peripheral.fresh(image=OLD, **QUICK)
    await peripheral.set(**manners)
    async with connected() as client:
        facts = await survey(client)
        assert facts.state is not None
        assert facts.bootloader == "MCUboot"
        # Hundreds of notifications at once would overflow the kernel's socket.
        sizes = [1, 20, 50] if manners.get("pieces") == (1,) else [1, 100, 300]
        answers = await asyncio.gather(*(client.echo("x" * size) for size in sizes))
        assert [len(answer) for answer in answers] == sizes


async def test_lost_writes_leave_no_half_packet_behind(peripheral: Peripheral) -> None:
    """A server that joins has half of a packet when one of its writes is lost."""
    await peripheral.fresh(image=OLD, buf_size=2475, buf_count=4, **QUICK)
    await peripheral.set(drop_every=23)
    async with connected() as client:
        done = await client.upload(NEW)
        assert done.counters.silences > 0
        await peripheral.set(drop_every=0)
        state = await client.image_state()
        assert {entry.version for entry in state.entries} == {"1.3.0", "1.4.2"}


async def test_a_link_that_goes_is_told_of_once_and_at_once(peripheral: Peripheral) -> None:
    await peripheral.fresh(image=OLD, **QUICK)
    async with connected() as client:
        await peripheral.set(responses=False)
        waiting = asyncio.create_task(client.echo("x"))
        await peripheral.disconnect(0x13)
        with pytest.raises(LinkLost):
            await asyncio.wait_for(waiting, LONGEST)
        assert not client.is_connected
        await peripheral.set(responses=True)
        await client.connect()
        assert await client.echo("again") == "again"


async def test_fifty_rounds_leave_nothing_behind(peripheral: Peripheral, bluez: BlueZ) -> None:
    await peripheral.fresh(image=OLD, **QUICK)

    async def go_round() -> None:
        async with connected() as client:
            await client.image_state()

    async def held() -> tuple[int, int, int]:
        await Radio.of().released()
        gc.collect()
        return len(asyncio.all_tasks()), leaks.descriptors(), leaks.threads()

    for _ in range(3):
        await go_round()
    before, clients = await held(), await bus_clients(bluez)
    tracemalloc.start()
    gc.collect()
    first, _ = tracemalloc.get_traced_memory()
    for _ in range(50):
        await go_round()
    assert await held() == before
    assert await bus_clients(bluez) == clients
    last, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert last - first < 300_000, "six kilobytes a round stay behind"
