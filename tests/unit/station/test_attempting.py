"""One attempt on a simulated unit: its result, its record, what is left of its serial number."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from app.records.attempt import Result
from app.station.job import SerialRule, SerialSource
from app.station.standing import Phase
from tests.helpers.attempts import Unit, opened
from tests.helpers.clock import Clock
from tests.helpers.updating import NEW, new_image

MakeUnit = Callable[..., Unit]
COUNTER = SerialRule(SerialSource.COUNTER, format="S2-{number:04d}", first=42)


@pytest.fixture
async def bench(clock: Clock) -> AsyncIterator[MakeUnit]:
    units: list[Unit] = []

    def make(*args: object, **more: object) -> Unit:
        units.append(Unit(*args, **more))  # type: ignore[arg-type]
        return units[-1]

    yield make
    for unit in units:
        unit.close()


async def test_a_unit_passes_with_its_record_and_its_serial_number(bench: MakeUnit) -> None:
    unit, image = bench(), new_image()
    attempt = await unit.run(opened(image, serial=COUNTER))
    assert (attempt.result, attempt.code) == (Result.PASS, "proven")
    assert unit.ledger.written == [attempt]
    assert (unit.ledger.used, unit.ledger.back, unit.ledger.held) == (["S2-0042"], [], [])
    assert (attempt.unit, attempt.operator, attempt.station) == ("S2-0042", "Ada", "L1")
    assert (attempt.from_version, attempt.to_version) == ("1.3.0", NEW)
    assert attempt.to_hash == image.hash.hex()
    assert [step.name for step in attempt.steps] == [
        "connect",
        "serial",
        "check",
        "upload",
        "restart",
        "verify",
        "confirm",
        "proof",
    ]
    assert {step.result for step in attempt.steps} == {Result.PASS}
    assert attempt.sent == len(image.unpadded())
    assert (attempt.hub_path, attempt.usb_serial) == ("1-2.4", "E4F1")
    assert attempt.measurements[0].value == image.hash.hex()
    phases = list(dict.fromkeys(it.phase for it in unit.told))
    assert phases == [
        Phase.CHECKING,
        Phase.UPLOADING,
        Phase.RESTARTING,
        Phase.VERIFYING,
        Phase.WATCHING,
        Phase.RECORDING,
        Phase.DONE,
    ]
    fractions = [it.fraction for it in unit.told]
    assert fractions == sorted(fractions)
    assert await unit.running_version() == NEW
