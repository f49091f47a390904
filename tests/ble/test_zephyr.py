"""A real Zephyr SMP server behind the virtual radio. Needs FLASHDESK_ZEPHYR_SERVERS."""

from __future__ import annotations

from pathlib import Path

import pytest

from smp.client import Client
from smp.transport.ble import BleTransport
from tests.ble.hands import flashdesk
from tests.ble.rig import ADDRESS, NAME, Peripheral
from tests.zephyr import servers

_LACKS = servers.why_not("native_sim", "udp")
pytestmark = pytest.mark.skipif(bool(_LACKS), reason=str(_LACKS))


async def test_info_tells_the_truth_about_it(peripheral: Peripheral, tmp_path: Path) -> None:
    await peripheral.fresh(server="native_sim:udp")
    status, told = await flashdesk("info", "--device", f"ble:{NAME}", "--json", folder=tmp_path)
    assert status == 0, told
    facts = told[-1]
    assert facts["os"]["kernel"] == "Zephyr", facts
    assert facts["os"]["version"].startswith("4.4"), facts
    assert facts["os"]["board"].startswith("native_sim"), facts
    assert (facts["buffers"]["size"], facts["buffers"]["count"]) == (1500, 2), facts


async def test_a_file_goes_over_it_whole(peripheral: Peripheral) -> None:
    await peripheral.fresh(server="native_sim:udp")
    data = bytes(range(256)) * 15
    async with Client(BleTransport(ADDRESS)) as client:
        done = await client.upload_file(data, "/lfs1/radio.bin")
    assert done.acked == len(data)
