"""Units of a line that are real Zephyr and MCUboot: asked, updated, asked again, on record.

Run with FLASHDESK_ZEPHYR_SERVERS=DIR; skipped with the reason without it.
"""

from __future__ import annotations

from pathlib import Path

from app.records.attempt import Result
from app.station.attempting import Attempting
from app.station.job import Ask, Expectation, PlaceRule, SerialRule, SerialSource, UnitWrite
from smp.address import Address
from smp.client import Client
from smp.discovery import host
from smp.image import McubootImage
from tests.helpers.attempts import Ledger, opened
from tests.helpers.programs import run
from tests.zephyr import servers
from tests.zephyr.test_real_servers import needs, resigned

COUNTER = SerialRule(SerialSource.COUNTER, format="S2-{number:04d}", first=42)


@needs("qemu_cortex_m0", "serial")
async def test_a_real_unit_passes_once_it_runs_what_the_job_wants(tmp_path: Path) -> None:
    paired = servers.signed_image("qemu_cortex_m0", "serial")
    image = McubootImage.from_bytes(resigned(tmp_path, paired, "1.2.3").read_bytes())
    old = McubootImage.from_bytes(paired.read_bytes())
    with servers.serve("qemu_cortex_m0", "serial", folder=tmp_path) as address:
        # The emulated UART stands still for good if it is written to while it boots.
        assert run(tmp_path, "info", "--device", str(address), "--json").status == 0
        ledger = Ledger()
        before = (Expectation(Ask.VERSION, equals=str(old.version)),)
        after = (Expectation(Ask.VERSION, low="1.2.0", high="1.9"),)
        job = opened(image, serial=COUNTER, before=before, after=after, watch=1.0)
        first = await _attempt(job, address, ledger).run()
        assert (first.result, first.code) == (Result.PASS, "proven"), first
        assert [it.value for it in first.measurements] == [
            str(old.version),
            "1.2.3",
            image.hash.hex(),
        ]
        assert (first.from_hash, first.to_hash) == (old.hash.hex(), image.hash.hex())
        assert (first.unit, ledger.used, ledger.held) == ("S2-0042", ["S2-0042"], [])
        again = await _attempt(job, address, ledger).run()
        assert (again.result, again.code) == (Result.FAIL, "station-not-as-wanted")
        assert "the version is 1.2.3. It has to be 0.0.0" in again.reason
        assert [text for text, _ in ledger.back] == ["S2-0043"]


@needs("mps2_an385", "serial_recovery")
async def test_a_real_unit_is_asked_by_statistics_and_shell(tmp_path: Path) -> None:
    paired = servers.signed_image("mps2_an385", "serial_recovery")
    image = McubootImage.from_bytes(paired.read_bytes())
    after = (
        Expectation(Ask.STATISTICS, "smp_svr_stats.ticks", low="0", high="1000000"),
        Expectation(Ask.SHELL, "kernel uptime", matches="Uptime: * ms"),
        Expectation(Ask.BOARD, equals="mps2/an385"),
    )
    with servers.serve("mps2_an385", "serial_recovery", folder=tmp_path) as address:
        passed = await _attempt(opened(image, after=after, watch=1.0), address, Ledger()).run()
        assert (passed.result, passed.code) == (Result.PASS, "nothing-to-do"), passed.reason
        assert passed.measurements[1].value.startswith("Uptime: ")
        missing = (Expectation(Ask.SETTING, "no/such", equals="1"),)
        failed = await _attempt(opened(image, after=missing, watch=1.0), address, Ledger()).run()
        assert (failed.result, failed.code) == (Result.FAIL, "station-not-told")
        writes = (UnitWrite("no/serial", "1"),)
        failed = await _attempt(opened(image, writes=writes, watch=1.0), address, Ledger()).run()
        assert (failed.result, failed.code) == (Result.FAIL, "station-write-refused")
        assert "ROOT_KEY_NOT_FOUND" in failed.reason


def _attempt(job: object, address: Address, ledger: Ledger) -> Attempting:
    return Attempting(
        job,  # type: ignore[arg-type]
        host(address),
        place=PlaceRule("1"),
        records=ledger,
        make_client=lambda found: Client(found.address.transport()),
        tell=lambda standing: None,
    )
