"""Acts on a slot of real Zephyr under MCUboot: each proven by reading again.

Run with FLASHDESK_ZEPHYR_SERVERS=DIR; skipped with the reason without it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from smp.address import Address
from smp.client import Client
from smp.update.acts.kinds import ActKind
from smp.update.acts.results import ActEnding, ActOutcome, ActResult
from tests.helpers.acting import act
from tests.helpers.programs import run
from tests.zephyr import servers
from tests.zephyr.test_real_servers import needs, resigned

SWAPS = ("qemu_cortex_m0", "serial")
"""Swaps using an offset: after a confirm the old image is not listed any more. At each restart the
emulator puts the first image into slot 0 again, so that nothing is restarted after a confirm."""
FROM_RAM = ("mps2_an385", "serial_recovery")
"""RAM-load, told as no mode; restarts into serial recovery."""


@asynccontextmanager
async def started(address: Address, folder: Path) -> AsyncIterator[Client]:
    """A client, once it has booted: a UART that gets bytes before that may be blocked for good."""
    told = await asyncio.to_thread(run, folder, "info", "--device", str(address))
    assert told.status == 0, told.errors
    async with Client(address.transport()) as client:
        yield client


def runs(result: ActResult) -> tuple[str, bool | None]:
    assert result.running is not None, result
    return result.running.version, result.running.confirmed


@needs(*SWAPS)
async def test_a_swapping_bootloader_tests_confirms_erases_and_goes_back(tmp_path: Path) -> None:
    newer = resigned(tmp_path, servers.signed_image(*SWAPS), "1.2.3").read_bytes()
    with servers.serve(*SWAPS, folder=tmp_path) as address:
        async with started(address, tmp_path) as client:
            assert (await act(client, ActKind.CONFIRM)).outcome is ActOutcome.ALREADY
            nothing = await act(client, ActKind.GO_BACK)
            assert nothing.ending is ActEnding.FORBIDDEN
            unknown = await act(client, ActKind.RECOVERY)
            assert unknown.ending is ActEnding.NOT_IN_RECOVERY

            await client.upload(newer)
            marked = await act(client, ActKind.TEST)
            assert (marked.outcome, marked.ending) == (ActOutcome.DONE, ActEnding.PROVEN)
            assert (await act(client, ActKind.TEST)).outcome is ActOutcome.ALREADY
            # A pending image may be erased, and does not start then.
            assert (await act(client, ActKind.ERASE)).outcome is ActOutcome.DONE
            assert runs(await act(client, ActKind.RESTART)) == ("0.0.0", True)

            await client.upload(newer)
            await act(client, ActKind.TEST)
            assert runs(await act(client, ActKind.RESTART)) == ("1.2.3", False)
            kept = await act(client, ActKind.ERASE)
            assert kept.ending is ActEnding.FORBIDDEN, "it is the way back"
            back = await act(client, ActKind.GO_BACK)
            assert back.outcome is ActOutcome.DONE
            assert runs(back) == ("0.0.0", True)

            await client.upload(newer)
            tried = await act(client, ActKind.GO_BACK, watch=1.0)
            assert tried.outcome is ActOutcome.DONE
            assert runs(tried) == ("1.2.3", True)
            gone = await act(client, ActKind.GO_BACK)
            assert gone.ending is ActEnding.FORBIDDEN
            assert "No other image is stored" in gone.reason


@needs(*FROM_RAM)
async def test_a_bootloader_that_takes_no_marks_and_its_recovery(tmp_path: Path) -> None:
    newer = resigned(tmp_path, servers.signed_image(*FROM_RAM), "1.2.3").read_bytes()
    with servers.serve(*FROM_RAM, folder=tmp_path) as address:
        async with started(address, tmp_path) as client:
            entered = await act(client, ActKind.RECOVERY)
            assert entered.outcome is ActOutcome.DONE
            assert (await act(client, ActKind.ERASE)).ending is ActEnding.FORBIDDEN
            left = await act(client, ActKind.RESTART)
            assert runs(left) == ("0.0.0", True)
            await client.upload(newer)
            marked = await act(client, ActKind.TEST)
            assert marked.outcome is ActOutcome.NOT_DONE
            highest = await act(client, ActKind.GO_BACK, watch=1.0)
            assert highest.outcome is ActOutcome.DONE
            assert runs(highest) == ("1.2.3", True)
